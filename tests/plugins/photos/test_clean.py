from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins.errors import LeakError
from plugins.photos import clean, imaging, rendering
from plugins.photos.clean import prove_clean
from plugins.photos.colour import display_p3
from plugins.photos.imaging import render
from plugins.photos.recipe import RECIPE
from tests.plugins.photos import judge, pictures
from tests.plugins.photos.talkative import SIZE, XMP, write_talkative


@pytest.fixture(scope="module")
def sources(exiftool: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_talkative(exiftool, tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def said(exiftool: Path, sources: dict[str, Path]) -> dict[str, set[str]]:
    """Source → groups that exiftool finds in it."""
    found = judge.tags(exiftool, sources.values())
    return {name: {tag.partition(":")[0] for tag in found[str(path)]} for name, path in sources.items()}


def test_the_sources_do_hold_what_must_not_leave(said: dict[str, set[str]], sources: dict[str, Path]) -> None:
    assert {"GPS", "IFD0", "ExifIFD", "IFD1", "IPTC", "XMP-dc", "ICC_Profile"} <= said["camera.jpg"]
    assert {"PNG", "GPS", "XMP-dc", "ICC_Profile"} <= said["screenshot.png"]
    assert {"GPS", "XMP-dc", "ICC_Profile"} <= said["message.webp"]
    assert {"GPS", "XMP-photoshop"} <= said["modern.avif"]
    assert "GPS" in said["auxiliary.heic"]
    assert b"auxC" in sources["auxiliary.heic"].read_bytes()
    assert {"GPS", "MPF0", "MPImage1"} & said["pair.jpg"] >= {"GPS", "MPF0"}
    assert {"GPS", "XMP-dc"} <= said["portrait.heic"]


def test_exiftool_finds_nothing_but_pixels_in_any_variant(
    exiftool: Path, sources: dict[str, Path], tmp_path: Path
) -> None:
    files = []
    for name, source in sources.items():
        for index, variant in enumerate(render(source.read_bytes(), name, RECIPE).variants):
            files.append(tmp_path / f"{name}-{index}")
            files[-1].write_bytes(variant.data)
            assert b"Personne" not in variant.data
            assert b"Exemple" not in variant.data
    found = judge.tags(exiftool, files)
    assert len(found) == len(files) == 14
    assert {name: judge.not_allowed(tags) for name, tags in found.items()} == {name: [] for name in found}


def test_the_judge_objects_to_every_source(exiftool: Path, sources: dict[str, Path]) -> None:
    assert all(judge.not_allowed(found) for found in judge.tags(exiftool, sources.values()).values())


@pytest.mark.parametrize(
    "kept",
    [
        {"exif": pictures.exif(gps=True)},
        {"icc_profile": display_p3()},
        {"xmp": XMP},
    ],
    ids=lambda kept: next(iter(kept)),
)
def test_were_metadata_written_the_proof_would_refuse_the_photo(
    kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pictures.jpeg(pictures.corners(*SIZE))
    monkeypatch.setattr(imaging, "WITHOUT_METADATA", {**imaging.WITHOUT_METADATA, **kept})
    with pytest.raises(LeakError) as caught:
        render(data, "fessart/photo.jpg", RECIPE)
    assert caught.value.problems[0].file == "fessart/photo.jpg"


@pytest.mark.parametrize("media_type", [rendering.WEBP, rendering.JPEG])
def test_without_the_proof_it_would_leave(media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof is what stops it: patched away, the place of the photo stands in the variant."""
    monkeypatch.setattr(imaging, "WITHOUT_METADATA", {"exif": pictures.exif(gps=True)})
    monkeypatch.setattr(imaging, "prove_clean", lambda *_: None)
    variants = render(pictures.jpeg(pictures.corners(*SIZE)), "photo", RECIPE).variants
    leaked = next(variant for variant in variants if variant.media_type == media_type)
    assert pictures.opened(leaked.data).getexif().get_ifd(0x8825)


def jpeg_with(marker: int, payload: bytes, data: bytes | None = None) -> bytes:
    data = data or pictures.jpeg(pictures.corners(*SIZE))
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def riff(*chunks: tuple[bytes, bytes], lie: int = 0) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body) + lie) + b"WEBP" + body


PLAIN = pictures.jpeg(pictures.corners(*SIZE))
WEBP = pictures.encoded(pictures.corners(*SIZE), "WEBP", quality=80)
BITS = WEBP[20:]

ATTACKS: dict[str, tuple[str, bytes]] = {
    **{f"APP{marker & 15}": (rendering.JPEG, jpeg_with(marker, b"Exif\0\0II*\0")) for marker in range(0xE0, 0xF0)},
    "comment": (rendering.JPEG, jpeg_with(0xFE, b"Une Personne")),
    "comment before the scan": (
        rendering.JPEG,
        PLAIN[: PLAIN.index(b"\xff\xda")] + b"\xff\xfe\0\x06abcd" + PLAIN[PLAIN.index(b"\xff\xda") :],
    ),
    "JFIF thumbnail": (rendering.JPEG, jpeg_with(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc", PLAIN[:2] + PLAIN[20:])),
    "JFIF extension": (rendering.JPEG, jpeg_with(0xE0, b"JFXX\0\x10abc")),
    "second JFIF": (rendering.JPEG, jpeg_with(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")),
    "after the end": (rendering.JPEG, PLAIN + b"\0"),
    "second image": (rendering.JPEG, PLAIN + PLAIN),
    "between segments": (rendering.JPEG, PLAIN[:20] + b"Une Personne" + PLAIN[20:]),
    "reserved marker": (rendering.JPEG, jpeg_with(0xF0, b"Une Personne")),
    "without end": (rendering.JPEG, PLAIN[:-2]),
    "EXIF chunk": (rendering.WEBP, riff((b"VP8 ", BITS), (b"EXIF", pictures.exif(gps=True)))),
    "XMP chunk": (rendering.WEBP, riff((b"VP8 ", BITS), (b"XMP ", XMP))),
    "extended form": (
        rendering.WEBP,
        riff((b"VP8X", b"\x08\0\0\0" + b"\x59\0\0\x3b\0\0"), (b"VP8 ", BITS), (b"EXIF", b"x")),
    ),
    "profile chunk": (rendering.WEBP, riff((b"ICCP", display_p3()), (b"VP8 ", BITS))),
    "unknown chunk": (rendering.WEBP, riff((b"VP8 ", BITS), (b"abcd", b"Une Personne"))),
    "two images": (rendering.WEBP, riff((b"VP8 ", BITS), (b"VP8 ", BITS))),
    "no image": (rendering.WEBP, riff()),
    "after the WebP": (rendering.WEBP, WEBP + b"Une Personne"),
    "announced and missing": (rendering.WEBP, riff((b"VP8 ", BITS), lie=40)),
    "a JPEG called WebP": (rendering.WEBP, PLAIN),
    "a WebP called JPEG": (rendering.JPEG, WEBP),
    "PNG": ("image/png", pictures.encoded(pictures.corners(*SIZE), "PNG")),
    "nothing": (rendering.JPEG, b""),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_not_on_the_list_is_refused(attack: str) -> None:
    media_type, data = ATTACKS[attack]
    with pytest.raises(LeakError):
        prove_clean(data, media_type, SIZE, "photo")


@pytest.mark.parametrize(("media_type", "data"), [(rendering.JPEG, PLAIN), (rendering.WEBP, WEBP)])
def test_what_is_only_pixels_is_accepted_at_its_own_size(media_type: str, data: bytes) -> None:
    prove_clean(data, media_type, SIZE, "photo")
    with pytest.raises(LeakError):
        prove_clean(data, media_type, (SIZE[1], SIZE[0]), "photo")


def test_pillow_sees_nothing_else_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look is alive: had the first one let a comment pass, this would stop it."""
    data = jpeg_with(0xFE, b"Une Personne")
    monkeypatch.setattr(clean, "_jpeg_size", lambda _: SIZE)
    with pytest.raises(LeakError) as caught:
        prove_clean(data, rendering.JPEG, SIZE, "photo")
    assert caught.value.problems[0].values["found"] == "comment"


def test_progressive_jpegs_with_several_scans_are_walked_to_their_end() -> None:
    target = BytesIO()
    pictures.textured(200, 100).save(target, "JPEG", progressive=True, optimize=True)
    prove_clean(target.getvalue(), rendering.JPEG, (200, 100), "photo")
    hidden = target.getvalue()
    last = hidden.rindex(b"\xff\xda")
    with pytest.raises(LeakError):
        prove_clean(hidden[:last] + b"\xff\xfe\0\x06abcd" + hidden[last:], rendering.JPEG, (200, 100), "photo")


def test_a_png_says_nothing_of_its_text() -> None:
    data = pictures.png_with(
        pictures.encoded(pictures.corners(*SIZE), "PNG"),
        (b"tEXt", b"Author\0Une Personne"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"Une Personne")),
        (b"eXIf", pictures.exif(gps=True).removeprefix(b"Exif\0\0")),
        (b"prIv", b"Une Personne"),
    )
    assert not any(Image.open(BytesIO(variant.data)).getexif() for variant in render(data, "photo", RECIPE).variants)
