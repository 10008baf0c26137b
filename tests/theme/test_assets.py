"""The theme's files: light, self-hosted, free, and all that pages ask for."""

from __future__ import annotations

import re

import pytest

from publish.gateway.codings import encode
from tests.theme.factories import site
from tests.theme.html import parse
from tests.theme.rendering import STATIC, TEMPLATES, files, pages, sample

HOME_BYTES, HOME_REQUESTS, FONT_BYTES = 60_000, 12, 35_000
CSS = re.sub(r"/\*.*?\*/", "", (STATIC / "preau.css").read_text("utf-8"), flags=re.DOTALL)


def asked_by_home() -> set[str]:
    """What a browser loads with the home page, photos excepted."""
    tree = parse(sample()["index.html"])
    asked = {e.get("href", "") for e in tree.iter("link")} | {e.get("src", "") for e in tree.iter("script")}
    asked |= {e.get("src", "") for e in tree.iter("img")}
    asked |= {e.get("href", "").partition("#")[0] for e in tree.iter() if str(e.tag).endswith("use")}
    return {path for path in asked if not path.startswith("photos/")}


def test_home_is_light() -> None:
    present = files(site())
    asked = asked_by_home()
    assert asked <= set(present)
    assert len(asked) + 1 <= HOME_REQUESTS - 4  # room for photos near the fold
    sent = [sample()["index.html"].encode(), *(present[path] for path in asked)]
    weight = sum(min(len(data), len(encode(data, "br"))) for data in sent)
    assert 20_000 < weight < HOME_BYTES


def test_the_font_is_small_free_and_holds_french() -> None:
    data = (STATIC / "nunito.woff2").read_bytes()
    assert data[:4] == b"wOF2"
    assert len(data) <= FONT_BYTES
    licence = (STATIC / "nunito-ofl.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "The Nunito Project Authors" in licence
    assert "font-display: swap" in CSS


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_names_are_addresses(path: object) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+\.[a-z0-9]+", getattr(path, "name", ""))


def test_the_stylesheet_asks_for_nothing_but_the_theme() -> None:
    named = re.findall(r"url\(([^)]*)\)", CSS)
    assert named
    assert {name.strip("\"'") for name in named} <= {path.name for path in STATIC.iterdir()}
    assert "@import" not in CSS
    assert "http" not in CSS


@pytest.mark.parametrize("name", ["icons.svg", "favicon.svg"])
def test_drawings_hold_no_style_script_or_reference(name: str) -> None:
    svg = (STATIC / name).read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"<style|<script|style=|\son\w+=|href|http", svg)


def test_every_icon_that_a_page_shows_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    shown = {name for html in sample().values() for name in re.findall(r"icons\.[0-9a-f]{8}\.svg#([a-z]*)", html)}
    assert shown
    assert shown <= drawn


def test_every_class_of_a_page_is_in_the_stylesheet() -> None:
    """A class that no rule names is a typing error, or markup that nobody needs."""
    named = set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)", CSS))
    used = {c for html in sample().values() for e in parse(html).iter() for c in e.get("class", "").split()}
    bare = {c for c in used - named if not c.startswith("photo-")}
    assert bare == set(), "classes without a rule"


def test_every_template_is_rendered_or_shared() -> None:
    shared = {path.name for path in TEMPLATES.iterdir() if path.name.startswith("_")} | {"base.html"}
    rendered = {template for template, _, _ in pages(site())}
    assert {path.name for path in TEMPLATES.iterdir()} == shared | rendered


def test_the_script_keeps_nothing_and_asks_for_nothing() -> None:
    script = (STATIC / "preau.js").read_text("utf-8")
    assert not re.search(r"fetch|XMLHttp|localStorage|sessionStorage|cookie|sendBeacon|innerHTML|eval|import", script)
