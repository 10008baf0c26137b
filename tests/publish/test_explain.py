"""`preau access explain`: every dialect, as the gateway reads it, told in French."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from publish import gateway as package
from publish.access import MembershipKind, Policy, decide
from publish.claims_file import read_said
from publish.commands.explain import REFUSED, RULES, WHY
from publish.config_reader import read_config
from publish.gateway import claims
from publish.gateway.claims import Why, read_claims
from publish.heads import Head, write_head
from publish.layout import POLICIES
from publish.policies import Signature, dump_policy, list_identifier
from publish.series import append
from tests.publish.gateway.test_cas_answer import CAS, DOCUMENTED, FIXTURES, WRITTEN_DOWN
from tests.publish.test_cli import Place, said
from tests.publish.trees import NOW

KEY = "k" * 32
ISSUER = "https://ent.example/oidc"
FESSART, ESCUDIER, FOREIGN = "0929010U", "0929008S", "0690078K"
OIDC = f"""
[[ent]]
id = "ecoles"
name = "l’ENT des écoles"
issuer = "{ISSUER}"
client_id = "preau"
uai = ["{FESSART}", "{ESCUDIER}"]
[ent.claims]
display_name = "name"
"""
OAUTH2 = f"""
[[ent]]
kind = "oauth2"
id = "classe"
name = "l’ENT de la ville"
issuer = "https://classe.example"
client_id = "preau"
client_secret_env = "PREAU_CLASSE"
uai = ["{FESSART}"]
[ent.profiles]
parent = "guardian"
"""
HEADERS = f"""
[[ent]]
kind = "headers"
id = "passerelle"
name = "la passerelle"
issuer = "https://annuaire.example"
subject = "OIDC_CLAIM_sub"
secret_header = "X-Preau-Secret"
secret_env = "PREAU_FRONT"
peers = ["127.0.0.1"]
encoding = "latin-1"
uai = ["{FESSART}"]
[ent.claims]
profile = "OIDC_CLAIM_profil"
school = "OIDC_CLAIM_ecole"
display_name = "OIDC_CLAIM_nom"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Two published centres, the second for people who are enrolled, and the four kinds of ENT."""
    monkeypatch.setenv("PREAU_ACCESS_KEY", KEY)
    (tmp_path / "preau.toml").write_text(f'[store]\nfolder = "store"\n{OIDC}{CAS}{OAUTH2}{HEADERS}', "utf-8")
    made = Place(tmp_path)
    blocked = frozenset({list_identifier(KEY.encode(), ISSUER, "bloque")})
    staff = frozenset({list_identifier(KEY.encode(), ISSUER, "animatrice")})
    for slug, policy in (
        ("fessart", Policy(frozenset({FESSART}), blocked=blocked, staff=staff)),
        ("escudier", Policy(frozenset({ESCUDIER}), admission="inscrits", blocked=blocked)),
    ):
        assert append(made.store, slug, POLICIES, 1, dump_policy(policy, Signature(NOW, "test")))
        write_head(made.store, slug, Head(1, "0" * 32, NOW, "test", "publish"))
    return made


def told(place: Place, ent: str, what: object, *more: str) -> str:
    """What the command says of this file."""
    file = place.root / "dit"
    file.write_bytes(what if isinstance(what, bytes) else json.dumps(what, ensure_ascii=False).encode())
    result = place.run("access", "explain", *more, "--claims", str(file), "--ent", ent)
    assert result.exit_code == 0, result.output
    return said(result)


def as_data(place: Place, ent: str, what: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(told(place, ent, what, "--json"))
    return found


PARENT = {"sub": "42", "name": "Paul Exemple", "ENTPersonProfils": "National_TUT"}


def test_in_full(place: Place) -> None:
    stated = {**PARENT, "ENTPersonStructRattachUAI": [FESSART, ESCUDIER.lower(), FOREIGN, "cinq"]}
    assert told(place, "ecoles", stated) == (
        "ENT « l’ENT des écoles » (ecoles, oidc)\n"
        "Connue ici comme « 42 » de https://ent.example/oidc\n"
        "  affiché sur « Mon compte » : Paul Exemple\n"
        "Appartenances\n"
        "  + responsable d’un élève à l’école 0929010U (profil « national_tut »)\n"
        "  + responsable d’un élève à l’école 0929008S (profil « national_tut »)\n"
        "  − école 0690078K : elle n’est pas de celles dont cet ENT peut répondre (uai dans preau.toml)\n"
        "  − école « cinq » : ce n’est pas un code d’école\n"
        "Centres\n"
        "  escudier  reste fermé – responsable d’un élève, 0929008S, mais pas sur la liste des inscrits, "
        "que ce centre demande\n"
        "  fessart   s’ouvre – responsable d’un élève, 0929010U\n"
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "− aucune école : « ENTPersonStructRattachUAI » manque, ou est vide"),
        ({"ENTPersonProfils": " "}, "− aucun profil : « ENTPersonProfils » manque, ou est vide"),
        ({"ENTPersonProfils": ["National_ENS", "National_TUT"]}, "− plusieurs profils (national_ens, national_tut)"),
        ({"ENTPersonStructRattachUAI": {"uai": FESSART}}, "− « ENTPersonStructRattachUAI » n’a pas une forme lisible"),
        (
            {"ENTPersonProfils": "National_COL", "ENTPersonStructRattachUAI": FESSART},
            "− profil « national_col » à l’école 0929010U : il ne vaut rien ici",
        ),
    ],
)
def test_why_not(place: Place, change: dict[str, object], line: str) -> None:
    text = told(place, "ecoles", {**PARENT, **change})
    assert line in text
    assert "aucune : cette personne n’est membre d’aucune école ici" in text
    assert "s’ouvre" not in text


def test_lists(place: Place) -> None:
    assert "fessart  s’ouvre – sur la liste de l’équipe" in told(place, "ecoles", {"sub": "animatrice"}, "fessart")
    text = told(place, "ecoles", {**PARENT, "sub": "bloque", "ENTPersonStructRattachUAI": FESSART})
    assert text.count("reste fermé – sur la liste des personnes bloquées, qui passe avant tout") == 2


def test_a_centre_that_nobody_published(place: Place) -> None:
    (place.root / "dit").write_text(json.dumps(PARENT))
    result = place.run("access", "explain", "fesart", "--claims", str(place.root / "dit"), "--ent", "ecoles")
    assert result.exit_code == 1
    assert "vouliez-vous dire « fessart »" in said(result)


def test_without_the_key_no_centre_is_judged(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREAU_ACCESS_KEY")
    stated = {**PARENT, "ENTPersonStructRattachUAI": FESSART}
    text = told(place, "ecoles", stated)
    assert "+ responsable d’un élève à l’école 0929010U" in text
    assert "non dit : sans PREAU_ACCESS_KEY" in text
    assert "s’ouvre" not in text
    assert as_data(place, "ecoles", stated)["centres"] is None


def test_which_ent_is_meant_must_be_said(place: Place) -> None:
    (place.root / "dit").write_text(json.dumps(PARENT))
    for more in ((), ("--ent", "autre")):
        result = place.run("access", "explain", "--claims", str(place.root / "dit"), *more)
        assert result.exit_code == 2
        assert "ecoles, ent, classe, passerelle" in said(result)


@pytest.mark.parametrize("name", WRITTEN_DOWN)
def test_every_dialect_of_cas(place: Place, name: str) -> None:
    """As docs/connexion.md configures each: the same memberships as the gateway's, from the file as it is."""
    (place.root / "preau.toml").write_text(f'[store]\nfolder = "store"\n{CAS}{DOCUMENTED.get(name, "")}', "utf-8")
    found = as_data(place, "ent", (FIXTURES / f"{name}.xml").read_bytes())
    _, user, memberships = WRITTEN_DOWN[name]
    assert found["subject"] == user
    assert found["memberships"] == [{"kind": kind, "uai": uai} for kind, uai in sorted(memberships)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("failure", "le serveur n’a pas accepté le ticket"),
        ("user-is-a-school", "désigne une école au lieu d’une personne"),
    ],
)
def test_answers_of_cas_that_sign_nobody_in(place: Place, name: str, words: str) -> None:
    data = (FIXTURES / f"{name}.xml").read_bytes()
    assert "Avec cela, personne ne serait connecté : " in told(place, "ent", data)
    assert words in told(place, "ent", data)
    assert as_data(place, "ent", data)["signed_in"] is False


