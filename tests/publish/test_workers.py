"""The server of centres' processes: killed, orphaned, interrupted, never started; no centre is lost by it."""

from __future__ import annotations

import errno
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fcntl import F_GETPIPE_SZ, fcntl, ioctl
from pathlib import Path
from termios import FIONREAD

import pytest

from publish import worker_server, workers
from publish.build import SETTINGS, BuildRequest, Silent, build_sites
from publish.errors import Reason
from publish.jobs import READY, Built, Failed, Job, Outcome
from publish.worker_server import Life
from publish.workers import Workers
from tests.publish.contents import write_content
from tests.publish.test_build import changed_settings, told
from tests.publish.trees import NOW


@pytest.fixture
def request_for(tmp_path: Path) -> BuildRequest:
    content = write_content(tmp_path / "content")
    return BuildRequest(content, tmp_path / "sites", tmp_path / "cache", NOW, 2)


def job(tmp_path: Path, slug: str = "fessart", **more: object) -> Job:
    made = Job(slug, tmp_path / "content", SETTINGS, tmp_path / "made" / slug, tmp_path / "cache", NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def problem(outcome: Outcome) -> Reason:
    assert isinstance(outcome, Failed)
    (found,) = outcome.problems
    assert isinstance(found, Reason)
    return found


ORPHAN = """
import os, signal, time
from pathlib import Path

HERE = Path({here!r})

def told(name):
    while not (HERE / name).exists():
        time.sleep(0.01)
    return (HERE / name).read_text()

def alive(pid):
    try:
        return Path(f"/proc/{{pid}}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

def first_to_write(name):
    mine = HERE / f"{{name}} {{os.getpid()}}"
    mine.write_text(str(os.getpid()))
    try:
        os.link(mine, HERE / name)
    except FileExistsError:
        return False
    return True

if first_to_write("killer"):
    told("sleeper")
    os.kill(os.getppid(), signal.SIGKILL)
elif first_to_write("sleeper"):
    time.sleep(60)
    (HERE / "slept").touch()
elif alive(told("sleeper")):
    raise RuntimeError("it is built by two at once")
"""


def test_what_a_killed_server_leaves_ends_before_anything_is_built_again(
    request_for: BuildRequest, tmp_path: Path
) -> None:
    (tmp_path / "told").mkdir()
    settings = changed_settings(tmp_path / "settings", ORPHAN.format(here=str(tmp_path / "told")))
    outcomes = build_sites(replace(request_for, settings=settings), (), Silent())
    assert all(isinstance(outcome, Built) for outcome in outcomes), outcomes
    assert (tmp_path / "told/sleeper").exists()
    assert not (tmp_path / "told/slept").exists(), "nobody waited for it"


HALF = """
import os, signal
from pathlib import Path

for new in Path({output!r}).glob(".preau-build/*/new"):
    if not Path({told!r}).exists():
        Path({told!r}).touch()
        (new / "escudier").mkdir()
        (new / "escudier/index.html").write_text("half of it")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_half_a_site_does_not_stop_the_second_try(request_for: BuildRequest, tmp_path: Path) -> None:
    line = HALF.format(output=str(request_for.output), told=str(tmp_path / "told"))
    request = replace(request_for, settings=changed_settings(tmp_path / "settings", line))
    assert isinstance(build_sites(request, ["escudier"], Silent())[1], Built)
    assert (tmp_path / "told").exists()


@contextmanager
def ctrl_c_once_half_full(server: subprocess.Popen[bytes], pipe: int) -> Iterator[None]:
    """The server reads nothing until this process, which writes to it, is interrupted."""
    enough = fcntl(pipe, F_GETPIPE_SZ) // 2
    server.send_signal(signal.SIGSTOP)

    def interrupt() -> None:
        last = time.monotonic() + 30
        while int.from_bytes(ioctl(pipe, FIONREAD, bytes(4)), sys.byteorder) < enough and time.monotonic() < last:
            time.sleep(0.001)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        server.send_signal(signal.SIGCONT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_in_the_middle_of_an_order_is_no_error_of_the_server_s(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Workers() as started:
        (answer,) = (outcome for _, outcome in started.run([job(tmp_path)], 1))
        assert isinstance(answer, Failed), "it answers: there is no content"
        server = started._started()
        with ctrl_c_once_half_full(server.process, server.orders.fileno()), pytest.raises(KeyboardInterrupt):
            list(started.run([job(tmp_path, without=("x" * 1_000_000,))], 1))
    assert capfd.readouterr() == ("", "")


NOISE = """
import os, sys
print("a library that speaks as it loads", flush=True)
if "publish.worker_server" in sys.orig_argv:
    real, calls = os.fork, []
    def fork():
        calls.append(None)
        if len(calls) == 2:
            raise BlockingIOError(11, "too many processes")
        return real()
    os.fork = fork
"""


def test_what_a_library_prints_is_no_answer_and_a_process_too_many_waits(
    request_for: BuildRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/sitecustomize.py").write_text(NOISE, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "more"))
    assert all(isinstance(outcome, Built) for outcome in build_sites(request_for, (), Silent()))
    assert capfd.readouterr() == ("", "a library that speaks as it loads\n")


def test_no_process_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, os.strerror(11))

    monkeypatch.setattr(os, "fork", fork)
    assert forked([job(tmp_path, "escudier"), job(tmp_path)]) == [worker_server.NO_PROCESS] * 2


def forked(jobs: Sequence[Job]) -> list[str]:
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as orders, os.fdopen(writes, "wb"):
        answers = list(worker_server._each(jobs, 2, orders, Life()))
    return [problem(pickle.loads(said or b"")).message for _, said in answers]


def test_a_server_that_never_starts_is_told_apart_from_one_that_was_killed(
    request_for: BuildRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere"))
    (outcome,) = build_sites(request_for, ["escudier"], Silent())[1:]
    assert problem(outcome).message == workers.NOT_STARTED
    monkeypatch.undo()
    (tmp_path / "broken/publish").mkdir(parents=True)
    (tmp_path / "broken/publish/__init__.py").touch()
    (tmp_path / "broken/publish/worker_server.py").write_text("raise SystemExit('half of it is installed')")
    monkeypatch.setattr(workers, "ROOT", tmp_path / "broken")
    (outcome,) = build_sites(request_for, ["escudier"], Silent())[1:]
    assert problem(outcome).message == workers.NEVER_READY
    assert capfd.readouterr().err == "half of it is installed\n" * 2, "it was tried again"
    assert "was killed" not in told(outcome)


@pytest.mark.parametrize("places", range(7))
def test_too_many_open_files_leave_none_open(places: int) -> None:
    before = sorted(Path("/proc/self/fd").iterdir())
    free = [os.open(os.devnull, os.O_RDONLY) for _ in range(7)]
    for number in free:
        os.close(number)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[places], hard))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            workers._start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert sorted(Path("/proc/self/fd").iterdir()) == before


ODD = """
import os, pickle, sys
orders, answers = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
pickle.dump({ready!r}, answers)
answers.flush()
orders.read(1)
pickle.dump((0, pickle.dumps("half of it")[:-1]), answers)
answers.flush()
orders.read()
"""


def test_a_centre_whose_answer_cannot_be_read_is_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd/publish").mkdir(parents=True)
    (tmp_path / "odd/publish/__init__.py").touch()
    (tmp_path / "odd/publish/worker_server.py").write_text(ODD.format(ready=READY))
    monkeypatch.setattr(workers, "ROOT", tmp_path / "odd")
    with Workers() as started:
        answers = list(started.run([job(tmp_path, "escudier"), job(tmp_path)], 2))
    assert [(asked.slug, problem(outcome).message) for asked, outcome in answers] == [
        ("escudier", workers.KILLED),
        ("fessart", workers.KILLED),
    ]


CLOSED = """
import sys
from datetime import datetime
from pathlib import Path
from publish.build import BuildRequest, Silent, build_sites
from publish.jobs import Built

if __name__ == "__main__":
    content, output, cache, now = sys.argv[1:]
    request = BuildRequest(Path(content), Path(output), Path(cache), datetime.fromisoformat(now), 1)
    sys.exit(not all(isinstance(outcome, Built) for outcome in build_sites(request, ["escudier"], Silent())))
"""


def test_closed_streams_cost_no_centre(request_for: BuildRequest, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(CLOSED, "utf-8")
    where = [str(tmp_path / "script.py"), str(request_for.content), str(request_for.output), str(request_for.cache)]
    command = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, *where, NOW.isoformat()]
    assert subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(workers.ROOT)}).returncode == 0


@pytest.mark.parametrize("line", ['PAGE_PATHS = ["infos"]', 'ARTICLE_PATHS = [""]', 'STATIC_PATHS = ["images"]'])
def test_settings_that_a_build_would_not_follow_are_refused(
    request_for: BuildRequest, tmp_path: Path, line: str
) -> None:
    settings = changed_settings(tmp_path / "settings", line)
    outcome = build_sites(replace(request_for, settings=settings), ["escudier"], Silent())[1]
    assert f"{line.split(maxsplit=1)[0]} in pelicanconf.py must stay empty" in told(outcome)
