"""Every page of a sample site: whole, safe, readable, in French, with what each kind of page promises."""

from __future__ import annotations

import posixpath
import re
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime, time

import pytest
from jinja2 import DictLoader, UndefinedError

from plugins.site.model import Site
from plugins.site.rooted import Rooted, root_from
from tests.theme import factories
from tests.theme.html import parse, unreadable, unsafe, with_class, words
from tests.theme.rendering import SITES, TEMPLATES, environment, files, pages, render, sample

EVERY_PAGE = [(name, path) for name in SITES for path in sample(name)]


@pytest.fixture(params=EVERY_PAGE, ids="-".join)
def html(request: pytest.FixtureRequest) -> str:
    name, path = request.param
    return sample(name)[path]


def test_a_page_is_safe(html: str) -> None:
    assert list(unsafe(html)) == []


def test_a_page_is_readable(html: str) -> None:
    assert list(unreadable(html)) == []


def test_a_page_leads_to_what_every_page_must(html: str) -> None:
    tree = parse(html)
    links = {a.get("href", ""): words(a) for a in tree.iter("a")}
    assert links["#contenu"] == "Aller au contenu"
    assert links["/-/compte"] == "Mon compte"
    said = {href.rsplit("/", 2)[-2] if "/" in href else href: text for href, text in links.items()}
    assert said["plan"] == "Plan du site"
    assert said["accessibilite"].startswith("Accessibilité")
    assert said["mentions-legales"]
    assert said["donnees-personnelles"]
    footer = words(next(tree.iter("footer")))
    assert "Accessibilité : non conforme" in footer
    assert "01 99 00 12 34" in footer
    assert "fessart@alsh.example" in footer


