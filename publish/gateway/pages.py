"""The gateway's own pages, in the theme's look. Templates escape everything and refuse what they are not given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from publish.gateway import addresses
from publish.gateway.city import CityPages
from publish.gateway.headers import NO_STORE, Headers, form_headers
from publish.gateway.theme import Theme
from publish.language import translation

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders pages.

    Arguments:
        theme: addresses of stylesheet, script and pictures.
        city: name and contact, on every page.
        language: of the texts.
    """

    def __init__(self, theme: Theme, city: CityPages, language: str) -> None:
        self._city = city
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.policies["ext.i18n.trimmed"] = True
        texts = translation(language)
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]
            texts.gettext, texts.ngettext, newstyle=True
        )
        self._environment.globals.update(theme=theme.urls, language=language, at=addresses)

    async def page(
        self,
        template: str,
        status: int = 200,
        *,
        headers: Headers | None = None,
        form_origins: Iterable[str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """A page, kept by nobody.

        Arguments:
            template: its name, without its end.
            headers: more of them.
            form_origins: for a page with a form, where its answer may redirect.
            values: what the template asks for.
        """
        found = self._environment.get_template(f"{template}.html")
        answer = HTMLResponse(found.render(city=await self._city.facts(), **values), status)
        answer.headers["cache-control"] = NO_STORE
        for header, value in [*(form_headers(form_origins) if form_origins is not None else []), *(headers or [])]:
            answer.headers.append(header, value)
        return answer
