"""`[store]`: a folder or a bucket, every problem at once, and never a credential."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from publish.config_reader import read_config
from publish.errors import ConfigError
from publish.stores.folder import FolderStore
from publish.stores.opening import open_store
from publish.stores.s3 import S3Store
from publish.stores.settings import S3Settings, StoreSettings
from tests.project import ROOT


def read(tmp_path: Path, text: str) -> StoreSettings:
    (tmp_path / "preau.toml").write_text(f"[store]\n{text}", encoding="utf-8")
    return read_config(tmp_path / "preau.toml", required=True).store


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return caught.value.text(str)


def test_a_folder(tmp_path: Path) -> None:
    settings = read(tmp_path, 'folder = "releases"')
    assert settings == tmp_path / "releases"
    assert isinstance(open_store(settings), FolderStore)


def test_a_bucket(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'bucket = "centres"\nendpoint = "https://s3.example.fr:8333"\nregion = "gra"\nprefix = "boulogne"\n'
        'addressing = "virtual"\nencryption = "aws:kms"\nencryption_key = "ours"\n',
    )
    assert settings == S3Settings(
        "centres", "https://s3.example.fr:8333", "gra", "boulogne/", "virtual", "aws:kms", "ours"
    )
    assert isinstance(open_store(settings), S3Store)


def test_little_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, 'bucket = "centres"') == S3Settings("centres")
    assert read(tmp_path, 'bucket = "c-1"\nendpoint = "http://127.0.0.1:8333"\nprefix = "a/b/"').prefix == "a/b/"  # type: ignore[union-attr]


def test_the_example_of_the_shipped_file_is_right(tmp_path: Path) -> None:
    text = (ROOT / "preau.toml").read_text(encoding="utf-8")
    example = text.partition("# bucket")[2].partition("# Les clés")[0]
    lines = [line.removeprefix("# ") for line in f"# bucket{example}".splitlines()]
    assert read(tmp_path, "\n".join(lines)) == S3Settings(
        "centres", "https://s3.example.fr", "us-east-1", "boulogne/", "path", "AES256"
    )


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = refused(
        tmp_path,
        'folder = "x"\nbucket = "Centres"\nendpoint = "http://s3.example.fr"\nregion = "É"\nprefix = "../x"\n'
        'addressing = "auto"\nencryption = "none"\nencryption_key = "ours"\nregoin = "gra"\n',
    )
    for expected in (
        "keep one of them",
        "“Centres” is not a bucket's name",
        "endpoint must begin with https://",
        "region “É”",
        "prefix “../x/”",
        "addressing must be one of: path, virtual",
        "encryption must be one of: AES256, aws:kms",
        "encryption_key goes with",
        "“regoin”; did you mean “region”?",
    ):
        assert expected in text


@pytest.mark.parametrize(
    "key",
    [
        "access_key", "secret_key", "secret", "aws_access_key_id", "aws_secret_access_key", "aws_session_token",
        "session_token", "token", "password", "key", "key_id", "credentials", "profile", "accessKey", "secretKey",
    ],
)  # fmt: skip
def test_credentials_never_stand_there(tmp_path: Path, key: str) -> None:
    text = refused(tmp_path, f'bucket = "centres"\n{key} = "AKIAS3CR3T"')
    assert "credentials never stand in preau.toml" in text
    assert "S3CR3T" not in text


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://AKIA:S3CR3T@s3.example.fr", "https://s3.example.fr/path", "https://s3.example.fr/", "s3.example.fr",
        "ftp://s3.example.fr", "https://s3.example.fr?x=1", "https://", "https://s3.example.fr:port", "https://a b",
    ],
)  # fmt: skip
def test_an_endpoint_is_an_origin(tmp_path: Path, endpoint: str) -> None:
    text = refused(tmp_path, f'bucket = "centres"\nendpoint = "{endpoint}"')
    assert "must be an origin" in text
    assert "S3CR3T" not in text


def test_without_a_bucket(tmp_path: Path) -> None:
    assert "bucket is missing: endpoint, prefix" in refused(
        tmp_path, 'prefix = "a"\nendpoint = "https://s3.example.fr"'
    )


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "publish.stores.s3", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match="one more part"):
        open_store(S3Settings("centres"))


def test_a_gateway_waits_less_than_a_publisher(aws: pytest.MonkeyPatch) -> None:
    """A service that accepts connections and says nothing holds each of its readers for seconds, not for minutes."""
    aws.setenv("AWS_ACCESS_KEY_ID", "AK")
    aws.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    quick = open_store(S3Settings("centres", endpoint="http://127.0.0.1:1"), serving=True)
    assert isinstance(quick, S3Store)
    config = quick.client.meta.config
    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] < 15
