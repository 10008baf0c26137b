from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plugins.errors import N_, ContentError, PluginError, Problem, SettingsError
from plugins.files import read_file
from plugins.photos.model import Photo
from plugins.posts.dates import PARIS
from plugins.site import drafts, loader
from plugins.site.loader import load_city, load_site
from plugins.site.scan import scan
from tests.plugins.making import BASE, CENTRE, NOW, fake_photo, load, make_content, told

PROGRAMME = (
    "Titre: Mercredis\nDate: 1er novembre 2022\nDu: 9 novembre 2022\nAu: 16 novembre 2022\n\n"
    "## Mercredi 9 novembre\n- a\n"
)
REMINDER = "Titre: Bottes\nDate: 1er novembre 2022\nJusqu'au: 9 novembre 2022\n\nDes bottes.\n"
ARTICLE = (
    "Titre: Potager\nDroit à l'image: vérifié par Camille le 8 novembre 2022\n\nOn plante.\n\n![Deux enfants](a.jpg)\n"
)
MODERATED = CENTRE.replace("couleur", 'moderation = true\nvalideurs = ["Inès Modèle"]\ncouleur')


def test_a_site_holds_the_centres_posts_and_the_citys(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path,
            {
                "lilas/infos/equipe.md": "Titre: L'équipe\nOrdre: 2\n\nNous.\n",
                "lilas/infos/horaires.md": "Titre: Horaires\nOrdre: 1\n\n8 h.\n",
                "lilas/programmes/mercredis.md": PROGRAMME,
                "lilas/rappels/bottes.md": REMINDER,
                "lilas/articles/2022-11-08-potager/article.md": ARTICLE,
                "lilas/articles/2022-11-08-potager/a.jpg": b"x",
                "ville/rappels/2022-11-08-greve.md": "Titre: Grève\nJusqu'au: 10 novembre 2022\nImportant: oui\n\nX\n",
            },
        )
    )
    assert [p.stem for p in site.pages] == [
        "horaires",
        "equipe",
        "accessibilite",
        "charte",
        "donnees-personnelles",
        "mentions-legales",
    ]
    assert [p.path for p in site.programmes] == ["programmes/mercredis/"]
    assert [(r.stem, r.from_city) for r in site.reminders] == [("2022-11-08-greve", True), ("bottes", False)]
    (article,) = site.articles
    assert [photo.alt for photo in article.photos] == ["Deux enfants"]
    assert len(article.blocks) == 2
    assert article.cover is article.photos[0]
    assert "<img" not in article.html
    assert site.today == NOW.date()
    assert (site.waiting, site.advices) == ((), ())


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Statut: brouillon", "draft"),
        ("Statut: à valider", "to be validated"),
        ("Date: 10 novembre 2022", "publication on 10 novembre 2022"),
        ("Date: 9 novembre 2022 à 9h01", "publication on 9 novembre 2022 à 9\u202fh\u202f01"),
    ],
)
@pytest.mark.parametrize("folder", ["articles", "rappels", "programmes"])
def test_what_waits_is_reported_and_nothing_of_it_is_read_into_the_site(
    tmp_path: Path, header: str, reason: str, folder: str
) -> None:
    more = {
        "rappels": "Jusqu'au: 30 novembre 2022\n",
        "programmes": "Du: 9 novembre 2022\nAu: 9 novembre 2022\n",
        "articles": "",
    }
    date = "" if header.startswith("Date") else "Date: 8 novembre 2022\n"
    name = f"lilas/{folder}/secret.md"
    site = load(make_content(tmp_path, {name: f"Titre: Surprise\n{date}{header}\n{more[folder]}\nSurprise\n"}))
    assert [(w.source, w.text(str)) for w in site.waiting] == [(name, f"{name} : {reason}")]
    assert (site.articles, site.reminders, site.programmes) == ((), (), ())


