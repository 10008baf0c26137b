"""A whole gateway in memory: store, clock, providers, and the people of the tests."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from publish.access import Grant, LetterCode, MembershipKind, Policy
from publish.config import GatewayConfig
from publish.ents import DEFAULT_PROFILES, CasConfig, ClaimsConfig, HeadersConfig, OAuth2Config, OidcConfig
from publish.gateway.app import create_app
from publish.gateway.context import Gateway
from publish.gateway.oidc import Oidc
from publish.heads import Head, read_head, write_head
from publish.layout import POLICIES, blob_key, release_key
from publish.letter_codes import code_hash, new_code, reference, shown
from publish.manifest import Encoding, FileEntry, Manifest
from publish.media import media_type
from publish.policies import Signature, add_codes, dump_policy, list_identifier
from publish.series import append, latest_number
from tests.publish.gateway.beneylu import Beneylu
from tests.publish.gateway.browser import Answer, Browser
from tests.publish.gateway.cas import CasServer
from tests.publish.gateway.ent import Ent, Network
from tests.publish.gateway.front import PREFIX, SECRET, SECRET_HEADER, Front
from tests.publish.stores.memory import MemoryStore

ADDRESS = "https://centres.example"
KEY = b"k" * 32
START = datetime(2022, 11, 9, 8, 0, tzinfo=UTC)
THEME = {
    "preau.css": b'@font-face { src: url("nunito.woff2") }\n' + b".door { color: black }\n" * 30,
    "nunito.woff2": b"wOF2",
    "favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "preau.js": b"// nothing",
}
FESSART, ESCUDIER, BILLANCOURT, OUTSIDE = "0929010U", "0929008S", "0929003L", "0929029P"
CENTRES = {"billancourt": BILLANCOURT, "escudier": ESCUDIER, "fessart": FESSART}

PHOTO = b"RIFF....WEBP" + bytes(range(256)) * 4


def files(name: str) -> dict[str, bytes]:
    """A small site with one of everything."""
    page = f"<!doctype html><title>{name}</title><p>{'des nouvelles de ' + name + ' ' * 3}</p>".encode() * 8
    return {
        "index.html": page,
        "404.html": b"<!doctype html><title>Introuvable</title>" + page,
        "plan/index.html": page,
        "programmes/2022-11-automne/index.html": page,
        "programmes/2022-11-automne.ics": b"BEGIN:VCALENDAR\r\n" * 30,
        "rappels/gourde/index.html": page,
        "articles/2022-11-09-potager/index.html": page,
        "photos/0123456789abcdef-640.webp": PHOTO + name.encode(),
        "calendrier.ics": b"BEGIN:VCALENDAR\r\n" * 30,
        "theme/preau.1a2b3c4d.css": b".page { color: black }\n" * 30,
        "centre.1a2b3c4d.css": b":root { --accent: red }\n" * 30,
        "embleme.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


@dataclass
class Moment:
    """A clock that stands until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **length: float) -> None:
        self.now += timedelta(**length)


def person(profile: object = None, school: object = None, **claims: object) -> dict[str, object]:
    given = {"ENTPersonProfils": profile, "ENTPersonStructRattachUAI": school, **claims}
    return {name: value for name, value in given.items() if value is not None}


PEOPLE = {
    "guardian-fessart": person("National_TUT", FESSART, name="Paul Exemple"),
    "guardian-two": person(["National_TUT"], [FESSART, BILLANCOURT]),
    "guardian-outside": person("National_TUT", OUTSIDE),
    "teacher-and-guardian": person(paired=f"ENS:{FESSART};TUT:{ESCUDIER}"),
    "teacher-and-guardian-unpaired": person(["National_ENS", "National_TUT"], [FESSART, ESCUDIER]),
    "child-fessart": person("National_ELV", FESSART),
    "child-escudier": person("National_ELV", ESCUDIER),
    "teacher-fessart": person("National_ENS", FESSART),
    "animator-fessart": person(),
    "animator-escudier": person(),
    "city-officer": person(),
    "unknown-profile": person("National_COL", FESSART),
    "nobody-known": person(),
}
"""Subject → claims. The lists of the policies name `animator-…` and `city-officer` by their subject."""

