"""The `[store]` table of preau.toml: a folder, or a bucket. Credentials never stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from publish.errors import N_
from publish.paths import is_path
from publish.settings_table import Table

ADDRESSING: Mapping[str, str] = MappingProxyType({"path": "path", "virtual": "virtual"})
ENCRYPTION = ("AES256", "aws:kms")

_ABOUT_S3 = ("endpoint", "region", "prefix", "addressing", "encryption", "encryption_key")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_SECRETS = re.compile(r"(aws_)?(access|secret|session|key|token|password|credential|profile|id_?key)", re.IGNORECASE)


@dataclass(frozen=True)
class S3Settings:
    """A bucket of an S3-compatible service. The credentials come from the usual AWS chain, never from a setting.

    Arguments:
        bucket: must exist.
        endpoint: origin of the service; `None` for Amazon's own.
        region: `us-east-1` where the service knows none.
        prefix: of every key; empty, or ending with `/`.
        addressing: `path` (https://host/bucket/key) or `virtual` (https://bucket.host/key).
        encryption: server-side, `AES256` or `aws:kms`; `None` leaves it to the bucket.
        encryption_key: id of the KMS key; `None` for the bucket's own.
    """

    bucket: str
    endpoint: str | None = None
    region: str = "us-east-1"
    prefix: str = ""
    addressing: str = "path"
    encryption: str | None = None
    encryption_key: str | None = None


StoreSettings = Path | S3Settings
"""Where releases live: a folder, or a bucket."""


def read_store(table: Table, base: Path) -> StoreSettings:
    """Read `[store]`; every problem goes to the table's list.

    Arguments:
        table: `[store]`, empty where the file has none.
        base: folder from which a relative folder starts.
    """
    _refuse_secrets(table)
    folder, bucket = table.optional("folder"), table.optional("bucket")
    region, prefix = table.text("region", "us-east-1"), table.text("prefix")
    settings = S3Settings(
        bucket=bucket or "",
        endpoint=table.optional("endpoint"),
        region=region,
        prefix=prefix and prefix.rstrip("/") + "/",
        addressing=table.text("addressing", "path"),
        encryption=table.optional("encryption"),
        encryption_key=table.optional("encryption_key"),
    )
    table.finish()
    if bucket is None:
        used = [key for key in _ABOUT_S3 if key in table.values]
        if used:
            table.wrong(N_("{where} bucket is missing: {keys} are about a store on S3"), keys=", ".join(used))
        return base / (folder or ".preau/store")
    if folder is not None:
        table.wrong(N_("{where} names a folder and a bucket: keep one of them"))
    _check(settings, table)
    return settings


def _refuse_secrets(table: Table) -> None:
    """A credential in the file is an error, and its value is not repeated."""
    for key in list(table.values):
        if _SECRETS.match(key) and key != "encryption_key":
            table.take(key)
            table.wrong(
                N_(
                    "{where} {key}: credentials never stand in preau.toml; put them in AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials, and if this one was real, replace it"
                ),
                key=key,
            )


def _check(settings: S3Settings, table: Table) -> None:
    if not _BUCKET.fullmatch(settings.bucket) or ".." in settings.bucket:
        table.wrong(N_("{where} bucket “{value}” is not a bucket's name"), value=settings.bucket)
    if settings.endpoint is not None and not _is_endpoint(settings.endpoint):
        # Not repeated: an address with a password in it is one of the ways to be wrong.
        table.wrong(
            N_("{where} endpoint must be an origin such as https://s3.example.fr, without a path, a name or a password")
        )
    elif settings.endpoint is not None and not _is_private(settings.endpoint):
        table.wrong(N_("{where} endpoint must begin with https://: plain http would show photos to the network"))
    if not _REGION.fullmatch(settings.region):
        table.wrong(N_("{where} region “{value}” is not a region's name"), value=settings.region)
    if not is_path(settings.prefix) or len(settings.prefix) > 200:
        table.wrong(
            N_("{where} prefix “{value}” may hold lower-case letters, digits, - . _ and /"), value=settings.prefix
        )
    if settings.addressing not in ADDRESSING:
        table.wrong(N_("{where} {key} must be one of: {known}"), key="addressing", known=", ".join(ADDRESSING))
    if settings.encryption is not None and settings.encryption not in ENCRYPTION:
        table.wrong(N_("{where} {key} must be one of: {known}"), key="encryption", known=", ".join(ENCRYPTION))
    if settings.encryption_key is not None and settings.encryption != "aws:kms":
        table.wrong(N_('{where} encryption_key goes with encryption = "aws:kms"'))


def _is_endpoint(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    rebuilt = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    return parts.scheme in ("http", "https") and _HOST.fullmatch(host) is not None and rebuilt == value


def _is_private(value: str) -> bool:
    """Whether nobody on the way can read: https, or this machine only."""
    parts = urlsplit(value)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
