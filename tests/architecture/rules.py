"""The rules of DESIGN.md as functions over a tree, so that each can be shown to catch what it forbids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_MODULE = 400


@dataclass(frozen=True)
class Import:
    """One import of one module: where, what, and whether importing the file is enough to run it."""

    file: Path
    line: int
    module: str
    at_import: bool

    def of(self, package: str) -> bool:
        return self.module == package or self.module.startswith(package + ".")

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def imports(root: Path, file: Path) -> Iterator[Import]:
    """Every import of `file` (relative to `root`), those inside functions and `TYPE_CHECKING` included."""

    def walk(node: ast.AST, at_import: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.Import):
                for name in child.names:
                    yield Import(file, child.lineno, name.name, at_import)
            elif isinstance(child, ast.ImportFrom):
                package = file.parts[: len(file.parts) - child.level] if child.level else ()
                base = ".".join([*package, *([child.module] if child.module else [])])
                yield Import(file, child.lineno, base, at_import)
                for name in child.names:
                    yield Import(file, child.lineno, f"{base}.{name.name}", at_import)
            yield from walk(child, at_import and not inside)

    yield from walk(ast.parse((root / file).read_text("utf-8")), True)


def misplaced_pelican(root: Path, files: Iterable[Path]) -> list[Import]:
    """Imports of Pelican outside its edges.

    In `plugins` the edge is `plugin.py`. In `publish` it is one module at most, the one that starts the runs, and only
    inside a function: importing Pelican replaces the process's logger class.
    """
    found = [item for file in files for item in imports(root, file) if item.of("pelican")]
    starters = sorted({item.file for item in found if item.file.parts[0] == "publish" and not item.at_import})
    return [
        item
        for item in found
        if not (item.file.parts[0] == "plugins" and item.file.name == "plugin.py")
        and not (item.file.parts[0] == "publish" and not item.at_import and item.file == starters[0])
        and item.file.parts[0] in ("plugins", "publish")
    ]


def backward_arrows(root: Path, files: Iterable[Path]) -> list[Import]:
    """Imports of `publish` by a plugin, and of Pelican or plugins by the gateway or the access rules."""
    return [
        item
        for file in files
        for item in imports(root, file)
        if (file.parts[0] == "plugins" and item.of("publish"))
        or (
            (file.parts[:2] == ("publish", "gateway") or file == Path("publish/access.py"))
            and (item.of("pelican") or item.of("plugins"))
        )
    ]


def too_long(root: Path, files: Iterable[Path]) -> list[str]:
    """Modules, templates and scripts past the longest that anyone reads at a sitting."""
    sizes = {file: len((root / file).read_text("utf-8").splitlines()) for file in files}
    return [f"{file}: {lines} lines" for file, lines in sizes.items() if lines > LONGEST_MODULE]


# Written in halves: this file is searched too.
_HOSTS = "|".join(
    re.escape(first + "." + rest)
    for first, rest in [
        ("pypi", "org"),
        ("pypi", "python.org"),
        ("files", "pythonhosted.org"),
        ("registry", "npmjs.org"),
        ("registry", "yarnpkg.com"),
        ("deb", "debian.org"),
        ("security", "debian.org"),
        ("archive", "ubuntu.com"),
        ("proxy", "golang.org"),
    ]
)
_REGISTRY = re.compile(rf"(?<![\w-])(?:{_HOSTS})(?![\w-])".encode())


def registry_addresses(root: Path, files: Iterable[Path]) -> list[str]:
    """Places that name a package registry: a lock must serve machines with any index."""
    return [
        f"{file}: {match.group().decode()}"
        for file in files
        for match in _REGISTRY.finditer((root / file).read_bytes())
    ]
