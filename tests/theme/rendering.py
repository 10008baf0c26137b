"""The templates as the plugins render them: same filters, same names, a sample site; without Pelican."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined

from plugins.posts.model import Moment
from plugins.site.filters import filters
from plugins.site.home import home, of_moment
from plugins.site.model import Site
from plugins.site.rooted import Rooted, root_from, shared_names
from plugins.site.stylesheet import stylesheet
from plugins.site.templates import CompiledInMemory, SiteEnvironment, Unfolded
from plugins.site.theme import theme_files
from tests.project import ROOT
from tests.theme import factories

THEME = ROOT / "themes" / "preau"
STATIC, TEMPLATES = THEME / "static", THEME / "templates"
SITES = {"full": factories.site, "empty": factories.empty_site}

COMPILED = CompiledInMemory()


def environment(site: Site, *, autoescape: bool = True) -> Environment:
    """For this site alone: autoescape, StrictUndefined, gettext in French, the contract's filters and shared names."""
    made = SiteEnvironment(
        THEME,
        gettext.translation("preau", THEME / "locale", ["fr"]),
        filters(site.today),
        shared_names(site, {name: file.path for name, file in theme_files(STATIC).items()}, stylesheet(site)[0]),
        autoescape=autoescape,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        optimized=False,
        bytecode_cache=COMPILED if autoescape else None,
    )
    made.code_generator_class = Unfolded  # what is compiled serves every site
    return made


def pages(site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every page of a site: template, its folder (or file), and what it gets besides the common names."""
    yield "index.html", "", {"home": home(site)}
    yield "404.html", "404.html", {}
    yield "plan.html", "plan/", {}
    for page in site.pages:
        yield "page.html", page.path, {"page": page}
    yield "programmes.html", "programmes/", {"posts": site.programmes, "title": "Programmes", "moment": None}
    yield "reminders.html", "rappels/", {"posts": site.reminders, "title": "Rappels", "moment": None}
    yield "articles.html", "articles/", {"posts": site.articles, "title": "En images", "moment": None}
    for programme in site.programmes:
        yield "programme.html", programme.path, {"programme": programme}
    for reminder in site.reminders:
        yield "reminder.html", reminder.path, {"reminder": reminder}
    for article in site.articles:
        yield "article.html", article.path, {"article": article}
    for moment in Moment:
        names = {"posts": of_moment(site, moment), "title": moment.value.capitalize(), "moment": moment}
        yield "moment.html", f"moments/{moment.value}/", names


def render(site: Site, env: Environment | None = None) -> dict[str, str]:
    """Every page of a site, by the path of its file."""
    env = env or environment(site)
    made = {}
    for template, here, names in pages(site):
        path = here if here.endswith(".html") else f"{here}index.html"
        page = Rooted(env.get_template(template), root_from(here, site.centre.slug))
        made[path] = page.render({"here": here, **names})
    return made


def files(site: Site) -> dict[str, bytes]:
    """The other files that the pages ask for, by path; photos are empty."""
    sheet, data = stylesheet(site)
    emblem = (STATIC / "favicon.svg").read_bytes()
    photos = {variant.path: b"" for a in site.articles for photo in a.photos for variant in photo.variants}
    calendars = {programme.calendar_path: b"" for programme in site.programmes}
    theme = {file.path: file.data for file in theme_files(STATIC).values()}
    calendars |= {path: b"" for programme in site.programmes for path in programme.group_calendars.values()}
    return {sheet: data, "embleme.svg": emblem, "calendrier.ics": b"", **photos, **calendars, **theme}


@cache
def sample(name: str = "full") -> dict[str, str]:
    """The pages of one of `SITES`, rendered once."""
    return render(SITES[name]())
