"""Providers behind which families and staff sign in, as preau.toml describes them: one frozen dataclass a kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import urlsplit

from publish.access import MembershipKind
from publish.errors import N_, ConfigError

DEFAULT_PROFILES: Mapping[str, MembershipKind] = MappingProxyType(
    {
        "national_elv": MembershipKind.CHILD,
        "national_tut": MembershipKind.GUARDIAN,
        "national_ens": MembershipKind.SCHOOL_STAFF,
        "national_dir": MembershipKind.SCHOOL_STAFF,
    }
)
"""SDET directory values, in lower case. Numeric forms (`National_2`) only count where they are configured."""

DISPUTED_PROFILES = frozenset({"national_col", "national_eta", *(f"national_{number}" for number in range(4, 10))})
"""Vendors disagree on their meaning: no configuration can make a membership of them."""

VALIDATIONS = ("/p3/serviceValidate", "/serviceValidate")
"""Where CAS 3 and CAS 2 validate a ticket, below the server's address."""

BEARER_IN = ("query", "header")
"""Where an access token travels: Beneylu's routes take it in the query string, others as `Authorization: Bearer`."""

UNIX = "unix"
"""Whoever speaks through the gateway's own Unix socket, as a peer."""

ENCODINGS = ("utf-8", "latin-1", "base64url")
"""How a gateway in front writes what is not ASCII into a header; the last one is UTF-8 beneath."""

LEAST_SECRET = 32
"""Least length of a secret that stands for a whole sign-in."""

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")

ONE_OF = N_("{key} of ENT “{ent}” must be one of: {known}")

_ROUTE = re.compile(r"(https?://[a-z0-9.:\[\]-]+)?(/[A-Za-z0-9._~-]+)+")
_SIGN_OUT = re.compile(r"https?://[a-z0-9.:\[\]-]+/[A-Za-z0-9._~/?&=%:+-]*")
_CAS_ADDRESS = re.compile(r"https?://[^/?#]+(/[A-Za-z0-9._~-]+)*")
_ENT_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class ClaimsConfig:
    """Names of the claims in which an ENT sends what matters; each ENT differs.

    A name with dots that is no claim itself leads through nested ones: `userAttributes.children.child`.

    Arguments:
        profile: claim that holds one or more directory profiles (`National_TUT`).
        school: claim that holds one or more UAI.
        paired: claim that holds (profile, school) pairs; `None` if this ENT sends none.
        identifier: claim compared, hashed, with the city's lists.
        display_name: claim shown to the person on « Mon compte », never stored in a policy; `None` to show none.
    """

    profile: str = "ENTPersonProfils"
    school: str = "ENTPersonStructRattachUAI"
    paired: str | None = None
    identifier: str = "sub"
    display_name: str | None = None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, kw_only=True)
class EntConfig:
    """What every kind of provider has. Only its kinds are used, and `kind` is the word of preau.toml.

    Arguments:
        id: short name used in addresses (`/-/connexion/<id>`).
        name: as people read it on the sign-in button.
        issuer: the provider's address, under which its people are known here and on the city's lists.
        uais: the schools that this provider may vouch for; every other is dropped.
        claims: names of the claims.
        profiles: directory value in lower case → kind of membership; every other value is dropped.
        secret_variable: environment variable that holds what it and we share; `None` where nothing is shared.
        secret: the value of that variable; empty until the gateway starts.
    """

    kind: ClassVar[str]
    least_secret: ClassVar[int] = 1

    id: str
    name: str
    issuer: str
    uais: frozenset[str]
    claims: ClaimsConfig = ClaimsConfig()
    profiles: Mapping[str, MembershipKind] = field(default_factory=lambda: DEFAULT_PROFILES)
    secret_variable: str | None = None
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _ENT_ID.fullmatch(self.id):
            raise ConfigError(N_("ENT id “{value}” must be lower-case letters, digits and hyphens"), value=self.id)
        for profile in self.profiles.keys() & DISPUTED_PROFILES:
            raise ConfigError(
                N_("the profile “{profile}” of ENT “{ent}” may give nothing: vendors disagree on what it means"),
                profile=profile,
                ent=self.id,
            )
        if any(value.isdecimal() or value != value.casefold() for value in self.profiles):
            raise ConfigError(N_("the profiles of ENT “{ent}” must be names, never numbers"), ent=self.id)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the issuer."""
        return origin_of(self.issuer)

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that the configuration names, the issuer's first."""
        return (self.origin,)


