"""`preau doctor store`: what must be noticed before children's photos are put somewhere."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.findings import Level
from publish.session import Session
from publish.stores import Store, doctor
from publish.stores.doctor import examine
from publish.stores.folder import FolderStore
from publish.stores.s3 import S3Store
from tests.publish.stores.seaweed import BUCKET, OPEN, READER, VERSIONED, Server


def now() -> datetime:
    return datetime.now(UTC)


def look(store: Store, *, reader: bool = False, ahead: float = 0) -> dict[Level, list[str]]:
    found: dict[Level, list[str]] = {level: [] for level in Level}
    for finding in examine(store, lambda: now() + timedelta(seconds=ahead), reader=reader):
        found[finding.level].append(finding.text(str))
    return found


def test_a_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    assert "does not exist yet" in look(store)[Level.BAD][0]
    store.put("a/b", b"x")
    found = look(store)
    assert found[Level.BAD] == []
    assert len(found[Level.GOOD]) == 3
    assert list(store.keys("")) == ["a/b"], "nothing is left behind"
    store.root.chmod(0o755)
    assert "mode 755" in look(store)[Level.BAD][0]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**18)
    assert "make room" in look(store)[Level.BAD][0]


def test_an_account_that_may_write_is_no_gateway_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    store = FolderStore(tmp_path)
    assert "the gateway must only read" in look(store, reader=True)[Level.BAD][0]
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert look(store, reader=True)[Level.BAD] == []


class Forgetful(FolderStore):
    """A store that lets two publishers win."""

    def create(self, key: str, data: bytes) -> bool:
        self.put(key, data)
        return True


def test_a_store_that_breaks_its_promises(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert "does not keep its promises" in look(Forgetful(tmp_path))[Level.BAD][0]


def test_a_bucket(s3: Server) -> None:
    for bucket, words in ((BUCKET, "keeps no old versions"), (VERSIONED, "keeps old versions")):
        store = s3.store(bucket)
        found = look(store)
        assert found[Level.BAD] == []
        assert len(found[Level.GOOD]) == 3
        assert words in found[Level.TOLD][0]
        assert list(store.keys("")) == []
        assert list(store._versions(store.settings.prefix)) == []


def test_a_bucket_that_anybody_reads(s3: Server) -> None:
    store = s3.store(OPEN)
    store.put("a/b", b"x")
    assert "anybody can read" in look(store)[Level.BAD][0]


def test_a_clock_that_differs(s3: Server) -> None:
    found = look(s3.store(), ahead=3600)[Level.BAD]
    assert found
    assert "s apart: set the clock" in found[0]


def test_the_gateway_s_key(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    found = look(s3.store(), reader=True)[Level.BAD]
    assert "this key can write: the gateway must have one that only reads" in found[0]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", READER[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", READER[1])
    assert look(s3.store(), reader=True)[Level.BAD] == []
    assert "publishing would fail" in look(s3.store())[Level.BAD][0]


def test_a_bucket_that_is_refused(aws: pytest.MonkeyPatch, s3: Server) -> None:
    store = S3Store(s3.settings("absent"))
    assert "check its rights" in look(store)[Level.BAD][0]


def run(root: Path, *args: str) -> Result:
    (root / "preau.toml").write_text('[store]\nfolder = "store"\n')
    options = ["--config", str(root / "preau.toml")]
    return CliRunner().invoke(main, [*options, "doctor", "store", *args], obj=Session(), prog_name="preau")


def test_the_command(tmp_path: Path) -> None:
    absent = run(tmp_path)
    assert absent.exit_code == 1
    assert "À CORRIGER" in absent.output
    FolderStore(tmp_path / "store").put("a/b", b"x")
    good = run(tmp_path)
    assert good.exit_code == 0
    assert "bon" in good.output
    assert "on sait toujours qui était le premier" in good.output
    assert {one["level"] for one in json.loads(run(tmp_path, "--json").output)["findings"]} == {"good"}
