"""The preview's application: a centre's pages at the addresses that they will have, made when they are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from plugins.errors import PluginError, Problem
from plugins.preview.page import PROBLEMS, SCRIPT, STYLE, Dress
from plugins.preview.plugin import Shelf
from publish.gateway.headers import disposition
from publish.language import say as _
from publish.media import media_type
from publish.preview.current import Current, Found, Shown
from publish.preview.guard import Guard
from publish.preview.making import founds, own_fault
from publish.preview.pages import LAST, Pages

STATIC = Path(__file__).parent / "static"
VERSIONS = "/-/apercu/versions"
HTML = "text/html; charset=utf-8"
INDEX = "index.html"


class Preview:
    """Answers for one centre.

    Arguments:
        current: what there is to see.
        slug: the centre.
        content: the content folder, for the lines that problems mean.
        language: of the preview's own texts.
    """

    def __init__(self, current: Current, slug: str, content: Path, language: str) -> None:
        self._current, self._slug, self._content = current, slug, content.resolve()
        self._pages = Pages(language)
        self._home = f"/{slug}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        path = scope["raw_path"].decode("latin-1")
        if path == VERSIONS:
            answer: Response = StreamingResponse(self._versions(), media_type="text/event-stream")
        else:
            answer = await run_in_threadpool(self._answer, path)
        await answer(request.scope, receive, send)

    async def _versions(self) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for version in self._current.versions():
            yield f"data: {version}\n\n"

    def _answer(self, path: str) -> Response:
        if path in ("/", self._home[:-1]):
            return RedirectResponse(self._home, 303)
        if path in (STYLE, SCRIPT):
            name = path.rpartition("/")[2]
            return Response((STATIC / name).read_bytes(), media_type=media_type(name))
        shown = self._current.shown
        if path.startswith(LAST + self._home[1:]) and shown.shelf is not None:
            return self._site(shown, shown.shelf, path.removeprefix(LAST + self._home[1:]), older=bool(shown.problems))
        if path == PROBLEMS and shown.shelf is not None:
            wrong = [problem for found in shown.shelf.site.unfinished.values() for problem in found]
            return Response(self._pages.drafts(self._dress(shown), self._founds(wrong), self._home), media_type=HTML)
        if not path.startswith(self._home):
            title, text = _("Not in a preview"), _("This page is made by the gateway, where families sign in.")
            return Response(self._pages.nothing(self._dress(shown), title, text, self._home), 404, media_type=HTML)
        asked = path.removeprefix(self._home)
        if shown.shelf is None or (shown.problems and _is_page(asked)):
            return Response(self._pages.problems(shown, self._dress(shown), path[1:]), 422, media_type=HTML)
        return self._site(shown, shown.shelf, asked, older=False)

    def _site(self, shown: Shown, shelf: Shelf, asked: str, *, older: bool) -> Response:
        """A file of the site, or its 404 page."""
        dress = self._dress(shown, older=older)
        if asked in shelf.site.unfinished:
            wrong = self._founds(shelf.site.unfinished[asked])
            return Response(self._pages.drafts(dress, wrong, self._home), 422, media_type=HTML)
        path = asked + INDEX if not asked or asked.endswith("/") else asked
        try:
            data = shelf.read(path, dress) if path != "404.html" else None
            if data is None and f"{path}/{INDEX}" in shelf.paths():
                return RedirectResponse(f"{path.rpartition('/')[2]}/", 303)
            if data is None:
                return Response(shelf.read("404.html", dress), 404, media_type=HTML)
        except PluginError as error:
            there = replace(shown, problems=tuple(self._founds(error.problems)))
            return Response(self._pages.problems(there, dress, self._home[1:]), 422, media_type=HTML)
        kind = media_type(path) or HTML
        sent = disposition(path, kind)
        return Response(data, headers={"content-disposition": sent} if sent else None, media_type=kind)

    def fault(self, error: Exception) -> Response:
        """The page for an error of the program's own."""
        shown = self._current.shown
        there = replace(shown, problems=(Found("", 0, own_fault(error, _)),))
        return Response(self._pages.problems(there, self._dress(shown), self._home[1:]), 500, media_type=HTML)

    def _dress(self, shown: Shown, *, older: bool = False) -> Dress:
        site = shown.shelf.site if shown.shelf else None
        unfinished, marks = (len(site.unfinished), site.marks) if site else (0, {})
        return Dress(shown.version, older, unfinished, marks, _)

    def _founds(self, problems: Sequence[Problem]) -> list[Found]:
        return founds(problems, self._content, _)


def _is_page(path: str) -> bool:
    name = path.rpartition("/")[2]
    return "." not in name or name.endswith(".html")


def create_app(current: Current, slug: str, content: Path, port: int, language: str) -> ASGIApp:
    """The application behind its guard.

    Arguments:
        port: where it listens; part of the only hosts that are answered.
    """
    preview = Preview(current, slug, content, language)
    return Guard(preview, port, preview.fault)
