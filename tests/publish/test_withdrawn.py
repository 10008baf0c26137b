"""The register of what must never be shown again."""

from __future__ import annotations

import json

import pytest

from publish.errors import HeadTaken, ReleaseError
from publish.layout import series_key
from publish.withdrawn import Withdrawn, read_withdrawn, withdraw
from tests.publish.stores.memory import MemoryStore
from tests.publish.test_manifest import DIGEST, manifest
from tests.publish.trees import NOW

GOOD = {"format": 1, "since": NOW.isoformat(), "by": "ville", "digests": [DIGEST], "paths": ["plan/index.html"]}


def key(number: int) -> str:
    return series_key("fessart", "withdrawn", number)


def test_everything_appended_counts() -> None:
    store = MemoryStore()
    assert read_withdrawn(store, "fessart") == Withdrawn()
    assert withdraw(store, "fessart", digests=[DIGEST], paths=[], since=NOW, by="ville") == 1
    first = read_withdrawn(store, "fessart")
    assert withdraw(store, "fessart", digests=[], paths=["index.html"], since=NOW, by="ville") == 2
    assert read_withdrawn(store, "fessart") == Withdrawn(2, frozenset({DIGEST}), frozenset({"index.html"}))
    store.listed = 0
    assert read_withdrawn(store, "fessart", first) == read_withdrawn(store, "fessart", first)
    assert store.listed == 0, "a reader that knows some probes for more, without a listing"


def test_what_is_found_in_a_manifest() -> None:
    found = Withdrawn(1, frozenset({"cd" * 32}), frozenset({"photos/a1-480.webp", "elsewhere.html"}))
    assert found.found_in(manifest()) == ("index.html", "photos/a1-480.webp")
    assert Withdrawn(1, frozenset({"99" * 32}), frozenset()).found_in(manifest()) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"digests": ["ab"]},
        {"digests": None},
        {"paths": ["../x"]},
        {"paths": ["plan/"]},
        {"since": "hier"},
        {"by": 1},
        {"more": 1},
    ],
    ids=str,
)
def test_a_damaged_register_is_never_taken_for_an_empty_one(change: dict[str, object]) -> None:
    store = MemoryStore()
    store.put(key(1), json.dumps({**GOOD, **change}).encode())
    with pytest.raises(ReleaseError, match="damaged"):
        read_withdrawn(store, "fessart")
    store.put(key(1), json.dumps(GOOD).encode())
    assert read_withdrawn(store, "fessart").digests == {DIGEST}


def test_a_hole_in_the_register_is_an_error() -> None:
    store = MemoryStore()
    store.put(key(2), json.dumps(GOOD).encode())
    with pytest.raises(ReleaseError, match=r"000001\.json is missing"):
        read_withdrawn(store, "fessart")


def test_bad_values_are_never_written() -> None:
    store = MemoryStore()
    with pytest.raises(ValueError, match="sha256"):
        withdraw(store, "fessart", digests=["x"], paths=[], since=NOW, by="ville")
    with pytest.raises(ValueError, match="grammar"):
        withdraw(store, "fessart", digests=[], paths=["../x"], since=NOW, by="ville")
    assert store.objects == {}


def test_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    monkeypatch.setattr(store, "create", lambda key, data: False)
    with pytest.raises(HeadTaken):
        withdraw(store, "fessart", digests=[DIGEST], paths=[], since=NOW, by="ville")
