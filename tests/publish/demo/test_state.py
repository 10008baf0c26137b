from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publish.access import Admission, MembershipKind, Policy
from publish.demo.people import SCHOOLS, person
from publish.demo.state import open_state, schools_of, write_lists
from publish.errors import ServeError
from publish.policies import Signature, apply_admission, list_identifier, read_policy
from publish.stores.folder import FolderStore

ISSUER = "http://localhost:8001"

SIGNED = Signature(datetime(2022, 11, 9, 9, 0, tzinfo=UTC), "Camille")


def test_a_folder_is_one_demonstrations_at_a_time(tmp_path: Path) -> None:
    with (
        open_state(tmp_path / "demo"),
        pytest.raises(ServeError, match="already runs"),
        open_state(tmp_path / "demo"),
    ):
        pass
    with open_state(tmp_path / "demo"):
        pass


def test_what_belongs_to_a_run_is_gone_after_it(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.sessions.write_text("x")
        state.security_log.write_text("x")
        state.access_key()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["access.key", "lock"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServeError, match="--state"), open_state(tmp_path / "file" / "demo"):
        pass


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        first = state.access_key()
        path = tmp_path / "access.key"
        assert len(first) >= 32
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        assert state.access_key() == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with open_state(tmp_path / "other") as other:
        assert other.access_key() != first


def test_a_key_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "access.key").write_bytes(b"short")
    with open_state(tmp_path) as state, pytest.raises(ServeError, match="damaged"):
        state.access_key()


def test_lists_are_hashed_written_once_and_name_nobody(tmp_path: Path) -> None:
    store, key, centres = FolderStore(tmp_path), b"k" * 32, {"fessart": "Fessart", "escudier": "Escudier"}
    for slug in centres:
        apply_admission(
            store, slug, Admission(frozenset({SCHOOLS[slug]}), "ecoles", frozenset({MembershipKind.GUARDIAN})), SIGNED
        )
    assert schools_of(store, centres) == {SCHOOLS["fessart"], SCHOOLS["escudier"]}
    write_lists(store, centres, ISSUER, key, SIGNED.since)
    held: dict[str, Policy] = {}
    for slug in centres:
        found = read_policy(store, slug)
        assert found is not None
        assert found.number == 2
        held[slug] = found.policy
    officer = list_identifier(key, ISSUER, person("ville").login)
    leader = list_identifier(key, ISSUER, person("animation-fessart").login)
    assert held["fessart"].city == held["escudier"].city == {officer}
    assert held["fessart"].staff == {leader}
    assert leader not in held["escudier"].staff
    assert held["fessart"].schools == {SCHOOLS["fessart"]}  # what centre.toml says is not touched
    write_lists(store, centres, ISSUER, key, SIGNED.since)
    again = read_policy(store, "fessart")
    assert again is not None
    assert again.number == 2
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.json"))
    assert b"ent.example" not in written
    assert b"Morgan" not in written
