"""What a later version of Préau wrote is refused, told as such and left as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from publish import history
from publish.doctor.versions import examine_versions
from publish.errors import NewerError, ReleaseError
from publish.heads import Head, current
from publish.history import rollback
from publish.integrity import examine
from publish.language import translate_to
from publish.layout import condemned_key, release_key, series_key
from publish.prune import prune
from publish.publication import Publication, publish
from publish.stores.folder import FolderStore
from tests.publish.test_cli import said
from tests.publish.test_releases_command import place_of
from tests.publish.trees import NOW, release


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def put_in_force(store: FolderStore, tree: Path) -> Publication:
    return publish(store, release(tree), now=NOW, by="camille")


def later_head(store: FolderStore, number: int = 2) -> str:
    """A head as a later version may write it, after the last one; its key."""
    key, before = (series_key("fessart", "heads", each) for each in (number, number - 1))
    table = json.loads(store.get(before) or b"")
    store.put(key, json.dumps({**table, "later": 1}).encode())
    return key


def test_what_a_later_version_wrote_is_not_called_damaged(store: FolderStore, one: Path, two: Path) -> None:
    put_in_force(store, one)
    key = later_head(store)
    said: list[str] = []
    for call in (lambda: current(store, "fessart"), lambda: put_in_force(store, two)):
        with pytest.raises(NewerError) as caught:
            call()
        assert key in str(caught.value)
        said.append(caught.value.text(translate_to("fr")))
        assert "version plus récente" in said[-1]
        assert "rollback" not in f"{said[-1]} {caught.value}"
    assert [finding.text(translate_to("fr")) for finding in examine_versions(store)] == said[:1] == said[1:]
    assert store.get(series_key("fessart", "heads", 3)) is None
    with pytest.raises(NewerError):
        examine(store, "fessart")
    store.put(key, b'{"release": "x", "later": 1}')
    with pytest.raises(ReleaseError, match="damaged"):
        current(store, "fessart")


def test_a_manifest_of_a_later_version_is_not_written_over(store: FolderStore, one: Path, two: Path) -> None:
    done = put_in_force(store, one)
    key = release_key("fessart", done.head.release)
    later = (store.get(key) or b"").replace(b'"format":1', b'"format":2')
    store.put(key, later)
    for tree in (one, two):
        with pytest.raises(NewerError):
            put_in_force(store, tree)
    assert store.get(key) == later


@pytest.mark.parametrize("what", ["head", "manifest"])
def test_a_rollback_replaces_nothing_of_a_later_version(
    store: FolderStore, one: Path, two: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(store, one)
    done = put_in_force(store, two)
    key, number = release_key("fessart", done.head.release), 3
    if what == "head":
        key, number = later_head(store, 3), 4
    else:
        store.put(key, (store.get(key) or b"").replace(b'"format":1', b'"format":2'))

    def go_back() -> Head:
        return rollback(store, "fessart", to=release(one).manifest.id, now=NOW, by="ville")

    with pytest.raises(NewerError) as caught:
        go_back()
    assert caught.value.values["key"] == key
    assert not store.exists(series_key("fessart", "heads", number))

    def skipped(read: Callable[..., Head], *what: object) -> Head | None:
        try:
            return read(*what)
        except ReleaseError:
            return None

    monkeypatch.setattr(history, "_unless_damaged", skipped)
    assert go_back().number == number, "nothing else keeps it"


def test_a_head_for_another_reason_is_a_later_version_s(store: FolderStore, one: Path) -> None:
    put_in_force(store, one)
    key = series_key("fessart", "heads", 1)
    head = json.loads(store.get(key) or b"")
    store.put(key, json.dumps({**head, "why": "trial"}).encode())
    with pytest.raises(NewerError):
        current(store, "fessart")
    store.put(key, json.dumps({**head, "why": "trial", "by": 1}).encode())
    with pytest.raises(ReleaseError, match="damaged"):
        current(store, "fessart")


def test_the_list_of_a_later_prune_is_not_to_be_removed(store: FolderStore, one: Path) -> None:
    put_in_force(store, one)
    key = condemned_key("fessart")
    store.put(key, b'{"format":2,"since":{},"later":1}')
    with pytest.raises(NewerError) as caught:
        prune(store, "fessart", NOW)
    assert "supprimez" not in caught.value.text(translate_to("fr"))
    store.put(key, b'{"format":0,"since":{}}')
    with pytest.raises(ReleaseError, match="remove it"):
        prune(store, "fessart", NOW)


@pytest.mark.parametrize("what", ["head", "manifest"])
def test_every_command_tells_a_later_version_as_one(tmp_path: Path, what: str) -> None:
    place = place_of(tmp_path, "escudier", "fessart")
    older = json.loads(place.run("releases", "fessart", "--json").stdout)["releases"][0]["release"]
    key = release_key("fessart", older)
    if what == "head":
        later_head(place.store)
    else:
        place.store.put(key, (place.store.get(key) or b"").replace(b'"format":1', b'"format":2'))
    for command, code in (
        (("releases",), 0),
        (("releases", "fessart"), 0),
        (("diff", "fessart"), 1),
        (("export", "fessart", str(tmp_path / "copy")), 1),
        (("rollback", "fessart"), 1),
        (("verify",), 1),
    ):
        result = place.run(*command)
        text = said(result)
        assert result.exit_code == code, text
        assert "trop ancien" in text
        assert "preau rollback" not in text
        assert "abîmée" not in text
    told = json.loads(place.run("releases", "--json").stdout)["centres"][1]
    assert (told["site"], told["complete"]) == ("fessart", False)
    assert "trop ancienne" in told["problem"]
    verified = json.loads(place.run("verify", "--json").stdout)
    assert [site["site"] for site in verified["sites"]] == ["escudier"], "the other centre is read all the same"
    assert [site["site"] for site in verified["unread"]] == ["fessart"]
