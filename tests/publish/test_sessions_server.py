"""`[gateway] sessions` as a server: read whole, or refused before anything is sent to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publish.config_reader import gateway_config
from publish.sessions_server import SessionsServer
from tests.publish.test_config_reader import ENVIRON, FULL, read, refused


def server_of(tmp_path: Path, sessions: str, more: str = "") -> SessionsServer | None:
    config = read(tmp_path, FULL.replace('sessions = "s.sqlite3"', f'sessions = "{sessions}"\n{more}'))
    assert config.gateway.sessions.name == "sessions.sqlite3", "what stays on this machine has a place all the same"
    return gateway_config(config, {**ENVIRON, "PREAU_SESSIONS_PASSWORD": "s3cr3t-of-valkey"}).sessions_server


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("redis://localhost", SessionsServer("localhost")),
        ("valkey://127.0.0.1:6390/3", SessionsServer("127.0.0.1", 6390, database=3)),
        ("redis://[::1]:6390", SessionsServer("::1", 6390)),
        ("rediss://preau@valkey.example:6380/0", SessionsServer("valkey.example", 6380, tls=True, user="preau")),
        ("unix:///run/valkey/valkey.sock", SessionsServer(socket=Path("/run/valkey/valkey.sock"))),
    ],
)
def test_a_server_for_the_sessions(tmp_path: Path, written: str, server: SessionsServer) -> None:
    found = server_of(tmp_path, written)
    assert found == replace(server, password="s3cr3t-of-valkey")
    assert "s3cr3t" not in repr(found)


def test_the_authority_of_a_server(tmp_path: Path) -> None:
    found = server_of(tmp_path, "rediss://valkey.example", 'sessions_ca = "ca.pem"')
    assert found is not None
    assert found.authority == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("redis://valkey.example:6379/0", "write rediss://"),
        ("redis://10.0.0.7", "write rediss://"),
        ("rediss://preau:s3cr3t@valkey.example", "holds a password"),
        ("rediss://valkey.example?ssl_cert_reqs=none", "without anything more"),
        ("rediss://valkey.example/0#x", "without anything more"),
        ("rediss://valkey.example/99", "without anything more"),
        ("rediss://valkey.example/x", "without anything more"),
        ("rediss://valkey.example:port", "without anything more"),
        ("rediss://", "without anything more"),
        ("unix://run/valkey.sock", "without anything more"),
    ],
)
def test_a_server_that_would_be_unsafe_is_refused(tmp_path: Path, written: str, said: str) -> None:
    found = refused(tmp_path, FULL.replace('sessions = "s.sqlite3"', f'sessions = "{written}"'))
    assert [said in text for text in found] == [True]
    assert "s3cr3t" not in "".join(found)


def test_an_authority_is_for_a_server(tmp_path: Path) -> None:
    found = refused(tmp_path, FULL.replace("idle_minutes", 'sessions_ca = "ca.pem"\nidle_minutes'))
    assert found == ["[gateway] sessions_ca is for a server with rediss://, not for a file"]
