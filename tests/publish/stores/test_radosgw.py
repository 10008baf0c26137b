"""The contract on Ceph's object gateway, as `make test-long` runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from publish.errors import StoreError
from publish.stores.s3 import S3Store
from publish.stores.s3_quick import Put
from tests.publish.stores import radosgw
from tests.publish.stores.contract import StoreContract
from tests.publish.stores.seaweed import ADMIN, VERSIONED, Server

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("radosgw")]


@pytest.fixture(scope="module")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with radosgw.running(tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture
def gateway(ceph: Server, aws: pytest.MonkeyPatch) -> Server:
    aws.setenv("AWS_ACCESS_KEY_ID", ADMIN[0])
    aws.setenv("AWS_SECRET_ACCESS_KEY", ADMIN[1])
    return ceph


class TestCeph(StoreContract):
    @pytest.fixture
    def store(self, gateway: Server) -> S3Store:
        return gateway.store()


def test_the_quick_way_is_understood(gateway: Server) -> None:
    store = gateway.store()
    key = f"{store.settings.prefix}a/b"
    assert (store.quick.exists(key), store.quick.get(key)) == (False, None)
    assert store.quick.put(key, b"x", {"Metadata": {"creation": "word"}}, only_new=True) is Put.WRITTEN
    assert store.quick.put(key, b"y", {}, only_new=True) is Put.TAKEN
    assert (store.quick.exists(key), store.quick.get(key)) == (True, b"x")


def test_a_bucket_with_versions_is_refused_as_long_as_two_publishers_could_win(gateway: Server) -> None:
    store = gateway.store(VERSIONED)
    with pytest.raises(StoreError, match="which of two publishers was first"):
        store.create("a/b", b"one")
    assert store.get("a/b") == b"one"
    assert len(gateway.client().list_object_versions(Bucket=VERSIONED, Prefix=store.settings.prefix)["Versions"]) == 1


def test_deleting_leaves_no_version(gateway: Server) -> None:
    store = gateway.store(VERSIONED)
    for data in (b"one", b"two"):
        store.put("a/b", data)
    store.delete("a/b")
    left = gateway.client().list_object_versions(Bucket=VERSIONED, Prefix=store.settings.prefix)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")
