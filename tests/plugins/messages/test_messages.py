"""Every message that content can give, whole and in French, in one file that a person can read: expected.txt.

pytest tests/plugins/messages --update-golden -n 0        then read the difference, as an animator would
"""

from __future__ import annotations

import ast
import difflib
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

import publish.check
from plugins.errors import Problem
from plugins.language import translator
from plugins.photos.cache import Cache
from plugins.photos.model import Photo
from plugins.photos.prepare import prepare_photo
from plugins.photos.workers import Workers
from plugins.site.loader import Survey, survey
from publish.check import check_centres
from tests.plugins.making import NOW, make_content
from tests.plugins.messages.cases import WRITTEN, Files
from tests.plugins.messages.files import GIVEN
from tests.project import ROOT

EXPECTED = Path(__file__).with_name("expected.txt")
MOST = 4
"""Lines of a case that are shown."""

SUBJECTS = {**WRITTEN, **GIVEN}

ELSEWHERE: Mapping[str, str] = {
    "plugins/leaving/output.py": "said of a finished site that no content can give: tests/plugins/leaving",
    "plugins/leaving/paths.py": "said of a finished site that no content can give: tests/plugins/leaving",
    "plugins/leaving/pagelinks.py": "said of a finished site that no content can give: tests/plugins/leaving",
    "plugins/photos/blurring.py": "needs what finds faces: tests/plugins/photos/test_blurring.py",
    "plugins/photos/faces.py": "needs a computer without what finds faces: tests/plugins/photos/test_blurring.py",
    "plugins/photos/refused.py": "said of what was withdrawn: tests/plugins/photos/test_refused.py",
    "plugins/preview/": "words of a page, no errors: tests/publish/preview",
    "plugins/site/plugin.py": "said of a build's settings: tests/plugins/site/test_plugin.py",
    "plugins/site/theme.py": "said of the theme: tests/plugins/site/test_theme.py",
}
"""Modules whose messages are not said of what people write."""

NOT_BY_CONTENT: Mapping[str, str] = {
    "{file}:{line} : {text}": "the form of every message",
    "{file} : {text}": "the form of every message",
    "left out by the person who publishes (--sans)": "a choice of who publishes: tests/publish",
    "No centre can be called “{slug}”: this folder holds the city's own pages.": "asked for by name: test_centre.py",
    "Access to this is refused: whoever looks after the shared folder can open it.": "root is refused nothing",
    "This can't be read: the disk does not answer as it should ({reason}).": "a broken disk",
    "This PDF disappeared from the cache during the build: build again.": "a cache emptied meanwhile",
    "This photo disappeared from the cache during the build: build again.": "a cache emptied meanwhile",
    "This PDF is no longer there: was it renamed or moved?": "renamed between two steps: tests/plugins/documents",
    "This is a link or a special file: copy the photo itself into the folder.":
        "put there between two steps; before, it is no photo of the folder: tests/plugins/photos/test_source.py",
    "The colour {colour} can't be made readable. Choose another one.":
        "no colour that is seen on the page is known to fail: tests/plugins/site/test_colour.py",
    "There is no such photo: check its name in the article, and that it has been copied into the folder.":
        "renamed between two steps: tests/plugins/photos/test_source.py",
    "The copy of this PDF still held something besides its pages ({found}): nothing was published.":
        "a fault of ours: tests/plugins/documents",
    "A published size of this photo still held something besides its pixels ({found}): nothing was published.":
        "a fault of ours: tests/plugins/photos/test_clean.py",
}  # fmt: skip
"""Messages that need more than a file in a folder, and where they are met."""


@pytest.fixture
def decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Photos are decoded as a build does; `preau check` alone only looks at them."""
    cache = Cache(tmp_path / "cache", time.time)
    with Workers(cache.folder, 2) as workers:

        def whole(content: Path, slug: str, now: datetime, look: object, **_: object) -> Survey:
            del look
            advised: list[Problem] = []

            def prepare(path: Path, alt: str, caption: str) -> Photo:
                return prepare_photo(
                    path, content.resolve(), alt, caption, cache, advise=advised.append, workers=workers
                )

            found = survey(content.resolve(), slug, now, prepare)
            return Survey(found.slug, (*found.problems, *advised), found.waiting, error=found.error, late=found.late)

        monkeypatch.setattr(publish.check, "survey", whole)
        yield


def told(folder: Path, files: Files) -> tuple[list[str], set[str]]:
    """What is told of a content folder, in French, and the English sources of it."""
    content = make_content(folder, {name: text for name, text in files.items() if not callable(text)})
    for name, plant in files.items():
        if callable(plant):
            path = content / name
            path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            plant(path)
    centres = dict.fromkeys(("lilas", *(name.partition("/")[0] for name in files if not name.startswith("ville/"))))
    checked = check_centres(content, list(centres), NOW)
    said, sources = [], set()
    for kind, findings in (("erreur", checked.errors), ("conseil", checked.advices)):
        for finding in findings:
            said.append(f"{kind} · {finding.problem.text(translator('fr'))}")
            sources.add(finding.problem.message)
    for waiting in checked.waiting:
        said.append(f"attend · {waiting.text(translator('fr'))}")
        sources.add(waiting.reason)
    return said, sources


@pytest.mark.usefixtures("decoded")
def test_every_message_is_whole_and_every_source_is_met(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    blocks, sources, silent = [], set(), []
    for subject, cases in SUBJECTS.items():
        blocks.append(f"# {subject}\n")
        for rank, (name, files) in enumerate(cases.items()):
            said, found = told(tmp_path / f"{subject}-{rank}", files)
            sources |= found
            shown = said if len(said) <= MOST else [*said[: MOST - 1], "(…)", said[-1]]
            blocks.append(f"## {name}\n" + "".join(f"{line}\n" for line in shown))
            if not said:
                silent.append(name)
    text = "\n".join(blocks).replace("\u202f", " ").replace("\u00a0", " ")
    if request.config.getoption("--update-golden", default=False):
        EXPECTED.write_text(text, "utf-8")
    change = difflib.unified_diff(EXPECTED.read_text("utf-8").split("\n"), text.split("\n"), lineterm="", n=1)
    assert not (lines := list(change)), "\n".join(lines)
    assert not (left := sorted(unmet(sources))), "\n".join(left)
    assert not silent
    assert unmet(sources - {next(iter(sources))}), "a message that no case gives must be seen"


def unmet(sources: set[str]) -> set[str]:
    """The messages marked in plugins/ that were not told and have no reason not to be."""
    return {message for message in marked() if message not in sources and message not in NOT_BY_CONTENT}


def marked() -> Iterator[str]:
    """Every `N_("…")` of plugins/ outside `ELSEWHERE`."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        if path.relative_to(ROOT).as_posix().startswith(tuple(ELSEWHERE)):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                (argument,) = node.args
                assert isinstance(argument, ast.Constant)
                yield str(argument.value)


def test_no_exemption_outlives_its_message() -> None:
    every = set(marked())
    assert [message for message in NOT_BY_CONTENT if message not in every] == []
