"""CAS answers in every dialect → exactly the memberships that a reader of the design would write down; else none."""

from __future__ import annotations

import re
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publish.access import MembershipKind
from publish.ents import DEFAULT_PROFILES, CasConfig
from publish.ents_reader import read_ent
from publish.errors import Reason
from publish.gateway.cas_answer import read_answer, read_logout
from publish.gateway.claims import Mapped, read_claims
from publish.gateway.sign_in import ProviderDown, SignInRefused
from publish.gateway.xml_tree import MOST_DEPTH, MOST_ELEMENTS, NotXml, parse, text
from publish.settings_table import Table
from tests.project import ROOT
from tests.publish.gateway.cas import LOGOUT, success

FIXTURES = Path(__file__).parent / "corpus" / "cas"
CHILD, GUARDIAN, STAFF = MembershipKind.CHILD, MembershipKind.GUARDIAN, MembershipKind.SCHOOL_STAFF
A, B, C, D = "0929001J", "0929002K", "0929003L", "0929004M"
KEY = b"k" * 32
CAS = f"""\
[[ent]]
kind = "cas"
id = "ent"
name = "ENT"
issuer = "https://ent.example/cas"
uai = ["{A}", "{B}", "{C}", "{D}"]
"""
DOCUMENTED = dict(
    re.findall(r"\(`([a-z-]+)`\)\s:\n\n```toml\n(.*?)```", (ROOT / "docs/connexion.md").read_text("utf-8"), re.DOTALL)
)
"""Dialect → what docs/connexion.md tells a host to write for it."""


def ent(dialect: str = "", more: str = "") -> CasConfig:
    """An ENT as the documentation configures it; without a dialect, with the default names."""
    found: list[Reason] = []
    tables = tomllib.loads(CAS + DOCUMENTED.get(dialect, "") + more)["ent"]
    config = read_ent(Table(tables[0], "ent 1", found))
    assert found == []
    assert isinstance(config, CasConfig)
    return config


def read(data: bytes, config: CasConfig) -> Mapped:
    principal = read_answer(data)
    return read_claims(config, principal.user, principal.attributes, KEY)


def held(data: bytes, config: CasConfig) -> set[tuple[MembershipKind, str]]:
    return {(item.kind, item.uai) for item in read(data, config).person.memberships}


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.xml").read_bytes()


WRITTEN_DOWN = {
    "direct-children": (ent("direct-children"), "5f0c0b0e-8f0a-4a55-9d5e-0a4d1f6b7c21", {(CHILD, A)}),
    "flat-attributes": (ent(), "c.martin", {(GUARDIAN, A), (GUARDIAN, B)}),
    "json-strings": (ent("json-strings"), "m.durand", {(GUARDIAN, A)}),
    "nested-attributes": (ent("nested-attributes"), "b7785dc5-52b0-4b7b-9e5c-7f3a90c51b11", {(GUARDIAN, C)}),
    "numeric-profile": (ent("numeric-profile"), "L22P0417", {(GUARDIAN, B)}),
    "packed-profile": (ent("packed-profile"), "VAA60403", {(GUARDIAN, A), (STAFF, D)}),
}
"""Fixture → how such an ENT is configured, who it is, and the memberships."""

REFUSED = {"failure": "ticket not accepted", "user-is-a-school": "principal is a school"}


def test_no_fixture_is_left_out() -> None:
    assert {path.stem for path in FIXTURES.iterdir()} == {*WRITTEN_DOWN, *REFUSED}
    assert {*DOCUMENTED} == {*WRITTEN_DOWN} - {"flat-attributes"}


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_each_dialect(name: str) -> None:
    config, user, memberships = WRITTEN_DOWN[name]
    assert held(fixture(name), config) == memberships
    assert read_answer(fixture(name)).user == user


