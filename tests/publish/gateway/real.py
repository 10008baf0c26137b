"""Real servers for the tests of signing in, on loopback: npm oidc-provider, and a gateway over sockets."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from publish.config import GatewayConfig
from publish.ents import EntConfig
from publish.gateway.app import create_app
from publish.gateway.server import listen, serving
from tests.publish.gateway.house import KEY, PEOPLE, build_house


def client(address: str, secret: str, *, session_required: bool) -> dict[str, Any]:
    """The gateway as a client of the provider `ecoles`.

    Arguments:
        session_required: logout tokens hold `sid`; else they name the person alone, as some ENTs do.
    """
    back = f"{address}/-/connexion/ecoles/retour"
    return {
        "client_id": "preau",
        "client_secret": secret,
        "redirect_uris": [back],
        "post_logout_redirect_uris": [f"{address}/-/connexion/au-revoir"],
        "backchannel_logout_uri": back,
        "backchannel_logout_session_required": session_required,
    }


@contextmanager
def real_provider(folder: Path, node: Path, peers: Path, registered: dict[str, Any]) -> Iterator[str]:
    """npm oidc-provider with one client and the people of the tests; its issuer."""
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    script = folder / "provider.mjs"
    script.write_bytes((Path(__file__).parent / "real_provider.mjs").read_bytes())
    (folder / "node_modules").symlink_to(peers)
    process = subprocess.Popen(
        [node, script],
        env={
            "PATH": os.environ["PATH"],
            "SETTINGS": json.dumps({"port": port, "client": registered, "people": PEOPLE}),
        },
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "listening" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@contextmanager
def real_gateway(folder: Path, listener: socket.socket, *ents: EntConfig, address: str = "") -> Iterator[io.StringIO]:
    """A gateway over the three centres of the house; its security log.

    Arguments:
        listener: a socket of `listen`.
        address: as browsers know it, where something stands in front.
    """
    (folder / "house").mkdir()
    with asyncio.Runner() as loop:
        house = build_house(folder / "house", loop)
        house.close()
    log = io.StringIO()
    config = GatewayConfig(
        address=address or f"http://127.0.0.1:{listener.getsockname()[1]}",
        store=folder,
        sessions=folder / "sessions.sqlite3",
        ents=ents,
        access_key=KEY,
        language="en",
        demonstration=True,
    )
    app = create_app(
        config, house.store, clock=lambda: datetime.now(UTC), security_log=log, theme=folder / "house" / "theme"
    )
    with serving(app, listener):
        yield log
