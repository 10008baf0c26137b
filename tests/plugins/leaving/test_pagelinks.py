from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.leaving import pagelinks
from plugins.leaving.pagelinks import page_problems
from tests.plugins.making import texts

FILES = frozenset(
    {"index.html", "404.html", "plan/index.html", "infos/a/index.html", "theme/a.css", "photos/x-480.jpg"}
)


def judged(html: str, path: str = "infos/a/index.html") -> list[str]:
    return texts(page_problems({path: html, "plan/index.html": '<p id="ici">'}, FILES, "lilas"))


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../../">x</a><a href="../../plan/">x</a><a href="../../plan/#ici">x</a>',
        '<a href="./">x</a><a href="#b"></a><p id=b>',
        '<a href="https://a.fr">x</a><a href="mailto:a@b.fr">x</a><a href="tel:01">x</a><a href="/-/compte">x</a>',
        '<link href="../../theme/a.css"><img src="../../photos/x-480.jpg" srcset="../../photos/x-480.jpg 480w">',
        '<svg><use href="../../theme/a.css#x"></use></svg>',
    ],
)
def test_what_resolves_is_accepted(html: str) -> None:
    assert judged(html) == []


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="../../absent/">x</a>', "links to “../../absent/”"),
        ('<a href="../../../lilas/plan/">x</a>', "links to “../../../lilas/plan/”"),
        ('<a href="/lilas/plan/">x</a>', "links to “/lilas/plan/”"),
        ('<a href="/-/autre">x</a>', "links to “/-/autre”"),
        ('<a href="preau:/plan/">x</a>', "links to “preau:/plan/”"),
        ('<a href="javascript:alert(1)">x</a>', "links to “javascript:alert(1)”"),
        ('<a href="../../plan/#la">x</a>', "a place that does not exist"),
        ('<img src="https://a.fr/x.png">', "needs “https://a.fr/x.png”"),
        ('<script src="//a.fr/x.js"></script>', "needs “//a.fr/x.js”"),
        ('<link rel="icon" href="https://a.fr/x">', "needs “https://a.fr/x”"),
        ('<img srcset="a.jpg 1x, ../../photos/x-480.jpg 2x">', "needs “a.jpg”"),
        ("<script>alert(1)</script>", "holds “<script>”"),
        ("<style>b{}</style>", "holds “<style>”"),
        ('<p style="color:red">', "holds “style=”"),
        ('<p onclick="x()">', "holds “onclick=”"),
        ('<iframe src="../../plan/"></iframe>', "holds “<iframe>”"),
        ('<form action="https://a.fr">', "holds “action=”"),
        ('<meta http-equiv="refresh" content="0;url=https://a.fr">', "holds “<meta>”"),
        ('<base href="https://a.fr/">', "holds “<base>”"),
        ('<img src="https://a.fr/x" src="../../photos/x-480.jpg">', "holds “src= src=”"),
        ('<a href="javascript:x" HREF="../../plan/">x</a>', "holds “href= href=”"),
        ('<a href="javascript:x" title="&amp;" href="../../plan/">x</a>', "holds “href= href=”"),
        ("<a href='javascript:x' href='../../plan/'>x</a>", "holds “href= href=”"),
    ],
)
def test_what_does_not_is_told(html: str, said: str) -> None:
    assert any(said in text for text in judged(html))


def test_the_404_page_links_from_its_centres_root_only() -> None:
    assert judged('<a href="/lilas/">x</a><a href="/lilas/plan/">x</a>', "404.html") == []
    assert judged('<a href="/roses/">x</a>', "404.html")


def test_stylesheets_load_only_what_is_there() -> None:
    good = {"theme/a.css": 'a{b:url("a.css")} c{d:url(#e)} f{g:url("data:image/svg+xml,x")}'}
    assert page_problems(good, FILES, "lilas") == []
    for css in ('@import "https://a.fr"', "a{b:url(https://a.fr/x)}", "a{b:url(absent.woff2)}"):
        assert len(page_problems({"theme/a.css": css}, FILES, "lilas")) == 1


HTML = st.lists(
    st.sampled_from(
        ['<a href="x/">', "</a>", "<p id=b>", '<p id="ici" class="a b">', "<br/>", "<BR />", '<img src="a>b.jpg">',
         "<i", ">", "<!-- <a href='y'> -->", "<script>", "</script>", '<script src="z.js"></script>', "<style>",
         "</style>", "text &lt;a", "<!doctype html>", '<a href="&amp;q" href="r">', '<x onclick="1"style="2">',
         "<title>t</title>", "<?x?>", "< a>", '"',
         '<source srcset="a 1x, b 2x">', "<textarea>", "<svg><use href='s'/></svg>", "<![CDATA[<a href=c>]]>", "\n",
         '<a\u00a0href="q">', '<A\tHREF="B" download ID="c">', '<lin\u212a href="z">', '<a href="k" HREF="l">',
         '<img src="a" SRC="b">', "<img src='a' src=b>", '<img src="&amp;" src="c">',
         "\r", "\f", "\u2028", '<a\rhref="m">', '<a\fhref="n">', '<a\u2028href="o">', '<a href="\r\f\u2028">',
         '<img srcset="&#x61; 1x" on:a="">', '<a href="\n">', '<a href=" x=1 id=\'y\' ">', "<meta http-equiv />"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(HTML)
def test_tags_that_are_read_once_are_read_as_the_whole_page_would_be(html: str) -> None:
    lines = pagelinks._Lines()
    lines.read('<a href="x/">\n<p id=b>')
    fast, whole = lines.read(html), pagelinks._parsed(html)
    for name in ("followed", "loaded", "inline"):
        assert list(dict.fromkeys(getattr(fast, name))) == list(dict.fromkeys(getattr(whole, name)))
    assert fast.ids == whole.ids


TARGETS = st.lists(st.sampled_from(["..", ".", "", "a", "..a", "plan", "x.jpg", "a:b", "?", "lilas"]), max_size=6).map(
    "/".join
)


@given(st.lists(TARGETS), st.sampled_from(["index.html", "404.html", "plan/index.html", "infos/a/index.html"]))
def test_what_is_resolved_once_is_resolved_alike_everywhere(targets: list[str], path: str) -> None:
    site = pagelinks._Site(FILES, "lilas")
    up = "../" * path.count("/")
    for target in [*targets, *(up + target for target in targets), *(f"/lilas/{target}" for target in targets)] * 2:
        assert site.resolved(target, path) == pagelinks._resolved(target, path, "lilas")
