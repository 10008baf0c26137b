from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import helpers
from markupsafe import Markup

from plugins.errors import Wrong
from plugins.site import compiled, text
from plugins.site.compiled import compile_body
from plugins.site.text import Reading
from plugins.site.written import Image
from tests.plugins.making import texts


def resolve(target: str) -> str | None:
    if target == "attente.md":
        return None
    if target.startswith("javascript"):
        raise Wrong("“{target}”: no.", target=target)
    return target


def render(body: str) -> tuple[str, list[str]]:
    reading = Reading("a.md", resolve, [])
    return str(compiled.prose(compile_body(body), 10, reading)).strip(), texts(reading.problems)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("*a* **b** ~~c~~ `d:e !`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d:e !</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("    un texte en retrait", "<p>un texte en retrait</p>"),
        ("<b>gras</b>", "<p>&lt;b&gt;gras&lt;/b&gt;</p>"),
        ("l'été !", "<p>l’été\u202f!</p>"),
        (
            "[ici](https://a.fr/x?y=1;z)",
            '<p><a href="https://a.fr/x?y=1;z" rel="external noopener noreferrer">ici</a></p>',
        ),
        ("[ici](preau:/infos/x/)", '<p><a href="preau:/infos/x/">ici</a></p>'),
        ("<https://a.fr/!>", '<p><a href="https://a.fr/!" rel="external noopener noreferrer">https://a.fr/!</a></p>'),
        ("voir [la page](attente.md) bientôt", "<p>voir la page bientôt</p>"),
        ("{{ x }} {% raw %} {static}", "<p>{{ x }} {% raw %} {static}</p>"),
    ],
)
def test_markdown_becomes_safe_html(body: str, html: str) -> None:
    assert render(body) == (html, [])


@pytest.mark.parametrize(
    ("target", "caption"),
    [
        ("Photo été 1.JPG", "Ici"),
        ("IMG 2041 (2).heic", ""),
        ("Photo.jpg (1).jpg", "l'été"),
        ("WhatsApp Image 2026-11-25 à 10.00.00.jpeg", ""),
        ("d'été à midi.png", ""),
        ("Photo été 1", ""),
        ("Photo (1) bis (2)", "l'été"),
        ("Ma vidéo.mp4", "Ici"),
    ],
)
def test_a_file_may_have_spaces_in_its_name(target: str, caption: str) -> None:
    title = f' "{caption}"' if caption else ""
    expected = Image(target, "Une figue", caption, 0)
    assert compile_body(f"Voir :\n\n![Une figue]({target}{title})").pieces[1] == (replace(expected, line=2),)
    assert compile_body(f"![Une figue](<{target}>{title})").pieces == ((expected,),)


@pytest.mark.parametrize(
    "body",
    [
        "[a](b.md) et (c d.pdf)",
        "[a](https://a.fr) et (voir le menu.pdf)",
        "[a](b.md 'le menu (c d.pdf)')",
        '[a](b.md "c d.pdf")',
        "[a](b c)",
        "[a](b (c d.pdf)",
        r"\![a](b c)",
        "![a](b.jpg (c d))",
        "![a](b.jpg 'c d')",
        "![a](b.jpg\n'c d')",
        "![a](b (c d)",
        "![a] (b c)",
    ],
)
def test_words_after_an_address_are_no_part_of_it(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compile_body(body)
    monkeypatch.setattr(text._MD, "helpers", helpers)
    assert compile_body(body) == found


def test_headings_begin_at_two_and_skip_none() -> None:
    html, _ = render("# A\n### B\n# C\n###### D\n## E")
    assert [line[1:3] for line in html.split("\n")] == ["h2", "h3", "h2", "h3", "h3"]


def test_tables_have_scopes_and_no_style() -> None:
    html, _ = render("| a | b |\n|:-:|---|\n| 1 | 2 |")
    assert '<th scope="col">a</th>' in html
    assert "style" not in html


def test_a_link_in_error_is_told_with_its_line_and_dropped() -> None:
    html, wrong = render("un\n\ndeux\ntrois [x](javascript:alert(1))")
    assert wrong == ["a.md:13 : “javascript:alert(1)”: no."]
    assert "javascript" not in html


def test_a_link_without_words_is_an_error() -> None:
    assert render("[](https://a.fr)")[1] == [
        "a.md:10 : The link to “https://a.fr” has no words: write [words](address)."
    ]


def test_a_photo_outside_articles_is_an_error() -> None:
    assert render("a\n\n![x](b.jpg)")[1] == ["a.md:12 : Photos may stand in articles only (“b.jpg”)."]


def pieces(body: str) -> list[Markup | tuple[Image, ...]]:
    return compiled.pieces(compile_body(body), 1, Reading("a.md", resolve))


def test_images_that_follow_each_other_are_one_gallery() -> None:
    found = pieces(
        'Avant\n\n![a](1.jpg "Légende")\n![b](2.jpg)\n\n![](3.jpg)\n\nAprès ![d](4.jpg) fin\n\n- ![e](5.jpg)'
    )
    assert [p if not isinstance(p, Markup) else str(p).strip() for p in found] == [
        "<p>Avant</p>",
        (Image("1.jpg", "a", "Légende", 3), Image("2.jpg", "b", "", 4), Image("3.jpg", "", "", 6)),
        "<p>Après  fin</p>",
        (Image("4.jpg", "d", "", 8), Image("5.jpg", "e", "", 10)),
    ]


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>)",
    "![x](javascript:alert(1))",
    "<a href=//evil>x</a>",
    "[x]: javascript:a\n[x]",
    "<style>*{}</style>",
    "&lt;script&gt;",
    "<!-- --><iframe src=x>",
    "`</code><script>`",
    "```html\n<script>\n```",
    "[a](https://x \"onclick='y'\")",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_active_comes_out(attack: str) -> None:
    reading = Reading("a.md", lambda target: target)  # no link is judged: nh3 alone must hold
    found = [*text.pieces(text.parse(attack), 1, reading), *compiled.pieces(compile_body(attack), 1, reading)]
    low = "".join(str(piece) for piece in found if isinstance(piece, Markup)).lower()
    for tag in ("<script", "<img", "<svg", "<iframe", "<style", 'href="java', 'href="data', 'href="//'):
        assert tag not in low
    assert "title=" not in low


def test_the_second_lock_is_needed_and_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading("a.md", lambda target: target)
    monkeypatch.setattr(text, "clean", Markup)
    assert 'href="javascript' in str(compiled.prose(compile_body("[x](javascript:alert(1))"), 1, reading)).lower()
    assert 'href="javascript' in str(text.prose(text.parse("[x](javascript:alert(1))"), 1, reading)).lower()


@given(st.text(max_size=200))
def test_no_text_crashes_it(body: str) -> None:
    html, _ = render(body)
    assert "<script" not in html
