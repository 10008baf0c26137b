"""What a protection is: an attack that it stops, and a way to take it away: without it, the attack must succeed.

A test that can't fail proves nothing. `docs/security.md` lists the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.publish.gateway.browser import Browser
from tests.publish.gateway.house import House

SESSION = "__Host-preau"
PHOTO = "/fessart/photos/0123456789abcdef-640.webp"


@dataclass(frozen=True)
class Protection:
    """One protection.

    Arguments:
        attack: whether it succeeds in this house.
        remove: takes the protection away, from inside.
    """

    attack: Callable[[House], bool]
    remove: Callable[[pytest.MonkeyPatch], None]


def opens(browser: Browser, path: str = "/fessart/") -> bool:
    return browser.get(path).status == 200
