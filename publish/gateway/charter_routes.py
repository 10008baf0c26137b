"""The city's charter: read it, and accept its current version once before entering a site."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from publish.access import Membership, MembershipKind, codes_held
from publish.gateway.addresses import BACK, CHARTER, HOME, return_path
from publish.gateway.context import CSRF, Gateway, Visitor, is_navigation, own_fields, query, with_back
from publish.gateway.headers import NO_STORE
from publish.gateway.security_log import Event
from publish.gateway.sites import Unavailable

TEXT, CHILDREN = "charte", "charte-enfants"
"""Stems of the city's fragments: the charter, and the one for children, which a city may have."""

VERSION = "version"


async def must_accept(gateway: Gateway, visitor: Visitor) -> bool:
    """Whether the city asks for its charter, and this account has not accepted the current version."""
    version = await gateway.city.charter()
    return bool(version) and version != visitor.known.charter


def first(request: Request) -> Response:
    """Whoever must accept is led there and comes back; anything but a page is refused meanwhile."""
    if not is_navigation(request):
        return PlainTextResponse("403\n", 403)
    back = return_path(request.scope["raw_path"].decode("latin-1"))
    return RedirectResponse(with_back(CHARTER, back, BACK), 303, {"cache-control": NO_STORE})


async def charter(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """Show it; accept it."""
    if request.method != "POST":
        return await _page(gateway, visitor, return_path((query(request) or {}).get(BACK, HOME)))
    given = await own_fields(gateway, request, visitor)
    if given is None:
        return await _page(gateway, visitor, HOME, status=403)
    back, version = return_path(given.get(BACK, HOME)), await gateway.city.charter()
    # Only what was read is accepted: the text may have changed meanwhile.
    if not version or given.get(VERSION) != version:
        return await _page(gateway, visitor, back)
    await gateway.accounts.accept(visitor.account, version)
    gateway.log.write(Event.CHARTER_ACCEPTED, visitor.session.person, version=version)
    return RedirectResponse(back, 303, {"cache-control": NO_STORE})


async def _page(gateway: Gateway, visitor: Visitor, back: str, status: int = 200) -> Response:
    child = await _is_child(gateway, visitor)
    stem, text = CHILDREN, await gateway.city.fragment(f"{CHILDREN}.html") if child else None
    if text is None:
        stem, text = TEXT, await gateway.city.fragment(f"{TEXT}.html")
    if text is None:
        # What nobody can read, nobody can accept.
        raise Unavailable
    version, facts = await gateway.city.charter(), await gateway.city.facts()
    asked = version != visitor.known.charter if version else None
    return await gateway.pages.page(
        "charter", status, form_origins=(),
        # Sanitised when it was published; the policy of this page runs no script and loads nothing from elsewhere.
        prose=Markup(text),  # noqa: S704
        title=facts.titles.get(stem, "") if facts else "",
        child=child, asked=asked, version=version, back=back, csrf_name=CSRF, csrf=visitor.session.csrf,
    )  # fmt: skip


async def _is_child(gateway: Gateway, visitor: Visitor) -> bool:
    """Whether an ENT or a letter says that this is a child, and nothing else."""
    held: set[Membership] = set(visitor.session.person.memberships)
    for slug in await gateway.sites.slugs():
        policy = (await gateway.sites.in_force(slug)).policy
        for code in codes_held(policy, visitor.session.person) if policy else ():
            held |= {code.membership} if code.membership else set()
    return {one.kind for one in held} == {MembershipKind.CHILD}