def test_a_post_leaves_from_its_very_moment(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/articles/a.md": "Titre: A\nDate: 9 novembre 2022 à 18 h\n\nx\n"})
    moment = datetime(2022, 11, 9, 18, tzinfo=PARIS)
    waiting = load(content, moment - timedelta(seconds=1))
    assert [w.until for w in waiting.waiting] == [moment]
    assert waiting.articles == ()
    assert len(load(content, moment).articles) == 1


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "waits for “Validé par”: Inès Modèle"),
        ("Validé par: Karim", "“Karim” may not validate; may validate: Inès Modèle"),
        ("Validé par: ines modele", None),
    ],
)
def test_where_moderation_is_asked_a_post_waits_for_a_named_person(
    tmp_path: Path, header: str, reason: str | None
) -> None:
    post = f"Titre: A\nDate: 8 novembre 2022\n{header}".rstrip("\n") + "\n\nx\n"
    site = load(make_content(tmp_path, {"lilas/centre.toml": MODERATED, "lilas/articles/a.md": post}))
    assert [w.text(str).split(" : ", 1)[1] for w in site.waiting] == ([reason] if reason else [])
    assert len(site.articles) == (0 if reason else 1)


def test_a_reminder_is_shown_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/rappels/bottes.md": REMINDER})
    assert len(load(content, datetime(2022, 11, 9, 23, 59, tzinfo=PARIS)).reminders) == 1
    assert load(content, datetime(2022, 11, 10, 0, 0, tzinfo=PARIS)).reminders == ()


def test_the_day_is_that_of_paris(tmp_path: Path) -> None:
    from datetime import UTC

    content = make_content(tmp_path, {"lilas/rappels/bottes.md": REMINDER})
    assert load(content, datetime(2022, 11, 9, 23, 30, tzinfo=UTC)).reminders == ()


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    wrong = told(
        make_content(
            tmp_path,
            {
                "lilas/centre.toml": CENTRE.replace("couleur", "coleur"),
                "lilas/articles/a.md": "Date: 8 novembre 2022\n\nx\n",
                "lilas/programmes/p.md": PROGRAMME.replace("Au: 16", "Au: 1er"),
                "lilas/rappels/r.md": REMINDER.replace("Jusqu'au", "Jusqua"),
            },
        )
    )
    assert [text.split(" : ")[0] for text in wrong] == [
        "lilas/centre.toml",
        "lilas/centre.toml:5",
        "lilas/articles/a.md:1",
        "lilas/rappels/r.md:1",
        "lilas/rappels/r.md:3",
    ]


def test_posts_are_read_though_they_wait_so_that_mistakes_are_told_early(tmp_path: Path) -> None:
    post = "Titre: A\nDate: 30 novembre 2022\n\n[x](javascript:alert(1))\n"
    assert told(make_content(tmp_path, {"lilas/articles/a.md": post})) == [
        (
            "lilas/articles/a.md:4 : “javascript:alert(1)”: this kind of link is not allowed. "
            "Allowed: https://, mailto: and tel:."
        )
    ]


