"""Security headers, and who may keep what."""

from __future__ import annotations

import pytest

from publish.gateway.headers import (
    IMMUTABLE_PRIVATE,
    NO_STORE,
    REVALIDATE,
    cache_control,
    content_security_policy,
    disposition,
    form_headers,
    security_headers,
)
from publish.media import MEDIA_TYPES


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert {policy[name] for name in policy if name.endswith("-src") and name != "default-src"} == {"'self'"}
    assert policy["form-action"] == "'self'"
    for word in ("unsafe", "data:", "*", "http"):
        assert word not in content_security_policy()


def test_forms_may_lead_to_the_provider_and_show_their_origin() -> None:
    headers = dict(form_headers(["https://ent.example", "https://ent.example", "https://sso.example"]))
    assert headers["content-security-policy"].endswith("form-action 'self' https://ent.example https://sso.example")
    assert headers["referrer-policy"] == "same-origin"


def test_hsts_only_over_https() -> None:
    assert "strict-transport-security" in dict(security_headers(https=True))
    assert "strict-transport-security" not in dict(security_headers(https=False))


@pytest.mark.parametrize(
    ("path", "keep"),
    [
        ("index.html", NO_STORE),
        ("calendrier.ics", NO_STORE),
        ("recherche/index.json", NO_STORE),
        ("recherche/mots.js", NO_STORE),
        ("note.txt", NO_STORE),
        ("photos/0a-640.webp", REVALIDATE),
        ("centre.1a2b3c4d.css", REVALIDATE),
        ("embleme.svg", REVALIDATE),
        ("theme/preau.1a2b3c4d.css", IMMUTABLE_PRIVATE),
        ("theme/nunito.1a2b3c4d.woff2", IMMUTABLE_PRIVATE),
        ("theme/preau.css", REVALIDATE),
        ("theme/page.html", NO_STORE),
        ("articles/theme/preau.1a2b3c4d.css", REVALIDATE),
    ],
)
def test_who_keeps_what(path: str, keep: str) -> None:
    assert cache_control(path, MEDIA_TYPES[path.rpartition(".")[2]]) == keep


def test_unknown_types_are_kept_by_nobody_and_downloaded() -> None:
    assert cache_control("x.zip", "application/zip") == NO_STORE
    assert disposition("a/x.zip", "application/zip") == 'attachment; filename="x.zip"'
    assert disposition("a/menu.pdf", "application/pdf") == 'attachment; filename="menu.pdf"'
    assert disposition("a/x.ics", "text/calendar; charset=utf-8") == 'inline; filename="x.ics"'
    assert disposition("index.html", "text/html") is None
