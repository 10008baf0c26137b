"""A script in every field that people fill: families get it as words, or the writer is told; nothing of it is active.

One site is built with hostile words in each field that takes free text, and each page is read by a browser's rules.
Fields that are read (dates, hours, phone numbers…) refuse such words; the page of a preview that says so is read too.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import icalendar
import pytest

from plugins.errors import PluginError
from plugins.language import translator
from plugins.posts.keys import KEYS
from plugins.site import text
from plugins.site.city import city_tree
from plugins.site.model import Centre, City, Group
from publish.preview.current import Current
from publish.preview.making import founds
from tests.plugins.conftest import Pelican, Run, phone_photo, run_pelican
from tests.plugins.making import BASE, NOW, load, make_content
from tests.plugins.preview.making import put_on_disk, shelf_of
from tests.plugins.programmes.readers import with_ical
from tests.publish.preview.test_guard import ask
from tests.theme.html import parse, unsafe

HOSTILE = (
    "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)><svg/onload=alert(1)>' onclick=a() "
    "{{ 799*3 }} {% if %} {static}/a {filename}a ]]>"
)
"""Words that become active wherever one of the locks is missing."""

BREAKS = "\\nX-ATTACK:1\\r\\nATTACH:http"
"""What would begin a new line of a calendar, if backslashes were not escaped."""

FREE = {
    "header": {"Titre", "Auteur", "Résumé", "Thème", "À faire", "Groupes"},
    "Centre": {"name", "address", "groups", "validators", "deputies"},
    "Group": {"name", "ages", "aliases"},
    "City": {
        "name", "department", "address", "publisher", "director", "host_name", "host_address", "dpo_name",
    },
}  # fmt: skip
"""Fields that take any words; `content` fills each of them."""

HEADER_READ = {"Date", "Moment", "Public", "Statut", "Validé par", "Du", "Au", "Jusqu'au", "Important",
               "Droit à l'image", "Photos", "Flou", "Ordre"}  # fmt: skip
CENTRE_READ = {"slug": None, "phone": "telephone", "email": "courriel", "colour": "couleur", "emblem": "embleme",
               "hours": "journee", "schools": "ecoles", "admission": "admission", "admitted": "profils",
               "moderation": "moderation", "blur_faces": "flou", "functions": None, "retention": None}  # fmt: skip
CITY_READ = {"phone": "telephone", "email": "courriel", "host_phone": "telephone", "dpo_email": "courriel",
             "accessibility": "etat", "retention": "photos", "charter_version": "version",
             "charter_asked": None}  # fmt: skip
"""Fields that are read; the key of each, where it is one text."""


def hostile(field: str) -> str:
    """The words for one field; they begin with its mark."""
    return f"champ-{field} {HOSTILE} {BREAKS}"


def toml(field: str) -> str:
    return json.dumps(hostile(field), ensure_ascii=False)


CENTRE = f"""\
nom = {toml("nom")}
adresse = [{toml("adresse")}]
telephone = "01 99 00 12 34"
courriel = "lilas@alsh.example"
couleur = "#b4532a"
ecoles = ["0929010U"]
valideurs = [{toml("valideur")}]
suppleants = [{toml("suppleant")}]
[[groupes]]
nom = {toml("groupe")}
ages = {toml("ages")}
alias = [{toml("alias")}, "Grands"]
[horaires]
journee = "8h30-18h30"
"""

CITY = f"""\
nom = {toml("ville")}
service = {toml("service")}
adresse = [{toml("adresse-ville")}]
telephone = "01 99 00 10 00"
courriel = "loisirs@ville.example"
editeur = {toml("editeur")}
directeur-publication = {toml("directeur")}
[hebergeur]
nom = {toml("hebergeur")}
adresse = [{toml("adresse-hebergeur")}]
telephone = "01 99 00 10 30"
[donnees-personnelles]
nom = {toml("dpo")}
courriel = "donnees@ville.example"
[conservation]
photos = "2023-08-31"
[charte]
version = "2022-09-01"
"""


def header(kind: str, *more: str) -> str:
    free = "".join(f"{key}: {hostile(f'{kind}-{key}')}\n" for key in ("Titre", "Auteur", "Résumé"))
    return free + "Date: 8 novembre 2022\n" + "".join(f"{line}\n" for line in more) + "\n"


ARTICLE = "lilas/articles/2022-11-08-potager"
CONTENT: dict[str, str | bytes] = {
    "lilas/centre.toml": CENTRE,
    "ville/ville.toml": CITY,
    "lilas/infos/page.md": f"Titre: {hostile('page-Titre')}\n\n{hostile('page-corps')}\n",
    "lilas/rappels/r.md": header("rappel", "Jusqu'au: 9 novembre 2022", f"À faire: {hostile('faire')}")
    + f"# {hostile('rappel-titre')}\n\n- {hostile('liste')}\n\n> {hostile('citation')}\n\n"
    + f"| {hostile('tete').replace('|', '')} | b |\n|---|---|\n| {hostile('case')} | `{hostile('code')}` |\n\n"
    + f'[{hostile("lien").replace("]", "")}](../infos/page.md "{hostile("info").replace(chr(34), "")}")\n',
    "lilas/programmes/p.md": header(
        "programme",
        "Du: 9 novembre 2022",
        "Au: 9 novembre 2022",
        f"Thème: {hostile('theme')}",
        f"Groupes: Grands, {hostile('groupe-propre')}",
        f"Public: {hostile('groupe-propre')}",
    )
    + f"{hostile('prose')}\n\n## Mercredi 9 novembre\n- Grands : {hostile('activite')}\n  - Lieu : {hostile('lieu')}\n"
    + f"  - Prévoir : {hostile('prevoir')}\n- Sortie : {hostile('sortie')}\n- Annulé : {hostile('annule')}\n",
    f"{ARTICLE}/article.md": header(
        "article", "Droit à l'image: vérifié par Camille le 8 novembre 2022", f"Public: {hostile('groupe')}"
    )
    + f'![{hostile("alt").replace("]", "")}](a.jpg "{hostile("titre-photo").replace(chr(34), "")}")\n',
    f"{ARTICLE}/a.jpg": phone_photo(),
    "lilas/articles/2022-11-07-toutes/article.md": header(
        "galerie", "Droit à l'image: vérifié par Camille le 8 novembre 2022", "Photos: toutes"
    )
    + "Toutes.\n",
    "lilas/articles/2022-11-07-toutes/b.jpg": phone_photo("#b4532a"),
    "lilas/articles/2022-11-07-toutes/legendes.txt": f"b.jpg : {hostile('legende')} | {hostile('description')}\n",
}
MARKS = set(re.findall(r"champ-[^ ]+", "".join(str(value) for value in CONTENT.values())))
NEVER_SHOWN = {
    *("champ-valideur", "champ-suppleant", "champ-alias", "champ-ages", "champ-info"),
    *("champ-programme-Auteur", "champ-rappel-Auteur", "champ-rappel-Résumé"),
    *("champ-adresse-ville", "champ-editeur", "champ-directeur", "champ-hebergeur", "champ-adresse-hebergeur"),
    "champ-dpo",
}
"""What is read and stands on no page of a centre's site."""