OPENS: Mapping[str, frozenset[str]] = {
    "guardian-fessart": frozenset({"fessart"}),
    "guardian-two": frozenset({"fessart", "billancourt"}),
    "guardian-outside": frozenset(),
    "teacher-and-guardian": frozenset({"escudier"}),
    "teacher-and-guardian-unpaired": frozenset(),
    "child-fessart": frozenset({"fessart"}),
    "child-escudier": frozenset({"escudier"}),
    "teacher-fessart": frozenset(),
    "animator-fessart": frozenset({"fessart"}),
    "animator-escudier": frozenset({"escudier"}),
    "city-officer": frozenset(CENTRES),
    "unknown-profile": frozenset(),
    "nobody-known": frozenset(),
}


COMMON: Mapping[str, object] = {
    "uais": frozenset({*CENTRES.values(), OUTSIDE}),
    "claims": ClaimsConfig(paired="paired", display_name="name"),
    "profiles": DEFAULT_PROFILES,
}


def ent_config(ident: str, issuer: str, **given: object) -> OidcConfig:
    own = {"name": f"ENT {ident}", "client_id": "preau", "secret": "ent secret", "scopes": ("openid", "profile")}
    return OidcConfig(id=ident, issuer=issuer, **{**COMMON, **own, **given})  # type: ignore[arg-type]


def cas_config(ident: str, issuer: str, **given: object) -> CasConfig:
    return CasConfig(id=ident, issuer=issuer, **{**COMMON, "name": f"ENT {ident}", **given})  # type: ignore[arg-type]


def oauth2_config(ident: str, issuer: str, **given: object) -> OAuth2Config:
    own: dict[str, object] = {
        "name": f"ENT {ident}",
        "client_id": "preau",
        "secret": "beneylu secret",
        "scopes": ("read_full",),
        "claims": replace(OAuth2Config.claims, paired="paired", display_name="name"),
    }
    return OAuth2Config(id=ident, issuer=issuer, **{**COMMON, **own, **given})  # type: ignore[arg-type]


def headers_config(ident: str, issuer: str, **given: object) -> HeadersConfig:
    names = ClaimsConfig(
        f"{PREFIX}ENTPersonProfils", f"{PREFIX}ENTPersonStructRattachUAI", f"{PREFIX}paired", "sub", f"{PREFIX}name"
    )
    own: dict[str, object] = {
        "name": f"ENT {ident}",
        "secret": SECRET,
        "secret_variable": "PREAU_FRONT",
        "secret_header": SECRET_HEADER,
        "subject": f"{PREFIX}sub",
        "peers": frozenset({"127.0.0.1", "unix"}),
        "claims": names,
    }
    return HeadersConfig(id=ident, issuer=issuer, **{**COMMON, **own, **given})  # type: ignore[arg-type]