def test_mistakes_in_a_draft_stop_nobody(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path, {"lilas/articles/a.md": "Titre: A\nStatut: brouillon\nMoment: bof\n\n[x](javascript:a)\n"}
        )
    )
    assert len(site.waiting) == 1
    assert len(site.advices) == 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"lilas/centre.toml": None, "lilas/infos/x.md": "x"}, "lilas/centre.toml : The file centre.toml is missing"),
        ({"lilas/centre.toml": b"\xff"}, "not saved as UTF-8"),
        ({"ville/ville.toml": None}, "ville/ville.toml : The file ville.toml is missing"),
        ({"lilas/articles/a.md": b"Titre: \xe9\n\n"}, "lilas/articles/a.md : This file is not saved as UTF-8"),
        (
            {
                "lilas/articles/A b.md": ARTICLE.split("\n\n!", maxsplit=1)[0],
                "lilas/articles/a-b.md": ARTICLE.split("\n\n!", maxsplit=1)[0],
            },
            "lilas/articles/a-b.md : This file would have the same address as “lilas/articles/A b.md”",
        ),
        ({"lilas/infos/charte.md": "Titre: C\n\nx\n"}, "ville/infos/charte.md : This file would have the same address"),
        ({"lilas/articles/….md": "Titre: C\nDate: 1er novembre 2022\n\nx\n"}, "This name can't become an address"),
        ({"lilas/rappel/a.md": "x"}, "lilas/rappel : The folder “rappel” is unknown. Did you mean “rappels”?"),
        ({"lilas/a.md": "x"}, "lilas/a.md : A post stands in one of the folders"),
        (
            {"lilas/articles/x/texte.md": "x"},
            "lilas/articles/x : The article's text must be called “article.md” (here: texte.md).",
        ),
        ({"lilas/programmes/x/p.md": "x"}, "lilas/programmes/x : Only an article has a folder of its own"),
        ({"ville/infos/accessibilite.md": None}, "ville/infos/accessibilite.md : This page is missing"),
        ({"lilas/rappels/r.md": REMINDER.replace("Date: 1er", "Date: 20")}, "“Jusqu'au” comes before the publication"),
    ],
)
def test_bad_input_is_said(tmp_path: Path, files: dict[str, str | bytes | None], said: str) -> None:
    assert any(said in text for text in told(make_content(tmp_path, files)))


def test_a_programme_that_ends_before_it_begins_is_one_problem(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/programmes/p.md": PROGRAMME.replace("Au: 16", "Au: 1er")})
    assert told(content) == ["lilas/programmes/p.md:4 : “Au” comes before “Du”."]


def test_unknown_files_and_folders_are_an_advice(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path,
            {
                "lilas/rappels/note.docx": b"x",
                "lilas/originaux/a.jpg": b"x",
                "lilas/rappels/.DS_Store": b"x",
                "lilas/articles/v/p.jpg": b"x",
            },
        )
    )
    assert [p.file for p in site.advices] == ["lilas/articles/v", "lilas/originaux", "lilas/rappels/note.docx"]


@pytest.mark.parametrize("slug", ["ville", "Lilas", "../lilas", "lilas/..", "absent"])
def test_an_impossible_centre_is_refused(tmp_path: Path, slug: str) -> None:
    with pytest.raises(SettingsError):
        load_site(make_content(tmp_path), slug, NOW, fake_photo)


