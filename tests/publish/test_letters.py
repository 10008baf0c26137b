"""`preau access letters`: a page of letters for one person alone, hashes in the policy, and nothing anywhere else."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from publish.access import Grant, Person, decide
from publish.commands import letters as command
from publish.errors import HeadTaken
from publish.letter_codes import code_hash, typed
from tests.publish.test_access_commands import ENT, KEY, change_centre, policy
from tests.publish.test_cli import Place, place_in, said
from tests.publish.trees import NOW

GATEWAY = '\n[gateway]\naddress = "https://centres.example"\n'
TODAY = NOW.date()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("PREAU_ACCESS_KEY", KEY)
    made = place_in(tmp_path)
    settings = tmp_path / "preau.toml"
    settings.write_text(settings.read_text("utf-8") + GATEWAY + ENT, "utf-8")
    assert made.run("access", "import", "fessart").exit_code == 0
    return made


def pages(place: Place) -> list[Path]:
    return sorted(place.root.rglob("fessart-*.html"))


def codes_of(page: Path) -> list[str]:
    """What a reader of the page would type."""
    found = re.findall(r'class="code"[^>]*>(.*?)</p>', page.read_text("utf-8"))
    return [re.sub(r"<[^>]*>", "", code) for code in found]


def bearer(code: str) -> Person:
    plain = typed(code)
    assert plain
    return Person("https://ent.example", "1", frozenset(), codes=frozenset({code_hash(KEY.encode(), plain)}))


def test_letters_open_the_centre(place: Place) -> None:
    result = place.run("access", "letters", "fessart", "--for", "responsable", "--number", "3")
    assert result.exit_code == 0, result.output
    (page,) = pages(place)
    codes = codes_of(page)
    assert len(set(codes)) == 3
    assert {code.ref for code in policy(place).codes} == {code[:4] for code in codes}
    assert {(code.grant, code.school, code.until) for code in policy(place).codes} == {
        (Grant.GUARDIAN, "0929010U", TODAY + timedelta(days=60))
    }
    assert all(decide(policy(place), bearer(code)).allowed for code in codes)
    assert not decide(policy(place), bearer("2222-2222-222" + next(
        sign for sign in "2346789CDFHJKMNPQRTVWXY" if typed("22222222222" + sign)
    ))).allowed  # fmt: skip
    for code in codes:
        assert code[:4] in said(result)
        assert code not in said(result), "the terminal's history would hold it"


def test_codes_stand_on_the_page_and_nowhere_else(place: Place) -> None:
    place.run("access", "letters", "fessart", "--for", "equipe", "--number", "2")
    (page,) = pages(place)
    assert page.stat().st_mode & 0o777 == 0o600
    assert page.parent.stat().st_mode & 0o777 == 0o700
    assert not page.is_relative_to(place.content)
    for code in codes_of(page):
        for file in place.root.rglob("*"):
            if file.is_file() and file != page:
                data = file.read_bytes()
                assert code.encode() not in data
                assert code.replace("-", "").encode() not in data, file


def test_the_page_says_what_to_do(place: Place) -> None:
    place.run("access", "letters", "fessart", "--for", "responsable", "--until", "2022-12-24")
    text = pages(place)[0].read_text("utf-8")
    assert "centres.example/-/code" in text
    assert "ENT des écoles" in text
    assert "24 décembre 2022" in text
    assert "9 novembre 2022" in text
    assert 'lang="fr"' in text
    assert "http" not in re.sub(r"data:font/\S+", "", text), "it loads nothing"


def test_names_are_printed_and_kept_nowhere(place: Place) -> None:
    names = place.root / "familles.csv"
    names.write_text("nom;classe\nCamille Exemple;CP\nSacha <Modèle>;CE1\n", "cp1252")
    assert place.run("access", "letters", "fessart", "--for", "enfant", "--names", str(names)).exit_code == 0
    text = pages(place)[0].read_text("utf-8")
    assert "Camille Exemple" in text
    assert "Sacha &lt;Modèle&gt;" in text
    held = b"".join(place.store.get(key) or b"" for key in place.store.keys("centres/"))
    assert b"Camille" not in held
    assert len(policy(place).codes) == 2


def test_a_first_name_is_printed_and_a_column_left_out_is_told(place: Place) -> None:
    names = place.root / "familles.csv"
    names.write_text("Nom;Prénom;Classe\nExemple;Camille;CP\nModèle;;CE1\n", "utf-8")
    result = place.run("access", "letters", "fessart", "--for", "enfant", "--names", str(names))
    assert result.exit_code == 0, result.output
    text = pages(place)[0].read_text("utf-8")
    assert "Camille Exemple" in text
    assert ">Modèle<" in text
    assert "colonnes non lues : Classe\n" in said(result)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("prenom\nx\n", "la colonne « nom » manque"),
        ("nom\n", "il ne contient aucun nom"),
        ("nom;classe\n;CP\n", "ligne 2"),
        ("nom\n" + "x" * 90 + "\n", "ligne 2"),
        ("nom\n" + "x\n" * 501, "plus de 500 noms"),
    ],
)
def test_names_that_cannot_be_printed(place: Place, text: str, wrong: str) -> None:
    names = place.root / "familles.csv"
    names.write_text(text, "utf-8")
    result = place.run("access", "letters", "fessart", "--for", "responsable", "--names", str(names))
    assert result.exit_code == 1
    assert wrong in said(result)
    assert not pages(place)
    assert not policy(place).codes


def test_taking_back(place: Place) -> None:
    place.run("access", "letters", "fessart", "--for", "equipe", "--number", "2")
    first, second = codes_of(pages(place)[0])
    result = place.run("access", "letters", "fessart", "--revoke", first[:4].lower())
    assert result.exit_code == 0, result.output
    assert "annulées" in said(result)
    assert not decide(policy(place), bearer(first)).allowed
    assert decide(policy(place), bearer(second)).allowed
    again = place.run("access", "letters", "fessart", "--revoke", second, "--revoke", "ZZZZ")
    assert again.exit_code == 1
    assert "n’a pas de lettre ZZZZ" in said(again)
    assert decide(policy(place), bearer(second)).allowed, "nothing is taken back where one reference is unknown"


def test_letters_are_shown_without_their_codes(place: Place) -> None:
    assert place.run("publish", "fessart").exit_code == 0
    place.run("access", "letters", "fessart", "--for", "equipe")
    (code,) = codes_of(pages(place)[0])
    shown = said(place.run("access", "show", "fessart"))
    assert f"lettre {code[:4]} : l’équipe, à saisir jusqu’au {TODAY + timedelta(days=60):%d/%m/%Y}" in shown
    told = json.loads(place.run("access", "show", "fessart", "--json").output)
    assert told["letters"] == [
        {"ref": code[:4], "for": "staff", "school": "", "until": str(TODAY + timedelta(days=60))}
    ]
    place.run("access", "letters", "fessart", "--revoke", code[:4])
    history = said(place.run("access", "history", "fessart"))
    assert f"lettres : + {code[:4]}" in history
    assert f"lettres : − {code[:4]}" in history
    assert code not in shown + history


def test_lists_and_publications_keep_the_codes(place: Place) -> None:
    place.run("access", "letters", "fessart", "--for", "equipe")
    held = policy(place).codes
    names = place.root / "equipe.csv"
    names.write_text("identifiant\nabc-1\n", "utf-8")
    assert place.run("access", "import", "fessart", "--staff", str(names)).exit_code == 0
    assert place.run("publish", "fessart").exit_code == 0
    assert policy(place).codes == held


@pytest.mark.parametrize(
    ("arguments", "code", "wrong"),
    [
        ((), 2, "dites à qui vont les lettres"),
        (("--for", "responsable", "--until", "2022-11-08"), 2, "--until"),
        (("--for", "responsable", "--until", "2024-12-31"), 2, "--until"),
        (("--for", "responsable", "--school", "0929008S"), 2, "0929010U"),
        (("--for", "equipe", "--school", "0929010U"), 2, "--school est pour les familles"),
        (("--revoke", "X7KD", "--for", "equipe"), 2, "--revoke"),
        (("--revoke", "X7KD", "--number", "2"), 2, "--revoke"),
        (("--for", "enfant", "--number", "1", "--names", "familles.csv"), 2, "sans --number"),
        (("--revoke", "X7KD"), 1, "n’a pas de lettre X7KD"),
    ],
)
def test_what_cannot_be_made(place: Place, arguments: tuple[str, ...], code: int, wrong: str) -> None:
    result = place.run("access", "letters", "fessart", *arguments)
    assert result.exit_code == code
    assert wrong in said(result)
    assert not pages(place)
    assert not policy(place).codes


def test_a_kind_that_the_centre_does_not_admit(place: Place) -> None:
    change_centre(place, 'ecoles = ["0929010U"]', 'ecoles = ["0929010U"]\nprofils = ["responsable"]')
    place.run("access", "import", "fessart", "--confirm")
    result = place.run("access", "letters", "fessart", "--for", "enfant")
    assert result.exit_code == 1
    assert "n’admet pas ces personnes" in said(result)


def test_several_schools(place: Place) -> None:
    change_centre(place, 'ecoles = ["0929010U"]', 'ecoles = ["0929010U", "0929008S"]')
    place.run("access", "import", "fessart")
    assert "0929008S" in said(place.run("access", "letters", "fessart", "--for", "responsable"))
    assert place.run("access", "letters", "fessart", "--for", "responsable", "--school", "0929008s").exit_code == 0
    assert {code.school for code in policy(place).codes} == {"0929008S"}


def test_without_an_address_there_is_no_letter(place: Place) -> None:
    settings = place.root / "preau.toml"
    settings.write_text(settings.read_text("utf-8").replace(GATEWAY, ""), "utf-8")
    result = place.run("access", "letters", "fessart", "--for", "equipe")
    assert result.exit_code == 2
    assert "address" in said(result)


def test_letters_whose_codes_are_not_in_force_are_not_left_about(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise HeadTaken("taken")

    monkeypatch.setattr(command, "add_codes", taken)
    assert place.run("access", "letters", "fessart", "--for", "equipe").exit_code == 4
    assert not pages(place)


def test_letters_never_stand_in_the_content(place: Place) -> None:
    settings = place.root / "preau.toml"
    text = settings.read_text("utf-8")
    cache = f'cache = "{place.content.name}/fessart/cache"'
    settings.write_text(re.sub(r'cache = "[^"]*"', cache, text) if "[build]" in text else f"[build]\n{cache}\n{text}")
    result = place.run("access", "letters", "fessart", "--for", "equipe")
    assert result.exit_code == 1
    assert "doit rester hors de" in said(result)
    assert not policy(place).codes


def test_the_last_day_is_one_of_paris(place: Place) -> None:
    place.run("access", "letters", "fessart", "--for", "equipe", "--until", TODAY.isoformat())
    assert {code.until for code in policy(place).codes} == {date(2022, 11, 9)}
