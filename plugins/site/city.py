"""`ville.toml` and the city's own pages: who publishes, whom to ask, and the fragments that the gateway shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.errors import N_, Problem
from plugins.posts.dates import parse_date
from plugins.posts.keys import INFOS
from plugins.site.model import City
from plugins.site.retention import Retention, parse_retention
from plugins.site.settings import Table, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Container
    from datetime import datetime

ACCESSIBILITY = ("non conforme", "partiellement conforme", "totalement conforme")
"""What the home page may say (RGAA 4.1); without an audit it is the first."""

LEGAL = ("mentions-legales", "accessibilite", "donnees-personnelles", "charte")
"""Pages of `ville/infos/` that every site must have."""

CHILDREN = "charte-enfants"
"""The charter in simpler words, which a city may add: children are asked to accept this one."""


def read_city(data: bytes, file: str) -> tuple[City, list[Problem]]:
    """The city's settings, and every problem of the file; with a problem, the city is for further checks only."""
    table, problems = read_toml(data, file)
    if problems:
        return _read(Table({}, [], file, [])), problems
    city = _read(table)
    return city, problems


def _read(table: Table) -> City:
    host, data = table.table("hebergeur", required=True), table.table("donnees-personnelles", required=True)
    access, keep = table.table("accessibilite"), table.table("conservation")
    charter = table.table("charte", required=True)
    city = City(
        name=table.text("nom"),
        department=table.text("service"),
        address=table.texts("adresse"),
        phone=table.phone("telephone"),
        email=table.email("courriel"),
        publisher=table.text("editeur"),
        director=table.text("directeur-publication"),
        host_name=host.text("nom"),
        host_address=host.texts("adresse"),
        host_phone=host.phone("telephone"),
        dpo_name=data.text("nom"),
        dpo_email=data.email("courriel"),
        accessibility=access.choice("etat", ACCESSIBILITY, default=ACCESSIBILITY[0]),
        retention=keep.parsed("photos", parse_retention, Retention(), required=False),
        charter_version=charter.parsed("version", lambda text: parse_date(text).isoformat(), ""),
        charter_asked=charter.flag("a-accepter", default=False),
    )
    for part in (host, data, access, keep, charter, table):
        part.done()
    return city


def missing_pages(there: Container[str]) -> list[Problem]:
    """The pages that every site must show and that are not among these."""
    message = N_("This page is missing: every site must show it.")
    return [Problem(f"ville/{INFOS}/{stem}.md", 0, message) for stem in LEGAL if stem not in there]


def city_tree(content: Path, now: datetime, without: Collection[str] = ()) -> dict[str, bytes]:
    """The city's release: `ville.json`, and one fragment of sanitised HTML for each legal page. Reads `ville/` only.

    A fragment holds no heading of level 1 and its links are relative to the gateway's `/-/`.
    """
    from plugins.site.loader import load_city  # the loader needs this module's City

    city, pages = load_city(content, now, without)
    by_stem = {page.stem: page for page in pages}
    shown = [stem for stem in (*LEGAL, CHILDREN) if stem in by_stem]
    tree = {f"{stem}.html": _fragment(str(by_stem[stem].html)) for stem in shown}
    facts = {
        "format": 1,
        "name": city.name,
        "department": city.department,
        "address": list(city.address),
        "phone": city.phone,
        "email": city.email,
        "accessibility": city.accessibility,
        "charter": city.charter_version,
        "charter_to_accept": city.charter_version if city.charter_asked else "",
        "dpo": {"name": city.dpo_name, "email": city.dpo_email},
        "titles": {stem: by_stem[stem].title for stem in shown},
    }
    tree["ville.json"] = (json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    return tree


def _fragment(html: str) -> bytes:
    """Links between legal pages lead to the gateway's own; any other link into a site has no meaning there."""

    def link(m: re.Match[str]) -> str:
        stem = m[1].removeprefix("infos/").rstrip("/")
        if stem in LEGAL:
            return f'<a href="{stem}">{m[2]}</a>'
        return re.sub(r"\s\(PDF, [^)]*\)$", "", m[2])

    return re.sub(r'<a href="preau:/([^"]*)">(.*?)</a>', link, html, flags=re.DOTALL).encode()
