"""`preau.toml`: everything wrong told at once, secrets from the environment only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from publish.access import MembershipKind
from publish.config import Config
from publish.config_reader import gateway_config, read_config
from publish.ents import DEFAULT_PROFILES, ClaimsConfig, OAuth2Config, OidcConfig
from publish.errors import ConfigError
from tests.project import ROOT

FULL = """\
language = "en"
[store]
folder = "releases"
[build]
cache = "/var/cache/preau"
[gateway]
address = "https://centres.example"
host = "::1"
port = 9000
sessions = "s.sqlite3"
idle_minutes = 10
absolute_hours = 2
[[ent]]
id = "ecoles"
name = "L'ENT des écoles"
issuer = "https://ent.example/oidc"
client_id = "preau"
client_secret_env = "PREAU_ENT"
uai = ["0929010u", "0929008S"]
scopes = ["openid", "profile"]
[ent.claims]
profile = "profil"
paired = "couples"
display_name = "given_name"
[ent.profiles]
National_TUT = "guardian"
Enseignant = "school staff"
"""

ENVIRON = {"PREAU_ENT": "s3cr3t-of-the-ent", "PREAU_ACCESS_KEY": "k" * 32}


def read(tmp_path: Path, text: str) -> Config:
    (tmp_path / "preau.toml").write_text(text, encoding="utf-8")
    return read_config(tmp_path / "preau.toml", required=True)


def refused(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return [reason.text(str) for reason in caught.value.reasons] or [str(caught.value)]


def test_a_full_file(tmp_path: Path) -> None:
    config = read(tmp_path, FULL)
    assert config.language == "en"
    assert config.store == tmp_path / "releases", "relative to the file, not to the working folder"
    assert config.photos == Path("/var/cache/preau/photos")
    gateway = gateway_config(config, ENVIRON)
    assert (gateway.address, gateway.host, gateway.port) == ("https://centres.example", "::1", 9000)
    assert (gateway.idle, gateway.absolute) == (timedelta(minutes=10), timedelta(hours=2))
    assert gateway.sessions == tmp_path / "s.sqlite3"
    assert not gateway.demonstration
    (ent,) = gateway.ents
    assert isinstance(ent, OidcConfig)
    assert (ent.client_id, ent.scopes) == ("preau", ("openid", "profile"))
    assert ent.secret == "s3cr3t-of-the-ent"
    assert ent.uais == {"0929010U", "0929008S"}
    assert ent.claims == ClaimsConfig(profile="profil", paired="couples", display_name="given_name")
    assert ent.profiles == {"national_tut": MembershipKind.GUARDIAN, "enseignant": MembershipKind.SCHOOL_STAFF}


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    gateway = gateway_config(read(tmp_path, FULL), ENVIRON)
    for shown in (repr(gateway), str(gateway), repr(gateway.ents)):
        assert "s3cr3t" not in shown
        assert "kkkk" not in shown


def test_an_empty_file_and_no_file_mean_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "") == read_config(tmp_path / "other.toml", required=False)
    config = read(tmp_path, "")
    assert config.store == tmp_path / ".preau/store"
    assert config.work == tmp_path / ".preau/sites"
    assert config.language == "fr"


def test_the_shipped_file_is_right_and_its_example_too(tmp_path: Path) -> None:
    path = ROOT / "preau.toml"
    assert read_config(path, required=True).gateway.ents == ()
    before, _, example = path.read_text(encoding="utf-8").partition("# [[ent]]")
    lines = f"# [[ent]]{example}".splitlines()
    ents = read(tmp_path, before + "\n".join(line.removeprefix("# ") for line in lines)).gateway.ents
    assert [ent.kind for ent in ents] == ["oidc", "cas", "oauth2", "headers"]
    assert all(ent.claims == ClaimsConfig() and ent.profiles == DEFAULT_PROFILES for ent in ents[:2])
    assert ents[2].claims == OAuth2Config.claims


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        """\
langage = "fr"
[store]
foldr = "x"
[gateway]
address = "http://centres.example"
port = 99999
idle_minutes = 600
[[ent]]
id = "É"
name = "x"
issuer = "ent.example"
client_secret_env = "s3cr3t-of-the-ent"
uai = ["0929010A", "12"]
scopes = ["profile"]
[ent.claims]
profil = "x"
[ent.profiles]
2 = "guardian"
National_ELV = "pupil"
""",
    )
    text = "\n".join(problems)
    for expected in (
        "“langage”; did you mean “language”?",
        "“foldr”; did you mean “folder”?",
        "must begin with https://",
        "port must be a whole number from 1 to 65535",
        "idle_minutes must be more than 0",
        "ENT id “É”",
        "“ent.example” must be an origin",
        "client_id is missing",
        "client_secret_env must be the name",
        "“0929010A” is not a school's code",
        "“12” is not a school's code",
        "“profil”; did you mean “profile”?",
        "National_ELV must be one of: “child”, “guardian”, “school staff”",
    ):
        assert expected in text
    assert "s3cr3t" not in text, "a secret pasted in the wrong place is not repeated"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[store\n", "line 1"),
        ('x = "\ny = 1', "line 1"),
        ("store = 1", "[store] must be a table"),
        ("ent = 1", "write [[ent]]"),
        ("[ent]\nid = 'x'", "write [[ent]]"),
        ("[gateway]\nport = '8000'", "port must be a whole number"),
        ("[gateway]\nport = true", "port must be a whole number"),
        ("[gateway]\nhost = ''", "host must be a text"),
        ("language = 'de'", "language must be one of"),
        ("[gateway]\nsecret = 'x'", "has no key “secret”"),
        ("[gateway]\ndemonstration = true", "has no key “demonstration”"),
        ("[gateway]\naccess_key = 'x'", "has no key “access_key”"),
        ("[[ent]]\nkind = 'saml'", "[ent 1] kind must be one of: oidc, cas"),
        ("[[ent]]\nkind = 7", "kind must be a text"),
    ],
)
def test_one_problem(tmp_path: Path, text: str, words: str) -> None:
    assert words in "\n".join(refused(tmp_path, text))


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"])
def test_no_file_can_allow_plain_http(tmp_path: Path, address: str) -> None:
    assert "https://" in refused(tmp_path, f'[gateway]\naddress = "{address}"')[0]


@pytest.mark.parametrize("number", range(1, 10))
def test_numeric_profiles_are_never_read(tmp_path: Path, number: int) -> None:
    text = FULL.replace("National_TUT", str(number))
    assert "never numbers" in "\n".join(refused(tmp_path, text))


def test_two_ents_with_one_issuer_are_refused(tmp_path: Path) -> None:
    second = FULL[FULL.index("[[ent]]") :].replace('id = "ecoles"', 'id = "autre"')
    assert "same issuer" in "\n".join(refused(tmp_path, FULL + second))
    third = second.replace("oidc", "autre").replace('id = "autre"', 'id = "ecoles"')
    assert "same id" in "\n".join(refused(tmp_path, FULL + third))


def test_files_that_can_t_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_config(tmp_path / "nowhere.toml", required=True)
    with pytest.raises(ConfigError, match="it is a folder"):
        read_config(tmp_path, required=True)
    (tmp_path / "latin.toml").write_bytes("# é".encode("latin-1"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read_config(tmp_path / "latin.toml", required=True)
    for value in ("1" * 5000, "[" * 5000):
        (tmp_path / "endless.toml").write_text(f"a = {value}")
        with pytest.raises(ConfigError, match="not valid TOML"):
            read_config(tmp_path / "endless.toml", required=True)


def test_everything_the_gateway_misses_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        gateway_config(read(tmp_path, ""), {})
    assert len(caught.value.reasons) == 3
    with pytest.raises(ConfigError) as caught:
        gateway_config(read(tmp_path, FULL), {"PREAU_ENT": "", "PREAU_ACCESS_KEY": "k" * 31})
    text = str(caught.value)
    assert "PREAU_ENT (secret of ENT “ecoles”) is missing" in text
    assert "PREAU_ACCESS_KEY" in text
    assert "kkk" not in text


@pytest.mark.parametrize(
    ("hours", "own"), [("", timedelta(hours=2)), ("own_device_hours = 1", timedelta(hours=1)),
                       ("own_device_hours = 0", None)]
)  # fmt: skip
def test_a_device_of_ones_own(tmp_path: Path, hours: str, own: timedelta | None) -> None:
    config = read(tmp_path, FULL.replace("absolute_hours = 2", f"absolute_hours = 2\n{hours}"))
    assert gateway_config(config, ENVIRON).own_device == own


def test_a_device_of_ones_own_within_the_citys_limit(tmp_path: Path) -> None:
    found = refused(tmp_path, FULL.replace("absolute_hours = 2", "absolute_hours = 2\nown_device_hours = 3"))
    assert [("own_device_hours" in text) for text in found] == [True]
