"""The edge of the command: an error is a sentence, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins import errors
from tests.publish.test_cli import Place, said

ORDER = "\x1b]0;titre\x07"
"""A terminal that is shown this takes another title."""


@pytest.fixture
def hostile(tmp_path: Path) -> Place:
    """Settings that somebody else wrote."""
    (tmp_path / "preau.toml").write_text('"\\u001b]0;titre\\u0007" = 1\n', "utf-8")
    return Place(tmp_path)


def test_what_an_error_quotes_gives_no_order_to_a_terminal(hostile: Place) -> None:
    result = hostile.run("releases")
    assert result.exit_code == 2
    assert "]0;titre" in result.output, "what was wrong is named all the same"
    assert said(result).replace("\n", "").isprintable()


def test_without_that_protection_it_would(hostile: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ORDER not in hostile.run("releases").output
    monkeypatch.setattr(errors, "visible", str)
    assert ORDER in hostile.run("releases").output
