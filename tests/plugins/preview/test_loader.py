"""Everything that is written is in a preview, each thing with the reason why families don't see it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from plugins.errors import ContentError, SettingsError
from plugins.language import translator
from plugins.photos.cache import Cache
from plugins.photos.proof import is_blurred
from plugins.photos.treatment import Box
from plugins.preview.loader import Memory, load_preview
from plugins.preview.model import PreviewSite
from plugins.site import loader
from tests.plugins.conftest import phone_photo
from tests.plugins.documents import pdfs
from tests.plugins.making import CENTRE, NOW, fake_photo, load, make_content
from tests.plugins.photos.pictures import opened
from tests.plugins.preview.making import WAITING, plain, read_preview, shelf_of

MODERATED = CENTRE.replace("ecoles =", 'moderation = true\nvalideurs = ["Dominique", "Alix"]\necoles =')
ARTICLE = "Titre: Le potager\nDate: 2022-11-08\n{rights}\nOn plante.\n\n![Une bêche](a.jpg)\n"
RIGHTS = "Droit à l'image: vérifié par Camille le 8 novembre 2022\n"
PHOTO = "lilas/articles/potager/a.jpg"


def badges(site: PreviewSite) -> dict[str, list[str]]:
    french = translator()
    return {path: [plain(mark.short(french)) for mark in marks] for path, marks in site.marks.items()}


def test_each_thing_has_its_mark(tmp_path: Path) -> None:
    site = read_preview(tmp_path, WAITING)
    assert badges(site) == {
        "rappels/brouillon/": ["Brouillon"],
        "rappels/relire/": ["À valider"],
        "rappels/futur/": ["Paraîtra le 12 novembre 2022 à 18 h"],
        "rappels/passe/": ["Terminé le 8 novembre 2022"],
    }
    assert site.reminders[0].title == "En ce moment"
    assert {post.title for post in site.reminders} == {
        "Inachevé", "À relire", "Plus tard", "Autrefois", "En ce moment",
    }  # fmt: skip
    assert [post.title for post in load(tmp_path).reminders] == ["En ce moment"]


def test_a_moderated_centre_names_who_validates(tmp_path: Path) -> None:
    post = "Titre: A\nDate: 2022-11-08\nJusqu'au: 2022-11-30\n{line}\nX\n"
    site = read_preview(
        tmp_path,
        {
            "lilas/centre.toml": MODERATED,
            "lilas/rappels/sans.md": post.format(line=""),
            "lilas/rappels/autre.md": post.format(line="Validé par: Camille\n"),
            "lilas/rappels/fait.md": post.format(line="Validé par: Alix\n"),
        },
    )
    assert badges(site) == {
        "rappels/sans/": ["À valider par Dominique, Alix"],
        "rappels/autre/": ["À valider par Dominique, Alix"],
    }
    assert "« Camille » ne peut pas valider" in site.marks["rappels/autre/"][0].long(translator()).replace(
        "\u202f", " "
    ).replace("\xa0", " ")


def test_photos_follow_the_rule_of_the_site(tmp_path: Path) -> None:
    draft = ARTICLE.format(rights=RIGHTS + "Statut: brouillon\n")
    files: dict[str, str | bytes] = {"lilas/articles/potager/article.md": draft, PHOTO: b"x"}
    shown = read_preview(tmp_path / "a", files)
    assert [photo.alt for photo in shown.articles[0].photos] == ["Une bêche"]
    kept = read_preview(tmp_path / "b", {**files, "lilas/articles/potager/article.md": ARTICLE.format(rights="")})
    assert kept.articles[0].photos == ()
    assert badges(kept) == {"articles/potager/": ["Photos non montrées"]}


def test_a_preview_shows_blurred_what_a_site_shows_blurred(tmp_path: Path) -> None:
    wish = "Flou: a.jpg (10 10 40 40)\n"
    files: dict[str, str | bytes | None] = {
        "lilas/articles/potager/article.md": ARTICLE.format(rights=RIGHTS + wish), PHOTO: phone_photo()
    }  # fmt: skip
    with pytest.raises(ContentError, match="is not installed"):
        read_preview(tmp_path / "a", files)  # whoever gives nothing that blurs sees nothing

    def sizes(folder: str, header: str) -> list[Image.Image]:
        text = {"lilas/articles/potager/article.md": ARTICLE.format(rights=RIGHTS + header)}
        cache = tmp_path / "cache"
        (photo,) = shelf_of(make_content(tmp_path / folder, {**files, **text}), cache).site.articles[0].photos
        read = Cache(cache, time.time).read
        return [opened(read(photo.digest, v.path.rpartition("-")[2])) for v in photo.of_type("image/jpeg")]

    zone = Box(1000, 1000, 5000, 5000)
    assert is_blurred(sizes("b", wish), [zone])
    assert not is_blurred(sizes("c", ""), [zone])


def test_a_draft_in_error_holds_nobody_up(tmp_path: Path) -> None:
    broken = "Titre: Cassé\nDate: 2022-11-08\nStatut: brouillon\n\nX\n"
    inside = (
        "Titre: B\nDate: 2022-11-08\nDu: 2022-11-09\nAu: 2022-11-09\nStatut: brouillon\n\n"
        "## Mercredi 10 novembre\n- a\n"
    )
    files = {**WAITING, "lilas/rappels/casse.md": broken, "lilas/programmes/b.md": inside}
    site = read_preview(tmp_path, files)
    assert {path: len(found) for path, found in site.unfinished.items()} == {"rappels/casse/": 1, "programmes/b/": 1}
    assert site.unfinished["programmes/b/"][0].line == 7
    assert "rappels/casse/" not in site.marks
    assert not site.programmes


def test_any_other_error_is_told_as_by_a_build(tmp_path: Path) -> None:
    make_content(tmp_path, {"lilas/rappels/a.md": "Titre: A\n\nX\n", "lilas/rappels/b.md": "X\n"})
    with pytest.raises(ContentError) as build:
        load(tmp_path)
    with pytest.raises(ContentError) as preview:
        load_preview(tmp_path, "lilas", NOW, fake_photo, Memory())
    assert preview.value.problems == build.value.problems
    (tmp_path / "lilas/centre.toml").write_text("nom = ")
    with pytest.raises(SettingsError):
        load_preview(tmp_path, "lilas", NOW, fake_photo, Memory())


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    memory = Memory()
    bodies = {
        kind: lambda draft, setting, body=body: (read.append(draft.source.file), body(draft, setting))[1]
        for kind, body in loader.BODIES.items()
    }
    monkeypatch.setattr(loader, "BODIES", bodies)
    article: dict[str, str | bytes] = {"lilas/articles/potager/article.md": ARTICLE.format(rights=RIGHTS), PHOTO: b"x"}
    content = make_content(tmp_path, {**WAITING, **article})

    def again(**files: str | bytes) -> list[str]:
        read.clear()
        for name, data in files.items():
            path = content / name
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        load_preview(content, "lilas", NOW, fake_photo, memory)
        return sorted(read)

    assert len(again()) == 10
    assert again() == []
    changed = str(WAITING["lilas/rappels/futur.md"]).replace("Trois", "Quatre")
    assert again(**{"lilas/rappels/futur.md": changed}) == ["lilas/rappels/futur.md"]
    assert again(**{PHOTO: b"another"}) == ["lilas/articles/potager/article.md"]
    assert len(again(**{"lilas/centre.toml": CENTRE.replace("Les Lilas", "Les Roses")})) == 10
    assert len(again(**{"lilas/rappels/neuf.md": changed})) == 11


def test_a_pdf_is_shown_and_a_new_one_is_noticed(tmp_path: Path) -> None:
    memory, fiche = Memory(), tmp_path / "lilas/rappels/fiche.pdf"
    reminder = "Titre: X\nDate: 2022-11-08\nJusqu'au: 2022-11-30\nStatut: à valider\n\n[la fiche](fiche.pdf) à rendre\n"
    files: dict[str, str | bytes | None] = {"lilas/rappels/x.md": reminder, "lilas/rappels/fiche.pdf": pdfs.honest()}
    (document,) = read_preview(tmp_path, files, memory).documents
    assert document.path.endswith("-fiche.pdf")
    assert load(tmp_path).documents == (), "what waits keeps its PDF to itself"
    fiche.write_bytes(b"no PDF any more")
    with pytest.raises(ContentError, match=r"fiche\.pdf"):
        load_preview(tmp_path, "lilas", NOW, fake_photo, memory)
    fiche.write_bytes(pdfs.honest())
    assert load_preview(tmp_path, "lilas", NOW, fake_photo, memory).documents == (document,)
