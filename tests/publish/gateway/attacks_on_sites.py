"""Attacks on what opens, on bytes, pages and logs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from publish.access import Decision, Rule
from publish.gateway import (
    blob_files,
    claims,
    endpoints,
    guard,
    security_log,
    site_routes,
    sites,
)
from publish.gateway.addresses import place
from publish.layout import POLICIES, blob_key, series_key
from publish.policies import list_identifier
from publish.withdrawn import Withdrawn, withdraw
from tests.publish.gateway.house import BILLANCOURT, START, House, digest, files, policy_of
from tests.publish.gateway.protection import PHOTO, SESSION, Protection, opens


def another_centre(house: House) -> bool:
    """Signed in to one site is signed in to all?"""
    return opens(house.signed_in("guardian-fessart"), "/escudier/")


def admit_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_routes, "decide", lambda *_: Decision(True, Rule.MEMBERSHIP))


def not_modified(house: House) -> bool:
    """A browser that kept a photo asks whether it changed; the answer alone would tell that it exists."""
    tag = f'"{digest(files("escudier")["photos/0123456789abcdef-640.webp"])}"'
    path = PHOTO.replace("fessart", "escudier")
    return house.signed_in("guardian-fessart").fetch(path, if_none_match=tag).status == 304


def revoked_right(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    house.policy("fessart", replace(policy_of("fessart", house.ents["ecoles"].issuer), schools=frozenset()))
    house.clock.later(seconds=10)
    return opens(browser)


def read_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sites.Sites, "_is_due", lambda self, entry: entry.value.policy is None)


def damaged_policy(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    house.store.put(series_key("fessart", POLICIES, 2), b"{")
    house.clock.later(seconds=10)
    return opens(browser)


def fall_back(patch: pytest.MonkeyPatch) -> None:
    real = sites.Sites._read_policy

    def read(self: sites.Sites, known: sites.InForce, seen: int) -> sites.InForce:
        found = real(self, known, seen)
        return found if found.policy else known

    patch.setattr(sites.Sites, "_read_policy", read)


def foreign_school(house: House) -> bool:
    """A provider vouches for a school that is not its own."""
    return opens(house.signed_in("guardian-fessart", ent="mairie"))


def vouch_for_all(patch: pytest.MonkeyPatch) -> None:
    class Every(frozenset[str]):
        def __contains__(self, item: object) -> bool:
            return True

    real = endpoints.visitor_of
    mapped = claims._findings
    patch.setattr(claims, "_findings", lambda ent, given: mapped(replace(ent, uais=Every()), given))

    async def visitor(gateway: Any, request: Any) -> Any:
        for known in gateway.sign_ins.values():
            known.ent = replace(known.ent, uais=Every())
        return await real(gateway, request)

    patch.setattr(endpoints, "visitor_of", visitor)


def guessed_pair(house: House) -> bool:
    """A teacher at Fessart who is a parent at Escudier, unpaired: is nobody's parent at Fessart."""
    return opens(house.signed_in("teacher-and-guardian-unpaired"))


def guess_pairs(patch: pytest.MonkeyPatch) -> None:
    def unpaired(ent: Any, given: Mapping[str, object]) -> tuple[list[tuple[str, str]], tuple[()]]:
        schools = claims._values(given.get(ent.claims.school))
        profiles = claims._values(given.get(ent.claims.profile))
        return [(profile, school) for profile in profiles for school in schools], ()

    patch.setattr(claims, "_unpaired", unpaired)


def foreign_list(house: House) -> bool:
    """The same identifier at another provider is another person."""
    return opens(house.signed_in("city-officer", ent="mairie"))


def forget_the_issuer(patch: pytest.MonkeyPatch) -> None:
    def identify(key: bytes, issuer: str, value: str) -> str:
        return list_identifier(key, "https://ecoles.example", value)

    patch.setattr(claims, "list_identifier", identify)


def other_path(house: House) -> bool:
    """A path that means one thing to the decision and another to whoever decodes it."""
    browser = house.signed_in("guardian-fessart")
    return browser.get("/escudier/%2e%2e/fessart/").status == 200


def decode_paths(patch: pytest.MonkeyPatch) -> None:
    import posixpath

    patch.setattr(site_routes, "place", lambda raw: place(posixpath.normpath(unquote_to_bytes(raw)) + b"/"))


def withdrawn_photo(house: House) -> bool:
    browser = house.signed_in("guardian-fessart")
    browser.get(PHOTO)
    path = PHOTO.removeprefix("/fessart/")
    withdraw(house.store, "fessart", digests=[], paths=[path], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    return opens(browser, PHOTO)


def forget_withdrawals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sites, "read_withdrawn", lambda *_: Withdrawn())


def tampered_bytes(house: House) -> bool:
    data = files("fessart")["index.html"]
    house.store.put(blob_key("fessart", digest(data)), data[:-1] + b"!")
    return opens(house.signed_in("guardian-fessart"))


def trust_the_store(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blob_files, "is_promised", lambda *_: True)


def kept_page(house: House) -> bool:
    """Back after signing out: a browser shows what it was allowed to keep."""
    return house.signed_in("guardian-fessart").get("/fessart/").header("cache-control") != "no-store"


