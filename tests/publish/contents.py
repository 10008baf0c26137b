"""A small content folder: two centres, the city, one of each kind of post, one drawn photo."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

CITY = """\
nom = "Boulogne-Billancourt"
service = "Service des accueils de loisirs"
adresse = ["1 place de l’Exemple"]
telephone = "01 99 00 10 00"
courriel = "loisirs@ville.example"
editeur = "Ville"
directeur-publication = "Dominique Exemple"
[hebergeur]
nom = "Hébergeur Fictif"
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

CENTRE = """\
nom = "{name}"
adresse = ["12 rue Fictive"]
telephone = "01 99 00 12 34"
courriel = "{slug}@alsh.example"
couleur = "#b4532a"
ecoles = ["{school}"]
[[groupes]]
nom = "Maternelles"
[horaires]
journee = "8h30-18h30"
"""

ARTICLE = """\
Titre: Le potager
Date: 2022-11-08
Droit à l'image: vérifié par Camille Exemple le 8 novembre 2022

Les bottes aux pieds.

![Des feuilles vertes](feuilles.jpg)
"""

CENTRES = {"fessart": ("Fessart", "0929010U"), "escudier": ("Escudier", "0929008S")}


def write_content(root: Path) -> Path:
    for stem in ("mentions-legales", "accessibilite", "donnees-personnelles", "charte"):
        _write(root / "ville/infos" / f"{stem}.md", f"Titre: {stem}\n\nVoici.\n")
    _write(root / "ville/ville.toml", CITY)
    for slug, (name, school) in CENTRES.items():
        _write(root / slug / "centre.toml", CENTRE.format(slug=slug, name=name, school=school))
        _write(root / slug / "infos/venir.md", "Titre: Venir\n\nBus 123.\n")
        for stem, title in (("2022-11-07-bottes", "Des bottes"), ("2022-11-20-secret", "Plus tard")):
            _write(root / slug / f"rappels/{stem}.md", f"Titre: {title}\nJusqu'au: 2022-11-30\n\nPour le jardin.\n")
    _write(root / "fessart/articles/2022-11-08-potager/article.md", ARTICLE)
    Image.new("RGB", (64, 48), "green").save(root / "fessart/articles/2022-11-08-potager/feuilles.jpg")
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
