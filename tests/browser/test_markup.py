"""HTML, CSS and SVG of every built page are valid, and so are the gateway's and the ENT's own pages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Response

from publish.demo.road import Road
from publish.demo.state import State
from publish.manifest import Manifest
from tests.browser.kinds import ENT_KINDS, GATEWAY_KINDS, SITE, ent_page, gateway_page

Contexts = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def judge(java: Path, peers: Path) -> Callable[[Path], list[str]]:
    """The Nu Html Checker (vnu), over a folder."""
    jar = peers / "vnu-jar" / "build" / "dist" / "vnu.jar"
    assert jar.exists()

    def check(folder: Path) -> list[str]:
        options = ["--format", "json", "--also-check-css", "--also-check-svg", "--skip-non-html"]
        run = subprocess.run(
            [java, "-Xss2m", "-Xmx512m", "-jar", jar, *options, folder], capture_output=True, text=True, check=False
        )
        messages = json.loads(run.stderr)["messages"]
        return [
            f"{one['url'].removeprefix(f'file:{folder}/')}:{one.get('lastLine', 0)}: {one['message']}"
            for one in messages
            if one["type"] == "error" or one.get("subType") == "warning"
        ]

    return check


def test_every_built_file_is_valid(
    published: State, manifests: dict[str, Manifest], tmp_path: Path, judge: Callable[[Path], list[str]]
) -> None:
    """One site whole; of the others what differs by more than words: colours, emblem, programmes, home."""
    for slug in manifests:
        for path in (published.sites / slug).rglob("*"):
            name = path.relative_to(published.sites)
            if path.suffix in (".html", ".css", ".svg") and (slug == SITE or name.parts[1] not in ("infos", "rappels")):
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).symlink_to(path)
    assert len(list(tmp_path.rglob("*.html"))) > 100
    assert judge(tmp_path) == []


def test_the_pages_of_the_gateway_and_of_the_ent_are_valid(
    road: Road, signed_in: Contexts, new_context: Contexts, tmp_path: Path, judge: Callable[[Path], list[str]]
) -> None:
    bodies: list[str] = []
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    def kept(context: BrowserContext) -> BrowserContext:
        context.on("response", note)
        return context

    for kind in (*GATEWAY_KINDS, *ENT_KINDS):
        if kind in ENT_KINDS:
            page = ent_page(kind, road, lambda *args: kept(new_context(*args)), 1280)
            bodies.append(body_shown(answers, page.url))
        else:
            with gateway_page(
                kind, road, lambda *args: kept(signed_in(*args)), lambda *args: kept(new_context(*args)), 1280
            ) as page:
                bodies.append(body_shown(answers, page.url))
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.html").write_text(body, "utf-8")
    assert judge(tmp_path) == []


def body_shown(answers: list[Response], url: str) -> str:
    """The body of the last navigation to an address."""
    shown = [answer for answer in answers if answer.url == url and answer.request.is_navigation_request()]
    return str(shown[-1].text())


def test_the_judge_is_alive(tmp_path: Path, judge: Callable[[Path], list[str]]) -> None:
    (tmp_path / "page.html").write_text("<!DOCTYPE html><html lang=fr><title>x</title><p><li>x</p><img src=x>", "utf-8")
    (tmp_path / "style.css").write_text("p { colour: red }", "utf-8")
    (tmp_path / "sign.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><rect widht='1'/></svg>", "utf-8")
    assert {message.partition(":")[0] for message in judge(tmp_path)} == {"page.html", "style.css", "sign.svg"}
