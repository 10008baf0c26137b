"""The rules of html.py can fail: each is shown one page that breaks it."""

from __future__ import annotations

import pytest

from tests.theme.html import unreadable, unsafe

GOOD = (
    '<!DOCTYPE html><html lang="fr"><head><title>Titre</title>'
    '<meta name="robots" content="noindex, nofollow, noarchive">'
    '<link rel="stylesheet" href="theme/a.css"></head><body><header></header><main><h1>Un</h1><h2 id="b">Deux</h2>'
    '<a href="#b">lien</a><img src="p.jpg" alt="" width="1" height="1"></main><footer></footer></body></html>'
)


def test_a_good_page_has_no_fault() -> None:
    assert not [*unsafe(GOOD), *unreadable(GOOD)]


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        '<p onclick="x()">',
        "<script>x()</script>",
        "<style>p{}</style>",
        '<img src="https://elsewhere.example/p.jpg">',
        '<img src="//elsewhere.example/p.jpg">',
        '<a href="javascript:x()">',
        '<iframe src="a.html"></iframe>',
    ],
)
def test_unsafe_markup_is_found(bad: str) -> None:
    assert list(unsafe(GOOD.replace("<h1>", bad + "<h1>")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' lang="fr"', ""),
        ("noindex, ", ""),
        ("<title>Titre</title>", ""),
        ("<h1>Un</h1>", ""),
        ("<main>", "<main><h1>Zéro</h1>"),
        ("Deux</h2>", "Deux</h2><h4>Quatre</h4>"),
        ("Deux", ""),
        ("<footer>", '<footer id="b">'),
        ('href="#b"', 'href="#c"'),
        (' alt=""', ""),
        (' width="1"', ""),
        (">lien<", "><"),
        ("<h1>", "<nav></nav><h1>"),
        ("<footer>", '<footer aria-labelledby="z">'),
    ],
)
def test_an_unreadable_page_is_found(old: str, new: str) -> None:
    assert old in GOOD
    assert list(unreadable(GOOD.replace(old, new)))
