"""Whatever way a text is saved, it is seen once it stands still; what editors leave beside it is not."""

from __future__ import annotations

import errno
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from plugins.preview.loader import Memory, load_preview
from publish.language import say
from publish.preview import watch as module
from publish.preview.current import Current, Shown
from publish.preview.making import Maker
from publish.preview.watch import look
from tests.plugins.making import CENTRE, NOW, fake_photo, make_content
from tests.plugins.preview.making import WAITING

SECONDS = 20
VISIBLE = "lilas/rappels/visible.md"
TEXT = str(WAITING[VISIBLE])


class Shelf:
    """What a workshop makes, without Pelican."""

    def __init__(self, site) -> None:
        self.site = site


class Workshop:
    def __init__(self, content: Path) -> None:
        self.content, self.memory = content, Memory()

    def make(self, now: datetime) -> Shelf:
        return Shelf(load_preview(self.content, "lilas", now, fake_photo, self.memory))


class Followed:
    """A preview that follows a content folder."""

    def __init__(self, content: Path, told: queue.Queue[Shown], clock: list[datetime]) -> None:
        self.content, self._told, self.clock = content, told, clock

    def next(self) -> Shown:
        return self._told.get(timeout=SECONDS)

    def until(self, wanted: Callable[[Shown], bool]) -> Shown:
        """The first state that is as wanted; a burst may be seen in more than one look."""
        while not wanted(shown := self.next()):
            pass
        return shown

    def titles(self, shown: Shown) -> set[str]:
        assert shown.shelf is not None
        return {post.title for post in shown.shelf.site.reminders}


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    monkeypatch.setattr("publish.preview.making.Shelf", Shelf)
    content = make_content(tmp_path / "content", WAITING)
    told: queue.Queue[Shown] = queue.Queue()
    clock = [NOW]

    def tell(current: Current, seconds: float) -> None:
        told.put(current.shown)

    folders = [content / "lilas", content / "ville"]
    maker = Maker(Workshop(content), content, folders, lambda: clock[0], say, tell)  # type: ignore[arg-type]
    stop = threading.Event()
    thread = threading.Thread(target=maker.work, args=(stop,))
    thread.start()
    found = Followed(content, told, clock)
    found.next()
    yield found
    stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_each_way_of_saving(followed: Followed) -> None:
    file = followed.content / VISIBLE
    file.write_text(TEXT.replace("En ce moment", "Sur place"))
    assert "Sur place" in followed.titles(followed.next())
    beside = file.with_name(".visible.md.swp")
    beside.write_text(TEXT.replace("En ce moment", "Par renommage"))
    beside.replace(file)
    assert "Par renommage" in followed.titles(followed.next())
    file.unlink()
    assert "Par renommage" not in followed.titles(followed.next())
    file.write_text(TEXT)
    assert "En ce moment" in followed.titles(followed.next())


def test_a_burst_and_a_folder_that_is_renamed(followed: Followed) -> None:
    for number in range(20):
        (followed.content / f"lilas/rappels/n{number}.md").write_text(TEXT.replace("En ce moment", f"Rappel {number}"))
    everything = {f"Rappel {number}" for number in range(20)}
    followed.until(lambda shown: bool(shown.shelf) and everything <= followed.titles(shown))
    folder = followed.content / "lilas"
    folder.rename(followed.content / "lilas-2")
    assert followed.until(lambda shown: bool(shown.problems)).problems[0].file == "lilas"
    (followed.content / "lilas-2").rename(folder)
    followed.until(lambda shown: not shown.problems)
    shutil.rmtree(folder)  # and made again elsewhere: the watch must follow
    followed.until(lambda shown: bool(shown.problems))
    make_content(followed.content, WAITING)
    shown = followed.until(lambda shown: not shown.problems)
    assert "Rappel 1" not in followed.titles(shown)


def test_a_mistake_is_told_with_its_line_and_mended(followed: Followed) -> None:
    file = followed.content / VISIBLE
    file.write_text(TEXT.replace("Jusqu'au", "Jusquau demain"))
    shown = followed.next()
    assert {(problem.file, problem.line, problem.text) for problem in shown.problems} >= {
        (VISIBLE, 3, "Jusquau demain: 2022-11-30")
    }
    assert "En ce moment" in followed.titles(shown)  # the last one without a mistake
    file.write_text(TEXT)
    assert followed.next().problems == ()
    toml = followed.content / "lilas/centre.toml"
    toml.write_text(CENTRE + "[[[")
    assert followed.next().problems[0].file == "lilas/centre.toml"
    toml.write_text(CENTRE)
    assert followed.next().problems == ()


class Finishing(threading.Event):
    """Something else happens whenever the maker waits."""

    def __init__(self, finish: Callable[[], object]) -> None:
        super().__init__()
        self._finish = finish

    def wait(self, timeout: float | None = None) -> bool:
        self._finish()
        return False


@pytest.mark.parametrize("finished", [True, False])
def test_a_half_written_file_is_no_mistake(finished: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish.preview.making.Shelf", Shelf)
    content = make_content(tmp_path, WAITING)
    folders, file = [content / "lilas"], content / VISIBLE
    maker = Maker(Workshop(content), content, folders, lambda: NOW, say, lambda current, seconds: None)  # type: ignore[arg-type]
    maker._made(threading.Event(), look(folders))
    first = maker.current.shown
    file.write_text("")  # as some programs begin
    stop = Finishing(lambda: finished and file.write_text(TEXT.replace("En ce moment", "Entier")))
    maker._made(stop, look(folders))
    shown = maker.current.shown
    assert shown.version != first.version
    assert bool(shown.problems) is not finished
    assert shown.shelf is not None
    assert ("Entier" in {post.title for post in shown.shelf.site.reminders}) is finished


def test_what_editors_leave_is_not_looked_at(tmp_path: Path) -> None:
    make_content(tmp_path, WAITING)
    before = look([tmp_path / "lilas"])
    for name in (".visible.md.swp", "visible.md~", "#visible.md#", "~$visible.md", ".DS_Store", "visible.md.tmp"):
        (tmp_path / "lilas/rappels" / name).write_text("x")
    assert look([tmp_path / "lilas"]) == before
    (tmp_path / "lilas/rappels/autre.md").write_text("x")
    assert look([tmp_path / "lilas"]) != before


def test_the_next_day_is_a_change_too(followed: Followed) -> None:
    followed.clock[0] = datetime(2022, 11, 13, 9, tzinfo=NOW.tzinfo)
    shown = followed.next()
    assert shown.shelf is not None
    assert "rappels/futur/" not in shown.shelf.site.marks


def test_a_share_that_tells_nothing_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no watch left")  # as many systems say

    monkeypatch.setattr(module, "watch", silent)
    monkeypatch.setattr(module, "LOOK_MILLISECONDS", 1)
    stop = threading.Event()
    looks = module.moments([tmp_path], stop)
    next(looks)
    next(looks)
    stop.set()
    assert list(looks) == []
