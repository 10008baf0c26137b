"""Containerfile and compose.yaml, as far as they can be judged without an engine: closed, and paths that agree."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.project import ROOT

FOLDER = ROOT / "publish" / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONTAINERFILE = (FOLDER / "Containerfile").read_text("utf-8")


def mounts(name: str) -> dict[str, str]:
    """Path inside → path outside."""
    return {line.split(":")[1]: line.split(":")[0] for line in SERVICES[name]["volumes"]}


def test_every_part_is_there() -> None:
    assert set(SERVICES) == {"nginx", "passerelle", "passerelle-2", "publication", "valkey", "seaweedfs"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_closed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == ("0:0" if name == "nginx" else "10001:101")
    assert ("ports" in service) == (name == "nginx")
    assert "privileged" not in service
    # A tag, and no registry's host: the machine's own is asked.
    assert re.fullmatch(r"preau|([a-z]+/)?[a-z]+:[0-9.]+", service["image"])


def test_nobody_outside_reaches_the_store_or_the_sessions() -> None:
    assert COMPOSE["networks"]["dedans"] == {"internal": True}
    assert SERVICES["seaweedfs"]["networks"] == SERVICES["publication"]["networks"] == ["dedans"]
    assert SERVICES["valkey"]["network_mode"] == "none"
    assert SERVICES["nginx"]["networks"] == ["dehors"]
    assert any(part.startswith("-s3.cert.file=") for part in SERVICES["seaweedfs"]["command"])
    assert "--port 0" in SERVICES["valkey"]["command"][0]


def test_nginx_reads_what_each_gateway_keeps_and_nothing_else() -> None:
    seen = mounts("nginx")
    for name in ("passerelle", "passerelle-2"):
        held = mounts(name)["/etc/preau/passerelle/.preau"]
        assert seen[f"/var/lib/preau/{name}"] == held == f"./etat/{name}"
        assert mounts(name)["/run/preau"] == seen["/run/preau"]
        assert mounts(name)["/run/valkey"] == mounts("valkey")["/run/valkey"]
    read_only = {line.split(":")[1] for line in SERVICES["nginx"]["volumes"] if line.endswith(":ro")}
    assert read_only == set(seen) - {"/run/preau"}


def test_no_secret_stands_in_a_file_of_the_project() -> None:
    for name in ("passerelle", "passerelle-2", "publication", "valkey"):
        assert SERVICES[name]["env_file"]
        assert set(SERVICES[name].get("environment", {})) <= {"AWS_CA_BUNDLE"}


def test_the_image_is_what_is_locked_and_runs_as_nobody() -> None:
    froms = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    assert set(froms) == {"python:3.11-slim"}
    assert "--require-hashes --no-deps -r requirements.txt" in CONTAINERFILE
    assert re.findall(r"^USER (.*)", CONTAINERFILE, re.MULTILINE) == ["10001:101"]
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE) for word in line.split()
    }
    assert all((ROOT / name).exists() for name in copied)
    let_in = set(re.findall(r"^!(.*)", (FOLDER / "Containerfile.dockerignore").read_text("utf-8"), re.MULTILINE))
    assert let_in == copied
