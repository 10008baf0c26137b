"""Where somebody signed in arrives (the portal), who they are, and how they sign out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from publish.access import Decision, Rule, decide
from publish.gateway.addresses import GOODBYE
from publish.gateway.context import CSRF, Gateway, Visitor, own_fields
from publish.gateway.headers import NO_STORE
from publish.gateway.security_log import Event
from publish.gateway.sites import InForce, Unavailable

TEAM = frozenset({Rule.STAFF, Rule.STAFF_CODE})
"""The rules that admit somebody as one of a centre's team."""


async def portal(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """The centres that this person may enter; straight in where there is one."""
    centres = await _centres(gateway, visitor)
    if len(centres) == 1:
        return RedirectResponse(f"/{centres[0][0].slug}/", 303, {"cache-control": NO_STORE})
    return await gateway.pages.page("portal", centres=[found for found, _ in centres])


async def account(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """« Mon compte »: who is signed in, as what, and the form that signs out."""
    return await _account(gateway, visitor)


async def sign_out(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """End the session here, then at the provider where it offers that."""
    if await own_fields(gateway, request, visitor) is None:
        return await _account(gateway, visitor, status=403)
    hint = await gateway.sessions.end(visitor.token)
    gateway.log.write(Event.SIGN_OUT, visitor.session.person, ent=visitor.session.ent)
    farewell = await gateway.sign_ins[visitor.session.ent].farewell(hint)
    headers = {
        "cache-control": NO_STORE,
        "set-cookie": gateway.cookies.session.expire(),
        # Never "cookies": it would sign people out of every site of the city's domain.
        "clear-site-data": '"cache", "storage"',
    }
    return RedirectResponse(farewell or GOODBYE, 303, headers)


async def _account(gateway: Gateway, visitor: Visitor, status: int = 200) -> Response:
    session = visitor.session
    sign_in = gateway.sign_ins[session.ent]
    try:
        centres, charter, unknown = await _centres(gateway, visitor), await gateway.city.charter(), False
    except Unavailable:
        # Whoever wants to sign out waits for no store.
        centres, charter, unknown = [], "", True
    return await gateway.pages.page(
        "account",
        status,
        form_origins=await sign_in.origins(),
        display_name=session.display_name,
        ent=sign_in.ent.name,
        memberships=sorted(session.person.memberships),
        centres=centres,
        unknown=unknown,
        # A code says nothing to a parent: the centre that receives the school does, where this person may know it.
        schools={uai: site.name for site, _ in centres if site.policy for uai in site.policy.schools},
        roles={decision.reason for _, decision in centres} & {Rule.CITY, *TEAM},
        team=TEAM,
        letters=[site.name for site, decision in centres if decision.reason is Rule.FAMILY_CODE],
        charter=charter,
        csrf_name=CSRF,
        csrf=session.csrf,
    )


async def _centres(gateway: Gateway, visitor: Visitor) -> list[tuple[InForce, Decision]]:
    """Published centres that admit this person now, in the order of their names."""
    found: list[tuple[InForce, Decision]] = []
    for site in await gateway.sites.all_in_force():
        decision = decide(site.policy, visitor.session.person)
        if decision.allowed and site.release:
            found.append((site, decision))
    return sorted(found, key=lambda item: (item[0].name.casefold(), item[0].slug))
