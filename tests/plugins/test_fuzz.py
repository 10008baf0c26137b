"""Whatever is in a file, reading it ends in time, with a post or with sentences, and without active HTML."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Problem, Wrong
from plugins.photos.blur import read_wishes
from plugins.photos.captions import read_captions
from plugins.posts import keys
from plugins.posts.header import MAX_BYTES, MAX_LINES, MAX_SIGNS
from plugins.posts.header import read as read_header
from plugins.posts.values import Values
from plugins.programmes import grammar
from plugins.site import compiled
from plugins.site.centre import read_centre
from plugins.site.city import read_city
from plugins.site.text import Reading
from tests.plugins.making import CENTRE, CITY, words
from tests.project import ROOT

GROUPS = (("Maternelles", ("Mat.",)), ("Élémentaires", ()))
TAGS = "p|em|strong|s|ul|ol|li|a|h[2-6]|blockquote|code|pre|table|thead|tbody|tr|th|td|br|hr"
ACTIVE = re.compile(rf"<(?!/?(?:{TAGS})\b)|<[^>]*\son\w+=")
RIGHT_TO_LEFT, NUL = "\u202e", "\0"

PIECES = (
    "## Mercredi 9 novembre\n", "### Matin\n", "- Maternelles : peinture\n", "  - Départ : 9 h\n",
    "| Jour | Matin |\n|---|---|\n", "| Mercredi 9 novembre | a |\n", "Titre: x\n", "Du: 9 novembre 2022\n",
    "Mardi 15 novembre : le matin, jeux ; l'après-midi, pain.\n", "Fermé\n", "Sortie : ", "Annulé : ", "Tous les jours",
    "du lundi 14 au mercredi 16 novembre", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))", "{{ 7 * 7 }}", "{% raw %}", "{static}/x", "{filename}x.md", "![a](b.jpg)", "М\u0430tin",
    RIGHT_TO_LEFT, NUL, "\ufeff", "\u200b", "\r\n", "\n", " ", ":", "- ", "  ", "**", "`", "<!--", "-->", "---\n",
    "\u0301", "🎈", "(3-5 ans)", "(14h-16h)", "- 10h : a / Après-midi : b\n", "~~a~~", "• a\n", "##Lundi 14\n",
    "Tous les jours sauf le lundi", "moins de 6 ans", "**Semaine 1 (7-11 novembre) : L'eau**\n\n", "\t", " (annulé)",
    "    - a\n", "| Lundi 7 | | |\n", "| Repas | a |\n", "## Mercredi 9 novembre (sortie au bois)\n",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=40).map("".join)


def read(data: bytes, kind: str = keys.PROGRAMMES) -> tuple[str, list[Problem]]:
    """Everything that happens to a file's text: its header, the words of its keys, its body twice."""
    document, problems = read_header(data, "p.md", kind)
    values = Values(document, problems)
    values.common("2022-11-09-x", GROUPS)
    values.image_rights()
    reading = Reading("p.md", lambda target: None if target.startswith(("javascript", "data")) else target, problems)
    programme, prose = grammar.read(document.body, document.body_line, words(), values.line(keys.THEME), reading)
    html = [str(prose), *(str(activity.html) for day in programme.days for activity in day.activities)]
    html += [str(day.notes) for day in programme.days]
    html.append(str(compiled.prose(compiled.compile_body(document.body), document.body_line, reading)))
    return "\n".join(html), problems


def check(data: bytes) -> None:
    html, problems = read(data)
    assert not ACTIVE.search(html)
    for problem in problems:
        assert problem.text(str)


@given(st.binary(max_size=600))
def test_bytes(data: bytes) -> None:
    check(data)


@given(texts)
def test_texts_made_of_what_people_and_attackers_write(body: str) -> None:
    check(body.encode("utf-8", "surrogatepass"))
    check(f"Titre: {body}\nDate: {body}\nMoment: {body}\nPublic: {body}\n\n{body}".encode("utf-8", "surrogatepass"))


@st.composite
def damaged(draw: st.DrawFn, whole: str) -> bytes:
    """A file of settings with something put in, taken out, or written instead, once or more."""
    data = whole.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        added = st.one_of(st.binary(max_size=30), texts.map(lambda text: text.encode("utf-8", "surrogatepass")), VALUES)
        data = data[:start] + draw(added) + data[end:]
    return data


VALUES = st.sampled_from(
    [b"= 1", b"9" * 5_000, b"= 1e999", b"= nan", b"= 2022-11-09", b"= [[]]", b"= {}", b"[a.b.c]\n"]
)


