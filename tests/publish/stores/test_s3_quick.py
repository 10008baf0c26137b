"""The quick way: one plain request says what boto3 would have said, or boto3 is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from publish.access import Admission, MembershipKind
from publish.publication import publish
from publish.release import make_release
from publish.stores import s3_quick
from publish.stores.kept_open import Answer
from publish.stores.s3 import SERVING, S3Store
from publish.stores.s3_listing import Listing
from publish.stores.s3_quick import IN_VAIN, MOST, Put, Quick, Unknown
from publish.stores.settings import S3Settings
from publish.withdrawn import Withdrawn
from tests.publish.stores.contract import KEY
from tests.publish.stores.proxy import CUT, PASS, SHORT, proxying
from tests.publish.stores.seaweed import BUCKET, PUBLISHER, Server

ELSEWHERE = (
    b"<ListBucketResult><Name>sites</Name><Prefix>elsewhere/</Prefix><IsTruncated>false</IsTruncated>"
    b"<KeyCount>0</KeyCount></ListBucketResult>"
)
"""Says, truly, that something else is empty."""


@pytest.mark.parametrize(
    "fault", [404, 500, 503, CUT, SHORT, b"", b"<html/>", ELSEWHERE], ids=lambda fault: str(fault)[:12]
)
def test_a_listing_that_is_not_whole_is_asked_again(s3: Server, fault: str | int | bytes) -> None:
    with proxying(s3.endpoint, rule=lambda request: fault if request.rank in (2, 4) else PASS) as proxy:
        store = proxy.store(s3.settings())
        store.put(KEY, b"x")
        assert list(store.keys("centres/")) == [KEY]
        assert list(store.names("centres/")) == ["fessart/"]
        assert [request.is_listing for request in proxy.asked] == [False, True, True, True, True]


@pytest.mark.parametrize("status", [206, 404, 500])
def test_a_listing_of_another_status_is_none(s3: Server, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    quick = s3.store(prefix="elsewhere/").quick
    monkeypatch.setattr(quick, "_ask", lambda *args, **more: Answer(status, {}, ELSEWHERE))
    with pytest.raises(Unknown):
        quick.list("elsewhere/", "")


@pytest.mark.parametrize(
    ("addressing", "host", "path"),
    [("path", "s3.example.fr:8443", "/sites/"), ("virtual", "sites.s3.example.fr:8443", "/")],
)
def test_a_bucket_is_listed_where_it_answers(aws: pytest.MonkeyPatch, addressing: str, host: str, path: str) -> None:
    aws.setenv("AWS_ACCESS_KEY_ID", PUBLISHER[0])
    aws.setenv("AWS_SECRET_ACCESS_KEY", PUBLISHER[1])
    store = S3Store(S3Settings("sites", endpoint="https://s3.example.fr:8443", addressing=addressing))
    asked: list[tuple[str, str, str]] = []

    def ask(method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        asked.append((method, path, headers["Host"]))
        return Answer(200, {}, ELSEWHERE)

    aws.setattr(store.quick._service, "ask", ask)
    assert store.quick.list("elsewhere/", "") == Listing((), ())
    assert asked == [("GET", f"{path}?list-type=2&prefix=elsewhere%2F", host)]


def test_a_gateway_lists_by_boto3_alone(s3: Server) -> None:
    with proxying(s3.endpoint) as proxy:
        store = S3Store(proxy.store(s3.settings()).settings, SERVING)
        assert (list(store.keys("")), list(store.names(""))) == ([], [])
        assert len(proxy.asked) == 2
        assert all("encoding-type" in request.query for request in proxy.asked)


def test_listings_that_nobody_understands_are_left_to_boto3(s3: Server) -> None:
    with proxying(s3.endpoint, rule=lambda request: ELSEWHERE if request.path.endswith("/") else PASS) as proxy:
        store = proxy.store(s3.settings())
        for _ in range(IN_VAIN + 3):
            store.put(KEY, b"x")
            assert list(store.keys("centres/")) == [KEY]
        assert sum(request.is_listing for request in proxy.asked) == 2 * IN_VAIN + 3


def test_a_listing_of_strange_names_is_the_one_of_boto3(s3: Server) -> None:
    quick = s3.store(prefix="odd+é &~/")
    for name in (
        "a/é",
        "a/b c",
        "a/b+c",
        "a/%61",
        "a/<&>\"'",
        "a/x\ty",
        "a/]]>",
        "a/ok",
        "b%2Fc/d",
        "ok/é/x",
        "ok/ok/x",
    ):
        s3.client().put_object(Bucket=BUCKET, Key=quick.settings.prefix + name, Body=b"")
    for prefix in ("", "a/", "ok/", "missing/"):
        asked = quick.settings.prefix + prefix
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Quick, "list", lost)
            slow = [quick._list(prefix, delimiter) for delimiter in ("", "/")]
        assert [quick.quick.list(asked, delimiter) for delimiter in ("", "/")] == slow


def lost(*args: object) -> Listing:
    raise Unknown


def test_a_service_that_the_quick_way_does_not_understand_is_asked_by_boto3_alone(s3: Server) -> None:
    with proxying(
        s3.endpoint, rule=lambda request: 503 if request.rank % 2 and request.rank < 2 * IN_VAIN else PASS
    ) as proxy:
        store = proxy.store(s3.settings())
        for _ in range(IN_VAIN + 3):
            assert store.get("a/missing") is None
        assert len(proxy.asked) == 2 * IN_VAIN + 3, "each the quick way and by boto3, then by boto3 alone"


def test_an_account_without_a_home_trusts_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(number: int) -> object:
        raise KeyError(number)

    for name in ("HOME", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(RuntimeError):
        Path("~").expanduser()
    assert s3_quick._certificates()


def test_what_is_written_the_quick_way_is_what_boto3_would_have_written(
    s3: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, slow = s3.store(), s3.store()
    assert quick.create("a/b.json", b"x")
    with monkeypatch.context() as patch:
        patch.setattr(Quick, "put", lambda *args, **more: Put.UNKNOWN)
        assert slow.create("a/b.json", b"x")
        assert slow.create("a/b.json", b"x") is False
    found = []
    for store in (quick, slow):
        answer = s3.client().head_object(Bucket=BUCKET, Key=f"{store.settings.prefix}a/b.json")
        found.append((answer["ContentType"], answer["ContentLength"], answer["ETag"], list(answer["Metadata"])))
    assert found[0] == found[1]
    assert found[0][0] == "application/json"


@pytest.mark.parametrize("missing", [False, True], ids=["there", "missing"])
def test_what_is_asked_of_an_object_costs_one_request_and_loads_no_boto3(
    s3: Server, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxying(s3.endpoint) as proxy:
        store = proxy.store(s3.settings())
        store.put(KEY, b"x")
        monkeypatch.setattr("publish.stores.s3._client", None)  # called, it fails
        key = "a/missing" if missing else KEY
        proxy.asked.clear()
        assert (store.get(key), store.exists(key)) == ((None, False) if missing else (b"x", True))
        assert [request.method for request in proxy.asked] == ["GET", "HEAD"]


def test_a_first_publication_costs_one_request_a_question_and_loads_no_boto3(
    s3: Server, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    release = make_release(one, slug="fessart", name="Fessart", built=now, version="0")
    admission = Admission(frozenset({"0929010U"}), "ecoles", frozenset({MembershipKind.GUARDIAN}))
    with proxying(s3.endpoint) as proxy:
        store = proxy.store(s3.settings())
        monkeypatch.setattr("publish.stores.s3._client", None)  # called, it fails
        assert publish(store, release, admission=admission, now=now, by="test", withdrawn=Withdrawn()).changed
        asked = [(request.method, request.path, request.query) for request in proxy.asked if not request.is_listing]
        assert len(set(asked)) == len(asked)
        assert any(request.is_listing for request in proxy.asked)


def test_the_quick_way_answers_as_boto3(s3: Server) -> None:
    quick = s3.store()
    slow = S3Store(quick.settings, SERVING)
    for key, data in (("a/empty", b""), ("a/text.json", b"{}"), ("a/large", b"x" * 300_000)):
        quick.put(key, data)
        assert quick.get(key) == slow.get(key) == data
        assert quick.exists(key) == slow.exists(key) is True


def test_what_is_written_costs_one_request(s3: Server) -> None:
    with proxying(s3.endpoint) as proxy:
        store = proxy.store(s3.settings())
        store.put(KEY, b"x")
        assert store.create("a/b", b"x")
        assert store.create("a/b", b"x") is False
        assert [request.method for request in proxy.asked] == ["PUT"] * 3
        store.put("a/large", b"x" * (MOST + 1))
        assert store.get("a/large") == b"x" * (MOST + 1)


def test_a_proxy_of_this_machine_is_not_passed_by(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxying(s3.endpoint) as between:
        monkeypatch.setenv("http_proxy", between.endpoint)
        s3.store().put(KEY, b"x")
        assert between.asked
