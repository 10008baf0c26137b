"""Media types by path."""

from __future__ import annotations

import pytest

from publish.media import is_text, media_type


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("programmes/a.ics", "text/calendar; charset=utf-8"),
        ("photos/ab-480.webp", "image/webp"),
        ("photos/ab-480.jpg", "image/jpeg"),
        ("theme/preau.0a1b2c3d.css", "text/css; charset=utf-8"),
        ("embleme.svg", "image/svg+xml"),
        ("a.md", None),
        ("a.HTML", None),
        ("a.html.exe", None),
        ("html", None),
        (".html", None),
        ("a.html/b", None),
        ("a.", None),
        ("", None),
    ],
)
def test_type_of_a_path(path: str, kind: str | None) -> None:
    assert media_type(path) == kind


def test_what_is_compressed() -> None:
    assert is_text("text/html; charset=utf-8")
    assert is_text("image/svg+xml")
    assert not is_text("image/webp")
    assert not is_text("font/woff2")
