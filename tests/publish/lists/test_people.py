"""The city's lists: hashes that the gateway will find, and every bad line told."""

from __future__ import annotations

from pathlib import Path

import pytest

from publish.ents import EntConfig, OidcConfig
from publish.errors import ListError
from publish.lists.people import MAX_PROBLEMS, PeopleList, read_lists
from publish.policies import list_identifier

KEY = b"k" * 32
CUT = "“1,23457E+12” is a long number that the spreadsheet cut: format the column as text, then fill it again"


def ent(name: str) -> EntConfig:
    return OidcConfig(
        id=name, name=f"ENT {name}", issuer=f"https://{name}.example", client_id="preau",
        uais=frozenset(),
    )  # fmt: skip


ONE, TWO = ent("one"), ent("two")


def read(tmp_path: Path, text: str, *ents: EntConfig) -> PeopleList:
    file = tmp_path / "equipe.csv"
    file.write_text(text, "utf-8")
    return read_lists({"staff": file}, ents or (ONE,), KEY)["staff"]


def problems(tmp_path: Path, text: str, *ents: EntConfig) -> list[str]:
    with pytest.raises(ListError) as caught:
        read(tmp_path, text, *ents)
    return [reason.text(str).removeprefix(f"{tmp_path}/") for reason in caught.value.reasons]


def test_people_become_the_hashes_that_the_gateway_makes(tmp_path: Path) -> None:
    found = read(tmp_path, "nom;identifiant\nCamille;abc-1\nSacha;abc-2\nCamille encore;abc-1\n")
    assert found.lines == {
        list_identifier(KEY, "https://one.example", "abc-1"): 2,
        list_identifier(KEY, "https://one.example", "abc-2"): 3,
    }
    assert found.repeated == 1
    assert found.unread == ("nom",)


@pytest.mark.parametrize("written", ["two", "TWO", "ENT two", "https://two.example"])
def test_with_several_ents_the_column_says_which(tmp_path: Path, written: str) -> None:
    found = read(tmp_path, f"identifiant,ent\nabc,{written}\n", ONE, TWO)
    assert found.hashes == {list_identifier(KEY, "https://two.example", "abc")}


def test_with_several_ents_the_column_must_be_there(tmp_path: Path) -> None:
    assert problems(tmp_path, "identifiant\nabc\n", ONE, TWO) == [
        "equipe.csv: the column “ent” is missing; columns found: « identifiant »"
    ]


def test_every_bad_line_is_told_and_nothing_given(tmp_path: Path) -> None:
    people = (
        ";two",
        "abc;",
        "1,23457E+12;two",
        "#N/A;one",
        "=A1;one",
        "abc;twoo",
        "abc;paris",
        "élodie;one",
        "bon;one",
    )
    hidden = ("a\u200bb;one",)
    text = "identifiant;ent\n" + "\n".join((*people, *hidden))
    assert problems(tmp_path, text, ONE, TWO) == [
        "equipe.csv, line 2: the identifier is missing",
        "equipe.csv, line 3: the ENT is missing; known: one, two",
        f"equipe.csv, line 4: {CUT}",
        "equipe.csv, line 5: “#N/A” is a formula or its error, not an identifier",
        "equipe.csv, line 6: “=A1” is a formula or its error, not an identifier",
        "equipe.csv, line 7: “twoo” is no ENT of preau.toml; did you mean “two”?",
        "equipe.csv, line 8: “paris” is no ENT of preau.toml; known: one, two",
        "equipe.csv, line 9: “élodie” holds letters with accents: no ENT gives such an identifier",
        "equipe.csv, line 11: the identifier holds characters that can't be seen, or is far too long",
    ]


def test_a_wholly_wrong_file_is_not_told_line_by_line_for_ever(tmp_path: Path) -> None:
    told = problems(tmp_path, "identifiant\n" + "#REF!\n" * 1000)
    assert len(told) == MAX_PROBLEMS + 1
    assert "there are more such lines below" in told[-1]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="it is not there"):
        read_lists({"staff": tmp_path / "none.csv"}, (ONE,), KEY)
