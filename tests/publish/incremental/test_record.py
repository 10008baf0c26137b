"""Records of what was built: read back as they were, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plugins.errors import Problem, Severity
from plugins.site.model import Waiting
from publish.access import Admission, MembershipKind
from publish.incremental.files import Known
from publish.incremental.record import Record, parse, read_record, write_record
from publish.jobs import Built
from tests.publish.trees import NOW

TREE = Path("/sites/fessart")
KNOWN = Known({"./": [], "a.md": [3, 1, 2, 9]}, {"a.md": "ab" * 32})
BUILT = Built(
    "fessart",
    "Fessart",
    TREE,
    12,
    3,
    Admission(frozenset({"0929010U"}), "inscrits", frozenset({MembershipKind.CHILD})),
    waiting=(Waiting("fessart/rappels/x.md", "publication on {date}", NOW, {"date": "demain"}, ("Karim",)),),
    advices=(Problem("fessart/a.md", 3, "{name}", {"name": "x", "line": 2}, Severity.ADVICE),),
    next_change=NOW + timedelta(days=200),
)
RECORD = Record({"program": "p", "without": "[]"}, KNOWN, Known(), KNOWN, BUILT, NOW, "boot")


def test_read_back_as_it_was(tmp_path: Path) -> None:
    write_record(tmp_path / "fessart.json", RECORD)
    assert (tmp_path / "fessart.json").stat().st_mode & 0o777 == 0o600
    found = read_record(tmp_path / "fessart.json", TREE)
    assert found is not None
    assert found.built == replace(BUILT, unchanged=True)
    assert found.built.next_change is not None
    assert f"{found.built.next_change:%H:%M %Z}" == f"{NOW + timedelta(days=200):%H:%M %Z}", "summer time, as written"
    assert [found.parts, found.files, found.city, found.tree, found.now] == [RECORD.parts, KNOWN, Known(), KNOWN, NOW]
    assert [path.name for path in tmp_path.iterdir()] == ["fessart.json"]


def test_the_city_s_own(tmp_path: Path) -> None:
    city = replace(RECORD, built=Built("ville", "ville", TREE, 4, 0))
    found = parse(city.to_bytes(), TREE)
    assert found is not None
    assert found.built == replace(city.built, unchanged=True)


@pytest.mark.parametrize("cut", [0, 1, 64, 65, 200, -1])
def test_half_a_record_is_none(cut: int) -> None:
    assert parse(RECORD.to_bytes()[:cut], TREE) is None


def test_a_byte_that_changed_is_seen() -> None:
    data = bytearray(RECORD.to_bytes())
    data[data.index(b"a.md")] ^= 1
    assert parse(bytes(data), TREE) is None


@pytest.mark.parametrize("spoil", [{"format": 0}, {"files": None}, {"built": {}}, {"now": "hier"}, {"tree": []}])
def test_another_form_is_none(spoil: dict[str, object]) -> None:
    import hashlib

    rest = json.dumps({**json.loads(RECORD.to_bytes().partition(b"\n")[2]), **spoil}).encode()
    assert parse(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest, TREE) is None


def test_nothing_there_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path / "none.json", TREE) is None
