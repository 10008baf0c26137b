"""The providers of `preau.toml`: whether each answers, is who it says, and can be used; nobody is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import httpx2

from publish.doctor.causes import why_unreached
from publish.doctor.outside import Outside
from publish.ents import CasConfig, EntConfig, HeadersConfig, OAuth2Config, OidcConfig
from publish.errors import N_, Reason
from publish.findings import Finding, bad, good, told
from publish.gateway.code_flow import json_of
from publish.gateway.provider import read_metadata
from publish.gateway.sign_in import ProviderDown
from publish.gateway.signed import read_keys

DISCOVERY = "/.well-known/openid-configuration"

_DOCUMENT = {
    "discovery of another issuer": N_("it is no table in JSON, or names another issuer"),
    "discovery without a usable endpoint": N_("an address that it must hold is missing, or is not https"),
}
"""What the gateway's log calls it → what to look for."""

_OTHER = N_("it holds something that can't be used")


async def examine_providers(outside: Outside, ents: Iterable[EntConfig]) -> AsyncIterator[Finding]:
    """Look at every provider."""
    for ent in ents:
        if not ent.uais:
            yield told(N_("{ent} may vouch for no school: only the city's lists and letters open sites to its people"),
                       ent=ent.name)  # fmt: skip
        try:
            yield await _examine(outside, ent)
        except httpx2.HTTPError as error:
            yield bad(N_("{ent} can't be reached at {issuer} ({cause}): nobody can sign in there; living sessions go "
                         "on"), ent=ent.name, issuer=ent.issuer, cause=why_unreached(error))  # fmt: skip


async def _examine(outside: Outside, ent: EntConfig) -> Finding:
    match ent:
        case OidcConfig():
            return await _oidc(outside, ent)
        case CasConfig():
            return await _page(outside, ent, f"{ent.issuer}/login")
        case OAuth2Config():
            return await _page(outside, ent, ent.issuer)
        case HeadersConfig():
            return told(N_("{ent} is the gateway in front of this one: only a sign-in can try it"), ent=ent.name)
    raise AssertionError(f"nothing looks at a provider of kind {ent.kind}")


async def _oidc(outside: Outside, ent: OidcConfig) -> Finding:
    url = f"{ent.issuer.rstrip('/')}{DISCOVERY}"
    try:
        metadata = read_metadata(json_of(await outside.get(url)), ent.issuer)
    except ProviderDown as error:
        return bad(N_("{url} is not the discovery document of {issuer} ({cause}): write the issuer exactly as it does"),
                   url=url, issuer=ent.issuer, cause=Reason(_DOCUMENT.get(error.reason, _OTHER)))  # fmt: skip
    if not read_keys(json_of(await outside.get(metadata.jwks_uri))):
        return bad(N_("{ent} publishes no key of RS256 or ES256: no token of it can be accepted"), ent=ent.name)
    if metadata.end_session_endpoint is None:
        return told(N_("{ent} answers; it offers no sign-out, so people stay signed in there"), ent=ent.name)
    return good(N_("{ent} answers, with keys and a sign-out that can be used"), ent=ent.name)


async def _page(outside: Outside, ent: EntConfig, url: str) -> Finding:
    answer = await outside.get(url, {"accept": "text/html"})
    if answer.status_code >= 500 or (answer.status_code == 404 and isinstance(ent, CasConfig)):
        return bad(N_("{url} answers {status}: look at the issuer of {ent}"), url=url, status=answer.status_code,
                   ent=ent.name)  # fmt: skip
    return good(N_("{ent} answers at {url}"), ent=ent.name, url=url)
