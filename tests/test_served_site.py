"""Over every file that the demonstration serves: no metadata, no original, nothing that must not leave."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image, ImageOps

from publish.demo.road import Road
from publish.demo.state import State
from publish.manifest import Manifest
from tests.browser.demonstration import CONTENT, DAY, manifests, opened, published

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


def reader(road: Road) -> httpx2.Client:
    """The city officer, without a browser."""
    client = httpx2.Client(timeout=30, trust_env=False)
    page = client.post(
        f"{road.address}/-/connexion/demo",
        data={"retour": "/"},
        headers={"Origin": road.address},
        follow_redirects=True,
    )
    back = client.post(page.url, data={"personne": "ville"}, follow_redirects=True)
    assert back.status_code == 200
    assert str(back.url) == f"{road.address}/"
    return client


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


def day_of(post: Path, keys: dict[str, str]) -> str:
    """The publication day, as the file's or folder's name begins with it; else what `Date` says."""
    match = re.match(r"\d{4}-\d{2}-\d{2}", post.stem if post.name != "article.md" else post.parent.name)
    return match.group() if match else keys.get("date", "")


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
            or day_of(post, keys) > DAY.isoformat()
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
    wrong = []
    for _, keys, body in posts:
        title = plain(keys["titre"])
        for piece in [*([title] if len(title) >= LEAST else []), *sentences(body)]:
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


def shape(image: Image.Image) -> list[float]:
    """A picture in 8 × 8 grey values, to be compared whatever its size and compression."""
    return [value / 255 for value in image.convert("L").resize((8, 8), Image.Resampling.BOX).tobytes()]


def difference(one: list[float], other: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_a_portrait_photo_stands_upright(served: Path) -> None:
    """A phone writes a portrait lying down, with a note to turn it; the note is gone, so the pixels must be turned."""
    turned = 0
    for path in originals():
        if path.suffix.lower() not in (".jpg", ".jpeg"):
            continue
        with Image.open(path) as original:
            if original.getexif().get(0x0112, 1) in (1, None):
                continue
            lying = shape(original)
            upright = ImageOps.exif_transpose(original)
            wanted, portrait = shape(upright), upright.height > upright.width
        found = []
        for variant in served.glob("*/photos/*.jpg"):
            with Image.open(variant) as image:
                found.append(
                    (difference(shape(image), wanted), difference(shape(image), lying), image.height > image.width)
                )
        near, far, stands = min(found)
        if near > 0.05:
            continue  # its article does not leave today
        assert near < far
        assert stands == portrait
        turned += 1
    assert turned >= 1