def test_each_field_is_filled_or_read() -> None:
    assert FREE["header"] | HEADER_READ == {key.name for key in KEYS}
    assert FREE["Centre"] | CENTRE_READ.keys() == {field.name for field in dataclasses.fields(Centre)}
    assert FREE["Group"] == {field.name for field in dataclasses.fields(Group)}
    assert FREE["City"] | CITY_READ.keys() == {field.name for field in dataclasses.fields(City)}


def active(page: str, *, whole: bool = True) -> Iterator[str]:
    """What of the hostile words would do something in a page, by a browser's rules.

    Arguments:
        whole: they stand there from their beginning, which must then be seen as text.
    """
    yield from unsafe(page)
    tree = parse(page)
    if any(element.get("src") == "x" for element in tree.iter()):
        yield "an image of the hostile words"
    said = " ".join(tree.itertext())
    # A list of groups is cut at each stroke: « <, title> »; each of them has a calendar and can be chosen.
    if whole and re.search(
        r"champ-\S+ (?!</title><script>|<(?:,|\s+Ajouter à mon agenda :)?\s+title>)",
        said.replace("\u202f", " ").replace("\xa0", " "),
    ):
        yield "hostile words without their beginning"
    if "2397" in said:
        yield "a marker of a template was obeyed"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, photo_cache: Path) -> Run:
    folder = tmp_path_factory.mktemp("hostile")
    run = run_pelican(make_content(folder / "content", CONTENT), folder / "site", photo_cache)
    assert run.code == 0, run.said
    return run