@given(damaged(CENTRE), damaged(CITY))
def test_settings(centre: bytes, city: bytes) -> None:
    for problem in (*read_centre(centre, "lilas", "centre.toml")[1], *read_city(city, "ville.toml")[1]):
        assert problem.text(str)


@given(st.one_of(damaged("a.jpg : Le potager | deux enfants\nb.jpg\t: x\n"), st.binary(max_size=300)))
def test_captions(data: bytes) -> None:
    problems: list[Problem] = []
    found = read_captions(data, "legendes.txt", ["a.jpg", "b.jpg"], problems)
    assert set(found) <= {"a.jpg", "b.jpg"}
    for problem in problems:
        assert problem.text(str)


WISHES = damaged("visages; a.jpg 1, 2 (10 20 30 40)").map(lambda data: data.decode("utf-8", "replace"))


@given(st.one_of(texts, WISHES))
def test_what_is_to_be_blurred(text: str) -> None:
    with contextlib.suppress(Wrong):
        assert set(read_wishes(text, ["a.jpg", "b.jpg"], everywhere=False).photos) <= {"a.jpg", "b.jpg"}


def test_the_judge_of_active_html_is_alive() -> None:
    for html in ("<script>", "<img src=x>", '<p onclick="x">', "<iframe>", "<svg/onload=x>", "<style>", "<!-- x -->"):
        assert ACTIVE.search(html), html
    assert not ACTIVE.search('<p><a href="x">a</a><br><hr></p><table><thead><tr><th scope="col">')