def test_a_page_is_in_french(html: str) -> None:
    """No English source string of the theme is left."""
    left = [text for text in SOURCES if re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", words(parse(html)))]
    assert left == []


SOURCES = (
    "Not to forget", "Skip to content", "Leisure centre", "All the programmes", "Site map", "Everybody", "Outing",
    "Cancelled", "Closed", "Today", "To do", "Until", "See also", "By moment", "Home", "Reminders",
)  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_every_link_leads_somewhere(name: str) -> None:
    site = SITES[name]()
    made = sample(name)
    there = set(made) | set(files(site))
    for path, html in made.items():
        here = f"/{site.centre.slug}/{path}"
        for element in parse(html).iter():
            targets = [element.get("href"), element.get("src"), *(element.get("srcset") or "").split(", ")]
            for target in (target.split(" ")[0].partition("#")[0] for target in targets if target):
                if not target or target.startswith(("/-/", "tel:", "mailto:")):
                    continue
                found = posixpath.normpath(posixpath.join(posixpath.dirname(here), target)).removeprefix("/fessart")
                found = found.lstrip("/") + ("/index.html" if target.endswith("/") else "")
                assert found.lstrip("/") in there, f"{path} → {target}"


def test_nothing_undefined_passes() -> None:
    env = environment(factories.site())
    del env.globals["site"]
    with pytest.raises(UndefinedError):
        env.get_template("plan.html").render(here="plan/")


@pytest.mark.parametrize(("how", "seen"), [("", False), (" with context", True)])
def test_what_is_made_once_for_all_pages_can_not_see_a_page(how: str, seen: bool) -> None:
    """What stands around pages is imported, and made when the first page asks: it would show what that page is."""
    env = environment(factories.site())
    page = f"{{%- from '_around.html' import around{how} -%}}{{{{ around }}}}"
    env.loader = DictLoader({"_around.html": "{% set around %}{{ here }}{% endset %}", "page.html": page})
    with nullcontext() if seen else pytest.raises(UndefinedError):
        assert env.get_template("page.html").render(here="plan/") == "plan/"


def test_no_template_shows_a_page_to_what_it_imports() -> None:
    for path in TEMPLATES.iterdir():
        assert not re.search(r"\bwith\s+context\b|\binclude\b", path.read_text("utf-8")), path.name


def test_pages_come_out_the_same_in_any_order() -> None:
    """What one page makes for all does not depend on which page that is."""
    site = factories.site()
    env = environment(site)
    later = {}
    for template, here, names in reversed(list(pages(site))):
        page = Rooted(env.get_template(template), root_from(here, site.centre.slug))
        later[here if here.endswith(".html") else f"{here}index.html"] = page.render({"here": here, **names})
    assert later == sample()


def attacked() -> Site:
    """A site whose texts hold markup wherever plain text is expected."""
    evil = "<img src=x onerror=alert(1)>"
    site = factories.site()
    return replace(
        site,
        centre=replace(site.centre, name=evil, address=(evil,), phone=evil, email=evil),
        city=replace(site.city, name=evil, department=evil, accessibility=evil),
        reminders=tuple(replace(r, title=evil, action=evil, audience=(evil,)) for r in site.reminders),
        articles=tuple(
            replace(a, title=evil, summary=evil, author=evil, audience=(evil,),
                    photos=tuple(replace(p, alt=evil, caption=evil) for p in a.photos)) for a in site.articles
        ),
        programmes=tuple(
            replace(p, title=evil, summary=evil, body=replace(p.body, theme=evil)) for p in site.programmes
        ),
        pages=tuple(replace(p, title=evil, summary=evil) for p in site.pages),
    )  # fmt: skip


def test_plain_text_stays_text() -> None:
    for path, html in render(attacked()).items():
        assert list(unsafe(html)) == [], path


def test_without_escaping_the_attack_succeeds() -> None:
    site = attacked()
    assert any(list(unsafe(html)) for html in render(site, environment(site, autoescape=False)).values())


def test_templates_never_call_text_safe() -> None:
    for path in TEMPLATES.iterdir():
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", path.read_text("utf-8")), path.name


def test_home_says_what_matters_in_order() -> None:
    tree = parse(sample()["index.html"])
    assert [words(h) for h in tree.iter("h2")] == [
        "À ne pas oublier", "mercredi 9 novembre", "En images", "Programmes", "Infos pratiques"]  # fmt: skip
    reminders = with_class(tree, "reminder")
    assert words(reminders[0]).startswith("Important")
    assert [words(e) for e in with_class(tree, "outline__group")] == [
        "Maternelles 3-5 ans", "Élémentaires 6-11 ans", "Tous ensemble"]  # fmt: skip


def test_an_empty_home_is_kind() -> None:
    text = words(parse(sample("empty")["index.html"]))
    assert "Rien de particulier à retenir" in text
    assert "Pas de programme pour le moment" in text
    assert "En images" not in [words(h) for h in parse(sample("empty")["index.html"]).iter("h2")]
    assert "Tous les programmes" not in text, "a link to nothing"
    assert "Tous les programmes" in words(parse(sample()["index.html"]))


@pytest.mark.parametrize(
    ("today", "told"), [(date(2022, 11, 1), ["Fermé aujourd’hui la Toussaint"]), (date(2022, 11, 2), [])]
)
def test_home_says_that_the_centre_is_closed_today(today: date, told: list[str]) -> None:
    now = datetime.combine(today, time(9), factories.PARIS)
    tree = parse(render(replace(factories.site(), now=now))["index.html"])
    assert [words(e) for e in with_class(tree, "home__closed")] == told


def test_a_reminder_in_a_list_says_whom_it_is_for() -> None:
    reminders = [words(e) for e in with_class(parse(sample()["rappels/index.html"]), "reminder")]
    told = "Sortie en forêt le 16 novembre Pour : Élémentaires À faire : Apporter des bottes"
    assert sum(told in reminder.replace("\u202f", " ") for reminder in reminders) == 1
    assert sum("Pour" in reminder for reminder in reminders) == 1, "the others are for everybody"


def test_the_menu_says_where_one_is() -> None:
    def current(path: str) -> list[tuple[str, str]]:
        menu = with_class(parse(sample()[path]), "menu__link")
        return [(words(a), a.get("aria-current", "")) for a in menu if a.get("aria-current")]

    assert current("programmes/index.html") == [("Programmes", "page")]
    assert current("programmes/2022-11-midi/index.html") == [("Programmes", "true")]
    assert current("infos/equipe/index.html") == [("Infos pratiques", "true")]
    assert current("infos/accessibilite/index.html") == []
    assert current("index.html") == []


def test_programmes_are_sorted_by_time() -> None:
    tree = parse(sample()["programmes/index.html"])
    parts = {words(next(s.iter("h2"))): [words(h) for h in s.iter("h3")] for s in tree.iter("section")}
    assert parts == {
        "En ce moment": ["Les mercredis de novembre"],
        "À venir": ["Les ateliers du midi"],
        "Passés": ["Vacances d’automne"],
    }
