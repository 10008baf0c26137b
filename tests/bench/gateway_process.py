"""One gateway as `preau serve` runs it, in a process of its own: a city of one centre, one family signed in.

Says `ready PID COOKIE` on standard output, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from publish.access import Membership, MembershipKind, Person, Policy
from publish.config import GatewayConfig
from publish.ents import ClaimsConfig, OidcConfig
from publish.front import Front
from publish.gateway.app import create_app
from publish.gateway.server import Server, listen_at
from publish.gateway.sessions import NewSession
from publish.heads import Head, write_head
from publish.layout import POLICIES, blob_key, release_key
from publish.manifest import FileEntry, Manifest
from publish.media import media_type
from publish.policies import Signature, dump_policy
from publish.series import append
from publish.stores import Store
from publish.stores.folder import FolderStore

SCHOOL = "0929010U"
PAGE, PHOTO = "index.html", "photos/0123456789abcdef-960.webp"


def noise(size: int) -> bytes:
    """Bytes that nothing compresses, the same at each run."""
    parts = (hashlib.sha256(str(number).encode()).hexdigest().encode() for number in range(size // 64 + 1))
    return b"".join(parts)[:size]


def prose(size: int) -> bytes:
    """A page that becomes about a quarter of itself in brotli, as real ones do."""
    parts = (
        f'<li><a href="/fessart/articles/{name[:12]}/">Une sortie {name[12:28]}</a></li>\n'
        for name in (hashlib.sha256(str(number).encode()).hexdigest() for number in range(size // 64 + 1))
    )
    return "".join(parts).encode().ljust(size)[:size]


FILES = {PAGE: prose(8 * 1024), PHOTO: noise(200_000)}
"""A page of 8 kB and a photo of 200 kB."""


def publish(store: Store, slug: str) -> None:
    """A site of `FILES`."""
    moment, entries = datetime.now(UTC), {}
    for path, data in FILES.items():
        digest, kind = hashlib.sha256(data).hexdigest(), media_type(path)
        assert kind is not None
        store.put(blob_key(slug, digest), data)
        entries[path] = FileEntry(digest, len(data), kind)
    manifest = Manifest(slug, slug.title(), moment, "0", entries)
    store.put(release_key(slug, manifest.id), manifest.to_json())
    write_head(store, slug, Head(1, manifest.id, moment, "bench", "publish"))
    policy = Policy(schools=frozenset({SCHOOL}), admitted=frozenset({MembershipKind.CHILD, MembershipKind.GUARDIAN}))
    append(store, slug, POLICIES, 1, dump_policy(policy, Signature(moment, "bench")))


def main() -> None:
    """Serve until standard input ends."""
    settings = json.loads(sys.argv[1])
    folder = Path(settings["folder"])
    ent = OidcConfig(
        id="ecoles",
        name="ENT",
        issuer=settings["issuer"],
        uais=frozenset({SCHOOL}),
        claims=ClaimsConfig(),
        secret=settings["secret"],
        client_id="preau",
        scopes=("openid", "profile"),
    )
    config = GatewayConfig(
        address=settings["address"],
        store=folder / "store",
        sessions=folder / "sessions.sqlite3",
        ents=(ent,),
        access_key=b"k" * 32,
        front=Front(socket=Path(settings["socket"]), behind_nginx=True, per_minute=1_000_000),
        demonstration=True,
    )
    with (folder / "security.log").open("w") as log:
        app = create_app(config, FolderStore(folder / "store"), clock=lambda: datetime.now(UTC), security_log=log)
        gateway = app.state.gateway
        person = Person(ent.issuer, "family", frozenset({Membership(MembershipKind.GUARDIAN, SCHOOL)}))
        token = asyncio.run(gateway.sessions.open(NewSession(person, ent.id), None))
        listener = listen_at(Path(settings["socket"]))

        def wait() -> None:
            sys.stdin.read()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=wait, daemon=True).start()
        print(f"ready {os.getpid()} {gateway.cookies.session.name}={token}", flush=True)
        Server(app).run(sockets=[listener])


if __name__ == "__main__":
    main()
