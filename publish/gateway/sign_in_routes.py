"""Signing in: the choice of a provider, the way there, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from publish.gateway.addresses import BACK, HOME, return_path
from publish.gateway.claims import read_claims
from publish.gateway.context import Gateway, form, is_own_form, query
from publish.gateway.endpoints import too_many, visitor_of
from publish.gateway.headers import NO_STORE
from publish.gateway.security_log import Event
from publish.gateway.sessions import Attempt, NewSession, new_token
from publish.gateway.sign_in import Answer, Notice, ProviderDown, SignInRefused

OWN_DEVICE = "appareil"
"""Field of the box « this device is mine »."""


async def choice(gateway: Gateway, request: Request) -> Response:
    """The page with one button a provider. It never redirects by itself: nobody is sent round in circles."""
    back = return_path((query(request) or {}).get(BACK, HOME))
    origins = [origin for sign_in in gateway.sign_ins.values() for origin in await sign_in.origins()]
    return await gateway.pages.page(
        "sign_in",
        form_origins=origins,
        ents=[sign_in.ent for sign_in in gateway.sign_ins.values()],
        back=back,
        own_device=OWN_DEVICE if gateway.config.own_device else "",
        hours=int(gateway.config.own_device / timedelta(hours=1)) if gateway.config.own_device else 0,
        signed_in=await visitor_of(gateway, request) is not None,
    )


async def start(gateway: Gateway, request: Request) -> Response:
    """Begin a sign-in: remember it under a random state, bound to this browser, and go to the provider."""
    sign_in = gateway.sign_ins.get(request.path_params["ent"])
    if sign_in is None:
        return await gateway.pages.page("missing", 404)
    if not is_own_form(gateway, request):
        gateway.log.write(Event.FORGED_FORM, ent=sign_in.ent.id)
        return await gateway.pages.page("failed", 403, down=False)
    given = await form(request)
    back = return_path(given.get(BACK, HOME))
    own_device = OWN_DEVICE in given and gateway.config.own_device is not None
    cookie = gateway.cookies.attempt
    # Tabs of one browser share the value, so that all their sign-ins can end well.
    browser = cookie.read(request.scope["headers"]) or new_token()
    state = new_token()
    attempt = Attempt(sign_in.ent.id, new_token(), new_token(), back, gateway.clock(), own_device)
    try:
        url = await sign_in.start(state, attempt)
    except ProviderDown as error:
        return await _down(gateway, sign_in.ent.id, error)
    await gateway.sessions.begin(state, browser, attempt)
    return RedirectResponse(url, 303, {"cache-control": NO_STORE, "set-cookie": cookie.set(browser)})


async def returned(gateway: Gateway, request: Request) -> Response:
    """The one address that a provider knows of us: browsers come back by GET, the provider itself speaks by POST."""
    notice = request.method == "POST"
    if not (gateway.notices if notice else gateway.rates).allow(request.scope):
        return too_many()
    return await (ended(gateway, request) if notice else finish(gateway, request))


async def finish(gateway: Gateway, request: Request) -> Response:
    """Back from the provider: a session under a new value, or a page that says it did not work."""
    sign_in = gateway.sign_ins.get(request.path_params["ent"])
    if sign_in is None:
        return await gateway.pages.page("missing", 404)
    ent = sign_in.ent
    try:
        answer, attempt = await _attempt(gateway, request, ent.id)
        verified = await sign_in.finish(answer, attempt)
    except SignInRefused as error:
        gateway.log.write(Event.SIGN_IN_FAILED, ent=ent.id, reason=error.reason)
        return await gateway.pages.page("failed", 400, down=False)
    except ProviderDown as error:
        return await _down(gateway, ent.id, error)
    mapped = read_claims(ent, verified.subject, verified.claims, gateway.config.access_key)
    gateway.log.write(Event.SIGN_IN, mapped.person, ent=ent.id)
    if verified.withheld:
        gateway.log.write(Event.SCHOOLS_WITHHELD, mapped.person, ent=ent.id)
    for uai in mapped.dropped:
        gateway.log.write(Event.DROPPED_UAI, mapped.person, ent=ent.id, uai=uai)
    cookie = gateway.cookies.session
    token = await gateway.sessions.open(
        NewSession(mapped.person, ent.id, mapped.display_name, verified.id_token, verified.handles, attempt.own_device),
        replaced=cookie.read(request.scope["headers"]),
    )
    return RedirectResponse(
        attempt.back, 303, {"cache-control": NO_STORE, "set-cookie": _session_cookie(gateway, token, attempt)}
    )


async def ended(gateway: Gateway, request: Request) -> Response:
    """Single logout: a provider says that it ended sessions. It proves itself by what it sends, never by a browser."""
    sign_in = gateway.sign_ins.get(request.path_params["ent"])
    if sign_in is None:
        return PlainTextResponse("404\n", 404)
    ent = sign_in.ent.id
    try:
        handles = await sign_in.ended(Notice(request.headers.get("content-type", ""), await request.body()))
    except SignInRefused as error:
        gateway.log.write(Event.PROVIDER_SIGN_OUT_REFUSED, ent=ent, reason=error.reason)
        return PlainTextResponse("", sign_in.notice_refusal)
    except ProviderDown as error:
        gateway.log.write(Event.PROVIDER_DOWN, ent=ent, reason=error.reason)
        return PlainTextResponse("", 503, {"retry-after": "60"})
    number = sum([await gateway.sessions.end_by(handle) for handle in handles])
    gateway.log.write(Event.PROVIDER_SIGN_OUT, ent=ent, sessions=str(number))
    return PlainTextResponse("", 200)


async def goodbye(gateway: Gateway, request: Request) -> Response:
    """What somebody sees once signed out."""
    return await gateway.pages.page("goodbye")


async def _attempt(gateway: Gateway, request: Request, ent: str) -> tuple[Answer, Attempt]:
    """The answer and the pending sign-in that it belongs to: of this browser, for this provider, never used before."""
    given = query(request)
    if given is None:
        raise SignInRefused("answer malformed")
    browser = gateway.cookies.attempt.read(request.scope["headers"])
    state = given.get("state", "")
    if browser is None or not state:
        raise SignInRefused("answer without a sign-in")
    attempt = await gateway.sessions.take(state, browser)
    if attempt is None:
        raise SignInRefused("sign-in unknown, too old or used")
    if attempt.ent != ent:
        raise SignInRefused("answer of another provider")
    peer = request.client.host if request.client else ""
    return Answer(given, tuple(request.scope["headers"]), peer), attempt


def _session_cookie(gateway: Gateway, token: str, attempt: Attempt) -> str:
    """Where somebody said that the device is theirs, the browser may be closed meanwhile; else it forgets at once."""
    cookie = gateway.cookies.session
    if attempt.own_device and gateway.config.own_device:
        cookie = replace(cookie, seconds=int(gateway.config.own_device.total_seconds()))
    return cookie.set(token)


async def _down(gateway: Gateway, ent: str, error: ProviderDown) -> Response:
    gateway.log.write(Event.PROVIDER_DOWN, ent=ent, reason=error.reason)
    return await gateway.pages.page("failed", 503, down=True, headers=[("retry-after", "60")])
