"""A real site, built once by the `pelican` command, and the flag that renews the golden one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from plugins.photos.cache import Cache
from plugins.photos.prepare import prepare_photo
from plugins.site.loader import load_site
from plugins.site.model import Site
from tests.plugins.making import NOW, make_content
from tests.project import ROOT


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/plugins/test_golden.py --update-golden -n 0` writes tests/golden/expected again."""
    parser.addoption("--update-golden", action="store_true", help="write the golden site again")


def phone_photo(colour: str = "#8fae5d", size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG as phones write it: with where, when and by whom."""
    image = Image.new("RGB", size, colour)
    for x in range(0, size[0], 40):  # something to look at
        image.paste((x % 255, 120, 90), (x, 0, x + 12, size[1]))
    exif = image.getexif()
    exif[0x0112], exif[0x010F], exif[0x9286] = 1, "Telephone", "secret"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"secret", quality=85)
    return out.getvalue()


FILES: dict[str, str | bytes] = {
    "lilas/infos/equipe.md": "Titre: L'équipe\n\nVoir [le potager](../articles/2022-11-08-potager/article.md).\n",
    "lilas/programmes/mercredis.md": (
        "Titre: Les mercredis\nDate: 1er novembre 2022\nMoment: mercredi\nDu: 9 novembre 2022\nAu: 16 novembre 2022\n\n"
        "## Mercredi 9 novembre\n- Matin : Maternelles : peinture [chez nous](../infos/equipe.md)\n"
        "## Mercredi 16 novembre\n"
        "- Annulé : Sortie : cirque\n"
    ),
    "lilas/rappels/bottes.md": (
        "Titre: Des bottes !\nDate: 8 novembre 2022\nJusqu'au: 9 novembre 2022\nÀ faire: mettre des bottes\n\nX\n"
    ),
    "lilas/articles/2022-11-08-potager/article.md": (
        "Titre: Au <potager> & ailleurs\nDroit à l'image: vérifié par Camille le 8 novembre 2022\n\nOn plante.\n\n"
        '![Deux enfants](a.jpg "Les semis")\n![Une bêche](b.jpg)\n'
    ),
    "lilas/articles/2022-11-08-potager/a.jpg": phone_photo(),
    "lilas/articles/2022-11-08-potager/b.jpg": phone_photo("#b4532a", (480, 640)),
    "lilas/articles/2022-12-01-surprise/article.md": (
        "Titre: La visite du grand magicien\nDroit à l'image: vérifié par Camille le 8 novembre 2022\n\n"
        "Le magicien Abracadabrus viendra goûter avec nous.\n\n![Le magicien](secret.jpg)\n"
    ),
    "lilas/articles/2022-12-01-surprise/secret.jpg": phone_photo("#101010"),
    "lilas/rappels/brouillon.md": (
        "Titre: Rappel inachevé de Camille\nDate: 8 novembre 2022\nJusqu'au: 30 novembre 2022\nStatut: brouillon\n\nX\n"
    ),
}


@dataclass(frozen=True)
class Run:
    """What one run of the `pelican` command gave."""

    code: int
    said: str
    output: Path


Pelican = Callable[..., Run]


def run_pelican(content: Path, output: Path, cache: Path, *more: str, slug: str = "lilas", cwd: Path = ROOT) -> Run:
    """The stock command, as anyone would type it."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pelican",
            str(content / slug),
            "-s",
            str(ROOT / "pelicanconf.py"),
            "-o",
            str(output),
            "-e",
            'PREAU_NOW="2022-11-09 09:00"',
            f'PREAU_PHOTO_CACHE="{cache}"',
            *more,
        ],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, output)


@pytest.fixture(scope="session")
def photo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def pelican(tmp_path: Path, photo_cache: Path) -> Pelican:
    """Run the `pelican` command on a content folder; each run has an output of its own unless one is given."""
    count = 0

    def run(content: Path, *more: str, output: Path | None = None, **options: object) -> Run:
        nonlocal count
        count += 1
        return run_pelican(content, output or tmp_path / f"output-{count}", photo_cache, *more, **options)  # type: ignore[arg-type]

    return run


@dataclass(frozen=True)
class Built:
    """A finished tree, and what it was made of."""

    tree: Path
    site: Site
    content: Path

    def text(self, path: str) -> str:
        return (self.tree / path).read_text("utf-8")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, photo_cache: Path) -> Built:
    """The site of `FILES`; read only, copy the tree to change it."""
    content = make_content(tmp_path_factory.mktemp("content"), FILES)
    run = run_pelican(content, tmp_path_factory.mktemp("built") / "lilas", photo_cache)
    assert run.code == 0, run.said
    cache = Cache(photo_cache, time.time)
    site = load_site(
        content, "lilas", NOW, lambda path, alt, caption: prepare_photo(path, content, alt, caption, cache)
    )
    return Built(run.output, site, content)
