"""Templates, compiled once: what Jinja makes of them is kept in a private folder, by their bytes.

What is kept is run. So it is taken from a folder that nobody else can write, and depends on the template alone: no part
of it is computed from filters or from the day before it is kept.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, MutableMapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, Template, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup


class Unfolded(CodeGenerator):
    """Compiles a template without computing any part of it: `{{ "x"|of_today }}` would be kept as it was that day."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> str:
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


class SiteEnvironment(Environment):
    """The templates of one site: each is loaded once, and the names that all share stand in one table, not in a chain.

    Arguments:
        theme: folder of the theme: its templates, and no others.
        words: the theme's catalogue.
        filters, names: what every template may use; see `plugins.site.filters` and `plugins.site.rooted`.
        options: Jinja's own.
    """

    def __init__(
        self, theme: Path, words: NullTranslations, filters: Mapping[str, Any], names: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(**{**options, "loader": FileSystemLoader(theme / "templates"), "auto_reload": False})
        self._loaded: dict[str, Template] = {}
        self.filters.update(filters)
        self.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined] # by the extension
        # as Jinja's own, but for a text with nothing to put into it, which is looked up once
        said = cache(lambda text: Markup(words.gettext(text)) % {})  # noqa: S704 - as Jinja has it: the theme's own words
        self.globals.update(names, _=said)

    def get_template(self, name: str | Template, *args: Any, **options: Any) -> Template:
        """The template of this name."""
        if not isinstance(name, str):
            return name
        if (found := self._loaded.get(name)) is None:
            found = self._loaded[name] = super().get_template(name, *args, **options)
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template finds besides what its page gives it."""
        return {**self.globals, **(d or {})}


def keep_compiled(environment: Environment, folder: Path) -> None:
    """Let an environment keep its compiled templates in `folder`, and take them from there.

    Arguments:
        environment: its options are set; filters may still be added.
        folder: made if need be, for its owner alone; one that others can write is not used.
    """
    environment.optimized = False
    environment.code_generator_class = Unfolded
    options = (
        jinja2.__version__, environment.autoescape, sorted(environment.extensions), environment.trim_blocks,
        environment.lstrip_blocks, environment.policies["ext.i18n.trimmed"],
    )  # fmt: skip
    place = folder / hashlib.sha256(repr(options).encode()).hexdigest()[:16]
    if _is_private(folder) and _is_private(place):
        environment.bytecode_cache = FileSystemBytecodeCache(str(place))


class CompiledInMemory(BytecodeCache):
    """Templates compiled once a process."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled from the same text."""
        if code := self._codes.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._codes[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


def _is_private(folder: Path) -> bool:
    """Make a folder if it is not there; whether it is the caller's, and nobody else may write in it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o022
