from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.photo_memory import LIMITS, measure, write_photos


@pytest.mark.parametrize("form", ["JPEG", "HEIC"])
def test_two_workers_hold_little_memory(tmp_path: Path, form: str) -> None:
    write_photos(tmp_path / "photos", form, 12, 2)
    found = measure(tmp_path / "photos", tmp_path / "cache")
    assert found.photos == 2
    assert 30_000_000 < found.peak < LIMITS[12]


@pytest.mark.long
@pytest.mark.parametrize("form", ["JPEG", "progressive JPEG", "HEIC"])
def test_two_workers_hold_little_memory_on_the_largest_photos(tmp_path: Path, form: str) -> None:
    write_photos(tmp_path / "photos", form, 48, 4)
    found = measure(tmp_path / "photos", tmp_path / "cache")
    assert found.photos == 4
    assert found.peak < LIMITS[48]
