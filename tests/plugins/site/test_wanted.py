"""What a build prepares beforehand is what it will ask for, blurred in the same way."""

from __future__ import annotations

from pathlib import Path

from plugins.photos.blur import Blur
from plugins.photos.treatment import Box
from plugins.site.wanted import wanted_photos
from tests.plugins.making import make_content

ONE, TWO, CITY = "lilas/articles/2022-11-08-un", "lilas/articles/2022-11-08-deux", "ville/articles/2022-11-08-fete"


def asked(content: Path, *slugs: str) -> set[tuple[str, Blur]]:
    return {(path.relative_to(content).as_posix(), blur) for path, blur in wanted_photos(content, slugs)}


def content(tmp_path: Path, header: str = "") -> Path:
    files: dict[str, str | bytes | None] = {
        f"{ONE}/article.md": f"Titre: Un\n{header}\nx\n",
        f"{ONE}/a.jpg": b"x",
        f"{ONE}/B.HEIC": b"x",
        f"{ONE}/note.pdf": b"x",
        f"{TWO}/article.md": "Titre: Deux\n\nx\n",
        f"{TWO}/c.png": b"x",
        f"{CITY}/article.md": "Titre: Fête\n\nx\n",
        f"{CITY}/d.webp": b"x",
    }
    return make_content(tmp_path, files)


def test_every_photo_of_the_centre_and_of_the_city(tmp_path: Path) -> None:
    folder = content(tmp_path)
    paths = [f"{ONE}/a.jpg", f"{ONE}/B.HEIC", f"{TWO}/c.png", f"{CITY}/d.webp"]
    assert asked(folder, "lilas") == {(path, Blur()) for path in paths}
    assert asked(folder) == set()


def test_as_the_article_asks(tmp_path: Path) -> None:
    folder = content(tmp_path, "Flou: b.heic (10 20 30 40); a.jpg\n")
    found = dict(asked(folder, "lilas"))
    assert found[f"{ONE}/B.HEIC"] == Blur(zones=(Box(1000, 2000, 4000, 6000),))
    assert found[f"{ONE}/a.jpg"] == Blur(faces=True)
    assert not found[f"{TWO}/c.png"]


def test_as_the_centre_asks_the_city_s_photos_too(tmp_path: Path) -> None:
    folder = content(tmp_path)
    settings = folder / "lilas/centre.toml"
    settings.write_text('flou = "visages"\n' + settings.read_text("utf-8"), "utf-8")
    assert {blur for _, blur in asked(folder, "lilas")} == {Blur(faces=True)}


def test_what_can_not_be_read_is_left_to_the_build(tmp_path: Path) -> None:
    folder = content(tmp_path, "Flou: rien de connu\n")
    (folder / "lilas/centre.toml").unlink()
    assert asked(folder, "lilas") == {(f"{TWO}/c.png", Blur()), (f"{CITY}/d.webp", Blur())}
    (folder / "lien").symlink_to("lilas")
    assert asked(folder, "lien", "absent") == {(f"{CITY}/d.webp", Blur())}
