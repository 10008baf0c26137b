"""Discovery documents: what a provider may say about itself."""

from __future__ import annotations

from typing import Any

import pytest

from publish.gateway.provider import read_metadata
from publish.gateway.sign_in import ProviderDown

ISSUER = "https://ent.example"
GOOD: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://sso.ent.example/auth?realm=x",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}


def test_what_is_read() -> None:
    found = read_metadata({**GOOD, "end_session_endpoint": f"{ISSUER}/end"}, ISSUER)
    assert found.origins == ("https://sso.ent.example", ISSUER)
    assert found.userinfo_endpoint is None
    assert not found.states_issuer


@pytest.mark.parametrize(
    ("methods", "secret", "used"),
    [
        (None, True, "client_secret_basic"),
        (["client_secret_post"], True, "client_secret_post"),
        (["client_secret_post", "client_secret_basic"], True, "client_secret_basic"),
        (["private_key_jwt"], True, "client_secret_basic"),
        (["client_secret_basic"], False, "none"),
        ("client_secret_post", True, "client_secret_basic"),
    ],
)
def test_how_a_client_proves_itself(methods: object, secret: bool, used: str) -> None:
    raw = {**GOOD, "token_endpoint_auth_methods_supported": methods}
    assert read_metadata(raw, ISSUER).client_authentication(secret) == used


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"issuer": ISSUER}, {**GOOD, "issuer": f"{ISSUER}/"}])
def test_documents_that_are_refused(raw: object) -> None:
    with pytest.raises(ProviderDown):
        read_metadata(raw, ISSUER)


BAD_URLS = [
    None,
    7,
    "",
    "/token",
    "http://ent.example/token",
    "http://127.0.0.1/token",
    "ftp://ent.example/token",
    "https://user@ent.example/token",
    "https://user:password@ent.example/token",
    "https://ent.example/token#x",
    "https:///token",
    "https://ent.example:x/token",
    "https://ent.example:99999/token",
    "https://ent.example /token",
    "https://ent.example;script-src *",
    "https://ent.example; script-src/x",
    "https://ent.example'/x",
    "https://ENT.example/x",
    "https://ent.example\n/x",
    "https://ent.example,evil.example/x",
    "https://*/x",
    "https://é.example/x",
    "https://" + "a" * 3000,
    "javascript:alert(1)",
]


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_endpoints_that_are_refused(name: str, url: object) -> None:
    with pytest.raises(ProviderDown):
        read_metadata({**GOOD, name: url}, ISSUER)


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_optional_is_left_out(url: object) -> None:
    found = read_metadata({**GOOD, "userinfo_endpoint": url, "end_session_endpoint": url}, ISSUER)
    assert found.userinfo_endpoint is found.end_session_endpoint is None


def test_plain_http_only_from_loopback_to_loopback() -> None:
    issuer = "http://127.0.0.1:9000"
    local = {"issuer": issuer, **{name: f"{issuer}/x" for name in GOOD if name != "issuer"}}
    assert read_metadata(local, issuer).token_endpoint == f"{issuer}/x"
    with pytest.raises(ProviderDown):
        read_metadata({**local, "token_endpoint": "http://10.0.0.1/x"}, issuer)
    assert read_metadata({**local, "token_endpoint": f"{ISSUER}/x"}, issuer).token_endpoint == f"{ISSUER}/x"