@pytest.mark.parametrize("name", REFUSED)
def test_answers_that_sign_nobody_in(name: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        read_answer(fixture(name))
    assert caught.value.reason == REFUSED[name]


@pytest.mark.parametrize("name", sorted(WRITTEN_DOWN))
@pytest.mark.parametrize("other", sorted(WRITTEN_DOWN))
def test_another_dialect_s_configuration_gives_no_more(name: str, other: str) -> None:
    """At most what is true; the numeric one never by a configuration that does not name it."""
    found = held(fixture(name), WRITTEN_DOWN[other][0])
    assert found <= WRITTEN_DOWN[name][2]
    assert name != "numeric-profile" or other == name or found == set()


def test_a_name_that_is_shown_comes_from_nested_attributes_too() -> None:
    assert read(fixture("nested-attributes"), ent("nested-attributes")).display_name == "camille.martin"


@pytest.mark.parametrize("number", range(1, 10))
def test_numeric_profiles_count_where_they_are_configured_alone(number: int) -> None:
    answer = fixture("numeric-profile").replace(b"National_2", f"National_{number}".encode())
    assert held(answer, replace(ent("numeric-profile"), profiles=DEFAULT_PROFILES)) == set()
    assert held(answer, ent("numeric-profile")) == {1: {(CHILD, B)}, 2: {(GUARDIAN, B)}}.get(number, set())


def flat(*pairs: tuple[str, str], user: str = "paul", more: str = "") -> bytes:
    lines = "".join(f"<cas:{name}>{value}</cas:{name}>" for name, value in pairs)
    return success(f"<cas:user>{user}</cas:user><cas:attributes>{lines}</cas:attributes>{more}").encode()


PROFILE, SCHOOL = "ENTPersonProfils", "ENTPersonStructRattachUAI"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(PROFILE, " National_TUT\n"), (SCHOOL, f"\t{A} ")], {(GUARDIAN, A)}),
        ([(PROFILE, "National_TUT"), (PROFILE, "National_TUT"), (SCHOOL, A)], {(GUARDIAN, A)}),
        ([(PROFILE, '["National_TUT"]'), (SCHOOL, f'["{A}", "{B}"]')], {(GUARDIAN, A), (GUARDIAN, B)}),
        ([(PROFILE, "National_TUT"), (SCHOOL, f'["{A}"]'), (SCHOOL, f'["{B}"]')], {(GUARDIAN, A), (GUARDIAN, B)}),
        ([(PROFILE, "National_TUT"), (SCHOOL, "0690078K")], set()),
        ([(PROFILE, "National_TUT"), (PROFILE, "National_ENS"), (SCHOOL, A)], set()),
        ([(PROFILE, "National_TUT"), (PROFILE, "National_COL"), (SCHOOL, A)], set()),
        ([(PROFILE, '["National_TUT", "National_ENS"]'), (SCHOOL, A)], set()),
        ([(PROFILE, '["National_TUT"'), (SCHOOL, A)], set()),
        ([(PROFILE, '{"a": "National_TUT", "a": "National_ELV"}'), (SCHOOL, A)], set()),
        ([(PROFILE, "National_TUT"), (SCHOOL, '[{"UAI": "0929001J"}]')], set()),
        ([(PROFILE, "National_TUT"), (SCHOOL, f'["{A}", null]')], set()),
        ([(PROFILE, "National_TUT"), (SCHOOL, "[1e999]")], set()),
        ([(PROFILE, "National_TUT"), (SCHOOL, "[NaN]")], set()),
        ([(PROFILE, "National_TUT"), (SCHOOL, "[" * 30_000)], set()),
        ([(PROFILE, f"<cas:x>National_TUT</cas:x>"), (SCHOOL, A)], set()),  # noqa: F541
        ([(PROFILE, "National_ETA"), (SCHOOL, A)], set()),
        ([(PROFILE, "2"), (SCHOOL, A)], set()),
        ([(PROFILE, ""), (SCHOOL, A)], set()),
        ([(SCHOOL, A)], set()),
        ([(PROFILE, "National_TUT")], set()),
    ],
)
def test_flat_attributes(pairs: list[tuple[str, str]], expected: set[tuple[MembershipKind, str]]) -> None:
    assert held(flat(*pairs), ent()) == expected


