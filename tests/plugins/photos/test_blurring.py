"""Faces are found, blurred before any size is made, and found nowhere afterwards; whatever else happens is an error."""

from __future__ import annotations

import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins.errors import Problem, Wrong
from plugins.photos import blurring, faces
from plugins.photos.blur import Blur
from plugins.photos.blurring import MARGINS, find, grown, is_blurred, prepare_blurred
from plugins.photos.cache import Cache
from plugins.photos.face_detector import any_size
from plugins.photos.faces import find_faces
from plugins.photos.model import Photo
from plugins.photos.treatment import NONE, Box, blurred

ASTRONAUT = Path(__file__).parent / "data/astronaute.jpg"
FACE = Box(3500, 1100, 5300, 3500)
OTHER = Box(8000, 8000, 9000, 9500)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", time.time)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "content" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(ASTRONAUT.read_bytes())
    return path


def told(monkeypatch: pytest.MonkeyPatch, *answers: tuple[Box, ...]) -> list[int]:
    """Let the detector answer: first what is found in the photo, then in its variants; gives how many it was shown."""
    asked: list[int] = []
    left = list(answers)

    def answer(pictures: Sequence[Image.Image]) -> list[tuple[Box, ...]]:
        asked.append(len(pictures))
        found = left.pop(0) if len(left) > 1 else left[0]
        return [found, *[()] * (len(pictures) - 1)]

    monkeypatch.setattr(blurring, "find_faces", answer)
    return asked


def shown(cache: Cache, photo: Photo) -> list[Image.Image]:
    names = [variant.path.rpartition("-")[2] for variant in photo.variants]
    return [Image.open(BytesIO(cache.read(photo.digest, name))).convert("RGB") for name in names]


def make(path: Path, cache: Cache, wanted: Blur, advices: list[Problem] | None = None) -> Photo:
    advise = advices.append if advices is not None else None
    return prepare_blurred(path, path.parent, "Elle", "", wanted, cache, advise=advise)


def test_a_real_face_is_found_blurred_in_every_variant_and_found_nowhere_again(cache: Cache, photo: Path) -> None:
    (face,) = find(photo, photo.parent, cache).faces
    assert abs(face.left - FACE.left) < 400
    assert abs(face.bottom - FACE.bottom) < 400
    plain = shown(cache, find(photo, photo.parent, cache).photo)
    assert not any(is_blurred(picture, face, [face]) for picture in plain)
    pictures = shown(cache, done := make(photo, cache, Blur(faces=True)))
    assert len(pictures) == len(done.variants)
    assert find_faces(pictures) == [()] * len(pictures)
    zone = grown(face, MARGINS[0])
    assert all(is_blurred(picture, zone, [zone]) for picture in pictures)


def test_a_drawn_zone_is_blurred_without_a_face_in_it(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, ())
    pictures = shown(cache, make(photo, cache, Blur(zones=(OTHER,))))
    assert all(is_blurred(picture, OTHER, [OTHER]) for picture in pictures)


def test_only_the_faces_that_are_named_are_blurred(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE, OTHER), (OTHER,))
    pictures = shown(cache, make(photo, cache, Blur(numbers=(1,))))
    assert not any(is_blurred(picture, OTHER, [OTHER]) for picture in pictures)


def test_a_face_that_is_still_found_gets_a_larger_zone_then_an_error(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = told(monkeypatch, (FACE,), (FACE,), (FACE,), ())
    make(photo, cache, Blur(faces=True))
    assert len(asked) == 4, "looked for once, then after each margin"
    told(monkeypatch, (OTHER,), (OTHER,))
    photo.write_bytes(ASTRONAUT.read_bytes() + b"\0")
    with pytest.raises(Wrong, match="still found after it was blurred"):
        make(photo, cache, Blur(faces=True))


def test_a_face_found_in_a_variant_alone_stops_the_photo(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (), (OTHER,))
    with pytest.raises(Wrong, match="still found"):
        make(photo, cache, Blur(faces=True))


def test_the_proof_is_alive(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline that forgets to blur is seen by the pixels, even if the detector sees nothing."""
    told(monkeypatch, (FACE,), ())
    monkeypatch.setattr(blurring, "Treatment", lambda _zones: NONE)
    with pytest.raises(Wrong, match="still found"):
        make(photo, cache, Blur(faces=True))
    monkeypatch.setattr(blurring, "_proved", lambda *_args, **_options: True)
    assert not is_blurred(shown(cache, make(photo, cache, Blur(faces=True)))[0], FACE, [FACE])


def test_what_was_proved_for_some_faces_is_not_proved_for_all(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (FACE,), (OTHER,))
    make(photo, cache, Blur(numbers=(1,)))
    with pytest.raises(Wrong, match="still found"):
        make(photo, cache, Blur(faces=True))


def test_what_was_found_and_proved_is_remembered(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE,), ())
    first = make(photo, cache, Blur(faces=True))
    monkeypatch.setattr(blurring, "find_faces", lambda _: pytest.fail("looked again"))
    assert make(photo, cache, Blur(faces=True)) == first


def test_a_number_without_a_face_is_an_error(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE,))
    for number in (0, 2):
        with pytest.raises(Wrong, match=f"has no face {number}: 1 were found"):
            make(photo, cache, Blur(numbers=(1, number)))


def test_a_photo_that_changed_makes_its_numbers_void(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (FACE,), ())
    mark = find(photo, photo.parent, cache).mark
    make(photo, cache, Blur(numbers=(1,), mark=mark))
    photo.write_bytes(ASTRONAUT.read_bytes() + b"\0")
    with pytest.raises(Wrong, match=f"has changed since its faces were numbered \\(#{mark} is now"):
        make(photo, cache, Blur(numbers=(1,), mark=mark))


def test_numbers_without_a_mark_are_advised(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE,), ())
    advices: list[Problem] = []
    make(photo, cache, Blur(numbers=(1,)), advices)
    assert [a.text(str)[:20] for a in advices] == ["a.jpg : The numbers "]


def test_without_the_extra_nothing_is_found_and_nothing_is_shown(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "NEEDED", ("a_package_that_is_not_there",))
    with pytest.raises(Wrong, match="is not installed on this computer"):
        make(photo, cache, Blur(faces=True))


def test_a_detector_that_stops_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    monkeypatch.setattr(faces, "_DETECTOR", broken)
    for text in ("raise SystemExit(1)", "print('[]')", "print('?')"):
        broken.write_text(text)
        with pytest.raises(Wrong, match="the detector stopped"):
            find_faces([Image.new("RGB", (40, 30))])


def test_other_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="not the ones that were studied"):
        any_size(b"weights")


def test_squares_of_one_colour_are_told_from_a_picture() -> None:
    with Image.open(ASTRONAUT) as picture:
        assert not is_blurred(picture, FACE, [FACE])
        assert is_blurred(blurred(picture, [FACE]), FACE, [FACE])
