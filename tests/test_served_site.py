"""Over every file that the demonstration serves: no metadata, no original, nothing that must not leave."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from PIL import Image, ImageOps

from publish.demo.road import Road
from publish.demo.state import State
from publish.manifest import Manifest
from tests.browser.demonstration import CONTENT, DAY, manifests, opened, published
from tests.plugins.photos import judge

__all__ = ["manifests", "published"]  # fixtures

FORBIDDEN = re.compile(
    r"(?:EXIF|ExifIFD|ExifTool_?IFD|IFD\d+|SubIFD\d*|InteropIFD|GPS|XMP.*|IPTC.*|Photoshop|MPF\d*|MPImage\d*|MakerNotes|"
    r"Apple|Canon|Samsung|Sony|Nikon|Google|JFXX|CIFF|FlashPix|APP\d+|ICC-meta|PDF-.*|Embedded.*)"
)
"""Groups (exiftool's families 0 and 1) that may not be in anything that is served."""

FORBIDDEN_TAGS = re.compile(
    r"(?:.*Comment.*|.*Thumbnail.*|PreviewImage.*|JpgFromRaw.*|OtherImage.*|MPImage.*|Artist|Copyright)"
)
PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".tif", ".tiff", ".avif")
GROUPS = {"ExifTool", "System", "File", "Composite"}
DOCUMENT = {"PDF:PDFVersion", "PDF:Linearized", "PDF:PageCount", "PDF:Language", "PDF:TaggedPDF"}
"""All that a PDF may say besides its pages."""

CONTENTS = {".json": {"JSON"}, ".html": {"HTML"}, ".svg": {"SVG"}, ".ics": {"VCalendar", "Event", "Timezone"}}
"""Groups that exiftool makes of what files other than photos say to everybody; no other may stand in them."""

NAME = re.compile(r"[0-9a-f]{24}-(\d+)\.(?:webp|jpg)")
"""A photo's: the start of a digest, its width, its kind."""

LEAST = 12
"""Characters from which a text is its own: shorter titles could be in a page by chance."""