@dataclass(frozen=True, kw_only=True)
class OidcConfig(EntConfig):
    """An OpenID provider; `issuer` is exactly as it states it, `secret` is the client's.

    Arguments:
        client_id: given by the provider.
        scopes: asked for at sign-in; `openid` is always among them.
    """

    kind = "oidc"

    client_id: str
    scopes: tuple[str, ...] = ("openid",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if "openid" not in self.scopes:
            raise ConfigError(N_("the scopes of ENT “{ent}” must contain “openid”"), ent=self.id)


@dataclass(frozen=True, kw_only=True)
class CasConfig(EntConfig):
    """A CAS server, version 2 or 3; `issuer` is its address, to which `/login` and the others are added.

    Arguments:
        validation: where it validates tickets.
    """

    kind = "cas"

    validation: str = VALIDATIONS[0]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _CAS_ADDRESS.fullmatch(self.issuer):
            raise ConfigError(
                N_("the issuer of ENT “{ent}” must be the CAS server's address without its closing slash"), ent=self.id
            )
        if self.validation not in VALIDATIONS:
            raise ConfigError(ONE_OF, key="validation", ent=self.id, known=", ".join(VALIDATIONS))


@dataclass(frozen=True, kw_only=True)
class OAuth2Config(EntConfig):
    """A server of plain OAuth 2 with routes that describe people, as Beneylu School's; `secret` is the client's.

    A route is a path below `issuer`, or a whole address.

    Arguments:
        client_id: given by the server.
        scopes: asked for at sign-in.
        authorize, token: where a code is asked for, and exchanged.
        users: describes whoever signed in.
        schools: gives the UAIs of their schools, under the name `claims.school`; `None` where `users` does.
        subject: claim of `users` that names a person for good.
        school_ids: claim of `users` with the server's own ids of schools; where `schools` answers a table of ids, those
            of no other school count.
        bearer_in: see `BEARER_IN`.
        sign_out: address that ends the session there; `None` where there is none.
    """

    kind = "oauth2"

    client_id: str
    claims: ClaimsConfig = ClaimsConfig(profile="profile", school="school_uais")
    scopes: tuple[str, ...] = ()
    authorize: str = "/oauth/v2/authorize"
    token: str = "/oauth/v2/token"  # noqa: S105 - a route
    users: str = "/oauth/v2/users"
    schools: str | None = "/oauth/v2/routes/schoolUAIs"
    subject: str = "id"
    school_ids: str = "school_ids"
    bearer_in: str = BEARER_IN[0]
    sign_out: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for key in ("authorize", "token", "users", "schools"):
            route = getattr(self, key)
            if route is not None and not _ROUTE.fullmatch(route):
                raise ConfigError(
                    N_("{key} of ENT “{ent}” must be a path such as /oauth/v2/users, or a whole https address"),
                    key=key,
                    ent=self.id,
                )
        if self.bearer_in not in BEARER_IN:
            raise ConfigError(ONE_OF, key="bearer_in", ent=self.id, known=", ".join(BEARER_IN))
        _check_sign_out(self.sign_out, self.id)

    def url(self, route: str) -> str:
        """The whole address of a route."""
        return route if "://" in route else f"{self.issuer.rstrip('/')}{route}"

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that the configuration names, the issuer's first."""
        named = (self.authorize, self.token, self.users, self.schools, self.sign_out)
        return tuple(dict.fromkeys([self.origin, *(origin_of(self.url(route)) for route in named if route)]))


@dataclass(frozen=True, kw_only=True)
class HeadersConfig(EntConfig):
    """An existing gateway in front, which signs people in and writes who they are into headers, at one address alone.

    Names of claims are names of headers; `sub` stands for the subject. `secret` is what it and we share.

    Arguments:
        subject: header with its lasting name of a person.
        secret_header: header with the shared secret.
        peers: addresses from which it speaks, or `UNIX`.
        encoding: see `ENCODINGS`.
        sign_out: address that ends the session there; `None` where there is none.
    """

    kind = "headers"
    least_secret = LEAST_SECRET

    subject: str
    secret_header: str
    peers: frozenset[str]
    encoding: str = ENCODINGS[0]
    sign_out: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.spelled:
            if not _HEADER.fullmatch(name):
                raise ConfigError(
                    N_("“{name}”, of ENT “{ent}”, can't be the name of a header: letters, digits, - and _"),
                    name=name,
                    ent=self.id,
                )
        if len({folded(name) for name in self.spelled}) != len(self.spelled):
            raise ConfigError(N_("two headers of ENT “{ent}” have the same name"), ent=self.id)
        for peer in self.peers - {UNIX}:
            try:
                ip_address(peer)
            except ValueError:
                raise ConfigError(
                    N_("peers of ENT “{ent}”: “{value}” is neither an address (127.0.0.1) nor “{unix}”"),
                    ent=self.id,
                    value=peer,
                    unix=UNIX,
                ) from None
        if self.encoding not in ENCODINGS:
            raise ConfigError(ONE_OF, key="encoding", ent=self.id, known=", ".join(ENCODINGS))
        _check_sign_out(self.sign_out, self.id)

    def may_speak(self, *, socket: bool) -> bool:
        """Whether any of the peers can be one: a Unix socket has no addresses, a port has nothing else."""
        return UNIX in self.peers if socket else bool(self.peers - {UNIX})

    @property
    def spelled(self) -> tuple[str, ...]:
        """Every header by which somebody could say who they are, as configured."""
        claims = self.claims
        named = (claims.profile, claims.school, claims.paired, claims.identifier, claims.display_name)
        return (self.secret_header, self.subject, *dict.fromkeys(name for name in named if name and name != "sub"))

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin that the configuration names, the issuer's first."""
        return tuple(dict.fromkeys([self.origin, *([origin_of(self.sign_out)] if self.sign_out else [])]))


def folded(name: str) -> str:
    """A header's name as a server on the way may fold it: case means nothing, and `_` may become `-`."""
    return name.lower().replace("_", "-")


def _check_sign_out(address: str | None, ent: str) -> None:
    if address is not None and not _SIGN_OUT.fullmatch(address):
        raise ConfigError(N_("sign_out of ENT “{ent}” must be a whole https address"), ent=ent)
