"""The operator's guide: its settings are read, and every block of commands is run, in order, in folders of the test."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from publish.config_reader import read_config
from tests.project import ROOT
from tests.publish.contents import CITY, write_content

GUIDE = (ROOT / "docs/guide-exploitation.md").read_text("utf-8")
UNITS = ROOT / "publish" / "deploy" / "systemd"
FENCES = [(token.info, token.content) for token in MarkdownIt("commonmark").parse(GUIDE) if token.type == "fence"]
OURS = (
    "/etc/preau", "/etc/nginx", "/etc/sysusers.d", "/etc/tmpfiles.d", "/etc/systemd/system", "/var/lib/preau",
    "/var/backups", "/srv", "/usr/local/bin", "/run/preau",
)  # fmt: skip

SYSTEMD_RUN = """#!/bin/bash
# As systemd does: the file's variables and nothing else, then the command.
while [[ $1 == -* ]]; do
    case $1 in --property=EnvironmentFile=*) set -a; . "${1##*=}"; set +a ;; esac
    shift
done
exec "$@"
"""
NOTED = '#!/bin/bash\nprintf "%s" "${0##*/}" >> "$NOTED"; printf " %s" "$@" >> "$NOTED"; echo >> "$NOTED"\n'
PRETENDED = ("systemctl", "journalctl", "systemd-sysusers", "systemd-tmpfiles", "nginx", "git", "make")
"""What only an administrator, or systemd, can do: noted, and judged below."""


class Machine:
    """Folders that stand for a machine's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.noted = root / "noted"
        self.programs = root / "programs"
        self.programs.mkdir()
        for name in PRETENDED:
            self.program(name, NOTED)
        self.program("systemd-run", SYSTEMD_RUN)
        for folder in OURS:
            self.at(folder).mkdir(parents=True, exist_ok=True)
        self.at("/srv/preau").symlink_to(ROOT)
        for line in (UNITS / "preau.tmpfiles").read_text("utf-8").splitlines():
            kind, *words = line.split()
            if kind == "d":
                self.at(words[0]).mkdir(parents=True, exist_ok=True)
            elif kind == "L":
                self.at(words[0]).symlink_to(self.at(words[-1]))
        for folder in ("sites-available", "sites-enabled"):
            (self.at("/etc/nginx") / folder).mkdir()
        content = write_content(self.at("/srv/contenus"))
        # Whatever the day of the test, its photo may still be shown.
        (content / "ville/ville.toml").write_text(CITY.replace("2023-08-31", "2099-08-31"), "utf-8")

    def at(self, path: str) -> Path:
        return Path(self.mapped(path))

    def program(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text, "utf-8")
        (self.programs / name).chmod(0o755)

    def mapped(self, text: str) -> str:
        """What a text says of a machine, said of these folders; nothing outside loopback is asked."""
        pattern = "|".join(re.escape(path) for path in OURS)
        text = re.sub(rf"(?<![\w.\-])({pattern})(?![\w-])", lambda found: f"{self.root}{found[1]}", text)
        return text.replace("https://centres.example.fr", "https://localhost:1").replace(
            "https://ent.example.fr", "https://localhost:2"
        )

    def write(self, place: str, text: str) -> Path:
        path = self.at(place)
        path.write_text(self.mapped(text), "utf-8")
        return path

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        for name in ("preau-ville", "preau-passerelle"):
            installed = self.at("/usr/local/bin") / name
            if installed.exists():
                self.program(name, self.mapped((UNITS / name).read_text("utf-8")))
        environ = {"PATH": f"{self.programs}:{os.environ['PATH']}", "NOTED": str(self.noted), "HOME": str(self.root)}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.mapped(block)], env=environ, cwd=self.root, capture_output=True,
            text=True, check=False, timeout=300,
        )  # fmt: skip


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Where the whole guide was followed; what each block answered is judged as it comes."""
    made = Machine(tmp_path_factory.mktemp("machine"))
    photo = made.at("/srv/contenus/fessart/articles/2022-11-08-potager/feuilles.jpg")
    for info, text in FENCES:
        if info.startswith("toml "):
            config = read_config(made.write(info.removeprefix("toml "), text), required=True)
            assert config.gateway.ents
            continue
        assert info == ""
        # Nobody signs in here: the log is as a gateway leaves it.
        if "sign-in failed" in text:
            folder = made.at("/var/lib/preau/passerelle/journal")
            folder.mkdir(exist_ok=True)
            (folder / "securite-2022-11-09.jsonl").write_text('{"event": "sign-in failed"}\n', "utf-8")
        if "rollback" in text:
            # Somebody goes on writing: there is a release to go back from.
            (made.at("/srv/contenus") / "fessart/infos/venir.md").write_text("Titre: Venir\n\nBus 124.\n", "utf-8")
        done = made.run(text)
        said = done.stdout + done.stderr
        if "doctor" in text:
            # No nginx, no ENT here: it says so, as it must, and looks at all the rest.
            assert done.returncode in (0, 1), said
            assert "Adresse publique" in said
            assert "Fichiers de cette machine" in said
        else:
            assert done.returncode == 0, f"{text}\n{said}"
        if " withdraw " in text and "--motif" in text:
            assert not photo.exists()
    return made


def test_the_whole_guide_was_followed(machine: Machine) -> None:
    assert sum(info == "" for info, _ in FENCES) >= 12
    assert machine.at("/var/lib/preau/publication/store").is_dir()
    register = machine.at("/srv/contenus/ville/retraits.json")
    assert "famille" in register.read_text("utf-8")
    for name in ("publication.env", "passerelle.env"):
        assert machine.at(f"/etc/preau/{name}").stat().st_mode & 0o077 == 0


def test_what_is_asked_of_systemd_exists(machine: Machine) -> None:
    lines = machine.noted.read_text("utf-8").splitlines()
    units = {word for line in lines for word in line.split() if re.search(r"\.(service|timer)$", word)}
    have = {path.name for path in UNITS.iterdir()}
    named = {re.sub(r"@[a-z0-9-]+\.", "@.", Path(unit).name) for unit in units if "*" not in unit}
    assert named <= have
    verbs = {line.split()[1] for line in lines if line.startswith("systemctl ")}
    assert verbs <= {
        "daemon-reload",
        "enable",
        "list-timers",
        "list-units",
        "reload",
        "restart",
        "start",
        "status",
        "stop",
    }
    assert "systemd-tmpfiles --create" in lines
    enabled = {word for line in lines if " enable " in line for word in line.split()}
    assert {"preau@passerelle.service", "preau-publication.timer", "preau-menage.timer"} <= enabled


def test_nothing_is_published_during_an_update_a_backup_or_a_restoration() -> None:
    """A gateway refuses what a later version wrote; of a backup, all must be of one moment."""
    marks = ("git -C /srv/preau pull", "-cf /var/backups/preau-store.tar", "-xf /var/backups/preau-store.tar")
    blocks = {mark: next(text for _, text in FENCES if mark in text).splitlines() for mark in marks}
    for lines in blocks.values():
        first = next(line for line in lines if line.startswith("systemctl"))
        assert first.split()[1] == "stop"
        timed = {f"{unit}.{kind}" for unit in ("preau-publication", "preau-menage") for kind in ("timer", "service")}
        assert timed <= set(first.split())
        assert lines[-1].startswith("systemctl start ")
        assert {"preau-publication.timer", "preau-menage.timer"} <= set(lines[-1].split())
    update = blocks["git -C /srv/preau pull"]
    assert update.index("systemctl restart preau@passerelle.service") < len(update) - 1
    restored = blocks["-xf /var/backups/preau-store.tar"]
    forgotten = restored.index("rm -rf /var/lib/preau/publication/connu")
    assert forgotten < next(rank for rank, line in enumerate(restored) if "preau-ville" in line)


def test_the_second_gateway_is_a_right_copy(machine: Machine) -> None:
    first, second = (
        tomllib.loads(machine.at(f"/etc/preau/{name}/preau.toml").read_text("utf-8"))["gateway"]
        for name in ("passerelle", "passerelle-2")
    )
    assert {key for key in first if first[key] != second[key]} == {"socket", "cache"}
    front = (machine.at("/etc/nginx") / "sites-available/preau").read_text("utf-8")
    assert len(re.findall(r"^ +(?:server|\")[^#]*passerelle-2\.sock", front, re.MULTILINE)) == 2


def test_every_command_of_ours_named_in_passing_is_one() -> None:
    spans = set(re.findall(r"`(preau-(?:ville|passerelle) [^`]+)`", GUIDE))
    from publish.cli import main

    assert spans
    for span in spans:
        assert span.split()[1] in main.commands, span