DATED = "Titre: x\nDate: 9 novembre 2022\nDu: 7 novembre 2022\nAu: 18 novembre 2022\n\n## Mercredi 9 novembre\n"
HUGE: dict[str, Callable[[], str]] = {
    "ten megabytes": lambda: "Titre: x\n\n" + "mot " * 2_500_000,
    "ten thousand headings": lambda: "Titre: x\n\n" + "## Mercredi 9 novembre\n" * 10_000,
    "as many headings as may be": lambda: "Titre: x\n\n" + "## Titre\n" * (MAX_LINES - 3),
    "lists within lists": lambda: "Titre: x\n\n" + "\n".join("  " * depth + "- a" for depth in range(1_000)),
    "lists on one line": lambda: "Titre: x\n\n" + "- " * 1_000 + "a",
    "quotes within quotes": lambda: "Titre: x\n\n" + "> " * 30_000 + "a",
    "links": lambda: "Titre: x\n\n" + "[a](b) " * (MAX_BYTES // 8),
    "emphasis": lambda: "Titre: x\n\n" + "*a " * (MAX_BYTES // 4),
    "brackets": lambda: "Titre: x\n\n" + "[" * (MAX_BYTES - 20),
    "as many brackets as may be": lambda: "Titre: x\n\n" + "[" * MAX_SIGNS["["],
    "as many signs of emphasis as may be": lambda: "Titre: x\n\n" + "*_~" * MAX_SIGNS["*"],
    "as wide a table as may be": lambda: (
        "Titre: x\n\n" + "|x" * 198 + "|\n" + "|-" * 198 + "|\n" + ("|x" * 198 + "|\n") * 47
    ),
    "labels that nobody knows": lambda: "Titre: x\n\n" + "- zzz : yyy : xxx\n" * (MAX_LINES - 6),
    "backticks": lambda: "Titre: x\n\n" + "".join("`" * n + " " for n in range(1, 420)),
    "a wide table": lambda: "Titre: x\n\n" + "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n" + "|b" * 5_000 + "|\n",
    "a long table": lambda: (
        "Titre: x\n\n| Jour | Matin |\n|---|---|\n" + "| Mercredi 9 novembre | a |\n" * (MAX_LINES - 6)
    ),
    "colons": lambda: "Titre: x\n\n- " + "a : " * (MAX_BYTES // 5),
    "a key": lambda: "T" * (MAX_BYTES - 10) + ": x\n\nx",
    "definitions of links": lambda: (
        "Titre: x\n\n" + "\n".join(f"[{n}]: /{n}" for n in range(MAX_LINES - 6)) + "\n\n[x][1]"
    ),
    "uses of one definition": lambda: "Titre: x\n\n[a]: " + "b" * 1_000 + "\n\n" + "[a] " * (MAX_SIGNS["["] - 5),
    "entities": lambda: "Titre: x\n\n" + "&amp;&#x10FFFF;&nothing;" * (MAX_BYTES // 30),
    "quotes over many lines": lambda: "Titre: x\n\n" + (">" * 60 + " a\n") * (MAX_LINES - 6),
    "all groups on all days": lambda: (
        "Titre: x\n\n## Tous les jours\n" + "- Matin : Maternelles et Élémentaires : a\n" * (MAX_LINES - 6)
    ),
    "ranges of days": lambda: "Titre: x\n\n" + "## Du lundi 7 au vendredi 18 novembre\n- a\n" * (MAX_LINES // 2 - 6),
    "activities on one line": lambda: (
        "Titre: x\n\n## Mercredi 9 novembre\n" + ("- " + "Matin : a / " * 200 + "\n") * 35
    ),
    "details on one line": lambda: "Titre: x\n\n## Mercredi 9 novembre\n" + ("- a" + " ; Lieu : b" * 200 + "\n") * 40,
    "remarks": lambda: "Titre: x\n\n## Mercredi 9 novembre\n" + ("- a " + "(3-5 ans) " * 200 + "\n") * 45,
    "brackets in brackets": lambda: "Titre: x\n\n## Mercredi 9 novembre\n" + ("- a " + "(" * 2_000 + "\n") * 45,
    "signs at the beginning": lambda: "Titre: x\n\n" + ("• – ##" + "•" * 60 + "Lundi\n") * (MAX_LINES // 3),
    "lines of days": lambda: "Titre: x\n\n" + "Mercredi 9 novembre\nMatin : a\n" * (MAX_LINES // 2 - 6),
    "lines in one paragraph": lambda: "Titre: x\n\nMercredi 9 novembre\n" + "Matin : a\n" * (MAX_LINES - 6),
    "a full table, no two cells alike": lambda: (
        DATED
        + "| Jour | Matin | Soir |\n|---|---|---|\n"
        + "".join(f"| Mercredi 9 | x{n} : y ; z{n} | a{n} - b ; Départ : {n} h |\n" for n in range(MAX_LINES - 12))
    ),
    "a full list, no two lines alike": lambda: (
        DATED + "".join(f"- x{n} - y{n} – z{n} et a{n} et b | c{n}, d{n} : e (f{n})\n" for n in range(MAX_LINES - 12))
    ),
    "pictures": lambda: "Titre: x\n\n## " + "🎃" * 20_000 + " Matin",
    "tabs": lambda: "Titre: x\n\n" + ("a\tb" * 15 + "\n") * (MAX_LINES - 6),
    "exceptions": lambda: (
        "Titre: x\n\n" + ("## tous les jours" + " sauf lundi" * 12 + "\n- a\n") * (MAX_LINES // 2 - 6)
    ),
    "marks from right to left": lambda: "Titre: x\n\n## " + RIGHT_TO_LEFT * 20_000,
}


@pytest.mark.parametrize("make", HUGE.values(), ids=HUGE.keys())
def test_nothing_takes_long(make: Callable[[], str]) -> None:
    data = make().encode()
    start = time.process_time()
    check(data)
    assert time.process_time() - start < 6  # read twice, on a machine that others use; each reading is under a second


GUIDED = """
import sys
import atheris
with atheris.instrument_imports(include=["plugins"]):
    from tests.plugins.test_fuzz import check
atheris.Setup([sys.argv[0], "-max_total_time={seconds}", "-max_len=2000", "-timeout=5", "-rss_limit_mb=2048",
               "-print_final_stats=1", "-dict={words}"], check)
atheris.Fuzz()
"""


def fuzz(seconds: int, folder: Path) -> None:
    """Let the coverage-guided fuzzer look for bytes that crash or hang the reader."""
    dictionary = folder / "words.dict"
    escaped = ("".join(f"\\x{byte:02x}" for byte in piece.encode()) for piece in PIECES)
    dictionary.write_text("".join(f'"{piece}"\n' for piece in escaped), "ascii")
    done = subprocess.run(
        [sys.executable, "-c", GUIDED.format(seconds=seconds, words=dictionary)],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
        timeout=seconds + 100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    assert runs, done.stderr[-1000:]
    assert int(runs[1]) > 100, "it did look"


def test_the_guided_fuzzer_finds_nothing(tmp_path: Path) -> None:
    fuzz(10, tmp_path)


@pytest.mark.long
def test_the_guided_fuzzer_finds_nothing_in_ten_minutes(tmp_path: Path) -> None:
    fuzz(600, tmp_path)
