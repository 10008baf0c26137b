"""Every kind of page: of a site, of the gateway, of the ENT; and how a test gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import BrowserContext, Page

from publish.demo.road import Road
from publish.gateway import account_routes, site_routes
from publish.gateway.city import CityPages
from publish.gateway.sites import Unavailable
from publish.manifest import Manifest
from tests.browser.ways import SIGN_IN

Contexts = Callable[..., BrowserContext]

SITE = "fessart"
"""The centre whose site is gone through in every detail."""

READER = "responsable-fessart"


def site_pages(manifest: Manifest) -> dict[str, str]:
    """Kind → path, for one page of every kind of a site; the longest programme and the article with most photos."""
    paths = [path for path in manifest.files if path.endswith(".html")]

    def largest(start: str) -> str:
        inside = [path for path in paths if path.startswith(start) and path.count("/") == 2]
        return max(inside, key=lambda path: (manifest.files[path].size, path)).removesuffix("index.html")

    return {
        "home": "",
        "information": largest("infos/"),
        "programmes": "programmes/",
        "programme": largest("programmes/"),
        "reminders": "rappels/",
        "reminder": largest("rappels/"),
        "articles": "articles/",
        "article": largest("articles/"),
        "moment": largest("moments/"),
        "map": "plan/",
        "missing": "rien/",
    }


SITE_KINDS = (
    "home",
    "information",
    "programmes",
    "programme",
    "reminders",
    "reminder",
    "articles",
    "article",
    "moment",
    "map",
    "missing",
)

GATEWAY_KINDS = (
    "sign-in",
    "sign-in failed",
    "needed",
    "portal",
    "portal without a centre",
    "account",
    "account of the city",
    "code",
    "code refused",
    "charter",
    "refused",
    "missing",
    "gone",
    "unavailable",
    "error",
    "goodbye",
    "legal notice",
    "accessibility",
    "personal data",
)

ENT_KINDS = ("choice", "choice, signed in", "welcome", "sign-out", "refusal")


async def _unavailable(*_: object) -> None:
    raise Unavailable


async def _asked(*_: object) -> str:
    return "2022-09-01"


async def _fault(*_: object) -> None:
    raise RuntimeError("fault of a test")


@contextmanager
def gateway_page(kind: str, road: Road, signed_in: Contexts, anybody: Contexts, width: int) -> Iterator[Page]:
    """A window that shows one of the gateway's own pages."""
    person, path = {
        "portal": ("responsable-deux-ecoles", "/"),
        "portal without a centre": ("profil-inconnu", "/"),
        "account": ("enseignante-et-responsable", "/-/compte"),
        "account of the city": ("ville", "/-/compte"),
        "code": ("profil-inconnu", "/-/code"),
        "code refused": ("profil-inconnu", "/-/code"),
        "charter": (READER, f"/{SITE}/"),
        "refused": (READER, "/escudier/"),
        "missing": (READER, "/-/rien"),
        "gone": (READER, f"/{SITE}/"),
        "unavailable": (READER, "/"),
        "error": (READER, "/"),
        "goodbye": ("", "/-/connexion/au-revoir"),
        "legal notice": ("", "/-/mentions-legales"),
        "accessibility": ("", "/-/accessibilite"),
        "personal data": ("", "/-/donnees-personnelles"),
    }.get(kind, ("", SIGN_IN))
    context = signed_in(person, width) if person else anybody(width)
    page = context.new_page()
    with pytest.MonkeyPatch.context() as patch:
        if kind == "unavailable":
            patch.setattr(account_routes, "_centres", _unavailable)
        elif kind == "error":
            patch.setattr(account_routes, "_centres", _fault)
        elif kind == "gone":

            async def gone(gateway, *_: object):
                return await gateway.pages.page("gone", 410)

            patch.setattr(site_routes, "_admitted", gone)
        elif kind == "charter":
            patch.setattr(CityPages, "charter", _asked)
        page.goto(f"{road.address}{path}")
        if kind == "code refused":
            page.locator("input[name='code']").fill("x7kd 3mpt 9wcq")
            page.locator("main form button").click()
            page.locator("#faux").wait_for()
        elif kind == "sign-in failed":
            page.locator("main form button").first.click()
            page.locator("button[value='']").click()
            page.wait_for_url(f"{road.address}/**")
        elif kind == "needed":
            # What a script's request gets is a page too, for browsers that do not say what they navigate to.
            body = context.request.get(
                f"{road.address}/{SITE}/", headers={"Accept": "text/html", "Sec-Fetch-Mode": "cors"}
            )
            assert body.status == 401
            page.route("**/-/connexion/essai", lambda route: route.fulfill(response=body))
            page.goto(f"{road.address}{SIGN_IN}/essai")
        yield page


def ent_page(kind: str, road: Road, anybody: Contexts, width: int) -> Page:
    """A window that shows one of the ENT's pages."""
    page = anybody(width).new_page()
    if kind.startswith("choice"):
        page.goto(f"{road.address}{SIGN_IN}")
        page.locator("main form button").first.click()
        page.wait_for_url(f"{road.issuer}/connexion?**")
        if kind != "choice":
            page.locator("button[value='ville']").click()
            page.wait_for_url(f"{road.address}/")
            page.goto(f"{road.address}{SIGN_IN}")
            page.locator("main form button").first.click()
            page.wait_for_url(f"{road.issuer}/connexion?**")
    else:
        page.goto(road.issuer + {"welcome": "/", "sign-out": "/deconnexion", "refusal": "/connexion"}[kind])
    return page
