"""Our signature of a request is the one that botocore gives, whatever is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from string import ascii_letters, digits
from unittest.mock import patch

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from publish.stores.s3_sign import Key, query_of, signed

WORDS = st.text(ascii_letters + digits + "-", min_size=1, max_size=20)
SECRETS = st.text(ascii_letters + digits + "+/=", min_size=1, max_size=40)
VALUES = st.text(ascii_letters + digits + " */;:=.,", min_size=1, max_size=30).filter(str.strip)
PATHS = st.lists(st.text(ascii_letters + digits + "-_.~", min_size=1, max_size=12), min_size=1, max_size=5)
QUERIES = st.dictionaries(WORDS, st.text(max_size=20).filter(lambda text: text.isprintable()), max_size=4)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - hypothesis adds the zone itself


@given(
    st.sampled_from(["GET", "HEAD", "PUT"]),
    PATHS,
    QUERIES,
    st.dictionaries(WORDS.map("x-amz-meta-{}".format), VALUES, max_size=4),
    st.binary(max_size=200),
    st.builds(Key, WORDS, SECRETS, st.none() | SECRETS),
    WORDS.map(str.lower),
    MOMENTS,
)
def test_it_is_the_one_of_botocore(
    method: str, path: list[str], asked: dict[str, str], headers: dict[str, str], data: bytes, key: Key, region: str,
    now: datetime,
) -> None:  # fmt: skip
    headers = {name.lower(): value for name, value in headers.items()}
    request = AWSRequest(method, f"https://s3.example:8443/{'/'.join(path)}", headers=headers, data=data, params=asked)
    with patch("botocore.auth.get_current_datetime", lambda: now):
        S3SigV4Auth(Credentials(key.name, key.secret, key.token), "s3", region).add_auth(request)
    told = signed(
        method, f"/{'/'.join(path)}", query_of(asked), {"Host": "s3.example:8443", **headers},
        sha256(data).hexdigest(), key=key, region=region, now=now.replace(tzinfo=UTC),
    )  # fmt: skip
    assert told["Authorization"] == request.headers["Authorization"]
    assert {name: value for name, value in told.items() if name != "Host"} == dict(request.headers.items())


def test_a_secret_is_never_shown() -> None:
    assert "hidden" not in repr(Key("AK", "hidden", "hidden"))
