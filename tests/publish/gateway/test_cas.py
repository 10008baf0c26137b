"""Signing in with CAS through the whole gateway: the ticket, the ways a server can be wrong, single logout."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import httpx2
import pytest

from publish.access import Policy
from publish.gateway.cas import REMEMBERED
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.cas import LOGOUT, success
from tests.publish.gateway.house import (
    ADDRESS,
    FESSART,
    OPENS,
    PEOPLE,
    House,
    build_house,
    cas_config,
    listed,
    policy_of,
)

BACK = "/-/connexion/academie/retour"
SESSION = "__Host-preau"


def sign_in(house: House, subject: str = "guardian-fessart") -> Answer:
    browser = house.browser()
    return house.finish(browser, house.start(browser, "academie"), subject, "academie")


def reason(house: House) -> str:
    return house.events()[-1].get("reason", "")


def notice(house: House, body: str | bytes, kind: str = "", ent: str = "academie") -> Answer:
    """What a server sends by itself: no cookie, no origin, perhaps no type."""
    headers = {"content-type": kind} if kind else {}
    data = body.encode() if isinstance(body, str) else body
    return house.browser().ask("POST", f"/-/connexion/{ent}/retour?state=x", headers=headers, body=data)


def test_the_way_there(house: House) -> None:
    answer = house.browser().post("/-/connexion/academie", "retour=/fessart/", x_forwarded_host="evil.example")
    url = urlsplit(answer.location)
    assert (answer.status, f"{url.scheme}://{url.netloc}{url.path}") == (303, "https://academie.example/cas/login")
    (service,) = parse_qs(url.query, strict_parsing=True)["service"]
    assert service.startswith(f"{ADDRESS}{BACK}?state=")
    assert "evil" not in answer.location


@pytest.mark.parametrize("subject", PEOPLE)
def test_everybody_enters_where_they_may(house: House, subject: str) -> None:
    browser = house.signed_in(subject, "academie")
    opened = {slug for slug in ("fessart", "escudier", "billancourt") if browser.get(f"/{slug}/").status == 200}
    # The lists name people of the other provider: the same name here is somebody else.
    listed = subject.startswith("animator") or subject == "city-officer"
    assert opened == (frozenset() if listed else OPENS[subject])


def test_the_ticket_is_asked_about_once_and_whole(house: House) -> None:
    browser = house.browser()
    url = house.start(browser, "academie", "/fessart/plan/")
    answer = house.finish(browser, url, "guardian-fessart", "academie")
    assert (answer.status, answer.location) == (303, "/fessart/plan/")
    (asked,) = house.cas.asked
    assert asked["service"] == parse_qs(urlsplit(url).query)["service"]
    assert set(asked) == {"service", "ticket"}
    assert "Paul Exemple" in browser.get("/-/compte").text


def test_where_tickets_are_validated(tmp_path: Path, loop: asyncio.Runner) -> None:
    for number, path in enumerate(("/serviceValidate", "/p3/serviceValidate")):
        folder = tmp_path / str(number)
        folder.mkdir()
        ents = (cas_config("academie", "https://academie.example/cas", validation=path),)
        house = build_house(folder, loop, ents=ents)
        seen: list[str] = []
        real = house.cas.answer

        def answer(request: httpx2.Request, seen: list[str] = seen, real=real) -> httpx2.Response:
            seen.append(request.url.path)
            return real(request)

        house.cas.answer = answer  # type: ignore[method-assign]
        assert sign_in(house).status == 303
        assert seen == [f"/cas{path}"]
        house.close()


@pytest.mark.parametrize(
    "ticket",
    [
        "",
        "ST-",
        "PT-1-x",
        "PGT-1",
        "st-1",
        "ST-1&service=https://evil.example",
        "ST-1 2",
        "ST-é",
        "ST-1\n",
        "ST-" + "x" * 254,
    ],
)
def test_what_is_no_ticket_is_not_asked_about(house: House, ticket: str) -> None:
    browser = house.browser()
    state = parse_qs(urlsplit(house.start(browser, "academie")).query)["service"][0].partition("state=")[2]
    answer = browser.get(f"{BACK}?{urlencode({'state': state, 'ticket': ticket})}")
    assert (answer.status, reason(house), house.cas.asked) == (400, "no ticket", [])


def test_without_a_ticket_or_with_two(house: House) -> None:
    browser = house.browser()
    url = house.start(browser, "academie")
    target = house.cas.authorize(url, "guardian-fessart")
    assert browser.get(f"{target}&ticket=ST-2").status == 400
    assert reason(house) == "answer malformed"
    assert browser.get(target.partition("&ticket")[0]).status == 400
    assert reason(house) == "no ticket"
    assert house.cas.asked == []


def test_a_ticket_is_good_once(house: House) -> None:
    browser = house.browser()
    target = house.cas.authorize(house.start(browser, "academie"), "guardian-fessart")
    assert browser.get(target).status == 303
    assert browser.get(target).status == 400
    assert reason(house) == "sign-in unknown, too old or used"


def replayed(house: House) -> Answer:
    """The ticket of a sign-in that ended well, under a state of another one."""
    victim, thief = house.browser(), house.browser()
    target = house.cas.authorize(house.start(victim, "academie"), "guardian-fessart")
    assert victim.get(target).status == 303
    own = house.cas.authorize(house.start(thief, "academie"), "nobody-known")
    return thief.get(f"{own.partition('&ticket')[0]}&ticket{target.partition('&ticket')[2]}")


def test_a_ticket_of_another_sign_in(house: House) -> None:
    assert replayed(house).status == 400
    assert reason(house) == "ticket not accepted"
    assert house.cas.asked[0]["service"] != house.cas.asked[1]["service"]


def test_a_lenient_server_makes_no_ticket_good_twice(house: House) -> None:
    house.cas.lenient = True
    assert replayed(house).status == 400
    assert reason(house) == "ticket used before"
    assert timedelta(hours=1) < REMEMBERED


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (httpx2.Response(500, content=success("<cas:user>guardian-fessart</cas:user>")), 503, "validation fails"),
        (httpx2.Response(404), 503, "validation fails"),
        (httpx2.Response(302, headers={"location": "https://evil.example/"}), 503, "validation fails"),
        (httpx2.Response(204), 503, "validation fails"),
        (success("<cas:user>x</cas:user>" + " " * 300_000), 503, "validation does not answer"),
        ("x" * 10_000_000, 503, "validation does not answer"),
        (success(f"<cas:user>{FESSART}</cas:user>"), 400, "principal is a school"),
        (success("<cas:user>a</cas:user><cas:user>b</cas:user>"), 400, "answer ambiguous"),
        ("<!DOCTYPE x>" + success("<cas:user>a</cas:user>"), 400, "answer malformed"),
        ("yes\nguardian-fessart\n", 400, "answer malformed"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_servers_that_are_wrong(house: House, answer: str | httpx2.Response, status: int, why: str) -> None:
    house.cas.answers = lambda _: answer
    browser = house.browser()
    found = house.finish(browser, house.start(browser, "academie"), "guardian-fessart", "academie")
    assert (found.status, reason(house)) == (status, why)
    assert SESSION not in browser.cookies


def test_a_server_that_is_down(house: House) -> None:
    house.cas.down = True
    assert (sign_in(house).status, reason(house)) == (503, "validation does not answer")


def test_a_server_that_never_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("publish.gateway.outgoing.SECONDS", 0.05)
    monkeypatch.setattr(house.gateway.sign_ins["academie"]._transport, "_inner", httpx2.MockTransport(never))  # type: ignore[attr-defined]
    assert (sign_in(house).status, reason(house)) == (503, "validation does not answer")


def test_an_attribute_called_sub_is_not_the_principal(house: House) -> None:
    house.cas.answers = lambda _: success(
        "<cas:user>nobody-known</cas:user><cas:attributes><cas:sub>city-officer</cas:sub></cas:attributes>"
    )
    house.policy("fessart", policy_with(house, "city-officer"))
    assert house.signed_in("guardian-fessart", "academie").get("/fessart/").status == 403
    house.policy("fessart", policy_with(house, "nobody-known"))
    house.clock.later(seconds=11)
    assert house.signed_in("guardian-fessart", "academie").get("/fessart/").status == 200


def policy_with(house: House, subject: str) -> Policy:
    return replace(policy_of("fessart", "https://ecoles.example"), city=listed(house.cas.address, subject))


def test_sign_out_goes_to_the_server_too(house: House) -> None:
    browser = house.signed_in("guardian-fessart", "academie")
    token = browser.get("/-/compte").text.split('name="jeton" value="')[1].split('"')[0]
    answer = browser.post("/-/deconnexion", f"jeton={token}")
    goodbye = quote_plus(f"{ADDRESS}/-/connexion/au-revoir")
    assert (answer.status, answer.location) == (303, f"https://academie.example/cas/logout?service={goodbye}")
    assert browser.get("/fessart/").status == 303
    policy = house.signed_in("guardian-fessart", "academie").get("/-/compte").header("content-security-policy")
    assert policy is not None
    assert policy.endswith("form-action 'self' https://academie.example")


def opened(house: House) -> tuple[Browser, str]:
    """Somebody signed in, and their ticket."""
    browser = house.signed_in("guardian-fessart", "academie")
    return browser, list(house.cas.tickets)[-1]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (True, "application/x-www-form-urlencoded"),
        (True, "application/x-www-form-urlencoded; charset=UTF-8"),
        (True, ""),
        (False, ""),
        (False, "text/xml"),
        (False, "application/x-www-form-urlencoded"),
    ],
)
def test_single_logout(house: House, form: bool, kind: str) -> None:
    (browser, ticket), (other, _) = opened(house), opened(house)
    request = ("" if form else "\ufeff\n") + LOGOUT.format(ticket=ticket)
    body = urlencode({"logoutRequest": request}) if form else request
    answer = notice(house, body, kind)
    assert (answer.status, answer.body) == (200, b"")
    assert browser.get("/fessart/").status == 303
    assert other.get("/fessart/").status == 200, "somebody else was signed out"
    line = house.events()[-1]
    assert (line["event"], line["ent"], line["sessions"]) == ("provider sign-out", "academie", "1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "logoutRequest=",
        "logoutRequest=x",
        "x" * 16_000,
        "<",
        "<!DOCTYPE x>{request}",
        '<!DOCTYPE x [<!ENTITY t "{ticket}">]>{entity}',
        "<LogoutRequest><SessionIndex>{ticket}</SessionIndex></LogoutRequest>",
        "ticket={ticket}",
        "logoutRequest={quoted}&logoutRequest={quoted}",
    ],
)
def test_logouts_that_are_none_end_nothing_and_learn_nothing(house: House, body: str) -> None:
    browser, ticket = opened(house)
    request = LOGOUT.format(ticket=ticket)
    sent = body.replace("{request}", request).replace("{ticket}", ticket).replace("{quoted}", quote_plus(request))
    sent = sent.replace("{entity}", LOGOUT.format(ticket="&t;"))
    answer = notice(house, sent)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.raw_headers == notice(house, LOGOUT.format(ticket="ST-unknown")).raw_headers
    assert browser.get("/fessart/").status == 200


def test_a_logout_at_another_provider_s_address_ends_nothing(house: House) -> None:
    browser, ticket = opened(house)
    assert notice(house, LOGOUT.format(ticket=ticket), ent="ecoles").status == 400
    assert browser.get("/fessart/").status == 200


def test_a_ticket_of_a_sign_in_under_way_ends_nothing(house: House) -> None:
    browser = house.browser()
    target = house.cas.authorize(house.start(browser, "academie"), "guardian-fessart")
    assert notice(house, LOGOUT.format(ticket=list(house.cas.tickets)[-1])).status == 200
    assert browser.get(target).status == 303
    assert browser.get("/fessart/").status == 200


def test_too_large_a_logout(house: House) -> None:
    assert notice(house, "<x>" + "y" * 20_000).status == 413


def test_no_ticket_in_any_log_nor_in_the_sessions_file(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        notice(house, LOGOUT.format(ticket=opened(house)[1]))
        opened(house)
        house.cas.answers = lambda _: "<x>"
        sign_in(house)
    lines = "\n".join(record.getMessage() for record in caplog.records)
    files = b"".join(path.read_bytes() for path in house.config.sessions.parent.glob("sessions*"))
    for ticket in house.cas.tickets:
        for written in (house.log.getvalue(), lines, files.decode("latin-1")):
            assert ticket not in written
            assert ticket[5:] not in written
