"""What the routes of an OAuth 2 server say about somebody → one table of claims. Pure and strict.

The shape is that of Beneylu School's public client: `users` gives `id, profile, classroom_ids, school_ids`, and
`routes/schoolUAIs` gives `id, school_uais`. Nothing there is signed: what counts is that our own call, with a token
fetched for this very sign-in, got it from the configured address over TLS.
"""

from __future__ import annotations

from collections.abc import Mapping

from publish.ents import OAuth2Config
from publish.gateway.sign_in import SignInRefused

MOST_SUBJECT = 255
MOST_SCHOOLS = 64
_LARGEST = 10**18


def read_user(ent: OAuth2Config, answer: object) -> tuple[str, dict[str, object]]:
    """The person's lasting name and claims, of the answer of `users`.

    Raises:
        SignInRefused: it names nobody.
    """
    if not isinstance(answer, dict):
        raise SignInRefused("users malformed")
    subject = _identity(answer.get(ent.subject))
    if subject is None:
        raise SignInRefused("users without an id")
    claims = {str(name): value for name, value in answer.items()}
    if ent.schools is not None:
        # Where another route tells the schools, nothing else does.
        claims.pop(ent.claims.school, None)
    return subject, {**claims, "sub": subject}


def read_schools(ent: OAuth2Config, claims: Mapping[str, object], answer: object) -> list[str]:
    """The UAIs that the answer of `schools` gives this person: a list, or a table of the server's ids.

    Arguments:
        claims: as `read_user` gave them.

    Raises:
        SignInRefused: it is about somebody else, or no such answer.
    """
    if not isinstance(answer, dict):
        raise SignInRefused("schools malformed")
    stated = answer.get(ent.subject)
    if stated is not None and _identity(stated) != claims["sub"]:
        raise SignInRefused("schools of somebody else")
    found = answer.get(ent.claims.school)
    if isinstance(found, dict):
        own = {_identity(item) for item in _list(claims.get(ent.school_ids))}
        found = [uai for school, uai in found.items() if school in own]
    if found is None:
        return []
    if not isinstance(found, list) or len(found) > MOST_SCHOOLS or not all(isinstance(uai, str) for uai in found):
        raise SignInRefused("schools malformed")
    return found


def _identity(value: object) -> str | None:
    """A number or a text that names something, as one text: 12 and "12" are the same; anything else names nothing."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= MOST_SUBJECT and value.isprintable() and value == value.strip():
        return value
    return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
