"""The command, as it is typed: from its screen to its end."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from publish.errors import ServeError
from publish.loopback import listen, port_of
from publish.preview.server import serving
from tests.plugins.making import make_content
from tests.plugins.preview.making import WAITING
from tests.publish.started import starting

SECONDS = 60
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that starts a preview."""
    content = make_content(tmp_path / "content", WAITING)
    config = tmp_path / "preau.toml"
    config.write_text('[build]\ncache = "cache"\n')
    (tmp_path / "tmp").mkdir()
    where = ["--config", str(config), "--content", str(content)]
    with starting(TMPDIR=str(tmp_path / "tmp")) as begin:
        yield lambda *options, centre="lilas": begin(*where, "preview", centre, *options)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_two_at_once_from_the_first_line_to_a_clean_end(start: Start, tmp_path: Path) -> None:
    both = [start("--json", "--date", "2022-11-09") for _ in range(2)]
    addresses = [json.loads(line(one))["address"] for one in both]
    assert len(set(addresses)) == 2
    for address in addresses:
        with httpx2.Client(trust_env=False, timeout=SECONDS) as client:
            assert "Inachevé" in client.get(f"{address}rappels/").text
    both[0].send_signal(signal.SIGINT)
    both[1].send_signal(signal.SIGTERM)
    for one in both:
        _, err = one.communicate(timeout=SECONDS)
        assert one.returncode == 0
        assert err == "L’aperçu est arrêté.\n"
    assert list((tmp_path / "tmp").iterdir()) == []  # nothing of a preview is ever on a disk
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".html", ".ics")]


def test_the_screen_says_where_and_how_each_save_turned_out(start: Start, tmp_path: Path) -> None:
    process = start("--date", "2022-11-09")
    shown = "".join(line(process) for _ in range(6)).replace("\u202f", " ").replace("\xa0", " ")
    assert "http://127.0.0.1:" in shown
    assert "seul cet ordinateur le voit" in shown
    assert "content/lilas ou " in shown
    assert "4 textes que les familles ne voient pas" in shown
    (tmp_path / "content/lilas/rappels/visible.md").write_text("Titre: A\nDate: 2022-11-08\nJusq: demain\n\nX\n")
    assert "2 choses à corriger" in line(process).replace("\u202f", " ").replace("\xa0", " ")
    assert "lilas/rappels/visible.md, ligne " in line(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("L’aperçu est arrêté.\n")


def test_what_can_not_start_is_said_in_a_sentence(start: Start) -> None:
    with listen(0) as taken:
        process = start("--port", str(port_of(taken)))
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 5
    assert "est déjà pris" in err
    process = start(centre="lila")
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "lilas" in err
    assert "Traceback" not in err


def test_only_loopback_is_served() -> None:
    with pytest.raises(ServeError):
        listen(0, "0.0.0.0")

    class Elsewhere:
        def getsockname(self) -> tuple[str, int]:
            return "0.0.0.0", 8000

    with pytest.raises(ServeError), serving(None, Elsewhere()):  # type: ignore[arg-type]
        pass