def pages_of(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text("utf-8")
        for path in sorted(tree.rglob("*"))
        if path.suffix in (".html", ".svg", ".css") and path.is_file() and path.parent.name != "theme"
    }


def test_families_get_words(site: Run) -> None:
    pages = pages_of(site.output)
    assert {path: found for path, page in pages.items() if (found := list(active(page)))} == {}
    everything = "\n".join(pages.values())
    shown = {mark for mark in MARKS if mark in everything}
    assert sorted(MARKS - shown) == sorted(NEVER_SHOWN)


def repeated(event: icalendar.Component) -> dict[str, list[object]]:
    """Properties that one event has more than once: RFC 5545 allows each of ours once."""
    found: dict[str, list[object]] = {}
    for name, value in event.property_items(recursive=False):
        found.setdefault(name, []).append(value)
    return {name: values for name, values in found.items() if len(values) > 1 and name not in ("BEGIN", "END")}


def test_a_property_that_stands_twice_is_noticed() -> None:
    event = icalendar.Event()
    event.add("location", "ici")
    assert repeated(event) == {}
    event.add("location", "ailleurs")
    assert list(repeated(event)) == ["LOCATION"]


def test_calendars_gain_no_line(site: Run) -> None:
    known = {"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY",
             "LOCATION", "DESCRIPTION", "CATEGORIES", "STATUS", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE",
             "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "TRANSP", "CLASS", "URL",
             "X-LIC-LOCATION"}  # fmt: skip
    calendars = sorted(site.output.rglob("*.ics"))
    assert len(calendars) == 8
    holding = 0
    for path in calendars:
        data = path.read_bytes()
        held = b"hamp-activite </title><script>" in data.replace(b"\r\n ", b"")
        holding += held
        names = {re.split("[:;]", line)[0] for line in data.replace(b"\r\n ", b"").decode().splitlines()}
        assert names <= known
        for event in icalendar.Calendar.from_ical(data).walk("VEVENT"):
            assert {name: len(found) for name, found in repeated(event).items()} == {}
        assert len(with_ical(data)) == len(icalendar.Calendar.from_ical(data).walk("VEVENT")) == 2 + held
    assert holding == 3, "the centre's, the programme's and its group's"


def test_the_city_s_release_gives_words(tmp_path: Path) -> None:
    pages = {
        f"ville/infos/{stem}.md": f"Titre: {hostile('titre')}\n\n{hostile('corps')}\n"
        for stem in ("mentions-legales", "accessibilite", "donnees-personnelles", "charte")
    }
    tree = city_tree(make_content(tmp_path, {"ville/ville.toml": CITY, **pages}), NOW)
    facts = json.loads(tree["ville.json"])
    assert facts["name"] == hostile("ville"), "data, which the gateway escapes"
    for path, data in tree.items():
        if path.endswith(".html"):
            assert "champ-corps" in data.decode()
            assert list(active(data.decode())) == []


def test_a_preview_shows_words(tmp_path: Path) -> None:
    drafts = {
        "lilas/rappels/b.md": header("brouillon", "Jusqu'au: 30 novembre 2022", "Statut: brouillon") + hostile("corps"),
        "lilas/rappels/f.md": header("futur", "Jusqu'au: 30 novembre 2022").replace("8 nov", "12 nov") + "Texte.\n",
    }
    shelf = shelf_of(make_content(tmp_path / "content", {**CONTENT, **drafts}), tmp_path / "cache")
    pages = pages_of(put_on_disk(shelf, tmp_path / "tree"))
    assert {path: found for path, page in pages.items() if (found := list(active(page)))} == {}
    everything = "\n".join(pages.values())
    assert "champ-brouillon-Titre" in everything
    assert "champ-futur-Titre" in everything


