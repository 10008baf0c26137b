"""An article's page: photos as plain links, and the way to have one withdrawn."""

from __future__ import annotations

from dataclasses import replace

from tests.theme import factories
from tests.theme.html import parse, words
from tests.theme.rendering import render, sample


def test_photos_are_plain_links_to_the_largest_jpeg() -> None:
    article = factories.site().articles[0]
    tree = parse(sample()[f"{article.path}index.html"])
    links = [a for a in tree.iter("a") if "data-photo" in a.attrib]
    assert [a.get("href") for a in links] == [f"../../{photo.largest.path}" for photo in article.photos]
    for link, photo in zip(links, article.photos, strict=True):
        image = next(link.iter("img"))
        assert image.get("alt") == photo.alt
        assert (image.get("width"), image.get("height")) == (str(photo.width), str(photo.height))
        source = next(link.iter("source"))
        assert source.get("type") == "image/webp"
        assert len((source.get("srcset") or "").split(", ")) == 3
        assert source.get("sizes") == image.get("sizes")
    first, *others = (next(link.iter("img")) for link in links)
    assert first.get("fetchpriority") == "high"
    assert first.get("loading") is None
    assert {image.get("loading") for image in others} == {"lazy"}


def test_a_photo_can_be_asked_to_be_withdrawn() -> None:
    article = factories.site().articles[0]
    tree = parse(sample()[f"{article.path}index.html"])
    section = next(e for e in tree.iter("section") if e.get("id") == "retrait")
    text = words(section)
    assert "Demander le retrait d’une photo" in text
    assert "Droit à l’image vérifié par Camille Exemple le 9 novembre 2022." in text
    assert article.path in text
    assert all(photo.reference in text for photo in article.photos)
    hrefs = [a.get("href", "") for a in section.iter("a")]
    assert hrefs[0] == "tel:0199001234"
    assert hrefs[1].startswith("mailto:fessart@alsh.example?subject=Retrait%20d%E2%80%99une%20photo&body=Page")
    assert "articles/2022-11-09-potager/" in hrefs[1]
    assert [href.rpartition("%20")[2] for href in hrefs[2:]] == [photo.reference for photo in article.photos]


def test_an_article_without_photos_speaks_of_none() -> None:
    html = sample()["articles/2022-10-19-echecs/index.html"]
    assert "retrait" not in html
    assert "visionneuse" not in html


def test_a_photo_shown_twice_has_one_anchor() -> None:
    site = factories.site()
    article = site.articles[0]
    again = article.photos[1:3]
    twice = replace(article, blocks=(*article.blocks, again), photos=(*article.photos, *again))
    page = render(replace(site, articles=(twice,)))[f"{article.path}index.html"]
    anchors = [e.get("id") for e in parse(page).iter("figure") if e.get("id")]
    assert anchors == [f"photo-{photo.reference}" for photo in article.photos]
    assert len(list(parse(page).iter("figure"))) == len(article.photos) + 2
