"""PDF files beside texts: which enter a site, how they are linked, what is said of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugins.documents import links, prepare
from plugins.leaving import output
from publish.gateway.headers import cache_control, disposition
from publish.media import media_type
from tests.plugins.conftest import Pelican
from tests.plugins.documents import pdfs
from tests.plugins.making import load, make_content, told

MENU = "Titre: Le menu\n\nVoici [le menu](menu.pdf) de la semaine. " + "Du pain, des fruits et de l'eau. " * 8 + "\n"
REMINDER = "Titre: X\nDate: 8 novembre 2022\nJusqu'au: {until}\n\n[la fiche](fiche.pdf) à rendre\n"


def advices(content: Path) -> list[str]:
    return [advice.text(str) for advice in load(content).advices]


def test_a_linked_pdf_enters_the_site_and_says_its_weight(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/infos/menu.md": MENU, "lilas/infos/menu.pdf": pdfs.honest()})
    site = load(content)
    (document,) = site.documents
    page = next(page for page in site.pages if page.stem == "menu")
    shown = str(page.html).replace("&nbsp;", " ")
    assert f'<a href="preau:/{document.path}">le menu (PDF, {document.size} o)</a>' in shown
    assert document.path.endswith("-menu.pdf")
    assert advices(content) == []


@pytest.mark.parametrize("place", ["programmes/p.md", "rappels/r.md", "articles/2022-11-08-a/article.md"])
def test_a_pdf_stands_beside_every_kind_of_post(tmp_path: Path, place: str) -> None:
    header = {
        "programmes/p.md": "Date: 8 novembre 2022\nDu: 9 novembre 2022\nAu: 16 novembre 2022\n",
        "rappels/r.md": "Date: 8 novembre 2022\nJusqu'au: 30 novembre 2022\n",
    }.get(place, "")
    body = "\n[La fiche](Fiche d'été.pdf)\n".replace("Fiche d'été.pdf", "Fiche%20d'%C3%A9t%C3%A9.pdf")
    files: dict[str, str | bytes | None] = {
        f"lilas/{place}": f"Titre: X\n{header}{body}",
        f"lilas/{os.path.dirname(place)}/Fiche d'été.pdf": pdfs.honest(),  # noqa: PTH120 - of a name alone
    }
    assert [document.path.partition("-")[2] for document in load(make_content(tmp_path, files)).documents] == [
        "fiche-d-ete.pdf"
    ]


@pytest.mark.parametrize(
    "post",
    [
        {"lilas/rappels/r.md": REMINDER.format(until="8 novembre 2022")},
        {"lilas/rappels/r.md": REMINDER.format(until="30 novembre 2022").replace("Date: 8", "Date: 10")},
        {"lilas/rappels/r.md": REMINDER.format(until="30 novembre 2022").replace("X\n", "X\nStatut: à valider\n", 1)},
    ],
    ids=["past", "to come", "to be validated"],
)
def test_a_pdf_of_a_post_that_does_not_leave_does_not_either(tmp_path: Path, post: dict[str, str]) -> None:
    files: dict[str, str | bytes | None] = {**post, "lilas/rappels/fiche.pdf": pdfs.honest()}
    assert load(make_content(tmp_path, files)).documents == ()


def test_a_pdf_of_another_post_can_not_be_taken(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "lilas/articles/2022-12-01-a/article.md": "Titre: A\n\n[la surprise](surprise.pdf)\n",
        "lilas/articles/2022-12-01-a/surprise.pdf": pdfs.honest(),
        "lilas/infos/x.md": "Titre: X\n\n[la surprise](../articles/2022-12-01-a/surprise.pdf)\n",
    }
    assert "\n".join(told(make_content(tmp_path, files))) == (
        "lilas/infos/x.md:3 : “../articles/2022-12-01-a/surprise.pdf”: a PDF stands in the same folder as the text "
        "that links to it; write its name alone."
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("menu.docx", "only a PDF can be attached"),
        ("menu.odt", "only a PDF can be attached"),
        ("photos.zip", "only a PDF can be attached"),
        ("menu.pdf.exe", "only a PDF can be attached"),
        ("photo.jpg", "is a photo"),
        ("manu.pdf", "Did you mean “menu.pdf”"),
        ("MENU.PDF", "Did you mean “menu.pdf”"),
        ("xyz.pdf", "put it in the same folder"),
        ("../infos/menu.pdf", None),
        ("../../roses/infos/menu.pdf", "same folder"),
        ("/etc/menu.pdf", "absolute path"),
        ("{static}menu.pdf", "without braces"),
        ("file:///menu.pdf", "not allowed"),
        ("lien.pdf", "is not there"),
        ("%2e%2e%2fmenu.pdf", "same folder"),
    ],
)
def test_what_else_is_linked_is_told(tmp_path: Path, target: str, said: str | None) -> None:
    content = make_content(
        tmp_path, {"lilas/infos/x.md": f"Titre: X\n\n[a]({target})\n", "lilas/infos/menu.pdf": pdfs.honest()}
    )
    (content / "lilas/infos/menu.docx").write_bytes(b"PK")
    (content / "lilas/infos/lien.pdf").symlink_to("/etc/hostname")
    found = [line for line in told(content) if "x.md:3" in line]
    assert len(found) == 1
    assert (said or "same folder") in found[0]


def test_without_the_rule_of_place_the_way_to_the_file_is_still_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes | None] = {
        "lilas/articles/2022-12-01-a/surprise.pdf": pdfs.honest(),
        "lilas/infos/x.md": "Titre: X\n\n[la surprise](../articles/2022-12-01-a/surprise.pdf)\n",
    }
    content = make_content(tmp_path, files)
    monkeypatch.setattr(links, "_simple", lambda name: True)
    assert ["link to somewhere else" in problem for problem in told(content)] == [True]
    monkeypatch.setattr(prepare, "read_file", lambda root, path: path.read_bytes())
    assert len(load(content).documents) == 1


def test_files_that_no_family_will_see_are_an_advice(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "lilas/infos/x.md": "Titre: X\n\nTexte.\n",
        "lilas/infos/oublie.pdf": b"%PDF",
        "lilas/articles/2022-11-08-a/article.md": "Titre: A\n\nTexte.\n",
        "lilas/articles/2022-11-08-a/note.docx": b"PK",
    }
    found = advices(make_content(tmp_path, files))
    assert found[0] == (
        "lilas/articles/2022-11-08-a/note.docx : This file is never published. To give it to families, save it as PDF."
    )
    assert found[1:] == [
        (
            "lilas/infos/oublie.pdf : No text links to this PDF, so that families can't see it: write "
            "« [Menu](oublie.pdf) »."
        )
    ]


def test_a_text_that_is_only_a_link_gets_an_advice(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "lilas/infos/x.md": "Titre: X\n\n[Le menu](menu.pdf)\n", "lilas/infos/menu.pdf": pdfs.honest(),
    }  # fmt: skip
    assert ["hard to read on a telephone" in advice for advice in advices(make_content(tmp_path, files))] == [True]


def test_a_pdf_in_error_stops_its_centre(tmp_path: Path) -> None:
    content = make_content(tmp_path, {"lilas/infos/menu.md": MENU, "lilas/infos/menu.pdf": pdfs.locked("x")})
    assert told(content) == [
        "lilas/infos/menu.pdf : This PDF is protected by a password or by rights: save it without protection."
    ]


def test_the_site_holds_the_copy_and_the_check_of_the_output_knows_it(tmp_path: Path, pelican: Pelican) -> None:
    trap = pdfs.TRAPS["metadata"]()
    content = make_content(tmp_path / "c", {"lilas/infos/menu.md": MENU, "lilas/infos/menu.pdf": trap})
    run = pelican(content)
    assert run.code == 0, run.said
    (file,) = (run.output / "documents").iterdir()
    assert pdfs.SECRET not in file.read_bytes()
    assert f'href="../../documents/{file.name}"' in (run.output / "infos/menu/index.html").read_text("utf-8")
    again = pelican(content)
    assert (again.output / "documents" / file.name).read_bytes() == file.read_bytes()
    site = load(content)
    assert output.verify(run.output, site, content) == []
    file.write_bytes(trap)
    assert {problem.message for problem in output.verify(run.output, site, content)} >= {
        "This file is not the copy that was made of the PDF.",
        "The copy of this PDF still held something besides its pages ({found}): nothing was published.",
    }


def test_a_damaged_cache_is_not_trusted(tmp_path: Path, pelican: Pelican, photo_cache: Path) -> None:
    content = make_content(tmp_path / "c", {"lilas/infos/menu.md": MENU, "lilas/infos/menu.pdf": pdfs.honest()})
    assert pelican(content).code == 0
    for kept in (photo_cache / "documents").glob("??/*.pdf"):
        kept.write_bytes(kept.read_bytes() + b"PK")
    run = pelican(content)
    assert run.code == 0
    (file,) = (run.output / "documents").iterdir()
    assert file.read_bytes().endswith(b"%%EOF\n")


def test_the_gateway_sends_it_as_a_download_with_a_name() -> None:
    path = "documents/" + "0" * 24 + "-fiche-d-ete.pdf"
    assert media_type(path) == "application/pdf"
    assert disposition(path, "application/pdf") == 'attachment; filename="fiche-d-ete.pdf"'
    assert cache_control(path, "application/pdf") == "private, no-cache"
