"""What the tests of stores, publication and gateway share: the S3 server, two small sites."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.publish.stores import seaweed
from tests.publish.trees import SITE, write_tree


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> seaweed.Server:
    """SeaweedFS; one per run, whatever the number of workers."""
    base = tmp_path_factory.getbasetemp()
    worker = "PYTEST_XDIST_WORKER" in os.environ
    return seaweed.shared((base.parent if worker else base) / "seaweed", os.getppid() if worker else os.getpid())


@pytest.fixture
def s3(s3_server: seaweed.Server, aws: pytest.MonkeyPatch) -> seaweed.Server:
    """The server, with the publisher's key in the environment."""
    aws.setenv("AWS_ACCESS_KEY_ID", seaweed.PUBLISHER[0])
    aws.setenv("AWS_SECRET_ACCESS_KEY", seaweed.PUBLISHER[1])
    return s3_server


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No credentials but those that a test sets, and no waiting between attempts."""
    from botocore.retries.standard import ExponentialBackoff

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
    return monkeypatch


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A small site."""
    return write_tree(tmp_path / "one")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """The same site later: one file changed, one more."""
    files = {**SITE, "index.html": b"<p>Autre accueil</p>" * 30, "rappels/index.html": b"<p>Rappels</p>"}
    return write_tree(tmp_path / "two", files)