@pytest.mark.parametrize(
    "packed",
    [f"DIR:0699999Z;ENS:{D}", f"dir:0699999Z,ens:{D}", f"ENS:{D}"],
)
def test_packed_profiles_of_schools_that_are_not_this_ent_s(packed: str) -> None:
    assert held(flat((PROFILE, packed)), ent("packed-profile")) == {(STAFF, D)}


@pytest.mark.parametrize(
    "packed", [f"TUT:{A};ENS", f"TUT:{A}:{B}", f"TUT;{A}", f":{A}", f"2:{A}", "TUT:", f"TUTENS:{A}"]
)
def test_packed_profiles_that_give_nothing(packed: str) -> None:
    assert held(flat((PROFILE, packed)), ent("packed-profile")) == set()


def test_namespaces_of_attributes() -> None:
    """Ours and none are the same; another one's elements and XML attributes say nothing of the person."""
    answer = success(
        f"<cas:user>paul</cas:user><cas:attributes xmlns:x='urn:x' xmlns:xsi='urn:xsi'><{PROFILE} xsi:type='string'>"
        f"National_TUT</{PROFILE}><x:{PROFILE}>National_ENS</x:{PROFILE}><cas:{SCHOOL}>{A}</cas:{SCHOOL}>"
        f"<x:{SCHOOL}>{B}</x:{SCHOOL}></cas:attributes>"
    )
    assert held(answer.encode(), ent()) == {(GUARDIAN, A)}


def test_a_comment_cuts_no_value() -> None:
    assert read_answer(success("<cas:user>pa<!-- x -->ul</cas:user>").encode()).user == "paul"
    assert held(flat((PROFILE, "National_<!-- -->TUT"), (SCHOOL, A)), ent()) == {(GUARDIAN, A)}


