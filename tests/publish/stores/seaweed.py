"""SeaweedFS, an S3 server of its own for the tests: one per run, shared by all workers, gone with the run."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings
from tests.project import ROOT

BUCKET = "sites"
VERSIONED = "versions"
OPEN = "ouvert"
"""A bucket that anybody may read, as it must never be."""
ADMIN = ("AKADMIN", "SKADMINSECRET0001")
PUBLISHER = ("AKPUB", "SKPUBSECRET00001")
READER = ("AKREAD", "SKREADSECRET0001")

_KEEPER = Path(__file__).with_name("keeper.py")
_PORTS = 8
_running: list[subprocess.Popen] = []  # ended by their keeper, never waited for


@dataclass(frozen=True)
class Server:
    """An S3 server on loopback, with the buckets `sites` and `versions` (which keeps versions)."""

    endpoint: str

    def settings(self, bucket: str = BUCKET, prefix: str | None = None) -> S3Settings:
        """A place of its own in a bucket."""
        return S3Settings(
            bucket, endpoint=self.endpoint, prefix=f"{secrets.token_hex(6)}/" if prefix is None else prefix
        )

    def store(self, bucket: str = BUCKET, prefix: str | None = None) -> S3Store:
        return S3Store(self.settings(bucket, prefix))

    def client(self, key: tuple[str, str] = ADMIN):
        """boto3, for what a store may not do."""
        config = Config(retries={"total_max_attempts": 5}, s3={"addressing_style": "path"}, signature_version="s3v4")
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=config,
        )

    def make_buckets(self) -> None:
        admin = self.client()
        for bucket in (BUCKET, VERSIONED, OPEN):
            admin.create_bucket(Bucket=bucket)
        admin.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})


def shared(folder: Path, owner: int) -> Server:
    """The run's server, started by whoever asks first.

    Arguments:
        folder: common to the workers of the run.
        owner: the process with which the server ends.
    """
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = folder / "server.json"
        if not known.exists():
            known.write_text(json.dumps(asdict(start(folder, owner))))
        return Server(**json.loads(known.read_text()))


def start(folder: Path, owner: int, *, volumes: int = 40) -> Server:
    """A server that answers and has its buckets.

    Arguments:
        volumes: of 64 MB, that it may fill; once they are full, it refuses what is new.
    """
    weed = ROOT / ".venv" / "bin" / "weed"
    assert weed.exists(), "SeaweedFS is missing: run `make setup-tests`"
    data, settings, log = folder / "data", folder / "s3.json", folder / "log"
    data.mkdir()
    rights = ("Read", "List", "Tagging", "Write")
    identities = [
        ("admin", ADMIN, ["Admin", *rights]),
        ("publisher", PUBLISHER, [f"{right}:{bucket}" for right in rights for bucket in (BUCKET, VERSIONED, OPEN)]),
        ("reader", READER, [f"{right}:{bucket}" for right in rights[:2] for bucket in (BUCKET, VERSIONED)]),
    ]
    settings.write_text(
        json.dumps(
            {
                "identities": [
                    {"name": "anonymous", "actions": [f"Read:{OPEN}", f"List:{OPEN}"]},
                    *(
                        {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
                        for name, (key, secret), actions in identities
                    ),
                ]
            }
        )
    )
    port = free_ports(_PORTS)
    command = [
        str(weed), "-logtostderr=true", "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-master.port={port[1]}", f"-master.port.grpc={port[2]}", f"-volume.port={port[3]}",
        f"-volume.port.grpc={port[4]}", "-filer", f"-filer.port={port[5]}", f"-filer.port.grpc={port[6]}",
        "-s3", f"-s3.port={port[0]}", f"-s3.port.grpc={port[7]}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        f"-s3.config={settings}", "-s3.allowDeleteBucketNotEmpty=true", "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64", f"-volume.max={volumes}", "-master.volumePreallocate=false",
        "-volume.preStopSeconds=0", "-master.electionTimeout=1s", "-master.heartbeatInterval=100ms",
    ]  # fmt: skip
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, str(_KEEPER), str(owner), *command],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    _running.append(keeper)
    server = Server(f"http://127.0.0.1:{port[0]}")
    pause = 0.05
    last: Exception | None = None
    for _ in range(600):
        try:
            server.make_buckets()
        except (BotoCoreError, ClientError) as error:
            assert keeper.poll() is None, f"SeaweedFS did not start:\n{log.read_text()[-2000:]}"
            last = error
            _wait(keeper, pause)
        else:
            return server
    raise AssertionError(f"SeaweedFS did not answer: {last}\n{log.read_text()[-2000:]}")


def _wait(process: subprocess.Popen, seconds: float) -> None:
    """Until the process ends, or for so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that the system gives to clients."""
    found: list[int] = []
    start = 11_000 + os.getpid() * 16 % 20_000
    for port in range(start, 32_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")
