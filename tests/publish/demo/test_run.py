"""`preau demo` as it is started and stopped; what it serves is gone through in tests/browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import httpx2
import pytest

from publish.demo import run as module
from publish.demo.people import PEOPLE
from publish.demo.run import run
from publish.demo.state import State
from publish.errors import ServeError
from publish.language import speaking
from publish.loopback import listen, port_of
from tests.browser.demonstration import CONTENT, published
from tests.publish.contents import write_content
from tests.publish.started import starting

__all__ = ["published"]  # a fixture

SECONDS = 60


@pytest.fixture
def made(published: State, tmp_path: Path) -> Path:
    """The state folder of a demonstration that ran before."""
    folder = tmp_path / "demo"
    shutil.copytree(published.store, folder / "store", copy_function=os.link)
    # The sites as they stand: a copy would look touched, and be built again.
    State(folder, folder).sites.symlink_to(published.sites)
    return folder


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts the demonstration."""
    with starting() as begin:
        yield partial(begin, "--content", str(CONTENT), "demo")


def ask(address: str) -> int:
    with httpx2.Client(trust_env=False, timeout=30) as client:
        return client.get(address, headers={"Accept": "text/html"}).status_code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_run_builds_nothing_and_a_signal_ends_it_well(
    number: signal.Signals, made: Path, start: Start, free_port: Callable[[], int]
) -> None:
    sites = made / "sites"

    def state() -> dict[str, tuple[int, int]]:
        # Each head in the store, and each tree: what is built again is another folder.
        found = [*(made / "store").rglob("*/heads/*"), *(path for path in sites.iterdir() if path.name[0] != ".")]
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    before = state()
    port = free_port()
    process = start("--port", str(port), "--state", str(made), "--json")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["address"] == f"http://127.0.0.1:{port}/"
    assert ready["date"] == "2022-11-09"
    assert set(ready["centres"]) == {"billancourt", "escudier", "fessart", "maitre-jacques", "point-du-jour"}
    assert ready["failed"] == {}
    assert [one["key"] for one in ready["people"]] == [one.key for one in PEOPLE]
    assert ask(ready["address"]) == 303
    assert ask(f"{ready['ent']}/") == 200
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert out == ""
    assert err.strip() == "La démonstration est arrêtée."
    assert state() == before
    assert not list(made.glob("run-*"))
    for address in (ready["address"], ready["ent"]):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(address.strip("/").rsplit(":")[-1]))) != 0


def test_the_screen_says_where_and_as_whom(made: Path, start: Start, free_port: Callable[[], int]) -> None:
    port = free_port()
    process = start("--port", str(port), "--state", str(made))
    assert process.stdout is not None
    shown = ""
    while "Ctrl-C" not in shown:
        line = process.stdout.readline()
        assert line, shown
        shown += line
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert err == ""
    assert "mercredi 9 novembre 2022" in shown
    assert f"http://127.0.0.1:{port}/" in shown
    for one in PEOPLE:
        assert one.name in shown
    assert "Maître-Jacques" in shown
    assert all(len(line) <= 120 for line in shown.splitlines())


def test_a_taken_port_is_said_before_anything_is_built(tmp_path: Path, start: Start) -> None:
    with listen(0) as taken:
        number = port_of(taken)
        process = start("--port", str(number), "--state", str(tmp_path / "demo"))
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 5
    assert f"le port {number} " in err
    assert "--port" in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "demo").exists()


def test_a_centre_in_error_is_said_and_the_others_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = write_content(tmp_path / "content")
    (content / "escudier" / "centre.toml").write_text("nom = ")
    monkeypatch.setattr(module, "_wait_for_a_signal", interrupt)
    with speaking():
        run(port=0, state=tmp_path / "demo", date=date(2022, 11, 9), content=content, as_json=True)
    ready = json.loads(capsys.readouterr().out)
    assert set(ready["centres"]) == {"fessart"}
    assert list(ready["failed"]) == ["escudier"]
    assert "escudier/centre.toml" in ready["failed"]["escudier"][0]
    (content / "escudier" / "centre.toml").write_text((content / "fessart" / "centre.toml").read_text())
    with speaking():
        run(port=0, state=tmp_path / "demo", date=date(2022, 11, 9), content=content, as_json=True)
    ready = json.loads(capsys.readouterr().out)
    assert (set(ready["centres"]), ready["failed"]) == ({"fessart", "escudier"}, {})


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_during_the_build_ends_it_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "publish_content", interrupt)
    before = signal.getsignal(signal.SIGTERM)
    with speaking():
        run(port=0, state=tmp_path, date=date(2022, 11, 9), content=CONTENT)
    assert capsys.readouterr().out.strip() == "La démonstration est arrêtée."
    assert signal.getsignal(signal.SIGTERM) is before


def test_nothing_to_show_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "publish_content", lambda *_: ())
    with speaking(), pytest.raises(ServeError, match="nothing to show"):
        run(port=0, state=tmp_path / "demo", date=date(2022, 11, 9), content=CONTENT, as_json=True)
