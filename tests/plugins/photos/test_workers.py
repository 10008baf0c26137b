from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from plugins.errors import ContentError, LeakError
from plugins.photos import worker, workers
from plugins.photos.cache import Cache
from plugins.photos.ready import Wanted
from plugins.photos.recipe import Recipe
from plugins.photos.source import DAMAGED, MISSING
from plugins.photos.treatment import Box, Treatment
from plugins.photos.workers import Ready, Workers
from tests.plugins.photos import pictures
from tests.project import ROOT

CRASHING = """
import os, sys
sys.path.insert(0, os.getcwd())
from plugins.photos import imaging, worker
whole = imaging.render
def render(data, file, *rest):
    if file == "trap":
        os.kill(os.getpid(), 11)
    if file == "liar":
        sys.stdout.write('{"is": "refused", "problems": [{"message": "{secret}", "values": {}}]}' + chr(10))
        sys.stdout.flush()
    if file == "endless":
        sys.stdout.write("x" * 70000)
        sys.stdout.flush()
    return whole(data, file, *rest)
imaging.render = render
worker.main(sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(pictures.encoded(pictures.corners(90, 60), "PNG"))
    return tmp_path / "a.png"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Workers]:
    with Workers(tmp_path / "cache", 2) as team:
        yield team


def wanted(path: Path, file: str = "a.png") -> Wanted:
    return Wanted(path.parent, path, file)


def test_photos_are_made_by_processes_that_last(photo: Path, team: Workers) -> None:
    blurred = Wanted(photo.parent, photo, "a.png", Treatment((Box(0, 0, 9, 9),)), Recipe(bounds=(30, 60, 90)))
    outcomes = dict(team.make([wanted(photo), blurred, wanted(photo.parent / "b.png", "b.png")]))
    assert len(team._all) == 2
    cache = Cache(team.cache, time.time)
    plain = outcomes[wanted(photo)]
    assert isinstance(plain, Ready)
    assert plain.made
    other = outcomes[blurred]
    assert isinstance(other, Ready)
    assert [stored.width for stored in cache.load(other.key).files] == [30, 60, 90] * 2  # type: ignore[union-attr]
    missing = outcomes[wanted(photo.parent / "b.png", "b.png")]
    assert isinstance(missing, ContentError)
    assert (missing.problems[0].file, missing.problems[0].message) == ("b.png", MISSING)
    processes = [member.process for member in team._all]
    assert list(team.make([wanted(photo)])) == [(wanted(photo), Ready(plain.key, made=False))]
    assert [member.process for member in team._all] == processes


@pytest.fixture
def unsafe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers in which some photos take over, or end, their process."""
    start = subprocess.Popen

    def starting(command: list[str], **settings: object) -> object:
        return start([sys.executable, "-c", CRASHING], cwd=ROOT, **settings)  # type: ignore[call-overload]

    monkeypatch.setattr("plugins.photos.workers.subprocess.Popen", starting)


@pytest.mark.parametrize("file", ["trap", "liar", "endless"])
def test_a_photo_that_ends_or_takes_over_its_process_is_a_damaged_photo(
    unsafe: None, photo: Path, team: Workers, file: str
) -> None:
    (photo.parent / "b.png").write_bytes(pictures.encoded(pictures.corners(91, 60), "PNG"))
    photos = [wanted(photo, file), wanted(photo.parent / "b.png")]
    outcomes = dict(team.make(photos))
    refused = outcomes[photos[0]]
    assert isinstance(refused, ContentError)
    assert [problem.message for problem in refused.problems] == [DAMAGED]
    assert isinstance(outcomes[photos[1]], Ready)
    assert isinstance(dict(team.make([wanted(photo)]))[wanted(photo)], Ready)


def test_a_real_file_that_crashes_its_decoder_is_a_damaged_photo(tmp_path: Path, team: Workers) -> None:
    whole = (pictures.SAMPLES / "portrait.heic").read_bytes()
    (tmp_path / "a.heic").write_bytes(whole[:244] + b"\x63\xc3\x3c" + whole[247:])
    ((_, outcome),) = team.make([wanted(tmp_path / "a.heic")])
    assert isinstance(outcome, ContentError)
    assert outcome.problems[0].message == DAMAGED


def test_a_cache_that_can_t_be_written_is_no_photo_s_fault(photo: Path) -> None:
    (photo.parent / "cache").write_text("a file")
    with Workers(photo.parent / "cache", 1) as team:
        ((_, outcome),) = team.make([wanted(photo)])
    assert isinstance(outcome, OSError)


