"""Encodings and entity tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.gateway.conditional import UNSATISFIABLE, byte_range, choose_coding, etag, is_fresh, is_same

TAG = etag("ab" * 32)
CODED = etag("ab" * 32, "br")


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, None),
        ("", None),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.5", "gzip"),
        ("br;q=1.000,gzip;q=1", "br"),
        ("*", "br"),
        ("*;q=0", None),
        ("*;q=0, gzip;q=0.2", "gzip"),
        ("br;q=2", None),
        ("br;q=x, gzip", "gzip"),
        ("br;level=3", None),
        ("identity", None),
        ("br ; q=0.5", "br"),
        ("brotli", None),
    ],
)
def test_the_coding(accept: str | None, coding: str | None) -> None:
    assert choose_coding(accept) == coding


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", f'"x", {TAG}', f'W/"a,b" ,{TAG},', "*", " * ", f",, {TAG}"])
def test_fresh(header: str) -> None:
    assert is_fresh(header, TAG)


@pytest.mark.parametrize(
    "header",
    [None, "", '"x"', TAG.strip('"'), f"w/{TAG}", f"{TAG} x", f"x{TAG}", f"{TAG[:-1]}", f"*, {TAG}", TAG * 100],
)
def test_not_fresh(header: str | None) -> None:
    assert not is_fresh(header, TAG)


@pytest.mark.parametrize("header", [CODED, CODED.removeprefix("W/"), f'"x", {CODED}', "*"])
def test_a_coded_form_is_fresh_by_its_weak_tag(header: str) -> None:
    assert is_fresh(header, CODED)


def test_each_coding_has_a_tag_of_its_own() -> None:
    tags = [TAG, CODED, etag("ab" * 32, "gzip")]
    assert CODED.startswith('W/"')
    for tag in tags:
        assert [other for other in tags if is_fresh(tag, other)] == [tag]


@given(st.text(), st.text())
def test_total(accept: str, tags: str) -> None:
    assert choose_coding(accept) in ("br", "gzip", None)
    assert is_fresh(tags, TAG) in (True, False)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-9", (0, 10)),
        ("Bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-900", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-900", (0, 100)),
        ("bytes=99-99", (99, 100)),
        ("bytes=100-", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes", None),
        ("lines=0-9", None),
        ("bytes=0-9,20-29", None),
        ("bytes=0-9,", None),
        ("bytes=+1-9", None),
        ("bytes=1_0-20", None),
        ("bytes=\u0661-9", None),
        ("bytes=0-" + "9" * 5_000, None),
    ],
)
def test_one_part_or_the_whole(asked: str, expected: object) -> None:
    assert byte_range(asked, 100) == expected


def test_a_part_of_other_bytes_is_never_given() -> None:
    assert is_same(None, '"a"')
    assert is_same('"a"', '"a"')
    assert not is_same('"b"', '"a"')
    assert not is_same('W/"a"', '"a"')
    assert not is_same("Wed, 09 Nov 2022 08:00:00 GMT", '"a"')
