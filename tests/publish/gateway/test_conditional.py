"""Encodings and entity tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.gateway.conditional import choose_coding, etag, is_fresh

TAG = etag("ab" * 32)


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
    assert choose_coding(accept, ("br", "gzip")) == coding


def test_only_what_there_is() -> None:
    assert choose_coding("br", ("gzip",)) is None
    assert choose_coding("*", ()) is None


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", f'"x", {TAG}', f'W/"a,b" ,{TAG},', "*", " * ", f",, {TAG}"])
def test_fresh(header: str) -> None:
    assert is_fresh(header, TAG)


@pytest.mark.parametrize(
    "header",
    [None, "", '"x"', TAG.strip('"'), f"w/{TAG}", f"{TAG} x", f"x{TAG}", f"{TAG[:-1]}", f"*, {TAG}", TAG * 100],
)
def test_not_fresh(header: str | None) -> None:
    assert not is_fresh(header, TAG)


@given(st.text(), st.text())
def test_total(accept: str, tags: str) -> None:
    assert choose_coding(accept, ("br", "gzip")) in ("br", "gzip", None)
    assert is_fresh(tags, TAG) in (True, False)
