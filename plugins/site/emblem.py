"""Emblems: one small SVG of simple shapes a centre, so that colour is never the only sign."""

from __future__ import annotations

import hashlib

SHAPES: dict[str, str] = {
    "soleil": '<circle cx="32" cy="32" r="11"/><path d="M32 8v8M32 48v8M8 32h8M48 32h8M15 15l6 6M43 43l6 6M49 15l-6 6'
    'M21 43l-6 6" fill="none" stroke="#fffefb" stroke-width="5" stroke-linecap="round"/>',
    "arbre": '<circle cx="32" cy="25" r="15"/><circle cx="21" cy="31" r="9"/><circle cx="43" cy="31" r="9"/>'
    '<rect x="28.5" y="34" width="7" height="20" rx="3"/>',
    "vague": '<path d="M9 27c8-9 15-9 23 0s15 9 23 0M9 42c8-9 15-9 23 0s15 9 23 0" fill="none" stroke="#fffefb"'
    ' stroke-width="7" stroke-linecap="round"/>',
    "etoile": '<path d="M32 9l6.8 14.6 16 1.9-11.8 11 3.1 15.8L32 44.5l-14.1 7.8L21 36.5 9.2 25.500l16-1.900z"'
    ' stroke="#fffefb" stroke-width="3" stroke-linejoin="round"/>',
    "feuille": '<path d="M14 50C10 26 24 12 52 12c2 28-12 42-34 38z"/><path d="M13 53C20 40 29 31 39 25" fill="none"'
    ' stroke="{colour}" stroke-width="4" stroke-linecap="round"/>',
    "bateau": '<path d="M10 40h44l-7 12H17z" stroke="#fffefb" stroke-width="3" stroke-linejoin="round"/>'
    '<path d="M30 10v25H14zM35 16v19h14z" stroke="#fffefb" stroke-width="2" stroke-linejoin="round"/>',
    "cerf-volant": '<path d="M36 8l14 17-20 19-12-21z" stroke="#fffefb" stroke-width="3" stroke-linejoin="round"/>'
    '<path d="M30 44c-7 3-1 8-7 11s-8-2-10 1" fill="none" stroke="#fffefb" stroke-width="4" stroke-linecap="round"/>',
    "fleur": '<circle cx="32" cy="18" r="9"/><circle cx="45.3" cy="27.7" r="9"/><circle cx="40.2" cy="43.3" r="9"/>'
    '<circle cx="23.8" cy="43.3" r="9"/><circle cx="18.7" cy="27.7" r="9"/><circle cx="32" cy="32" r="6.5"'
    ' fill="{colour}"/>',
    "lune": '<path d="M41 11a22 22 0 1 0 11 33A19 19 0 0 1 41 11z"/><circle cx="49" cy="19" r="3.5"/>',
    "maison": '<path d="M32 10L9 31h7v21h32V31h7z" stroke="#fffefb" stroke-width="3" stroke-linejoin="round"/>'
    '<rect x="27" y="36" width="10" height="18" rx="2" fill="{colour}"/>',
    "montagne": '<path d="M7 50l17-29 10 16 6-9 17 22z" stroke="#fffefb" stroke-width="3" stroke-linejoin="round"/>'
    '<circle cx="46" cy="16" r="5"/>',
    "ballon": '<circle cx="32" cy="32" r="21"/><path d="M11 32c14-7 28-7 42 0M32 11c-8 14-8 28 0 42M32 11c8 14 8 28'
    ' 0 42" fill="none" stroke="{colour}" stroke-width="3.5"/>',
}
"""Each drawn in light on the centre's colour, in a square of 64."""


def derived(slug: str) -> str:
    """The emblem of a centre that chose none: always the same for one slug."""
    names = sorted(SHAPES)
    return names[hashlib.sha256(slug.encode()).digest()[0] % len(names)]


def svg(name: str, colour: str) -> bytes:
    """`embleme.svg`: the shape on a rounded square of the centre's colour; no script, style or reference."""
    shape = SHAPES[name].format(colour=colour)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" rx="18" fill="{colour}"/><g fill="#fffefb">{shape}</g></svg>\n'
    ).encode()
