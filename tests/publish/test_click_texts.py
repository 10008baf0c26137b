"""click speaks French: each of its sentences that this command can say is in our catalogue."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from publish import click_texts
from tests.project import ROOT

MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "types")

NEVER_SAID = {
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Value must be an iterable.",
    "Name '{name}' defined twice",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Could not determine name for option with declarations {decls!r}",
    (
        "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? "
        "Did you mean to pass '--{name}'?"
    ),
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Invalid start character for option ({option})",
    "env var: {var}",
    "(dynamic)",
    "Do you want to continue?",
    "Confirm the action without prompting.",
    "Choice({choices})",
    "{value!r} is not a valid {number_type}.",
    "{value!r} does not match the format {format}.",
    "{value!r} is not a valid boolean. Recognized values: {states}",
    "{value!r} is not a valid UUID.",
    "{name} {filename!r} is not executable.",
    "{len_type} values are required, but {len_value} was given.",
}
"""Mistakes of a programmer, and kinds of options that no command here has."""


def sources() -> set[str]:
    """click's own sentences, from its source."""
    root = Path(click.__file__).parent
    found = set()
    for name in MODULES:
        for _, message, *_ in extract_from_file(
            "python", root / f"{name}.py", keywords={"_": None, "ngettext": (1, 2)}
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def listed() -> set[str]:
    text = Path(click_texts.__file__).read_text("utf-8")
    return set(click_texts.SENTENCES) | set(re.findall(r'ngettext\("([^"]*)"', text))


def test_the_list_is_that_of_click_s_source() -> None:
    assert len(sources()) > 40, "click's sentences are still found"
    assert sources() - listed() - NEVER_SAID == set()
    assert listed() - sources() == set(), "no sentence that click no longer says"


def test_each_is_translated() -> None:
    with (ROOT / "publish/locale/fr/LC_MESSAGES/preau.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    for source in listed():
        message = catalogue.get(source)
        assert message is not None, source
        assert not message.fuzzy
        assert all(message.string) if isinstance(message.string, tuple) else message.string


@pytest.mark.parametrize("number", [1, 2])
def test_plurals_can_be_filled(number: int) -> None:
    translation = gettext.translation("preau", ROOT / "publish/locale", ["fr"])
    fields = {"args": "x", "nargs": 2, "len": 3, "possibility": "x", "possibilities": "x, y", "name": "n",
              "value": "v", "choice": "c", "choices": "c, d"}  # fmt: skip
    assert [text.format(**fields) for text in click_texts.plurals(number)]
    assert translation.ngettext("{count} site", "{count} sites", number).format(count=number)
