"""One plain attempt at a request, for a quarter of the processor time that boto3 takes; the rest is left to it.

A publication asks about hundreds of small objects and writes thousands: what a client spends on each is what people
wait for. There is no retry here, no waiting, no reading of errors. Whatever is not plainly done, plainly
there or plainly refused is asked again of boto3, which knows all that, and is loaded only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from publish.stores.kept_open import Answer, KeptOpen
from publish.stores.s3_listing import Listing, Unreadable, read_listing
from publish.stores.s3_sign import Key, query_of, signed
from publish.stores.settings import S3Settings

MOST = 1024 * 1024
"""Bytes of an object that is written this way; a larger one is announced first, so that it can be refused unsent."""

IN_VAIN = 5
"""Attempts in a row that nobody understood, after which no other is made: each would only be one request more."""

_HEADERS = {
    "ContentType": "Content-Type",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}
_PLAIN = (200, 404, 412)
_ABSENT = b"<Code>NoSuchKey</Code>"


class Put(Enum):
    """What became of an attempt to write."""

    WRITTEN = "written"
    VERSION = "written, and the bucket keeps versions"
    TAKEN = "refused, since the key is taken"
    UNKNOWN = "nobody knows: ask again"


class Unknown(Exception):
    """Nobody knows: ask again."""


class Quick:
    """Asks about the objects of one bucket, lists and writes them.

    Arguments:
        settings: which bucket.
        address: gives the address of an object of it, where the settings do not.
        connect, read: seconds without an answer after which an attempt is given up.
    """

    def __init__(self, settings: S3Settings, address: Callable[[str], str], *, connect: int, read: int) -> None:
        self._bucket, self._region = settings.bucket, settings.region
        self._key = _find_key()
        if settings.endpoint and settings.addressing == "path":
            base = f"{settings.endpoint}/{settings.bucket}/"
        else:
            base = address("x")[:-1] if self._key else "http://localhost/"
        parts = urlsplit(base)
        self._host, self._path = parts.netloc.removesuffix(f":{_PORTS.get(parts.scheme)}"), parts.path
        self._in_vain = self._lists_in_vain = 0
        self._through = _is_proxied(parts.scheme)
        self._service = KeptOpen(
            base,
            connect=connect,
            read=read,
            certificates=_certificates() if parts.scheme == "https" else None,
        )

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, `None` if there is none.

        Raises:
            Unknown: ask again.
        """
        answer = self._ask("GET", key)
        if answer.status == 200:
            return answer.data
        if answer.status == 404 and _ABSENT in answer.data:
            return None
        raise Unknown

    def exists(self, key: str) -> bool:
        """Whether there is an object.

        Raises:
            Unknown: ask again.
        """
        answer = self._ask("HEAD", key)
        if answer.status in (200, 404):
            return answer.status == 200
        raise Unknown

    def list(self, prefix: str, delimiter: str) -> Listing:
        """What the bucket holds below a prefix, if one answer says it all.

        Arguments:
            delimiter: of folders that are summed up; empty for every key.

        Raises:
            Unknown: ask again.
        """
        if self._lists_in_vain >= IN_VAIN:
            raise Unknown
        asked = {"list-type": "2", "prefix": prefix, **({"delimiter": delimiter} if delimiter else {})}
        answer = self._ask("GET", "", query=query_of(asked))
        data = answer.data if answer.status == 200 else b""
        try:
            found = read_listing(data, bucket=self._bucket, prefix=prefix, delimiter=delimiter)
        except Unreadable as error:
            self._lists_in_vain += 1
            raise Unknown from error
        self._lists_in_vain = 0
        return found

    def put(self, key: str, data: bytes, how: Mapping[str, Any], *, only_new: bool) -> Put:
        """Write an object.

        Arguments:
            how: parameters of boto3's `put_object`: `Metadata`, and those in `_HEADERS`.
            only_new: refuse a key that is taken.
        """
        if len(data) > MOST:
            return Put.UNKNOWN
        headers = {f"x-amz-meta-{name}": value for name, value in how.get("Metadata", {}).items()}
        headers.update({header: how[name] for name, header in _HEADERS.items() if name in how})
        if only_new:
            headers["If-None-Match"] = "*"
        try:
            answer = self._ask("PUT", key, data, headers)
        except Unknown:
            return Put.UNKNOWN
        if answer.status == 200:
            return Put.VERSION if answer.headers.get("x-amz-version-id", "null") != "null" else Put.WRITTEN
        return Put.TAKEN if only_new and answer.status == 412 else Put.UNKNOWN

    def _ask(
        self, method: str, key: str, data: bytes = b"", headers: Mapping[str, str] | None = None, *, query: str = ""
    ) -> Answer:
        """Ask once; the answer, whatever it says, read to its end."""
        if self._key is None or self._through or self._in_vain >= IN_VAIN:
            raise Unknown
        path = self._path + quote(key, safe="/-_.~")
        try:
            told = signed(
                method,
                path,
                query,
                {"Host": self._host, **(headers or {})},
                sha256(data).hexdigest(),
                key=self._key(),
                region=self._region,
                now=_now(),
            )
            answer = self._service.ask(method, f"{path}?{query}" if query else path, data or None, told)
        except Exception as error:
            self._in_vain += 1
            # Whatever it was, boto3 meets it again and says it.
            raise Unknown from error
        self._in_vain = 0 if answer.status in _PLAIN else self._in_vain + 1
        return answer


def _now() -> datetime:
    return datetime.now(UTC)


def _is_proxied(scheme: str) -> bool:
    """Whether this machine reaches such services through a proxy."""
    if sys.platform == "linux" and not any(name.lower().endswith("_proxy") for name in os.environ):
        return False  # Python would only look there too, after 10 ms for its client
    from urllib.request import getproxies

    return scheme in getproxies()


_PORTS = {"http": 80, "https": 443}
_ENDS = "AWS_CREDENTIAL_EXPIRATION"


def _find_key() -> Callable[[], Key] | None:
    """Gives the key that signs now; `None` if there is none.

    The environment is the first place where boto3 looks. All others are left to it, and so is a key that is renewed.
    """
    name, secret = (os.environ.get(variable) for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    if name and secret and not os.environ.get(_ENDS):
        key = Key(name, secret, os.environ.get("AWS_SECURITY_TOKEN") or os.environ.get("AWS_SESSION_TOKEN"))
        return lambda: key
    credentials = _session().get_credentials()
    if credentials is None:
        return None

    def current() -> Key:
        found = credentials.get_frozen_credentials()
        return Key(found.access_key, found.secret_key, found.token)

    return current


def _session() -> Any:
    """Knows all places where boto3 looks for a key and for settings; takes a moment to load."""
    import botocore.session

    return botocore.session.Session()


def _certificates() -> str:
    """Whom boto3 trusts: by the environment, by its configuration file, by default."""
    named = os.environ.get("AWS_CA_BUNDLE")
    with suppress(RuntimeError):  # an account without a home has no such file
        if not named and Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser().exists():
            named = _session().get_config_variable("ca_bundle")
    from botocore.httpsession import get_cert_path

    return str(get_cert_path(named or True))
