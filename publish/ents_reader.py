"""One `[[ent]]` table of preau.toml → the provider that it describes. Every problem of the table is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import TypedDict

from publish.access import MembershipKind
from publish.config import check_origin
from publish.ents import (
    BEARER_IN,
    DEFAULT_PROFILES,
    ENCODINGS,
    VALIDATIONS,
    CasConfig,
    ClaimsConfig,
    EntConfig,
    HeadersConfig,
    OAuth2Config,
    OidcConfig,
)
from publish.errors import N_, ConfigError, Reason
from publish.settings_table import Table

_UAI = re.compile(r"[0-9]{7}[A-Z]")
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


class Common(TypedDict):
    """The keys that every kind has."""

    id: str
    name: str
    issuer: str
    uais: frozenset[str]
    claims: ClaimsConfig
    profiles: Mapping[str, MembershipKind]


def read_ent(table: Table) -> EntConfig | None:
    """The provider of a table; `None` where its problems leave none."""
    kind = table.text("kind", OidcConfig.kind)
    if kind not in KINDS:
        # The keys depend on the kind: to call them unknown would only hide what is wrong.
        table.wrong(N_("{where} {key} must be one of: {known}"), key="kind", known=", ".join(KINDS))
        return None
    common = Common(
        id=table.text("id", required=True),
        name=table.text("name", required=True),
        issuer=table.text("issuer", required=True),
        uais=_uais(table),
        claims=_claims(table.table("claims"), OAuth2Config.claims if kind == OAuth2Config.kind else ClaimsConfig()),
        profiles=_profiles(table.table("profiles")),
    )
    if common["issuer"]:
        note_origin(table, "/".join(common["issuer"].split("/")[:3]), f"[{table.name}] issuer")
    ent = None
    try:
        ent = KINDS[kind](table, common)
    except ConfigError as error:
        if common["id"] and common["name"]:
            table.problems.append(Reason(error.message, error.values))
    for origin in ent.origins[1:] if ent else ():
        note_origin(table, origin, f"[{table.name}]")
    table.finish()
    return ent


def note_origin(table: Table, value: str, what: str) -> None:
    """Note what is wrong with an origin, if anything."""
    try:
        check_origin(value, what, demonstration=False)
    except ConfigError as error:
        table.problems.append(Reason(error.message, error.values))


def _oidc(table: Table, common: Common) -> EntConfig:
    return OidcConfig(
        **common,
        client_id=table.text("client_id", required=True),
        secret_variable=_secret_variable(table, "client_secret_env"),
        scopes=table.texts("scopes", ("openid",)),
    )


def _cas(table: Table, common: Common) -> EntConfig:
    return CasConfig(**common, validation=table.text("validation", VALIDATIONS[0]))


def _oauth2(table: Table, common: Common) -> EntConfig:
    return OAuth2Config(
        **common,
        client_id=table.text("client_id", required=True),
        secret_variable=_secret_variable(table, "client_secret_env", required=True),
        scopes=table.texts("scopes"),
        authorize=table.text("authorize", OAuth2Config.authorize),
        token=table.text("token", OAuth2Config.token),
        users=table.text("users", OAuth2Config.users),
        # « users » itself may tell the schools: then there is no such route.
        schools=None if table.flag("users_tell_schools") else table.text("schools", str(OAuth2Config.schools)),
        subject=table.text("subject", OAuth2Config.subject),
        school_ids=table.text("school_ids", OAuth2Config.school_ids),
        bearer_in=table.text("bearer_in", BEARER_IN[0]),
        sign_out=table.optional("sign_out"),
    )


def _headers(table: Table, common: Common) -> EntConfig:
    return HeadersConfig(
        **common,
        secret_variable=_secret_variable(table, "secret_env", required=True),
        subject=table.text("subject", required=True),
        secret_header=table.text("secret_header", required=True),
        peers=frozenset(table.texts("peers", required=True)),
        encoding=table.text("encoding", ENCODINGS[0]),
        sign_out=table.optional("sign_out"),
    )


KINDS: Mapping[str, Callable[[Table, Common], EntConfig]] = {
    OidcConfig.kind: _oidc,
    CasConfig.kind: _cas,
    OAuth2Config.kind: _oauth2,
    HeadersConfig.kind: _headers,
}
"""Word of preau.toml → what reads the rest of such a table; it may raise `ConfigError`."""


def _secret_variable(table: Table, key: str, *, required: bool = False) -> str | None:
    variable = table.text(key, required=required) or None
    if variable is not None and not _VARIABLE.fullmatch(variable):
        # The value itself is not repeated: it may be the secret, pasted in the wrong place.
        table.wrong(N_("{where} {key} must be the name of an environment variable, such as ENT_SECRET"), key=key)
    return variable


def _uais(table: Table) -> frozenset[str]:
    uais = [value.upper() for value in table.texts("uai", required=True)]
    for uai in uais:
        if not _UAI.fullmatch(uai) or uai[7] != _UAI_LETTERS[int(uai[:7]) % 23]:
            table.wrong(N_("{where} uai: “{uai}” is not a school's code (7 digits and their key letter)"), uai=uai)
    return frozenset(uais)


def _claims(table: Table, usual: ClaimsConfig) -> ClaimsConfig:
    given = {item.name: table.optional(item.name) for item in fields(ClaimsConfig)}
    table.finish()
    return replace(usual, **{name: value for name, value in given.items() if value is not None})


def _profiles(table: Table) -> Mapping[str, MembershipKind]:
    if not table.values:
        return DEFAULT_PROFILES
    profiles: dict[str, MembershipKind] = {}
    kinds = ", ".join(f"“{kind}”" for kind in MembershipKind)
    for name, value in table.values.items():
        if value not in list(MembershipKind):
            table.wrong(N_("{where} {key} must be one of: {known}"), key=name, known=kinds)
        else:
            profiles[name.casefold()] = MembershipKind(str(value))
    return profiles
