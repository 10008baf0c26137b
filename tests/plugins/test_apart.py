"""Programs that read what strangers made: whatever one does, its caller gets a whole answer in time, or `Refused`."""

from __future__ import annotations

import sys
import time

import pytest

from plugins import apart
from plugins.apart import Refused, run_apart


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that is run is a piece of code."""
    monkeypatch.setattr(apart, "program", lambda text: [sys.executable, "-I", "-c", text])


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize(
    "text", ["import sys; sys.stdout.write(str(len(sys.stdin.read())))", "print(3_000_000, end='')"]
)
def test_an_answer_comes_whole_whether_the_data_are_read_or_not(text: str) -> None:
    assert run_apart(text, [], b"x" * 3_000_000, 20) == b"3000000"


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize(
    "text",
    ["while True: pass", "import os; print('half', flush=True); os.abort()", "print('half'); raise SystemExit(1)"],
)
def test_no_end_a_crash_or_an_error_is_no_answer(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(Refused):
        run_apart(text, [], b"x" * 3_000_000, 0.2 if "while" in text else 20)
    assert time.monotonic() - start < 10


@pytest.mark.usefixtures("code")
def test_an_answer_without_end_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    monkeypatch.setattr(apart, "MOST", 1_000_000)
    with pytest.raises(Refused):
        run_apart(endless, [], b"", 20)
    with pytest.raises(Refused):
        run_apart("print('x' * 1_000_000)", [], b"", 20)  # and the end of its line: one too many
    assert len(run_apart("print('x' * 999_999)", [], b"", 20)) == 1_000_000