def told_page(content: Path) -> str:
    """The page of a preview that says what is wrong."""
    with pytest.raises(PluginError) as caught:
        load(content)
    current = Current(NOW)
    current.tell(founds(caught.value.problems, content, translator()), NOW)
    return ask(current, "/lilas/").text


KINDS = {"Du": "programmes", "Au": "programmes", "Jusqu'au": "rappels",
         "Important": "rappels", "Droit à l'image": "articles", "Photos": "articles",
         "Flou": "articles", "Ordre": "infos"}  # fmt: skip


# Whoever is not known as a validator lets the post wait: see test_loader.py.
@pytest.mark.parametrize("key", sorted(HEADER_READ - {"Validé par"}))
def test_a_key_that_is_read_refuses_them(tmp_path: Path, key: str) -> None:
    kind = KINDS.get(key, "rappels")
    lines = {"Titre": "Titre", "Date": "8 novembre 2022"}
    lines |= {
        "programmes": {"Du": "9 novembre 2022", "Au": "9 novembre 2022"},
        "rappels": {"Jusqu'au": "2022-11-30"},
    }.get(kind, {})
    lines[key] = hostile("lu")
    post = "".join(f"{name}: {value}\n" for name, value in lines.items()) + "\nTexte.\n"
    page = told_page(make_content(tmp_path, {f"lilas/{kind}/p.md": post}))
    assert "champ-lu" in page
    assert list(active(page, whole=False)) == []


@pytest.mark.parametrize(
    ("file", "key"),
    [("lilas/centre.toml", key) for key in CENTRE_READ.values() if key]
    + [("ville/ville.toml", key) for key in sorted({key for key in CITY_READ.values() if key})],
)
def test_a_setting_that_is_read_refuses_them(tmp_path: Path, file: str, key: str) -> None:
    before = str(BASE[file])
    wrong = f"{key} = [{toml('lu')}]" if key in ("ecoles", "profils") else f"{key} = {toml('lu')}"
    after = re.sub(rf"^{key} = .*$", lambda _: wrong, before, flags=re.MULTILINE)
    if after == before:
        table = "[accessibilite]\n" if key == "etat" else ""
        after = f"{before}\n{table}{wrong}\n" if table else f"{wrong}\n{before}"
    page = told_page(make_content(tmp_path, {file: after}))
    assert key in page
    assert list(active(page, whole=False)) == []


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{hostile('a')}</p>",
        f'<img alt="{hostile("a")}" src="photo.jpg">',
        f"<title>{hostile('a')}</title>",
        '<a href="javascript:alert(1)">x</a>',
        "<p>champ-a &lt;script> 2397</p>",
        "<p>champ-a et la suite</p>",
    ],
)
def test_a_page_where_they_are_active_is_noticed(page: str) -> None:
    assert list(active(page))


def test_without_escaping_in_templates_the_last_look_at_each_page_refuses_them(
    pelican: Pelican, tmp_path: Path
) -> None:
    settings = json.dumps({"autoescape": False, "extensions": ["jinja2.ext.i18n"]})
    run = pelican(make_content(tmp_path / "content", CONTENT), "-e", f"JINJA_ENVIRONMENT={settings}")
    assert run.code == 1
    for found in ("<script>", "onerror=", "onload="):
        assert f"index.html : Cette page contient « {found} »" in run.said.replace("\xa0", " ")


def test_a_parser_that_let_html_through_would_meet_the_list_of_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(tmp_path, {"lilas/infos/p.md": f"Titre: T\n\n{hostile('corps')}\n"})

    def body() -> list[str]:
        return list(active(str(load(content).pages[0].html), whole=False))

    strict = text._MD
    loose = text._parser()
    loose.options["html"] = True
    loose.enable(["html_block", "html_inline"])
    monkeypatch.setattr(text, "_MD", loose)
    assert body() == [], "the list of tags holds alone"
    monkeypatch.setattr(text, "_CLEANER", SimpleNamespace(clean=lambda html: html))
    assert body() != [], "without both locks, the words are active"
    monkeypatch.setattr(text, "_MD", strict)
    assert body() == [], "the parser holds alone"
