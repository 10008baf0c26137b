"""What the ENT of the demonstration refuses. A provider that accepts anything would prove nothing about the gateway."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from gettext import NullTranslations
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from publish.demo import ent, memory, provider
from publish.demo.ent import create_ent
from publish.demo.memory import CODE_SECONDS, TOKEN_SECONDS, Client
from publish.demo.people import PEOPLE, person

ISSUER = "http://localhost:9001"
BACK = "http://127.0.0.1:9000/-/connexion/demo/retour"
GOODBYE = "http://127.0.0.1:9000/-/connexion/au-revoir"
VERIFIER = "v" * 43
CLIENT = Client("preau", "s3cret", BACK, GOODBYE)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Ent:
    """The ENT as a browser (`web`) and as the gateway see it, with a clock that stands still."""

    web: FlaskClient
    seconds: float = 1_668_000_000.0
    nonces: int = 0

    def ask(self, **changes: str | None) -> dict[str, str]:
        """The query of a right authorization request, but for the changes; `None` leaves a parameter out."""
        self.nonces += 1
        query = {
            "client_id": "preau",
            "response_type": "code",
            "scope": "openid profile",
            "redirect_uri": BACK,
            "state": "st",
            "nonce": f"nonce-{self.nonces}",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in query.items() if value is not None}

    def press(self, key: str, **changes: str | None) -> dict[str, str]:
        """Press somebody's button; what comes back to the gateway."""
        answer = self.web.post("/connexion", query_string=self.ask(**changes), data={"personne": key})
        assert answer.status_code == 302
        assert answer.location.startswith(BACK + "?")
        return dict(parse_qsl(urlsplit(answer.location).query))

    def redeem(
        self, code: str, *, secret: str = "s3cret", client: str = "preau", **changes: str | None
    ) -> TestResponse:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        data = {name: value for name, value in form.items() if value is not None}
        return self.web.post("/jeton", data=data, auth=(client, secret))

    def sign_in(self, key: str, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.press(key, **changes)["code"])
        assert answer.status_code == 200
        return dict(answer.json or {})

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.web.get("/jwks").json)  # type: ignore[arg-type]

    def userinfo(self, token: str) -> TestResponse:
        return self.web.get("/profil", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def demo() -> Ent:
    made: list[Ent] = []
    app = create_ent(ISSUER, CLIENT, {"fessart": "Fessart"}, NullTranslations(), lambda: made[0].seconds)
    app.config.update(TESTING=True, SERVER_NAME=urlsplit(ISSUER).netloc)
    client = app.test_client()
    made.append(Ent(client))
    return made[0]


def test_a_right_request_gives_what_the_directory_says(demo: Ent) -> None:
    back = demo.press("responsable-fessart")
    assert back["state"] == "st"
    assert back["iss"] == ISSUER  # RFC 9207
    tokens = dict(demo.redeem(back["code"]).json or {})
    decoded = jwt.decode(tokens["id_token"], demo.keys(), algorithms=["RS256"])
    assert decoded.header["kid"] == demo.keys().keys[0].kid
    assert decoded.claims["iss"] == ISSUER
    assert decoded.claims["aud"] == "preau"
    assert decoded.claims["nonce"] == "nonce-1"
    assert decoded.claims["sub"] == "demo-responsable-fessart"
    assert "refresh_token" not in tokens
    told = demo.userinfo(tokens["access_token"]).json
    assert told == {**person("responsable-fessart").says(), "name": "Dominique Démonstration"}


def test_a_name_is_told_only_to_who_asks(demo: Ent) -> None:
    told = demo.userinfo(demo.sign_in("ville", scope="openid")["access_token"]).json
    assert told is not None
    assert "name" not in told


@pytest.mark.parametrize("one", PEOPLE, ids=lambda one: one.key)
def test_everybody_can_be_signed_in_as(demo: Ent, one: Any) -> None:
    told = demo.userinfo(demo.sign_in(one.key)["access_token"]).json
    assert told is not None
    assert told["sub"] == one.subject


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1:9999/evil"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "http://localhost:9000/-/connexion/demo/retour"},
        {"redirect_uri": None},
        {"client_id": "somebody-else"},
        {"client_id": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_sent_to_an_unknown_client_or_address(
    demo: Ent, method: str, changes: dict[str, str | None]
) -> None:
    answer = demo.web.open(
        "/connexion",
        method=method,
        query_string=demo.ask(**changes),
        data={"personne": "ville"} if method == "post" else None,
    )
    assert answer.status_code == 400
    assert answer.location is None


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "short"},
        {"nonce": None},
        {"response_type": "token"},
        {"response_type": "code id_token"},
        {"prompt": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_weak_request_goes_back_with_an_error_and_no_code(
    demo: Ent, method: str, changes: dict[str, str | None]
) -> None:
    answer = demo.web.open(
        "/connexion",
        method=method,
        query_string=demo.ask(**changes),
        data={"personne": "ville"} if method == "post" else None,
    )
    assert answer.status_code == 302
    assert answer.location.startswith(BACK + "?")
    back = dict(parse_qsl(urlsplit(answer.location).query))
    assert "code" not in back
    assert back["error"]
    assert back["state"] == "st"
    assert back["iss"] == ISSUER


def test_a_nonce_is_used_once(demo: Ent) -> None:
    demo.press("ville", nonce="again")
    answer = demo.web.post("/connexion", query_string=demo.ask(nonce="again"), data={"personne": "ville"})
    assert "code=" not in answer.location


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code_verifier": "w" * 43}, 400),
        ({"code_verifier": None}, 400),
        ({"code_verifier": challenge(VERIFIER)}, 400),
        ({"redirect_uri": BACK + "x"}, 400),
        ({"redirect_uri": None}, 400),
        ({"code": "never-made"}, 400),
        ({"grant_type": "password"}, 400),
        ({"grant_type": "refresh_token"}, 400),
        ({"secret": "wrong"}, 401),
        ({"client": "somebody-else"}, 401),
    ],
    ids=str,
)
def test_a_code_alone_gives_nothing(demo: Ent, changes: dict[str, str | None], status: int) -> None:
    answer = demo.redeem(**{"code": demo.press("ville")["code"], **changes})  # type: ignore[arg-type]
    assert answer.status_code == status
    assert "token" not in (answer.get_data(as_text=True).replace("token_type", ""))


