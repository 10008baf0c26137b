"""French is complete: every text of the code and templates is in its catalogue, translated, with the same fields."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.french import breaking_spaces, foreign_signs
from tests.project import CATALOGUES, ROOT, project_files

PERCENT = re.compile(r"%\((\w+)\)[sd]|%[sd]")
NAMES = sorted(CATALOGUES)


def texts(message: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Singular and plural forms alike, as a tuple."""
    return (message,) if isinstance(message, str) else tuple(message or ())


def fields(text: str) -> set[str]:
    """What a text asks to be filled in: `{name}` and `%(name)s`."""
    braces = {f"{{{name}}}" for _, name, _, _ in Formatter().parse(text) if name is not None}
    return braces | {match.group() for match in PERCENT.finditer(text)}


def sources(folder: Path) -> set[tuple[str, ...]]:
    """Every text that the project's files under `folder` mark for translation, read as `make messages` reads them."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {
        mapping["pattern"]: {key: str(value) for key, value in mapping.items() if key not in ("pattern", "method")}
        for mapping in mappings
    }
    ours = {str((ROOT / file).relative_to(folder)) for file in project_files() if (ROOT / file).is_relative_to(folder)}
    return {texts(item[2]) for item in extract_from_dir(folder, methods, options) if item[0] in ours}


def marked(code: str) -> set[str]:
    """Every text that a module marks, one inside another call included: what makes the catalogue misses those."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name(id="N_" | "_" | "ngettext"), args=[ast.Constant(value=str(text)), *_]):
                found.add(text)
    return found


def faults(message: Message) -> list[str]:
    """What keeps one entry from being shown to a French reader."""
    ids, strings = texts(message.id), texts(message.string)
    found = []
    if not all(string.strip() for string in strings):
        return [f"not translated: {ids[0]}"]
    if message.fuzzy:
        found.append(f"fuzzy: {ids[0]}")
    allowed = set().union(*map(fields, ids))
    for string in strings:
        if fields(string) - allowed or (len(strings) == 1 and fields(string) != allowed):
            found.append(f"fields differ: {ids[0]} → {string}")
    return found


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def catalogue(name: str) -> Catalog:
    file = CATALOGUES[name] / "locale" / "fr" / "LC_MESSAGES" / "preau.po"
    assert file.exists(), f"{file.relative_to(ROOT)} is missing: run `make messages`"
    with file.open("rb") as stream:
        return read_po(stream, locale="fr", abort_invalid=True)


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_text_is_translated(catalogue: Catalog) -> None:
    assert [fault for message in entries(catalogue) for fault in faults(message)] == []


def test_the_catalogue_holds_what_the_sources_say(name: str, catalogue: Catalog) -> None:
    said, held = sources(CATALOGUES[name]), {texts(message.id) for message in entries(catalogue)}
    assert said - held == set(), "new texts: run `make messages`, then translate them"
    assert held - said == set(), "texts that nobody says any more: run `make messages`"


def test_no_marked_text_is_missed(name: str, catalogue: Catalog) -> None:
    code = [file for file in project_files() if file.suffix == ".py" and (ROOT / file).is_relative_to(CATALOGUES[name])]
    held = {text for message in entries(catalogue) for text in texts(message.id)}
    assert set().union(*(marked((ROOT / file).read_text("utf-8")) for file in code)) - held == set()


def test_a_text_inside_another_call_is_found() -> None:
    assert marked('_(WORDS.get(key, N_("gone")))\nngettext("{n} post", "{n} posts", n)\n_(other)') == {
        "gone",
        "{n} post",
    }


def test_french_is_typeset_as_french(catalogue: Catalog) -> None:
    """« : ; ? ! » keep to their word, wherever a screen or a printer ends its lines."""
    said = [string for message in entries(catalogue) for string in texts(message.string)]
    assert [fault for string in said for fault in (*breaking_spaces(string), *foreign_signs(string))] == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (
            "Erreur\u00a0: {file}\u202f; est-ce «\u00a0{name}\u00a0»\u202f? Lancez `preau check {centre}`, puis https://a.example/",
            0,
        ),
        ("Une photo s’écrit «\u00a0![légende](photo.jpg)\u00a0», un groupe «\u00a0Public: Lutins\u00a0»…", 0),
        ("Erreur : {file}", 1),
        ("Erreur\u00a0: {file} ; réessayez", 1),
        ("Est-ce lui ?", 1),
        ("Attention!", 1),
        ("Écrivez « {name} ».", 2),
        ("l'école", 1),
        ("Attendez...", 1),
    ],
)
def test_typewriting_is_caught(text: str, count: int) -> None:
    assert len([*breaking_spaces(text), *foreign_signs(text)]) == count


def test_no_obsolete_entry_is_kept(catalogue: Catalog) -> None:
    assert list(catalogue.obsolete) == []


def test_a_language_is_spoken_by_every_part(name: str) -> None:
    """A second language arrives in all three catalogues or in none."""
    languages = {
        part: {file.parts[-3] for file in folder.glob("locale/*/LC_MESSAGES/preau.po")}
        for part, folder in CATALOGUES.items()
    }
    assert languages[name] == set().union(*languages.values())


@pytest.mark.parametrize(
    ("source", "string", "flags", "fault"),
    [
        ("{count} posts", "{count} articles", (), None),
        ("{count} posts", "", (), "not translated"),
        ("{count} posts", "{nombre} articles", (), "fields differ"),
        ("{count} posts of {name}", "{count} articles", (), "fields differ"),
        ("%(count)s posts", "articles", (), "fields differ"),
        ("posts", "articles", ("fuzzy",), "fuzzy"),
        (("one post", "{n} posts"), ("un article", "{n} articles"), (), None),
        (("one post", "{n} posts"), ("un article", ""), (), "not translated"),
        (("one post", "{n} posts"), ("un article", "{m} articles"), (), "fields differ"),
    ],
)
def test_a_fault_is_caught(source: str, string: str, flags: tuple[str, ...], fault: str | None) -> None:
    found = faults(Message(source, string, flags=flags))
    assert [text.partition(":")[0] for text in found] == ([fault] if fault else [])
