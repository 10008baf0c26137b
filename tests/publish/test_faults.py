"""What goes wrong in a publication: the old site is still read, the message is clear, the next run completes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from publish import strict_json
from publish.errors import HeadTaken, ReleaseError, StoreError
from publish.heads import current, read_head, read_head_number
from publish.history import releases
from publish.layout import blob_key, release_key, series_key
from publish.manifest import MAX_FILES, Manifest
from publish.publication import publish
from publish.series import numbers
from publish.stores import Store, s3_errors
from publish.stores.folder import FolderStore
from tests.project import ROOT
from tests.publish.stores.memory import MemoryStore
from tests.publish.stores.proxy import CUT, HALF, LOST, PASS, Request, proxying
from tests.publish.stores.seaweed import Server
from tests.publish.trees import NOW, SITE, release, write_tree


def go(store: Store, tree: Path, by: str = "camille") -> None:
    publish(store, release(tree), now=NOW, by=by)


def read_whole(store: Store) -> Manifest:
    """As a gateway reads: the head, its manifest, every byte against its digest. Anything mixed or missing fails."""
    found = current(store, "fessart")
    assert found is not None
    for entry in found[1].files.values():
        for digest in entry.digests():
            data = store.get(blob_key("fessart", digest))
            assert data is not None
            assert hashlib.sha256(data).hexdigest() == digest
    return found[1]


def kill_and_read(store: Store, place: str, one: Path, two: Path, kills: int) -> None:
    """Kill publications at random moments, and read the site all the while.

    Arguments:
        place: of the store, as `tests.publish.killing` takes it.
    """
    go(store, one)
    known = [release(one).manifest, release(two).manifest]
    command = [sys.executable, "-m", "tests.publish.killing", place, str(one), str(two), str(kills), "7"]
    seen = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as killing:
        while killing.poll() is None or not seen:
            assert read_whole(store) in known
            seen += 1
        output, errors = killing.communicate()
    assert killing.returncode == 0, errors
    assert int(output.split()[0]) == kills
    assert seen > 1
    history = numbers(store, "fessart", "heads")
    assert history == list(range(1, len(history) + 1))


@pytest.mark.parametrize("kills", [40, pytest.param(200, marks=pytest.mark.long)])
def test_kills_at_random_moments_never_show_a_broken_site(tmp_path: Path, one: Path, two: Path, kills: int) -> None:
    store = FolderStore(tmp_path / "store")
    kill_and_read(store, str(store.root), one, two, kills)


@pytest.mark.long
def test_kills_on_s3(s3: Server, one: Path, two: Path) -> None:
    store = s3.store()
    place = f"s3:{store.settings.endpoint} {store.settings.bucket} {store.settings.prefix}"
    kill_and_read(store, place, one, two, 40)


def linear(store: Store, trees: list[Path]) -> None:
    """Eight publishers at once, each trying again while another was first."""

    def persist(number: int) -> int:
        for refused in range(200):
            try:
                go(store, trees[number], by=f"p{number}")
            except HeadTaken:
                continue
            return refused
        raise AssertionError("never published")

    with ThreadPoolExecutor(len(trees)) as pool:
        refused = list(pool.map(persist, range(len(trees))))
    history = numbers(store, "fessart", "heads")
    assert history == list(range(1, len(trees) + 1)), f"a hole, or one lost ({refused})"
    heads = [read_head_number(store, "fessart", number) for number in history]
    assert {head.by for head in heads} == {f"p{number}" for number in range(len(trees))}
    assert {head.release for head in heads} == {release(tree).manifest.id for tree in trees}
    assert all(row.problem is None for row in releases(store, "fessart"))
    for head in heads:
        manifest = next(row.manifest for row in releases(store, "fessart") if row.head == head)
        assert manifest is not None
        assert all(store.exists(blob_key("fessart", digest)) for digest in manifest.digests())


def eight(tmp_path: Path) -> list[Path]:
    return [write_tree(tmp_path / f"t{n}", {**SITE, "index.html": b"<p>%d</p>" % n * 99}) for n in range(8)]


def test_eight_publishers_in_a_folder_make_one_history(tmp_path: Path) -> None:
    linear(FolderStore(tmp_path / "store"), eight(tmp_path))


def test_eight_publishers_on_s3_make_one_history(tmp_path: Path, s3: Server) -> None:
    linear(s3.store(), eight(tmp_path))


def fail_from(s3: Server, one: Path, two: Path, fault: str | int, every: bool) -> None:
    """The service fails from one request on: the first, one halfway, the last; or each in turn."""
    settings = s3.settings()
    with proxying(s3.endpoint) as counting:
        go(counting.store(settings), one)
        before = len(counting.asked)
        go(counting.store(settings), two)
        total = len(counting.asked) - before
    direct = s3.store()
    go(direct, one)
    first, second = release(one).manifest, release(two).manifest
    for start in range(1, total + 1) if every else (1, total // 2, total):

        def rule(request: Request, start: int = start) -> str | int:
            return fault if request.rank >= start else PASS

        with (
            proxying(s3.endpoint, rule=rule) as proxy,
            pytest.raises(StoreError, match=r"run the same command|taken|same moment"),
        ):
            go(proxy.store(direct.settings), two)
        seen = read_whole(direct)
        # Only a lost answer can leave the new head behind: it was written, and nobody could say so.
        assert seen == first or (fault == LOST and seen == second)
        if seen == second:
            break
    go(direct, two)
    assert read_whole(direct) == second


@pytest.mark.parametrize("fault", [500, 503, CUT, HALF, LOST])
def test_a_service_that_fails_from_a_request_on(s3: Server, one: Path, two: Path, fault: str | int) -> None:
    fail_from(s3, one, two, fault, every=False)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("ExpiredToken", s3_errors.EXPIRED_KEY),
        ("InvalidAccessKeyId", s3_errors.WRONG_KEY),
        ("RequestTimeTooSkewed", s3_errors.WRONG_CLOCK),
        ("NoSuchBucket", s3_errors.NO_BUCKET),
        (403, s3_errors.REFUSED),
        (507, s3_errors.FULL),
    ],
)
def test_a_service_that_refuses_in_the_middle(s3: Server, one: Path, two: Path, fault: str | int, message: str) -> None:
    direct = s3.store()
    go(direct, one)
    for method, allowed in (("GET", 0), ("PUT", 0), ("PUT", 2)):

        def rule(request: Request, method: str = method, allowed: int = allowed) -> str | int:
            earlier = sum(asked.method == method for asked in proxy.asked)
            return fault if request.method == method and earlier > allowed else PASS

        with proxying(s3.endpoint, rule=rule) as proxy, pytest.raises(StoreError) as caught:
            go(proxy.store(direct.settings), two)
        assert caught.value.message == message
        assert read_whole(direct) == release(one).manifest
    go(direct, two)
    assert read_whole(direct) == release(two).manifest


@pytest.mark.long
@pytest.mark.parametrize("fault", [500, 503, CUT, HALF, LOST])
def test_a_service_that_fails_from_every_request_on(s3: Server, one: Path, two: Path, fault: str | int) -> None:
    fail_from(s3, one, two, fault, every=True)


def test_requests_that_fail_now_and_then_change_nothing(s3: Server, one: Path, two: Path) -> None:
    faults: list[str | int] = [500, CUT, 503, HALF]

    def rule(request: Request) -> str | int:
        return faults[request.rank // 3 % 4] if request.rank % 3 == 0 else PASS

    with proxying(s3.endpoint, rule=rule) as proxy:
        store = proxy.store(s3.settings())
        go(store, one)
        go(store, two)
        assert read_whole(s3.store(prefix=store.settings.prefix)) == release(two).manifest


def forged(manifest: Manifest, files: dict[str, object]) -> tuple[str, bytes]:
    """A manifest whose id is right for what it holds."""
    content = {"site": manifest.site, "name": manifest.name, "files": files}
    number = hashlib.sha256(strict_json.dump(content)).hexdigest()[:32]
    rest = {"format": 1, "built": manifest.built.isoformat(), "version": manifest.version}
    return number, strict_json.dump({**content, **rest})


ENTRY = {"sha256": "0" * 64, "size": 1, "type": "text/html", "encodings": {}}


@pytest.mark.parametrize(
    "paths",
    [
        ["../index.html"], ["a/../../index.html"], ["/etc/index.html"], ["index.html\0"], ["a\\b.html"], ["A.html"],
        ["a//b.html"], [".html/x.html"], ["a.html", "a.html/b.html"], ["x" * 600 + ".html"], ["%2e%2e/a.html"],
        [f"{number}.html" for number in range(MAX_FILES + 1)],
        pytest.param([f"{number}.html" for number in range(1_000_000)], marks=pytest.mark.long),
    ],
    ids=lambda paths: paths[0][:20] if len(paths) < 9 else str(len(paths)),
)  # fmt: skip
def test_a_hostile_manifest_is_refused_whole(one: Path, two: Path, paths: list[str]) -> None:
    store = MemoryStore()
    go(store, one)
    number, data = forged(release(one).manifest, dict.fromkeys(paths, ENTRY))
    store.put(release_key("fessart", number), data)
    head = json.loads(store.objects[series_key("fessart", "heads", 1)])
    store.put(series_key("fessart", "heads", 2), strict_json.dump({**head, "release": number}))
    with pytest.raises(ReleaseError, match="damaged"):
        current(store, "fessart")
    go(store, two)
    assert read_whole(store) == release(two).manifest, "and the next publication mends it"


@pytest.mark.parametrize("damage", ["cut", "gone", "head to nothing"])
def test_a_damaged_release_in_force_is_said_and_mended(one: Path, two: Path, damage: str) -> None:
    store = MemoryStore()
    go(store, one)
    manifest = release(one).manifest
    key = release_key("fessart", manifest.id)
    if damage == "cut":
        store.put(key, store.objects[key][:-40])
    elif damage == "gone":
        store.delete(key)
    else:
        head = json.loads(store.objects[series_key("fessart", "heads", 1)])
        store.put(series_key("fessart", "heads", 2), strict_json.dump({**head, "release": "0" * 32}))
    with pytest.raises(ReleaseError, match=r"damaged|missing"):
        current(store, "fessart")
    go(store, two)
    assert read_whole(store) == release(two).manifest
    assert read_head(store, "fessart") is not None
