"""What a post may link to. A target that is not surely inside its own site, or plainly outside, is refused."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from plugins.errors import N_, Wrong
from plugins.posts.words import nearest

ROOT = "preau:/"
"""Stands for the site's root in sanitised HTML; the page that shows it puts its own relative prefix there."""

LISTS = (
    "",
    "plan/",
    "programmes/",
    "rappels/",
    "articles/",
    "moments/mercredi/",
    "moments/midi/",
    "moments/soir/",
    "moments/vacances/",
)
"""Pages that every site has, besides those of its posts."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_MARKER = re.compile(r"[{|](static|filename|attach|author|category|index|tag)[}|]", re.IGNORECASE)
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_SAFE = "!#$%&'()*+,/:;=?@[]~-._"


@dataclass(frozen=True)
class Targets:
    """What a link inside one site may point to.

    Arguments:
        slug: the centre.
        files: source path (`fessart/infos/equipe.md`) → address (`infos/equipe/`), of what leaves today.
        waiting: source paths and addresses of what does not leave today.
    """

    slug: str
    files: Mapping[str, str] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()

    def resolve(self, target: str, source: str) -> str | None:
        """The `href` of a link written in `source`; `None` if what it points to does not leave today.

        Raises `Wrong` for what no post may link to.
        """
        target = target.strip()
        if _MARKER.search(target):
            raise Wrong(N_("“{target}”: write the path alone, without braces: « ../infos/equipe.md »."), target=target)
        if m := _SCHEME.match(target):
            return self._outside(target, m[0][:-1].lower())
        if target.startswith(("//", "\\", "/", "~")) or "\\" in target:
            raise Wrong(
                N_("“{target}” is an absolute path. Write the path from this file: « ../infos/equipe.md »."),
                target=target,
            )
        path = unquote(target.partition("#")[0])
        if not path or "\0" in path or "?" in path:
            raise Wrong(
                N_("“{target}” leads nowhere. Link to a page of the centre or to a full https:// address."),
                target=target,
            )
        return self._inside(target, path, posixpath.dirname(source))

    def _outside(self, target: str, scheme: str) -> str:
        if scheme in ("http", "https"):
            try:
                parts = urlsplit(target)
                usable = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
            except ValueError:
                usable = False
            if not usable:
                raise Wrong(N_("“{target}” is not a whole web address (https://…)."), target=target)
            target = scheme + target[len(scheme) :]  # telephones write « Https:// »
            return target if _PRINTABLE.fullmatch(target) else quote(target, safe=_SAFE)
        if scheme in ("mailto", "tel") and _PRINTABLE.fullmatch(target):
            return scheme + target[len(scheme) :]
        raise Wrong(
            N_("“{target}”: this kind of link is not allowed. Allowed: https://, mailto: and tel:."), target=target
        )

    def _inside(self, target: str, path: str, folder: str) -> str | None:
        from_file = posixpath.normpath(posixpath.join(folder, path))
        top = from_file.split("/")[0]
        if top not in (self.slug, "ville") or from_file.startswith("../"):
            raise Wrong(
                N_("“{target}” leaves the centre's folder. A post links only to its own centre."), target=target
            )
        if from_file in self.files:
            return ROOT + self.files[from_file]
        known = {*LISTS, *self.files.values()}
        candidates = (_address(path), _address(from_file.partition("/")[2]))
        for candidate in candidates:
            if candidate in known:
                return ROOT + candidate
        if self.waiting & {from_file, *candidates}:
            return None
        suffix = posixpath.splitext(path)[1].lower()
        if suffix and suffix not in (".md", ".html"):
            raise Wrong(
                N_("“{target}” leads nowhere. Link to a page of the centre or to a full https:// address."),
                target=target,
            )
        if meant := self._meant(from_file):
            hint = posixpath.relpath(meant, folder)
            raise Wrong(N_("“{target}”: there is no such page. Did you mean “{meant}”?"), target=target, meant=hint)
        raise Wrong(N_("“{target}”: there is no such page in this centre."), target=target)

    def _meant(self, wanted: str) -> str | None:
        """The file of nearly this name, rather in the same folder."""
        folder, stem = posixpath.split(posixpath.splitext(wanted)[0])
        stems = {posixpath.splitext(posixpath.basename(file))[0]: file for file in self.files}
        beside = [file for file in self.files if posixpath.dirname(file) == folder]
        stems |= {posixpath.splitext(posixpath.basename(file))[0]: file for file in beside}
        near = nearest(stem, [name for name in stems if stems[name] in beside], cutoff=0.6) or nearest(stem, stems)
        return stems[near] if near else None


def _address(path: str) -> str:
    """`infos/equipe`, `./infos/equipe/index.html` → `infos/equipe/`; the site's root is empty."""
    path = posixpath.normpath(path.removesuffix("index.html") or ".")
    return "" if path == "." else path + "/"
