"""The demonstration, for tests: built and published once a session, served by each worker on ports of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from publish.demo.road import Road, open_road, sockets, utc_now
from publish.demo.run import publish_content
from publish.demo.state import State, published_centres
from publish.gateway.sessions import Clock
from publish.heads import current
from publish.jobs import Failed
from publish.manifest import Manifest
from publish.stores.folder import FolderStore
from tests.project import ROOT

DAY = date(2022, 11, 9)
CONTENT = ROOT / "content"


def built_once(folder: Path) -> State:
    """The content of the project, published into `folder` by the first worker that asks; the others wait for it."""
    folder.mkdir(exist_ok=True)
    state = State(folder, folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            failed = [one for one in publish_content(state, CONTENT, DAY) if isinstance(one, Failed)]
            assert failed == []
            (folder / "done").touch()
    return state


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Everything published, for reading only."""
    base = tmp_path_factory.getbasetemp()
    return built_once((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "demonstration")


@pytest.fixture(scope="session")
def manifests(published: State) -> dict[str, Manifest]:
    """What is in force for each centre."""
    store = FolderStore(published.store)
    found = {slug: current(store, slug) for slug in published_centres(store)}
    return {slug: held[1] for slug, held in found.items() if held is not None}


@contextmanager
def opened(published: State, folder: Path, clock: Clock = utc_now) -> Iterator[Road]:
    """ENT and gateway over a copy of what is published: each has lists of its own, for its own ENT's address."""
    # Blobs are never edited in place: a hard link is as good as a copy.
    shutil.copytree(published.store, folder / "store", copy_function=os.link)
    with sockets(0) as (gateway, ent), open_road(State(folder, folder), gateway, ent, clock=clock) as road:
        yield road
