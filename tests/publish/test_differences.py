"""What changed between two releases, in words: pure first, then as `preau releases` and `preau diff` say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publish.cli import main
from publish.differences import Changes, Subject, differences, subject_of
from publish.history import rollback
from publish.layout import blob_key, release_key
from publish.manifest import Manifest
from publish.publication import publish
from publish.session import Session
from publish.stores.folder import FolderStore
from tests.publish.trees import NOW, PHOTO, SITE, release, write_tree

ARTICLE = "articles/2022-11-09-potager/index.html"
PAGE = "<!doctype html><title>{} – Fessart</title><p>Bonjour les familles</p>".format


def manifest(folder: Path, **more: bytes) -> Manifest:
    return release(write_tree(folder, SITE, **more)).manifest


def test_each_path_has_its_subject() -> None:
    expected = {
        ARTICLE: Subject.ARTICLE,
        "programmes/vacances/index.html": Subject.PROGRAMME,
        "rappels/bottes/index.html": Subject.REMINDER,
        "infos/equipe/index.html": Subject.PAGE,
        "articles/index.html": Subject.LIST,
        "index.html": Subject.LIST,
        "programmes/vacances.ics": Subject.CALENDAR,
        "articles/sortie/autorisation.pdf": Subject.DOCUMENT,
        "photos/0123-480.webp": Subject.PHOTO,
        "theme/preau.12345678.css": Subject.LOOK,
    }
    assert {path: subject_of(path) for path in expected} == expected


def test_what_was_added_changed_and_removed(tmp_path: Path) -> None:
    before = manifest(tmp_path / "a", **{ARTICLE: PAGE("Potager").encode(), "infos/venir/index.html": b"bus"})
    after = manifest(tmp_path / "b", **{ARTICLE: PAGE("Le potager").encode(), "rappels/bottes/index.html": b"bottes"})
    assert differences(before, after) == {
        Subject.REMINDER: Changes(added=("rappels/bottes/index.html",)),
        Subject.ARTICLE: Changes(changed=(ARTICLE,)),
        Subject.PAGE: Changes(removed=("infos/venir/index.html",)),
    }
    assert differences(after, after) == {}


def test_the_sizes_of_a_photo_are_one_photo(tmp_path: Path) -> None:
    before = manifest(tmp_path / "a")
    photo = "photos/0123456789abcdef01234567"
    after = manifest(tmp_path / "b", **{f"{photo}-1600.webp": PHOTO * 9, "photos/abc-480.webp": PHOTO})
    name = photo.removeprefix("photos/")
    assert differences(before, after)[Subject.PHOTO] == Changes(added=("abc",), changed=(name,))
    assert differences(None, before)[Subject.PHOTO] == Changes(added=(name,))


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "preau.toml").write_text('[store]\nfolder = "store"\n')
    return tmp_path


def store_of(city: Path) -> FolderStore:
    return FolderStore(city / "store")


def put(city: Path, name: str, **files: bytes) -> str:
    """Publish a tree; its release."""
    made = release(write_tree(city / name, SITE, **files))
    publish(store_of(city), made, now=NOW, by="Camille")
    return made.manifest.id


def said(city: Path, *args: str) -> Result:
    options = ["--config", str(city / "preau.toml")]
    return CliRunner().invoke(main, [*options, *args], obj=Session(clock=lambda: NOW), prog_name="preau")


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.output.replace("\u202f", " ").replace("\u00a0", " ").splitlines()


def test_diff_gives_titles_and_paths(city: Path) -> None:
    one = put(city, "one", **{ARTICLE: PAGE("Le potager").encode(), "infos/venir/index.html": PAGE("Venir").encode()})
    two = put(city, "two", **{ARTICLE: PAGE("Le potager – suite").encode(), "photos/abc-480.webp": PHOTO})
    expected = [
        f"fessart : de la version {one[:12]} (09/11/2022 09:00) à {two[:12]} (09/11/2022 09:00)",
        "  1 article modifié",
        "    Le potager – suite (articles/2022-11-09-potager/)",
        "  1 page d’informations retirée",
        "    Venir (infos/venir/)",
        "  1 photo ajoutée",
    ]
    assert lines(said(city, "diff", "fessart")) == expected
    assert lines(said(city, "diff", "fessart", one[:8], two[:8])) == expected
    assert lines(said(city, "diff", "fessart", one[:8])) == expected
    back = lines(said(city, "diff", "fessart", two[:8], one[:8]))
    assert back[1:3] == ["  1 article modifié", "    Le potager (articles/2022-11-09-potager/)"]
    assert "  1 page d’informations ajoutée" in back
    told = json.loads(said(city, "diff", "fessart", "--json").output)
    assert (told["before"], told["after"]) == (one, two)
    assert told["changes"]["article"] == {"changed": [ARTICLE]}


def test_what_follows_from_the_rest_is_told_alone(city: Path) -> None:
    put(city, "one")
    put(city, "two", **{"theme/preau.12345678.css": b"p{}", "index.html": b"<!doctype html><title>x</title>"})
    assert lines(said(city, "diff", "fessart"))[1:] == [
        "  ont aussi changé : la page d’accueil et les listes, l’apparence"
    ]
    assert lines(said(city, "releases", "fessart"))[1].endswith("la page d’accueil et les listes, l’apparence")


def test_a_hostile_title_reaches_no_terminal(city: Path) -> None:
    put(city, "one")
    put(city, "two", **{ARTICLE: b"<title>\x1b]0;pwned\x07 &lt;b&gt;Le&lt;/b&gt;\n potager</title><title>x</title>"})
    shown = lines(said(city, "diff", "fessart"))[2]
    assert shown == "    ]0;pwned <b>Le</b> potager (articles/2022-11-09-potager/)"


def test_a_page_without_bytes_or_title_is_named_by_its_address(city: Path) -> None:
    put(city, "one")
    put(city, "two", **{ARTICLE: b"no title", "infos/venir/index.html": b"<title>Venir</title>"})
    manifest = release(city / "two").manifest
    store_of(city).delete(blob_key("fessart", manifest.files["infos/venir/index.html"].sha256))
    shown = lines(said(city, "diff", "fessart"))
    assert "    2022-11-09-potager (articles/2022-11-09-potager/)" in shown
    assert "    venir (infos/venir/)" in shown


def test_a_rollback_is_told_as_what_it_changed(city: Path) -> None:
    put(city, "one", **{ARTICLE: PAGE("Le potager").encode()})
    put(city, "two")
    rollback(store_of(city), "fessart", to=None, now=NOW, by="Ville")
    history = json.loads(said(city, "releases", "fessart", "--json").output)["releases"]
    assert [row["changes"].get("article") for row in history] == [
        {"added": [ARTICLE]},
        {"removed": [ARTICLE]},
        {"added": [ARTICLE]},
    ]
    again = lines(said(city, "diff", "fessart", history[0]["release"], history[0]["release"]))
    assert again[1:] == ["  rien n’a changé"]


def test_a_release_that_is_gone_hides_only_what_it_changed(city: Path) -> None:
    one = put(city, "one")
    put(city, "two", **{ARTICLE: PAGE("Le potager").encode()})
    store_of(city).delete(release_key("fessart", one))
    shown = lines(said(city, "releases", "fessart"))
    assert [line.split()[-1] for line in shown[1:]] == ["–", "–"]
    refused = said(city, "diff", "fessart")
    assert refused.exit_code == 1
    assert f"la version {one} de fessart n’est pas dans le dossier des versions" in refused.output


def test_diff_refuses_what_does_not_exist(city: Path) -> None:
    one = put(city, "one")
    for args, words in (
        (["fessart"], f"fessart n’a pas de version avant {one[:12]}"),
        (["fessart", "zzz"], "n’a pas de version « zzz »"),
        (["fesart"], "vouliez-vous dire « fessart »"),
    ):
        refused = said(city, "diff", *args)
        assert refused.exit_code == 1
        assert words in refused.output.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_new_look_changes_no_text(city: Path) -> None:
    page = '<title>Le potager – Fessart</title><link href="centre.{}.css"><main><svg href="icons.{}.svg"/>{}</main>'
    old, same, new = (
        page.format(one, one, words).encode() for one, words in (("1" * 8, "A"), ("2" * 8, "A"), ("2" * 8, "B"))
    )
    other = "articles/2022-11-10-autre/index.html"
    put(city, "one", **{ARTICLE: old, other: old, "theme/preau.12345678.css": b"p{}"})
    put(city, "two", **{ARTICLE: same, other: new, "theme/preau.12345678.css": b"p{x:y}"})
    shown = lines(said(city, "diff", "fessart"))
    assert shown[1:3] == ["  1 article modifié", "    Le potager (articles/2022-11-10-autre/)"]
    assert lines(said(city, "releases", "fessart"))[1].endswith("1 article modifié")
