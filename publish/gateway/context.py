"""Everything that an answer is made of, in one frozen value; and who is visiting."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from publish.config import GatewayConfig
from publish.gateway.accounts import Account, Accounts
from publish.gateway.addresses import HOME
from publish.gateway.blobs import Blobs
from publish.gateway.city import CityPages
from publish.gateway.clients import Rates
from publish.gateway.codings import CodedTexts
from publish.gateway.cookies import Cookies
from publish.gateway.counting import Counting
from publish.gateway.delivery import Delivery
from publish.gateway.pages import Pages
from publish.gateway.security_log import Event, SecurityLog
from publish.gateway.sessions import Clock, Session, Sessions
from publish.gateway.sign_in import SignIn
from publish.gateway.sites import Sites
from publish.gateway.theme import Theme

MOST_FIELDS = 20
CSRF = "jeton"
"""Field of every form of somebody signed in: the session's own value."""


@dataclass(frozen=True)
class Gateway:
    """The parts of a gateway; see each one's module."""

    config: GatewayConfig
    clock: Clock
    sites: Sites
    blobs: Blobs
    coded: CodedTexts
    delivery: Delivery
    rates: Rates
    notices: Rates
    city: CityPages
    theme: Theme
    pages: Pages
    sessions: Sessions
    accounts: Accounts
    counting: Counting
    sign_ins: Mapping[str, SignIn]
    cookies: Cookies
    log: SecurityLog


@dataclass(frozen=True)
class Visitor:
    """Somebody with a living session.

    Arguments:
        token: the value that their browser holds.
        session: with the person as the configuration and the codes that they typed make them now.
        account: what stands for them in the store of accounts.
        known: what that store remembers.
    """

    token: str
    session: Session
    account: str
    known: Account


def fields(text: bytes) -> dict[str, str] | None:
    """Parameters of a query or of a form; `None` if one is given twice, badly coded, or there are too many."""
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def query(request: Request) -> dict[str, str] | None:
    """Parameters of the request's address."""
    raw: bytes = request.scope.get("query_string", b"")
    return fields(raw)


async def form(request: Request) -> dict[str, str]:
    """Fields of a form of ours; empty if it isn't one."""
    return form_fields(request.headers.get("content-type", ""), await request.body())


def form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """Fields of a form; empty if it isn't one, or not a plain one."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return {}
    return fields(body) or {}


def is_own_form(gateway: Gateway, request: Request) -> bool:
    """Whether a POST comes from a page of ours: browsers say so, and no page of another site can make them lie.

    At least one of `Origin` and `Sec-Fetch-Site` is there in every browser since 2020; without both it is refused.
    """
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    if not origins and not sites:
        return False
    return all(origin == gateway.config.address for origin in origins) and all(site == "same-origin" for site in sites)


async def own_fields(gateway: Gateway, request: Request, visitor: Visitor) -> dict[str, str] | None:
    """The fields of a form of ours that holds this session's value; of any other POST `None`, and a line in the log."""
    given = await form(request)
    genuine = hmac.compare_digest(given.get(CSRF, "").encode(), visitor.session.csrf.encode())
    if is_own_form(gateway, request) and genuine:
        return given
    gateway.log.write(Event.FORGED_FORM, visitor.session.person)
    return None


def is_navigation(request: Request) -> bool:
    """Whether a person opens a page (they are sent to sign in), or something else asks (it gets a 401)."""
    if request.method not in ("GET", "HEAD"):
        return False
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    return "text/html" in request.headers.get("accept", "")


def with_back(address: str, back: str, name: str) -> str:
    """An address that carries a checked path to return to; such a path needs no escaping."""
    return address if back == HOME else f"{address}?{name}={back}"
