"""Attacks on signing in and out with CAS: by visitors, by other applications, by servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import httpx2
import pytest

from publish.gateway import cas, cas_answer, xml_tree
from publish.gateway.cas_answer import Principal
from publish.gateway.sessions import Attempt, token_hash
from publish.gateway.sessions_sqlite import SqliteSessions
from publish.gateway.sign_in import Answer, Verified
from tests.publish.gateway.cas import LOGOUT, success
from tests.publish.gateway.house import FESSART, House
from tests.publish.gateway.protection import Protection, opens

MEMBER = (
    "<cas:attributes><cas:ENTPersonProfils>National_TUT</cas:ENTPersonProfils>"
    f"<cas:ENTPersonStructRattachUAI>{FESSART}</cas:ENTPersonStructRattachUAI></cas:attributes>"
)


def answering(text: str) -> Callable[[House], bool]:
    """A server (or an application that can write into its answers) that says this signs somebody in at Fessart."""

    def attack(house: House) -> bool:
        house.cas.answers = lambda _: text
        browser = house.browser()
        house.finish(browser, house.start(browser, "academie"), "nobody-known", "academie")
        return opens(browser)

    return attack


def first_of_everything(patch: pytest.MonkeyPatch) -> None:
    """As a careless reader does: whatever is found first, wherever it stands."""

    def read(data: bytes) -> Principal:
        root = xml_tree.parse(data)
        found = {xml_tree.split(element.tag)[1]: element for element in reversed(list(root.iter()))}
        attributes = {name: xml_tree.text(element) for name, element in found.items()}
        return Principal(attributes["user"], attributes)

    patch.setattr(cas, "read_answer", read)


def any_xml(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(xml_tree, "fromstring", lambda data, **_: ET.fromstring(data))


def every_principal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cas_answer, "_UAI", re.compile(r"(?!)"))


def replayed_ticket(house: House) -> bool:
    """A ticket that was used (found in a history) under a sign-in of one's own, at a server that lets it pass."""
    house.cas.lenient = True
    victim, thief = house.browser(), house.browser()
    target = house.cas.authorize(house.start(victim, "academie"), "guardian-fessart")
    victim.get(target)
    own = house.cas.authorize(house.start(thief, "academie"), "nobody-known")
    thief.get(f"{own.partition('&')[0]}&{target.partition('&')[2]}")
    return opens(thief)


def always_new(patch: pytest.MonkeyPatch) -> None:
    async def once(self: SqliteSessions, mark: bytes, life: object) -> bool:
        return True

    patch.setattr(SqliteSessions, "once", once)


BACK = "/-/connexion/academie/retour"


def stolen_ticket(house: House) -> bool:
    """A ticket that somebody saw on the way, before it was used, brought back in another browser's sign-in."""
    victim, thief = house.browser(), house.browser()
    seen = house.cas.authorize(house.start(victim, "academie"), "guardian-fessart")
    ticket = parse_qs(urlsplit(seen).query)["ticket"][0]
    own = parse_qs(urlsplit(house.start(thief, "academie")).query)["service"][0]
    thief.get(f"{BACK}?{urlsplit(own).query or 'state=none'}&ticket={ticket}")
    return opens(thief)


def one_service_for_all(patch: pytest.MonkeyPatch) -> None:
    """As most clients do: the service is the same for everybody, and the cookie alone says whose sign-in it is."""

    async def take(self: SqliteSessions, state: str, browser: str) -> Attempt | None:
        found = self._db.execute(
            "SELECT ent, nonce, verifier, back FROM attempts WHERE browser = ?", (token_hash(browser),)
        ).fetchone()
        ent, nonce, verifier, back = found
        return Attempt(ent, nonce, verifier, back, self._clock())

    patch.setattr(cas.Cas, "_service_of", lambda self, state: self._service)
    patch.setattr(SqliteSessions, "take", take)


def service_of_my_own(house: House) -> bool:
    """Some servers repeat among the attributes what the service URL says: somebody adds a school to it."""

    def repeats(answer: str) -> str:
        service = [service for service, _ in house.cas.tickets.values()][-1]
        schools = parse_qs(urlsplit(service).query).get("rne", [])
        planted = "".join(
            f"<cas:ENTPersonStructRattachUAI>{school}</cas:ENTPersonStructRattachUAI>" for school in schools
        )
        return answer.replace("</cas:attributes>", f"{planted}</cas:attributes>")

    house.cas.answers = repeats
    browser = house.browser()
    url = house.start(browser, "academie")
    browser.get(house.cas.authorize(f"{url}{quote(f'&rne={FESSART}')}", "guardian-outside"))
    return opens(browser)


