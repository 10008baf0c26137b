from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from plugins.errors import ContentError, SettingsError
from plugins.site.city import city_tree, read_city
from plugins.site.retention import Retention
from tests.plugins.making import CITY, make_content, texts


def test_a_whole_file() -> None:
    city, problems = read_city(CITY.encode(), "ville/ville.toml")
    assert problems == []
    assert (city.name, city.retention, city.charter_version) == (
        "Boulogne-Billancourt",
        Retention(last=date(2023, 8, 31)),
        "2022-09-01",
    )
    assert city.accessibility == "non conforme"
    assert not city.charter_asked


def test_a_charter_to_accept_and_one_for_children(tmp_path: Path, now: datetime) -> None:
    asked = CITY.replace("[charte]", "[charte]\na-accepter = true")
    files = {"ville/ville.toml": asked, "ville/infos/charte-enfants.md": "Titre: La charte, pour toi\n\nSois gentil.\n"}
    tree = city_tree(make_content(tmp_path, files), now)
    facts = json.loads(tree["ville.json"])
    assert facts["charter_to_accept"] == facts["charter"] == "2022-09-01"
    assert facts["titles"]["charte-enfants"] == "La charte, pour toi"
    assert b"Sois gentil" in tree["charte-enfants.html"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('photos = "2023-08-31"', 'photos = "longtemps"', "“longtemps” does not say how long"),
        (
            "[hebergeur]",
            "[hebergeurs]",
            "ville/ville.toml:9 : The key “hebergeurs” is unknown. Did you mean “hebergeur”?",
        ),
        ("[charte]", '[accessibilite]\netat = "parfait"\n[charte]', "“accessibilite.etat”: “parfait” is not one of"),
    ],
)
def test_a_mistake_is_told(old: str, new: str, said: str) -> None:
    found = texts(read_city(CITY.replace(old, new).encode(), "ville/ville.toml")[1])
    assert any(said in text for text in found)


def test_the_citys_release_holds_facts_and_fragments(tmp_path: Path, now: datetime) -> None:
    content = make_content(
        tmp_path,
        {
            "ville/infos/charte.md": "Titre: La charte\n\n## Règles\n\n[Vos données](donnees-personnelles.md), "
            "[agir](tel:+33199001000), "
            "[programme](programmes/), <script>x</script>\n",
        },
    )
    tree = city_tree(content, now)
    assert sorted(tree) == [
        "accessibilite.html",
        "charte.html",
        "donnees-personnelles.html",
        "mentions-legales.html",
        "ville.json",
    ]
    facts = json.loads(tree["ville.json"])
    assert facts["name"] == "Boulogne-Billancourt"
    assert facts["titles"]["charte"] == "La charte"
    assert facts["charter_to_accept"] == "", "nobody is asked unless the city says so"
    charter = tree["charte.html"].decode()
    assert '<a href="donnees-personnelles">Vos données</a>' in charter
    assert '<a href="tel:+33199001000">' in charter
    assert "programme," in charter
    assert "preau:" not in charter
    assert "<script" not in charter
    assert tree == city_tree(content, now)


def test_the_city_reads_no_centre(tmp_path: Path, now: datetime) -> None:
    content = make_content(tmp_path, {"lilas/centre.toml": "broken ="})
    assert city_tree(content, now)


def test_a_missing_legal_page_stops_it(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(ContentError, match=r"ville/infos/charte.md : This page is missing"):
        city_tree(make_content(tmp_path, {"ville/infos/charte.md": None}), now)


def test_a_draft_of_a_legal_page_is_a_missing_one(tmp_path: Path, now: datetime) -> None:
    content = make_content(tmp_path, {"ville/infos/charte.md": "Titre: C\nStatut: brouillon\n\nx\n"})
    with pytest.raises(ContentError, match="This page is missing"):
        city_tree(content, now)


def test_a_missing_ville_toml_is_said(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(SettingsError, match=r"ville/ville.toml : The file ville.toml is missing"):
        city_tree(make_content(tmp_path, {"ville/ville.toml": None}), now)