USERS = {"id": 12, "profile": "PARENT", "classroom_ids": [], "school_ids": [7]}


@pytest.mark.parametrize(
    ("what", "line", "opens"),
    [
        (USERS, "− l’ENT n’a pas dit les écoles : comme après un refus (403)", False),
        ({"users": USERS}, "− l’ENT n’a pas dit les écoles", False),
        ({"users": USERS, "schools": {"id": 12, "school_uais": [FESSART]}}, "+ responsable d’un élève à l’école", True),
        ({"users": USERS, "schools": {"id": 13, "school_uais": [FESSART]}}, "parle de quelqu’un d’autre", False),
        ({"users": {**USERS, "id": None}}, "« users » ne désigne personne", False),
    ],
)
def test_oauth2(place: Place, what: object, line: str, opens: bool) -> None:
    text = told(place, "classe", what)
    assert line in text
    assert ("fessart   s’ouvre" in text) is opens


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "fessart   s’ouvre – responsable d’un élève"),
        ({"OIDC_CLAIM_nom": "Élodie"}, "affiché sur « Mon compte » : Élodie"),
        ({"x-preau-secret": "anything"}, "fessart   s’ouvre"),
        ({"OIDC_CLAIM_sub": "(null)"}, "les en-têtes ne désignent personne"),
        ({"OIDC-CLAIM-sub": "x"}, "un en-tête est écrit autrement que dans preau.toml"),
        ({"oidc_claim_SUB": "x"}, "un en-tête est là deux fois"),
        ({"OIDC_CLAIM_nom": "a\nb"}, "un en-tête n’est pas encodé comme le dit preau.toml"),
        ({"OIDC_CLAIM_nom": "x" * 5000}, "un en-tête est trop long"),
    ],
)
def test_headers(place: Place, change: dict[str, str], line: str) -> None:
    given = {"OIDC_CLAIM_sub": "42", "OIDC_CLAIM_profil": "National_TUT", "OIDC_CLAIM_ecole": FESSART}
    assert line in told(place, "passerelle", {**given, **change})


