"""`preau check`: what an animator reads when something is wrong, word for word."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.photos import faces
from plugins.site import loader
from plugins.site.model import Waiting
from publish import check, check_report
from publish.check import Checked, check_centres
from publish.cli import main
from publish.session import Session
from tests.project import ROOT
from tests.publish.contents import write_content
from tests.publish.trees import NOW

SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def write(content: Path, name: str, text: str | bytes) -> None:
    (content / name).parent.mkdir(parents=True, exist_ok=True)
    (content / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return write_content(tmp_path / "content")


def run(content: Path, *args: str) -> Result:
    return CliRunner().invoke(
        main, ["--content", str(content), *args], obj=Session(clock=lambda: NOW), prog_name="preau"
    )


def said(result: Result) -> str:
    return result.output.translate(SPACES)


THREE = """\
Titre: Les mercredis
Date: 1er novembre 2022
Du: 9 novembre 2022

## Mercredi 10 novembre
- Maternelles : peinture

## Mercredi 16 novembre
- Maternels : pâte à sel
- Élém. : foot
"""


def test_three_mistakes_of_one_post_are_told_together(content: Path) -> None:
    write(content, "fessart/programmes/mercredis.md", THREE)
    started = time.perf_counter()
    result = run(content, "check", "fessart")
    assert time.perf_counter() - started < 1
    assert result.exit_code == 1
    assert (
        said(result).partition("Conseils")[0].partition("En attente")[0].rstrip()
        == """\
Erreurs : rien de nouveau ne paraît dans un centre tant qu’elles ne sont pas corrigées

fessart/programmes/mercredis.md, ligne 1
     → Il manque la ligne « Au: … » dans l’en-tête.

fessart/programmes/mercredis.md, ligne 5, colonne 4
   5 │ ## Mercredi 10 novembre
     │    ^^^^^^^^^^^^^^^^^^^^
     → « Mercredi 10 novembre » : ce jour-là est un jeudi. Écrivez « Jeudi 10 novembre », ou « Mercredi 9 \
novembre » si c’est le jour de la semaine qui est juste.

