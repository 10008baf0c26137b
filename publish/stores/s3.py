"""A store in a bucket of any S3-compatible service, through boto3.

Objects are written in one request each (a blob has at most 64 MB), so that none is ever half visible. `create` is a
conditional write (`If-None-Match: *`): the service itself decides who is first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from publish.errors import N_, StoreError
from publish.stores.naming import check_folder, check_key, check_prefix
from publish.stores.s3_errors import code_of, store_error
from publish.stores.s3_listing import Listing
from publish.stores.s3_quick import Put, Quick, Unknown
from publish.stores.settings import S3Settings

CONNECTIONS = 64
"""Of boto3's pool: the sites, transfers and questions of a publication at once, or a gateway's readers."""

ATTEMPTS = 5


@dataclass(frozen=True)
class Patience:
    """How long one call may take.

    Arguments:
        connect, read: seconds until there is a connection, and without a byte of the answer.
        attempts: in all.
        quick: whether questions are first asked the quick way, which is one attempt more.
    """

    connect: int
    read: int
    attempts: int
    quick: bool


PUBLISHING = Patience(5, 30, ATTEMPTS, quick=True)
"""A publication would rather wait than be run again."""

SERVING = Patience(2, 4, 2, quick=False)
"""Families wait: the gateway asks again by itself (`publish.gateway.sites`)."""

UNSURE = N_(
    "{store}: this service can't tell which of two publishers was first in a bucket that keeps old versions; use a "
    "bucket that keeps none"
)

_CREATION = "creation"
"""Metadata that says whose creation an object is, where an answer was lost."""

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"412", "PreconditionFailed"}
_CONFLICT = {"409", "ConditionalRequestConflict", "OperationAborted"}


class S3Store:
    """The `Store` protocol over a bucket; see `publish.stores.Store`.

    Arguments:
        settings: which bucket, and how it is reached. Credentials come from the usual AWS chain.
        patience: with the service.
    """

    def __init__(self, settings: S3Settings, patience: Patience = PUBLISHING) -> None:
        self.settings = settings
        self._patience = patience
        self._lock = RLock()
        self._client: Any = None
        self._quick: Quick | None = None
        self._versioned: bool | None = None
        self._proved = False

    def __repr__(self) -> str:
        return f"S3Store({self.settings.endpoint or 'aws'!r}, {self.settings.bucket + '/' + self.settings.prefix!r})"

    @property
    def name(self) -> str:
        """As people know it, for messages; holds no secret."""
        place = f"s3://{self.settings.bucket}/{self.settings.prefix}"
        return f"{place} ({self.settings.endpoint})" if self.settings.endpoint else place

    @property
    def client(self) -> Any:
        """boto3's client, made at the first call: nothing is loaded nor looked up before."""
        with self._lock:
            if self._client is None:
                with self._errors(""):
                    self._client = _client(self.settings, self._patience)
            return self._client

    def get(self, key: str) -> bytes | None:
        """The bytes of an object, or `None` if it does not exist."""
        where = self._where(key)
        with self._errors(key):
            if self._patience.quick:
                with suppress(Unknown):
                    return self.quick.get(where["Key"])
            try:
                return self._read(where)
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
            except (ResponseStreamingError, IncompleteReadError, ReadTimeoutError):
                # boto3 tries a request again, but not the reading of an answer that was cut.
                return self._read(where)

    def put(self, key: str, data: bytes) -> None:
        """Write an object whole; an existing one is replaced whole."""
        where = self._where(key)
        with self._errors(key):
            if self.quick.put(where["Key"], data, self._how(key), only_new=False) is Put.UNKNOWN:
                self.client.put_object(**where, **self._how(key), Body=data)

    def create(self, key: str, data: bytes) -> bool:
        """Write an object only if the key is free; `False` if another was first. Atomic."""
        where, token = self._where(key), secrets.token_hex(8)
        how = {**self._how(key), "Metadata": {_CREATION: token}}
        with self._errors(key):
            done = self.quick.put(where["Key"], data, how, only_new=True)
            if done is not Put.UNKNOWN:
                if done is Put.VERSION and not self._proved:
                    self._prove(key, data)
                # Where it matters who was first, an attempt that something on the way repeated must not beat itself.
                return done is not Put.TAKEN or (key.endswith(".json") and self._is_ours(where, token))
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    answer = self.client.put_object(**where, **how, Body=data, IfNoneMatch="*")
                except ClientError as error:
                    code = code_of(error)
                    if code in _TAKEN:
                        # The answer to an earlier attempt of ours may have been lost on its way back.
                        return self._is_ours(where, token)
                    if code not in _CONFLICT or attempt == ATTEMPTS:
                        raise
                else:
                    if answer.get("VersionId", "null") != "null" and not self._proved:
                        self._prove(key, data)
                    return True
        return False

    def exists(self, key: str) -> bool:
        """Whether an object exists."""
        where = self._where(key)
        with self._errors(key):
            if self._patience.quick:
                with suppress(Unknown):
                    return self.quick.exists(where["Key"])
            try:
                self.client.head_object(**where)
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return False
                raise
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in order."""
        check_prefix(prefix)
        return iter(sorted(set(self._keys_of(self._list(prefix, "").keys))))

    def names(self, prefix: str) -> Iterator[str]:
        """What stands right below `prefix`, in order; the service itself sums up what is deeper."""
        check_folder(prefix)
        listing = self._list(prefix, "/")
        found = {key[len(prefix) :] for key in self._keys_of(listing.keys)}
        found.update(folder[len(self.settings.prefix) + len(prefix) :] for folder in listing.folders)
        return iter(sorted(name for name in found if name and _is_key(prefix + name)))

    def delete(self, key: str) -> None:
        """Remove an object in all its versions; removing what is not there is no error."""
        where = self._where(key)
        with self._errors(key):
            if not self.keeps_versions():
                self.client.delete_object(**where)
                return
            for version in list(self._versions(where["Key"])):
                self.client.delete_object(**where, VersionId=version)

    def keeps_versions(self) -> bool:
        """Whether the bucket keeps old versions, so that removing an object takes more than one request."""
        if self._versioned is None:
            with self._errors(
                "", N_("{store}: the key may not ask whether the bucket keeps old versions; allow it that")
            ):
                answer = self.client.get_bucket_versioning(Bucket=self.settings.bucket)
            self._versioned = answer.get("Status") in ("Enabled", "Suspended")
        return self._versioned

    def service_date(self) -> str:
        """The moment that the service believes it is, as its answers say it (RFC 9110 `Date`)."""
        with self._errors(""):
            answer = self.client.list_objects_v2(Bucket=self.settings.bucket, Prefix=self.settings.prefix, MaxKeys=1)
        return str(answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""))

    def open_to_everybody(self) -> bool:
        """Whether somebody without a key can list the bucket, or read an object of it.

        Raises:
            StoreError: the service can't be asked.
        """
        stranger = _client(self.settings, self._patience, signed=False)
        bucket, prefix = self.settings.bucket, self.settings.prefix
        with self._errors(""):
            some = self.client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", [])
            if _answered(stranger.list_objects_v2, Bucket=bucket, Prefix=prefix, MaxKeys=1):
                return True
            return any(_answered(stranger.head_object, Bucket=bucket, Key=found["Key"]) for found in some)

    @property
    def quick(self) -> Quick:
        """What is tried once before boto3; see `publish.stores.s3_quick`."""
        with self._lock:
            if self._quick is None:
                connect, read = self._patience.connect, self._patience.read
                self._quick = Quick(self.settings, self._address, connect=connect, read=read)
            return self._quick

    def _address(self, key: str) -> str:
        """Where an object answers, as boto3 knows it."""
        where = {"Bucket": self.settings.bucket, "Key": key}
        return str(self.client.generate_presigned_url("put_object", where)).partition("?")[0]

    def _is_ours(self, where: dict[str, str], token: str) -> bool:
        """Whether an object that is there is the one that we created under this word."""
        try:
            found = self.client.head_object(**where)
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return False  # removed since; nobody removes what was created a moment ago
            raise
        return bool(found["Metadata"].get(_CREATION) == token)

    def _prove(self, key: str, data: bytes) -> None:
        """Make sure, once, that the service refuses a second creation where it keeps versions: Ceph 16 does not."""
        try:
            answer = self.client.put_object(**self._where(key), **self._how(key), Body=data, IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) not in _TAKEN:
                raise
            self._proved = True
        else:
            self.client.delete_object(**self._where(key), VersionId=answer["VersionId"])
            raise StoreError(UNSURE, store=self.name)

    def _read(self, where: dict[str, str]) -> bytes:
        with closing(self.client.get_object(**where)["Body"]) as body:
            data: bytes = body.read()
        return data

    def _versions(self, key: str) -> Iterator[str]:
        paginator = self.client.get_paginator("list_object_versions")
        for page in paginator.paginate(Bucket=self.settings.bucket, Prefix=key):
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if found["Key"] == key:
                    yield str(found["VersionId"])

    def _list(self, prefix: str, delimiter: str) -> Listing:
        asked, more = self.settings.prefix + prefix, {"Delimiter": delimiter} if delimiter else {}
        keys: list[str] = []
        folders: list[str] = []
        with self._errors(prefix):
            if self._patience.quick:
                with suppress(Unknown):
                    return self.quick.list(asked, delimiter)
            paginator = self.client.get_paginator("list_objects_v2")
            for page in paginator.paginate(Bucket=self.settings.bucket, Prefix=asked, **more):
                keys += (str(found["Key"]) for found in page.get("Contents", []))
                folders += (str(found["Prefix"]) for found in page.get("CommonPrefixes", []))
        return Listing(tuple(keys), tuple(folders))

    def _keys_of(self, found: Iterable[str]) -> Iterator[str]:
        """Keys of a listing, without the store's prefix; names that no key may have are somebody else's."""
        for name in found:
            key = name[len(self.settings.prefix) :]
            if key and not key.endswith("/") and _is_key(key):
                yield key

    def _where(self, key: str) -> dict[str, str]:
        return {"Bucket": self.settings.bucket, "Key": self.settings.prefix + check_key(key)}

    def _how(self, key: str) -> dict[str, str]:
        how = {"ContentType": "application/json" if key.endswith(".json") else "application/octet-stream"}
        if self.settings.encryption:
            how["ServerSideEncryption"] = self.settings.encryption
        if self.settings.encryption_key:
            how["SSEKMSKeyId"] = self.settings.encryption_key
        return how

    @contextmanager
    def _errors(self, key: str, refused: str | None = None) -> Iterator[None]:
        """Every error of boto3 becomes a `StoreError` that says what to do."""
        try:
            yield
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            raise store_error(error, self.name, key, refused) from error


def _is_key(key: str) -> bool:
    try:
        check_prefix(key)
    except StoreError:
        return False
    return True


def _answered(ask: Callable[..., object], **what: object) -> bool:
    """Whether a request was granted; a refusal of any kind is none, a silent service is an error."""
    try:
        ask(**what)
    except ClientError:
        return False
    return True


def _client(settings: S3Settings, patience: Patience, *, signed: bool = True) -> Any:
    """boto3's client; unsigned, it asks as anybody on the network could."""
    import boto3  # 0.15 s: only where the quick way is not enough
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        tcp_keepalive=True,
        max_pool_connections=CONNECTIONS,
        # "standard": exponential waits with jitter, on lost connections, 5xx and throttling.
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
        signature_version="s3v4" if signed else UNSIGNED,
        # Services other than Amazon's don't all know the newer checksums; the signature covers the bytes instead.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": settings.addressing, "payload_signing_enabled": signed},
    )
    return boto3.session.Session().client(
        "s3", endpoint_url=settings.endpoint, region_name=settings.region, config=config
    )
