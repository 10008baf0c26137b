"""The systemd units: commands that exist, folders that agree, a sandbox that systemd itself finds tight."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import click
import pytest

from publish.cli import main
from publish.stores.folder import FolderStore
from tests.project import ROOT
from tests.publish.gateway import nginx
from tests.publish.gateway.deployment import deployed

FOLDER = ROOT / "publish" / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
PROGRAM = "/srv/preau/.venv/bin/preau"

HARDENED = {
    "AmbientCapabilities": "",
    "CapabilityBoundingSet": "",
    "KeyringMode": "private",
    "LimitCORE": "0",
    "LockPersonality": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateIPC": "yes",
    "PrivateTmp": "yes",
    "PrivateUsers": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RemoveIPC": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "UMask": "0077",
    "User": "preau",
}
MOST_EXPOSED = 15
"""Of 100, as `systemd-analyze security` counts; a service without any of this has 92 or more."""

STRICT_MEMORY = """
import ctypes
assert ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0) == 0  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
from publish.cli import main
main()
"""


def directives(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def command_of(line: str) -> tuple[str, list[str]]:
    """The sub-command of an ExecStart, parsed by the command itself: an unknown word or option raises."""
    program, *words = shlex.split(line.replace("%i", "passerelle"))
    assert program == PROGRAM
    whole = main.make_context("preau", list(words), resilient_parsing=False)
    assert isinstance(main, click.Group)
    name, command, rest = main.resolve_command(whole, [*whole._protected_args, *whole.args])
    assert name is not None
    assert command is not None
    context = command.make_context(name, rest, parent=whole)
    return name, sorted(key for key, value in context.params.items() if value is True)


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a command line is right, not whether this machine has a city's settings."""
    monkeypatch.setattr("publish.cli.read_config", lambda *_, **__: None)


def test_every_command_is_one_of_the_command(no_settings: None) -> None:
    found = {path.name: [command_of(line) for line in directives(path)["ExecStart"]] for path in SERVICES}
    assert found == {
        "preau@.service": [("serve", [])],
        "preau-publication.service": [("publish", ["due"])],
        "preau-menage.service": [("prune", []), ("retention", ["apply"])],
    }


def test_a_wrong_command_is_caught(no_settings: None) -> None:
    for line in ("serve --port 3", "publish --dues", "prunes"):
        with pytest.raises(click.UsageError):
            command_of(f"{PROGRAM} {line}")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_service_is_closed(path: Path) -> None:
    said = directives(path)
    assert {name: said[name][-1:] for name in HARDENED} == {name: [value] for name, value in HARDENED.items()}
    assert said["SystemCallFilter"] == ["@system-service", "~@privileged"]
    assert (said["MemoryDenyWriteExecute"] == ["yes"]) == (path.name == "preau@.service")
    # The gateway writes neither releases nor contents.
    writes = said["ReadWritePaths"][0].split()
    own = ["/var/lib/preau/%i", "/run/preau"] if "@" in path.name else ["/var/lib/preau/publication", "/srv/contenus"]
    assert writes == own


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_a_timer_has_its_service(path: Path) -> None:
    assert path.with_suffix(".service") in SERVICES
    (when,) = directives(path)["OnCalendar"]
    told = subprocess.run([analyze(), "calendar", when], capture_output=True, text=True, check=True).stdout
    assert "Next elapse" in told


def analyze() -> str:
    found = shutil.which("systemd-analyze")
    assert found, "systemd-analyze is missing: run `make setup-tests`"
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units, with a program that exists on this machine."""
    for path in (*SERVICES, *TIMERS):
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace(PROGRAM, "/bin/true"), "utf-8")
    return tmp_path


def test_systemd_understands_every_line(installed: Path) -> None:
    names = ["preau@passerelle.service" if "@" in path.name else path.name for path in (*SERVICES, *TIMERS)]
    for name in names:
        path = installed / name
        if not path.exists():
            path.write_bytes((installed / "preau@.service").read_bytes())
        told = subprocess.run([analyze(), "verify", "--man=no", str(path)], capture_output=True, text=True, check=False)
        ours = [line for line in told.stderr.splitlines() if "preau" in line]
        assert ours == [], name
    wrong = installed / "preau-publication.service"
    wrong.write_text(wrong.read_text("utf-8") + "ProtectSytem=strict\n", "utf-8")
    told = subprocess.run([analyze(), "verify", "--man=no", str(wrong)], capture_output=True, text=True, check=False)
    assert "ProtectSytem" in told.stderr


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_systemd_finds_them_tight(installed: Path, path: Path) -> None:
    unit = installed / path.name.replace("@", "@passerelle")
    unit.write_bytes((installed / path.name).read_bytes())
    command = [analyze(), "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr


def test_folders_agree() -> None:
    """What tmpfiles makes, what units may write, what nginx reads."""
    made = {
        line.split()[1]: line.split()
        for line in (FOLDER / "preau.tmpfiles").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    text = nginx.TEMPLATE.read_text("utf-8")
    for name in ("passerelle", "passerelle-2"):
        blobs = f"/var/lib/preau/{name}/blobs"
        assert re.search(rf" {blobs};", text)
        assert made[blobs][2:5] == ["0750", "preau", "preau-web"]
        assert made[f"/var/lib/preau/{name}"][2:5] == ["0710", "preau", "preau-web"]
        assert made[f"/etc/preau/{name}/.preau"][-1] == f"/var/lib/preau/{name}"
        assert f"unix:/run/preau/{name}.sock" in text
    users = (FOLDER / "preau.sysusers").read_text("utf-8")
    assert "m www-data preau-web" in users
    assert directives(FOLDER / "preau@.service")["Group"] == ["preau-web"]
    # Nothing is open to everybody but what holds nothing of anybody.
    assert {path for path, line in made.items() if line[0] == "d" and line[2].endswith(("5", "7", "1"))} == {
        "/etc/preau", "/etc/preau/passerelle", "/etc/preau/passerelle-2", "/var/lib/preau",
    }  # fmt: skip


def test_the_gateway_works_without_memory_that_is_written_and_run(tmp_path: Path) -> None:
    """`MemoryDenyWriteExecute`, as the kernel itself holds it (Linux 6.3)."""
    folder, store = tmp_path / "city", tmp_path / "store"
    folder.mkdir()
    with (
        deployed(folder, FolderStore(store), store, gateways=1, environ={}, program=("-c", STRICT_MEMORY)) as city,
        city.browser() as browser,
    ):
        city.sign_in(browser)
        assert browser.get(f"{city.address}/fessart/").status_code == 200