def test_every_outcome_is_an_answer(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = worker.order_of(wanted(photo), photo.parent / "cache")
    for raised, said in ((LeakError([]), "leak"), (OSError(28, "full"), "fault"), (ZeroDivisionError(), "error")):

        def failing(*_: object, fault: Exception = raised) -> object:
            raise fault

        monkeypatch.setattr(worker, "make_ready", failing)
        assert worker.answer_to(order, lambda _: None)["is"] == said
        outcome = workers._outcome(worker.answer_to(order, lambda _: None), wanted(photo))
        assert type(outcome).__name__ == {"leak": "LeakError", "fault": "OSError", "error": "RuntimeError"}[said]


def test_memory_is_shared_out_before_pixels_are_decoded(
    tmp_path: Path, team: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_bytes(pictures.encoded(pictures.corners(100 + number, 90), "PNG"))
    most: list[int] = []
    let_go = Workers._let_go

    def watching(self: Workers, asking: object) -> None:
        let_go(self, asking)  # type: ignore[arg-type]
        most.append(sum(member.planned > 0 for member in self._all))

    monkeypatch.setattr(Workers, "_let_go", watching)
    monkeypatch.setattr(workers, "MEMORY_EACH", 1)  # room for one at a time, whatever it takes
    assert all(isinstance(outcome, Ready) for _, outcome in team.make(map(wanted, paths)))
    assert max(most) == 1
    most.clear()
    monkeypatch.setattr(workers, "MEMORY_EACH", 10**9)
    for number, path in enumerate(paths):  # large enough that one is not done before the other begins
        path.write_bytes(pictures.encoded(pictures.textured(1600 + number, 1200), "PNG"))
    assert all(isinstance(outcome, Ready) for _, outcome in team.make(map(wanted, paths)))
    assert max(most) == 2


def test_a_worker_whose_command_is_gone_ends(photo: Path) -> None:
    program = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from plugins.photos.ready import Wanted
        from plugins.photos.workers import Workers
        photo = Path(sys.argv[1])
        team = Workers(photo.parent / "cache", 1)
        list(team.make([Wanted(photo.parent, photo, "a")]))
        print(team._all[0].process.pid, flush=True)
        os.kill(os.getpid(), 9)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(photo)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    with contextlib.suppress(ProcessLookupError):  # gone already
        ends = os.pidfd_open(int(done.stdout))
        assert select.select([ends], [], [], 30) == ([ends], [], [])
        os.close(ends)


def test_ctrl_c_waits_for_the_photo_in_hand_and_drops_the_queue(photo: Path) -> None:
    paths = [photo]
    for number in range(20):
        paths.append(photo.parent / f"{number}.png")
        paths[-1].write_bytes(pictures.encoded(pictures.corners(80 + number, 60), "PNG"))
    folder = photo.parent / "cache"
    members: list[subprocess.Popen[bytes]] = []

    def interrupted() -> None:
        with Workers(folder, 2) as team:
            for _ in team.make(map(wanted, paths)):
                members.extend(member.process for member in team._all)
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(members) == 2
    assert all(member.poll() == 0 for member in members)
    assert 1 <= len(list(folder.glob("??/[0-9a-f]*"))) < 6
    assert list(folder.glob("??/.part-*")) == []


def test_a_worker_s_limits(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr("plugins.photos.worker.resource.setrlimit", lambda which, to: set_to.update({which: to}))
    monkeypatch.setattr("plugins.photos.worker.signal.signal", lambda *_: None)
    order = worker.order_of(wanted(photo), photo.parent / "cache")
    answers = BytesIO()
    worker.main(BytesIO(json.dumps(order).encode() + b'\n"go"\n'), answers)
    assert b'"is": "ready"' in answers.getvalue()
    assert set_to[resource.RLIMIT_CORE][0] == 0
    assert set_to[resource.RLIMIT_AS][0] == worker.MEMORY
    assert 60 < set_to[resource.RLIMIT_CPU][0] < 10_000


def test_a_name_that_is_no_text_is_a_photo_like_another(photo: Path, team: Workers) -> None:
    odd = Path(os.fsdecode(os.fsencode(photo.parent) + b"/\xe9t\xe9.png"))
    odd.write_bytes(photo.read_bytes())
    ((_, outcome),) = team.make([wanted(odd)])
    assert isinstance(outcome, Ready)
    assert stat.S_IMODE(team.cache.stat().st_mode) == 0o700
