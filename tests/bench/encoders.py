"""What each encoder gives for its time: bytes, processor time and SSIMULACRA2, for docs/decisions/002-photo-recipe.md.

`make bench-encoders` runs it, in the environment of the peers of bench-photos, whose Pillow is Préau's own.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from ssimulacra2 import compute_ssimulacra2

from plugins.photos.quantisation import JPEG_TABLE, jpeg_settings

CONTENT = Path(__file__).resolve().parents[2] / "content"
PHOTOS = ("chateau", "sentier", "chiens", "barques", "djembe", "mouton", "chaton", "coccinelle")
WIDTHS = (480, 960, 1600)

_WEBP = [(75, 4), (74, 2), (75, 2), (75.5, 2), (76, 2), (76, 1), (76, 0)]
_AVIF = [(50, 8), (55, 9), (60, 10)]
_JPEG: dict[str, dict[str, bool]] = {
    "": {},
    ", optimised": {"optimize": True},
    ", optimised, progressive": {"optimize": True, "progressive": True},
}
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"WebP q{quality} method {method}": ("WEBP", {"quality": quality, "method": method})
        for quality, method in _WEBP
    },
    **{
        f"AVIF q{quality} speed {speed}": ("AVIF", {"quality": quality, "speed": speed, "max_threads": 1})
        for quality, speed in _AVIF
    },
    **{f"JPEG q80{name}": ("JPEG", {"quality": 80, **more}) for name, more in _JPEG.items()},
    **{
        f"JPEG q{quality}, our table, optimised, progressive": (
            "JPEG",
            {"optimize": True, "progressive": True, **jpeg_settings(JPEG_TABLE, quality)},
        )
        for quality in (79, 80, 81, 82, 83)
    },
}


@dataclass
class Found:
    """At one width: sums over photos, and a score a photo."""

    seconds: float = 0
    size: int = 0
    scores: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """Cells of the table."""
        means = f"{self.seconds * 1000 / len(PHOTOS):.0f} | {self.size / 1000 / len(PHOTOS):.1f}"
        return f"{means} | {statistics.mean(self.scores):.1f} | {min(self.scores):.1f}"


def main(folder: Path) -> None:
    """Measure and print; `folder` is for images that are compared."""
    found = {(width, name): Found() for width in WIDTHS for name in SETTINGS}
    for name in PHOTOS:
        (file,) = CONTENT.glob(f"*/articles/*/{name}.jpg")
        with Image.open(file) as opened:
            photo = opened.convert("RGB")
        for width in WIDTHS:
            image = photo.resize((width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS)
            image.save(folder / "given.png", compress_level=1)
            for setting in SETTINGS:
                _measure(image, setting, found[width, setting], folder)
    print("| width | encoder | ms | KB | SSIMULACRA2, mean | worst |\n|---|---|---|---|---|---|")
    for (width, setting), one in found.items():
        print(f"| {width} | {setting} | {one} |")


def _timed(image: Image.Image, form: str, options: dict[str, Any]) -> tuple[float, BytesIO]:
    target = BytesIO()
    started = time.process_time()
    image.save(target, form, **options)
    return time.process_time() - started, target


def _measure(image: Image.Image, setting: str, found: Found, folder: Path) -> None:
    form, options = SETTINGS[setting]
    (first, target), (second, _) = [_timed(image, form, options) for _ in range(2)]
    found.seconds += min(first, second)
    found.size += target.tell()
    with Image.open(target) as decoded:
        decoded.convert("RGB").save(folder / "got.png", compress_level=1)
    found.scores.append(float(compute_ssimulacra2(str(folder / "given.png"), str(folder / "got.png"))))


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        main(Path(made))
