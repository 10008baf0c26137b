"""Attacks on how bytes leave: the files that nginx is told to send, a store that is silent, and floods."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.responses import Response
from starlette.types import Scope

from publish.access import Decision, Rule
from publish.errors import StoreError
from publish.front import Front
from publish.gateway import app, blob_cache, clients, delivery, pages, site_routes, sites
from publish.gateway.blob_cache import BlobCache
from publish.gateway.clients import Rates
from publish.gateway.codings import CodedTexts, encode
from publish.withdrawn import withdraw
from tests.publish.gateway.house import House, build_house, digest, files
from tests.publish.gateway.protection import PHOTO, Protection, opens


def behind_nginx(house: House, **given: Any) -> House:
    """The same house once more, with nginx in front."""
    folder = house.config.sessions.parent / "behind"
    folder.mkdir()
    return build_house(folder, house.loop, front=Front(behind_nginx=True, cache=folder / "blobs", **given))


def named(house: House, subject: str = "guardian-fessart") -> Path | None:
    """The file that nginx is told to send when somebody asks for the photo."""
    name = house.signed_in(subject).fetch(PHOTO).header("x-preau-file")
    assert house.config.front.cache is not None
    return house.config.front.cache / name if name else None


def file_of_another_centre(house: House) -> bool:
    """Who may not enter asks for a photo, and nginx is told where it is."""
    return named(behind_nginx(house), "child-escudier") is not None


def admit_everybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(site_routes, "decide", lambda *_: Decision(True, Rule.MEMBERSHIP))


def changed_file(house: House) -> bool:
    """Somebody changes a file that nginx was told to send before."""
    behind = behind_nginx(house)
    path = named(behind)
    assert path is not None
    path.write_bytes(b"!" * path.stat().st_size)
    again = named(behind)
    return again is not None and again.read_bytes().startswith(b"!!")


def trust_the_disk(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blob_cache, "identity", lambda _: (0, 0, 0, 0, 0))


def withdrawn_file(house: House) -> bool:
    """A photo was withdrawn; its bytes stay on the gateway's disk."""
    behind = behind_nginx(house)
    path = named(behind)
    assert path is not None
    withdraw(behind.store, "fessart", digests=[path.name], paths=[], since=behind.clock(), by="test")
    behind.clock.later(seconds=10)
    assert named(behind) is None
    return path.exists()


def keep_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(BlobCache, "forget", lambda *_: None)


def withdrawn_text(house: House) -> bool:
    """A page was withdrawn; its compressed form stays in the gateway's memory."""
    browser = house.signed_in("guardian-fessart")
    for coding in ("br", "gzip"):
        assert browser.get("/fessart/plan/", accept_encoding=coding).header("content-encoding") == coding
    assert house.gateway.coded._kept
    gone = digest(files("fessart")["plan/index.html"])
    withdraw(house.store, "fessart", digests=[gone], paths=[], since=house.clock(), by="test")
    house.clock.later(seconds=10)
    assert browser.get("/fessart/plan/", accept_encoding="br").status == 410
    return bool(house.gateway.coded._kept)


def keep_texts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CodedTexts, "forget", lambda *_: None)


def work_for_who_may_not_enter(house: House) -> bool:
    """The gateway compresses texts for somebody whom it then refuses."""
    browser = house.signed_in("guardian-outside")
    for path in ("", "plan/", "calendrier.ics"):
        browser.get(f"/fessart/{path}", accept_encoding="br")
    return bool(house.gateway.coded._kept)


def length_of_a_form(house: House) -> bool:
    """Who sees the length of a compressed page guesses the value of its form, letter by letter (BREACH)."""
    browser = house.signed_in("guardian-fessart")
    answers = [browser.get(path, accept_encoding="gzip, br") for path in ("/", "/-/compte", "/-/connexion", "/-/code")]
    return any(answer.header("content-encoding") for answer in answers)


def compress_everything(patch: pytest.MonkeyPatch) -> None:
    real = pages.Pages.page

    async def page(self: pages.Pages, *given: Any, **values: Any) -> Any:
        plain = await real(self, *given, **values)
        kept = {name: value for name, value in plain.headers.items() if name != "content-length"}
        return Response(encode(bytes(plain.body), "br"), plain.status_code, {**kept, "content-encoding": "br"})

    patch.setattr(pages.Pages, "page", page)


def file_that_nobody_asks_for(house: House) -> bool:
    """The same, and no family looks at that centre any more."""
    behind = behind_nginx(house)
    path = named(behind)
    assert path is not None
    withdraw(behind.store, "fessart", digests=[path.name], paths=[], since=behind.clock(), by="test")
    behind.clock.later(seconds=10)

    async def live_on() -> None:
        async with behind.app.router.lifespan_context(behind.app):  # type: ignore[attr-defined]
            for _ in range(100):
                if path.exists():
                    await anyio.sleep(0.01)

    with pytest.MonkeyPatch.context() as soon:
        soon.setattr(app, "SWEEP_SECONDS", 0.01)
        behind.loop.run(live_on())
    return path.exists()