@pytest.mark.parametrize(
    ("ent", "data", "words"),
    [
        ("ecoles", b"<cas/>", "le fichier est du XML"),
        ("ecoles", b"[]", "(le fichier doit contenir un seul tableau)"),
        ("ecoles", b'{"sub": "1", "sub": "2"}', "(une clé est écrite deux fois)"),
        ("ecoles", b'{"sub": NaN}', "(un nombre n’en est pas un, ou n’a pas de fin)"),
        ("ecoles", b'{"sub": ' + b"1" * 5000 + b"}", "(un nombre n’en est pas un, ou n’a pas de fin)"),
        ("ecoles", b"[" * 100_000, "(des tableaux les uns dans les autres, sans fin)"),
        ("ecoles", b'{"sub": "1",\n "name": "\xff"}', "(ligne 2 : une lettre n’est pas en UTF-8"),
        ("ecoles", b"\xef\xbb\xbf{}", "(ligne 1, colonne 1 : le fichier commence par une marque invisible"),
        ("ecoles", b'{"sub": "1"\n "name": "2"}', "(ligne 2, colonne 2 : il manque ici une virgule"),
        ("ecoles", b'{"sub": "1",\n}', "colonne 1 : il manque ici une clé entre guillemets droits"),
        ("ecoles", b'{"sub" "1"}', "(ligne 1, colonne 8 : il manque ici les deux-points"),
        ("ecoles", b'{"sub": }', "(ligne 1, colonne 9 : il manque ici une valeur"),
        ("ecoles", b'{"sub": "1}', "(ligne 1, colonne 9 : le texte qui commence ici n’a pas de guillemet à la fin"),
        ("ecoles", b'{"sub": "1\n2"}', "(ligne 1, colonne 11 : un texte passe à la ligne"),
        ("ecoles", b'{"sub": "C:\\x"}', "(ligne 1, colonne 12 : une barre oblique inversée"),
        ("ecoles", b"{} {}", "(ligne 1, colonne 4 : quelque chose suit le tableau"),
        ("ecoles", b"", "(ligne 1, colonne 1 : il manque ici une valeur"),
        ("passerelle", b'{"OIDC_CLAIM_sub": 7}', "doit être un texte entre guillemets"),
        ("passerelle", '{"OIDC_CLAIM_nom": "€"}'.encode(), "ne peut pas s’écrire en latin-1"),
    ],
)
def test_files_that_are_none(place: Place, ent: str, data: bytes, words: str) -> None:
    (place.root / "dit").write_bytes(data)
    text = refused(place, ent, place.root / "dit")
    assert words in text
    for english in ("Expecting", "Invalid", "Unterminated", "Extra", "given", "codec", "Exceeds", "depth", "not a"):
        assert english not in text