def test_a_client_without_a_secret_gets_nothing(demo: Ent) -> None:
    code = demo.press("ville")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert demo.web.post("/jeton", data={**form, "client_id": "preau"}).status_code == 401


def test_a_code_is_good_for_once(demo: Ent) -> None:
    code = demo.press("ville")["code"]
    assert demo.redeem(code).status_code == 200
    assert demo.redeem(code).status_code == 400


def test_a_code_tried_with_a_wrong_verifier_is_spent(demo: Ent) -> None:
    code = demo.press("ville")["code"]
    assert demo.redeem(code, code_verifier="w" * 43).status_code == 400
    assert demo.redeem(code).status_code == 400


def test_a_code_and_a_token_grow_old(demo: Ent) -> None:
    code = demo.press("ville")["code"]
    demo.seconds += CODE_SECONDS
    assert demo.redeem(code).status_code == 400
    token = demo.sign_in("ville")["access_token"]
    assert demo.userinfo(token).status_code == 200
    demo.seconds += TOKEN_SECONDS
    assert demo.userinfo(token).status_code == 401


@pytest.mark.parametrize("header", [None, "Bearer nothing", "Basic cHJlYXU6czNjcmV0"])
def test_userinfo_needs_a_token(demo: Ent, header: str | None) -> None:
    assert demo.web.get("/profil", headers={"Authorization": header} if header else {}).status_code == 401


@pytest.mark.parametrize("key", ["nobody", None])
def test_only_people_of_the_page_can_be_pressed(demo: Ent, key: str | None) -> None:
    answer = demo.web.post("/connexion", query_string=demo.ask(), data={} if key is None else {"personne": key})
    assert answer.status_code == 400


def test_going_back_without_signing_in_is_told_to_the_gateway(demo: Ent) -> None:
    back = demo.press("")
    assert back["error"] == "access_denied"
    assert "code" not in back
    assert demo.web.get_cookie(ent.COOKIE) is None