def keep_pages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_routes, "cache_control", lambda *_: "private")


def photo_as_a_page(house: House) -> bool:
    """Back to a photo that was opened by its own address: what a browser may keep as a page it shows without asking."""
    answer = house.signed_in("guardian-fessart").get(PHOTO, sec_fetch_dest="document")
    return answer.header("cache-control") != "no-store"


def as_inside_a_page(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_routes, "NO_STORE", "private, no-cache")


def cookie_of_a_session_that_is_over(house: House) -> bool:
    """While a browser's cookie stays as it is, Chromium may show the pages that it kept for Back."""
    browser = house.signed_in("guardian-fessart")
    house.clock.later(minutes=31)
    browser.get("/fessart/")
    return SESSION in browser.cookies


def left_where_it_is(patch: pytest.MonkeyPatch) -> None:
    async def no_session(gateway: Any, request: Any) -> Response:
        return RedirectResponse("/-/connexion", 303)

    patch.setattr(endpoints, "no_session", no_session)


def foreign_host(house: House) -> bool:
    return house.browser().get("/-/connexion", host="evil.example").status == 200


def any_host(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(guard.Guard, "_refusal", lambda *_: None)


def big_body(house: House) -> bool:
    return house.browser().post("/-/connexion/ecoles", "x" * 100_000).status == 303


def no_bound(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(guard, "MOST_BODY", 10**9)


def script_in_a_name(house: House) -> bool:
    house.ents["ecoles"].people["x"] = {"name": "<script>alert(1)</script>"}
    return "<script>" in house.signed_in("x").get("/-/compte").text


def no_escaping(patch: pytest.MonkeyPatch) -> None:
    from publish.gateway import pages

    patch.setattr(pages, "Environment", lambda **given: Environment(**{**given, "autoescape": False}))


def url_in_a_log(house: House) -> bool:
    """The HTTP client's own log lines hold whole addresses."""
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    keep, logger = Keep(), logging.getLogger("httpx2")
    logger.addHandler(keep)
    house.ents["ecoles"].metadata = lambda answer: {**answer, "jwks_uri": f"{answer['jwks_uri']}?canary"}
    house.signed_in("guardian-fessart")
    logger.removeHandler(keep)
    return any("canary" in line for line in seen)


def loud_loggers(patch: pytest.MonkeyPatch) -> None:
    from publish.gateway import app

    patch.setattr(app, "quiet_loggers", lambda: logging.getLogger("httpx2").setLevel(logging.INFO))


def two_children(house: House) -> bool:
    """Whoever is in the log can be recognised in a list, or by name."""
    house.signed_in("guardian-two")
    written = house.log.getvalue()
    return "guardian-two" in written or BILLANCOURT in written


def plain_names(patch: pytest.MonkeyPatch) -> None:
    from publish.gateway.security_log import SecurityLog

    patch.setattr(SecurityLog, "pseudonym", lambda self, person: person.subject)


def flooded_log(house: House) -> bool:
    """Whoever asks for another host, thousands of times: lines until the disk is full."""
    nobody = house.browser()
    for _ in range(security_log.MOST_A_MINUTE + 50):
        nobody.ask("GET", "/", host="evil.example")
    return len(house.events()) > security_log.MOST_A_MINUTE


def every_line(patch: pytest.MonkeyPatch) -> None:
    class Forgetful(dict[object, int]):
        def get(self, *_: object) -> int:
            return 0

    real = security_log.SecurityLog.__init__

    def init(self: security_log.SecurityLog, *given: Any) -> None:
        real(self, *given)
        self._minute, self._said = int(START.timestamp() // 60), Forgetful()  # type: ignore[assignment]

    patch.setattr(security_log.SecurityLog, "__init__", init)


PROTECTIONS: Mapping[str, Protection] = {
    "decision at every request": Protection(another_centre, admit_everybody),
    "304 after the decision": Protection(not_modified, admit_everybody),
    "policy in force": Protection(revoked_right, read_once),
    "damaged policy admits nobody": Protection(damaged_policy, fall_back),
    "schools that a provider may vouch for": Protection(foreign_school, vouch_for_all),
    "no guessed pairs": Protection(guessed_pair, guess_pairs),
    "identifiers belong to an issuer": Protection(foreign_list, forget_the_issuer),
    "raw paths": Protection(other_path, decode_paths),
    "withdrawals": Protection(withdrawn_photo, forget_withdrawals),
    "verified bytes": Protection(tampered_bytes, trust_the_store),
    "pages kept by nobody": Protection(kept_page, keep_pages),
    "a photo by itself is a page": Protection(photo_as_a_page, as_inside_a_page),
    "cookie taken back": Protection(cookie_of_a_session_that_is_over, left_where_it_is),
    "own host only": Protection(foreign_host, any_host),
    "size of a request": Protection(big_body, no_bound),
    "escaping": Protection(script_in_a_name, no_escaping),
    "addresses out of logs": Protection(url_in_a_log, loud_loggers),
    "lines of the log a minute": Protection(flooded_log, every_line),
    "pseudonyms in the log": Protection(two_children, plain_names),
}
