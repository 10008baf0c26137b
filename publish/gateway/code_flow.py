"""A code for a token (OAuth 2.0, section 4.1.3), and what the token opens; requests by Authlib over httpx.

Each sign-in has a client object of its own: Authlib's keeps the last token that it fetched, which must never be another
person's. Connections and limits are shared below it (`outgoing`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from publish.gateway.outgoing import BoundedTransport
from publish.gateway.sign_in import Answer, ProviderDown, SignInRefused

_BEARER = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}=*")
_CODE = re.compile(r"[\x21-\x7e]{1,4096}")


def new_client(
    client_id: str,
    secret: str,
    *,
    authentication: str,
    scopes: tuple[str, ...],
    redirect_uri: str,
    transport: BoundedTransport,
    pkce: bool,
) -> AsyncOAuth2Client:
    """A client for one sign-in.

    Arguments:
        authentication: how it proves itself at the token endpoint: `client_secret_basic`, `client_secret_post`, `none`.
    """
    return AsyncOAuth2Client(
        client_id=client_id,
        client_secret=secret or None,
        token_endpoint_auth_method=authentication,
        scope=" ".join(scopes) or None,
        redirect_uri=redirect_uri,
        code_challenge_method="S256" if pkce else None,
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )


def code_of(answer: Answer) -> str:
    """The code that a browser brought back.

    Raises:
        SignInRefused: there is none; the person or the provider may have said no.
    """
    given = answer.fields
    if "error" in given:
        raise SignInRefused("cancelled" if given["error"] == "access_denied" else "provider refused")
    code = given.get("code", "")
    if not _CODE.fullmatch(code):
        raise SignInRefused("no code")
    return code


async def exchange(
    client: AsyncOAuth2Client, endpoint: str, code: str, verifier: str | None = None
) -> tuple[str, Mapping[str, object]]:
    """The access token that a code is worth, and the whole answer.

    Raises:
        SignInRefused: the code is worth nothing.
        ProviderDown: it can't be told now.
    """
    try:
        token = await client.fetch_token(
            endpoint,
            grant_type="authorization_code",
            code=code,
            redirect_uri=client.redirect_uri,
            headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            **({"code_verifier": verifier} if verifier is not None else {}),
        )
    except httpx2.HTTPStatusError as error:
        if error.response.status_code >= 500:
            raise ProviderDown("token endpoint fails") from None
        raise SignInRefused("code not accepted") from None
    except httpx2.HTTPError:
        raise ProviderDown("token endpoint does not answer") from None
    except OAuthError:
        raise SignInRefused("code not accepted") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise SignInRefused("token answer malformed") from None
    answer = dict(token)
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or not _BEARER.fullmatch(access_token):
        raise SignInRefused("no access token")
    return access_token, answer


def json_of(answer: httpx2.Response) -> object:
    """The JSON of an answer; `None` if it is none."""
    try:
        found: object = answer.json()
    except (ValueError, RecursionError):
        return None
    return found
