"""The stock `pelican` command on one centre: what it writes, what it refuses, and what it says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from plugins.site.plugin import REQUIRED
from tests.plugins.conftest import FILES, Built, Pelican, phone_photo
from tests.plugins.making import make_content, told
from tests.project import ROOT

POTAGER = "articles/2022-11-08-potager/index.html"


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_page_of_the_contract_is_there(built: Built) -> None:
    pages = {path for path in tree(built.tree) if path.endswith((".html", ".ics", "embleme.svg"))}
    assert pages == {
        "404.html",
        "articles/2022-11-08-potager/index.html",
        "articles/index.html",
        "calendrier.ics",
        "embleme.svg",
        "index.html",
        "infos/accessibilite/index.html",
        "infos/charte/index.html",
        "infos/donnees-personnelles/index.html",
        "infos/equipe/index.html",
        "infos/mentions-legales/index.html",
        "moments/mercredi/index.html",
        "moments/midi/index.html",
        "moments/soir/index.html",
        "moments/vacances/index.html",
        "plan/index.html",
        "programmes/index.html",
        "programmes/mercredis.ics",
        "programmes/mercredis/elementaires.ics",
        "programmes/mercredis/index.html",
        "programmes/mercredis/maternelles.ics",
        "rappels/bottes/index.html",
        "rappels/index.html",
    }


def test_two_builds_give_the_same_bytes(built: Built, pelican: Pelican, tmp_path: Path) -> None:
    again = pelican(built.content, cwd=tmp_path)  # and from any folder
    assert again.code == 0, again.said
    assert tree(again.output) == tree(built.tree)


def test_a_second_build_replaces_the_first_whole(built: Built, pelican: Pelican, tmp_path: Path) -> None:
    content = make_content(tmp_path / "content", FILES)
    first = pelican(content)
    (content / "lilas/rappels/bottes.md").unlink()
    second = pelican(content, output=first.output)
    assert second.code == 0, second.said
    assert not (first.output / "rappels/bottes").exists()


def test_what_waits_is_said_and_absent(built: Built, pelican: Pelican) -> None:
    said = pelican(built.content).said.replace("\u00a0", " ")
    assert "en attente : lilas/articles/2022-12-01-surprise/article.md : paraîtra le 1er décembre 2022" in said
    assert "en attente : lilas/rappels/brouillon.md : brouillon" in said
    everything = b"".join(tree(built.tree).values())
    for secret in ("magicien", "Abracadabrus", "inachevé"):
        assert secret.encode() not in everything
    assert len(built.site.articles[0].photos) == 2


def test_titles_are_escaped_and_links_are_relative(built: Built) -> None:
    article = built.text(POTAGER)
    assert "Au &lt;potager&gt; &amp; ailleurs" in article
    assert "<potager>" not in article
    assert 'href="../../articles/2022-11-08-potager/"' in built.text("infos/equipe/index.html")
    assert 'href="infos/equipe/"' in built.text("index.html")
    for path, data in tree(built.tree).items():
        assert b"preau:/" not in data, path


def test_the_404_page_works_at_any_depth(built: Built) -> None:
    assert 'href="/lilas/' in built.text("404.html")


class Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))


def test_each_page_has_one_title_and_headings_in_order(built: Built) -> None:
    for path, data in tree(built.tree).items():
        if path.endswith(".html"):
            shape = Shape()
            shape.feed(data.decode())
            assert shape.levels.count(1) == 1, path
            assert all(b <= a + 1 for a, b in zip(shape.levels, shape.levels[1:], strict=False)), (path, shape.levels)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"lilas/centre.toml": None}, "lilas/centre.toml\u00a0: Il manque le fichier centre.toml"),
        (
            {"lilas/articles/2022-11-08-potager/article.md": "Auteur: C\n\nx\n"},
            "article.md, ligne 1\u00a0: Il manque la ligne «\u00a0Titre: …\u00a0»",
        ),
        ({"lilas/articles/2022-11-08-potager/a.jpg": b"no photo"}, "a.jpg\u00a0: Ce n’est pas une photo lisible"),
    ],
)
def test_an_error_is_french_without_traceback_and_writes_nothing(
    pelican: Pelican, tmp_path: Path, files: dict[str, str | bytes | None], said: str
) -> None:
    run = pelican(make_content(tmp_path / "content", {**FILES, **files}))
    assert run.code == 1
    assert said in run.said
    assert "Traceback" not in run.said
    assert not run.output.exists()


def test_an_error_leaves_the_older_output_untouched(built: Built, pelican: Pelican, tmp_path: Path) -> None:
    content = make_content(tmp_path / "content", FILES)
    first = pelican(content)
    before = tree(first.output)
    (content / "lilas/centre.toml").write_text("nom = ")
    assert pelican(content, output=first.output).code == 1
    assert tree(first.output) == before


def attack(path: str, text: str) -> Callable[[Path], None]:
    def write(content: Path) -> None:
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(text)

    return write


def link(path: str, target: str) -> Callable[[Path], None]:
    def make(content: Path) -> None:
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).symlink_to(content / target)

    return make


HEADER = "Titre: X\nDate: 1er novembre 2022\n"
RIGHTS = HEADER + "Droit à l'image: vérifié par C le 8 novembre 2022\n\n"


ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "folder link": (link("lilas/articles/x", "escudier"), "This is a link to somewhere else"),
    "photo link": (
        link("lilas/articles/2022-11-08-potager/vol.jpg", "escudier/x.jpg"),
        "This is a link to somewhere else",
    ),
    "save_as": (
        attack("lilas/articles/x.md", HEADER + "Save_as: ../lilas-bis/x.html\n\nx\n"),
        "The key “Save_as” is unknown",
    ),
    "static": (attack("lilas/articles/x.md", HEADER + "\n[x]({static}/../escudier/x.jpg)\n"), "without braces"),
    "other centre": (
        attack("lilas/articles/x.md", HEADER + "\n[x](../../escudier/infos/x.md)\n"),
        "leaves the centre's folder",
    ),
    "other centre's file": (
        attack("lilas/articles/x.md", HEADER + "\n[x](../../escudier/x.jpg)\n"),
        "is a photo. In an article",
    ),
    "other centre's PDF": (
        attack("lilas/articles/x/article.md", HEADER + "\n[x](../../../escudier/x.pdf)\n"),
        "a PDF stands in the same folder",
    ),
    "other centre's photo": (
        attack("lilas/articles/x/article.md", RIGHTS + "![x](../../../escudier/x.jpg)\n"),
        "a photo stands in the folder of its article",
    ),
    "javascript": (
        attack("lilas/articles/x.md", HEADER + "\n[x](javascript:alert(1))\n"),
        "this kind of link is not allowed",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_stops_the_centre(tmp_path: Path, name: str) -> None:
    spoil, said = ATTACKS[name]
    content = make_content(tmp_path / "content", {**FILES, "escudier/x.jpg": phone_photo("#ff0000")})
    assert told(content) == []
    spoil(content)
    assert any(said in text for text in told(content))


def test_an_attack_stops_the_command_before_it_writes(pelican: Pelican, tmp_path: Path) -> None:
    content = make_content(tmp_path / "content", {**FILES, "escudier/x.jpg": phone_photo("#ff0000")})
    for spoil, _ in ATTACKS.values():
        spoil(content)
    run = pelican(content)
    assert run.code == 1
    assert run.said.count("lilas/articles/") == 3  # the attacks on x.md replace each other
    assert not run.output.exists()
    assert not (tmp_path / "lilas-bis").exists()


def test_an_output_folder_of_value_is_never_emptied(pelican: Pelican, built: Built, tmp_path: Path) -> None:
    precious = tmp_path / "documents"
    precious.mkdir()
    (precious / "these.txt").write_text("x")
    run = pelican(built.content, output=precious)
    assert run.code == 1
    assert "n’est pas vide" in run.said
    assert (precious / "these.txt").exists()
    run = pelican(built.content, output=built.content / "lilas")
    assert run.code == 1
    assert "en dehors du dossier des contenus" in run.said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("PLUGINS=[]", ""),
        (
            f"PLUGINS={json.dumps(list(REQUIRED[:-1]))}",
            "L’extension plugins.leaving.plugin n’est pas chargée",
        ),
    ],
)
def test_a_missing_plugin_is_no_silent_site(pelican: Pelican, built: Built, more: str, said: str) -> None:
    run = pelican(built.content, more)
    assert run.code != 0
    assert said in run.said
    assert not run.output.exists() or not tree(run.output)


def test_the_moment_may_be_given_in_words(pelican: Pelican, built: Built) -> None:
    run = pelican(built.content, 'PREAU_NOW="1er décembre 2022 à 8 h"')
    assert run.code == 0, run.said
    assert "magicien" in (run.output / "index.html").read_text()


def test_a_theme_without_its_french_texts_is_no_english_site(pelican: Pelican, built: Built, tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    shutil.copytree(ROOT / "themes" / "preau", theme, ignore=shutil.ignore_patterns("*.mo"))
    run = pelican(built.content, f"THEME={json.dumps(str(theme))}")
    assert run.code != 0
    assert "make setup" in run.said
    assert not run.output.exists() or not tree(run.output)
