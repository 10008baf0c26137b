"""Identity headers: whom they sign in at the one address, and everything that they do nowhere else."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.errors import ConfigError
from publish.front import Front as InFront
from publish.gateway.identity_headers import read_values
from publish.gateway.sign_in import SignInRefused
from tests.publish.gateway.browser import NAVIGATION, Answer, Browser
from tests.publish.gateway.front import PREFIX, RETURN, SECRET, SECRET_HEADER, RawHeaders
from tests.publish.gateway.house import CENTRES, FESSART, OPENS, House, build_house, headers_config

WHO = "guardian-fessart"
LISTED = {"animator-fessart", "animator-escudier", "city-officer"}
ISSUER = "https://passerelle.example"
Change = Callable[[RawHeaders], RawHeaders]


def attempt(house: House, change: Change = lambda headers: headers, subject: str = WHO, **scope: Any) -> Answer:
    """Begin, and open the one address with headers that were changed on the way."""
    browser = house.browser()
    target = house.start(browser, "passerelle", "/fessart/").removeprefix(browser.origin)
    return browser.ask("GET", target, headers=NAVIGATION, more=change(house.front.identity(subject)), **scope)


def reason(house: House) -> str:
    return house.events()[-1]["reason"]


def test_the_way_there_is_our_own_address(house: House) -> None:
    url = house.start(house.browser(), "passerelle")
    assert url.startswith(f"https://centres.example{RETURN}?state=")


@pytest.mark.parametrize("who", OPENS)
def test_each_person_opens_what_is_theirs(house: House, who: str) -> None:
    """The lists of the house name people of another provider: here they open nothing."""
    browser = house.signed_in(who, "passerelle")
    opened = {slug for slug in CENTRES if browser.get(f"/{slug}/").status == 200}
    assert opened == (frozenset() if who in LISTED else OPENS[who])


def test_a_session_is_opened_and_the_headers_are_done_with(house: House) -> None:
    answer = attempt(house)
    assert (answer.status, answer.location) == (303, "/fessart/")
    assert "__Host-preau=" in str(answer.header("set-cookie"))


def named(name: str, value: bytes) -> Change:
    """This header says something else."""
    wanted = name.lower().encode()
    return lambda headers: [*((raw, said) for raw, said in headers if raw != wanted), (wanted, value)]


def without(name: str) -> Change:
    return lambda headers: [(raw, said) for raw, said in headers if raw != name.lower().encode()]


def and_also(name: str, value: str) -> Change:
    return lambda headers: [*headers, (name.lower().encode(), value.encode())]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (without(SECRET_HEADER), "headers without the secret"),
        (named(SECRET_HEADER, b""), "headers without the secret"),
        (named(SECRET_HEADER, b"guessed"), "headers without the secret"),
        (named(SECRET_HEADER, SECRET.upper().encode()), "headers without the secret"),
        (named(SECRET_HEADER, SECRET.encode() + b" "), "headers without the secret"),
        (and_also(SECRET_HEADER, SECRET), "header twice"),
        (and_also("X_Preau_Secret", SECRET), "header in another spelling"),
        (and_also("X-Preau_Secret", SECRET), "header in another spelling"),
        (and_also(f"{PREFIX}sub", "city-officer"), "header twice"),
        (and_also("OIDC-CLAIM-sub", "city-officer"), "header in another spelling"),
        (and_also("oidc_claim-SUB", "city-officer"), "header in another spelling"),
        (and_also("OIDC-CLAIM-ENTPersonStructRattachUAI", FESSART), "header in another spelling"),
        (lambda headers: [], "headers without the secret"),
        (without(f"{PREFIX}sub"), "headers name nobody"),
        (named(f"{PREFIX}sub", b""), "headers name nobody"),
        (named(f"{PREFIX}sub", b"  "), "headers name nobody"),
        (named(f"{PREFIX}sub", b"(null)"), "headers name nobody"),
        (named(f"{PREFIX}sub", b"NULL"), "headers name nobody"),
        (named(f"{PREFIX}sub", b"x" * 256), "headers name nobody"),
        (named(f"{PREFIX}sub", b"a\tb"), "header badly encoded"),
        (named(f"{PREFIX}sub", b"\xff\xfe"), "header badly encoded"),
        (named(f"{PREFIX}sub", b"\xc0\xaf"), "header badly encoded"),
        (named(f"{PREFIX}sub", "a\u202eb".encode()), "header badly encoded"),
        (named(f"{PREFIX}name", b"x" * 4097), "header too long"),
    ],
)
def test_headers_that_prove_nothing(house: House, change: Change, why: str) -> None:
    answer = attempt(house, change)
    assert answer.status == 400
    assert "__Host-preau=" not in str(answer.header("set-cookie"))
    assert (house.events()[-1]["event"], reason(house)) == ("sign-in failed", why)


def test_a_header_says_what_its_provider_may_say(house: House) -> None:
    """The rest of the mapping is that of every provider: schools, profiles, pairs."""
    for change in (named(f"{PREFIX}ENTPersonStructRattachUAI", b"0690078K"), named(f"{PREFIX}ENTPersonProfils", b"4")):
        browser = house.browser()
        target = house.start(browser, "passerelle").removeprefix(browser.origin)
        answer = browser.ask("GET", target, headers=NAVIGATION, more=change(house.front.identity(WHO)))
        assert answer.status == 303
        assert browser.get("/fessart/").status == 403


SPELLINGS = [
    SECRET_HEADER,
    "x-preau-secret",
    "X_PREAU_SECRET",
    "x-preau_secret",
    f"{PREFIX}sub",
    "OIDC-CLAIM-SUB",
    "oidc_claim-sub",
    f"{PREFIX}ENTPersonProfils",
    "Oidc-Claim-Entpersonstructrattachuai",
    f"{PREFIX}name",
    f"{PREFIX}paired",
]


@pytest.mark.parametrize(
    "target",
    [
        "/fessart/",
        "/",
        "/-/connexion",
        "/-/connexion/ecoles/retour?code=x&state=y",
        "/-/connexion/passerelle",
        "/-/connexion/passerelle/retour/",
        "/-/connexion/Passerelle/retour",
        "/-/connexion/passerelle%2fretour",
        "/-/sante",
        "/inconnu/",
    ],
)
def test_anywhere_else_they_end_the_request(house: House, target: str) -> None:
    for browser, name in product((house.browser(), house.signed_in(WHO)), SPELLINGS):
        before = len(house.events())
        answer = browser.ask("GET", target, headers=NAVIGATION, more=[(name.lower().encode(), b"city-officer")])
        assert (answer.status, answer.body) == (400, b"400\n")
        assert [event["event"] for event in house.events()[before:]] == ["identity header"]
        assert "city-officer" not in house.log.getvalue()


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS"])
def test_at_the_one_address_only_a_get_may_carry_them(house: House, method: str) -> None:
    answer = house.browser().ask(method, f"{RETURN}?state=x", more=house.front.identity(WHO))
    assert answer.status == 400
    assert house.events()[-1]["event"] == "identity header"


def test_without_a_sign_in_of_this_browser_they_sign_nobody_in(house: House) -> None:
    victim, thief = house.browser(), house.browser()
    target = house.start(victim, "passerelle").removeprefix(victim.origin)
    assert house.front.open(thief, target, WHO).status == 400
    assert house.front.open(victim, f"{RETURN}?state={'x' * 43}", WHO).status == 400
    assert house.front.open(victim, target, WHO).status == 303
    assert house.front.open(victim, target, WHO).status == 400


def test_other_headers_mean_nothing(house: House) -> None:
    more = [(b"remote-user", b"city-officer"), (b"x-forwarded-user", b"city-officer"), (b"auth-user", b"x")]
    assert house.browser().ask("GET", "/fessart/", headers=NAVIGATION, more=more).status == 303


@pytest.fixture
def built(tmp_path: Path, loop: asyncio.Runner) -> Callable[..., House]:
    """A function that makes a house with this gateway in front alone."""

    def make(in_front: InFront | None = None, **given: object) -> House:
        ents = (headers_config("passerelle", ISSUER, **given),)
        return build_house(tmp_path, loop, ents=ents, front=in_front or InFront())

    return make


def from_peer(house: House, client: tuple[str, int] | None) -> int:
    browser = house.browser()
    target = house.start(browser, "passerelle").removeprefix(browser.origin)
    real = browser.app

    async def through(scope: Any, receive: Any, send: Any) -> None:
        await real({**scope, "client": client}, receive, send)

    browser.app = through
    return house.front.open(browser, target, WHO).status


@pytest.mark.parametrize(
    ("peers", "client", "status"),
    [
        ({"127.0.0.1"}, ("127.0.0.1", 1), 303),
        ({"127.0.0.1"}, ("::ffff:127.0.0.1", 1), 303),
        ({"127.0.0.1"}, ("127.0.0.2", 1), 400),
        ({"10.0.0.7", "10.0.0.8"}, ("10.0.0.8", 1), 303),
        ({"2001:db8::1"}, ("2001:0db8:0:0::1", 1), 303),
        ({"2001:db8::1"}, ("2001:db8::2", 1), 400),
        ({"127.0.0.1"}, None, 400),
        ({"127.0.0.1"}, ("", 1), 400),
        ({"127.0.0.1"}, ("elsewhere", 1), 400),
        ({"unix", "10.0.0.7"}, None, 400),  # nobody listens on a Unix socket: a peer without an address is none
        ({"unix", "10.0.0.7"}, ("127.0.0.1", 1), 400),
    ],
)
def test_peers(built: Callable[..., House], peers: set[str], client: tuple[str, int] | None, status: int) -> None:
    house = built(peers=frozenset(peers))
    assert from_peer(house, client) == status
    assert status == 303 or reason(house) == "headers from an unlisted peer"
    house.close()


@pytest.mark.parametrize(("client", "status"), [(None, 303), (("127.0.0.1", 1), 400)])
def test_the_unix_socket_is_a_peer_of_its_own(
    built: Callable[..., House], client: tuple[str, int] | None, status: int
) -> None:
    house = built(InFront(socket=Path("/run/preau/passerelle.sock")), peers=frozenset({"unix"}))
    assert from_peer(house, client) == status
    house.close()


@pytest.mark.parametrize(("socket", "peers"), [(None, {"unix"}), (Path("/run/x.sock"), {"127.0.0.1"})])
def test_peers_that_could_never_speak_start_no_gateway(
    built: Callable[..., House], socket: Path | None, peers: set[str]
) -> None:
    with pytest.raises(ConfigError, match="can reach the gateway"):
        built(InFront(socket=socket), peers=frozenset(peers))


def test_what_a_proxy_says_of_the_peer_counts_for_nothing(built: Callable[..., House]) -> None:
    house = built(peers=frozenset({"10.0.0.7"}))
    forwarded = and_also("X-Forwarded-For", "10.0.0.7")
    assert attempt(house, forwarded).status == 400
    house.close()


def b64(text: str) -> bytes:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        ("utf-8", "Élodie".encode(), "Élodie"),
        ("utf-8", "Élodie".encode("latin-1"), None),
        ("latin-1", "Élodie".encode("latin-1"), "Élodie"),
        ("latin-1", b"\x85", None),
        ("base64url", b64("Élodie"), "Élodie"),
        ("base64url", b64("Élodie") + b"=", None),
        ("base64url", base64.urlsafe_b64encode("Élodie".encode()), "Élodie"),
        ("base64url", "Élodie".encode(), None),
        ("base64url", b"YQ+/", None),
        ("base64url", b"YR", None),  # decodes to "a", as YQ does
        ("base64url", b64("a\nb"), None),
        ("base64url", b"_w", None),
    ],
)
def test_encodings(encoding: str, raw: bytes, text: str | None) -> None:
    ent = headers_config("passerelle", ISSUER, encoding=encoding)
    headers = [(SECRET_HEADER.lower().encode(), SECRET.encode()), (f"{PREFIX}name".lower().encode(), raw)]
    if text is None:
        with pytest.raises(SignInRefused):
            read_values(ent, headers)
    else:
        assert read_values(ent, headers) == {f"{PREFIX}name": text}


def test_a_value_that_a_server_has_not_is_none() -> None:
    ent = headers_config("passerelle", ISSUER)
    headers = [(SECRET_HEADER.lower().encode(), SECRET.encode()), (f"{PREFIX}name".lower().encode(), b"(null)")]
    assert read_values(ent, headers) == {}


@given(st.lists(st.tuples(st.sampled_from([name.lower().encode() for name in SPELLINGS]), st.binary())))
def test_total(headers: RawHeaders) -> None:
    """Without the secret nothing is ever read, whatever else is there."""
    ent = headers_config("passerelle", ISSUER)
    with pytest.raises(SignInRefused):
        read_values(ent, [(name, value) for name, value in headers if value != SECRET.encode()])


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "X Remote User"},
        {"subject": "X-User\r\nX"},
        {"subject": ""},
        {"secret_header": "X-Élève"},
        {"subject": "X_Preau_Secret"},
        {"peers": frozenset({"10.0.0.0/8"})},
        {"peers": frozenset({"localhost"})},
        {"encoding": "utf-16"},
        {"sign_out": "/logout"},
        {"claims": replace(headers_config("x", ISSUER).claims, profile="user.profile")},
    ],
)
def test_settings_that_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        headers_config("passerelle", ISSUER, **given)


def test_a_short_secret_starts_no_gateway(built: Callable[..., House]) -> None:
    with pytest.raises(ConfigError) as caught:
        built(secret="short")
    assert "shorter than" in str(caught.value.reasons[0].text(str))


def test_signing_out_goes_to_the_gateway_in_front(built: Callable[..., House]) -> None:
    away = "https://centres.example/-/passerelle?logout=https%3A%2F%2Fcentres.example%2F-%2Fconnexion%2Fau-revoir"
    house = built(sign_out=away)
    browser: Browser = house.signed_in(WHO, "passerelle")
    token = browser.get("/-/compte").text.split('name="jeton" value="')[1].split('"')[0]
    assert browser.post("/-/deconnexion", f"jeton={token}").location == away
    assert browser.get("/fessart/").status == 303
    house.close()


def test_no_gateway_in_front_means_no_name_is_special(tmp_path: Path, loop: asyncio.Runner) -> None:
    from tests.publish.gateway.house import ent_config

    house = build_house(tmp_path, loop, ents=(ent_config("ecoles", "https://ecoles.example"),))
    more = [(f"{PREFIX}sub".lower().encode(), b"city-officer")]
    assert house.browser().ask("GET", "/fessart/", headers=NAVIGATION, more=more).status == 303
    house.close()
