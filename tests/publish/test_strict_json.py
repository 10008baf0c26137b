"""JSON that is what it must be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish import strict_json
from publish.strict_json import Malformed, load

texts = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_round_trip(value: object) -> None:
    data = strict_json.dump(value)
    assert load(data, most=100_000) == value
    assert strict_json.dump(load(data, most=100_000)) == data


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_malformed(data: bytes) -> None:
    try:
        load(data, most=100)
    except Malformed:
        return
    data.decode()


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b"NaN", b"-Infinity", b"\xff", b"", b"[1,]", b"[" * 10_000])
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        load(data, most=100_000)


def test_length_is_bounded() -> None:
    assert load(b"[1]", most=3) == [1]
    with pytest.raises(Malformed):
        load(b"[1]", most=2)


@pytest.mark.parametrize(
    "check",
    [
        lambda: strict_json.table([], ("a",), "x"),
        lambda: strict_json.table({"a": 1, "b": 2}, ("a",), "x"),
        lambda: strict_json.table({}, ("a",), "x"),
        lambda: strict_json.mapping(1, "x"),
        lambda: strict_json.text(1, "x"),
        lambda: strict_json.text("a\nb", "x"),
        lambda: strict_json.text("\x7f", "x"),
        lambda: strict_json.text("\ud800", "x"),
        lambda: strict_json.text("a" * 501, "x"),
        lambda: strict_json.number("1", "x", most=9),
        lambda: strict_json.number(True, "x", most=9),
        lambda: strict_json.number(-1, "x", most=9),
        lambda: strict_json.number(10, "x", most=9),
        lambda: strict_json.texts("ab", "x"),
        lambda: strict_json.texts(["a", "a"], "x"),
        lambda: strict_json.texts(["a", 1], "x"),
        lambda: strict_json.texts(["a", "b"], "x", most=1),
    ],
)
def test_surprises_are_refused(check: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        check()
