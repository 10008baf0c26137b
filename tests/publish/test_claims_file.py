"""A file of claims comes from anywhere: it fills no memory, and speaks to no terminal."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from plugins import errors
from publish import claims_file, strict_json
from publish.claims_file import Said, read_said
from publish.config_reader import read_config
from publish.ents import EntConfig
from publish.errors import ListError
from publish.gateway import claims
from publish.gateway.cas_answer import Principal, read_answer
from publish.gateway.sign_in import SignInRefused
from tests.publish.gateway.test_cas_answer import FIXTURES
from tests.publish.test_cli import Place, said
from tests.publish.test_command import ORDER
from tests.publish.test_explain import FESSART, place, refused

__all__ = ["place"]  # a fixture

LONG = {
    "ecoles": b'{"sub": "42", "name": "' + b"x" * 300_000 + b'"}',
    "ent": (FIXTURES / "flat-attributes.xml").read_bytes().rstrip() + b"\n" * 300_000,
    "passerelle": b'{"OIDC_CLAIM_sub": "42", "OIDC_CLAIM_nom": "' + b"x" * 300_000 + b'"}',
}


def ent_of(place: Place, name: str) -> EntConfig:
    ents = read_config(place.root / "preau.toml", required=True).gateway.ents
    return next(ent for ent in ents if ent.id == name)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each parser was given."""
    given: list[int] = []
    load = strict_json.load

    def as_json(data: bytes, *, most: int) -> object:
        given.append(len(data))
        return load(data, most=most)

    def as_xml(data: bytes) -> Principal:
        given.append(len(data))
        return read_answer(data)

    monkeypatch.setattr(strict_json, "load", as_json)
    monkeypatch.setattr(claims_file, "read_answer", as_xml)
    return given


@pytest.mark.parametrize("ent", LONG)
def test_a_file_longer_than_any_answer_is_parsed_by_nobody(
    place: Place, ent: str, parsed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ent_of(place, ent)
    with pytest.raises(ListError, match="longer than any answer"):
        read_said(config, LONG[ent])
    assert parsed == []
    monkeypatch.setattr(claims_file, "MOST_BYTES", 10**9)
    with suppress(SignInRefused):
        read_said(config, LONG[ent])
    assert parsed == [len(LONG[ent])], "without the bound, all of it"


def test_a_file_without_end_is_not_read_to_its_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    whole = claims_file.read_said

    def noted(ent: EntConfig, data: bytes) -> Said:
        given.append(len(data))
        return whole(ent, data)

    monkeypatch.setattr(claims_file, "read_said", noted)
    most = claims_file.MOST_BYTES
    assert "plus long que toute réponse" in refused(place, "ecoles", Path("/dev/zero"))
    monkeypatch.setattr(claims_file, "MOST_BYTES", 20 * most)
    assert "plus long que toute réponse" in refused(place, "ecoles", Path("/dev/zero"))
    assert given == [most + 1, 20 * most + 1], "the bound alone ends it"


ORDERS = (ORDER, "\r", "\x7f", "\x9b2J", "\u202e", "\ud800")


def shown(place: Place, ent: str, stated: dict[str, object]) -> str:
    """What the command shows of a file, whatever it thinks of it."""
    (place.root / "dit").write_text(json.dumps(stated))
    result = place.run("access", "explain", "--claims", str(place.root / "dit"), "--ent", ent)
    assert "--debug" not in result.output
    return said(result)


GUARDIAN = {"sub": "42", "ENTPersonProfils": "National_TUT", "ENTPersonStructRattachUAI": FESSART}
FRONT = {"OIDC_CLAIM_sub": "42", "OIDC_CLAIM_profil": "National_TUT", "OIDC_CLAIM_ecole": FESSART}
USERS = {"id": 12, "profile": "PARENT", "classroom_ids": [], "school_ids": [7]}


@pytest.mark.parametrize(
    ("ent", "stated", "claim"),
    [
        *(("ecoles", GUARDIAN, name) for name in ("sub", "name", "ENTPersonProfils", "ENTPersonStructRattachUAI")),
        *(("classe", USERS, name) for name in ("id", "profile")),
        *(("passerelle", FRONT, name) for name in (*FRONT, "OIDC_CLAIM_nom")),
    ],
)
def test_a_claim_gives_no_order_to_a_terminal(place: Place, ent: str, stated: dict[str, object], claim: str) -> None:
    for order in ORDERS:
        for hostile in ({claim: order}, {claim: [f"National_TUT{order}"]}, {order: order}, {f"{claim}{order}": 7}):
            assert shown(place, ent, {**stated, **hostile}).replace("\n", "").isprintable(), ascii(hostile)


@pytest.mark.parametrize(
    ("where", "protection", "taken_away", "ent", "stated"),
    [
        (claims, "_values", lambda stated: [stated], "ecoles", {**GUARDIAN, "ENTPersonProfils": ORDER}),
        (claims, "_values", lambda stated: [stated], "ecoles", {**GUARDIAN, "ENTPersonStructRattachUAI": ORDER}),
        (claims, "_name", str, "ecoles", {**GUARDIAN, "name": ORDER}),
        (claims_file, "text_of", lambda stated, name: stated[name], "ecoles", {**GUARDIAN, "sub": ORDER}),
        (errors, "visible", str, "passerelle", {**FRONT, ORDER: 7}),
    ],
)
def test_without_its_protection_a_claim_gives_orders(
    place: Place,
    where: object,
    protection: str,
    taken_away: object,
    ent: str,
    stated: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ORDER not in shown(place, ent, stated)
    monkeypatch.setattr(where, protection, taken_away)
    assert ORDER in shown(place, ent, stated)
