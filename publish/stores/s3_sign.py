"""The signature of a request to S3: AWS Signature Version 4, for a tenth of botocore's processor time.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote

_PLAIN = "-_.~"
"""Characters that stand for themselves, besides letters and digits."""


@dataclass(frozen=True)
class Key:
    """An access key.

    Arguments:
        name: that everybody may know.
        secret: that signs.
        token: of a key that ends soon.
    """

    name: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def query_of(asked: Mapping[str, str]) -> str:
    """A query as it is sent and signed."""
    pairs = sorted((quote(name, safe=_PLAIN), quote(value, safe=_PLAIN)) for name, value in asked.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed(
    method: str, path: str, query: str, headers: Mapping[str, str], digest: str, *, key: Key, region: str, now: datetime
) -> dict[str, str]:
    """The headers of a request, with those that sign it.

    Arguments:
        path, query: as they are sent; see `query_of`.
        headers: that are sent, `Host` among them.
        digest: sha256 of the body, in hexadecimal.
        now: the moment, UTC.
    """
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    told = {**headers, "X-Amz-Date": moment, "X-Amz-Content-SHA256": digest}
    if key.token:
        told["X-Amz-Security-Token"] = key.token
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in told.items())
    names = ";".join(name for name, _ in lines)
    request = "\n".join([method, path, query, *(f"{name}:{value}" for name, value in lines), "", names, digest])
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_of_day(key.secret, moment[:8], region), text.encode(), "sha256").hex()
    credential = f"{key.name}/{scope}"
    told["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return told


@lru_cache(maxsize=4)
def _of_day(secret: str, day: str, region: str) -> bytes:
    """What signs on one day."""
    found = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        found = hmac.digest(found, part.encode(), "sha256")
    return found
