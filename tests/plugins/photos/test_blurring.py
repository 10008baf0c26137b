"""Faces are found, blurred before any size is made, and found nowhere afterwards; whatever else happens is an error."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins.errors import Problem, Wrong
from plugins.photos import blurring, faces, imaging, prepare
from plugins.photos.blur import Blur
from plugins.photos.blurring import MARGINS, blur_many, find, grown, mark_of, prepare_blurred
from plugins.photos.cache import Cache
from plugins.photos.face_detector import any_size
from plugins.photos.faces import find_faces
from plugins.photos.model import Photo
from plugins.photos.proof import is_blurred
from plugins.photos.ready import make_ready
from plugins.photos.treatment import NONE, Box

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


def shown(cache: Cache, photo: Photo) -> list[list[Image.Image]]:
    """The variants, by format, from small to large."""

    def opened(path: str) -> Image.Image:
        return Image.open(BytesIO(cache.read(photo.digest, path.rpartition("-")[2]))).convert("RGB")

    return [[opened(v.path) for v in photo.of_type(kind)] for kind in ("image/webp", "image/jpeg")]


def make(path: Path, cache: Cache, wanted: Blur, advices: list[Problem] | None = None) -> Photo:
    advise = advices.append if advices is not None else None
    return prepare_blurred(path, path.parent, "Elle", "", wanted, cache, advise=advise)


def test_a_real_face_is_found_blurred_in_every_variant_and_found_nowhere_again(cache: Cache, photo: Path) -> None:
    (face,) = find(photo, photo.parent, cache).faces
    assert abs(face.left - FACE.left) < 400
    assert abs(face.bottom - FACE.bottom) < 400
    plain = shown(cache, find(photo, photo.parent, cache).photo)
    assert not any(is_blurred(pictures, [face]) for pictures in plain)
    done = shown(cache, made := make(photo, cache, Blur(faces=True)))
    flat = [picture for pictures in done for picture in pictures]
    assert len(flat) == len(made.variants)
    assert find_faces(flat) == [()] * len(flat)
    assert all(is_blurred(pictures, [grown(face, MARGINS[0])]) for pictures in done)


def test_a_zone_that_is_drawn_hides_a_real_face_and_needs_no_detector(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(faces, "NEEDED", ("a_package_that_is_not_there",))
        without.setattr(blurring, "find_faces", lambda _: pytest.fail("looked for faces"))
        done = shown(cache, made := make(photo, cache, Blur(zones=(FACE,))))
    flat = [picture for pictures in done for picture in pictures]
    assert len(flat) == len(made.variants)
    assert find_faces(flat) == [()] * len(flat)
    assert all(is_blurred(pictures, [FACE]) for pictures in done)


def test_a_drawn_zone_that_a_variant_does_not_show_blurred_stops_the_photo(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blurring, "Treatment", lambda _zones: NONE)
    monkeypatch.setattr(type(NONE), "zones", lambda _self, _size: (FACE,))
    with pytest.raises(Wrong, match="not blurred in every copy"):
        make(photo, cache, Blur(zones=(FACE,)))


def test_only_the_faces_that_are_named_are_blurred(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE, OTHER), (OTHER,))
    for pictures in shown(cache, make(photo, cache, Blur(numbers=(1,), mark=mark_of(photo.read_bytes())))):
        assert is_blurred(pictures, [grown(FACE, MARGINS[0])])
        assert not is_blurred(pictures, [OTHER])


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
    monkeypatch.setattr(imaging, "blurred", lambda image, _zones: image)
    monkeypatch.setattr(prepare, "_made", lambda wanted, cache, _workers: make_ready(wanted, cache, lambda _: None)[0])
    with pytest.raises(Wrong, match="still found"):
        make(photo, cache, Blur(faces=True))
    monkeypatch.setattr(blurring, "_proved", lambda *_: True)
    assert not is_blurred(shown(cache, make(photo, cache, Blur(faces=True)))[0], [FACE])


def test_what_was_proved_for_some_faces_is_not_proved_for_all(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (FACE,), (OTHER,))
    make(photo, cache, Blur(numbers=(1,), mark=mark_of(photo.read_bytes())))
    with pytest.raises(Wrong, match="still found"):
        make(photo, cache, Blur(faces=True))


def test_where_no_face_is_found_somebody_is_told_to_look(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, ())
    advices: list[Problem] = []
    make(photo, cache, Blur(faces=True), advices)
    make(photo, cache, Blur(faces=True, zones=(FACE,)), advices)
    assert [(a.file, a.message) for a in advices] == [("a.jpg", blurring.NOTHING_FOUND)]


def test_what_was_found_and_proved_is_remembered(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE,), ())
    first = make(photo, cache, Blur(faces=True))
    monkeypatch.setattr(blurring, "find_faces", lambda _: pytest.fail("looked again"))
    assert make(photo, cache, Blur(faces=True)) == first


def test_a_number_without_a_face_is_an_error(cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, (FACE,))
    for number in (0, 2):
        with pytest.raises(Wrong, match=f"has no face {number}: its faces are 1 to 1"):
            make(photo, cache, Blur(numbers=(1, number)))


@pytest.mark.parametrize("wanted", [Blur(numbers=(1,)), Blur(faces=True), Blur(zones=(FACE,))])
def test_a_photo_that_changed_makes_what_was_chosen_on_it_void(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch, wanted: Blur
) -> None:
    told(monkeypatch, (FACE,), ())
    mark = mark_of(photo.read_bytes())
    make(photo, cache, replace(wanted, mark=mark))
    photo.write_bytes(ASTRONAUT.read_bytes() + b"\0")
    with pytest.raises(Wrong, match=f"was chosen \\(#{mark} is now #{mark_of(photo.read_bytes())}\\)"):
        make(photo, cache, replace(wanted, mark=mark))


def test_numbers_without_a_mark_are_refused_with_the_right_line(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (FACE, OTHER), ())
    with pytest.raises(Wrong, match=rf"1 to 2, .*« a\.jpg 2, 1 #{mark_of(photo.read_bytes())} »"):
        make(photo, cache, Blur(numbers=(2, 1)))
    photo.write_bytes(ASTRONAUT.read_bytes() + b"\0")
    told(monkeypatch, ())
    with pytest.raises(Wrong, match="No face was found in “a"):
        make(photo, cache, Blur(numbers=(1,)))


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


def test_many_photos_are_found_made_and_proved_before_the_build_that_shows_them(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, (FACE,), ())
    wrong = photo.with_name("b.jpg")
    wrong.write_bytes(b"no photo")
    both, zone, drawn = Blur(faces=True), Blur(zones=(OTHER,)), []
    photos = [(photo, both), (photo, zone), (photo, both), (wrong, zone), (photo, Blur(numbers=(7,)))]
    blur_many(photos, photo.parent, cache, 2, 10**9, lambda done, total: drawn.append((done, total)))
    assert drawn == [(1, 3), (2, 3), (3, 3)], "each once; what is wrong is left to the build of its centre"
    monkeypatch.setattr(blurring, "find_faces", lambda _: pytest.fail("looked again"))
    monkeypatch.setattr(prepare, "_made", lambda *_: pytest.fail("made again"))
    make(photo, cache, both)
    make(photo, cache, zone)


def test_without_the_extra_many_photos_are_not_searched_and_zones_are_made(
    cache: Cache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "NEEDED", ("a_package_that_is_not_there",))
    blur_many([(photo, Blur(faces=True)), (photo, Blur(zones=(FACE,)))], photo.parent, cache, 1, 10**9)
    monkeypatch.setattr(prepare, "_made", lambda *_: pytest.fail("made again"))
    make(photo, cache, Blur(zones=(FACE,)))
    with pytest.raises(Wrong, match="is not installed"):
        make(photo, cache, Blur(faces=True))
