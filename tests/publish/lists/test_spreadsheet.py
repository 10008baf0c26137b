"""CSV files as spreadsheets really save them, and what is no table."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.lists.spreadsheet import Sheet, Unreadable, read_sheet

COLUMNS = {"identifiant": ("id",), "ent": ()}


def read(data: bytes) -> Sheet:
    return read_sheet(data, COLUMNS, ("identifiant",))


TABLE = "Nom;Identifiant;ENT\nÉlodie Modèle;abc-1;paris\n;;\n\nNoé Exemple; abc-2 ;paris\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_of_saving_gives_the_same(encoding: str, separator: str, end: str) -> None:
    sheet = read(TABLE.replace(";", separator).replace("\n", end).encode(encoding))
    assert [(row.line, dict(row.cells)) for row in sheet.rows] == [
        (2, {"identifiant": "abc-1", "ent": "paris"}),
        (5, {"identifiant": "abc-2", "ent": "paris"}),
    ]
    assert sheet.unread == ("Nom",)


def test_excels_own_first_line_and_quotes() -> None:
    sheet = read(b'sep=,\r\n"identifiant","remarque"\r\n"a,b","deux\r\nlignes"\r\n"c""d",\r\n')
    assert [(row.line, row.cells["identifiant"]) for row in sheet.rows] == [(4, "a,b"), (5, 'c"d')]


def test_a_short_line_lacks_its_last_cells() -> None:
    assert dict(read(b"identifiant;ent\nabc\n").rows[0].cells) == {"identifiant": "abc"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"identifant;nom\na;b\n", "is it the one called “identifant”?"),
        (b"nom;classe\na;b\n", "columns found: « nom », « classe »"),
        (b"identifiant;ID\na;b\n", "the column “identifiant” stands there twice"),
        (b"PK\x03\x04xlsx", "this is a workbook"),
        (b"\xd0\xcf\x11\xe0xls", "this is a workbook"),
        (b"identifiant\nab\0c\n", "bytes that are no text"),
        (b'identifiant\nx\n\n"never closed\ny\nz\n', "line 4 can't be read: a quotation mark"),
        (b'nom;identifiant\n"Jo" Modele;x\n', "line 2 can't be read: a quotation mark"),
    ],
)
def test_what_is_no_table_is_said(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert said in caught.value.reason.text(str)


@given(st.binary(max_size=400))
def test_whatever_the_bytes_a_table_or_a_sentence(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(read(b"identifiant;ent\n" + data), Sheet)