@dataclass
class House:
    loop: asyncio.Runner
    store: MemoryStore
    clock: Moment
    ents: dict[str, Ent]
    cas: CasServer
    beneylu: Beneylu
    front: Front
    config: GatewayConfig
    log: io.StringIO
    app: object

    @property
    def gateway(self) -> Gateway:
        found: Gateway = self.app.state.gateway  # type: ignore[attr-defined]
        return found

    def browser(self) -> Browser:
        return Browser(self.app, self.loop, self.config.address)  # type: ignore[arg-type]

    def signed_in(self, subject: str, ent: str = "ecoles", back: str = "/") -> Browser:
        """A browser in which somebody signed in."""
        browser = self.browser()
        answer = self.finish(browser, self.start(browser, ent, back), subject, ent)
        assert answer.status == 303, answer.text
        return browser

    def start(self, browser: Browser, ent: str = "ecoles", back: str = "/") -> str:
        """Press the button; the address of the provider."""
        answer = browser.post(f"/-/connexion/{ent}", f"retour={back}")
        assert answer.status == 303, answer.text
        return answer.location

    def finish(self, browser: Browser, url: str, subject: str, ent: str = "ecoles") -> Answer:
        """Sign in at the provider and come back."""
        if ent == "passerelle":
            return self.front.open(browser, url, subject)
        others: dict[str, CasServer | Beneylu] = {"academie": self.cas, "classe": self.beneylu}
        provider = others.get(ent) or self.ents[ent]
        return browser.get(provider.authorize(url, subject), sec_fetch_site="cross-site")

    def letter(self, slug: str, grant: Grant = Grant.GUARDIAN, until: date = date(2023, 8, 31)) -> str:
        """A letter's code for a centre, in force at once; as somebody reads it on the letter."""
        code = new_code(secrets.randbelow)
        school = "" if grant is Grant.STAFF else CENTRES[slug]
        entry = LetterCode(reference(code), code_hash(KEY, code), grant, school, until)
        add_codes(self.store, slug, [entry], Signature(self.clock(), "test"))
        self.clock.later(seconds=10)
        return shown(code)

    def events(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def publish(
        self,
        slug: str,
        tree: Mapping[str, bytes],
        name: str = "",
        encodings: Mapping[str, Mapping[str, Encoding]] = MappingProxyType({}),
    ) -> Manifest:
        """A release and a head, written as a publisher does.

        Arguments:
            encodings: path → coded forms that the manifest states, as older versions did.
        """
        entries: dict[str, FileEntry] = {}
        for path, data in sorted(tree.items()):
            kind = media_type(path)
            assert kind is not None
            self.store.put(blob_key(slug, digest(data)), data)
            entries[path] = FileEntry(digest(data), len(data), kind, encodings.get(path, {}))
        manifest = Manifest(slug, name or slug.title(), self.clock(), "0.1.0", entries)
        self.store.put(release_key(slug, manifest.id), manifest.to_json())
        head = read_head(self.store, slug)
        write_head(self.store, slug, Head(head.number + 1 if head else 1, manifest.id, self.clock(), "test", "publish"))
        return manifest

    def policy(self, slug: str, policy: Policy) -> None:
        """A new policy in force."""
        number = latest_number(self.store, slug, POLICIES) + 1
        assert append(self.store, slug, POLICIES, number, dump_policy(policy, Signature(self.clock(), "test")))

    def forget(self, ent: str) -> None:
        """What the gateway knows of a provider, as after a restart."""
        known = self.gateway.sign_ins[ent]
        assert isinstance(known, Oidc)
        assert isinstance(self.gateway.sign_ins, dict)
        self.gateway.sign_ins[ent] = Oidc(
            known.ent, self.config.address, known._transport, self.clock, self.gateway.sessions.once
        )

    def close(self) -> None:
        self.loop.run(self.gateway.sessions.close())
        self.loop.run(self.gateway.accounts.close())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def listed(issuer: str, *subjects: str) -> frozenset[str]:
    return frozenset(list_identifier(KEY, issuer, subject) for subject in subjects)


def policy_of(slug: str, issuer: str) -> Policy:
    return Policy(
        schools=frozenset({CENTRES[slug]}),
        admitted=frozenset({MembershipKind.CHILD, MembershipKind.GUARDIAN}),
        city=listed(issuer, "city-officer"),
        staff=listed(issuer, f"animator-{slug}"),
    )


def build_house(folder: Path, loop: asyncio.Runner, **given: object) -> House:
    """Three published centres, and five providers that know everybody.

    `ecoles` (OpenID), `academie` (CAS), `classe` (OAuth 2) and `passerelle` (headers of a gateway in front) may vouch
    for schools, `mairie` (OpenID) for none.
    """
    theme = folder / "theme"
    theme.mkdir()
    for name, data in THEME.items():
        (theme / name).write_bytes(data)
    clock, store, log = Moment(), MemoryStore(), io.StringIO()
    ents = {
        name: Ent(f"https://{name}.example", people=dict(PEOPLE), now=lambda: clock().timestamp())
        for name in ("ecoles", "mairie")
    }
    cas = CasServer("https://academie.example", people=PEOPLE)
    beneylu = Beneylu(
        "https://classe.example", f"{ADDRESS}/-/connexion/classe/retour", PEOPLE, now=lambda: clock().timestamp()
    )
    values: dict[str, object] = {
        "address": ADDRESS,
        "store": folder / "store",
        "sessions": folder / "sessions.sqlite3",
        "ents": (
            ent_config("ecoles", ents["ecoles"].issuer),
            ent_config("mairie", ents["mairie"].issuer, uais=frozenset()),
            cas_config("academie", cas.address),
            oauth2_config("classe", beneylu.issuer),
            headers_config("passerelle", "https://passerelle.example"),
        ),
        "access_key": KEY,
        "language": "en",
    }
    config = GatewayConfig(**{**values, **given})  # type: ignore[arg-type]
    app = create_app(
        config,
        store,
        clock=clock,
        security_log=log,
        transport=Network([*ents.values(), cas, beneylu]).transport(),
        theme=theme,
    )
    house = House(loop, store, clock, ents, cas, beneylu, Front(PEOPLE), config, log, app)
    for slug in CENTRES:
        house.publish(slug, files(slug))
        house.policy(slug, policy_of(slug, ents["ecoles"].issuer))
    return house