@pytest.fixture(scope="session")
def served(published: State, manifests: dict[str, Manifest], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file of every centre, as the gateway gives it to a city officer; and the city's fragments, as published."""
    folder = tmp_path_factory.mktemp("served")
    with opened(published, tmp_path_factory.mktemp("road-served")) as road, reader(road) as client:
        for slug, manifest in manifests.items():
            for path, entry in manifest.files.items():
                answer = client.get(f"{road.address}/{slug}/{path}")
                # 404.html is the one file that is never given by its own name.
                body = answer.content if path != "404.html" else client.get(f"{road.address}/{slug}/rien/").content
                assert answer.status_code == (404 if path == "404.html" else 200)
                assert hashlib.sha256(body).hexdigest() == entry.sha256
                (folder / slug / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / slug / path).write_bytes(body)
    return folder


@pytest.fixture(scope="session")
def albums(published: State, manifests: dict[str, Manifest], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every ZIP of photos, as the gateway gives it."""
    folder = tmp_path_factory.mktemp("albums")
    with opened(published, tmp_path_factory.mktemp("road-albums")) as road, reader(road) as client:
        for slug, manifest in manifests.items():
            for path in manifest.files:
                if path.endswith("/album.json"):
                    answer = client.get(f"{road.address}/{slug}/{path.removesuffix('json')}zip")
                    assert answer.status_code == 200
                    (folder / f"{slug}-{path.split('/')[-2]}.zip").write_bytes(answer.content)
    return folder


@contextmanager
def reader(road: Road) -> Iterator[httpx2.Client]:
    """The city officer, without a browser."""
    with httpx2.Client(timeout=30, trust_env=False, follow_redirects=True) as client:
        page = client.post(f"{road.address}/-/connexion/demo", data={"retour": "/"}, headers={"Origin": road.address})
        back = client.post(page.url, data={"personne": "ville"})
        assert (back.status_code, str(back.url)) == (200, f"{road.address}/")
        yield client


def tags(exiftool: Path, folder: Path) -> list[dict[str, object]]:
    """What exiftool reads in each file: `group0:group1:tag` → value; every embedded document too."""
    run = subprocess.run(
        [exiftool, "-a", "-G0:1", "-ee", "-U", "-json", "-r", "-fast0", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[dict[str, object]] = json.loads(run.stdout)
    return found


def traces(found: list[dict[str, object]]) -> list[str]:
    """Tags that may not be there."""
    return [
        f"{file['SourceFile']}: {name}"
        for file in found
        for name in file
        if any(FORBIDDEN.fullmatch(group) for group in name.split(":")[:-1])
        or FORBIDDEN_TAGS.fullmatch(name.split(":")[-1])
    ]


def originals() -> list[Path]:
    """Photos as people took them."""
    return sorted(path for path in CONTENT.rglob("*") if path.suffix.lower() in PHOTOS)


def test_no_file_that_is_served_holds_metadata(exiftool: Path, served: Path) -> None:
    found = tags(exiftool, served)
    files = [path for path in served.rglob("*") if path.is_file()]
    assert sum(1 for path in files if path.suffix in PHOTOS) > 200
    assert {str(file["SourceFile"]) for file in found} >= {str(path) for path in files if path.suffix in PHOTOS}
    assert traces(found) == []


def strange(file: Path, found: dict[str, object]) -> list[str]:
    """The tags of one file that are on no list: stricter than `FORBIDDEN`, for what nobody has thought of."""
    if file.suffix in PHOTOS:
        return judge.not_allowed(found)
    if file.suffix == ".pdf":
        return [name for name in found if name.partition(":")[0] not in GROUPS and name not in DOCUMENT]
    groups = GROUPS | CONTENTS.get(file.suffix, set())
    return [name for name in found if name.partition(":")[0].rstrip("0123456789") not in groups]


def test_a_file_that_is_served_says_nothing_but_what_it_shows(exiftool: Path, served: Path) -> None:
    files = sorted(path for path in served.rglob("*") if path.is_file())
    found = {Path(file): tags for file, tags in judge.tags(exiftool, files).items()}
    assert set(found) == set(files)
    assert {file: wrong for file, tags in found.items() if (wrong := strange(file, tags))} == {}
    assert sum(1 for file in files if file.suffix == ".pdf") >= 1


def test_a_zip_holds_photos_that_are_served_and_nothing_else(exiftool: Path, served: Path, albums: Path) -> None:
    found = sorted(albums.iterdir())
    assert len(found) >= 5
    shown = {hashlib.sha256(path.read_bytes()).hexdigest() for path in served.rglob("photos/*.jpg")}
    for path in found:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist()
            for name in archive.namelist():
                assert re.fullmatch(rf"{re.escape(path.stem)}-\d\d\.jpg", name)
                assert hashlib.sha256(archive.read(name)).hexdigest() in shown
    assert traces(tags(exiftool, albums)) == []


def test_a_pdf_as_it_was_written_would_be_strange(exiftool: Path) -> None:
    written = sorted(CONTENT.rglob("*.pdf"))
    said = {Path(file): strange(Path(file), tags) for file, tags in judge.tags(exiftool, written).items()}
    assert all({"PDF:Author", "PDF:Producer", "PDF:CreateDate"} <= set(wrong) for wrong in said.values())
    assert said


def test_originals_would_be_strange(exiftool: Path) -> None:
    said = {Path(file): strange(Path(file), tags) for file, tags in judge.tags(exiftool, originals()).items()}
    assert sum(1 for wrong in said.values() if any(name.startswith("GPS:") for name in wrong)) >= 5


def test_a_photo_is_as_wide_as_its_name_says(served: Path) -> None:
    photos = list(served.glob("*/photos/*"))
    assert len(photos) > 200
    for path in photos:
        name = NAME.fullmatch(path.name)
        assert name, path
        with Image.open(path) as image:
            assert (image.width, max(image.size) <= 1600) == (int(name[1]), True), path


def test_the_search_for_metadata_is_alive(exiftool: Path, tmp_path: Path) -> None:
    for number, path in enumerate(originals()):
        (tmp_path / f"{number}{path.suffix}").symlink_to(path)
    groups = {part for trace in traces(tags(exiftool, tmp_path)) for part in trace.split(": ")[1].split(":")[:-1]}
    assert {"EXIF", "GPS", "IFD0", "ExifIFD"} <= groups


def plain(text: str) -> str:
    """A text as it is compared: no tags, no entities, no typographic difference, one kind of space."""
    bare = html.unescape(re.sub(r"<[^>]*>", " ", text))
    for one, other in (("’", "'"), ("«", '"'), ("»", '"'), ("…", "..."), ("–", "-"), ("—", "-"), ("œ", "oe")):
        bare = bare.replace(one, other)
    return re.sub(r"\W+", " ", bare).casefold().strip()


def header(post: Path) -> tuple[dict[str, str], str]:
    """A post's header and its text, read without the project's own parser."""
    head, _, body = post.read_text("utf-8").removeprefix("---\n").partition("\n\n")
    lines = [line.partition(":") for line in head.splitlines() if ":" in line]
    return {plain(key): value.strip() for key, _, value in lines}, body


MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"


def moment_of(post: Path, keys: dict[str, str]) -> str:
    """When a post leaves, `2022-11-09 18`: what `Date` says, else how the file's or its folder's name begins."""
    stated = re.fullmatch(r"(\d{1,2})(?:er)? (\w+) (\d{4})(?: à (\d{1,2}) ?h.*)?", keys.get("date", ""))
    if stated:
        day, month, year, hour = stated.groups()
        return f"{year}-{MONTHS.split().index(month) + 1:02d}-{int(day):02d} {int(hour or 0):02d}"
    name = post.parent.name if post.name == "article.md" else post.stem
    iso = re.match(r"\d{4}-\d{2}-\d{2}", keys.get("date", "") or name)
    assert iso, f"{post} has no date"
    return f"{iso.group()} 00"


def waiting() -> Iterator[tuple[Path, dict[str, str], str]]:
    """Posts of the project's content that may not leave on the demonstration's day, by rules written here again."""
    for post in sorted(CONTENT.rglob("*.md")):
        if post.parent.name == "infos":
            continue
        keys, body = header(post)
        settings = CONTENT / post.relative_to(CONTENT).parts[0] / "centre.toml"
        moderated = settings.exists() and re.search(r"^moderation = true", settings.read_text("utf-8"), re.MULTILINE)
        if (
            plain(keys.get("statut", "publié")) not in ("publie", "publié")
            or moment_of(post, keys) > f"{DAY} 09"
            or (moderated and "valide par" not in keys and "validé par" not in keys)
        ):
            yield post, keys, body


@pytest.fixture(scope="session")
def words(served: Path) -> dict[Path, str]:
    """Every text that is served, as it is compared."""
    texts = [
        path for path in served.rglob("*") if path.suffix in (".html", ".ics", ".css", ".js", ".svg", ".json", ".txt")
    ]
    return {path: plain(unfolded(path.read_text("utf-8"))) for path in texts}


def unfolded(text: str) -> str:
    """iCalendar breaks lines at 75 bytes and escapes some signs."""
    return re.sub(r"\r?\n[ \t]", "", text).replace("\\,", ",").replace("\\;", ";").replace("\\n", "\n")


def sentences(body: str) -> list[str]:
    """Pieces of a text that are long enough to be its own."""
    lines = re.split(r"[\n.!?:|]+", re.sub(r"[*_#>`\[\]()]|!\[", " ", body))
    return [found for line in lines if len(found := plain(line)) >= 2 * LEAST]


def places(piece: str, words: dict[Path, str]) -> list[str]:
    """Where a piece of text is served."""
    return [f"{piece!r} in {path}" for path, text in words.items() if f" {piece} " in f" {text} "]


def test_nothing_that_waits_is_served(words: dict[Path, str]) -> None:
    posts = list(waiting())
    assert len(posts) >= 5, "the demonstration holds at least one future reminder a centre"
    held_back = {post for post, *_ in posts}
    public = " ".join(plain(post.read_text("utf-8")) for post in CONTENT.rglob("*.md") if post not in held_back)
    wrong = []
    for post, keys, body in posts:
        # A title may also be what a published programme announces; the rest of the text is the post's own.
        own = [
            piece for piece in [plain(keys["titre"]), *sentences(body)] if len(piece) >= LEAST and piece not in public
        ]
        assert own, post
        for piece in own:
            wrong += places(piece, words)
    assert wrong == []


def test_the_search_for_texts_is_alive(words: dict[Path, str]) -> None:
    kept = {post for post, *_ in waiting()}
    missed = []
    for post in sorted(CONTENT.glob("*/articles/**/*.md")):
        keys, _ = header(post)
        if post not in kept and not places(plain(keys["titre"]), words):
            missed.append(post)
    assert missed == []


def test_no_source_is_served(served: Path) -> None:
    sources = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path
        for path in CONTENT.rglob("*")
        if path.is_file() and path.stat().st_size
    }
    names = {path.name for path in CONTENT.rglob("*") if path.is_file()}
    for path in served.rglob("*"):
        if not path.is_file():
            continue
        assert hashlib.sha256(path.read_bytes()).hexdigest() not in sources
        assert path.name not in names
        assert path.suffix not in (".md", ".toml", ".heic")


def test_no_source_is_quoted(served: Path) -> None:
    """Neither the header's keys nor the settings' keys are in any text."""
    marks = re.compile(
        r"^(?:Titre|Statut|Validé par|Droit à l'image) ?: |^(?:ecoles|valideurs|moderation) = ", re.MULTILINE
    )
    for path in served.rglob("*"):
        if path.suffix in (".html", ".ics", ".json", ".txt", ".js", ".css"):
            assert not marks.search(path.read_text("utf-8")), path


ORIENTATION = 0x0112
SMALL = 800
"""Pixels of the variants that are compared."""
SAME = 0.04
"""Mean difference of grey below which two pictures are one, scaled and compressed differently."""


def shape(image: Image.Image) -> list[float]:
    """A picture in 8 × 8 grey values, to be compared whatever its size and compression."""
    return [value / 255 for value in image.convert("L").resize((8, 8), Image.Resampling.BOX).tobytes()]


def difference(one: list[float], other: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_a_portrait_photo_stands_upright(served: Path) -> None:
    """A phone writes a portrait lying down, with a note to turn it; the note is gone, so the pixels must be turned."""
    variants = []
    for path in served.glob("*/photos/*.jpg"):
        with Image.open(path) as image:
            if max(image.size) <= SMALL:
                variants.append((shape(image), image.height > image.width))
    turned = portraits = 0
    for path in originals():
        if path.suffix.lower() not in (".jpg", ".jpeg"):
            continue
        with Image.open(path) as original:
            if original.getexif().get(ORIENTATION, 1) == 1:
                continue
            original.draft("RGB", (800, 800))
            lying, upright = shape(original), ImageOps.exif_transpose(original)
            wanted, portrait = shape(upright), upright.height > upright.width
        near, found, stands = min((difference(found, wanted), found, stands) for found, stands in variants)
        if near > SAME:
            continue  # its article does not leave today
        assert near < difference(found, lying), path
        assert stands == portrait, path
        turned += 1
        portraits += portrait
    assert turned >= 5
    assert portraits >= 1
