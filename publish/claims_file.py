"""A file of what an ENT says about somebody, read as the gateway reads the same thing off the wire.

Claims are JSON; a CAS server's answer may be the XML as it is. What OAuth 2 says is the answer of `users`, or a table
`{"users": …, "schools": …}` with the answer of the second route; what a gateway in front says, a table of its headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from publish import strict_json
from publish.ents import CasConfig, EntConfig, HeadersConfig, OAuth2Config
from publish.errors import N_, ListError
from publish.gateway.cas_answer import read_answer
from publish.gateway.identity_headers import identify
from publish.gateway.oauth2_answers import read_schools, read_user
from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import text_of
from publish.strict_json import Malformed

MOST_BYTES = 256 * 1024
"""As of a provider's answer."""

_SECRET = "of this file alone"  # noqa: S105 - stands for the real one, which a file need not hold


@dataclass(frozen=True)
class Said:
    """What a file says.

    Arguments:
        subject: the provider's lasting name of the person.
        claims: in the shape that `read_claims` reads.
        withheld: schools are another route's, and the file does not hold its answer.
    """

    subject: str = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    withheld: bool = False


def read_said(ent: EntConfig, data: bytes) -> Said:
    """What a file says, to the gateway, if `ent` sent it.

    Raises:
        ListError: it is no such file.
        SignInRefused: the gateway would refuse it, and sign nobody in.
    """
    if data.lstrip().startswith(b"<"):
        if not isinstance(ent, CasConfig):
            raise ListError(
                N_("the file is XML, which only a CAS server answers; ENT “{ent}” is of kind {kind}"),
                ent=ent.id,
                kind=ent.kind,
            )
        if len(data) > MOST_BYTES:
            raise ListError(N_("the file is longer than any answer of an ENT"))
        principal = read_answer(data)
        return Said(principal.user, {**principal.attributes, "sub": principal.user})
    try:
        raw = strict_json.mapping(strict_json.load(data, most=MOST_BYTES), "file")
    except Malformed as error:
        raise ListError(N_("the file holds no claims: a table in JSON ({cause})"), cause=error) from error
    match ent:
        case OAuth2Config():
            return _oauth2(ent, raw)
        case HeadersConfig():
            return Said(*identify(replace(ent, secret=_SECRET), _headers(ent, raw)))
    try:
        subject = text_of(raw, "sub")
    except ValueError:
        subject = None
    if subject is None:
        raise SignInRefused("no sub")
    return Said(subject, raw)


def _oauth2(ent: OAuth2Config, raw: Mapping[str, object]) -> Said:
    both = raw.keys() <= {"users", "schools"} and isinstance(raw.get("users"), dict)
    subject, claims = read_user(ent, raw["users"] if both else raw)
    if ent.schools is None:
        return Said(subject, claims)
    schools = raw.get("schools") if both else None
    if schools is None:
        return Said(subject, claims, withheld=True)
    return Said(subject, {**claims, ent.claims.school: read_schools(ent, claims, schools)})


def _headers(ent: HeadersConfig, raw: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    given = [(ent.secret_header.lower().encode(), _SECRET.encode())]
    for name, value in raw.items():
        if not isinstance(value, str) or not name.isascii():
            raise ListError(N_("the header “{name}” must be a text between quotes"), name=name)
        if name.lower() == ent.secret_header.lower():
            continue
        # As it arrives: a file is UTF-8, the wire may not be.
        coding = "latin-1" if ent.encoding == "latin-1" else "utf-8"
        try:
            given.append((name.lower().encode(), value.encode(coding)))
        except UnicodeEncodeError:
            raise ListError(N_("the header “{name}” can't be written in {coding}"), name=name, coding=coding) from None
    return given
