from __future__ import annotations

import logging
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publish.errors import ServeError
from publish.gateway.journal import Journal

NOW = datetime(2022, 11, 9, 23, 59, 50, tzinfo=UTC)


class Watch:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_day_has_a_file_of_its_own_that_nobody_else_reads(tmp_path: Path) -> None:
    watch, folder = Watch(), tmp_path / "made" / "here"
    journal = Journal(folder, 6, watch)
    journal.write("a\n")
    watch.now += timedelta(seconds=20)
    journal.write("b\n")
    journal.write("c\n")
    journal.close()
    assert names(folder) == ["securite-2022-11-09.jsonl", "securite-2022-11-10.jsonl"]
    assert (folder / "securite-2022-11-10.jsonl").read_text() == "b\nc\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for line in "ab":
        journal = Journal(tmp_path, 6, Watch())
        journal.write(f"{line}\n")
        journal.close()
    assert (tmp_path / "securite-2022-11-09.jsonl").read_text() == "a\nb\n"


def test_what_is_older_than_the_city_says_is_forgotten_at_the_turn_of_a_day_and_nothing_else_is(tmp_path: Path) -> None:
    watch = Watch()
    for name in ("securite-2022-05-07.jsonl", "securite-2022-05-08.jsonl", "autre-2020-01-01.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    journal = Journal(tmp_path, 6, watch)  # 186 days back: 2022-05-07
    assert "securite-2022-05-07.jsonl" in names(tmp_path)
    watch.now += timedelta(seconds=20)
    journal.write("a\n")
    journal.close()
    assert names(tmp_path) == [
        "autre-2020-01-01.jsonl", "notes.txt", "securite-2022-05-08.jsonl", "securite-2022-11-09.jsonl",
        "securite-2022-11-10.jsonl",
    ]  # fmt: skip


def test_a_link_in_the_place_of_a_day_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "journal", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.touch()
    (folder / "securite-2022-11-09.jsonl").symlink_to(elsewhere)
    with pytest.raises(ServeError, match="security log"):
        Journal(folder, 6, Watch())
    assert elsewhere.read_bytes() == b""


def test_a_line_that_can_not_be_written_is_told_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path, 6, Watch())
    journal.close()
    with caplog.at_level(logging.ERROR):
        journal.write("secret\n")
    assert "a line is lost" in caplog.text
    assert "secret" not in caplog.text
