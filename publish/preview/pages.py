"""The preview's own pages: what is to be mended, and what a preview has not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plugins.leaving.mark import META
from plugins.preview.page import SCRIPT, STYLE, Dress
from publish.language import ngettext, translation
from publish.language import say as _
from publish.preview.current import Found, Shown

TEMPLATES = Path(__file__).parent / "templates"
LAST = "/-/apercu/dernier/"


class Pages:
    """Renders them.

    Arguments:
        language: of the texts.
    """

    def __init__(self, language: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        texts = translation(language)
        self._environment.policies["ext.i18n.trimmed"] = True
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            texts.gettext, texts.ngettext, newstyle=True
        )
        self._environment.globals.update(language=language, style=STYLE, script=SCRIPT, meta=META)

    def problems(self, shown: Shown, dress: Dress, here: str) -> bytes:
        """What keeps the texts from being shown.

        Arguments:
            here: address that was asked for, without its `/`: the last good preview has it too.
        """
        count = len(shown.problems)
        title = ngettext("{count} thing to mend", "{count} things to mend", count).format(count=count)
        links = []
        if shown.shelf is not None:
            links.append((f"{LAST}{here}", _("See the last preview without a mistake")))
        return self._page(
            dress, title, [_("Mend, then save: this page is shown again by itself.")], links, shown.problems
        )  # fmt: skip

    def drafts(self, dress: Dress, founds: Sequence[Found], home: str) -> bytes:
        """What keeps drafts from being shown."""
        return self._page(
            dress,
            _("Not ready to be shown"),
            [_("A draft with mistakes holds nobody up: the site is shown and published without it.")],
            [(home, _("Back to the home page"))],
            founds,
        )

    def nothing(self, dress: Dress, title: str, sentence: str, home: str) -> bytes:
        """A page that a preview has not."""
        return self._page(dress, title, [sentence], [(home, _("Back to the home page"))], ())

    def _page(
        self, dress: Dress, title: str, paragraphs: list[str], links: list[tuple[str, str]], founds: Iterable[Found]
    ) -> bytes:
        groups = [(file, list(found)) for file, found in groupby(founds, key=lambda found: found.file)]
        template = self._environment.get_template("problems.html")
        return template.render(
            banner=dress.banner(), title=title, paragraphs=paragraphs, links=links, groups=groups
        ).encode()
