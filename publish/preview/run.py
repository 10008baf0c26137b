"""`preau preview`: one centre, on this machine alone, until Ctrl-C. Nothing that it makes is left behind."""

from __future__ import annotations

import os
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from publish.build import SETTINGS, BuildRequest, prepare_photos
from publish.centres import choose_centres
from publish.language import say as _
from publish.language import spoken
from publish.loopback import LOOPBACK, listen, port_of, stopped_by_signals
from publish.paths import CITY_SLUG
from publish.preview.app import create_app
from publish.preview.current import Current
from publish.preview.making import Maker
from publish.preview.screen import Screen
from publish.preview.server import serving
from publish.progress import Mode, shown


@dataclass(frozen=True)
class PreviewRequest:
    """What to show and where.

    Arguments:
        content: the content folder.
        centre: the centre's folder in it.
        cache: private folder of prepared photos.
        port: on loopback; 0 takes a free one.
        clock: the moment that the site is shown for.
        open_browser: open the address once it answers.
        as_json: lines of JSON, for a program.
    """

    content: Path
    centre: str
    cache: Path
    port: int
    clock: Callable[[], datetime]
    open_browser: bool
    as_json: bool


def run(request: PreviewRequest) -> None:
    """Show a centre until Ctrl-C or SIGTERM, which end it without an error.

    Raises:
        ServeError: the port is taken.
        BuildError: there is no such centre.
    """
    choose_centres(request.content, [request.centre])
    with stopped_by_signals():
        try:
            _run(request)
        except KeyboardInterrupt:
            click.echo(("" if request.as_json else "\n") + _("The preview is stopped."), err=request.as_json)


def _run(request: PreviewRequest) -> None:
    from plugins.preview.plugin import Workshop

    with listen(request.port) as listener:
        _photos(request)
        port = port_of(listener)
        address = f"http://{LOOPBACK}:{port}/{request.centre}/"
        screen = Screen(address, [str(request.content / name) for name in _names(request)], as_json=request.as_json)
        ready = threading.Event()

        def told(current: Current, seconds: float) -> None:
            if not ready.is_set():
                screen.welcome()
                ready.set()
            screen.told(current, seconds)

        folders = [request.content.resolve() / name for name in _names(request)]
        workshop = Workshop(request.content, request.centre, SETTINGS, request.cache)
        maker = Maker(workshop, request.content, folders, request.clock, _, told)
        app = create_app(maker.current, request.centre, request.content, port, spoken())
        stop = threading.Event()
        thread = threading.Thread(target=maker.work, args=(stop,), name="preau-preview", daemon=True)
        thread.start()
        try:
            ready.wait()  # who is early waits at the socket
            with serving(app, listener):
                if request.open_browser:
                    webbrowser.open(address)
                try:
                    threading.Event().wait()
                finally:
                    maker.current.close()
        finally:
            stop.set()
            thread.join()


def _names(request: PreviewRequest) -> tuple[str, ...]:
    return tuple(dict.fromkeys((request.centre, CITY_SLUG)))


def _photos(request: PreviewRequest) -> None:
    """Make every photo ready, with a bar: the first time it takes a while, later none."""
    build = BuildRequest(request.content, request.content, request.cache, request.clock(), os.cpu_count() or 1)
    with shown(Mode.AUTO, as_json=request.as_json) as progress:
        prepare_photos(build, [request.centre], progress)
