"""The page of `preau faces`, as a person uses it: with the mouse, with the keyboard, and what the line then says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from plugins.photos.blurring import Found, look
from plugins.photos.cache import Cache
from plugins.photos.treatment import Box
from publish.faces_page import page_text
from tests.plugins.conftest import phone_photo

FACES = (Box(1000, 200, 2000, 2000), Box(6000, 4000, 7000, 6000))


@pytest.fixture
def address(tmp_path: Path) -> str:
    (tmp_path / "a.jpg").write_bytes(phone_photo())
    cache = Cache(tmp_path / "cache", time.time)
    seen = look(tmp_path / "a.jpg", tmp_path, cache)
    page = tmp_path / "page.html"
    page.write_text(page_text("potager", [("a.jpg", Found(seen.photo, "3f2a91", FACES))], cache, "fr"), "utf-8")
    return page.as_uri()


def test_faces_and_zones_are_chosen_with_mouse_and_keyboard(
    new_context: Callable[..., BrowserContext], address: str
) -> None:
    page = new_context().new_page()
    page.goto(address)
    line = page.get_by_label("Ligne à copier")
    assert line.input_value() == "Flou: visages"
    page.get_by_label("a.jpg, visage 2").check(force=True)
    assert line.input_value() == "Flou: a.jpg 2 #3f2a91"
    page.get_by_role("button", name="Ajouter une zone").press("Enter")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert line.input_value() == "Flou: a.jpg 2 (39 39 21 20) #3f2a91"
    page.keyboard.press("Delete")
    page.get_by_label("a.jpg, visage 2").uncheck(force=True)
    page.locator("img").evaluate("photo => photo.scrollIntoView()")
    frame = page.locator("img").bounding_box()
    assert frame
    page.mouse.move(frame["x"] + frame["width"] * 0.3, frame["y"] + frame["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.5, frame["y"] + frame["height"] * 0.2, steps=3)
    page.mouse.up()
    assert line.input_value().startswith("Flou: a.jpg (30 10 20 ")
    assert not Axe().run(page).response["violations"]


def test_the_page_fits_a_telephone(new_context: Callable[..., BrowserContext], address: str) -> None:
    page = new_context(360).new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert not Axe().run(page).response["violations"]
