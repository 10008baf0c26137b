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

CONTENT = Path(__file__).resolve().parents[2] / "content"
PHOTOS = ("chateau", "sentier", "chiens", "barques", "djembe", "mouton", "chaton", "coccinelle")
WIDTHS, JUDGED_WIDTH = (480, 960, 1600), 960
"""A score takes two seconds at 960 pixels: one width is judged."""

_WEBP = [(74, 4), (75, 4), (75, 3), (76, 3), (75, 2), (76, 2), (78, 2), (76, 1), (78, 1), (76, 0), (80, 0)]
_AVIF = [(50, 8), (50, 9), (55, 9), (55, 10), (60, 10)]
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
    **{
        f"JPEG q{quality}{name}": ("JPEG", {"quality": quality, **more})
        for quality in (76, 78, 80)
        for name, more in _JPEG.items()
    },
}


@dataclass
class Found:
    """Sums over widths and photos; a score a photo."""

    seconds: float = 0
    size: int = 0
    scores: list[float] = field(default_factory=list)


def main(folder: Path) -> None:
    """Measure and print; `folder` is for images that are compared."""
    found = {name: Found() for name in SETTINGS}
    for name in PHOTOS:
        (file,) = CONTENT.glob(f"*/articles/*/{name}.jpg")
        with Image.open(file) as opened:
            photo = opened.convert("RGB")
        for width in WIDTHS:
            image = photo.resize((width, round(photo.height * width / photo.width)), Image.Resampling.LANCZOS)
            for setting in SETTINGS:
                _measure(image, setting, found[setting], folder)
    print("| encoder, three widths | ms | KB | SSIMULACRA2, mean | worst |\n|---|---|---|---|---|")
    for setting, one in found.items():
        cost = f"{one.seconds * 1000 / len(PHOTOS):.0f} | {one.size / 1000 / len(PHOTOS):.0f}"
        print(f"| {setting} | {cost} | {statistics.mean(one.scores):.1f} | {min(one.scores):.1f} |")


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
    if image.width == JUDGED_WIDTH:
        image.save(folder / "given.png", compress_level=1)
        with Image.open(target) as decoded:
            decoded.convert("RGB").save(folder / "got.png", compress_level=1)
        found.scores.append(float(compute_ssimulacra2(str(folder / "given.png"), str(folder / "got.png"))))


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        main(Path(made))
