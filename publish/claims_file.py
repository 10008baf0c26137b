"""A file of what an ENT says about somebody, read as the gateway reads the same thing off the wire.

Claims are JSON; a CAS server's answer may be the XML as it is. What OAuth 2 says is the answer of `users`, or a table
`{"users": …, "schools": …}` with the answer of the second route; what a gateway in front says, a table of its headers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from publish import strict_json
from publish.ents import CasConfig, EntConfig, HeadersConfig, OAuth2Config
from publish.errors import N_, ListError, Reason
from publish.gateway.cas_answer import read_answer
from publish.gateway.identity_headers import identify
from publish.gateway.oauth2_answers import read_schools, read_user
from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import text_of
from publish.strict_json import Malformed, Twice

MOST_BYTES = 256 * 1024
"""As of a provider's answer."""

MOST_SHOWN = 80
"""Characters of a header's name in a message."""

_SECRET = "of this file alone"  # noqa: S105 - stands for the real one, which a file need not hold

_KEY = N_("a key between straight quotes is missing here, or the comma before is one too many")
_VALUE = N_("a value is missing here, or the comma before is one too many")
_SYNTAX = {
    "Expecting property name enclosed in double quotes": _KEY,
    "Illegal trailing comma before end of object": _KEY,
    "Illegal trailing comma before end of array": _VALUE,
    "Expecting value": _VALUE,
    "Expecting ':' delimiter": N_("a colon is missing here, after a key"),
    "Expecting ',' delimiter": N_("a comma is missing here, or the sign that closes"),
    "Unterminated string starting at": N_("the text that begins here has no quote at its end"),
    "Invalid control character at": N_("a text goes on over the end of its line, or holds a tab"),
    "Invalid \\escape": N_("a backslash means nothing here: write it twice"),
    "Extra data": N_("something more stands here, after the table"),
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": N_(
        "the file begins with an invisible mark; save it again as UTF-8 without a mark (BOM)"
    ),
}
"""What Python says of JSON → what to look for at that place."""


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
    if len(data) > MOST_BYTES:
        raise ListError(N_("the file is longer than any answer of an ENT"))
    if data.lstrip().startswith(b"<"):
        if not isinstance(ent, CasConfig):
            raise ListError(
                N_("the file is XML, which only a CAS server answers; ENT “{ent}” is of kind {kind}"),
                ent=ent.id,
                kind=ent.kind,
            )
        principal = read_answer(data)
        return Said(principal.user, {**principal.attributes, "sub": principal.user})
    try:
        raw = strict_json.mapping(strict_json.load(data, most=MOST_BYTES), "file")
    except Malformed as error:
        raise ListError(N_("the file holds no claims: a table in JSON ({cause})"), cause=_not_json(error)) from error
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


def _not_json(error: Malformed) -> Reason:
    """Why a file is no table in JSON, and where, for whoever typed or copied it."""
    match error.__cause__:
        case json.JSONDecodeError() as wrong:
            what = _SYNTAX.get(wrong.msg, N_("this is not JSON"))
            return Reason(
                N_("line {line}, column {column}: {what}"),
                {"line": wrong.lineno, "column": wrong.colno, "what": Reason(what)},
            )
        case UnicodeDecodeError() as wrong:
            line = wrong.object.count(b"\n", 0, wrong.start) + 1
            return Reason(N_("line {line}: a letter is not in UTF-8; save the file again as UTF-8"), {"line": line})
        case Twice():
            return Reason(N_("a key is given twice"))
        case RecursionError():
            return Reason(N_("tables within tables without end"))
        case ValueError():
            return Reason(N_("a number is none, or has no end"))
    return Reason(N_("the file must hold one table"))


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
        shown = name[:MOST_SHOWN]
        if not isinstance(value, str) or not name.isascii():
            raise ListError(N_("the header “{name}” must be a text between quotes"), name=shown)
        if name.lower() == ent.secret_header.lower():
            continue
        # As it arrives: a file is UTF-8, the wire may not be.
        coding = "latin-1" if ent.encoding == "latin-1" else "utf-8"
        try:
            given.append((name.lower().encode(), value.encode(coding)))
        except UnicodeEncodeError:
            raise ListError(N_("the header “{name}” can't be written in {coding}"), name=shown, coding=coding) from None
    return given