@pytest.mark.parametrize(
    "name",
    [
        "lilas/articles/x.md",
        "lilas/articles/dossier",
        "lilas/infos",
        "lilas/centre.toml",
        "ville/rappels",
        "lilas/articles/2022-11-08-p/a.jpg",
    ],
)
def test_a_link_to_somewhere_else_is_refused_wherever_it_stands(tmp_path: Path, name: str) -> None:
    make_content(tmp_path / "content", {"lilas/articles/2022-11-08-p/article.md": "Titre: A\n\nx\n"})
    other = make_content(tmp_path / "other")
    link = tmp_path / "content" / name
    link.unlink(missing_ok=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(other / "lilas")
    assert any(text.startswith(f"{name} : This is a link to somewhere else") for text in told(tmp_path / "content"))


def test_a_centre_that_is_itself_a_link_is_refused(tmp_path: Path) -> None:
    content = make_content(tmp_path)
    (content / "roses").symlink_to(content / "lilas")
    with pytest.raises(SettingsError, match="link to somewhere else"):
        load_site(content, "roses", NOW, fake_photo)


def test_the_check_of_links_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_content(tmp_path / "content", {"lilas/articles/x.md": "Titre: A\nDate: 1er novembre 2022\n\nx\n"})
    (tmp_path / "secret.md").write_text("Titre: Secret\nDate: 1er novembre 2022\n\nx\n")
    (content / "lilas/articles/y.md").symlink_to(tmp_path / "secret.md")
    assert told(content)
    real = os.scandir

    class Entry:
        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.path = entry.name, entry.path

        def is_symlink(self) -> bool:
            return False

        def is_file(self, *, follow_symlinks: bool = True) -> bool:
            return Path(self.path).is_file()

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            return Path(self.path).is_dir()

    class Scan:
        def __init__(self, path: str) -> None:
            with real(path) as found:
                self.found = [Entry(entry) for entry in found]

        def __enter__(self) -> list[Entry]:
            return self.found

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("plugins.site.scan.os.scandir", Scan)
    assert told(content) == [
        "lilas/articles/y.md : This is a link to somewhere else. Put the file or the folder itself here."
    ]
    monkeypatch.setattr("plugins.site.drafts.read_file", lambda root, path: path.read_bytes())
    assert [a.title for a in load(content).articles] == ["A", "Secret"], "two locks: each is alive"


def test_an_unreadable_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_content(tmp_path, {"lilas/articles/a.md": "Titre: A\n\nx\n"})
    real = read_file

    def refuse(root: Path, path: Path) -> bytes:
        if path.name == "a.md":
            raise PermissionError(13, "Permission denied")
        return real(root, path)

    monkeypatch.setattr(drafts, "read_file", refuse)
    assert told(content) == [
        "lilas/articles/a.md : Access to this is refused: whoever looks after the shared folder can open it."
    ]


def test_a_photo_that_can_not_be_used_stops_the_centre(tmp_path: Path) -> None:
    content = make_content(
        tmp_path, {"lilas/articles/2022-11-08-p/article.md": ARTICLE, "lilas/articles/2022-11-08-p/a.jpg": b"x"}
    )

    def broken(path: Path, alt: str, caption: str) -> Photo:
        raise ContentError([Problem("lilas/articles/2022-11-08-p/a.jpg", 0, N_("This photo can't be read."))])

    with pytest.raises(ContentError, match=r"a.jpg : This photo can't be read"):
        load(content, prepare=broken)


def test_a_link_to_what_waits_becomes_plain_words(tmp_path: Path) -> None:
    site = load(
        make_content(
            tmp_path,
            {
                "lilas/articles/a.md": "Titre: A\nDate: 1er novembre 2022\n\n"
                "Voir [la suite](b.md) et [les bottes](../rappels/vieux.md).\n",
                "lilas/articles/b.md": "Titre: B\nDate: 30 novembre 2022\n\nx\n",
                "lilas/rappels/vieux.md": REMINDER.replace("9 novembre", "2 novembre"),
            },
        )
    )
    assert str(site.articles[0].html).strip() == "<p>Voir la suite et les bottes.</p>"
    assert len(site.advices) == 2


def test_the_city_alone(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/centre.toml": None})
    city, pages = load_city(content, NOW)
    assert city.name == "Boulogne-Billancourt"
    assert len(pages) == 4


def test_the_base_content_is_whole(tmp_path: Path) -> None:
    assert told(make_content(tmp_path)) == []
    for name in BASE:
        (tmp_path / name).unlink()
        with pytest.raises(PluginError):
            load(tmp_path)
        make_content(tmp_path)


@pytest.mark.parametrize("name", ["lilas/centre.toml", "ville/ville.toml"])
@pytest.mark.timeout(20)
def test_settings_that_are_a_pipe_are_not_waited_for(tmp_path: Path, name: str) -> None:
    content = make_content(tmp_path)
    (content / name).unlink()
    os.mkfifo(content / name)
    assert told(content) == [f"{name} : This is neither a file nor a folder."]


def test_a_post_that_becomes_a_link_after_the_folder_was_read_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_content(
        tmp_path, {"lilas/infos/x.md": "Titre: X\n\nx\n", "roses/infos/x.md": "Titre: R\n\nsecret\n"}
    )
    real = scan

    def then_swapped(*arguments: Any, **more: Any) -> Any:
        found = real(*arguments, **more)
        if not (content / "lilas/infos").is_symlink():
            (content / "lilas/infos").rename(content / "aside")
            (content / "lilas/infos").symlink_to(content / "roses/infos")
        return found

    monkeypatch.setattr(loader, "scan", then_swapped)
    (wrong,) = told(content)
    assert wrong == "lilas/infos/x.md : This is a link to somewhere else. Put the file or the folder itself here."
