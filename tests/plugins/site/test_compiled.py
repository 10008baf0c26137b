"""Bodies that were rendered before: the same as rendered now, and nothing in them is decided before it is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from plugins.errors import Wrong
from plugins.site import compiled, text
from plugins.site.compiled import Bodies, compile_body
from plugins.site.text import Reading
from plugins.site.written import Image
from tests.project import ROOT

BODY = """\
Voir [la *page*](equipe.md), [le menu](menu.pdf) et [le site](https://a.fr/?x=1&y="2").

- [rien](attente.md) ou [mal](faux.md)

![Des feuilles](a.jpg "Légende")
![](b.jpg)

Fin : <https://b.fr/> `code <a href="preau:?0">x</a>` !
"""
PARTS = st.sampled_from(
    ["[a](equipe.md)", "[](equipe.md)", "[b c](faux.md)", "[*d*](attente.md)", "[p](menu.pdf)", "<https://a.fr/>",
     "**g**", "![i](x.jpg)", "![](y.jpg 't')", "\n", "\n\n", "- ", "1. ", "# ", "> ", "`c`", " ", "l'été !", "|", "---",
     "[r]", "\n[r]: equipe.md\n", "<b>", "&amp;", '"', "\\", "[x [y](faux.md)](equipe.md)", "[![z](z.jpg)](equipe.md)"]
)  # fmt: skip


def reading() -> Reading:
    found = Reading("lilas/a.md", lambda _: None)

    def resolve(target: str) -> str | None:
        if target == "faux.md":
            raise Wrong("“{target}”: no.", target=target)
        if target == "menu.pdf":
            found.notes["preau:/documents/menu.pdf"] = "(PDF, 1\u202fMo & plus)"
            return "preau:/documents/menu.pdf"
        return {"equipe.md": "preau:/infos/equipe/", "attente.md": None}.get(target, target)

    found.resolve = resolve
    return found


def both(body: str) -> tuple[object, object]:
    direct, later = reading(), reading()
    one = text.pieces(text.parse(body), 7, direct)
    two = compiled.pieces(compile_body(body), 7, later)
    return ([*map(repr, one)], direct.problems), ([*map(repr, two)], later.problems)


def test_rendered_in_two_steps_is_rendered_at_once() -> None:
    one, two = both(BODY)
    assert one == two
    html = str(compiled.pieces(compile_body(BODY), 1, reading())[0])
    assert '<a href="preau:/infos/equipe/">la <em>page</em></a>' in html
    assert "le menu (PDF, 1\u202fMo &amp; plus)</a>" in html
    assert "<li>rien ou mal</li>" in html


@given(st.lists(PARTS, max_size=20).map("".join))
def test_whatever_is_written(body: str) -> None:
    one, two = both(body)
    assert one == two


@given(st.text(max_size=200))
def test_whatever_characters(body: str) -> None:
    one, two = both(body)
    assert one == two


def test_nothing_is_decided_before_it_is_kept() -> None:
    kept = compile_body(BODY)
    assert [link.target for link in kept.links] == [
        "equipe.md", "menu.pdf", 'https://a.fr/?x=1&y="2"', "attente.md", "faux.md", "https://b.fr/"
    ]  # fmt: skip
    assert not any("equipe" in piece or "a.fr" in piece for piece in kept.pieces if isinstance(piece, str))
    assert kept.pieces[1] == (Image("a.jpg", "Des feuilles", "Légende", 4), Image("b.jpg", "", "", 5))


def test_kept_and_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cache/bodies/lilas.json"
    first = Bodies(file)
    made = [first.compile(BODY), first.compile("Un autre."), first.compile(BODY)]
    first.keep()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(compiled, "compile_body", lambda body: pytest.fail(f"rendered again: {body}"))
    again = Bodies(file)
    assert [again.compile(BODY), again.compile("Un autre.")] == made[:2]


def test_a_text_that_is_gone_is_gone_from_there_too(tmp_path: Path) -> None:
    for texts in (("Une phrase.", "Une autre."), ("Une autre.",)):
        bodies = Bodies(tmp_path / "lilas.json")
        for body in texts:
            bodies.compile(body)
        bodies.keep()
    kept = (tmp_path / "lilas.json").read_text("utf-8")
    assert "Une autre." in kept
    assert "Une phrase." not in kept
    assert [path.name for path in tmp_path.iterdir()] == ["lilas.json"]


@pytest.mark.parametrize("spoil", [b"", b"x", b"{}\n{}", None])
def test_a_damaged_file_holds_nothing(tmp_path: Path, spoil: bytes | None) -> None:
    file = tmp_path / "lilas.json"
    bodies = Bodies(file)
    bodies.compile("Une phrase.")
    bodies.keep()
    data = file.read_bytes()
    file.write_bytes(data.replace(b"phrase", b"photos") if spoil is None else spoil)
    assert str(Bodies(file).compile("Une phrase.").pieces[0]) == "<p>Une phrase.</p>\n"


def test_another_version_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "lilas.json"
    bodies = Bodies(file)
    bodies.compile("Une phrase.")
    bodies.keep()
    monkeypatch.setattr(compiled, "_version", lambda: "2")
    assert Bodies(file)._before == {}


def test_a_folder_that_can_t_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "bodies").write_text("no folder")
    bodies = Bodies(tmp_path / "bodies/lilas.json")
    assert bodies.compile("Une phrase.").links == ()
    bodies.keep()


def test_what_is_kept_is_sanitised_each_time(tmp_path: Path) -> None:
    """Whoever could write there could still publish no script."""
    import hashlib

    file = tmp_path / "lilas.json"
    bodies = Bodies(file)
    bodies.compile("Une phrase.")
    bodies.keep()
    rest = file.read_bytes().partition(b"\n")[2]
    table = json.loads(rest)
    (key,) = table["bodies"]
    table["bodies"][key] = [['<p onclick="x">a</p><script>b</script><img src=x>'], []]
    rest = json.dumps(table).encode()
    file.write_bytes(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
    found = compiled.prose(Bodies(file).compile("Une phrase."), 1, reading())
    assert found == Markup("<p>a</p>")
    assert "<script>" in Bodies(file).compile("Une phrase.").pieces[0]


def test_what_the_bodies_of_the_example_become() -> None:
    bodies = [path.read_text("utf-8").partition("\n\n")[2] for path in sorted((ROOT / "content").rglob("*.md"))]
    assert len(bodies) > 40
    for body in bodies:
        one, two = both(body)
        assert one == two