def test_encodings() -> None:
    said = success("<cas:user>paul</cas:user><cas:attributes><cas:nom>Éloïse</cas:nom></cas:attributes>")
    for encoding in ("utf-8", "iso-8859-1", "utf-16"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>{said}'.encode(encoding)
        assert read_answer(data).attributes == {"nom": "Éloïse"}


def test_values_are_in_no_repr() -> None:
    assert "martin" not in repr(read_answer(fixture("flat-attributes")))
    assert "TUT" not in repr(read_answer(fixture("flat-attributes")))


XMLNS = 'xmlns:cas="http://www.yale.edu/tp/cas"'
GOOD = f"<cas:attributes><cas:{PROFILE}>National_TUT</cas:{PROFILE}><cas:{SCHOOL}>{A}</cas:{SCHOOL}></cas:attributes>"
USER = "<cas:user>paul</cas:user>"
HOSTILE = {
    "nothing": "",
    "text": "yes\npaul\n",
    "JSON": '{"serviceResponse": {"authenticationSuccess": {"user": "paul"}}}',
    "HTML": "<!doctype html><title>Connexion</title>",
    "cut off": success(USER)[:-10],
    "DOCTYPE": f"<!DOCTYPE cas>{success(USER)}",
    "entity": f'<!DOCTYPE x [<!ENTITY u "paul">]>{success("<cas:user>&u;</cas:user>")}',
    "file": f'<!DOCTYPE x [<!ENTITY u SYSTEM "file:///etc/passwd">]>{success("<cas:user>&u;</cas:user>")}',
    "parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>{success(USER)}',
    "bomb": (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
        + f"]>{success('<cas:user>&i;</cas:user>')}"
    ),
    "undeclared entity": success("<cas:user>&nbsp;</cas:user>"),
    "other root": f"<cas:authenticationSuccess {XMLNS}>{USER}</cas:authenticationSuccess>",
    "no namespace": success(USER).replace("cas:", "").replace(" xmlns:cas=", " data="),
    "wrong namespace": success(USER).replace("http://www.yale.edu", "https://www.yale.edu"),
    "namespace of the outcome": success(USER)
    .replace("<cas:authenticationSuccess>", '<x:authenticationSuccess xmlns:x="urn:x">')
    .replace("</cas:authenticationSuccess>", "</x:authenticationSuccess>"),
    "namespace of the user": success('<x:user xmlns:x="urn:x">paul</x:user>'),
    "no outcome": f"<cas:serviceResponse {XMLNS}/>",
    "two successes": success(f"{USER}</cas:authenticationSuccess><cas:authenticationSuccess>{USER}"),
    "success and failure": success(
        f"{USER}</cas:authenticationSuccess><cas:authenticationFailure/><cas:authenticationSuccess>{USER}"
    ),
    "failure, then success": (
        f'<cas:serviceResponse {XMLNS}><cas:authenticationFailure code="INVALID_TICKET"/>'
        f"<cas:authenticationSuccess>{USER}</cas:authenticationSuccess></cas:serviceResponse>"
    ),
    "success inside failure": (
        f'<cas:serviceResponse {XMLNS}><cas:authenticationFailure code="INVALID_TICKET">'
        f"<cas:authenticationSuccess>{USER}</cas:authenticationSuccess></cas:authenticationFailure></cas:serviceResponse>"
    ),
    "success inside success": success(f"{USER}<cas:authenticationSuccess>{USER}</cas:authenticationSuccess>"),
    "failure inside success": success(f'{USER}<cas:authenticationFailure code="X"/>'),
    "answer inside an attribute": success(f"{USER}<cas:attributes><cas:x>{success(USER)}</cas:x></cas:attributes>"),
    "no user": success(GOOD),
    "two users": success(USER + USER),
    "two users, one without namespace": success(f"{USER}<user>paul</user>"),
    "user inside attributes": success(f"{USER}<cas:attributes>{USER}</cas:attributes>"),
    "user deep inside attributes": success(f"{USER}<cas:attributes><x>{USER}</x></cas:attributes>"),
    "user inside user": success(f"<cas:user>paul{USER}</cas:user>"),
    "child of the user": success("<cas:user>paul<x/></cas:user>"),
    "empty user": success("<cas:user/>"),
    "blank user": success("<cas:user> \n </cas:user>"),
    "long user": success(f"<cas:user>{'x' * 256}</cas:user>"),
    "control character": success("<cas:user>pa&#x85;ul</cas:user>"),
    "line break": success("<cas:user>pa\nul</cas:user>"),
    "school as user": success(f"<cas:user>{A}</cas:user>"),
    "school in small letters": success(f"<cas:user> {A.lower()} </cas:user>"),
    "two attributes": success(USER + GOOD + GOOD),
    "attributes without namespace": success(f"{USER}<attributes>{GOOD}</attributes>"),
    "attributes inside attributes": success(f"{USER}<cas:attributes>{GOOD}</cas:attributes>"),
    "in both places": success(f"{USER}{GOOD}<cas:{PROFILE}>National_TUT</cas:{PROFILE}>"),
    "in both places, without namespace": success(f"{USER}{GOOD}<{SCHOOL}>{B}</{SCHOOL}>"),
    "proxied": success(f"{USER}{GOOD}<cas:proxies><cas:proxy>https://other.example</cas:proxy></cas:proxies>"),
    "too deep": success(f"{USER}{'<x>' * MOST_DEPTH}{'</x>' * MOST_DEPTH}"),
    "too many": success(f"{USER}{'<x/>' * MOST_ELEMENTS}"),
    "unknown encoding": f'<?xml version="1.0" encoding="x-none"?>{success(USER)}',
    "UTF-7": f'<?xml version="1.0" encoding="utf-7"?>{success(USER)}',
    "trailing answer": success(USER) + success(USER),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_ambiguous_answers_sign_nobody_in(name: str) -> None:
    with pytest.raises(SignInRefused):
        read_answer(HOSTILE[name].encode())


def test_the_same_answers_without_what_is_wrong() -> None:
    """What the hostile ones are made of is fine by itself."""
    assert held(success(USER + GOOD).encode(), ent()) == {(GUARDIAN, A)}
    assert read_answer(success(f"{USER}{'<x>' * 10}{'</x>' * 10}").encode()).user == "paul"
    assert read_answer(success(f"<cas:user>{'x' * 255}</cas:user>").encode()).user == "x" * 255


def test_a_bomb_costs_nothing() -> None:
    started = time.process_time()
    for data in (
        HOSTILE["bomb"].encode(),
        b"<x>" * 85_000,
        b"<x>" * 37_000 + b"</x>" * 37_000,
        success(USER + "<cas:proxyGrantingTicket/>" * 2_400 + "<x/>" * 2_400).encode(),
        success(USER + "<x a='1'/>" * 25_000).encode(),
    ):
        try:
            read_answer(data)
        except SignInRefused:
            continue
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("INVALID_TICKET", "ticket not accepted"),
        ("INVALID_SERVICE", "service not accepted"),
        ("UNAUTHORIZED_SERVICE", "service not accepted"),
        ("", "ticket not accepted"),
        ("é", "ticket not accepted"),
    ],
)
def test_failures(code: str, why: str) -> None:
    with pytest.raises(SignInRefused, match=why):
        read_answer(fixture("failure").replace(b"INVALID_TICKET", code.encode()))


