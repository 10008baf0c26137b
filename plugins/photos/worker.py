"""A program that makes photos ready, one after the other: the only place where a stranger's pixels are decoded.

It is told what to do, and answers, in lines of JSON on standard input and output (see `workers.py`). It ends when its
input does: with the command that started it, even one that was killed.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from plugins.errors import ContentError, LeakError, PluginError
from plugins.photos.cache import Cache
from plugins.photos.ready import Wanted, make_ready
from plugins.photos.recipe import Recipe
from plugins.photos.treatment import Box, Treatment

MEMORY = 3 * 1024**3
"""Bytes of address space; the largest photo that is accepted needs a third of it."""

SECONDS = 60
"""Of computing, for one photo; the slowest one that is accepted takes some seconds."""

Answer = dict[str, Any]


def order_of(wanted: Wanted, cache: Path) -> Answer:
    """What a worker is told of one photo."""
    recipe = wanted.recipe
    return {
        "cache": str(cache),
        "root": str(wanted.root),
        "path": str(wanted.path),
        "file": wanted.file,
        "blur": [[box.left, box.top, box.right, box.bottom] for box in wanted.treatment.blur],
        "recipe": {name: getattr(recipe, name) for name in recipe.__dataclass_fields__},
    }


def _wanted(order: Answer) -> Wanted:
    recipe: Answer = {
        name: tuple(value) if isinstance(value, list) else value for name, value in order["recipe"].items()
    }
    treatment = Treatment(tuple(Box(*edges) for edges in order["blur"]))
    return Wanted(Path(order["root"]), Path(order["path"]), order["file"], treatment, Recipe(**recipe))


def answer_to(order: Answer, reserve: Callable[[int], None]) -> Answer:
    """Make one photo ready; every outcome is an answer."""
    try:
        entry, made = make_ready(_wanted(order), Cache(Path(order["cache"]), time.time), reserve)
    except (ContentError, LeakError) as error:
        return {"is": "leak" if isinstance(error, LeakError) else "refused", "problems": _problems(error)}
    except OSError as error:
        return {"is": "fault", "number": error.errno or 0, "text": error.strerror or "", "path": str(error.filename)}
    except Exception as error:  # noqa: BLE001 - the edge of the process; whoever asked says it
        return {"is": "error", "text": f"{type(error).__name__}: {error}"}
    return {"is": "ready", "key": entry.key, "made": made}


def _problems(error: PluginError) -> list[Answer]:
    return [
        {
            "message": problem.message,
            "values": {name: value if isinstance(value, int) else str(value) for name, value in problem.values.items()},
        }
        for problem in error.problems
    ]


def main(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer orders until there are none left, within limits of memory and time for each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which waits for the photo in hand
    _limit(resource.RLIMIT_CORE, 0)  # a core file would hold someone's photo
    _limit(resource.RLIMIT_AS, MEMORY)

    def say(answer: Answer) -> None:
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()

    def reserve(size: int) -> None:
        say({"is": "needing", "bytes": size})
        if not orders.readline():
            raise SystemExit(0)

    for line in orders:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + SECONDS)
        say(answer_to(json.loads(line), reserve))


def _limit(which: int, value: int) -> None:
    """Set the soft limit, within the hard one that this process was started with."""
    _, hard = resource.getrlimit(which)
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    try:
        main(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)  # whoever asked is gone
