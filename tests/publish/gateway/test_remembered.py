"""A store that is restored from an older backup forgets withdrawals; the gateway does not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from publish.errors import ServeError
from publish.gateway.remembered import NAME, Remembered
from publish.layout import series_key
from publish.withdrawn import Withdrawn, withdraw
from tests.publish.gateway.house import House

PAGE = "articles/2022-11-09-potager/index.html"
DIGEST = "ab" * 32


def restored(house: House) -> None:
    """The store as it was before the withdrawal, after the gateway has seen it."""
    browser = house.signed_in("guardian-fessart")
    assert browser.get(f"/fessart/{PAGE}").status == 200
    withdraw(house.store, "fessart", digests=[], paths=[PAGE], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    assert browser.get(f"/fessart/{PAGE}").status == 410
    house.store.delete(series_key("fessart", "withdrawn", 1))
    house.clock.later(seconds=400)


def test_a_restored_store_brings_nothing_back(house: House) -> None:
    restored(house)
    assert house.signed_in("guardian-fessart").get(f"/fessart/{PAGE}").status == 410
    assert house.signed_in("guardian-fessart").get("/fessart/").status == 200


def test_without_the_memory_it_would(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remembered, "with_all", lambda self, slug, said: said)
    restored(house)
    assert house.signed_in("guardian-fessart").get(f"/fessart/{PAGE}").status == 200


def test_it_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / NAME
    first = Remembered(path).with_all("fessart", Withdrawn(3, frozenset({DIGEST}), frozenset({PAGE})))
    assert first == Withdrawn(3, frozenset({DIGEST}), frozenset({PAGE}))
    assert path.stat().st_mode & 0o777 == 0o600
    again = Remembered(path)
    assert again.with_all("fessart", Withdrawn()) == Withdrawn(0, frozenset({DIGEST}), frozenset({PAGE}))
    assert again.with_all("escudier", Withdrawn()) == Withdrawn()
    more = again.with_all("fessart", Withdrawn(1, frozenset({"cd" * 32}), frozenset()))
    assert Remembered(path).with_all("fessart", Withdrawn()).digests == more.digests == {DIGEST, "cd" * 32}


def test_a_disk_that_can_t_be_written_hides_all_the_same(tmp_path: Path) -> None:
    gone = Remembered(tmp_path / "no such folder" / NAME)
    said = Withdrawn(1, frozenset({DIGEST}), frozenset())
    assert gone.with_all("fessart", said) == said
    assert gone.with_all("fessart", Withdrawn()).digests == {DIGEST}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b'{"format":1,"sites":{"fessart":{"digests":["x"],"paths":[]}}}',
        b'{"format":1,"sites":{"../x":{"digests":[],"paths":[]}}}',
        b'{"format":2,"sites":{}}',
    ],
)
def test_a_damaged_memory_is_not_taken_for_an_empty_one(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / NAME).write_bytes(damage)
    with pytest.raises(ServeError, match="--reappliquer"):
        Remembered(tmp_path / NAME)


def test_no_memory_keeps_the_bytes_of_what_is_withdrawn(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    data = browser.get(f"/fessart/{PAGE}").body
    kept = house.app.state.gateway.blobs._kept  # type: ignore[attr-defined]
    assert data in kept.values()
    digest = hashlib.sha256(data).hexdigest()
    withdraw(house.store, "fessart", digests=[digest], paths=[], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    browser.get("/fessart/plan/")  # whoever asks for anything of the centre
    assert data not in kept.values()
