"""From one colour to a safe scale: what a centre's pages use, checked for contrast in light and in dark.

Contrast is WCAG 2's (relative luminance); lightness moves in OKLCH, so that the hue stays the centre's own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from plugins.errors import N_, Wrong

TEXT, SHAPE = 4.5, 3.0
"""Contrast ratios asked of text and of shapes (RGAA 4.1, criteria 3.2 and 3.3)."""

_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Ground:
    """The theme's fixed colours of one scheme, as themes/preau/static/preau.css has them; a test compares."""

    paper: str
    card: str
    ink: str
    muted: str
    dark: bool


LIGHT = Ground("#fbf8f3", "#fffefb", "#2b2622", "#61574e", dark=False)
DARK = Ground("#1a1715", "#25211e", "#f5efe7", "#bdb2a7", dark=True)


@dataclass(frozen=True)
class Scale:
    """The five colours that a centre's stylesheet sets in one scheme."""

    accent: str
    accent_text: str
    tint: str
    tint_strong: str
    accent_line: str

    def pairs(self, ground: Ground) -> tuple[tuple[str, str, float], ...]:
        """Every (colour, background, ratio asked) that the theme may show."""
        surfaces = (ground.paper, ground.card, self.tint)
        return (
            *((self.accent, surface, TEXT) for surface in surfaces),
            (self.accent_text, self.accent, TEXT),
            (ground.ink, self.tint, TEXT),
            (ground.muted, self.tint, TEXT),
            (ground.ink, self.tint_strong, TEXT),
            *((self.accent_line, surface, SHAPE) for surface in surfaces),
        )


def parse(text: str) -> str:
    """`#B4532A` or `#c52` as `#rrggbb`; raises `Wrong` if it is no colour."""
    value = text.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        value = "#" + "".join(c * 2 for c in value[1:])
    if not _HEX.fullmatch(value):
        raise Wrong(N_("“{text}” is no colour. Write « #b4532a »: # and six characters, 0 to 9 and a to f."), text=text)
    return value


def safe(text: str) -> str:
    """A colour that stands out from the page; raises `Wrong` naming the nearest one that does."""
    value = parse(text)
    backgrounds = (LIGHT.paper, LIGHT.card)
    if all(contrast(value, background) >= SHAPE for background in backgrounds):
        return value
    nearest = _moved(value, backgrounds, SHAPE, step=-0.005)
    raise Wrong(
        N_("The colour {colour} is too light to be seen on the page. The nearest one that is: {nearest}."),
        colour=value, nearest=nearest,
    )  # fmt: skip


def scale(colour: str, ground: Ground) -> Scale:
    """The scale of a safe colour in one scheme. Every pair is checked; a scale that fails is never returned."""
    _, chroma, hue = to_oklch(colour)
    if ground.dark:
        tint, strong = to_hex(0.265, min(chroma, 0.022), hue), to_hex(0.35, min(chroma, 0.04), hue)
        start, step, text = to_hex(0.80, min(chroma, 0.11), hue), 0.005, to_hex(0.20, min(chroma, 0.03), hue)
    else:
        tint, strong = to_hex(0.955, min(chroma, 0.018), hue), to_hex(0.905, min(chroma, 0.045), hue)
        start, step, text = colour, -0.005, "#ffffff"
    surfaces = (ground.paper, ground.card, tint)
    line = to_hex(0.62, min(chroma, 0.11), hue) if ground.dark else colour
    found = Scale(
        accent=_moved(start, surfaces, TEXT, step), accent_text=text, tint=tint, tint_strong=strong,
        accent_line=_moved(line, surfaces, SHAPE, step),
    )  # fmt: skip
    for colour_, background, ratio in found.pairs(ground):
        if contrast(colour_, background) < ratio:
            raise Wrong(N_("The colour {colour} can't be made readable. Choose another one."), colour=colour)
    return found


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two `#rrggbb`, 1 to 21."""
    a, b = sorted((luminance(one), luminance(other)))
    return (b + 0.05) / (a + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of `#rrggbb`, 0 to 1."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _moved(colour: str, backgrounds: tuple[str, ...], ratio: float, step: float) -> str:
    """The first colour of the same hue, darker or lighter, with the ratio asked on every background."""
    lightness, chroma, hue = to_oklch(colour)
    while not all(contrast(colour, background) >= ratio for background in backgrounds) and 0 < lightness < 1:
        lightness += step
        colour = to_hex(lightness, chroma, hue)
    return colour


def _linear(colour: str) -> tuple[float, float, float]:
    def one(at: int) -> float:
        value = int(colour[at : at + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)

    return one(1), one(3), one(5)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """`#rrggbb` as (lightness 0–1, chroma, hue in radians), after B. Ottosson, « A perceptual color space », 2020."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short, math.hypot(a, b), math.atan2(b, a)


def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """An OKLCH colour as `#rrggbb`; chroma is reduced until the screen can show it."""
    while True:
        rgb = _to_linear(lightness, chroma, hue)
        if chroma < 0.001 or all(-0.0005 <= value <= 1.0005 for value in rgb):
            return "#" + "".join(f"{_gamma(value):02x}" for value in rgb)
        chroma *= 0.97


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _gamma(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(value * 255)
