"""`preau access`, as the city's officer types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publish.access import Person, Policy, decide
from publish.lists import changes
from publish.policies import list_identifier, read_policy
from tests.publish.test_cli import Place, place_in, said
from tests.publish.trees import NOW

KEY = "k" * 32
ISSUER = "https://ent.example"
ENT = f"""
[[ent]]
id = "ent"
name = "ENT des écoles"
issuer = "{ISSUER}"
client_id = "preau"
uai = ["0929010U", "0929008S"]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PREAU_ACCESS_KEY", KEY)
    made = place_in(tmp_path)
    settings = tmp_path / "preau.toml"
    settings.write_text(settings.read_text("utf-8") + ENT, "utf-8")
    return made


def write(place: Place, name: str, *identifiers: str) -> str:
    file = place.root / name
    file.write_text("nom;identifiant\n" + "".join(f"Quelqu’un;{one}\n" for one in identifiers), "utf-8")
    return str(file)


def policy(place: Place, slug: str = "fessart") -> Policy:
    found = read_policy(place.store, slug)
    assert found is not None
    return found.policy


def person(value: str) -> Person:
    return Person(ISSUER, value, frozenset(), list_identifier(KEY.encode(), ISSUER, value))


def change_centre(place: Place, before: str, after: str) -> None:
    file = place.content / "fessart/centre.toml"
    assert before in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")


def test_a_list_opens_the_door_to_those_on_it_and_to_nobody_else(place: Place) -> None:
    result = place.run("access", "import", "fessart", "--staff", write(place, "equipe.csv", "abc-1", "abc-2"))
    assert result.exit_code == 0, result.output
    assert "staff" not in result.output
    assert "équipe du centre : 2 ajoutées, 0 retirées (nouvelles aux lignes 2, 3)" in said(result)
    assert decide(policy(place), person("abc-1")).allowed
    assert not decide(policy(place), person("abc-3")).allowed
    assert read_policy(place.store, "escudier") is None, "only the centre that was named"


def test_nothing_names_anybody_in_the_store(place: Place) -> None:
    place.run("access", "import", "--blocked", write(place, "bloques.csv", "abc-1"))
    held = b"".join(place.store.get(key) or b"" for key in place.store.keys("centres/"))
    assert b"abc-1" not in held
    assert list_identifier(KEY.encode(), ISSUER, "abc-1").encode() in held


def test_diff_changes_nothing_and_says_the_same(place: Place) -> None:
    file = write(place, "ville.csv", "abc-1")
    shown = place.run("access", "diff", "fessart", "--city", file)
    assert "fessart : changerait." in said(shown)
    assert read_policy(place.store, "fessart") is None
    assert place.run("access", "import", "fessart", "--city", file).exit_code == 0
    assert "fessart : rien ne change." in said(place.run("access", "diff", "fessart", "--city", file))


def test_a_bad_line_applies_nothing_anywhere(place: Place) -> None:
    good, bad = write(place, "equipe.csv", "abc-1"), write(place, "ville.csv", "abc-2", "#N/A")
    result = place.run("access", "import", "--staff", good, "--city", bad)
    assert result.exit_code == 1
    assert "ville.csv, ligne 3 : « #N/A » est une formule ou son erreur" in said(result)
    assert read_policy(place.store, "fessart") is None


def test_a_centre_in_error_applies_nothing_anywhere(place: Place) -> None:
    change_centre(place, "0929010U", "0929010X")
    result = place.run("access", "import", "--staff", write(place, "equipe.csv", "abc-1"))
    assert result.exit_code == 1
    assert "rien n’a été appliqué" in said(result)
    assert read_policy(place.store, "escudier") is None


def test_opening_wider_or_emptying_a_list_must_be_confirmed(place: Place) -> None:
    assert place.run("access", "import", "fessart", "--enrolled", write(place, "a.csv", "1", "2", "3")).exit_code == 0
    change_centre(
        place, 'ecoles = ["0929010U"]', 'ecoles = ["0929010U"]\nprofils = ["enfant", "responsable", "personnel"]'
    )
    asked = ("access", "import", "fessart", "--enrolled", write(place, "b.csv", "1"))
    refused = place.run(*asked)
    assert refused.exit_code == 1
    assert "fessart : il s’ouvrirait à de nouvelles personnes : le personnel de ses écoles" in said(refused)
    assert "2 des 3 personnes inscrites seraient retirées" in said(refused)
    assert len(policy(place).enrolled) == 3
    assert place.run(*asked, "--confirm").exit_code == 0
    assert len(policy(place).enrolled) == 1


