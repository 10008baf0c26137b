"""How pages refer to the rest of their site: templates write `{{ root }}`, each page puts its own way there.

So what stands around pages, and every piece that they share, is made once for all pages, at whatever depth they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from plugins.site.links import ROOT
from plugins.site.model import Site

MARK = Markup('<">')
"""What `{{ root }}` writes. No text can hold it: Jinja and nh3 write its `<` as `&lt;`, between tags and in attributes.
An attribute that ends in a bare `<`, as HTML allows, would hold it together with its own `">`: should nh3 ever write
one so, a test says it."""

_BLANK = re.compile(r"\n\s*\n")


def shared_names(site: Site, theme: Mapping[str, str], stylesheet: str) -> dict[str, object]:
    """The names that every template has, also one that is imported; `here` and what a page shows it alone has.

    Arguments:
        site: what the pages are made of.
        theme: name of a file of the theme → its path.
        stylesheet: path of the centre's own.
    """
    return {"site": site, "theme": theme, "stylesheet": stylesheet, "root": MARK}


def root_from(here: str, slug: str) -> str:
    """The way to the root of the site from the page at `here`; `404.html` is shown at any depth."""
    return f"/{slug}/" if here == "404.html" else "../" * here.count("/")


@dataclass(frozen=True)
class Rooted:
    """A template whose links into the site get the page's own way to the root."""

    template: Template
    root: str

    def render(self, context: Mapping[str, Any]) -> str:
        """The page, with `{{ root }}` and `preau:/…` made relative."""
        html = self.template.render(context)
        if "<pre" not in html:  # lines that held only template tags
            html = _BLANK.sub("\n", html)
        for mark in (MARK, ROOT):
            html = html.replace(f'href="{mark}"', f'href="{self.root or "./"}"')
        return html.replace(MARK, self.root).replace(f'href="{ROOT}', f'href="{self.root}')
