"""Sites as a build leaves them, the same each time, written without one: how they are published is what is measured."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

SITES = 31
WORDS = """
    atelier jardin cuisine peinture sortie musée piscine goûter mercredi matin après-midi groupe animatrice forêt parc
    ballon chorale théâtre fresque lecture enfants maternelles élémentaires inscription retour départ car pique-nique
""".split()  # noqa: SIM905 - thirty words are read better than a list
WIDTHS = ((480, 20_000), (960, 60_000), (1600, 120_000))
"""Variants of a photo and about how many bytes each has, in the demonstration's sites."""

_MENU = "".join(f'<li><a class="lien" href="../../moments/{word}/">{word}</a></li>' for word in WORDS)


def slugs() -> list[str]:
    """The centres."""
    return [f"centre-{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(SITES)]


def write_sites(folder: Path, posts: int, photos: int) -> None:
    """Every site with so many articles and photos, each below its slug."""
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_write_site, folder, posts, photos), slugs()))


def change_post(folder: Path, slug: str, number: int, text: str) -> list[Path]:
    """Another text in one article, and what follows from it: the list of articles and the home page. What changed."""
    changed = [folder / slug / path for path in (_article(number), "articles/index.html", "index.html")]
    for path in changed:
        path.write_text(path.read_text(encoding="utf-8") + f"<!-- {text} -->", encoding="utf-8")
    return changed


def _write_site(folder: Path, posts: int, photos: int, slug: str) -> None:
    dice = Random(slug)
    lines = [f"<li><a href='{number}/'>{_words(dice, 4)}</a></li>" for number in range(posts)]
    files: dict[str, bytes] = {
        "index.html": _page(dice, "Accueil", "".join(lines[:20])),
        "articles/index.html": _page(dice, "Articles", "".join(lines)),
        "calendrier.ics": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 400,
        "centre.css": b".couleur{color:#123456}" * 40,
    }
    for number in range(posts):
        files[_article(number)] = _page(dice, f"Article {number}", f"<p>{_words(dice, 200)}</p>")
    for _ in range(photos):
        name = dice.randbytes(12).hex()
        for width, size in WIDTHS:
            for form in ("webp", "jpg"):
                files[f"photos/{name}-{width}.{form}"] = dice.randbytes(dice.randrange(size // 2, size * 3 // 2))
    for path, data in files.items():
        target = folder / slug / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _article(number: int) -> str:
    return f"articles/2022-11-09-{number:04}/index.html"


def _page(dice: Random, title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="../../centre.css"></head><body><nav><ul>{_MENU}</ul></nav>'
        f"<main><h1>{_words(dice, 6)}</h1>{body}</main><footer>{_words(dice, 30)}</footer></body></html>"
    ).encode()


def _words(dice: Random, count: int) -> str:
    return " ".join(dice.choices(WORDS, k=count))
