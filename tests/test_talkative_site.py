"""A whole site of photos that say all that they can: not one of its files says anything but what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from publish.build import BuildRequest, Silent, build_sites
from publish.jobs import Built
from tests.plugins.making import NOW, make_content
from tests.plugins.photos import judge, pictures
from tests.plugins.photos.talkative import write_talkative
from tests.test_served_site import strange

ARTICLE = "lilas/articles/2022-11-08-photos"
HEADER = """\
Titre: Photos
Date: 8 novembre 2022
Droit à l'image: vérifié par Camille le 8 novembre 2022
Photos: toutes

x
"""

TURNED = (120, 80)
"""Size of the photos that a camera stored turned; no other has it."""

HELD = {
    "EXIF": ("camera.jpg", "IFD0:Make"),
    "GPS": ("camera.jpg", "GPS:GPSLatitude"),
    "XMP": ("camera.jpg", "XMP-dc:Creator"),
    "IPTC": ("camera.jpg", "IPTC:By-line"),
    "Photoshop": ("camera.jpg", "Photoshop:URL"),
    "maker notes": ("camera.jpg", "ExifIFD:MakerNoteUnknownText"),
    "comment": ("camera.jpg", "File:Comment"),
    "thumbnail": ("camera.jpg", "IFD1:ThumbnailImage"),
    "colour profile": ("camera.jpg", "ICC-header:ColorSpaceData"),
    "second image": ("pair.jpg", "MPImage2:MPImageStart"),
    "text of a PNG": ("screenshot.png", "PNG:Author"),
    "packed text of a PNG": ("screenshot.png", "PNG:Comment-fr"),
    "WebP": ("message.webp", "ExifIFD:UserComment"),
    "AVIF": ("modern.avif", "GPS:GPSLatitude"),
    "HEIC": ("portrait.heic", "XMP-dc:Creator"),
    "auxiliary image of a HEIC": ("auxiliary.heic", "QuickTime:AuxiliaryImageType"),
}
"""What must not leave: the source that holds it, and how exiftool names it there."""


@pytest.fixture(scope="module")
def sources(exiftool: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("talkative")
    sources = write_talkative(exiftool, folder)
    for orientation in range(1, 9):
        path = folder / f"turned{orientation}.jpg"
        image = pictures.corners(*TURNED)
        for turn in pictures.STORED[orientation]:
            image = image.transpose(turn)
        path.write_bytes(pictures.encoded(image, "JPEG", exif=pictures.exif(orientation, gps=True), quality=95))
        sources[path.name] = path
    return sources


@pytest.fixture(scope="module")
def site(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    files: dict[str, str | bytes] = {f"{ARTICLE}/{name}": path.read_bytes() for name, path in sources.items()}
    content = make_content(folder / "content", {f"{ARTICLE}/article.md": HEADER, **files})
    request = BuildRequest(content, folder / "out", folder / "cache", NOW, jobs=2)
    outcomes = build_sites(request, ("lilas",), Silent())
    assert all(isinstance(outcome, Built) for outcome in outcomes), outcomes
    return folder / "out"


@pytest.mark.parametrize("held", HELD)
def test_the_sources_do_hold_it(exiftool: Path, sources: dict[str, Path], held: str) -> None:
    name, tag = HELD[held]
    assert tag in judge.tags(exiftool, [sources[name]])[str(sources[name])]


def test_no_file_of_the_site_says_more_than_it_shows(exiftool: Path, sources: dict[str, Path], site: Path) -> None:
    files = sorted(path for path in site.rglob("*") if path.is_file())
    photos = [path for path in files if path.parent.name == "photos"]
    assert len({path.name.partition("-")[0] for path in photos}) == len(sources)
    found = {Path(file): tags for file, tags in judge.tags(exiftool, files).items()}
    assert set(found) == set(files)
    assert {file.name: wrong for file, tags in found.items() if (wrong := strange(file, tags))} == {}
    for path in files:
        data = path.read_bytes()
        assert b"Une Personne" not in data
        assert b"MotionPhoto" not in data


def test_a_source_among_the_photos_would_be_noticed(exiftool: Path, sources: dict[str, Path]) -> None:
    found = judge.tags(exiftool, sources.values())
    silent = [name for name, path in sources.items() if not strange(path, found[str(path)])]
    assert silent == []


def test_each_of_the_eight_orientations_stands_upright(site: Path) -> None:
    turned = sorted(site.rglob(f"photos/*-{TURNED[0]}.jpg"))
    assert len(turned) == 8
    for path in turned:
        image = pictures.opened(path.read_bytes())
        assert image.size == TURNED
        assert pictures.upright(image)
