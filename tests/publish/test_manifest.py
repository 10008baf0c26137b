"""Manifests: round trips, identity, and every way in which one can lie."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish import manifest as module
from publish.errors import ReleaseError
from publish.manifest import Encoding, FileEntry, Manifest, check_no_overlap, parse_manifest
from publish.media import MEDIA_TYPES, is_text
from publish.strict_json import Malformed
from tests.publish.trees import NOW

DIGEST = "ab" * 32
digests = st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)
sizes = st.integers(min_value=0, max_value=module.MAX_SIZE)
segments = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
paths = st.builds(
    lambda folders, stem, end: "/".join([*folders, f"{stem}.{end}"]),
    st.lists(segments, max_size=3),
    segments,
    st.sampled_from(sorted(MEDIA_TYPES)),
)


@st.composite
def entries(draw: st.DrawFn, path: str) -> FileEntry:
    kind = MEDIA_TYPES[path.rsplit(".", 1)[-1]]
    codings = draw(st.sets(st.sampled_from(["br", "gzip"]))) if is_text(kind) else set()
    encodings = {coding: Encoding(draw(digests), draw(sizes)) for coding in sorted(codings)}
    return FileEntry(draw(digests), draw(sizes), kind, MappingProxyType(encodings))


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    files = {path: draw(entries(path)) for path in sorted(draw(st.sets(paths, max_size=6)))}
    name = draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30))
    built = NOW + timedelta(seconds=draw(st.integers(0, 10**8)))
    return Manifest(draw(st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)), name, built, "0.1.0", files)


@given(manifests())
def test_what_is_written_is_read_back(manifest: Manifest) -> None:
    found = parse_manifest(manifest.to_json(), site=manifest.site, release=manifest.id)
    assert found == manifest
    assert found.to_json() == manifest.to_json()


@given(manifests(), manifests())
def test_the_id_is_that_of_the_content(one: Manifest, two: Manifest) -> None:
    same = (one.site, one.name, dict(one.files)) == (two.site, two.name, dict(two.files))
    assert (one.id == two.id) is same


def test_moment_and_version_do_not_change_the_id() -> None:
    one, two = manifest(), Manifest("fessart", "Fessart", NOW + timedelta(days=3), "9.9", manifest().files)
    assert one.id == two.id
    assert one.to_json() != two.to_json()


def manifest() -> Manifest:
    page = FileEntry(DIGEST, 1234, MEDIA_TYPES["html"], MappingProxyType({"br": Encoding("cd" * 32, 300)}))
    photo = FileEntry("ef" * 32, 99, MEDIA_TYPES["webp"])
    return Manifest("fessart", "Fessart", NOW, "0.1.0", {"index.html": page, "photos/a1-480.webp": photo})


def test_counts() -> None:
    photo = FileEntry("ef" * 32, 99, MEDIA_TYPES["webp"])
    files = {**manifest().files, "photos/a1-960.webp": photo, "photos/b2-480.webp": photo}
    found = Manifest("fessart", "Fessart", NOW, "0.1.0", files)
    assert (found.pages, found.photos, found.size) == (1, 2, 1234 + 3 * 99)
    assert found.digests() == {DIGEST, "cd" * 32, "ef" * 32}


Change = Callable[[dict[str, Any]], Any]


def page(raw: dict[str, Any]) -> dict[str, Any]:
    return raw["files"]["index.html"]


def renamed(path: str) -> Change:
    return lambda raw: raw["files"].__setitem__(path, raw["files"].pop("index.html"))


HOSTILE: dict[str, Change] = {
    "parent folder": renamed("../index.html"),
    "hidden parent": renamed("a/../index.html"),
    "ends in dots": renamed("plan/.."),
    "absolute": renamed("/index.html"),
    "NUL": renamed("index\0.html"),
    "upper case": renamed("Index.html"),
    "percent": renamed("%2e%2e/index.html"),
    "backslash": renamed("a\\index.html"),
    "empty": renamed(""),
    "a folder": renamed("plan/"),
    "half a surrogate": renamed("\ud800.html"),
    "unknown type": renamed("index.exe"),
    "no extension": renamed("index"),
    "type of another file": lambda raw: page(raw).update(type="text/css; charset=utf-8"),
    "invented type": lambda raw: page(raw).update(type="text/html"),
    "digest too short": lambda raw: page(raw).update(sha256="ab"),
    "digest in upper case": lambda raw: page(raw).update(sha256="AB" * 32),
    "digest with a path": lambda raw: page(raw).update(sha256="../" + "a" * 61),
    "negative size": lambda raw: page(raw).update(size=-1),
    "size as a text": lambda raw: page(raw).update(size="12"),
    "size as a truth": lambda raw: page(raw).update(size=True),
    "immense size": lambda raw: page(raw).update(size=10**40),
    "fraction": lambda raw: page(raw).update(size=1.5),
    "unknown coding": lambda raw: page(raw)["encodings"].update(zstd={"sha256": DIGEST, "size": 1}),
    "coded photo": lambda raw: raw["files"]["photos/a1-480.webp"]["encodings"].update(br={"sha256": DIGEST, "size": 1}),
    "codings as a list": lambda raw: page(raw).update(encodings=[]),
    "one key more": lambda raw: page(raw).update(mode=777),
    "one key less": lambda raw: page(raw).pop("size"),
    "files as a list": lambda raw: raw.update(files=[]),
    "another format": lambda raw: raw.update(format=2),
    "no format": lambda raw: raw.pop("format"),
    "unknown key": lambda raw: raw.update(admin=True),
    "another site": lambda raw: raw.update(site="escudier"),
    "no slug": lambda raw: raw.update(site="../escudier"),
    "no zone": lambda raw: raw.update(built="2022-11-09T09:00:00"),
    "no moment": lambda raw: raw.update(built="hier"),
    "control character": lambda raw: raw.update(name="Fes\nsart"),
    "file below a file": lambda raw: raw["files"].update({"index.html/a.html": page(raw)}),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_manifest_is_refused(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.loads(manifest().to_json())
    change(raw)
    # The liar made the id fit its content: every other check must hold alone.
    monkeypatch.setattr(Manifest, "id", property(lambda self: "0" * 32))
    with pytest.raises(ReleaseError, match="damaged"):
        parse_manifest(json.dumps(raw).encode(), site="fessart", release="0" * 32)


def test_the_untouched_manifest_passes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Manifest, "id", property(lambda self: "0" * 32))
    assert parse_manifest(manifest().to_json(), site="fessart", release="0" * 32).name == "Fessart"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b'{"format":1,"format":1}',
        b'{"format":NaN}',
        b"[" * 100_000,
        b'{"format":' + b"9" * 10_000 + b"}",
    ],
    ids=["empty", "null", "list", "cut", "bytes", "twice", "NaN", "deep", "digits"],
)
def test_bytes_that_are_no_manifest_are_refused(data: bytes) -> None:
    with pytest.raises(ReleaseError, match="damaged"):
        parse_manifest(data, site="fessart", release="0" * 32)


@given(st.data())
def test_a_cut_manifest_is_refused(data: st.DataObject) -> None:
    whole = manifest().to_json()
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(ReleaseError):
        parse_manifest(cut, site="fessart", release=manifest().id)


def test_a_changed_byte_does_not_keep_the_id() -> None:
    raw = json.loads(manifest().to_json())
    raw["files"]["index.html"]["sha256"] = "12" * 32
    with pytest.raises(ReleaseError) as caught:
        parse_manifest(json.dumps(raw).encode(), site="fessart", release=manifest().id)
    assert "does not give its id" in str(caught.value.__cause__)


def test_a_bad_path_passes_once_the_check_is_patched_away(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.loads(manifest().to_json())
    renamed("../index.html")(raw)
    data = json.dumps(raw).encode()
    monkeypatch.setattr(Manifest, "id", property(lambda self: "0" * 32))
    with pytest.raises(ReleaseError):
        parse_manifest(data, site="fessart", release="0" * 32)
    monkeypatch.setattr(module, "is_file_path", lambda path: True)
    assert "../index.html" in parse_manifest(data, site="fessart", release="0" * 32).files


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = manifest().to_json()
    monkeypatch.setattr(module, "MAX_FILES", 1)
    with pytest.raises(ReleaseError) as caught:
        parse_manifest(data, site="fessart", release=manifest().id)
    assert "2 files" in str(caught.value.__cause__)
    monkeypatch.setattr(module, "MAX_MANIFEST", 100)
    with pytest.raises(ReleaseError) as caught:
        parse_manifest(data, site="fessart", release=manifest().id)
    assert "more than 100" in str(caught.value.__cause__)


def test_overlap() -> None:
    check_no_overlap({"a": 1, "b/c": 1, "b/d": 1})
    with pytest.raises(Malformed):
        check_no_overlap({"a": 1, "a/b/c": 1})


def test_moments_keep_their_zone() -> None:
    found = parse_manifest(manifest().to_json(), site="fessart", release=manifest().id)
    assert found.built == NOW
    assert isinstance(found.built, datetime)
    assert found.built.utcoffset() == timedelta(hours=1)