def service_of_the_request(patch: pytest.MonkeyPatch) -> None:
    """As clients do that make the service URL of the address at which the browser came back."""
    real = cas.Cas.finish

    async def finish(self: cas.Cas, answer: Answer, attempt: Attempt) -> Verified:
        query = urlencode({name: value for name, value in answer.fields.items() if name != "ticket"})
        patch.setattr(cas.Cas, "_service_of", lambda self, state: f"{self._service}?{query}")
        return await real(self, answer, attempt)

    patch.setattr(cas.Cas, "finish", finish)


def injected_parameter(house: House) -> bool:
    """CVE-2014-4172: a ticket that brings a parameter of its own along to the validation."""
    browser = house.browser()
    (service,) = parse_qs(urlsplit(house.start(browser, "academie")).query)["service"]
    query = f"{urlsplit(service).query}&{urlencode({'ticket': 'ST-1&pgtUrl=https://evil.example'})}"
    browser.get(f"{BACK}?{query}")
    return any("pgtUrl" in asked for asked in house.cas.asked)


def as_it_is(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cas, "TICKET", re.compile(r".*", re.DOTALL))
    patch.setattr(cas, "urlencode", lambda pairs: "&".join(f"{name}={value}" for name, value in pairs.items()))


def failing_with_a_body(house: House) -> bool:
    house.cas.answers = lambda answer: httpx2.Response(500, content=answer)
    browser = house.browser()
    house.finish(browser, house.start(browser, "academie"), "guardian-fessart", "academie")
    return opens(browser)


def whatever_the_status(patch: pytest.MonkeyPatch) -> None:
    real = httpx2.AsyncClient.get

    async def get(self: httpx2.AsyncClient, *args: object, **given: object) -> httpx2.Response:
        answer = await real(self, *args, **given)  # type: ignore[arg-type]
        return httpx2.Response(200, content=answer.content, request=answer.request)

    patch.setattr(httpx2.AsyncClient, "get", get)


def guessed_logout(house: House) -> bool:
    """Somebody signs a person out without knowing the ticket."""
    browser = house.signed_in("guardian-fessart", "academie")
    house.browser().ask("POST", BACK, headers={}, body=LOGOUT.format(ticket="ST-guessed").encode())
    return not opens(browser)


def any_ticket(patch: pytest.MonkeyPatch) -> None:
    async def end_by(self: SqliteSessions, handle: bytes) -> int:
        return self._db.execute("DELETE FROM sessions").rowcount

    patch.setattr(SqliteSessions, "end_by", end_by)


def not_heard(house: House) -> bool:
    """The ENT ended the session (a shared computer), and it goes on here."""
    browser = house.signed_in("guardian-fessart", "academie")
    ticket = list(house.cas.tickets)[-1]
    house.browser().ask("POST", BACK, headers={}, body=LOGOUT.format(ticket=ticket).encode())
    return opens(browser)


def deaf(patch: pytest.MonkeyPatch) -> None:
    async def end_by(self: SqliteSessions, handle: bytes) -> int:
        return 0

    patch.setattr(SqliteSessions, "end_by", end_by)


USER = "<cas:user>somebody</cas:user>"

PROTECTIONS: Mapping[str, Protection] = {
    "ticket used once": Protection(replayed_ticket, always_new),
    "ticket bound to the sign-in": Protection(stolen_ticket, one_service_for_all),
    "service URL of ours": Protection(service_of_my_own, service_of_the_request),
    "one CAS answer, at its place": Protection(
        answering(success(f"{USER}<cas:attributes><cas:note>{success(USER + MEMBER)}</cas:note></cas:attributes>")),
        first_of_everything,
    ),
    "namespace of a CAS answer": Protection(
        answering(success(USER + MEMBER).replace("http://www.yale.edu/tp/cas", "urn:x")), first_of_everything
    ),
    "no proxy ticket": Protection(
        answering(success(f"{USER}{MEMBER}<cas:proxies><cas:proxy>x</cas:proxy></cas:proxies>")), first_of_everything
    ),
    "no DOCTYPE, no entity": Protection(
        answering(f'<!DOCTYPE x [<!ENTITY u "somebody">]>{success("<cas:user>&u;</cas:user>" + MEMBER)}'), any_xml
    ),
    "principal is a person": Protection(answering(success(f"<cas:user>{FESSART}</cas:user>{MEMBER}")), every_principal),
    "ticket as one parameter": Protection(injected_parameter, as_it_is),
    "status of a validation": Protection(failing_with_a_body, whatever_the_status),
    "logout names a known ticket": Protection(guessed_logout, any_ticket),
    "single logout is heard": Protection(not_heard, deaf),
}
