"""`--sans FILE`: one post in error must not hold back a strike notice, and nothing of it may be seen."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugins.site import loader
from plugins.site.loader import load_city, load_site
from publish.cli import main
from publish.errors import BuildError
from publish.session import Session
from publish.without import left_out
from tests.plugins.making import fake_photo
from tests.publish.contents import write_content
from tests.publish.trees import NOW

ARTICLE = "fessart/articles/2022-11-08-potager/article.md"
REMINDER = "fessart/rappels/2022-11-07-bottes.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    content = write_content(tmp_path / "content")
    (content / "fessart/infos/venir.md").write_text(
        "Titre: Venir\n\nVoir [le potager](../articles/2022-11-08-potager/article.md).\n", "utf-8"
    )
    return content


@pytest.mark.parametrize(
    ("typed", "post"),
    [
        (REMINDER, REMINDER),
        (f"./{REMINDER}", REMINDER),
        (ARTICLE, ARTICLE),
        ("fessart/articles/2022-11-08-potager", ARTICLE),
        ("fessart/articles/2022-11-08-potager/", ARTICLE),
        ("ville/infos/charte.md", "ville/infos/charte.md"),
        ("{content}/" + REMINDER, REMINDER),
    ],
)
def test_a_file_as_people_type_it(content: Path, typed: str, post: str) -> None:
    assert left_out(content, ["fessart"], [typed.format(content=content)]) == (post,)


def test_a_file_from_the_working_folder(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(content / "fessart/rappels")
    assert left_out(content, ["fessart"], ["2022-11-07-bottes.md"]) == (REMINDER,)
    monkeypatch.chdir(content.parent)
    assert left_out(Path("content"), ["fessart"], [f"content/{REMINDER}", REMINDER]) == (REMINDER,)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("fessart/rappels/2022-11-07-botes.md", f"did you mean “{REMINDER}”?"),
        ("escudier/rappels/2022-11-07-bottes.md", f"did you mean “{REMINDER}”?"),
        ("zzz", "write its path"),
        ("fessart/centre.toml", "there is no text"),
        ("fessart/articles/2022-11-08-potager/feuilles.jpg", "there is no text"),
        ("../content/../x", "there is no text"),
        ("fessart", "there is no text"),
        ("", "there is no text"),
    ],
)
def test_what_is_no_text_of_these_centres(content: Path, typed: str, said: str) -> None:
    with pytest.raises(BuildError) as error:
        left_out(content, ["fessart"], [typed])
    assert said in str(error.value)


def test_a_folder_that_is_closed_is_said(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lstat = Path.lstat

    def closed(path: Path) -> os.stat_result:
        if path.parent.name == "rappels":
            raise PermissionError(errno.EACCES, "", str(path))
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", closed)
    with pytest.raises(BuildError, match=f"{REMINDER} can't be read: access is refused"):
        left_out(content, ["fessart"], [REMINDER])


def test_nothing_of_it_is_read_and_links_to_it_become_words(content: Path) -> None:
    site = load_site(content, "fessart", NOW, fake_photo, without=(ARTICLE,))
    assert site.articles == ()
    assert "potager" in site.pages[0].html
    assert "href" not in site.pages[0].html
    assert [w.text(str) for w in site.waiting if w.source == ARTICLE] == [
        f"{ARTICLE} : left out by the person who publishes (--sans)"
    ]


@pytest.mark.parametrize("name", ["texte.md", "vol\u202ee.jpg"])
def test_an_article_is_left_out_with_all_that_is_wrong_in_its_folder(content: Path, name: str) -> None:
    folder = content / "fessart/articles/2022-11-09-ferme"
    folder.mkdir()
    (folder / name).write_text("x", "utf-8")
    os.symlink("/etc/passwd", folder / "lien.jpg")  # noqa: PTH211
    found = loader.survey(content, "fessart", NOW, fake_photo)
    assert found.error is not None
    (post,) = left_out(content, ["fessart"], ["fessart/articles/2022-11-09-ferme"])
    assert loader.survey(content, "fessart", NOW, fake_photo, without=(post,)).error is None


def test_the_city_s_own_pages(content: Path) -> None:
    (content / "ville/infos/fausse.md").write_text("Tirte: x\n\n", "utf-8")
    assert len(load_city(content, NOW, ("ville/infos/fausse.md",))[1]) == 4


def test_without_the_rule_it_would_be_seen(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "_kept", lambda sources, without: sources)
    site = load_site(content, "fessart", NOW, fake_photo, without=(ARTICLE,))
    assert [article.source for article in site.articles] == [ARTICLE]


def build(content: Path, *args: str) -> Result:
    return CliRunner().invoke(
        main,
        ["--content", str(content), "build", "fessart", "--output", str(content.parent / "out"), "--jobs", "1", *args],
        obj=Session(clock=lambda: NOW),
        prog_name="preau",
    )


def test_the_command(content: Path) -> None:
    (content / ARTICLE).write_text(
        (content / ARTICLE).read_text("utf-8").replace("Titre", "Tirte").replace("Les bottes", "Confidentiel bottes"),
        "utf-8",
    )
    assert build(content).exit_code == 1
    done = build(content, "--sans", ARTICLE, "--json")
    assert done.exit_code == 0, done.output
    (site,) = [site for site in json.loads(done.stdout)["sites"] if site["slug"] == "fessart"]
    assert f"{ARTICLE}\u00a0: laissé de côté par la personne qui publie (--sans)" in site["waiting"]
    assert site["photos"] == 0
    tree = content.parent / "out/fessart"
    assert not (tree / "photos").exists()
    assert all(b"Confidentiel" not in path.read_bytes() for path in tree.rglob("*") if path.is_file())
    wrong = build(content, "--sans", "fessart/rappels/botes.md")
    assert wrong.exit_code == 1
    assert REMINDER in wrong.output
