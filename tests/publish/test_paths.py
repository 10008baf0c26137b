"""Slugs and paths: the grammar, and everything that is not it."""

from __future__ import annotations

import os.path
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.paths import MAX_PATH, MAX_SEGMENT, is_digest, is_file_path, is_path, is_release_id, is_slug

GRAMMAR = re.compile(r"([a-z0-9][a-z0-9._-]*/)*[a-z0-9._-]*")
NEAR = st.text(alphabet="ab0._-/.\\%A\0\n é:", max_size=24)

GOOD = ["", "index.html", "plan/", "plan/index.html", "photos/ab12-480.webp", "calendrier.ics", "a/b/c/d", "_x", "-x"]
BAD = [
    "/", "//", "a//b", "/a", ".", "..", "./a", "../a", "a/.", "a/..", "a/../b", "a/./b", "a/.b", ".a", ".htaccess",
    "_a/b", "-a/b", "A", "a/B", "é", "a b", "a\\b", "a%2e", "%2e%2e", "a;b", "a?b", "a#b", "a:b", "a\0", "a\n", "\n",
    "a/\n", "a" * (MAX_SEGMENT + 1), "/".join(["abc"] * 200), "ａ", "١",
]  # fmt: skip


@pytest.mark.parametrize("path", GOOD)
def test_a_path_of_the_grammar_passes(path: str) -> None:
    assert is_path(path)
    assert is_file_path(path) is (path != "" and not path.endswith("/"))


@pytest.mark.parametrize("path", BAD)
def test_any_other_path_is_refused(path: str) -> None:
    assert not is_path(path)
    assert not is_file_path(path)


@given(NEAR)
def test_what_passes_is_of_the_grammar_and_stays_inside(path: str) -> None:
    if is_path(path):
        assert GRAMMAR.fullmatch(path)
        assert len(path) <= MAX_PATH
        joined = os.path.normpath(f"/site/{path}")
        assert joined == "/site" or joined.startswith("/site/")
        assert joined == ("/site/" + path).rstrip("/"), "there is one way only to write a path"


@given(st.text(max_size=70))
def test_a_slug_is_of_its_grammar(text: str) -> None:
    assert is_slug(text) is bool(re.fullmatch(r"[a-z][a-z0-9-]{0,62}", text))


@pytest.mark.parametrize("text", ["fessart", "a", "maitre-jacques", "a" * 63])
def test_good_slugs(text: str) -> None:
    assert is_slug(text)


@pytest.mark.parametrize("text", ["", "-a", "1a", "A", "a_b", "a.b", "a/b", "a\n", "a" * 64, "..", "é"])
def test_bad_slugs(text: str) -> None:
    assert not is_slug(text)


def test_digests_and_ids() -> None:
    assert is_digest("0" * 64)
    assert is_release_id("f" * 32)
    for text in ("", "0" * 63, "0" * 65, "G" * 64, "F" * 64, "0" * 64 + "\n"):
        assert not is_digest(text)
    for text in ("", "0" * 31, "F" * 32, "0" * 32 + "\n"):
        assert not is_release_id(text)
