"""Everything that one reading of a centre tells: what a check shows besides what stops a build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plugins.errors import Severity
from plugins.photos.model import Photo
from plugins.site.loader import survey
from tests.plugins.making import NOW, fake_photo, load, make_content, told
from tests.plugins.site.test_loader import MODERATED, PROGRAMME, REMINDER


def test_a_header_in_error_hides_nothing_of_the_body(tmp_path: Path) -> None:
    body = "\n## Mercredi 10 novembre\n- a\n\n## Mercredi 16 novembre\n- Maternels : b\n- Matin : c\n"
    for header in (
        "Du: 9 novembre 2022\n",
        "Au: 16 novembre 2022\n",
        "",
        "Du: 9 novenbre 2022\nAu: 16 novembre 2022\n",
    ):
        text = f"Titre: P\nDate: 1er novembre 2022\n{header}{body}"
        wrong = told(make_content(tmp_path, {"lilas/programmes/p.md": text}))
        assert any("this day is a jeudi" in words for words in wrong), header
        assert any("“Maternels” is unknown here. Did you mean “Maternelles”?" in words for words in wrong), header
        assert not any("outside the programme" in words for words in wrong), header


def test_a_name_that_may_not_validate_is_shown_where_it_stands(tmp_path: Path) -> None:
    post = "Titre: A\nDate: 8 novembre 2022\nValidé par: Inès Modle\n\nx\n"
    site = load(make_content(tmp_path, {"lilas/centre.toml": MODERATED, "lilas/articles/a.md": post}))
    assert [advice.text(str) for advice in site.advices] == [
        "lilas/articles/a.md:3 : “Inès Modle” may not validate. Did you mean “Inès Modèle”?"
    ]
    assert [waiting.by for waiting in site.waiting] == [("Inès Modèle",)]


def test_advice_on_what_is_past_is_not_repeated_by_a_build(tmp_path: Path) -> None:
    late = {
        "lilas/programmes/p.md": PROGRAMME.replace("9 novembre", "2 novembre").replace("Au: 16", "Au: 3"),
        "lilas/rappels/r.md": REMINDER.replace("Jusqu'au: 9", "Jusqu'au: 2"),
        "lilas/rappels/archive.md": REMINDER.replace("1er novembre 2022", "1er mars 2022").replace(
            "Jusqu'au: 9 novembre", "Jusqu'au: 2 mars"),
        "lilas/articles/2032-01-01-a.md": "Titre: A\n\nx\n",
        "lilas/programmes/erreur.md": PROGRAMME.replace("9 novembre 2022", "10 novembre 2021").replace(
            "16 novembre 2022", "17 novembre 2021").replace("Mercredi 9", "Mercredi 10"),
    }  # fmt: skip
    found = survey(make_content(tmp_path, late), "lilas", NOW, fake_photo)
    assert [problem.text(str) for problem in found.late] == [
        "lilas/articles/2032-01-01-a.md : This text waits until 1er janvier 2032, in more than a year: check the year.",
        (
            "lilas/programmes/erreur.md:4 : This programme ended on 17 novembre 2021, before the day of its "
            "publication: check the year."
        ),
        "lilas/programmes/p.md:4 : The week of this programme is past: it ended on 3 novembre 2022.",
        (
            "lilas/rappels/r.md:3 : This reminder expired on 2 novembre 2022: families no longer see it. Take the file "
            "away, or write a later day."
        ),
    ]
    assert found.site is not None
    assert found.site.advices == ()


def test_what_is_wrong_in_a_draft_is_an_advice_of_a_check_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    wrong = {
        "lilas/programmes/p.md": PROGRAMME.replace("Titre", "Statut: brouillon\nTitre", 1).replace("- ", "- Zzz : ", 1),
        "lilas/articles/f/article.md": (
            "Titre: F\nDate: 8 novembre 2022\nStatut: brouillon\n"
            "Droit à l'image: vérifié par Camille le 8 novembre 2022\n"
            "\n[x](absent.md) [menu](menu.pdf) ![x](absent.jpg)\n"
        ),
    }
    content = make_content(tmp_path, wrong)

    def refuse(path: Path, alt: str, caption: str) -> Photo:
        raise AssertionError(path, alt, caption)

    built = survey(content, "lilas", NOW, refuse)
    assert (built.problems, built.late) == ((), ())
    checked = survey(content, "lilas", NOW, refuse, drafts=True)
    assert checked.error is None
    assert checked.site == replace(built.site, advices=checked.site.advices)  # type: ignore[union-attr, type-var]
    assert {problem.severity for problem in checked.problems} == {Severity.ADVICE}
    told = " ".join(problem.text(str) for problem in checked.problems)
    for word in ("absent.md", "menu.pdf", "absent.jpg"):
        assert word in told
