"""Settings that are right by construction, whoever makes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publish import config as module
from publish.access import MembershipKind
from publish.config import GatewayConfig, check_origin
from publish.ents import OidcConfig
from publish.errors import ConfigError
from publish.loopback import is_loopback

ENT = OidcConfig(
    id="ecoles",
    name="ENT",
    issuer="https://ent.example/oidc",
    client_id="preau",
    secret_variable="ENT",
    secret="a secret",
    uais=frozenset({"0929010U"}),
)
GATEWAY = GatewayConfig("https://centres.example", Path("/s"), Path("/x"), (ENT,), b"k" * 32)

GOOD = ["https://centres.example", "https://centres.example:8443", "https://10.0.0.1", "https://[2001:db8::1]:8443"]
BAD = [
    "", "https://", "centres.example", "//centres.example", "ftp://centres.example", "https://centres.example/",
    "https://centres.example/x", "https://centres.example?x", "https://centres.example#x", "https://a@centres.example",
    "https://a:b@centres.example", "https://centres.example:", "https://centres.example:port", "HTTPS://centres.example",
    "https://Centres.example", "https://centres.example:99999", "https://centres example", "https://centres.example\n",
    "https://cen\ttres.example", "https://[::1", "javascript:alert(1)", "https://é.example",
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_origins(address: str) -> None:
    check_origin(address, "address", demonstration=False)


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_origin_is_refused(address: str) -> None:
    for demonstration in (False, True):
        with pytest.raises(ConfigError):
            check_origin(address, "address", demonstration=demonstration)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_plain_http_is_the_demonstration_s_on_loopback(host: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        replace(GATEWAY, address=f"http://{host}")
    assert replace(GATEWAY, address=f"http://{host}", demonstration=True).address == f"http://{host}"


@pytest.mark.parametrize("host", ["centres.example", "192.168.1.2", "127.0.0.1.example", "localhost.fr", "0.0.0.0"])
def test_plain_http_elsewhere_is_refused_even_then(host: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        replace(GATEWAY, address=f"http://{host}:8000", demonstration=True)


def test_it_would_pass_without_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_loopback", lambda host: True)
    replace(GATEWAY, address="http://centres.example", demonstration=True)


def test_loopback() -> None:
    for host in ("localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"):
        assert is_loopback(host)
    for host in ("", "0.0.0.0", "::", "192.168.0.1", "example", "127.0.0.1.nip.io", "127.1"):
        assert not is_loopback(host)


@pytest.mark.parametrize(
    "change",
    [
        {"access_key": b"k" * 31},
        {"ents": ()},
        {"ents": (ENT, ENT)},
        {"ents": (ENT, replace(ENT, id="autre"))},
        {"ents": (replace(ENT, issuer="http://ent.example"),)},
        {"ents": (replace(ENT, issuer="ent.example"),)},
        {"ents": (replace(ENT, secret=""),)},
        {"ents": (replace(ENT, issuer="https://user@ent.example"),)},
        {"idle": timedelta(0)},
        {"idle": timedelta(hours=9)},
        {"host": "0.0.0.0", "address": "http://localhost", "demonstration": True},
    ],
    ids=str,
)
def test_a_gateway_that_is_not_right_can_t_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        replace(GATEWAY, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "../x"},
        {"id": "A"},
        {"scopes": ("profile",)},
        {"profiles": {"2": MembershipKind.GUARDIAN}},
        {"profiles": {"National_TUT": MembershipKind.GUARDIAN}},
    ],
    ids=str,
)
def test_an_ent_that_is_not_right_can_t_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        replace(ENT, **change)  # type: ignore[arg-type]


def test_secrets_are_masked() -> None:
    assert "a secret" not in repr(ENT)
    assert "kkk" not in repr(GATEWAY)


def test_an_ent_s_origin() -> None:
    assert ENT.origin == "https://ent.example"
