"""Each kind of `[[ent]]` in preau.toml: what is read, and what is wrong with it, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from publish.config_reader import gateway_config
from publish.ents import CasConfig, ClaimsConfig, HeadersConfig, OAuth2Config
from publish.errors import ConfigError
from tests.publish.test_config_reader import ENVIRON, read, refused

CAS = """\
[[ent]]
kind = "cas"
id = "academie"
name = "L'ENT de l'académie"
issuer = "https://ent.example/cas"
validation = "/serviceValidate"
uai = ["0929003L"]
"""


def test_a_cas_server(tmp_path: Path) -> None:
    (ent,) = gateway_config(read(tmp_path, f"[gateway]\naddress = 'https://centres.example'\n{CAS}"), ENVIRON).ents
    assert isinstance(ent, CasConfig)
    assert (ent.issuer, ent.origin, ent.validation) == (
        "https://ent.example/cas",
        "https://ent.example",
        "/serviceValidate",
    )
    assert (ent.secret_variable, ent.secret) == (None, "")


HEADERS = """\
[[ent]]
kind = "headers"
id = "passerelle"
name = "La passerelle"
issuer = "https://annuaire.example"
subject = "X-Remote-User"
secret_header = "X-Preau-Secret"
secret_env = "PREAU_FRONT"
peers = ["127.0.0.1", "unix"]
uai = ["0929003L"]
"""


def test_a_gateway_in_front(tmp_path: Path) -> None:
    config = read(tmp_path, f"[gateway]\naddress = 'https://centres.example'\n{HEADERS}")
    (ent,) = gateway_config(config, {**ENVIRON, "PREAU_FRONT": "s" * 32}).ents
    assert isinstance(ent, HeadersConfig)
    assert ent.spelled == ("X-Preau-Secret", "X-Remote-User", "ENTPersonProfils", "ENTPersonStructRattachUAI")
    assert ent.peers == {"127.0.0.1", "unix"}
    assert (ent.encoding, ent.secret) == ("utf-8", "s" * 32)
    for given in ({}, {"PREAU_FRONT": "short"}):
        with pytest.raises(ConfigError) as caught:
            gateway_config(config, {**ENVIRON, **given})
        assert "PREAU_FRONT" in caught.value.reasons[0].text(str)
        assert "32 characters" in caught.value.reasons[0].text(str)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADERS.replace("X-Remote-User", "X Remote User"), "can't be the name of a header"),
        (HEADERS.replace("X-Remote-User", "X_Preau-secret"), "have the same name"),
        (HEADERS.replace('"127.0.0.1"', '"10.0.0.0/8"'), "neither an address"),
        (HEADERS + "encoding = 'utf-16'", "must be one of"),
        (HEADERS + "sign_out = 'http://centres.example/sortie'", "must begin with https"),
        (HEADERS.replace("secret_env", "secret"), "did you mean"),
        (HEADERS.replace('subject = "X-Remote-User"', ""), "subject is missing"),
    ],
)
def test_what_is_wrong_with_a_gateway_in_front(tmp_path: Path, text: str, words: str) -> None:
    assert words in "\n".join(refused(tmp_path, text))


OAUTH2 = """\
[[ent]]
kind = "oauth2"
id = "classe"
name = "L'ENT de la classe"
issuer = "https://ent.example"
client_id = "preau"
client_secret_env = "PREAU_ENT"
uai = ["0929003L"]
"""


def test_an_oauth2_server(tmp_path: Path) -> None:
    start = "[gateway]\naddress = 'https://centres.example'\n"
    (ent,) = gateway_config(read(tmp_path, start + OAUTH2), ENVIRON).ents
    assert isinstance(ent, OAuth2Config)
    assert ent.url(ent.users) == "https://ent.example/oauth/v2/users"
    assert (ent.schools, ent.subject, ent.bearer_in) == ("/oauth/v2/routes/schoolUAIs", "id", "query")
    assert ent.claims == ClaimsConfig(profile="profile", school="school_uais")
    more = "users = '/moi'\nusers_tell_schools = true\nbearer_in = 'header'\nsign_out = 'https://ent.example/sortie'\n"
    (other,) = gateway_config(read(tmp_path, start + OAUTH2 + more), ENVIRON).ents
    assert isinstance(other, OAuth2Config)
    assert (other.users, other.schools, other.bearer_in) == ("/moi", None, "header")
    assert other.sign_out == "https://ent.example/sortie"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("users = 'http://ent.example/users'", "must begin with https"),
        ("sign_out = 'http://ent.example/sortie'", "must begin with https"),
        ("users = 'users'", "must be a path"),
        ("bearer_in = 'cookie'", "must be one of"),
        ("users_tell_schools = 'oui'", "must be true or false"),
        ("userz = '/x'", "did you mean"),
    ],
)
def test_what_is_wrong_with_an_oauth2_server(tmp_path: Path, more: str, words: str) -> None:
    assert words in "\n".join(refused(tmp_path, OAUTH2 + more))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CAS.replace("/cas", "/cas/"), "without its closing slash"),
        (CAS.replace("/cas", "/cas?x=1"), "without its closing slash"),
        (CAS.replace("https", "http"), "must begin with https://"),
        (CAS.replace("/serviceValidate", "/validate"), "must be one of: /p3/serviceValidate, /serviceValidate"),
        (f"{CAS}client_id = 'x'", "has no key “client_id”"),
        (f"{CAS}client_secret_env = 'X'", "has no key “client_secret_env”"),
        *(
            (f"{CAS}[ent.profiles]\n{name} = 'school staff'", "vendors disagree")
            for name in ("National_COL", "national_eta", "National_4", "National_9")
        ),
    ],
)
def test_what_is_wrong_with_a_cas_server(tmp_path: Path, text: str, words: str) -> None:
    assert words in "\n".join(refused(tmp_path, text))
