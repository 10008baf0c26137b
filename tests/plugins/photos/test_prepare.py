from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from plugins.errors import ContentError, LeakError, Problem, Severity
from plugins.photos import prepare, ready, source
from plugins.photos import workers as workers_module
from plugins.photos.cache import Cache
from plugins.photos.prepare import prepare_many, prepare_photo
from plugins.photos.ready import Wanted
from plugins.photos.recipe import Recipe
from plugins.photos.treatment import Box, Treatment
from plugins.photos.worker import order_of
from plugins.photos.workers import Workers
from tests.plugins.photos import pictures


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content" / "fessart" / "articles" / "potager"
    folder.mkdir(parents=True)
    (folder / "tomates.jpg").write_bytes(pictures.jpeg(pictures.textured(1100, 700)))
    return tmp_path / "content"


@pytest.fixture
def photo(content: Path) -> Path:
    return content / "fessart" / "articles" / "potager" / "tomates.jpg"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", time.time)


@pytest.fixture
def workers(cache: Cache) -> Iterator[Workers]:
    with Workers(cache.folder, 1) as workers:
        yield workers


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The photos that had to be made."""
    names: list[str] = []
    make = Workers.make

    def counting(self: Workers, photos: Iterable[Wanted]) -> Iterator[tuple[Wanted, object]]:
        for wanted, outcome in make(self, photos):
            names.append(wanted.file)
            yield wanted, outcome

    monkeypatch.setattr(Workers, "make", counting)
    return names


def wanted(*paths: Path) -> list[Wanted]:
    return [Wanted(path.parent, path, path.name) for path in paths]


MUCH = 10**12


def test_a_photo_with_all_that_a_template_needs(photo: Path, content: Path, cache: Cache) -> None:
    found = prepare_photo(photo, content, "Des tomates", "Au potager", cache)
    assert found.source == "fessart/articles/potager/tomates.jpg"
    assert (found.alt, found.caption, found.width, found.height) == ("Des tomates", "Au potager", 1100, 700)
    assert [variant.path for variant in found.variants] == [
        f"photos/{found.digest}-{width}.{suffix}" for suffix in ("webp", "jpg") for width in (480, 1100)
    ]
    assert found.largest.path == f"photos/{found.digest}-1100.jpg"
    assert found.reference.replace("-", "").lower() == found.digest[:8]
    for variant in found.variants:
        data = cache.read(found.digest, variant.path.rpartition("-")[2])
        assert len(data) == variant.size
        assert pictures.opened(data).size == (variant.width, variant.height)


def test_a_renamed_or_copied_photo_costs_nothing(photo: Path, content: Path, cache: Cache, made: list[str]) -> None:
    first = prepare_photo(photo, content, "x", "", cache)
    moved = photo.rename(content / "autre.jpeg")
    os.utime(moved, (1, 1))
    second = prepare_photo(moved, content, "x", "", cache)
    assert (second.digest, second.variants) == (first.digest, first.variants)
    assert len(made) == 1


def test_a_changed_photo_treatment_recipe_or_library_never_gets_old_bytes(
    photo: Path, content: Path, cache: Cache, made: list[str], workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = {prepare_photo(photo, content, "x", "", cache, workers=workers).digest}
    other = Recipe(webp_quality=(50,) * 3)
    digests.add(prepare_photo(photo, content, "x", "", cache, recipe=other, workers=workers).digest)
    zone = Treatment((Box(0, 0, 5000, 5000),))
    digests.add(prepare_photo(photo, content, "x", "", cache, treatment=zone, workers=workers).digest)
    whole = photo.read_bytes()
    photo.write_bytes(pictures.jpeg(pictures.corners(50, 50)))
    digests.add(prepare_photo(photo, content, "x", "", cache, workers=workers).digest)
    assert len(digests) == len(made) == 4
    photo.write_bytes(whole)
    assert ready.found_ready(wanted(photo)[0], cache) is not None
    monkeypatch.setattr(ready, "library_versions", lambda: {"webp": "next"})
    assert ready.found_ready(wanted(photo)[0], cache) is None


def test_a_damaged_entry_is_made_again(photo: Path, content: Path, cache: Cache, made: list[str]) -> None:
    first = prepare_photo(photo, content, "x", "", cache)
    next(cache.folder.rglob("480.webp")).write_bytes(b"damaged")
    assert prepare_photo(photo, content, "x", "", cache) == first
    assert len(made) == 2


def test_a_photo_outside_the_content_folder_is_refused(tmp_path: Path, content: Path, cache: Cache) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.jpg").write_bytes(pictures.jpeg(pictures.corners(50, 50)))
    (content / "link").symlink_to(tmp_path / "elsewhere")
    for path in (
        tmp_path / "elsewhere" / "a.jpg",
        content / "link" / "a.jpg",
        content / "fessart" / ".." / ".." / "elsewhere" / "a.jpg",
    ):
        with pytest.raises(ContentError) as caught:
            prepare_photo(path, content, "x", "", cache)
        assert caught.value.problems[0].message == source.NOT_A_FILE


def test_an_empty_alternative_text_is_a_fault_of_the_caller(photo: Path, content: Path, cache: Cache) -> None:
    with pytest.raises(ValueError, match="alternative text"):
        prepare_photo(photo, content, " ", "", cache)


def test_a_damaged_photo_is_named_and_nothing_is_kept(photo: Path, content: Path, cache: Cache) -> None:
    photo.write_bytes(photo.read_bytes()[:5000])
    with pytest.raises(ContentError) as caught:
        prepare_photo(photo, content, "x", "", cache)
    (problem,) = caught.value.problems
    assert problem.file == "fessart/articles/potager/tomates.jpg"
    assert problem.severity is Severity.ERROR
    assert not cache.folder.exists()


def test_a_moving_picture_gets_an_advice_each_time(content: Path, cache: Cache) -> None:
    frames = [pictures.corners(60, 40), pictures.corners(60, 40).rotate(180)]
    (content / "danse.webp").write_bytes(pictures.encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    advices: list[Problem] = []
    for _ in range(2):
        prepare_photo(content / "danse.webp", content, "x", "", cache, advise=advices.append)
    assert advices == [Problem("danse.webp", 0, prepare.ANIMATED, severity=Severity.ADVICE)] * 2


def test_many_photos_at_once_then_none(photo: Path, cache: Cache) -> None:
    for number in range(4):
        (photo.parent / f"{number}.png").write_bytes(pictures.encoded(pictures.textured(60 + number, 40), "PNG"))
    (photo.parent / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    sources = wanted(*photo.parent.iterdir(), photo)
    told: list[tuple[int, int]] = []
    first = prepare_many(sources, cache, 2, MUCH, lambda done, total: told.append((done, total)))
    assert (first.made, first.found, first.refused) == (5, 0, 1)
    assert told == [(done, 6) for done in range(1, 7)]
    again = prepare_many(sources, cache, 2, MUCH)
    assert (again.made, again.found, again.refused) == (0, 5, 1)


def test_photos_that_were_added_push_the_oldest_out(photo: Path, tmp_path: Path) -> None:
    day = prepare.CACHE_IDLE
    cache = Cache(tmp_path / "cache", lambda: time.time() + day + 60)  # tomorrow, when workers stored today
    prepare_many(wanted(photo), cache, 1, MUCH)
    assert prepare_many(wanted(photo), cache, 1, 1).found == 1
    (photo.parent / "b.png").write_bytes(pictures.encoded(pictures.corners(50, 50), "PNG"))
    assert prepare_many(wanted(photo.parent / "b.png"), cache, 1, 1).made == 1
    assert prepare_many(wanted(photo), cache, 1, MUCH).made == 1
    today = Cache(tmp_path / "cache", time.time)
    (photo.parent / "c.png").write_bytes(pictures.encoded(pictures.corners(51, 50), "PNG"))
    assert prepare_many(wanted(photo.parent / "c.png"), today, 1, 1).made == 1
    assert prepare_many(wanted(photo), today, 1, 1).found == 1  # used today: it stays, limit or not


def test_in_parallel_the_bytes_are_the_same(photo: Path, content: Path, cache: Cache, tmp_path: Path) -> None:
    prepare_many(wanted(photo), cache, 4, MUCH)
    alone = Cache(tmp_path / "alone", lambda: 1.0)
    assert prepare_photo(photo, content, "x", "", cache) == prepare_photo(photo, content, "x", "", alone)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), LeakError([Problem("a", 0, "leak")]), OSError(28, "full")])
def test_what_must_stop_everything_starts_no_further_photo(
    photo: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    started: list[Path] = []

    def ordering(wanted: Wanted, folder: Path) -> object:
        started.append(wanted.path)
        return order_of(wanted, folder)

    def stopping(*_: object) -> object:
        if isinstance(stop, KeyboardInterrupt):
            raise stop
        return stop

    monkeypatch.setattr(workers_module, "order_of", ordering)
    monkeypatch.setattr(workers_module, "_outcome", stopping)
    with pytest.raises(type(stop)):
        prepare_many(wanted(*(photo.parent / f"{number}.jpg" for number in range(500))), cache, 1, MUCH)
    assert len(started) == 1


def test_a_folder_that_became_a_link_to_another_centre_is_not_followed(
    photo: Path, content: Path, cache: Cache
) -> None:
    others = content / "escudier" / "articles" / "potager"
    others.parent.mkdir(parents=True)
    photo.parent.rename(others)
    photo.parent.symlink_to(others)
    with pytest.raises(ContentError):
        prepare_photo(photo, content, "x", "", cache)
    assert not cache.folder.exists()


@pytest.mark.parametrize("fault", [OSError("encoder error -2"), MemoryError()])
def test_an_encoder_that_fails_is_a_problem_of_the_photo_not_of_the_disk(
    photo: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def failing(*_: object) -> object:
        raise fault

    monkeypatch.setattr("plugins.photos.imaging.render", failing)
    with pytest.raises(ContentError) as caught:
        ready.make_ready(wanted(photo)[0], cache, lambda _: None)
    assert caught.value.problems[0].message == source.DAMAGED