def refused(place: Place, ent: str, file: Path) -> str:
    """What the command says of a file that it can't use."""
    result = place.run("access", "explain", "--claims", str(file), "--ent", ent)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    return said(result)


def test_a_file_that_is_not_there(place: Place) -> None:
    result = place.run("access", "explain", "--claims", str(place.root / "rien"), "--ent", "ecoles")
    assert result.exit_code == 1
    assert "n’existe pas" in said(result) or "n’est pas là" in said(result) or "introuvable" in said(result)


@pytest.mark.parametrize("stated", [{}, {"sub": ""}, {"sub": 7}, {"sub": ["42"]}])
def test_claims_without_a_person(place: Place, stated: dict[str, object]) -> None:
    assert "« sub » manque" in told(place, "ecoles", stated)


def test_as_data(place: Place) -> None:
    stated = {**PARENT, "ENTPersonStructRattachUAI": [FESSART, FOREIGN]}
    assert as_data(place, "ecoles", stated) == {
        "ent": "ecoles",
        "signed_in": True,
        "issuer": ISSUER,
        "subject": "42",
        "identifier": True,
        "withheld": False,
        "memberships": [{"kind": "guardian", "uai": FESSART}],
        "findings": [
            {"why": "kept", "claim": "", "profile": "national_tut", "school": FESSART},
            {
                "why": "school that this provider may not vouch for",
                "claim": "",
                "profile": "national_tut",
                "school": FOREIGN,
            },
        ],
        "centres": {
            "escudier": {"allowed": False, "rule": "no membership"},
            "fessart": {"allowed": True, "rule": "membership"},
        },
    }


def test_it_is_the_gateway_s_own_mapping(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change how the gateway maps, and what is explained changes with it: there is no second reading."""
    stated = {**PARENT, "ENTPersonProfils": "National_ELV", "ENTPersonStructRattachUAI": FESSART}
    assert "+ élève" in told(place, "ecoles", stated)
    monkeypatch.setattr(claims, "_kind", lambda *_: MembershipKind.SCHOOL_STAFF)
    text = told(place, "ecoles", stated)
    assert "+ personnel de l’école" in text
    assert "s’ouvre" not in text


def test_what_is_said_opens_is_what_the_decision_opens(place: Place) -> None:
    ent = read_config(place.root / "preau.toml", required=True).gateway.ents[0]
    stated = json.dumps({**PARENT, "ENTPersonStructRattachUAI": FESSART}).encode()
    read = read_said(ent, stated)
    person = read_claims(ent, read.subject, read.claims, KEY.encode()).person
    assert decide(Policy(frozenset({FESSART})), person).allowed
    assert "fessart   s’ouvre" in told(place, "ecoles", stated)


def test_every_reason_has_its_words() -> None:
    assert set(WHY) == set(Why)
    from publish.access import Rule

    assert set(RULES) == set(Rule)
    folder = Path(package.__file__).parent
    read = "".join((folder / f"{name}.py").read_text("utf-8") for name in ("cas_answer", "oauth2_answers"))
    pure = (folder / "identity_headers.py").read_text("utf-8").partition("def identify(")[2]
    given = set(re.findall(r'SignInRefused\("([^"]+)"\)', read + pure)) - {"logout request malformed"}
    assert given - set(REFUSED) - {"headers without the secret"} == set()