def wait_until_asked(patch: pytest.MonkeyPatch) -> None:
    async def purge(*_: object) -> None:
        """Nobody looks."""

    patch.setattr(app, "_purge", purge)


def file_for_everybody(house: House) -> bool:
    """Another program on the gateway's machine reads what families look at."""
    path = named(behind_nginx(house))
    assert path is not None
    return any(stat.S_IMODE(place.stat().st_mode) & 0o007 for place in (path, path.parent, path.parent.parent))


def open_files(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(blob_cache, "FILE_MODE", 0o644)


def many_parts(house: House) -> bool:
    """A request of a kilobyte that makes an answer of many times the file (CVE-2025-62727 and its kin)."""
    asked = "bytes=" + ",".join("0-" for _ in range(300))
    browser = house.signed_in("guardian-fessart")
    return len(browser.fetch(PHOTO, range=asked).body) > 2 * len(browser.fetch(PHOTO).body)


def give_every_part(patch: pytest.MonkeyPatch) -> None:
    real = delivery.Own.send

    async def send(self: delivery.Own, request: Any, slug: str, file: Any, headers: Any, status: int = 200) -> Any:
        answer = await real(self, request, slug, file, headers, status)
        answer.body = bytes(answer.body) * (request.headers.get("range", "").count(",") + 1)
        return answer

    patch.setattr(delivery.Own, "send", send)


def silent_store(house: House) -> bool:
    """The store does not answer, so that nobody can know what is withdrawn."""
    browser = house.signed_in("guardian-fessart")
    assert opens(browser)

    def fail(*_: object) -> None:
        raise StoreError("silent")

    house.store.exists = fail  # type: ignore[method-assign, assignment]
    house.clock.later(seconds=61)
    return opens(browser)


def trust_what_is_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sites, "KEPT", timedelta(days=1))


def invented_names(house: House) -> bool:
    """Somebody signed in asks for centre after centre that nobody has: the store, which all share, works for them."""
    browser, calls, asked = house.signed_in("guardian-fessart"), house.gateway.sites._calls, []
    opens(browser)
    real = calls.ask

    async def ask(*given: Any) -> Any:
        asked.append(given)
        return await real(*given)

    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(calls, "ask", ask)
        for number in range(20):
            assert not opens(browser, f"/inconnu-{number}/")
    return len(asked) > 2


def ask_for_each(patch: pytest.MonkeyPatch) -> None:
    async def is_one(*_: object) -> bool:
        return True

    patch.setattr(sites.Sites, "_is_one", is_one)


def flood(house: House) -> bool:
    """One address asks without a session, again and again."""
    browser = behind_nginx(house, per_minute=60).browser()
    return {browser.get("/-/connexion").status for _ in range(70)} == {200}


def count_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rates, "allow", lambda *_: True)


def flood_of_many_names(house: House) -> bool:
    """The same, naming another address each time."""
    browser = behind_nginx(house, per_minute=60).browser()
    statuses = {browser.get("/-/connexion", x_forwarded_for=f"203.0.113.{number}").status for number in range(70)}
    return statuses == {200}


def believe_everybody(patch: pytest.MonkeyPatch) -> None:
    def named_address(scope: Scope, _: object) -> str:
        return next((value.decode() for name, value in scope["headers"] if name == b"x-forwarded-for"), "")

    patch.setattr(clients, "client_of", named_address)


PROTECTIONS: Mapping[str, Protection] = {
    "files named after the decision": Protection(file_of_another_centre, admit_everybody),
    "files verified each time": Protection(changed_file, trust_the_disk),
    "withdrawn files leave the disk": Protection(withdrawn_file, keep_files),
    "withdrawn texts leave memory": Protection(withdrawn_text, keep_texts),
    "compressed after the decision": Protection(work_for_who_may_not_enter, admit_everybody),
    "pages with forms are sent plain": Protection(length_of_a_form, compress_everything),
    "withdrawals that nobody asks about": Protection(file_that_nobody_asks_for, wait_until_asked),
    "files for nobody else": Protection(file_for_everybody, open_files),
    "one part at a time": Protection(many_parts, give_every_part),
    "a minute of a silent store": Protection(silent_store, trust_what_is_known),
    "names that no centre has": Protection(invented_names, ask_for_each),
    "requests without a session": Protection(flood, count_nothing),
    "addresses from proxies alone": Protection(flood_of_many_names, believe_everybody),
}
