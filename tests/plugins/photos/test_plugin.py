from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.errors import ContentError, LeakError
from plugins.photos import cache as cache_module
from plugins.photos.cache import Cache
from plugins.photos.model import Photo
from plugins.photos.plugin import variant_bytes
from plugins.photos.prepare import prepare_photo
from tests.plugins.photos import judge, pictures
from tests.project import ROOT

CENTRE = """
nom = "Fessart"
adresse = ["12 rue Fictive", "92100 Boulogne-Billancourt"]
telephone = "01 99 00 12 34"
courriel = "fessart@alsh.example"
couleur = "#b4532a"
ecoles = ["0929010U"]
admission = "ecoles"
[horaires]
matin = "8h30-11h45"
midi = "11h45-13h30"
apres-midi = "13h30-16h30"
soir = "16h30-18h30"
journee = "8h30-18h30"
[[groupes]]
nom = "Maternelles"
"""

ARTICLE = """Titre: {title}
Date: {day}
{header}

Une belle journée.

![Quatre couleurs]({photo} "En vrai")
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A centre with five articles that show photos, of which two leave."""
    content = tmp_path / "content"
    centre = content / "fessart"
    centre.mkdir(parents=True)
    (centre / "centre.toml").write_text(CENTRE)
    shutil.copytree(ROOT / "content" / "ville", content / "ville", ignore=shutil.ignore_patterns("articles"))
    rights = "Droit à l'image: vérifié par Camille Exemple le 8 novembre 2022"
    article(centre, "potager", "2022-11-08", rights, 60)
    article(centre, "encore", "2022-11-07", rights, 60)  # the same photo
    article(centre, "brouillon", "2022-11-06", f"{rights}\nStatut: brouillon", 90)
    article(centre, "demain", "2022-11-10", rights, 120)
    article(centre, "sans-accord", "2022-11-05", "Auteur: Camille", 150)
    return content


def article(centre: Path, name: str, day: str, header: str, width: int) -> None:
    folder = centre / "articles" / f"{day}-{name}"
    folder.mkdir(parents=True)
    lying = pictures.corners(width, 200).transpose(pictures.STORED[6][0])
    (folder / "couleurs.jpg").write_bytes(pictures.jpeg(lying, exif=pictures.exif(6, gps=True), quality=97))
    (folder / "article.md").write_text(
        ARTICLE.format(title=name.capitalize(), day=day, header=header, photo="couleurs.jpg")
    )
    (folder / "article.md").chmod(0o600)
    (folder / "couleurs.jpg").chmod(0o600)


@pytest.fixture
def site(content: Path, tmp_path: Path) -> Path:
    """The centre built by stock Pelican, in a process of its own: importing it changes the whole process."""
    command = [sys.executable, "-m", "pelican", str(content / "fessart"), "-s", str(ROOT / "pelicanconf.py")]
    command += [
        "-o",
        str(tmp_path / "site"),
        "-e",
        'PREAU_NOW="2022-11-09"',
        f'PREAU_PHOTO_CACHE="{tmp_path / "cache"}"',
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tmp_path / "site"


def test_articles_leave_with_clean_upright_photos_and_only_theirs(site: Path, exiftool: Path) -> None:
    assert sorted(path.parent.name for path in site.glob("articles/*/index.html")) == [
        "2022-11-05-sans-accord",
        "2022-11-07-encore",
        "2022-11-08-potager",
    ]
    photos = sorted((site / "photos").iterdir())
    assert [path.suffix for path in photos] == [".jpg", ".webp"]  # two articles, one photo
    for path in photos:
        image = pictures.opened(path.read_bytes())
        assert image.size == (60, 200)
        assert pictures.upright(image)
        assert stat.S_IMODE(path.stat().st_mode) & 0o400
        assert path.stat().st_nlink == 1  # no link into the private cache
    assert [judge.not_allowed(found) for found in judge.tags(exiftool, photos).values()] == [[], []]
    page = (site / "articles" / "2022-11-08-potager" / "index.html").read_text()
    for path in photos:
        assert f"../../photos/{path.name}" in page
    assert "Quatre couleurs" in page
    assert "photos/" not in (site / "articles" / "2022-11-05-sans-accord" / "index.html").read_text()
    listed = (site / "articles" / "index.html").read_text()
    assert "Potager" in listed
    assert "Brouillon" not in listed
    assert "Demain" not in listed


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", lambda: 1.0)


@pytest.fixture
def photo(tmp_path: Path, cache: Cache) -> Photo:
    (tmp_path / "a.jpg").write_bytes(pictures.jpeg(pictures.corners(60, 40)))
    return prepare_photo(tmp_path / "a.jpg", tmp_path, "x", "", cache)


def test_every_variant_can_be_read(cache: Cache, photo: Photo) -> None:
    assert [len(variant_bytes(cache, photo, variant)) for variant in photo.variants] == [v.size for v in photo.variants]


def test_a_variant_that_is_gone_is_said(cache: Cache, photo: Photo) -> None:
    cache.forget(photo.digest)
    with pytest.raises(ContentError) as caught:
        variant_bytes(cache, photo, photo.variants[0])
    assert caught.value.problems[0].file == "a.jpg"


def test_a_cache_that_someone_filled_otherwise_is_not_trusted(
    cache: Cache, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pictures.jpeg(pictures.corners(60, 40), exif=pictures.exif(gps=True))
    monkeypatch.setattr(cache_module, "_read", lambda *_: whole)
    jpeg = next(variant for variant in photo.variants if variant.media_type == "image/jpeg")
    with pytest.raises(LeakError):
        variant_bytes(cache, photo, jpeg)


def test_a_variant_of_another_size_than_announced_is_refused(cache: Cache, photo: Photo) -> None:
    with pytest.raises(LeakError):
        variant_bytes(cache, photo, replace(photo.variants[0], height=41))
