"""How a raw path names a place, and which return addresses are followed."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.gateway import addresses
from publish.gateway.addresses import HOME, MOST_RAW, NOWHERE, Place, place, return_path
from publish.paths import is_path, is_slug
from tests.publish.gateway.corpus import texts


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"/fessart/", Place("fessart", "")),
        (b"/fessart", Place("fessart", "", bare=True)),
        (b"/fessart/plan/", Place("fessart", "plan/")),
        (b"/fessart/photos/0a-640.webp", Place("fessart", "photos/0a-640.webp")),
        (b"/maitre-jacques/index.html", Place("maitre-jacques", "index.html")),
        (b"/fessart/../escudier/", Place("fessart", None)),
        (b"/fessart/Plan/", Place("fessart", None)),
        (b"/fessart/\xc3\xa9", Place("fessart", None)),
        (b"/\xc3\xa9/", NOWHERE),
        (b"/ville/", NOWHERE),
        (b"/Fessart/", NOWHERE),
        (b"//fessart/", NOWHERE),
        (b"fessart/", NOWHERE),
        (b"/", NOWHERE),
        (b"", NOWHERE),
        (b"/fessart/" + b"a/" * 400, NOWHERE),
    ],
)
def test_places(raw: bytes, found: Place) -> None:
    assert place(raw) == found


def test_what_anybody_chooses_is_not_kept() -> None:
    addresses._known.cache_clear()
    assert place(b"/fessart/").slug == "fessart"
    for number in range(addresses.MOST_READ + 900):
        assert return_path(f"/fessart/plan-{number}/") != HOME
    assert return_path("/" + "a" * 8000) == HOME
    assert place(b"/fessart/" + b"a" * MOST_RAW) == NOWHERE
    assert addresses._known.cache_info().currsize == 1
    place(b"/fessart/")
    assert addresses._known.cache_info().hits == 1, "what a family reads was pushed out"


@given(
    st.binary(max_size=80) | st.text(alphabet="/.%-azA;0\\", max_size=40).map(lambda text: b"/fessart/" + text.encode())
)
def test_a_place_is_of_the_grammar_or_none(raw: bytes) -> None:
    found = place(raw)
    assert found.slug is None or is_slug(found.slug)
    if found.path is not None and not found.bare:
        assert is_path(found.path)
        assert raw == f"/{found.slug}/{found.path}".encode(), "something was changed on the way"


@pytest.mark.parametrize("text", texts("return_addresses.txt"))
def test_bad_return_addresses_lead_home(text: str) -> None:
    assert return_path(text) == HOME


@pytest.mark.parametrize(
    "text", ["/", "/fessart/", "/fessart", "/fessart/plan/", "/fessart/calendrier.ics", "/-/compte"]
)
def test_our_own_are_followed(text: str) -> None:
    assert return_path(text) == text


@given(st.text(max_size=60) | st.text(alphabet="/\\.:%@?#ae-\t\r\n", max_size=30))
def test_wherever_it_leads_is_on_this_host(text: str) -> None:
    found = return_path(text)
    assert found in (text, HOME)
    parts = urlsplit(urljoin("https://centres.example/-/connexion/x/retour", found))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "centres.example", "", "")
    assert found.isprintable()
    assert found.isascii()
