"""`preau releases` without a centre: what is in force in each, or that it can't be read."""

from __future__ import annotations

import json
from pathlib import Path

from publish.layout import HEADS, series_key
from publish.publication import publish
from publish.release import make_release
from tests.publish.test_cli import Place, said
from tests.publish.trees import NOW, write_tree


def place_of(root: Path, *slugs: str) -> Place:
    """A store with a release of each."""
    (root / "preau.toml").write_text('[store]\nfolder = "store"\n')
    place = Place(root)
    for slug in slugs:
        tree = write_tree(root / slug, None, **{"plan.html": slug.encode()})
        release = make_release(tree, slug=slug, name=slug, built=NOW, version="0.1.0")
        publish(place.store, release, now=NOW, by="Camille")
    return place


def test_every_release_in_force_is_told(tmp_path: Path) -> None:
    place = place_of(tmp_path, "fessart", "escudier", "ville")
    told = said(place.run("releases")).splitlines()
    assert told[0].split() == ["Centre", "Version", "Depuis", "Par", "Pourquoi", "Pages", "Photos", "État"]
    assert [line.split()[0] for line in told[1:4]] == ["escudier", "fessart", "ville"]
    assert "09/11/2022 09:00  Camille  publiée" in told[2]
    assert "`preau releases CENTRE`" in told[4]
    rows = {row["site"]: row for row in json.loads(place.run("releases", "--json").stdout)["centres"]}
    assert told[2].split()[1] == rows["fessart"]["release"][:12]
    assert (rows["fessart"]["head"], rows["fessart"]["in_force"], rows["fessart"]["complete"]) == (1, True, True)


def test_an_older_release_is_never_taken_for_one_that_can_t_be_read(tmp_path: Path) -> None:
    place = place_of(tmp_path, "fessart", "escudier")
    older = json.loads(place.run("releases", "--json").stdout)["centres"][1]["release"]
    place.store.put(series_key("fessart", HEADS, 2), b"{")
    result = place.run("releases")
    assert result.exit_code == 0
    assert "preau rollback fessart" in said(result)
    assert older[:12] not in said(result)
    rows = json.loads(place.run("releases", "--json").stdout)["centres"]
    assert [row["complete"] for row in rows] == [True, False]
    assert "preau rollback fessart" in rows[1]["problem"]


def test_a_release_that_is_gone_is_told(tmp_path: Path) -> None:
    place = place_of(tmp_path, "fessart")
    release = json.loads(place.run("releases", "--json").stdout)["centres"][0]["release"]
    place.store.delete(f"centres/fessart/releases/{release}.json")
    assert "disparue ou abîmée" in said(place.run("releases"))


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    assert "rien n’a encore été publié" in said(place.run("releases"))
    assert json.loads(place.run("releases", "--json").stdout) == {"centres": []}
