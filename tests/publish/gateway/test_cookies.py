"""Our cookies: every attribute when written, no leniency when read."""

from __future__ import annotations

import pytest

from publish.gateway.cookies import cookies

TOKEN, OTHER = "a" * 43, "b" * 43
SESSION = cookies(demonstration=False).session


def read(*headers: str) -> str | None:
    return SESSION.read([(b"host", b"x"), *((b"cookie", header.encode()) for header in headers)])


def test_every_attribute() -> None:
    https, plain = cookies(demonstration=False), cookies(demonstration=True)
    assert https.session.set(TOKEN) == f"__Host-preau={TOKEN}; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert https.session.expire() == "__Host-preau=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
    assert https.attempt.set(TOKEN).startswith(
        f"__Host-preau-connexion={TOKEN}; Path=/; HttpOnly; SameSite=Lax; Secure"
    )
    assert plain.session.set(TOKEN) == f"preau-demo={TOKEN}; Path=/; HttpOnly; SameSite=Lax"
    assert "Domain" not in https.session.set(TOKEN)


def test_reading() -> None:
    assert read(f"__Host-preau={TOKEN}") == TOKEN
    assert read(f"a=b; __Host-preau={TOKEN};c=d") == TOKEN
    assert read("a=b", f"__Host-preau={TOKEN}") == TOKEN


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["a=b"],
        ["__Host-preau"],
        ["__Host-preau="],
        [f"__Host-preau={TOKEN}x"],
        [f"__Host-preau={TOKEN[:-1]}"],
        [f'__Host-preau="{TOKEN}"'],
        [f"__Host-preau={TOKEN[:-1]}é"],
        [f"__host-preau={TOKEN}"],
        [f"__HOST-PREAU={TOKEN}"],
        [f"preau={TOKEN}"],
        [f"preau-demo={TOKEN}"],
        [f"__Host-preau-connexion={TOKEN}"],
        [f"x__Host-preau={TOKEN}"],
        [f"__Host-preau={TOKEN}; __Host-preau={OTHER}"],
        [f"__Host-preau={TOKEN}", f"__Host-preau={OTHER}"],
        [f"__Host-preau={TOKEN}; __Host-preau={TOKEN}"],
        [f"__Host-preau={TOKEN}; __Host-preau="],
        [f"__Host-preau={TOKEN}, __Host-preau={OTHER}"],
    ],
)
def test_what_is_no_cookie_of_ours(headers: list[str]) -> None:
    assert read(*headers) is None
