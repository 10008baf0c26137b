"""What a dry run says: short, a reason on each line, and all of it for a program."""

from __future__ import annotations

import json
import re
from pathlib import Path

from publish.dry_run_report import MOST, lines, planned
from publish.language import speaking
from publish.publication import publish
from publish.steps import Step
from publish.stores.dry_run import DryRunStore
from publish.stores.folder import FolderStore
from tests.publish.test_cli import place_in, said
from tests.publish.trees import NOW, PHOTO, SITE, release, write_tree


def plan(store: FolderStore, tree: Path) -> list[Step]:
    """What a publication of this tree would do."""
    steps: list[Step] = []
    publish(DryRunStore(store), release(tree), now=NOW, by="camille", log=steps.append)
    return planned(steps, store, {"fessart"})


def english(steps: list[Step], *, every_file: bool = False) -> list[str]:
    """The report, in the language of the sources."""
    with speaking("en"):
        return list(lines(steps, every_file=every_file))


def test_a_file_has_one_line_and_a_photo_one_whatever_its_sizes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    publish(store, release(write_tree(tmp_path / "one")), now=NOW, by="camille")
    more = {"index.html": b"<p>Autre accueil</p>" * 90, "rappels/index.html": b"<p>Rappels</p>" * 90}
    photos = {f"photos/76543210fedcba9876543210-{width}.webp": PHOTO * width for width in (2, 3)}
    found = plan(store, write_tree(tmp_path / "two", {**SITE, **more, **photos}))
    assert {step.what: step.reason for step in found} == {
        **dict.fromkeys(SITE, "already there"),
        **dict.fromkeys((*photos, "rappels/index.html", "manifest", "head"), "new"),
        "index.html": "changed",
    }
    sizes = {step.what: step.size for step in found}
    assert sizes["index.html"] == len(more["index.html"])
    heading, *told = english(found)
    assert heading.startswith("fessart: would be in force; 4 files to send (")
    assert heading.endswith("), 5 already there")
    assert [re.sub(r", [\d.]+ K?(bytes|B)$", "", line) for line in told] == [
        "  photo 76543210fedcba9876543210 (2 files) – new",
        "  index.html – changed",
        "  rappels/index.html – new",
        "  manifest – new",
        "  head – new",
    ]


def test_many_files_are_told_by_subject(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    pages = {
        f"{kind}/{n}/index.html": f"<p>{kind} {n}</p>".encode() for kind in ("articles", "rappels") for n in range(9)
    }
    found = plan(store, write_tree(tmp_path / "one", {**SITE, **pages}))
    told = english(found)
    assert told[0].startswith("fessart: would be in force; 24 files to send (")
    assert told[0].endswith("B)"), "nothing is there already"
    assert [line.split(" – ")[0].strip() for line in told[1:]] == [
        "reminders (9 files)",
        "articles (9 files)",
        "photos (2 files)",
        "calendars (1 file)",
        "home page and lists (3 files)",
        "manifest",
        "head",
    ]
    assert len(told) < MOST
    every = english(found, every_file=True)
    assert [line for line in every if "articles/4/index.html – new, " in line]
    assert all(" – new" in line for line in every[1:])
    assert len(every) == 1 + len(SITE) - 1 + len(pages) + 2, "the two sizes of the photo are one thing"


def test_what_is_in_force_already_is_one_line(tmp_path: Path) -> None:
    store, tree = FolderStore(tmp_path / "store"), write_tree(tmp_path / "one")
    publish(store, release(tree), now=NOW, by="camille")
    assert english(plan(store, tree)) == ["fessart: unchanged"]


def test_of_a_site_that_failed_nothing_is_told(tmp_path: Path) -> None:
    steps = [Step("fessart", "index.html", "new", 5), Step("escudier", "index.html", "new", 7)]
    assert planned(steps, FolderStore(tmp_path), {"escudier"}) == [steps[1]]


def test_the_command_says_so_and_writes_nothing(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    assert place.run("publish", "fessart").exit_code == 0
    before = list(place.store.keys(""))
    (place.content / "fessart/infos/venir.md").write_text("Titre: Venir à pied\n\nPar le square.\n", "utf-8")
    (place.content / "fessart/infos/cantine.md").write_text("Titre: La cantine\n\nBio.\n", "utf-8")
    result = place.run("publish", "fessart", "--dry-run")
    assert result.exit_code == 0, result.output
    told = said(result).splitlines()
    (heading,) = (line for line in told if line.startswith("fessart : serait en ligne ; "))
    assert re.search(r"; \d+ fichiers à envoyer \([\d,]+ ko\), \d+ déjà là$", heading)
    assert "ville : inchangé" in told
    assert any(line.startswith("  pages d’informations (1 fichier) – nouveau, ") for line in told)
    assert any(re.match(r"  pages d’informations \(\d+ fichiers\) – modifié, ", line) for line in told)
    assert any(line.startswith("  liste des fichiers – nouveau, ") for line in told)
    assert "  mise en ligne – nouveau" in told
    assert told[-1].startswith("Essai, rien n’a été publié : 1 site, ")
    count = re.search(r"; (\d+ fichiers à envoyer \([\d,]+ ko\))", heading)
    assert count
    assert f" ; {count[1]}, en " in told[-1]
    assert len(told) < 20
    every = said(place.run("publish", "fessart", "--dry-run", "--verbose")).splitlines()
    assert any(line.startswith("  infos/venir/index.html – modifié, ") for line in every)
    answer = json.loads(place.run("publish", "fessart", "--dry-run", "--json").stdout)
    steps = {site["slug"]: site["steps"] for site in answer["sites"]}["fessart"]
    reasons = {step["what"]: step["reason"] for step in steps}
    assert len(reasons) == len(steps)
    assert (reasons["infos/cantine/index.html"], reasons["infos/venir/index.html"]) == ("new", "changed")
    assert (reasons["head"], reasons["policy"]) == ("new", "same as in force")
    assert "already there" in reasons.values()
    assert list(place.store.keys("")) == before