def test_the_confirmation_is_alive(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run("access", "import", "fessart", "--enrolled", write(place, "a.csv", "1", "2", "3"))
    monkeypatch.setattr(changes.PolicyChange, "to_confirm", lambda self: ())
    assert place.run("access", "import", "fessart", "--enrolled", write(place, "b.csv")).exit_code == 0
    assert policy(place).enrolled == frozenset()


def test_publishing_never_opens_a_site_to_a_new_kind_of_people_by_itself(place: Place) -> None:
    change_centre(place, 'ecoles = ["0929010U"]', 'ecoles = ["0929010U"]\nadmission = "inscrits"')
    assert place.run("publish", "fessart").exit_code == 0
    change_centre(place, 'admission = "inscrits"', 'admission = "ecoles"')
    result = place.run("publish", "fessart")
    assert result.exit_code == 1
    assert "preau access import fessart --confirm" in said(result)
    assert policy(place).admission == "inscrits"
    assert place.run("access", "import", "fessart", "--confirm").exit_code == 0
    assert place.run("publish", "fessart").exit_code == 0
    change_centre(place, 'admission = "ecoles"', 'admission = "inscrits"')
    assert place.run("publish", "fessart").exit_code == 0, "closing waits for nobody"
    assert policy(place).admission == "inscrits"


def test_show(place: Place) -> None:
    assert place.run("publish", "fessart").exit_code == 0
    place.run("access", "import", "fessart", "--by", "Camille", "--staff", write(place, "equipe.csv", "abc-1"))
    text = said(place.run("access", "show", "fessart"))
    assert "0929010U" in text
    assert "les enfants de ses écoles, les parents de ses écoles" in text
    assert json.loads(place.run("access", "show", "fessart", "--json").stdout) == {
        "site": "fessart", "number": 2, "since": NOW.isoformat(), "by": "Camille", "schools": ["0929010U"],
        "admission": "ecoles", "admitted": ["child", "guardian"], "blocked": 0, "city": 0, "staff": 1, "enrolled": 0,
        "letters": [],
    }  # fmt: skip
    assert place.run("access", "show", "fesart").exit_code == 1


def test_history_says_who_opened_the_door_to_whom_and_when(place: Place) -> None:
    assert place.run("publish", "fessart", "--by", "Sacha").exit_code == 0
    place.run("access", "import", "fessart", "--by", "Camille", "--staff", write(place, "equipe.csv", "abc-1"))
    lines = said(place.run("access", "history", "fessart")).splitlines()
    assert lines == [
        "2, depuis le 09/11/2022 09:00, par Camille",
        "  équipe du centre : 1 ajoutées, 0 retirées",
        "1, depuis le 09/11/2022 09:00, par Sacha",
        "  admission : toutes ces personnes, dans ces écoles",
        "  sortes de personnes : les enfants de ses écoles, les parents de ses écoles",
        "  écoles : + 0929010U",
    ]
    rules = json.loads(place.run("access", "history", "fessart", "--json").stdout)["rules"]
    assert [(one["number"], one["by"]) for one in rules] == [(2, "Camille"), (1, "Sacha")]


@pytest.mark.parametrize("key", ["", "short"])
def test_without_its_key_no_list_is_read(place: Place, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREAU_ACCESS_KEY", key)
    result = place.run("access", "import", "fessart", "--staff", write(place, "equipe.csv", "abc-1"))
    assert result.exit_code == 2
    assert "PREAU_ACCESS_KEY" in result.output


def test_without_an_ent_no_list_is_read(tmp_path: Path) -> None:
    made = place_in(tmp_path)
    result = made.run("access", "import", "fessart", "--staff", write(made, "equipe.csv", "abc-1"))
    assert result.exit_code == 2
    assert "[[ent]]" in result.output
