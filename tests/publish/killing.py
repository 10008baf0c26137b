"""Publish two sites in turn and die in mid-publication, again and again: `killing.py STORE ONE TWO KILLS SEED`.

Each publication runs in a process of its own, which kills itself (SIGKILL, nothing is cleaned up) before or after a
random call to the system among those that write; on S3 (`"s3:ENDPOINT BUCKET PREFIX"`), before, while or after the
service answers a random request. Then the same publication runs whole.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
from pathlib import Path

from publish.heads import current
from publish.publication import publish
from publish.stores import Store
from publish.stores.folder import FolderStore
from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings
from tests.publish.trees import NOW, release

STEPS = ("open", "write", "fsync", "link", "replace", "mkdir", "unlink")
"""What the folder store asks of the system; a process may die before or after any of it."""


SENDS = ("sendall", "recv_into")
"""What a client of S3 asks of the system: a process may die before a request, in its middle, or before its answer."""


def opened(place: str) -> Store:
    if not place.startswith("s3:"):
        return FolderStore(Path(place))
    endpoint, bucket, prefix = place.removeprefix("s3:").split(" ")
    return S3Store(S3Settings(bucket, endpoint=endpoint, prefix=prefix))


def deadly(rank: int, after: bool, module: object = os, steps: tuple[str, ...] = STEPS) -> None:
    """From now on, the call number `rank` of any step is the last thing that this process does."""
    count = 0

    def wrap(real):
        def call(*args, **more):
            nonlocal count
            count += 1
            due = count == rank
            if due and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*args, **more)
            if due:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return call

    for name in steps:
        setattr(module, name, wrap(getattr(module, name)))


def main(root: str, one: str, two: str, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    store, trees = opened(root), [Path(one), Path(two)]
    publish(store, release(trees[0]), now=NOW, by="first")
    killed = turn = 0
    while killed < kills:
        turn += 1
        tree = trees[turn % 2]
        made = release(tree)
        child = os.fork()
        if child == 0:
            if isinstance(store, S3Store):
                deadly(chance.randint(1, 30), chance.random() < 0.5, socket.socket, SENDS)
            else:
                deadly(chance.randint(1, 90 if turn < 4 else 40), chance.random() < 0.5)
            publish(opened(root), made, now=NOW, by="child")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        publish(store, made, now=NOW, by="again")
        found = current(store, "fessart")
        assert found is not None
        assert found[1] == made.manifest
    print(killed, turn)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
