from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.errors import Wrong
from plugins.site.links import Targets

TARGETS = Targets(
    "lilas",
    {
        "lilas/infos/equipe.md": "infos/equipe/",
        "lilas/articles/2022-11-09-potager/article.md": "articles/2022-11-09-potager/",
        "lilas/rappels/bottes.md": "rappels/bottes/",
        "ville/infos/charte.md": "infos/charte/",
    },
    frozenset({"lilas/rappels/futur.md", "rappels/futur/"}),
)
HERE = "lilas/articles/2022-11-09-potager/article.md"


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("../../infos/equipe.md", "preau:/infos/equipe/"),
        ("infos/equipe/", "preau:/infos/equipe/"),
        ("infos/equipe", "preau:/infos/equipe/"),
        ("../../infos/equipe/", "preau:/infos/equipe/"),
        ("../../infos/equipe/index.html#ici", "preau:/infos/equipe/"),
        ("rappels/", "preau:/rappels/"),
        ("../../", "preau:/"),
        ("../../index.html", "preau:/"),
        ("infos/charte/", "preau:/infos/charte/"),
        ("../../../ville/infos/charte.md", "preau:/infos/charte/"),
        ("https://exemple.fr/a b", "https://exemple.fr/a%20b"),
        ("https://exemple.fr/é?q=1#x", "https://exemple.fr/%C3%A9?q=1#x"),
        ("HTTP://exemple.fr", "http://exemple.fr"),
        ("mailto:a@b.fr", "mailto:a@b.fr"),
        ("tel:+33199001234", "tel:+33199001234"),
    ],
)
def test_what_a_post_may_link_to(target: str, href: str) -> None:
    assert TARGETS.resolve(target, HERE) == href


@pytest.mark.parametrize("target", ["../../rappels/futur.md", "rappels/futur/"])
def test_what_does_not_leave_today_is_no_link(target: str) -> None:
    assert TARGETS.resolve(target, HERE) is None


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("../../../escudier/infos/equipe.md", "leaves the centre's folder"),
        ("../../../escudier/x.jpg", "leaves the centre's folder"),
        ("../../../../../../etc/passwd", "leaves the centre's folder"),
        ("..%2f..%2f..%2fescudier%2fx", "leaves the centre's folder"),
        ("{static}/../roses/p.jpg", "without braces"),
        ("{attach}x.pdf", "without braces"),
        ("|filename|x.md", "without braces"),
        ("javascript:alert(1)", "not allowed"),
        ("JAVASCRIPT:alert(1)", "not allowed"),
        ("data:text/html,x", "not allowed"),
        ("file:///etc/passwd", "not allowed"),
        ("preau:/infos/equipe/", "not allowed"),
        ("c:\\x", "not allowed"),
        ("/infos/equipe/", "absolute path"),
        ("//evil.example/x", "absolute path"),
        ("\\\\serveur\\x", "absolute path"),
        ("~/x", "absolute path"),
        ("https://", "not a whole web address"),
        ("https://user:pass@evil.example", "not a whole web address"),
        ("https://[", "not a whole web address"),
        ("www.ville.example", "leads nowhere"),
        ("../../infos/equip.md", "Did you mean “../../infos/equipe.md”?"),
        ("#ici", "leads nowhere"),
        ("", "leads nowhere"),
        ("infos/equipe/?x", "leads nowhere"),
        ("inconnu/", "no such page"),
        ("zzzzzzzz.md", "no such page in this centre"),
    ],
)
def test_what_no_post_may_link_to(target: str, said: str) -> None:
    with pytest.raises(Wrong) as wrong:
        TARGETS.resolve(target, HERE)
    assert said in str(wrong.value)


def test_a_city_post_does_not_link_to_one_centre() -> None:
    with pytest.raises(Wrong):
        TARGETS.resolve("../../billancourt/infos/equipe.md", "ville/articles/x.md")


@given(st.text(max_size=40))
def test_a_target_is_inside_plainly_outside_or_refused(target: str) -> None:
    try:
        href = TARGETS.resolve(target, HERE)
    except Wrong:
        return
    assert href is None or href.lower().startswith(("preau:/", "http://", "https://", "mailto:", "tel:"))
    assert href is None or ".." not in href.removeprefix("preau:/").split("/") or not href.startswith("preau:")


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("Https://a.example/X", "https://a.example/X"),
        ("MAILTO:A@b.example", "mailto:A@b.example"),
        ("Tel:112", "tel:112"),
    ],
)
def test_a_scheme_is_written_small_as_verification_expects(target: str, href: str) -> None:
    assert Targets("lilas").resolve(target, "lilas/infos/x.md") == href
