"""The S3 store: the contract on a real server, and what only S3 can get wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from publish.errors import StoreError
from publish.sites import QUESTIONS, SITES
from publish.stores import s3_errors, s3_quick
from publish.stores.dry_run import DryRunStore
from publish.stores.s3 import ATTEMPTS, CONNECTIONS, PUBLISHING, SERVING, UNSURE, S3Store
from publish.stores.s3_quick import IN_VAIN, Put
from publish.stores.s3_sign import query_of
from publish.upload import TRANSFERS
from tests.publish.stores.contract import KEY, StoreContract
from tests.publish.stores.proxy import CUT, HALF, LOST, PASS, SHORT, TWICE, Request, proxying
from tests.publish.stores.seaweed import ADMIN, BUCKET, PUBLISHER, READER, VERSIONED, Server


class TestS3(StoreContract):
    RACES = 1  # SeaweedFS lets those who lose wait for seconds

    @pytest.fixture
    def store(self, s3: Server) -> S3Store:
        return s3.store()


class TestS3WithVersions(StoreContract):
    RACES = 1

    @pytest.fixture
    def store(self, s3: Server) -> S3Store:
        return s3.store(VERSIONED)


class TestDryRunOnS3(StoreContract):
    @pytest.fixture
    def store(self, s3: Server) -> DryRunStore:
        return DryRunStore(s3.store())


def test_the_prefix_keeps_stores_apart(s3: Server) -> None:
    one, two = s3.store(prefix="apart/one/"), s3.store(prefix="apart/one-more/")
    one.put("a/b", b"1")
    two.put("a/c", b"2")
    assert list(one.keys("")) == ["a/b"]
    assert list(two.names("a/")) == ["c"]
    assert s3.client().get_object(Bucket=BUCKET, Key="apart/one/a/b")["Body"].read() == b"1"


def test_names_that_are_somebody_else_s_are_not_listed(s3: Server) -> None:
    store = s3.store()
    store.put("a/b", b"")
    for name in ("a/B", "a/é.txt", ".hidden/x"):
        s3.client().put_object(Bucket=BUCKET, Key=store.settings.prefix + name, Body=b"")
    assert list(store.keys("")) == ["a/b"]
    assert list(store.names("")) == ["a/"]


def test_many_keys_come_in_pages(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3.store()
    for number in range(12):
        store.put(f"a/{number:03}", b"")
    monkeypatch.setattr(s3_quick, "query_of", lambda asked: query_of({**asked, "max-keys": "5"}))
    store.client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 5}
    )
    assert len(list(store.keys("a/"))) == 12
    assert len(list(store.names("a/"))) == 12


def test_deleting_leaves_no_version(s3: Server) -> None:
    store = s3.store(VERSIONED)
    assert store.keeps_versions()
    assert not s3.store().keeps_versions()
    for data in (b"one", b"two"):
        store.put("a/b", data)
    store.put("a/b.json", b"another object")
    admin, where = s3.client(), {"Bucket": VERSIONED, "Prefix": store.settings.prefix}
    assert len(admin.list_object_versions(**where)["Versions"]) == 3
    admin.delete_object(Bucket=VERSIONED, Key=f"{store.settings.prefix}a/b")
    store.delete("a/b")
    left = admin.list_object_versions(**where)
    assert [found["Key"].rsplit("/", 1)[1] for found in left["Versions"]] == ["b.json"]
    assert not left.get("DeleteMarkers")


def test_versions_would_stay_if_they_were_not_looked_for(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3.store(VERSIONED)
    store.put("a/b", b"one")
    monkeypatch.setattr(S3Store, "keeps_versions", lambda self: False)
    store.delete("a/b")
    versions = s3.client().list_object_versions(Bucket=VERSIONED, Prefix=store.settings.prefix)["Versions"]
    assert [version["Size"] for version in versions] == [3]


def test_the_gateway_s_key_only_reads(s3: Server, aws: pytest.MonkeyPatch) -> None:
    writer = s3.store()
    writer.put(KEY, b"x")
    aws.setenv("AWS_ACCESS_KEY_ID", READER[0])
    aws.setenv("AWS_SECRET_ACCESS_KEY", READER[1])
    reader = s3.store(prefix=writer.settings.prefix)
    assert reader.get(KEY) == b"x"
    assert reader.get("a/b") is None
    assert not reader.exists("a/b")
    assert list(reader.names("")) == ["centres/"]
    for attempt in (
        lambda: reader.put(KEY, b"y"),
        lambda: reader.create("a/b", b"y"),
        lambda: reader.delete(KEY),
    ):
        with pytest.raises(StoreError, match="refuses"):
            attempt()
    assert writer.get(KEY) == b"x"


def calls(store: S3Store) -> list[Callable[[], object]]:
    return [
        lambda: store.get(KEY),
        lambda: store.put(KEY, b"x" * 1000),
        lambda: store.create("a/new", b"x"),
        lambda: store.exists(KEY),
        lambda: list(store.keys("a/")),
        lambda: list(store.names("a/")),
        lambda: store.delete(KEY),
    ]


def said(attempt: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as caught:
        attempt()
    assert "secret" not in caught.value.text(str).replace("its secret is wrong", "").replace("and its secret", "")
    assert "SK" not in str(caught.value)
    return caught.value


def test_without_a_key(s3_server: Server, aws: pytest.MonkeyPatch) -> None:
    for attempt in calls(s3_server.store()):
        assert said(attempt).message == s3_errors.NO_KEY


@pytest.mark.parametrize("wrong", [("AKNOBODY", PUBLISHER[1]), (PUBLISHER[0], "SKWRONG")])
def test_with_a_wrong_key(s3_server: Server, aws: pytest.MonkeyPatch, wrong: tuple[str, str]) -> None:
    aws.setenv("AWS_ACCESS_KEY_ID", wrong[0])
    aws.setenv("AWS_SECRET_ACCESS_KEY", wrong[1])
    store = s3_server.store()
    assert said(lambda: store.put(KEY, b"x")).message == s3_errors.WRONG_KEY
    assert said(lambda: store.get(KEY)).message == s3_errors.WRONG_KEY
    # An answer to HEAD has no body, so that it can't say why.
    assert said(lambda: store.exists(KEY)).message in (s3_errors.WRONG_KEY, s3_errors.REFUSED)


def test_without_the_bucket(s3: Server) -> None:
    store = s3.store("missing")
    for attempt in (lambda: store.put(KEY, b"x"), lambda: store.get(KEY), lambda: list(store.keys("a/"))):
        assert said(attempt).message in (s3_errors.NO_BUCKET, s3_errors.REFUSED)
    s3.client().create_bucket(Bucket="mine")
    s3.client().delete_bucket(Bucket="mine")
    with pytest.MonkeyPatch.context() as admin:
        admin.setenv("AWS_ACCESS_KEY_ID", ADMIN[0])
        admin.setenv("AWS_SECRET_ACCESS_KEY", ADMIN[1])
        assert said(lambda: s3.store("mine").get(KEY)).message == s3_errors.NO_BUCKET


def test_with_a_clock_an_hour_late(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr("publish.stores.s3_quick._now", lambda: late)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: late.replace(tzinfo=None))
    store = s3.store()
    assert said(lambda: store.put(KEY, b"x")).message == s3_errors.WRONG_CLOCK


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ExpiredToken", s3_errors.EXPIRED_KEY),
        ("RequestTimeTooSkewed", s3_errors.WRONG_CLOCK),
        ("QuotaExceeded", s3_errors.FULL),
        ("PermanentRedirect", s3_errors.OTHER_REGION),
        ("<b>", s3_errors.UNUSABLE),
    ],
)
def test_what_other_services_say(code: str, message: str) -> None:
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "PutObject")
    found = s3_errors.store_error(error, "S3Store(…)", KEY)
    assert found.message == message
    assert "<" not in str(found)


def test_nobody_listens(s3: Server) -> None:
    with proxying(s3.endpoint) as gone:
        settings = gone.store(s3.settings()).settings
    assert said(lambda: S3Store(settings).get(KEY)).message == s3_errors.SILENT


def test_certificates_that_are_not_there_are_said_as_boto3_says_them(s3: Server, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    settings = replace(s3.settings(), endpoint=s3.endpoint.replace("http:", "https:"))
    one, other = (said(lambda patience=p: S3Store(settings, patience).get(KEY)) for p in (PUBLISHING, SERVING))  # type: ignore[misc]
    assert one.message == other.message


@pytest.mark.parametrize("status", [500, 503])
def test_a_service_that_breaks_down_for_good(s3: Server, status: int) -> None:
    with proxying(s3.endpoint, rule=lambda request: status) as proxy:
        for number, attempt in enumerate(calls(proxy.store(s3.settings()))):
            before = len(proxy.asked)
            assert said(attempt).message == s3_errors.BROKEN
            quick = number < IN_VAIN
            assert len(proxy.asked[before:]) == ATTEMPTS + quick, (
                "it is first tried the quick way, as long as that helps"
            )


def test_a_full_service(s3: Server) -> None:
    with proxying(s3.endpoint, rule=lambda request: 507) as proxy:
        assert said(lambda: proxy.store(s3.settings()).put(KEY, b"x")).message == s3_errors.FULL


@pytest.mark.parametrize("fault", [500, 503, CUT, HALF, LOST, SHORT])
def test_one_fault_is_got_over(s3: Server, fault: str | int) -> None:
    data = b"x" * 300_000

    def first_of_each(request: Request) -> str | int:
        return fault if sum(asked.method == request.method for asked in proxy.asked) == 1 else PASS

    with proxying(s3.endpoint, rule=first_of_each) as proxy:
        store = proxy.store(s3.settings())
        assert store.create(KEY, data), "also where the answer to the first attempt was lost"
        assert store.exists(KEY)
        assert store.get(KEY) == data
        assert list(store.keys("centres/")) == [KEY]


def test_an_answer_that_is_always_cut(s3: Server) -> None:
    settings = s3.settings()
    S3Store(settings).put(KEY, b"x" * 300_000)
    with proxying(s3.endpoint, rule=lambda request: SHORT) as proxy:
        assert said(lambda: proxy.store(settings).get(KEY)).message == s3_errors.CUT


@pytest.mark.parametrize("mine", [b"mine", b"theirs"], ids=["other bytes", "the same bytes"])
@pytest.mark.parametrize("fault", [LOST, CUT, 503])
def test_a_lost_answer_never_makes_a_loser_win(s3: Server, fault: str | int, mine: bytes) -> None:
    s3_settings = s3.settings()
    with proxying(s3.endpoint, rule=lambda request: fault if request.rank == 1 else PASS) as proxy:
        S3Store(s3_settings).create(KEY, b"theirs")
        assert proxy.store(s3_settings).create(KEY, mine) is False
    assert S3Store(s3_settings).get(KEY) == b"theirs"


@pytest.mark.parametrize("looks", [True, False])
def test_a_creation_that_a_balancer_repeats_is_not_taken_by_itself(
    s3: Server, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    if not looks:
        monkeypatch.setattr(S3Store, "_is_ours", lambda *args: False)
    with proxying(s3.endpoint, rule=lambda request: TWICE if request.rank == 1 else PASS) as proxy:
        store = proxy.store(s3.settings())
        assert store.create("a/heads/000001.json", b"{}") is looks
        assert store.create("a/heads/000001.json", b"{}") is False
        monkeypatch.setattr(store.quick, "put", lambda *args, **how: Put.TAKEN)
        assert store.create("a/heads/000002.json", b"{}") is False, "taken, and removed since"


def test_all_that_is_asked_at_once_has_a_connection(s3: Server, caplog: pytest.LogCaptureFixture) -> None:
    at_once = SITES + TRANSFERS + QUESTIONS
    assert at_once <= CONNECTIONS
    together = threading.Barrier(at_once)

    def ask(rank: int) -> bool:
        together.wait(30)
        return store.exists(f"a/{rank}")

    with proxying(s3.endpoint, delay=0.05) as proxy, ThreadPoolExecutor(at_once) as pool:
        store = S3Store(proxy.store(s3.settings()).settings, SERVING)
        assert not store.exists("a/0")
        assert not any(pool.map(ask, range(at_once)))
    assert "pool is full" not in caplog.text


def test_nothing_is_asked_before_the_first_call(s3: Server) -> None:
    with proxying(s3.endpoint) as proxy:
        store = proxy.store(s3.settings())
        assert BUCKET in repr(store)
        assert proxy.asked == []


def test_what_is_written_is_encrypted_if_asked(s3: Server) -> None:
    asked: list[dict[str, object]] = []
    store = S3Store(replace(s3.settings(), encryption="aws:kms", encryption_key="ours"))
    store.client.meta.events.register("provide-client-params.s3.PutObject", lambda params, **_: asked.append(params))
    with suppress(StoreError):  # the server of the tests has no KMS
        store.put(KEY, b"x")
    assert (asked[0]["ServerSideEncryption"], asked[0]["SSEKMSKeyId"]) == ("aws:kms", "ours")


def test_time_limits_and_plain_checksums(s3: Server) -> None:
    config = s3.store().client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.retries["mode"] == "standard"
    assert config.request_checksum_calculation == config.response_checksum_validation == "when_required"
    assert config.s3["payload_signing_enabled"]


def test_a_service_that_creates_twice_is_refused_where_versions_are_kept(s3: Server) -> None:
    store = s3.store(VERSIONED)
    store.client.meta.events.register(  # as if the service did not know the condition
        "before-sign.s3.PutObject", lambda request, **_: request.headers.__delitem__("If-None-Match")
    )
    assert said(lambda: store.create("a/b", b"one")).message == UNSURE
    versions = s3.client().list_object_versions(Bucket=VERSIONED, Prefix=store.settings.prefix)["Versions"]
    assert len(versions) == 1, "nothing of the trial is left"
