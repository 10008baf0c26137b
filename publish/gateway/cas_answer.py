"""What a CAS server answers → who it is, and attributes in one neutral shape, whatever the dialect. Pure.

The shape is that of JSON claims: texts, lists, and tables for what is nested; `claims.py` reads both alike. Elements
under `cas:attributes` and those directly under `authenticationSuccess` are attributes; an element that has children or
XML attributes of its own is a table of them; a text that is a JSON list or table is read as what it is. Whatever an
honest server would not send is refused as a whole: no part of a dishonest answer is believed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from publish import strict_json
from publish.gateway.sign_in import ProviderDown, SignInRefused
from publish.gateway.xml_tree import NotXml, parse, split, text

CAS = "http://www.yale.edu/tp/cas"
SAML = "urn:oasis:names:tc:SAML:2.0:protocol"

MOST_JSON = 64 * 1024
MOST_USER = 255

TICKET = re.compile(r"ST-[A-Za-z0-9._-]{1,253}")
"""A service ticket (CAS 3.0, sections 3.1.1 and 3.7, and the dots of servers that name their node)."""

_UAI = re.compile(r"[0-9]{7}[A-Za-z]")
_PROTOCOL = frozenset({"user", "attributes", "proxyGrantingTicket"})
_UNIQUE = frozenset({"serviceResponse", "authenticationSuccess", "authenticationFailure", "user", "attributes"})
_REASONS = {"INVALID_SERVICE": "service not accepted", "UNAUTHORIZED_SERVICE": "service not accepted"}


@dataclass(frozen=True)
class Principal:
    """Whom a ticket stands for.

    Arguments:
        user: the server's identifier of the person.
        attributes: what it says about them: name → text, table, or list of these.
    """

    user: str = field(repr=False)
    attributes: Mapping[str, object] = field(repr=False)


def read_answer(data: bytes) -> Principal:
    """Who is in a validation's answer.

    Raises:
        SignInRefused: nobody, or not beyond doubt.
        ProviderDown: the server says that it is out of order.
    """
    try:
        root = parse(data)
    except NotXml:
        raise SignInRefused("answer malformed") from None
    # Within an answer these names of the protocol stand once, at their place; anywhere else somebody planted them.
    planted = [element for element in root.iter() if split(element.tag) in {(CAS, name) for name in _UNIQUE}]
    if root.tag != f"{{{CAS}}}serviceResponse" or len(root) != 1:
        raise SignInRefused("answer malformed")
    (outcome,) = root
    if outcome.tag == f"{{{CAS}}}authenticationFailure":
        code = outcome.get("code", "")
        if code == "INTERNAL_ERROR":
            raise ProviderDown("validation out of order")
        raise SignInRefused(_REASONS.get(code, "ticket not accepted"))
    if outcome.tag != f"{{{CAS}}}authenticationSuccess":
        raise SignInRefused("answer malformed")
    direct = [child for child in outcome if split(child.tag)[1] in _PROTOCOL]
    if any(split(child.tag)[0] != CAS for child in direct):
        raise SignInRefused("answer ambiguous")
    users = [child for child in direct if split(child.tag)[1] == "user"]
    stated = [child for child in direct if split(child.tag)[1] == "attributes"]
    if len(users) != 1 or len(stated) > 1 or len(planted) != 3 + len(stated):
        raise SignInRefused("answer ambiguous")
    if outcome.find(f"{{{CAS}}}proxies") is not None:
        # Another application got this ticket in somebody's name: they did not come here themselves.
        raise SignInRefused("ticket of a proxy")
    flat = [child for child in outcome if split(child.tag)[1] not in _PROTOCOL]
    nested = [child for group in stated for child in group]
    if {split(child.tag)[1] for child in flat} & {split(child.tag)[1] for child in nested}:
        raise SignInRefused("answer ambiguous")
    return Principal(_user(users[0]), _table([*flat, *nested], {}))


def read_logout(data: bytes) -> str:
    """The ticket that a single logout request names.

    Raises:
        SignInRefused: it is no such request.
    """
    try:
        root = parse(data)
    except NotXml:
        raise SignInRefused("logout request malformed") from None
    named = root.findall(f"{{{SAML}}}SessionIndex") if root.tag == f"{{{SAML}}}LogoutRequest" else []
    if len(named) != 1 or len(named[0]) or not TICKET.fullmatch(text(named[0])):
        raise SignInRefused("logout request malformed")
    return text(named[0])


def _user(element: Element) -> str:
    user = text(element)
    if len(element) or not 0 < len(user) <= MOST_USER or not user.isprintable():
        raise SignInRefused("no usable principal")
    if _UAI.fullmatch(user):
        raise SignInRefused("principal is a school")
    return user


def _table(elements: list[Element], own: Mapping[str, str]) -> dict[str, object]:
    """Children and XML attributes as one table; a name given several times is a list."""
    found: dict[str, list[object]] = {}
    for name, said in own.items():
        found.setdefault(name, []).append(said)
    for element in elements:
        namespace, name = split(element.tag)
        if namespace in ("", CAS):
            value = _value(element)
            found.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _value(element: Element) -> object:
    # XML attributes of a namespace (`xsi:type`) say something of the element, not of the person.
    own = {name: value for name, value in element.attrib.items() if not split(name)[0]}
    if len(element) or own:
        return _table(list(element), own)
    said = text(element)
    if not said.startswith(("[", "{")):
        return said
    try:
        return strict_json.load(said.encode(), most=MOST_JSON)
    except (strict_json.Malformed, UnicodeEncodeError):
        return said
