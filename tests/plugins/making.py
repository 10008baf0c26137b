"""A small, whole content folder for tests, and what reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path

from plugins.errors import PluginError, Problem, Severity
from plugins.photos.blur import Blur
from plugins.photos.model import Photo, Variant
from plugins.posts.dates import PARIS
from plugins.programmes.grammar import read
from plugins.programmes.labels import Vocabulary
from plugins.programmes.model import Activity, Programme
from plugins.site.bodies import BlurPhoto, no_blur
from plugins.site.loader import load_site
from plugins.site.model import Site
from plugins.site.text import Reading

NOW = datetime(2022, 11, 9, 9, 0, tzinfo=PARIS)

CENTRE = """\
nom = "Les Lilas"
adresse = ["12 rue Fictive", "92100 Boulogne-Billancourt"]
telephone = "01 99 00 12 34"
courriel = "lilas@alsh.example"
couleur = "#b4532a"
ecoles = ["0929010U"]

[[groupes]]
nom = "Maternelles"
ages = "3-5 ans"
alias = ["Mat."]

[[groupes]]
nom = "Élémentaires"
ages = "6-10 ans"
alias = ["Élém."]

[horaires]
matin = "8h30-11h45"
midi = "11h45-13h30"
apres-midi = "13h30-16h30"
soir = "16h30-18h30"
journee = "8h30-18h30"
"""

CITY = """\
nom = "Boulogne-Billancourt"
service = "Direction de l'enfance"
adresse = ["1 place de l'Exemple"]
telephone = "01 99 00 10 00"
courriel = "loisirs@ville.example"
editeur = "Ville"
directeur-publication = "Dominique Exemple"

[hebergeur]
nom = "Hébergeur"
adresse = ["3 rue du Serveur"]
telephone = "01 99 00 10 30"

[donnees-personnelles]
nom = "Alix Modèle"
courriel = "donnees@ville.example"

[conservation]
photos = "2023-08-31"

[charte]
version = "2022-09-01"
"""

BASE: dict[str, str | bytes] = {
    "lilas/centre.toml": CENTRE,
    "ville/ville.toml": CITY,
    **{
        f"ville/infos/{stem}.md": f"Titre: {title}\n\nTexte.\n"
        for stem, title in (
            ("mentions-legales", "Mentions légales"),
            ("accessibilite", "Accessibilité"),
            ("donnees-personnelles", "Données personnelles"),
            ("charte", "Charte"),
        )
    },
}


def make_content(folder: Path, files: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the base content with `files` added or replaced; `None` leaves one out."""
    for name, text in {**BASE, **(files or {})}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def fake_photo(path: Path, alt: str, caption: str) -> Photo:
    """A photo as if it had been prepared."""
    digest = hashlib.sha256(str(path.name).encode()).hexdigest()[:24]
    variant = Variant(f"photos/{digest}-480.jpg", 480, 360, "image/jpeg", 1000)
    return Photo(path.name, digest[:8], digest, alt, caption, 480, 360, "#b9a58c", (variant,))


def fake_blur(path: Path, alt: str, caption: str, wanted: Blur) -> Photo:
    """The same for a photo in which something would be blurred."""
    del wanted
    return fake_photo(path, alt, caption)


BLUR: BlurPhoto = no_blur
"""What blurs; a test may put its own here."""


def load(content: Path, now: datetime = NOW, prepare: Callable[[Path, str, str], Photo] = fake_photo) -> Site:
    return load_site(content, "lilas", now, prepare, blur_photo=BLUR)


def told(content: Path, now: datetime = NOW) -> list[str]:
    """What is wrong with a content folder, in English, each problem with its place."""
    try:
        load(content, now)
    except PluginError as error:
        return [problem.text(str) for problem in error.problems]
    return []


def texts(problems: list[Problem]) -> list[str]:
    return [problem.text(str) for problem in problems]


GROUPS = {"Maternelles": ("Mat.", "3-5 ans"), "Élémentaires": ("Élém.", "6-10 ans")}
HOURS = {
    "matin": (time(8, 30), time(11, 45)),
    "midi": (time(11, 45), time(13, 30)),
    "apres-midi": (time(13, 30), time(16, 30)),
    "soir": (time(16, 30), time(18, 30)),
    "journee": (time(8, 30), time(18, 30)),
}


def words(
    start: date = date(2022, 11, 7),
    end: date = date(2022, 11, 18),
    groups: Mapping[str, tuple[str, ...]] = GROUPS,
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4),
) -> Vocabulary:
    return Vocabulary(start, end, weekdays, groups, HOURS)


def programme(body: str, vocabulary: Vocabulary | None = None) -> tuple[Programme, str, list[str]]:
    """A programme's body read: the programme, its prose, what is wrong (advice apart)."""
    found, prose, problems = read_body(body, vocabulary)
    return found, prose, texts([problem for problem in problems if problem.severity is Severity.ERROR])


def read_body(body: str, vocabulary: Vocabulary | None = None) -> tuple[Programme, str, list[Problem]]:
    """A programme's body read: the programme, its prose, every problem."""
    reading = Reading("p.md", lambda target: target)
    found, prose = read(body, 1, vocabulary or words(), "", reading)
    return found, str(prose), reading.problems


def short(activity: Activity) -> str:
    """`09 matin Maternelles: peinture`."""
    slot = activity.slot.key if activity.slot else "-"
    marks = ("!" if activity.outing else "") + ("x" if activity.cancelled else "")
    groups = "+".join(activity.groups) or "*"
    return f"{activity.day.day:02} {slot} {groups}: {marks}{activity.text}"


def activities(body: str, vocabulary: Vocabulary | None = None) -> list[str]:
    found, _, wrong = programme(body, vocabulary)
    assert wrong == []
    return [short(activity) for day in found.days for activity in day.activities]
