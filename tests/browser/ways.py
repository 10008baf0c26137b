"""What a person does in a browser, and what there is to see in a centre's site."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page

from publish.demo.people import DemoPerson
from publish.demo.road import Road
from publish.manifest import Manifest

SIGN_IN = "/-/connexion"
ACCOUNT = "/-/compte"
GOODBYE = "/-/connexion/au-revoir"


def path_of(page: Page) -> str:
    """The path that the window shows."""
    return urlsplit(page.url).path


def choose(page: Page, road: Road, key: str) -> None:
    """From the gateway's sign-in page: go to the ENT, press somebody's button, come back."""
    page.locator(f"button[formaction='{SIGN_IN}/demo']").click()
    page.wait_for_url(f"{road.issuer}/connexion?**")
    page.locator(f"button.person[value='{key}']").click()
    page.wait_for_url(f"{road.address}/**")


def sign_in(page: Page, road: Road, key: str, path: str = "/") -> None:
    """Open an address without a session, and sign in as somebody."""
    page.goto(f"{road.address}{path}")
    assert path_of(page) == SIGN_IN
    choose(page, road, key)


def sign_out(page: Page, road: Road) -> None:
    """From any page with a link to the account: open it, press the button."""
    page.locator(f"a[href='{ACCOUNT}']").first.click()
    page.wait_for_url(f"{road.address}{ACCOUNT}")
    page.locator("form[action='/-/deconnexion'] button").click()
    page.wait_for_url(f"{road.address}{GOODBYE}")


def assert_theirs_alone(page: Page, address: str) -> None:
    """Of three centres, a guardian of Fessart enters Fessart."""
    for slug in ("fessart", "escudier", "billancourt"):
        answer = page.goto(f"{address}/{slug}/")
        assert answer is not None
        assert answer.status == (200 if slug == "fessart" else 403)


def assert_signed_out(page: Page, address: str) -> None:
    """Nothing opens, neither by address nor by the Back button."""
    for path in ("/fessart/", "/fessart/photos/0123456789abcdef-640.webp", ACCOUNT):
        page.goto(f"{address}{path}")
        assert path_of(page) == SIGN_IN
    page.go_back(wait_until="commit")
    assert path_of(page) == SIGN_IN


def seen_by(person: DemoPerson, road: Road) -> set[str]:
    """The centres that somebody enters, as the sign-in page promises."""
    return {slug for slug in road.centres if person.everything or slug in person.sees}


@dataclass(frozen=True)
class Samples:
    """One of each of what a site holds; paths inside the site."""

    home: str
    inner: str
    photo: str
    calendar: str

    def __iter__(self):
        return iter((self.home, self.inner, self.photo, self.calendar))


def samples(manifest: Manifest) -> Samples:
    """The first of each, by name."""
    paths = sorted(manifest.files)

    def first(start: str, end: str, depth: int) -> str:
        return next(
            path for path in paths if path.startswith(start) and path.endswith(end) and path.count("/") == depth
        )

    return Samples(
        "",
        first("programmes/", "/index.html", 2).removesuffix("index.html"),
        first("photos/", ".jpg", 1),
        "calendrier.ics",
    )


def file_of(path: str) -> str:
    """The manifest's path of what an address shows."""
    return f"{path}index.html" if not path or path.endswith("/") else path
