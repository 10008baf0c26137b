"""How Préau and its peers bring folders into a bucket, each by the fastest of its ways that misses no change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publish.incremental.files import Known, look, read
from publish.incremental.record import Record, write_record
from publish.jobs import Built
from publish.manifest import files_digest
from publish.memory import Memory
from publish.paris import PARIS
from publish.staging import WORK, records_of
from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings
from tests.bench.process_tree import Cost, run
from tests.bench.publish_once import KNOWN
from tests.project import ROOT
from tests.publish.stores.seaweed import ADMIN, BUCKET

PEERS = ROOT / ".preau/bench/store_peers"
TRANSFERS = "16"
"""At once, for everybody who can be told."""


@dataclass(frozen=True)
class Done:
    """What a run of Préau did: blobs that are new, sites that changed."""

    blobs: int
    changed: int


@dataclass(frozen=True)
class Tool:
    """Somebody who brings a folder of sites into a bucket.

    Arguments:
        name: with its version.
        command: of endpoint, prefix and folder.
        environment: besides the key.
    """

    name: str
    command: Callable[[str, str, Path], list[str]]
    environment: Mapping[str, str]

    def bring(self, endpoint: str, prefix: str, folder: Path) -> Cost:
        """Make what is below `prefix` the same as the folder."""
        environment = {**_key(), **self.environment, "RCLONE_CONFIG_S_ENDPOINT": endpoint}
        return run(self.command(endpoint, prefix, folder), ROOT, environment)


def s5cmd() -> Tool:
    """By size and time, from one listing; without `--size-only`, which misses a change of equal length."""
    program = str(PEERS / "bin/s5cmd")

    def command(endpoint: str, prefix: str, folder: Path) -> list[str]:
        source = [f"{folder}/", f"s3://{BUCKET}/{prefix}"]
        return [program, "--endpoint-url", endpoint, "--numworkers", TRANSFERS, "--log", "error", "sync", *source]

    return Tool(f"s5cmd {_said(program, 'version')[1:].partition('-')[0]}", command, {})


def aws() -> Tool:
    """By size and time, from one listing."""
    program, settings = str(PEERS / "bin/aws"), PEERS / "aws-config"
    settings.write_text(f"[default]\ns3 =\n  max_concurrent_requests = {TRANSFERS}\n")

    def command(endpoint: str, prefix: str, folder: Path) -> list[str]:
        source = [f"{folder}/", f"s3://{BUCKET}/{prefix}"]
        return [program, "--endpoint-url", endpoint, "s3", "sync", "--only-show-errors", *source]

    version = _said(program, "--version").split()[0].partition("/")[2]
    return Tool(f"aws s3 sync {version}", command, {"AWS_CONFIG_FILE": str(settings)})


def rclone() -> Tool:
    """By size and the server's time, from one listing: an object's own time would cost a request a file."""
    program = shutil.which("rclone")
    if program is None:
        raise SystemExit("rclone is missing: run `make setup-bench`")
    fast = ["--update", "--use-server-modtime", "--fast-list", "--s3-no-head", "--s3-no-check-bucket"]
    many = ["--transfers", TRANSFERS, "--checkers", TRANSFERS]

    def command(endpoint: str, prefix: str, folder: Path) -> list[str]:
        return [program, "--config", "", "-q", "sync", *fast, *many, str(folder), f"s:{BUCKET}/{prefix}"]

    remote = {"type": "s3", "provider": "Other", "region": "us-east-1", "list_version": "2"}
    key = {"access_key_id": ADMIN[0], "secret_access_key": ADMIN[1]}
    environment = {f"RCLONE_CONFIG_S_{name.upper()}": value for name, value in {**remote, **key}.items()}
    return Tool(f"rclone {_said(program, 'version').split()[1].partition('+')[0][1:]}", command, environment)


@dataclass(frozen=True)
class Preau:
    """Préau, from finished sites on: releases made and published, in a process of its own.

    Arguments:
        memory: what its machine knows of the store.
    """

    memory: Path
    name: str = "Préau"

    def bring(self, endpoint: str, prefix: str, folder: Path) -> tuple[Cost, Done]:
        """Publish every site of the folder."""
        answer = self.memory / "answer.json"
        self.memory.mkdir(parents=True, exist_ok=True)
        if not (self.memory / KNOWN).exists():
            first = {site.name: read(site, look(site), Known()).digests for site in folder.iterdir()}
            self._write({slug: (files_digest(digests), False) for slug, digests in first.items()})
        command = [
            "/bin/sh", "-c", 'exec "$@" > "$0"', str(answer), sys.executable, "-m", "tests.bench.publish_once",
            endpoint, BUCKET, prefix, str(folder), str(self.memory),
        ]  # fmt: skip
        cost = run(command, ROOT, _key())
        return cost, Done(**json.loads(answer.read_text()))

    def built(self, folder: Path, changed: str) -> None:
        """What a build notes: of the sites that it left as they were, one digest; of the one that it made, all of its
        files."""
        records, said = records_of(self.memory), {}
        shutil.rmtree(records, ignore_errors=True)
        records.mkdir(parents=True)
        for site in folder.iterdir():
            tree = read(site, look(site), Known())
            if site.name == changed:
                built = Built(changed, changed, site, pages=0, photos=0)
                record = Record({}, files=tree, city=Known(), tree=tree, built=built, now=datetime.now(PARIS), boot="")
                write_record(records / f"{changed}.json", record)
            said[site.name] = (files_digest(tree.digests), site.name != changed)
        self._write(said)

    def _write(self, said: Mapping[str, tuple[str, bool]]) -> None:
        table = {slug: {"files": files, "unchanged": unchanged} for slug, (files, unchanged) in said.items()}
        (self.memory / KNOWN).write_text(json.dumps(table))

    def moved(self, endpoint: str, prefix: str) -> None:
        """The same store answers at another address."""
        (known,) = (path for path in self.memory.iterdir() if path.is_dir() and path.name != WORK)
        known.rename(self.memory / Memory.name_of(S3Store(S3Settings(BUCKET, endpoint=endpoint, prefix=prefix))))


def _key() -> dict[str, str]:
    """The environment of a tool: the key of the tests' server, and nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    key = {"AWS_ACCESS_KEY_ID": ADMIN[0], "AWS_SECRET_ACCESS_KEY": ADMIN[1], "AWS_DEFAULT_REGION": "us-east-1"}
    return {**kept, **key, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
