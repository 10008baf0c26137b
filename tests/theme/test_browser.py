"""The sample site in Chromium: nobody is stopped by its layout, and the photo viewer gives focus back."""

from __future__ import annotations

import json
import mimetypes
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.theme import factories
from tests.theme.rendering import files, render

ORIGIN = "http://preau.test"
PIXEL = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200">'
    b'<rect width="1600" height="1200" fill="#8a7a55"/></svg>'
)
KINDS = ("index.html", "404.html", "plan/index.html", "infos/pratique/index.html", "programmes/index.html",
         "programmes/2022-11-mercredis/index.html", "programmes/2022-10-vacances/index.html",
         "programmes/2022-11-midi/index.html", "rappels/index.html", "rappels/greve/index.html", "articles/index.html",
         "articles/2022-11-09-potager/index.html", "moments/vacances/index.html")  # fmt: skip
ARTICLE, PROGRAMME = "articles/2022-11-09-potager/", "programmes/2022-11-mercredis/"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> dict[str, bytes]:
    site = factories.site()
    return {**files(site), **{path: html.encode() for path, html in render(site).items()}}


def opened(browser: Browser, served: dict[str, bytes], **options: object) -> BrowserContext:
    """A browser that knows one site, at /fessart/, and nothing else."""
    context = browser.new_context(**options)  # type: ignore[arg-type]

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(f"{ORIGIN}/fessart/").partition("#")[0]
        data = served.get(path + "index.html" if path.endswith("/") or not path else path)
        if data is None:
            route.fulfill(status=404)
        elif path.startswith("photos/"):
            route.fulfill(body=PIXEL, content_type="image/svg+xml")
        else:
            route.fulfill(body=data, content_type=mimetypes.guess_type(path)[0] or "text/html; charset=utf-8")

    context.route("**/*", answer)
    return context


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_scrolls_sideways_and_targets_are_large(browser: Browser, served: dict[str, bytes], width: int) -> None:
    context = opened(browser, served, viewport={"width": width, "height": 800})
    page = context.new_page()
    for kind in KINDS:
        page.goto(f"{ORIGIN}/fessart/{kind}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{kind} at {width} px"
        small = page.evaluate(
            "[...document.querySelectorAll('.button, button, .menu__link, .tag--link, .account, .links a, .forward a')]"
            ".map(e => [e, e.getBoundingClientRect()])"
            ".filter(([e, r]) => r.width && Math.min(r.width, r.height) < 43.9)"
            ".map(([e]) => e.outerHTML.slice(0, 80))"
        )
        assert small == [], f"{kind} at {width} px"
    context.close()


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_phone_a_table_keeps_to_the_screen_and_words_under_a_photo_have_room(browser: Browser, width: int) -> None:
    site = factories.site()
    row = "<tr><td>Mercredi</td><td>Poisson meunière</td><td>Compote</td><td>Particularités alimentaires</td></tr>"
    table = Markup(f"<table><tbody>{row}</tbody></table>")
    first, *others = site.articles
    upright = tuple(replace(p, width=900, height=1600, caption="Les mains dans la terre") for p in first.photos)
    first = replace(first, photos=upright, blocks=(upright,))
    pages = tuple(replace(page, html=table) for page in site.pages)
    told = replace(site, pages=pages, articles=(first, *others))
    context = opened(
        browser,
        {**files(told), **{path: html.encode() for path, html in render(told).items()}},
        viewport={"width": width, "height": 740},
    )
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/infos/pratique/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{ORIGIN}/fessart/{ARTICLE}")
    captions = page.locator(".gallery figcaption")
    assert captions.count() > 3
    narrowest = captions.evaluate_all("all => Math.min(...all.map(e => e.getBoundingClientRect().width))")
    assert narrowest >= width - 40
    context.close()


def test_letters_twice_as_large_fit_a_phone(chromium: Path, browser: Browser, served: dict[str, bytes]) -> None:
    large = browser.browser_type.launch(
        executable_path=chromium, args=["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    )
    page = opened(large, served, viewport={"width": 360, "height": 740}).new_page()
    for kind in KINDS:
        page.goto(f"{ORIGIN}/fessart/{kind}")
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
    large.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_nothing(browser: Browser, served: dict[str, bytes], peers: Path, scheme: str, width: int) -> None:
    axe = (peers / "axe-core" / "axe.min.js").read_text("utf-8")
    context = opened(browser, served, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for kind in KINDS:
        page.goto(f"{ORIGIN}/fessart/{kind}")
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
        assert found["passes"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], kind
    context.close()


def test_html_and_css_are_valid(served: dict[str, bytes], java: Path, node: Path, peers: Path, tmp_path: Path) -> None:
    for path, data in served.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    pages = [str(tmp_path / kind) for kind in KINDS]
    sheets = [str(path) for path in tmp_path.rglob("*.css")]
    drawings = [str(path) for path in (tmp_path / "theme").glob("*.svg")]
    vnu = [str(java), "-Xss2m", "-jar", str(peers / "vnu-jar" / "build" / "dist" / "vnu.jar")]
    asked = ["--format", "json", "--also-check-css", "--also-check-svg", "--exit-zero-always"]
    said = subprocess.run([*vnu, *asked, *pages, *sheets, *drawings], capture_output=True, check=True)
    told = json.loads(said.stderr)["messages"]
    assert [(m["url"].rsplit("/", 2)[1:], m["message"]) for m in told] == []
    validate = [str(node), str(peers / "html-validate" / "bin" / "html-validate.mjs"), "--preset=standard"]
    result = subprocess.run([*validate, *pages], capture_output=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def viewer(page: Page) -> tuple[bool, str]:
    """Whether the viewer is open, and what it said last."""
    state = page.evaluate(
        "(() => { const v = document.querySelector('dialog.viewer');"
        " return [v.open, v.querySelector('[data-announce]').textContent]; })()"
    )
    return bool(state[0]), str(state[1])


def focused_photo(page: Page) -> int:
    """Rank of the photo whose link has the focus, or -1."""
    return int(page.evaluate("[...document.querySelectorAll('a[data-photo]')].indexOf(document.activeElement)"))


def test_the_viewer_by_keyboard(browser: Browser, served: dict[str, bytes]) -> None:
    context = opened(browser, served)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{ORIGIN}/fessart/{ARTICLE}")
    page.locator("a[data-photo]").nth(1).focus()
    page.keyboard.press("Enter")
    assert viewer(page) == (True, "Photo 2 sur 8. Des mains d’enfants dans la terre du potager, vue 2")
    assert page.evaluate("document.querySelector('dialog.viewer').contains(document.activeElement)")
    page.keyboard.press("ArrowRight")
    told = "Photo 3 sur 8. Des mains d’enfants dans la terre du potager, vue 3. On mesure la profondeur avec un bâton."
    assert viewer(page) == (True, told)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert viewer(page)[1].startswith("Photo 1 sur 8.")
    page.locator("[data-next]").focus()
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement === document.querySelector('[data-previous]')"), "focus was lost"
    for key in ("Tab",) * 5 + ("Shift+Tab",) * 5:
        page.keyboard.press(key)
        assert page.evaluate("document.querySelector('dialog.viewer').contains(document.activeElement)"), key
    page.locator("dialog.viewer img").click()
    page.keyboard.press("ArrowLeft")
    assert viewer(page)[1].startswith("Photo 7 sur 8."), "keys still count after a click"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('dialog.viewer').contains(document.activeElement)")
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    page.wait_for_function(
        "document.querySelector('dialog.viewer [data-announce]').textContent === ''"
    )  # told a task later
    assert viewer(page) == (False, "")
    assert focused_photo(page) == 7, "focus goes back to the photo that was seen last"
    assert errors == []
    context.close()


@pytest.mark.parametrize("width", [320, 768, 1024, 1280])
def test_each_photo_comes_in_the_smallest_width_that_fills_its_place(
    browser: Browser, served: dict[str, bytes], width: int
) -> None:
    context = opened(browser, served, viewport={"width": width, "height": 900}, device_scale_factor=1.5)
    page = context.new_page()
    for kind in (ARTICLE, "articles/", ""):
        page.goto(f"{ORIGIN}/fessart/{kind}")
        for photo in page.locator("main img").all():
            photo.scroll_into_view_if_needed()
            shown, chosen, offered = photo.evaluate(
                "async i => { await i.decode(); const width = url => +/-([0-9]+)[.]/.exec(url)[1];"
                " return [i.getBoundingClientRect().width, width(i.currentSrc),"
                " i.srcset.split(', ').map(s => width(s.split(' ')[0]))]; }"
            )
            pixels = (shown * 1.5 - 2, shown * 1.5 + 2)  # a browser rounds the width of a place to whole pixels
            needed = {min((w for w in offered if w >= least), default=max(offered)) for least in pixels}
            assert chosen in needed, f"{kind} at {width} px: {shown:.0f} px wide, {chosen} of {offered}"
    context.close()


def test_the_viewer_stays_whole_on_a_small_or_zoomed_screen(browser: Browser, served: dict[str, bytes]) -> None:
    for size in ({"width": 320, "height": 480}, {"width": 640, "height": 360}):  # the second: 1280 × 720 at 200 %
        context = opened(browser, served, viewport=size, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{ORIGIN}/fessart/{ARTICLE}")
        page.locator("a[data-photo]").nth(2).click()
        page.locator("dialog.viewer img").wait_for()
        outside = page.evaluate(
            "[...document.querySelectorAll('dialog.viewer :is(button, img, a, p)')]"
            ".filter(e => !e.disabled && !e.classList.contains('visually-hidden'))"
            ".map(e => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])"
            ".filter(([, r]) => r.left < 0 || r.right > innerWidth || r.top < 0 || r.bottom > innerHeight)"
            ".map(([e]) => e)"
        )
        assert outside == []
        assert page.locator("dialog.viewer img").bounding_box()["height"] > size["height"] / 3  # type: ignore[index]
        stage = page.locator(".viewer__stage")
        assert page.locator("dialog.viewer img").bounding_box() == stage.bounding_box(), "the photo fills its stage"
        asked = page.locator("[data-withdraw]").get_attribute("href") or ""
        reference = factories.site().articles[0].photos[2].reference
        assert asked.startswith("mailto:fessart@alsh.example?subject=")
        assert asked.endswith(f"%20{reference}")
        assert "fessart/articles/2022-11-09-potager/" in asked
        context.close()


def test_the_viewer_by_swipe(browser: Browser, served: dict[str, bytes]) -> None:
    context = opened(browser, served, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{ARTICLE}")
    page.locator("a[data-photo]").nth(2).tap()
    touch = context.new_cdp_session(page)

    def swipe(start: tuple[int, int], end: tuple[int, int]) -> None:
        path = [[start[axis] + (end[axis] - start[axis]) * step / 8 for axis in (0, 1)] for step in range(9)]
        for step, (x, y) in enumerate(path):
            points = [{"x": x, "y": y}]
            kind = "touchMove" if step else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe((300, 400), (60, 410))
    assert viewer(page)[1].startswith("Photo 4 sur 8.")
    swipe((60, 400), (300, 410))
    swipe((60, 400), (300, 410))
    assert viewer(page)[1].startswith("Photo 2 sur 8.")
    swipe((180, 600), (150, 200))
    assert viewer(page)[1].startswith("Photo 2 sur 8."), "up is no swipe"
    page.locator("[data-close]").click()
    page.locator("dialog.viewer").wait_for(state="hidden")
    context.close()


def test_without_javascript_photos_are_links_and_print_is_hidden(browser: Browser, served: dict[str, bytes]) -> None:
    context = opened(browser, served, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{ARTICLE}")
    target = page.locator("a[data-photo]").nth(1).get_attribute("href")
    page.locator("a[data-photo]").nth(1).click()
    assert target is not None
    assert page.url.endswith(target.removeprefix("../.."))
    page.goto(f"{ORIGIN}/fessart/{PROGRAMME}")
    assert not page.locator("[data-print]").is_visible()
    assert page.locator(".activity__text").first.is_visible()
    context.close()


def test_print_is_offered_with_javascript(browser: Browser, served: dict[str, bytes]) -> None:
    context = opened(browser, served)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/{PROGRAMME}")
    assert page.locator("[data-print]").is_visible()
    context.close()


def test_a_programme_prints_on_landscape_pages_a_week_each(browser: Browser, served: dict[str, bytes]) -> None:
    context = opened(browser, served)
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/programmes/2022-10-vacances/")
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 2, "two weeks, two pages"
    assert printed.count(b"/MediaBox [0 0 841.91998 594.95996]") == 2, "A4, landscape"
    page.emulate_media(media="print")
    assert not page.locator(".header").is_visible()
    assert page.locator(".week").count() == 2
    context.close()


def test_on_paper_a_long_title_covers_no_other_line(browser: Browser) -> None:
    site = factories.site()
    long = "Vacances d’automne : sur les traces des lutins, des rennes et des hiboux, de la cour jusqu’au grand Nord"
    site = replace(site, programmes=tuple(replace(p, title=long) for p in site.programmes))
    told = {**files(site), **{path: html.encode() for path, html in render(site).items()}}
    context = opened(browser, told, viewport={"width": 1047, "height": 733})  # A4 without its margins
    page = context.new_page()
    page.goto(f"{ORIGIN}/fessart/programmes/2022-10-vacances/")
    page.emulate_media(media="print")
    covered = page.locator(".weeks").last.evaluate(
        """week => {
          const of = selector => {
            const range = document.createRange();
            range.selectNodeContents(week.querySelector(selector));
            return range.getBoundingClientRect();
          };
          const [line, ...others] = [".weeks__running", ".weeks__title", ".week"].map(of);
          const beside = o => line.right <= o.left || o.right <= line.left;
          const apart = o => beside(o) || line.bottom <= o.top || o.bottom <= line.top;
          return others.map(o => !apart(o));
        }"""
    )
    assert covered == [False, False]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_says_whose_page_it_is_and_what_is_important(
    browser: Browser, served: dict[str, bytes], scheme: str
) -> None:
    context = opened(browser, served, color_scheme=scheme)
    page = context.new_page()
    page.emulate_media(media="print")
    for kind in (ARTICLE, PROGRAMME, "rappels/greve/", "infos/pratique/"):
        page.goto(f"{ORIGIN}/fessart/{kind}")
        line = page.locator("main .print-only").first
        assert line.is_visible()
        assert line.inner_text().startswith("Accueil de loisirs Fessart · 01"), kind
    page.goto(f"{ORIGIN}/fessart/rappels/greve/")
    ink = page.locator(".eyebrow--strong").evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    )
    assert ink == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
    context.close()


def test_a_week_that_fills_more_than_a_sheet_names_its_parts_of_the_day_in_each_cell(browser: Browser) -> None:
    site = factories.site()
    few, many = (
        tuple(replace(p, body=replace(p.body, groups=p.body.groups + more)) for p in site.programmes)
        for more in ((), ("Grands", "Ados"))
    )
    for programmes, named in ((few, False), (many, True)):
        told = replace(site, programmes=programmes)
        context = opened(browser, {**files(told), **{path: html.encode() for path, html in render(told).items()}})
        page = context.new_page()
        page.goto(f"{ORIGIN}/fessart/programmes/2022-10-vacances/")
        page.emulate_media(media="print")
        assert page.locator(".cell__slot").first.is_visible() is named
        context.close()
