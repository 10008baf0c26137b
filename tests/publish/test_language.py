"""The language is chosen, never inherited; the process is left as it was."""

from __future__ import annotations

import gettext
import os

import pytest

from publish.language import ngettext, say, speaking, translate_to, use


def test_french_by_default_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "en_US.UTF-8")
    with speaking():
        assert say("unchanged") == "inchangé"
        assert gettext.gettext("Missing argument") == "Il manque l’argument", "click's own way to translate"
        use("en")
        assert say("unchanged") == "unchanged"
        assert gettext.gettext("Missing argument") == "Missing argument"


@pytest.mark.parametrize("before", [None, "de"])
def test_the_process_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    if before:
        monkeypatch.setenv("LANGUAGE", before)
    domain = gettext.textdomain()
    with speaking("en"):
        use("fr")
    assert os.environ.get("LANGUAGE") == before
    assert gettext.textdomain() == domain


def test_plurals() -> None:
    with speaking("fr"):
        assert ngettext("{count} page", "{count} pages", 0) == "{count} page"
        assert ngettext("{count} new file", "{count} new files", 2) == "{count} nouveaux fichiers"


def test_the_plugins_texts_are_found_too() -> None:
    assert translate_to("fr")("draft") == "brouillon"
    assert translate_to("en")("draft") == "draft"
    assert translate_to("fr")("never written") == "never written"


def test_an_unknown_language_of_the_shell_means_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "xx")
    assert say("unchanged") == "inchangé"
