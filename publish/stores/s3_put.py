"""One plain attempt to write an object, for a quarter of the processor time that boto3 takes; the rest is left to it.

A publication writes thousands of small objects: what a client spends on each is what a publisher waits for. botocore
signs, urllib3 sends; there is no retry here, no waiting, no reading of errors. Whatever is not plainly done or plainly
refused is asked again of boto3, which knows all that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import get_cert_path

MOST = 1024 * 1024
"""Bytes of an object that is written this way; a larger one is announced first, so that it can be refused unsent."""

_HEADERS = {
    "ContentType": "Content-Type",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


class Put(Enum):
    """What became of an attempt."""

    WRITTEN = "written"
    VERSION = "written, and the bucket keeps versions"
    TAKEN = "refused, since the key is taken"
    UNKNOWN = "nobody knows: ask again"


class QuickPut:
    """Writes objects of one bucket.

    Arguments:
        session: boto3's, which finds the credentials.
        client: boto3's, which knows where the bucket answers.
        bucket: its name.
        connections: kept open.
        connect, read: seconds without an answer after which an attempt is given up.
    """

    def __init__(self, session: Any, client: Any, bucket: str, *, connections: int, connect: int, read: int) -> None:
        self._client, self._credentials = client, session.get_credentials()
        asked = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "x"}) if self._credentials else ""
        self._base = asked.partition("?")[0][:-1]
        self._through = urlsplit(self._base).scheme in getproxies()
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            timeout=urllib3.Timeout(connect=connect, read=read),
            cert_reqs="CERT_REQUIRED",
            ca_certs=get_cert_path(session._session.get_config_variable("ca_bundle") or True),  # noqa: SLF001
        )

    def __call__(self, key: str, data: bytes, how: Mapping[str, Any], *, only_new: bool) -> Put:
        """Try once.

        Arguments:
            key: in the bucket.
            how: parameters of boto3's `put_object`: `Metadata`, and those in `_HEADERS`.
            only_new: refuse a key that is taken.
        """
        if len(data) > MOST or self._credentials is None or self._through:
            return Put.UNKNOWN
        headers = {f"x-amz-meta-{name}": value for name, value in how.get("Metadata", {}).items()}
        headers.update({header: how[name] for name, header in _HEADERS.items() if name in how})
        if only_new:
            headers["If-None-Match"] = "*"
        request = AWSRequest("PUT", self._base + quote(key, safe="/-_.~"), data=data, headers=headers)
        request.context.update(client_config=self._client.meta.config, payload_signing_enabled=True)
        try:
            signer = S3SigV4Auth(self._credentials.get_frozen_credentials(), "s3", self._client.meta.region_name)
            signer.add_auth(request)
            answer = self._pool.urlopen(
                "PUT", request.url, body=data, headers=dict(request.headers.items()), retries=False, redirect=False
            )
        except Exception:  # noqa: BLE001 - whatever it was, boto3 meets it again and says it
            return Put.UNKNOWN
        if answer.status == 200:
            return Put.VERSION if answer.headers.get("x-amz-version-id", "null") != "null" else Put.WRITTEN
        return Put.TAKEN if only_new and answer.status == 412 else Put.UNKNOWN
