"""Every page of a sample site: whole, safe, readable, in French, with what each kind of page promises."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from functools import cache

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from plugins.site.model import Site
from tests.theme import factories
from tests.theme.html import parse, unreadable, unsafe, with_class, words
from tests.theme.rendering import TEMPLATES, environment, files, render

SITES = {"full": factories.site, "empty": factories.empty_site}


@cache
def pages(name: str) -> dict[str, str]:
    return render(SITES[name]())


def page(path: str) -> str:
    return pages("full")[path]


@pytest.fixture(params=[(name, path) for name, made in SITES.items() for path in render(made())], ids=lambda p: "-".join(p))
def html(request: pytest.FixtureRequest) -> str:
    name, path = request.param
    return pages(name)[path]


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


SOURCES = ("Not to forget", "Skip to content", "Leisure centre", "All the programmes", "Site map", "Everybody", "Outing",
           "Cancelled", "Closed", "Today", "To do", "Until", "See also", "By moment", "Home", "Reminders")  # fmt: skip


@pytest.mark.parametrize("name", SITES)
def test_every_link_leads_somewhere(name: str) -> None:
    site = SITES[name]()
    made = pages(name)
    there = set(made) | set(files(site))
    for path, html in made.items():
        here = f"/{site.centre.slug}/{path}"
        for element in parse(html).iter():
            targets = [element.get("href"), element.get("src"), *(element.get("srcset") or "").split(", ")]
            for target in filter(None, targets):
                target = target.split(" ")[0].partition("#")[0]
                if not target or target.startswith(("/-/", "tel:", "mailto:")):
                    continue
                found = posixpath.normpath(posixpath.join(posixpath.dirname(here), target)).removeprefix("/fessart")
                found = found.lstrip("/") + ("/index.html" if target.endswith("/") else "")
                assert found.lstrip("/") in there, f"{path} → {target}"


def test_nothing_undefined_passes() -> None:
    env = environment(factories.site())
    with pytest.raises(UndefinedError):
        env.get_template("plan.html").render(root="../", here="plan/", theme={}, stylesheet="centre.css")


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
        programmes=tuple(replace(p, title=evil, summary=evil, body=replace(p.body, theme=evil)) for p in site.programmes),
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


# ---------- Programme


def test_a_programme_is_one_table_with_explicit_roles() -> None:
    tree = parse(page("programmes/2022-11-mercredis/index.html"))
    tables = [e for e in tree.iter() if e.get("role") == "table"]
    assert len(tables) == 1
    assert tables[0].get("aria-label")
    allowed = {"table": {"rowgroup"}, "rowgroup": {"row"}, "row": {"rowheader", "columnheader", "cell"}}
    seen = set()
    for parent in tables[0].iter():
        for child in parent:
            if parent.get("role") in allowed:
                assert child.get("role") in allowed[parent.get("role", "")]
                seen.add(child.get("role"))
    assert seen == {"rowgroup", "row", "rowheader", "columnheader", "cell"}


@pytest.mark.parametrize("stem", ["2022-11-mercredis", "2022-10-vacances", "2022-11-midi"])
def test_every_row_fills_the_table(stem: str) -> None:
    """Spans cover each place of the grid exactly once: what a screen reader counts is what is seen."""
    tree = parse(page(f"programmes/{stem}/index.html"))
    for table in (e for e in tree.iter() if e.get("role") == "table"):
        columns = sum(e.get("role") == "columnheader" for e in table.iter())
        for group in table:
            rows = [row for row in group if row.get("role") == "row"]
            taken: set[tuple[int, int]] = set()
            for y, row in enumerate(rows):
                for cell in row:
                    x = next(x for x in range(columns + 1) if (x, y) not in taken)
                    places = {
                        (x + dx, y + dy)
                        for dx in range(int(cell.get("aria-colspan", "1")))
                        for dy in range(int(cell.get("aria-rowspan", "1")))
                    }
                    assert not places & taken
                    taken |= places
            assert taken == {(x, y) for x in range(columns) for y in range(len(rows))}


@pytest.mark.parametrize("programme", factories.site().programmes, ids=lambda p: p.stem)
def test_every_activity_is_told_once(programme: object) -> None:
    body, stem = programme.body, programme.stem  # type: ignore[attr-defined]
    told = [words(e) for e in with_class(parse(page(f"programmes/{stem}/index.html")), "activity__text")]
    assert sorted(told) == sorted(words(parse(item.html)) for day in body.days for item in day.activities)


def test_what_matters_has_a_word() -> None:
    tree = parse(page("programmes/2022-11-mercredis/index.html"))
    today = with_class(tree, "day--today")
    assert [words(e) for day in today for e in with_class(day, "tag")] == ["Aujourd’hui"]
    assert [words(e) for e in with_class(tree, "cell--alone")] == ["Fermé journée de formation de l’équipe"]
    cancelled = with_class(tree, "activity--cancelled")
    assert [words(e) for e in cancelled] == ["Annulé Sortie Piscine municipale"]
    outing = words(with_class(tree, "activity--outing")[0])
    assert outing.startswith("Sortie Forêt de Meudon")
    assert "Départ 9 h (arriver avant 8 h 45) Retour 17 h Prévoir un pique-nique, des bottes" in outing


def test_what_everybody_does_is_one_cell_across_the_groups() -> None:
    tree = parse(page("programmes/2022-11-mercredis/index.html"))
    across = {words(cell): cell.get("aria-rowspan") for cell in with_class(tree, "cell--across")}
    assert len(across) == 3
    assert set(across.values()) == {"2"}
    assert any(text.startswith("Tous ensemble Matin") and "marionnettes" in text for text in across)


def test_a_programme_of_whole_weeks_has_a_table_a_week() -> None:
    tree = parse(page("programmes/2022-10-vacances/index.html"))
    assert sum(e.get("role") == "table" for e in tree.iter()) == 2
    assert [words(e) for e in with_class(tree, "weeks__title")] == [
        "Du lundi 24 octobre au vendredi 28 octobre", "Du lundi 31 octobre au vendredi 4 novembre"]  # fmt: skip


def test_print_waits_for_javascript_and_the_calendar_does_not() -> None:
    tree = parse(page("programmes/2022-11-mercredis/index.html"))
    button = next(e for e in tree.iter("button"))
    assert "hidden" in button.attrib
    assert "../../programmes/2022-11-mercredis.ics" in {a.get("href") for a in tree.iter("a")}


def test_a_centre_without_calendar_offers_none() -> None:
    site = factories.site()
    site = replace(site, centre=replace(site.centre, functions=frozenset()))
    assert not [path for path, html in render(site).items() if ".ics" in html]
    assert [path for path, html in pages("full").items() if ".ics" in html]


# ---------- Articles and photos


def test_photos_are_plain_links_to_the_largest_jpeg() -> None:
    article = factories.site().articles[0]
    tree = parse(page(f"{article.path}index.html"))
    links = [a for a in tree.iter("a") if "data-photo" in a.attrib]
    assert [a.get("href") for a in links] == [f"../../{photo.largest.path}" for photo in article.photos]
    for link, photo in zip(links, article.photos, strict=True):
        image = next(link.iter("img"))
        assert image.get("alt") == photo.alt
        assert (image.get("width"), image.get("height")) == (str(photo.width), str(photo.height))
        source = next(link.iter("source"))
        assert source.get("type") == "image/webp"
        assert len((source.get("srcset") or "").split(", ")) == 3
        assert source.get("sizes") == image.get("sizes")
    first, *others = (next(link.iter("img")) for link in links)
    assert first.get("fetchpriority") == "high"
    assert first.get("loading") is None
    assert {image.get("loading") for image in others} == {"lazy"}


def test_a_photo_can_be_asked_to_be_withdrawn() -> None:
    article = factories.site().articles[0]
    tree = parse(page(f"{article.path}index.html"))
    section = next(e for e in tree.iter("section") if e.get("id") == "retrait")
    text = words(section)
    assert "Demander le retrait d’une photo" in text
    assert "Droit à l’image vérifié par Camille Exemple le 9 novembre 2022." in text
    assert article.path in text
    assert all(photo.reference in text for photo in article.photos)
    hrefs = [a.get("href", "") for a in section.iter("a")]
    assert hrefs[0] == "tel:0199001234"
    assert hrefs[1].startswith("mailto:fessart@alsh.example?subject=Retrait%20d%E2%80%99une%20photo&body=Page")
    assert "articles/2022-11-09-potager/" in hrefs[1]


def test_an_article_without_photos_speaks_of_none() -> None:
    html = page("articles/2022-10-19-echecs/index.html")
    assert "retrait" not in html
    assert "visionneuse" not in html


# ---------- Home and lists


def test_home_says_what_matters_in_order() -> None:
    tree = parse(page("index.html"))
    assert [words(h) for h in tree.iter("h2")] == [
        "À ne pas oublier", "mercredi 9 novembre", "En images", "Programmes", "Infos pratiques"]  # fmt: skip
    reminders = with_class(tree, "reminder")
    assert words(reminders[0]).startswith("Important")
    assert [words(e) for e in with_class(tree, "outline__group")] == [
        "Maternelles 3-5 ans", "Élémentaires 6-11 ans", "Tous ensemble"]  # fmt: skip


def test_an_empty_home_is_kind() -> None:
    text = words(parse(pages("empty")["index.html"]))
    assert "Rien de particulier à retenir" in text
    assert "Pas de programme pour le moment" in text
    assert "En images" not in [words(h) for h in parse(pages("empty")["index.html"]).iter("h2")]


def test_the_menu_says_where_one_is() -> None:
    def current(path: str) -> list[tuple[str, str]]:
        menu = with_class(parse(page(path)), "menu__link")
        return [(words(a), a.get("aria-current", "")) for a in menu if a.get("aria-current")]

    assert current("programmes/index.html") == [("Programmes", "page")]
    assert current("programmes/2022-11-midi/index.html") == [("Programmes", "true")]
    assert current("infos/equipe/index.html") == [("Infos pratiques", "true")]
    assert current("infos/accessibilite/index.html") == []
    assert current("index.html") == []


def test_programmes_are_sorted_by_time() -> None:
    tree = parse(page("programmes/index.html"))
    parts = {words(next(s.iter("h2"))): [words(h) for h in s.iter("h3")] for s in tree.iter("section")}
    assert parts == {
        "En ce moment": ["Les mercredis de novembre"],
        "À venir": ["Les ateliers du midi"],
        "Passés": ["Vacances d’automne"],
    }


def test_a_programme_without_summary_or_html_still_renders() -> None:
    site = factories.site()
    bare = tuple(replace(p, html=Markup(""), blocks=(), summary="") for p in site.programmes)
    assert render(replace(site, programmes=bare))
