"""The code of a letter, typed once: it is bound to the account, and the policy in force says what that gives."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from publish.access import LetterCode
from publish.gateway.accounts import Outcome
from publish.gateway.addresses import HOME
from publish.gateway.context import CSRF, Gateway, Visitor, own_fields
from publish.gateway.headers import NO_STORE
from publish.gateway.security_log import Event
from publish.letter_codes import code_hash, reference, typed
from publish.paris import PARIS

MISTYPED = "mistyped"
OUT_OF_DATE = "code out of date"


@dataclass(frozen=True)
class _Letter:
    """A letter whose reference was typed, and whether the rest was right too.

    Arguments:
        also: codes of other centres' letters with this reference, which are unique in one centre alone.
    """

    slug: str
    code: LetterCode
    right: bool
    also: tuple[str, ...] = ()


async def code(gateway: Gateway, request: Request, visitor: Visitor) -> Response:
    """The form; and what became of a code."""
    if request.method != "POST":
        return await _page(gateway, visitor)
    given = await own_fields(gateway, request, visitor)
    if given is None:
        return await _page(gateway, visitor, status=403)
    found = typed(given.get("code", ""))
    if found is None:
        # Whoever guesses learns nothing that the alphabet and the check sign do not say: it costs no try.
        return await _page(gateway, visitor, MISTYPED, 400)
    letter = await _letter(gateway, found)
    person = visitor.session.person
    wrong = OUT_OF_DATE if letter and letter.right and _is_late(gateway, letter.code) else None
    if wrong is None:
        right = letter is not None and letter.right
        hashed, also = (letter.code.hash, letter.also) if letter else (None, ())
        outcome = await gateway.accounts.redeem(visitor.account, hashed, right=right, also=also)
        if outcome is Outcome.BOUND and letter is not None:
            gateway.log.write(Event.CODE_BOUND, person, centre=letter.slug, letter=letter.code.ref)
            return RedirectResponse(HOME, 303, {"cache-control": NO_STORE})
        wrong = str(outcome)
    facts = {"centre": letter.slug, "letter": letter.code.ref} if letter else {}
    gateway.log.write(Event.CODE_REFUSED, person, reason=wrong, **facts)
    return await _page(gateway, visitor, wrong, 429 if wrong == Outcome.TOO_MANY else 400)


async def _letter(gateway: Gateway, found: str) -> _Letter | None:
    """The letter of a code, in whichever centre; every one of them is compared, whole, whatever matches before."""
    wanted, ref = code_hash(gateway.config.access_key, found), reference(found)
    right: _Letter | None = None
    near: _Letter | None = None
    for slug in await gateway.sites.slugs():
        policy = (await gateway.sites.in_force(slug)).policy
        for one in policy.codes if policy else ():
            if hmac.compare_digest(one.hash, wanted):
                right = _Letter(slug, one, right=True)
            elif hmac.compare_digest(one.ref, ref):
                near = _Letter(slug, one, right=False, also=(*near.also, near.code.hash) if near else ())
    return right or near


def _is_late(gateway: Gateway, letter: LetterCode) -> bool:
    return gateway.clock().astimezone(PARIS).date() > letter.until


async def _page(gateway: Gateway, visitor: Visitor, wrong: str = "", status: int = 200) -> Response:
    return await gateway.pages.page(
        "code", status, form_origins=(), wrong=wrong, csrf_name=CSRF, csrf=visitor.session.csrf
    )