def test_a_server_that_says_it_is_out_of_order_is_down() -> None:
    with pytest.raises(ProviderDown):
        read_answer(fixture("failure").replace(b"INVALID_TICKET", b"INTERNAL_ERROR"))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example("<a>\ud800</a>".encode("utf-8", "surrogatepass"))
def test_any_bytes_are_refused_without_a_fault(data: bytes) -> None:
    for reader in (read_answer, read_logout):
        with pytest.raises((SignInRefused, ProviderDown)):
            reader(data)


names = st.sampled_from(["cas:user", "cas:attributes", PROFILE, f"cas:{SCHOOL}", "x", "cas:proxies"])
trees = st.recursive(
    st.sampled_from(["", "paul", "National_TUT", A, f'["{A}"]', '{"x": 1}', "[", f"TUT:{A}"]),
    lambda inner: st.lists(st.tuples(names, inner), max_size=4).map(
        lambda pairs: "".join(f"<{name} a='{A}'>{value}</{name}>" for name, value in pairs)
    ),
    max_leaves=20,
)


@given(trees)
def test_whatever_tree_comes_is_a_person_or_refused(inside: str) -> None:
    try:
        mapped = read(success(inside).encode(), ent("nested-attributes"))
    except SignInRefused:
        return
    assert inside.count("<cas:user") == 1
    assert all(item.uai in {A, B, C, D} for item in mapped.person.memberships)


def test_the_tree_is_parsed_hardened() -> None:
    with pytest.raises(NotXml):
        parse(HOSTILE["DOCTYPE"].encode())
    assert isinstance(parse(b"<a><b/></a>"), Element)
    assert text(parse(b"<a> x\n</a>")) == "x"


TICKET = "ST-1-abc"


def test_a_logout_request_names_its_ticket() -> None:
    assert read_logout(LOGOUT.format(ticket=TICKET).encode()) == TICKET
    assert read_logout(LOGOUT.format(ticket=f"\n  {TICKET}\n").encode()) == TICKET


@pytest.mark.parametrize(
    "request_",
    [
        "",
        LOGOUT.format(ticket=""),
        LOGOUT.format(ticket="PGT-1"),
        LOGOUT.format(ticket="ST-é"),
        LOGOUT.format(ticket=f"{TICKET}<x/>"),
        LOGOUT.format(ticket="ST-" + "x" * 300),
        LOGOUT.format(ticket=f"{TICKET}</samlp:SessionIndex><samlp:SessionIndex>{TICKET}"),
        LOGOUT.format(ticket=TICKET).replace("SAML:2.0:protocol", "SAML:1.0:protocol"),
        LOGOUT.format(ticket=TICKET).replace("LogoutRequest", "LogoutResponse"),
        f"<x>{LOGOUT.format(ticket=TICKET)}</x>",
        f"<!DOCTYPE x>{LOGOUT.format(ticket=TICKET)}",
        f'<!DOCTYPE x [<!ENTITY t "{TICKET}">]>{LOGOUT.format(ticket="&t;")}',
    ],
)
def test_logout_requests_that_are_none(request_: str) -> None:
    with pytest.raises(SignInRefused, match="logout request malformed"):
        read_logout(request_.encode())
