"""A real nginx with the server block that cities get (publish/deploy/nginx.conf), on a free port."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.project import ROOT
from tests.publish.gateway.web_server import listening

TEMPLATE = ROOT / "publish" / "deploy" / "nginx.conf"


def server_block(
    *,
    port: int,
    backend: Path,
    files: Path,
    log: Path,
    name: str = "centres.example",
    certificate: tuple[Path, Path] | None = None,
) -> str:
    """The shipped server block with this test's values; plain http, as TLS changes nothing above it, or with TLS.

    Arguments:
        certificate: chain and private key.
    """
    text = TEMPLATE.read_text()
    # The first server only sends people to https.
    head, plain, own = re.split(r"(?m)^server \{$", text)
    assert "return 301" in plain
    text = f"{head}server {{{own}"
    tls = "ssl http2 " if certificate else ""
    for old, new in (
        ("server unix:/run/preau/passerelle.sock ", f"server unix:{backend} "),
        ("listen 443 ssl http2 default_server;", f"listen 127.0.0.1:{port} {tls}default_server;"),
        ("default /var/lib/preau/passerelle/blobs;", f"default {files};"),
        ("server_name centres.example.fr;", f"server_name {name};"),
        ("error_log /var/log/nginx/preau-error.log emerg;", f"error_log {log} emerg;"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    text, dropped = re.subn(r"(?m)^ *listen \[::\].*\n", "", text)
    assert dropped == 1
    if certificate:
        for shipped, path in zip(("fullchain", "privkey"), certificate, strict=True):
            text = text.replace(f"/etc/ssl/preau/{shipped}.pem", str(path))
        return text
    text, dropped = re.subn(r"(?m)^ *ssl_.*\n", "", text)
    assert dropped == 5
    return text


def with_a_second(block: str, backend: Path, files: Path) -> str:
    """The same, where an operator uncommented what names the second gateway."""
    text, found = re.subn(r"(?m)^( *)#(?=\S.*/run/preau/passerelle-2)", r"\1", block)
    assert found == 2
    text = text.replace("/run/preau/passerelle-2.sock", str(backend))
    return text.replace("/var/lib/preau/passerelle-2/blobs", str(files))


def whole(folder: Path, block: str, *, workers: int = 1) -> str:
    """A configuration of its own around server blocks."""
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root (CI), workers would change to a user who can't read a test's folder.
    user = "user root;" if os.getuid() == 0 else ""
    return f"""
daemon off; {user} worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
include /etc/nginx/mime.types; default_type application/octet-stream; sendfile on; tcp_nopush on;
keepalive_requests 1000000;
{temporary}
{block}
}}
"""


@contextmanager
def running(folder: Path, configuration: str, port: int) -> Iterator[subprocess.Popen]:
    """nginx until the block ends; its first process."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(program).exists(), "nginx is missing: run `make setup-tests`"
    path = folder / "nginx.conf"
    path.write_text(configuration)
    command = [program, "-c", str(path), "-p", str(folder), "-e", str(folder / "error.log")]
    with listening("nginx", command, port, folder / "output") as process:
        yield process
