"""Errors: sentences in the reader's language, and exit codes."""

from __future__ import annotations

import errno
import os
import pickle

import pytest

from publish import errors
from publish.errors import ConfigError, HeadTaken, PublishError, Reason, StoreError, cause_of


def upper(text: str) -> str:
    return text.upper().replace("{NAME}", "{name}").replace("{CAUSE}", "{cause}")


def test_fields_are_filled_after_translation() -> None:
    assert PublishError("no {name}", name="x{y}").text(upper) == "NO x{y}"


def test_reasons_are_indented_below() -> None:
    error = ConfigError(
        "bad {name}:", name="file", reasons=[Reason("one"), PublishError("two:", reasons=[Reason("in")])]
    )
    assert error.text(upper) == "BAD file:\n  ONE\n  TWO:\n    IN"
    assert str(error) == "bad file:\n  one\n  two:\n    in"


def test_a_field_that_is_a_sentence_is_translated_too() -> None:
    full = cause_of(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert (
        StoreError("no: {cause}", cause=full).text(upper)
        == "NO: THE DISK IS FULL; FREE SOME SPACE, THEN RUN THE SAME COMMAND AGAIN"
    )
    for rank in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
        assert "run the same command again" in cause_of(OSError(rank, os.strerror(rank))).text(str)
    rare = cause_of(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
    assert rare.text(str) == "No such device"


def test_a_reason_goes_from_process_to_process() -> None:
    reason = Reason("no: {cause}", {"cause": Reason("full")})
    assert pickle.loads(pickle.dumps(reason)).text(str) == "no: full"


@pytest.mark.parametrize(
    ("kind", "code"), [("PublishError", 1), ("ConfigError", 2), ("StoreError", 3), ("HeadTaken", 4), ("ServeError", 5)]
)
def test_exit_codes(kind: str, code: int) -> None:
    assert getattr(errors, kind).exit_code == code


def test_head_taken_is_a_store_s() -> None:
    assert issubclass(HeadTaken, StoreError)


def test_the_docstring_draws_every_class() -> None:
    kinds = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(name in (errors.__doc__ or "") for name in kinds)
