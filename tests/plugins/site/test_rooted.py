"""`{{ root }}`: each page's own way to the root, and no text that anybody wrote is taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from markupsafe import Markup, escape

from plugins.site.compiled import compile_body, prose
from plugins.site.links import ROOT
from plugins.site.rooted import MARK, Rooted, root_from
from plugins.site.text import Reading

AT_THE_END = ["[x](mailto:a@b.fr<)", "[x](tel:1&lt;)", r"[x](<tel:1\<>)"]
"""Addresses that end in `<`: written bare, it would make the mark with the end of its attribute and of its tag."""

TEXT = st.text(alphabet="<\">'&;ltqugp amp/:.()[]`*~\n", max_size=40) | st.sampled_from(
    [
        str(MARK),
        f"`{MARK}`",
        f"[x](https://a.fr/{MARK})",
        '[x](<https://a.fr/">)',
        "&lt;&quot;&gt;",
        "<&quot;>",
        '&lt;">',
        *AT_THE_END,
    ]
)


def rendered(template: str, root: str, **names: object) -> str:
    environment = Environment(autoescape=True)
    environment.globals["root"] = MARK
    return Rooted(environment.from_string(template), root).render(names)


@pytest.mark.parametrize(
    ("here", "root", "home"), [("", "", "./"), ("plan/", "../", "../"), ("infos/equipe/", "../../", "../../")]
)
def test_a_page_has_its_own_way(here: str, root: str, home: str) -> None:
    assert root_from(here, "lilas") == root
    html = rendered('<a href="{{ root }}">a</a><img src="{{ root }}b.svg"><a href="{{ root }}c/">', root)
    assert html == f'<a href="{home}">a</a><img src="{root}b.svg"><a href="{root}c/">'


def test_so_has_a_link_of_a_text() -> None:
    text = Markup(f'<a href="{ROOT}">a</a> <a href="{ROOT}infos/equipe/">b</a> {ROOT}')
    assert rendered("{{ text }}", "", text=text) == f'<a href="./">a</a> <a href="infos/equipe/">b</a> {ROOT}'


def test_a_page_shown_at_any_depth_counts_from_its_centre() -> None:
    assert root_from("404.html", "lilas") == "/lilas/"


@given(TEXT)
def test_no_text_is_taken_for_it(text: str) -> None:
    assert MARK not in escape(text)
    shown = prose(compile_body(text), 1, Reading("a.md", lambda target: target))
    assert MARK not in shown
    template = '<a title="{{ text }}">{{ text }}</a>{{ shown }}'
    assert rendered(template, "../", text=text, shown=shown) == rendered(template, "", text=text, shown=shown)


@pytest.mark.parametrize("text", AT_THE_END)
def test_no_address_ends_in_it(text: str) -> None:
    shown = prose(compile_body(text), 1, Reading("a.md", lambda target: target))
    assert '&lt;">x</a>' in shown
    assert MARK not in shown
    assert MARK in shown.unescape(), "bare, it would be the mark"


def test_unescaped_it_would_be() -> None:
    assert rendered("{{ text }}", "../", text=Markup(MARK)) == "../"
