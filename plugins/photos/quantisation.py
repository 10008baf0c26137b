"""How much of each frequency of a JPEG is thrown away: one table, scaled to a quality."""

from __future__ import annotations

from typing import Any

JPEG_TABLE = (
    16, 16, 16, 18, 25, 37, 56, 85,
    16, 17, 20, 27, 34, 40, 53, 75,
    16, 20, 24, 31, 43, 62, 91, 100,
    18, 27, 31, 40, 53, 74, 100, 100,
    25, 34, 43, 53, 69, 94, 100, 100,
    37, 40, 62, 74, 94, 100, 100, 100,
    56, 53, 91, 100, 100, 100, 100, 100,
    85, 75, 100, 100, 100, 100, 100, 100,
)  # fmt: skip
"""Nicolas Robidoux's table, mozjpeg's default, in rows, cut at 100: past it, what surrounds a blurred face would ring
so much within its squares that `proof.py` could not tell them from a face."""


def jpeg_settings(base: tuple[int, ...], quality: float) -> dict[str, Any]:
    """What Pillow is told, so that a table is scaled to a quality as libjpeg does (`jpeg_quality_scaling`).

    Arguments:
        base: for quality 50, brightness and colours alike; libjpeg's own two tables if empty.
        quality: 1 to 99.
    """
    if not base:
        return {"quality": round(quality)}
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    table = [min(255, max(1, int((value * scale + 50) / 100))) for value in base]
    return {"qtables": [table, table], "subsampling": "4:2:0"}
