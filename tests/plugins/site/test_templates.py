"""Compiled templates: kept privately, by their bytes, and nothing of a day or of a filter with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from plugins.site.templates import keep_compiled


def render(folder: Path, kept: Path, day: str = "mercredi") -> str:
    environment = Environment(autoescape=True, loader=FileSystemLoader(folder), extensions=["jinja2.ext.i18n"])
    keep_compiled(environment, kept)
    environment.filters["of_today"] = lambda text: f"{text} {day}"
    return environment.get_template("page.html").render()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/page.html").write_text("{{ 'le'|of_today }}")
    return tmp_path / "theme"


def test_kept_once_and_for_their_owner_alone(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "cache/templates"
    assert render(folder, kept) == "le mercredi"
    (compiled,) = kept.glob("*/*")
    assert kept.stat().st_mode & 0o077 == compiled.parent.stat().st_mode & 0o077 == 0
    before = compiled.stat().st_mtime_ns
    assert render(folder, kept) == "le mercredi"
    assert compiled.stat().st_mtime_ns == before


def test_no_day_is_kept_with_them(folder: Path, tmp_path: Path) -> None:
    render(folder, tmp_path / "kept")
    assert render(folder, tmp_path / "kept", "jeudi") == "le jeudi"
    optimizing = Environment(loader=FileSystemLoader(folder))
    optimizing.filters["of_today"] = lambda text: f"{text} mercredi"
    source = optimizing.compile("{{ 'le'|of_today }}", raw=True)
    assert "le mercredi" in source, "else nothing would have to be switched off"


def test_another_template_is_compiled(folder: Path, tmp_path: Path) -> None:
    render(folder, tmp_path / "kept")
    (folder / "page.html").write_text("{{ 'un'|of_today }}")
    assert render(folder, tmp_path / "kept") == "un mercredi"


def test_what_others_may_write_is_not_used(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    kept.chmod(0o777)
    assert render(folder, kept) == "le mercredi"
    assert list(kept.glob("*/*")) == []
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "theme")
    assert render(folder, link) == "le mercredi"
    assert [path.name for path in folder.iterdir()] == ["page.html"]


@pytest.mark.parametrize("data", [b"", b"x" * 200, None])
def test_a_damaged_one_is_compiled_again(folder: Path, tmp_path: Path, data: bytes | None) -> None:
    render(folder, tmp_path / "kept")
    (compiled,) = (tmp_path / "kept").glob("*/*")
    compiled.write_bytes(compiled.read_bytes()[:-40] if data is None else data)
    assert render(folder, tmp_path / "kept") == "le mercredi"
