"""Resizing gives what Pillow's Lanczos gives, the same on every processor, and never takes too many copies."""

from __future__ import annotations

import pytest
from cykooz_resizer import CpuExtensions, Resizer
from PIL import Image, ImageChops

from plugins.photos import resizing
from plugins.photos.resizing import resized
from tests.plugins.photos import pictures

SIZE = (160, 120)


def photo(mode: str) -> Image.Image:
    return pictures.textured(400, 300).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_it_looks_as_pillow_would_make_it(mode: str) -> None:
    found = resized(photo(mode), SIZE)
    assert (found.mode, found.size) == (mode, SIZE)
    wanted = photo(mode).resize(SIZE, Image.Resampling.LANCZOS)
    differences = ImageChops.difference(found, wanted).tobytes()
    assert max(differences) <= 2
    assert sum(differences) / len(differences) < 0.5


def test_every_processor_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for extensions in (CpuExtensions.none, CpuExtensions.sse4_1, CpuExtensions.avx2):

        def resizer(extensions: CpuExtensions = extensions) -> Resizer:
            made = Resizer()
            made.cpu_extensions = extensions
            return made

        monkeypatch.setattr(resizing, "Resizer", resizer)
        found.add(resized(photo("RGB"), SIZE).tobytes())
    assert len(found) == 1


def test_what_is_large_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resizing, "MOST_PIXELS", 400 * 300 - 1)
    monkeypatch.setattr(resizing, "Resizer", lambda: pytest.fail("handed over"))
    assert resized(photo("RGB"), SIZE).size == SIZE


def test_what_is_spent_gives_its_memory_back() -> None:
    image = photo("RGB")
    wanted = resized(image, SIZE)
    assert resized(image, SIZE, spent=True).tobytes() == wanted.tobytes()
    with pytest.raises(ValueError, match="closed"):
        image.tobytes()


def test_a_picture_of_its_size_stays_as_it_is() -> None:
    image = photo("RGB")
    assert resized(image, image.size) is image