def test_sign_out_ends_the_ents_own_session_and_comes_back(demo: Ent) -> None:
    tokens = demo.sign_in("ville")
    assert "Continue as Morgan Invention" in demo.web.get("/connexion", query_string=demo.ask()).text
    answer = demo.web.get(
        "/deconnexion",
        query_string={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": GOODBYE, "client_id": "preau"},
    )
    assert (answer.status_code, answer.location) == (302, GOODBYE)
    assert demo.web.get_cookie(ent.COOKIE) is None
    assert "Continue as" not in demo.web.get("/connexion", query_string=demo.ask()).text


def test_the_old_session_cookie_of_the_ent_is_worth_nothing_after_sign_out(demo: Ent) -> None:
    tokens = demo.sign_in("ville")
    cookie = demo.web.get_cookie(ent.COOKIE)
    assert cookie is not None
    demo.web.get("/deconnexion", query_string={"id_token_hint": tokens["id_token"]})
    demo.web.set_cookie(ent.COOKIE, cookie.value)
    assert "Continue as" not in demo.web.get("/connexion", query_string=demo.ask()).text


@pytest.mark.parametrize("address", ["http://evil.example/", GOODBYE + "x", "//evil.example"])
def test_sign_out_goes_nowhere_else(demo: Ent, address: str) -> None:
    tokens = demo.sign_in("ville")
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": address}
    answer = demo.web.get("/deconnexion", query_string=query)
    assert answer.status_code == 200
    assert "Location" not in answer.headers


def test_a_sign_out_that_proves_nothing_is_confirmed_first(demo: Ent) -> None:
    demo.sign_in("ville")
    query = {"post_logout_redirect_uri": GOODBYE, "client_id": "preau"}
    assert demo.web.get("/deconnexion", query_string=query).location is None
    assert demo.web.get_cookie(ent.COOKIE) is not None
    assert demo.web.post("/deconnexion", query_string=query).location is None
    assert demo.web.get_cookie(ent.COOKIE) is None


def test_a_forged_id_token_does_not_sign_out(demo: Ent) -> None:
    demo.sign_in("ville")
    query = {"id_token_hint": "eyJhbGciOiJub25lIn0.e30.", "post_logout_redirect_uri": GOODBYE}
    answer = demo.web.get("/deconnexion", query_string=query)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert demo.web.get_cookie(ent.COOKIE) is not None


def wrong_verifier(demo: Ent) -> bool:
    return demo.redeem(demo.press("ville")["code"], code_verifier="w" * 43).status_code == 200


def wrong_secret(demo: Ent) -> bool:
    return demo.redeem(demo.press("ville")["code"], secret="wrong").status_code == 200


def other_address(demo: Ent) -> bool:
    query = demo.ask(redirect_uri="http://127.0.0.1:9999/evil")
    answer = demo.web.post("/connexion", query_string=query, data={"personne": "ville"})
    return "code=" in (answer.location or "")


def replayed(demo: Ent) -> bool:
    code = demo.press("ville")["code"]
    return demo.redeem(code).status_code == demo.redeem(code).status_code == 200


def keep_code(self: memory.Memory, value: str, client: Client) -> memory.Code | None:
    return self._codes.get(value)


@pytest.mark.parametrize(
    ("attack", "target", "name", "without"),
    [
        (wrong_verifier, provider._OnlyS256, "validate_code_verifier", lambda *_: None),
        (wrong_secret, Client, "check_client_secret", lambda *_: True),
        (other_address, Client, "check_redirect_uri", lambda *_: True),
        (replayed, memory.Memory, "redeem", keep_code),
    ],
)
def test_each_check_is_alive(
    demo: Ent,
    monkeypatch: pytest.MonkeyPatch,
    attack: Callable[[Ent], bool],
    target: type,
    name: str,
    without: Callable[..., object],
) -> None:
    assert not attack(demo)
    monkeypatch.setattr(target, name, without)
    assert attack(demo)


def test_a_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(replace(CLIENT))