fessart/programmes/mercredis.md, ligne 9, colonne 3
   9 │ - Maternels : pâte à sel
     │   ^^^^^^^^^
     → « Maternels » n’est pas connu ici. Vouliez-vous écrire « Maternelles » ?"""
    )


def test_advice_and_what_waits_stop_nothing(content: Path) -> None:
    write(content, "fessart/rappels/bottes.md", "Titre: B\nDate: 1er novembre 2022\nJusqu'au: 3 novembre 2022\n\nx\n")
    result = run(content, "check", "fessart")
    assert result.exit_code == 0
    assert "3 │ Jusqu'au: 3 novembre 2022" in said(result)
    assert "Ce rappel a expiré le 3 novembre 2022" in said(result)
    assert "fessart/rappels/2022-11-20-secret.md : paraîtra le 20 novembre 2022" in said(result)
    assert "Rien n’empêche la publication (1 conseil, 1 texte en attente ; 1 centre lu, en 0,0 s)." in said(result)


def test_what_waits_for_nobody_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    waiting = (Waiting("fessart/a.md", "draft", None), Waiting("fessart/b.md", "draft", None, by=("Inès Modèle",)))
    check_report.shown(Checked(("fessart",), (), (), waiting), seconds=0)
    lines = capsys.readouterr().out.translate(SPACES).splitlines()[2:7]
    assert lines[0] == "  Pour Inès Modèle :"
    assert lines[1].startswith("    fessart/b.md : ")
    assert lines[3] == "  Les autres textes :"
    assert lines[4].startswith("    fessart/a.md : ")


def test_english(content: Path) -> None:
    write(content, "fessart/programmes/mercredis.md", THREE)
    english = said(run(content, "--lang", "en", "check", "fessart"))
    assert "The line “Au: …” is missing from the header." in english
    assert "Nothing is" not in english
    assert "ligne" not in english


def test_json(content: Path) -> None:
    write(content, "fessart/programmes/mercredis.md", THREE)
    result = run(content, "check", "fessart", "--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert list(found) == ["format", "centres", "errors", "advices", "waiting", "seconds"]
    assert (found["format"], found["centres"], found["advices"]) == (1, ["fessart"], [])
    assert [(e["file"], e["line"], e["column"], e["length"]) for e in found["errors"]] == [
        ("fessart/programmes/mercredis.md", 1, None, None),
        ("fessart/programmes/mercredis.md", 5, 4, 20),
        ("fessart/programmes/mercredis.md", 9, 3, 9),
    ]
    assert set(found["errors"][0]) == {"file", "line", "column", "length", "text"}
    assert [(w["file"], w["until"], w["by"]) for w in found["waiting"]] == [
        ("fessart/rappels/2022-11-20-secret.md", "2022-11-20T00:00:00+01:00", [])
    ]


def test_settings_in_error_hide_nothing(content: Path) -> None:
    toml = content / "fessart/centre.toml"
    toml.write_text(toml.read_text("utf-8").replace("couleur", "coleur"), "utf-8")
    write(content, "fessart/articles/2022-11-08-a.md", "Tirte: A\n\n[x](javascript:alert(1))\n")
    write(content, "escudier/rappels/2022-11-08-r.md", "Titre: R\nJusqau: 30 novembre 2022\n\nx\n")
    text = said(run(content, "check"))
    for words in ("« coleur »", "« Tirte »", "« javascript:alert(1) »", "« Jusqau »"):
        assert words in text


def test_what_can_t_be_read_at_all(content: Path) -> None:
    (content / "escudier/centre.toml").unlink()
    write(content, "escudier/infos/a.md", b"\xff\xfe\x00")
    write(content, "fessart/articles/2022-11-08-potager/feuilles.jpg", b"<html>")
    text = said(run(content, "check"))
    assert "escudier/centre.toml\n     → Il manque le fichier centre.toml" in text
    assert "escudier/infos/a.md\n     → " in text
    assert "feuilles.jpg\n     → Ce n’est pas une photo lisible" in text


def test_a_mistake_of_the_city_is_told_once(content: Path) -> None:
    write(content, "ville/rappels/2022-11-08-greve.md", "Titre: Grève\n\nx\n")
    assert said(run(content, "check")).count("Il manque la ligne « Jusqu'au: … »") == 1


def test_an_unknown_centre(content: Path) -> None:
    result = run(content, "check", "fesart")
    assert result.exit_code == 1
    assert "« fessart »" in said(result)


def test_a_fault_of_ours_in_one_centre_hides_none_of_the_others(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: Path, slug: str, *more: object, **named: object) -> object:
        if slug == "escudier":
            raise ZeroDivisionError("boom")
        return real(content, slug, *more, **named)  # type: ignore[arg-type]

    real = loader.survey
    monkeypatch.setattr(check, "survey", broken)
    write(content, "fessart/articles/2022-11-08-a.md", "Tirte: A\n\nx\n")
    text = said(run(content, "check"))
    assert "une erreur qui vient de lui (ZeroDivisionError : boom)" in text
    assert "« Tirte »" in text


def test_no_terminal_is_driven_by_a_text(content: Path) -> None:
    write(content, "fessart/articles/2022-11-08-a.md", "Ti\x1b[2Jre: A\u202e\n\nx\n")
    assert "\x1b[2J" not in run(content, "check").output
    assert "\u202e" not in run(content, "check").output


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), kind=st.sampled_from(["programmes", "rappels", "articles", "infos"]))
def test_whatever_the_bytes(content: Path, data: bytes, kind: str) -> None:
    write(content, f"fessart/{kind}/x.md", data)
    write(content, f"fessart/{kind}/y.md", b"Titre: T\nDu: 9 novembre 2022\nAu: 9 novembre 2022\n\n" + data)
    found = check_centres(content, ["fessart"], NOW)
    assert not [f for f in found.errors if "error of its own" in f.problem.message]
    os.unlink(content / f"fessart/{kind}/x.md")  # noqa: PTH108
    os.unlink(content / f"fessart/{kind}/y.md")  # noqa: PTH108


def test_neither_pelican_nor_a_decoder_is_needed(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import ImageFile

    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *a: pytest.fail("a photo was decoded"))
    assert check_centres(content, ["fessart"], NOW).errors == ()


def test_the_pilot_s_content_is_right() -> None:
    assert check_centres(ROOT / "content", ["fessart", "escudier"], NOW).errors == ()


def test_blurring_is_checked_without_looking_for_faces(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zone needs nothing more; faces need the part that finds them; what was chosen on another version is said."""
    folder = "fessart/articles/2022-11-08-potager"
    post = "Titre: A\nDroit à l'image: vérifié par Inès Morel le 2 novembre 2022\n{}\n\n![Une photo](feuilles.jpg)\n"
    monkeypatch.setattr(faces, "NEEDED", ("a_package_that_is_not_there",))
    for wish, said_then in (
        ("Flou: feuilles.jpg (10 10 20 20)", ""),
        ("Flou: feuilles.jpg (10 10 20 20) #000000", "a changé depuis le choix"),
        ("Flou: visages", "n’est pas installée sur cet ordinateur"),
    ):
        write(content, f"{folder}/article.md", post.format(wish))
        result = run(content, "check", "fessart")
        assert (result.exit_code == 0) == (not said_then), said(result)
        assert said_then in said(result)
