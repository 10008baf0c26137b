"""ID tokens: what is accepted, and everything else that somebody might sign, forge or break."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from publish.gateway.id_token import verify_id_token
from publish.gateway.sign_in import SignInRefused
from publish.gateway.signed import UnknownKey, read_keys
from tests.publish.gateway.ent import EC, RSA, STRANGER, Claims, sign
from tests.publish.gateway.house import START

NOW = int(START.timestamp())
GOOD: Claims = {
    "iss": "https://ent.example",
    "aud": "preau",
    "sub": "1",
    "nonce": "n",
    "iat": NOW,
    "exp": NOW + 600,
}
KEYS = read_keys({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})
KEYLESS = RSAKey.generate_key(2048)


def verify(token: object, *, later: float = 0, keys: Any = KEYS) -> dict[str, object]:
    return verify_id_token(
        token,
        keys,
        issuer="https://ent.example",
        client_id="preau",
        nonce="n",
        access_token="access",
        started=START,
        now=START + timedelta(seconds=later),
    )


def b64(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": ["preau"]},
        {"aud": ["preau", "other"], "azp": "preau"},
        {"azp": "preau"},
        {"iat": NOW - 30},
        {"iat": NOW + 30},
        {"nbf": NOW},
        {"classe": "CP"},
    ],
)
@pytest.mark.parametrize("key", [RSA, EC])
def test_good_tokens(change: Claims, key: Any) -> None:
    assert verify(sign({**GOOD, **change}, key))["sub"] == "1"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://ent.example/"},
        {"iss": "https://other.example"},
        {"iss": ["https://ent.example"]},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": []},
        {"aud": "PREAU"},
        {"aud": ["preau", "other"]},
        {"aud": ["preau", "other"], "azp": "other"},
        {"aud": {"preau": 1}},
        {"aud": ["preau", 7]},
        {"azp": "other"},
        {"nonce": "x"},
        {"nonce": None},
        {"nonce": ["n"]},
        {"nonce": ""},
        {"sub": ""},
        {"sub": None},
        {"sub": 1},
        {"sub": ["1"]},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e300},
        {"exp": NOW + 600.5},
        {"exp": 10**400},
        {"exp": True},
        {"exp": -1},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": NOW - 61},
        {"iat": NOW + 3600},
        {"iat": None},
        {"iat": "now"},
        {"nbf": NOW + 3600},
        {"nbf": "x"},
        {"at_hash": "AAAA"},
        {"at_hash": 7},
    ],
)
def test_bad_claims(change: Claims) -> None:
    claims = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(SignInRefused):
        verify(sign(claims))


def test_expiry_counts_when_it_is_checked() -> None:
    assert verify(sign(GOOD), later=600)
    with pytest.raises(SignInRefused):
        verify(sign(GOOD), later=661)


def none_token() -> str:
    return f"{b64({'alg': 'none'})}.{b64(GOOD)}."


def hs_confusion() -> str:
    # By hand: the library refuses to make it.
    signed = f"{b64({'alg': 'HS256', 'kid': 'rsa-1'})}.{b64(GOOD)}"
    return f"{signed}.{b64(hmac.digest(RSA.as_pem(private=False), signed.encode(), 'sha256'))}"


def embedded(name: str) -> Callable[[], str]:
    values: Claims = {
        "jwk": STRANGER.as_dict(private=False),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/x",
        "x5c": ["AAAA"],
        "crit": ["exp"],
        "b64": False,
    }

    def make() -> str:
        header = b64({"alg": "RS256", "kid": "rsa-1", name: values[name]})
        # Signed by a stranger over exactly this header: only what the header says could make it good.
        signed = jwt.encode({"alg": "RS256", "kid": "rsa-1"}, GOOD, STRANGER).split(".")
        return f"{header}.{signed[1]}.{signed[2]}"

    return make


FORGED: dict[str, Callable[[], object]] = {
    "alg none": none_token,
    "alg None": lambda: none_token().replace(b64({"alg": "none"}), b64({"alg": "None"})),
    "HS256 with the public key": hs_confusion,
    "a stranger's key under our kid": lambda: sign(GOOD, STRANGER),
    "RS512": lambda: jwt.encode({"alg": "RS512", "kid": "rsa-1"}, GOOD, RSA, algorithms=["RS512"]),
    "PS256": lambda: jwt.encode({"alg": "PS256", "kid": "rsa-1"}, GOOD, RSA, algorithms=["PS256"]),
    "signature cut": lambda: sign(GOOD)[:-4],
    "signature of another token": lambda: ".".join(
        [*sign({**GOOD, "sub": "2"}).split(".")[:2], sign(GOOD).split(".")[2]]
    ),
    "payload changed": lambda: ".".join(
        [sign(GOOD).split(".")[0], b64({**GOOD, "sub": "2"}), sign(GOOD).split(".")[2]]
    ),
    "an access token": lambda: sign(GOOD, header={"typ": "at+jwt"}),
    "a logout token": lambda: sign(GOOD, header={"typ": "logout+jwt"}),
    "a header as long as a letter": lambda: sign(GOOD)[:10] + "A" * 70_000,
    "a payload of 200 KB": lambda: sign({**GOOD, "x": "y" * 200_000}),
    "five parts": lambda: sign(GOOD) + ".a.b",
    "two parts": lambda: "a.b",
    "dots": lambda: "..",
    "nothing": lambda: "",
    "None": lambda: None,
    "a list": lambda: [sign(GOOD)],
    "bytes": lambda: sign(GOOD).encode(),
    "not ASCII": lambda: sign(GOOD) + "é",
    "header is a list": lambda: f"{b64([1])}.{b64(GOOD)}.AAAA",
    "header is no JSON": lambda: f"{b64(b'x')}.{b64(GOOD)}.AAAA",
    "payload is a list": lambda: sign(GOOD).split(".")[0] + f".{b64([1])}.AAAA",
    "a number as alg": lambda: f"{b64({'alg': 7})}.{b64(GOOD)}.AAAA",
    "deep": lambda: f"{b64({'alg': 'RS256'})}.{b64(b'[' * 20000)}.AAAA",
    **{f"header {name}": embedded(name) for name in ("jwk", "jku", "x5u", "x5c", "crit", "b64")},
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_tokens(name: str) -> None:
    with pytest.raises(SignInRefused):
        verify(FORGED[name]())


def test_an_unknown_kid_asks_for_the_keys_again() -> None:
    with pytest.raises(UnknownKey):
        verify(sign(GOOD, header={"kid": "other"}))
    with pytest.raises(UnknownKey):
        verify(sign(GOOD), keys=())
    with pytest.raises(UnknownKey):
        verify(sign(GOOD, header={"kid": "ec-1"}))


def test_without_kid_only_if_there_is_no_choice() -> None:
    token = jwt.encode({"alg": "RS256"}, GOOD, KEYLESS)
    one = read_keys({"keys": [KEYLESS.as_dict(private=False), EC.as_dict(private=False)]})
    assert verify(token, keys=one)
    two = read_keys({"keys": [KEYLESS.as_dict(private=False), RSA.as_dict(private=False)]})
    with pytest.raises(SignInRefused, match="ambiguous"):
        verify(token, keys=two)


def public(key: Any, **change: object) -> Claims:
    return {**key.as_dict(private=False), **change}


@pytest.mark.parametrize(
    "listed",
    [
        None,
        [],
        {},
        {"keys": {}},
        {"keys": [7, None, "x", []]},
        {"keys": [OctKey.generate_key(256).as_dict()]},
        {"keys": [public(RSA, use="enc")]},
        {"keys": [public(RSA, alg="RS512")]},
        {"keys": [public(RSA, alg="HS256")]},
        {"keys": [public(RSA, key_ops=["sign"])]},
        {"keys": [public(RSA, kty="oct")]},
        {"keys": [public(RSA, n="AQAB")]},
        {"keys": [public(RSA, n="A" * 5000)]},
        {"keys": [public(RSA, e="A" * 50)]},
        {"keys": [public(RSA, n=7)]},
        {"keys": [public(RSA, n="é" * 342)]},
        {"keys": [public(EC, crv="P-521")]},
        {"keys": [public(EC, x="AAAA")]},
        {"keys": [public(EC, y="A" * 43)]},
        {"keys": [ECKey.generate_key("P-384").as_dict(private=False)]},
        {"keys": [{"kty": "RSA"}]},
    ],
)
def test_keys_that_are_not_usable(listed: object) -> None:
    assert read_keys(listed) == ()


def test_usable_keys_are_found_among_others_and_private_parts_are_not_kept() -> None:
    found = read_keys({"keys": [7, RSA.as_dict(private=True), public(EC, use="sig", alg="ES256")]})
    assert [key.kid for key in found] == ["rsa-1", "ec-1"]
    assert not any(key.is_private for key in found)
    assert len(read_keys({"keys": [public(RSA)] * 100})) == 32


@given(
    st.text() | st.none() | st.binary() | st.builds(".".join, st.lists(st.sampled_from([b64(GOOD), "e30", "a", ""])))
)
def test_total(token: object) -> None:
    with pytest.raises((SignInRefused, UnknownKey)):
        verify(token)
