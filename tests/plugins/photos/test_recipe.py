from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from plugins.photos.recipe import RECIPE, Recipe, digest_of, library_versions, photo_key, reference_of

VERSIONS = {"webp": "1", "pillow": "2"}
SOURCE = "5a" * 32
OTHER = {
    "revision": 9,
    "bounds": (480, 960, 1601),
    "webp_quality": (75, 75, 75),
    "webp_method": 3,
    "jpeg_quality": (79, 79, 79),
    "jpeg_table": (),
}


def test_a_key_holds_the_source_the_recipe_and_the_libraries() -> None:
    key = photo_key(SOURCE, RECIPE, VERSIONS)
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert key == photo_key(SOURCE, Recipe(), dict(reversed(VERSIONS.items())))
    assert key != photo_key("6b" * 32, RECIPE, VERSIONS)
    assert key != photo_key(SOURCE, RECIPE, {**VERSIONS, "webp": "1.1"})


@pytest.mark.parametrize("name", [field.name for field in fields(Recipe)])
def test_every_setting_of_the_recipe_changes_the_key(name: str) -> None:
    changed = replace(RECIPE, **{name: OTHER[name]})  # type: ignore[arg-type]
    assert photo_key(SOURCE, RECIPE, VERSIONS) != photo_key(SOURCE, changed, VERSIONS)


@pytest.mark.parametrize(("long_side", "rank"), [(1, 0), (480, 0), (481, 1), (960, 1), (1000, 2), (1600, 2)])
def test_a_size_between_two_bounds_has_the_quality_of_the_larger(long_side: int, rank: int) -> None:
    assert RECIPE.rank(long_side) == rank


def test_each_bound_has_its_quality() -> None:
    with pytest.raises(ValueError, match="each bound"):
        Recipe(webp_quality=(75,))


def test_every_library_that_makes_pixels_is_named_with_its_version() -> None:
    versions = library_versions()
    assert set(versions) == {"webp", "avif", "libjpeg_turbo", "littlecms2", "zlib", "pillow", "heif", "resizer"}
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())


def test_a_reference_can_be_read_out() -> None:
    key = photo_key(SOURCE, RECIPE, VERSIONS)
    assert re.fullmatch("[0-9a-f]{24}", digest_of(key))
    assert reference_of("3f2a91bc" + "0" * 16) == "3F2A-91BC"
    assert key.upper().startswith(reference_of(digest_of(key)).replace("-", ""))
