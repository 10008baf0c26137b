"""The files of this machine: who else could read sessions, logs, photos and secrets, or change the settings."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from publish.config import Config
from publish.errors import N_
from publish.findings import Finding, bad, good
from publish.gateway.accounts_sqlite import NAME as ACCOUNTS
from publish.gateway.counts_sqlite import NAME as COUNTS
from publish.gateway.remembered import NAME as REMEMBERED


def examine_files(config: Config, settings: Path) -> Iterator[Finding]:
    """Look at what the gateway keeps, where it is there already.

    Arguments:
        settings: the file `preau.toml`.
    """
    gateway = config.gateway
    private = [gateway.sessions.with_name(name) for name in (gateway.sessions.name, ACCOUNTS, COUNTS, REMEMBERED)]
    wrong = [path for path in (*private, gateway.journal) if _mode(path) & 0o077]
    # nginx reads blobs by their group, and only by it.
    blobs = gateway.front.cache
    if blobs is not None and _mode(blobs) & (0o027 if gateway.front.behind_nginx else 0o077):
        wrong.append(blobs)
    for path in wrong:
        change = "g-w,o-rwx" if path == blobs and gateway.front.behind_nginx else "go-rwx"
        yield bad(N_("others on this machine can read {path} (mode {mode}): run chmod {change} {path}"), path=path,
                  mode=f"{_mode(path):03o}", change=change)  # fmt: skip
    if not wrong:
        yield good(N_("sessions, logs and files of centres on this machine are closed to others"))
    if _mode(settings) & 0o022:
        yield bad(N_("others on this machine can change {path} (mode {mode}): run chmod go-w {path}"), path=settings,
                  mode=f"{_mode(settings):03o}")  # fmt: skip


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
