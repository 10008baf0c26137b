"""A page of a preview: the page that the build would write, and what says that it is none. Pure.

Every insertion stands between two comments, so that a test can take them all out and find the build's bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from plugins.errors import N_, Translate
from plugins.leaving.mark import LINE, META
from plugins.preview.marks import Mark

BEGIN, END = "<!--apercu-->", "<!--/apercu-->"
STYLE, SCRIPT = "/-/apercu.css", "/-/apercu.js"
PROBLEMS = "/-/apercu/brouillons"

_SKIP = re.compile(r"<body\b[^>]*>(?:\s*<a class=\"skip\".*?</a>)?", re.DOTALL)
_MAIN = re.compile(r"<main\b[^>]*>")
_LINK = re.compile(r"<a\b[^>]*?\bhref=\"([^\"]*)\"[^>]*>.*?</a>", re.DOTALL)


@dataclass(frozen=True)
class Dress:
    """What a preview adds to its pages.

    Arguments:
        version: of what is shown; the page's script reloads it when another one is there.
        older: the page is the last one without a mistake, while there is one.
        unfinished: drafts that can't be shown yet.
        marks: address → why a post is not on the site as it is.
        translate: to the reader's language.
    """

    version: str
    older: bool
    unfinished: int
    marks: Mapping[str, Sequence[Mark]]
    translate: Translate

    def head(self) -> str:
        """Before the end of `<head>`."""
        return f'{META}<link rel="stylesheet" href="{STYLE}"><script src="{SCRIPT}" defer></script>'

    def banner(self) -> str:
        """The first thing on every page: seen, read aloud, not printed."""
        _ = self.translate
        title = _(N_("Preview – not published"))
        texts = [_(N_("Only this computer shows this page."))]
        if self.older:
            texts.append(_(N_("This is the last preview without a mistake; the texts have changed since.")))
        body = Markup("<p><strong>{}.</strong> {}</p>").format(title, " ".join(texts))
        if self.older:
            body += Markup('<p><a href="/">{}</a></p>').format(_(N_("See what is to be mended")))
        if self.unfinished:
            text = _(N_("Drafts that can't be shown yet: {count}")).format(count=self.unfinished)
            body += Markup('<p><a href="{}">{}</a></p>').format(PROBLEMS, text)
        label = escape(_(N_("Preview")))
        return f'<aside class="apercu" aria-label="{label}" data-apercu-version="{escape(self.version)}">{body}</aside>'

    def notice(self, here: str) -> str:
        """At the top of the page of a marked post: each reason, and what to do."""
        return "".join(
            Markup('<p class="apercu-notice"><strong>{}.</strong> {}</p>').format(
                mark.short(self.translate), mark.long(self.translate)
            )
            for mark in self.marks.get(here, ())
        )

    def badges(self, path: str) -> str:
        """Beside a link to a marked post."""
        return "".join(
            Markup(' <span class="apercu-badge">{}</span>').format(mark.short(self.translate))
            for mark in self.marks.get(path, ())
        )


def dressed(html: str, here: str, root: str, dress: Dress) -> str:
    """A rendered page with everything that makes it a preview's.

    Arguments:
        html: what the build would write.
        here: its address inside the site.
        root: the way from it to the site's root.
    """
    by_href = {f"{root}{path}": dress.badges(path) for path in dress.marks}

    def badged(match: re.Match[str]) -> str:
        badges = by_href.get(match[1].partition("#")[0], "")
        return match[0] + _between(badges)

    html = _LINK.sub(badged, html)
    html = html.replace("<title>", f"<title>{escape(dress.translate(N_('Preview')))} – ", 1)
    html = html.replace("</head>", _between(dress.head()) + "</head>", 1)
    html = _SKIP.sub(lambda match: match[0] + _between(dress.banner()), html, count=1)
    return _MAIN.sub(lambda match: match[0] + _between(dress.notice(here)), html, count=1)


def _between(text: str) -> str:
    return f"{BEGIN}{text}{END}" if text else ""


def marked_calendar(data: bytes) -> bytes:
    """A calendar that no release accepts; calendars ignore the property."""
    return data.replace(b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\n" + LINE.encode() + b"\r\n", 1)
