"""The public address, as a browser and a stranger reach it: TLS, clock, headers, and doors that must be closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from publish.doctor.causes import untrusted, why_unreached, why_untrusted
from publish.doctor.outside import Outside
from publish.errors import N_, Reason
from publish.findings import Finding, bad, good, told
from publish.gateway.addresses import ACCOUNT, HEALTH, SIGN_IN
from publish.gateway.headers import form_headers, security_headers
from publish.gateway.sessions import Clock

MOST_SKEW = timedelta(seconds=60)
"""A token is refused a minute too early or too late at most."""

CERTIFICATE_DAYS = 14
"""Fewer days than that before a certificate ends are told: whoever renews it by itself has done so by then."""

NAVIGATION = {"accept": "text/html", "sec-fetch-mode": "navigate"}
_PER_PAGE = frozenset(name for name, _ in form_headers(()))


async def examine_address(outside: Outside, address: str, clock: Clock, paths: Iterable[str]) -> AsyncIterator[Finding]:
    """Look at the public address, without a session; what does not answer ends the look, and is told.

    Arguments:
        address: public origin, from the configuration.
        paths: of published sites, which must be closed: `/fessart/`, `/fessart/photos/…`.
    """
    try:
        async for finding in _look(outside, address, clock, paths):
            yield finding
    except httpx2.HTTPError as error:
        yield _unreached(address, error)


async def _look(outside: Outside, address: str, clock: Clock, paths: Iterable[str]) -> AsyncIterator[Finding]:
    health = await outside.get(f"{address}{HEALTH}")
    if health.status_code != 200:
        yield bad(N_("{url} answers {status} instead of 200: is the gateway running?"), url=f"{address}{HEALTH}",
                  status=health.status_code)  # fmt: skip
        return
    yield good(N_("{address} answers, over TLS that a browser trusts"), address=address)
    for finding in (_certificate(outside, address, clock()), _clock(health.headers, clock())):
        if finding is not None:
            yield finding
    yield await _plain_http(outside, address)
    yield _headers(Reason(N_("the sign-in page")), (await outside.get(f"{address}{SIGN_IN}", NAVIGATION)).headers)
    async for finding in _closed(outside, address, [ACCOUNT, *paths]):
        yield finding
    yield await _foreign_host(outside, address)


def _unreached(address: str, error: httpx2.HTTPError) -> Finding:
    if certificate := untrusted(error):
        return bad(N_("the certificate of {address} is not trusted ({cause}): renew or complete it"),
                   address=address, cause=why_untrusted(certificate))  # fmt: skip
    return bad(
        N_("{address} can't be reached ({cause}): look at its name, the firewall, and whether nginx runs"),
        address=address,
        cause=why_unreached(error),
    )


def _certificate(outside: Outside, address: str, now: datetime) -> Finding | None:
    ends = outside.certificate_ends(address)
    if ends is None:
        return None
    days = (ends - now).days
    if days < CERTIFICATE_DAYS:
        return told(N_("the certificate of {address} ends in {days} days: renew it"), address=address, days=days)
    return good(N_("its certificate is good for {days} days"), days=days)


def _clock(headers: Mapping[str, str], now: datetime) -> Finding | None:
    try:
        theirs = parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None
    seconds = round(abs((now - theirs).total_seconds()))
    if seconds > MOST_SKEW.total_seconds():
        return bad(N_("its clock and this machine's are {seconds} s apart: set them (systemd-timesyncd, chrony)"),
                   seconds=seconds)  # fmt: skip
    return good(N_("its clock and this machine's agree ({seconds} s apart)"), seconds=seconds)


async def _plain_http(outside: Outside, address: str) -> Finding:
    host = urlsplit(address).hostname
    try:
        answer = await outside.get(f"http://{host}/fessart/", NAVIGATION)
    except httpx2.HTTPError:
        return good(N_("nothing answers without TLS"))
    if answer.status_code in (301, 308) and answer.headers.get("location", "").startswith(f"{address}/"):
        return good(N_("without TLS, everybody is sent to {address}"), address=address)
    return bad(N_("http://{host} answers {status}: it must only redirect to {address}, or not answer"), host=host,
               status=answer.status_code, address=address)  # fmt: skip


def _headers(what: Reason | str, headers: Mapping[str, str]) -> Finding:
    """Every security header, with its exact value; the two that a page with a form changes must be there."""
    wrong = [
        name
        for name, value in security_headers(https=True)
        if (name not in headers if name in _PER_PAGE else headers.get(name) != value)
    ]
    if "no-store" not in headers.get("cache-control", ""):
        wrong.append("cache-control")
    if wrong:
        return bad(N_("{what} has not these headers as the gateway gives them: {names}; what stands in front changes "
                      "them"), what=what, names=", ".join(wrong))  # fmt: skip
    return good(N_("{what} has every security header"), what=what)


async def _closed(outside: Outside, address: str, paths: list[str]) -> AsyncIterator[Finding]:
    opened = []
    for path in paths:
        direct, page = await outside.get(f"{address}{path}"), await outside.get(f"{address}{path}", NAVIGATION)
        sent_to = page.headers.get("location", "")
        led = page.status_code == 303 and sent_to.startswith((SIGN_IN, f"{address}{SIGN_IN}"))
        if direct.status_code != 401 or not led:
            opened.append(f"{path} ({direct.status_code}, {page.status_code})")
        elif finding := _wrong_refusal(path, direct.headers):
            yield finding
    if opened:
        yield bad(N_("without a session these must answer 401, and 303 to the sign-in page: {paths}. Something in "
                     "front of the gateway serves them: stop it now"), paths="; ".join(opened))  # fmt: skip
    else:
        yield good(N_("without a session, {number} addresses of sites answer 401 or lead to the sign-in page"),
                   number=len(paths))  # fmt: skip


def _wrong_refusal(path: str, headers: Mapping[str, str]) -> Finding | None:
    finding = _headers(path, headers)
    return None if finding == good(finding.message, **finding.values) else finding


async def _foreign_host(outside: Outside, address: str) -> Finding:
    answer = await outside.get(f"{address}{SIGN_IN}", {**NAVIGATION, "host": "autre.example"})
    if answer.status_code in (400, 404, 421) and "<form" not in answer.text:
        return good(N_("a request for another host name is refused"))
    return bad(N_("a request for another host name is answered ({status}): the gateway must get the Host header as it "
                  "came"), status=answer.status_code)  # fmt: skip
