"""Random sequences of edits: after each of them what a build leaves is what a build from nothing makes, byte for byte.

A program of its own (`python -m tests.publish.incremental.sequences 50`), since centres are built in its process, and
Pelican changes what all that run there share. A build is otherwise as it is for `preau build`; that each centre is
built in a process of its own, and what that process notes, test_skipping.py and test_build.py see.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

from publish import build
from publish.build import BuildRequest, Silent, build_sites, prepare_photos
from publish.incremental import files, ledger, means, noting
from publish.jobs import Built, Job, Outcome
from publish.staging import WORK, records_of
from publish.worker import build_centre
from publish.workers import Workers
from tests.project import ROOT
from tests.publish.contents import CENTRE, write_content
from tests.publish.trees import NOW

SLUGS = ("escudier", "fessart", "lilas")
COLOURS = ("red", "green", "navy")
ARTICLE = "articles/2022-11-08-potager"
REMINDERS = ("2022-11-07-bottes", "2022-11-08-gourde", "2022-11-20-secret", "2022-12-24-noel")

Tree = dict[str, bytes]
Edit = Callable[["City"], object]


@dataclass
class City:
    """One content folder, the theme, and a day; edits change them."""

    content: Path
    project: Path
    days: int = 0
    without: tuple[str, ...] = ()
    outputs: list[Path] = field(default_factory=list)

    def add(self, path: str, text: str) -> None:
        """Write a text, in place of any other."""
        file = self.content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def append(self, path: str, text: str) -> None:
        """Go on with a text, if it is there."""
        file = self.content / path
        if file.is_file():
            file.write_text(file.read_text("utf-8") + text, "utf-8")


def reminder(city: City, slug: str, stem: str, words: str) -> None:
    """A new reminder, or other words in one."""
    link = "[l'équipe](../infos/venir.md)" if words != "vide" else ""
    city.add(f"{slug}/rappels/{stem}.md", f"Titre: {words} {stem}\nJusqu'au: 2022-12-31\n\nPenser à {words}. {link}\n")


def rename(city: City, slug: str, stem: str, to: str) -> None:
    """Another name for a reminder."""
    old, new = (city.content / slug / "rappels" / f"{name}.md" for name in (stem, to))
    if old.is_file():
        old.replace(new)


def delete(city: City, slug: str, stem: str) -> None:
    """A reminder that goes."""
    (city.content / slug / "rappels" / f"{stem}.md").unlink(missing_ok=True)


def photo(city: City, slug: str, name: str, colour: str | None) -> None:
    """A photo that comes, changes, or goes; the article shows what there is."""
    folder = city.content / slug / ARTICLE
    folder.mkdir(parents=True, exist_ok=True)
    if colour is None:
        (folder / name).unlink(missing_ok=True)
    else:
        shutil.copyfile(city.project / "photos" / f"{colour}.jpg", folder / name)
    shown = "Photos: toutes\n" if any(folder.glob("*.jpg")) else ""
    rights = "Droit à l'image: vérifié par Camille Exemple le 8 novembre 2022\n"
    (folder / "article.md").write_text(f"Titre: Le potager\nDate: 2022-11-08\n{shown}{rights}\nLes bottes.\n", "utf-8")


def spoil(city: City, slug: str) -> None:
    """A text in error: its centre keeps the site that it had."""
    city.add(f"{slug}/rappels/2022-11-09-faux.md", "Titre: Sans dernier jour\n\nx\n")


def mend(city: City, slug: str) -> None:
    """The error is gone."""
    (city.content / slug / "rappels/2022-11-09-faux.md").unlink(missing_ok=True)


def theme(city: City, name: str) -> None:
    """Another theme."""
    file = city.project / "themes/preau" / name
    file.write_text(file.read_text("utf-8").replace("</footer>", "<p>z</p></footer>") + "\n", "utf-8")


def damage(city: City, slug: str, path: str) -> None:
    """Somebody touches what was built."""
    for output in city.outputs:
        file = output / slug / path
        if file.is_file():
            file.write_bytes(b"x")


def forget(city: City, slug: str) -> None:
    """A record that is lost."""
    for output in city.outputs:
        (records_of(output) / f"{slug}.json").unlink(missing_ok=True)


def later(city: City, days: int) -> None:
    """Another day: later, or earlier."""
    city.days += days


def leave_out(city: City, file: str) -> None:
    """`--sans`, or no more."""
    city.without = () if city.without else (file,)


def settings_of(city: City, slug: str, line: str) -> None:
    """Another line in `centre.toml`."""
    file = city.content / slug / "centre.toml"
    file.write_text(f"{line}\n" + "\n".join(
        kept for kept in file.read_text("utf-8").splitlines() if not kept.startswith(line.split(" ", maxsplit=1)[0])
    ) + "\n", "utf-8")  # fmt: skip


slugs, stems = st.sampled_from(SLUGS), st.sampled_from(REMINDERS)
words = st.sampled_from(["la gourde", "un pull", "vide"])
EDITS = st.one_of(
    st.builds(lambda *a: lambda c: reminder(c, *a), slugs, stems, words),
    st.builds(lambda *a: lambda c: rename(c, *a), slugs, stems, stems),
    st.builds(lambda *a: lambda c: delete(c, *a), slugs, stems),
    st.builds(
        lambda *a: lambda c: photo(c, *a), slugs, st.sampled_from(["a.jpg", "b.jpg"]),
        st.sampled_from([*COLOURS, None])
    ),
    st.builds(lambda s: lambda c: spoil(c, s), slugs),
    st.builds(lambda s: lambda c: mend(c, s), slugs),
    st.builds(
        lambda n: lambda c: theme(c, n), st.sampled_from(["static/preau.css", "templates/_frame.html"])
    ),
    st.builds(lambda *a: lambda c: damage(c, *a), slugs, st.sampled_from(["index.html", "404.html"])),
    st.builds(lambda s: lambda c: forget(c, s), slugs),
    st.builds(lambda d: lambda c: later(c, d), st.sampled_from([-1, 1, 2, 12, 60, 400])),
    st.builds(lambda f: lambda c: leave_out(c, f), st.sampled_from(["fessart/rappels/2022-11-07-bottes.md"])),
    st.builds(
        lambda *a: lambda c: settings_of(c, *a), slugs,
        st.sampled_from(['couleur = "#2b6cb0"', 'couleur = "#2f855a"', 'nom = "Autre nom"'])
    ),
    st.builds(lambda t: lambda c: c.append("ville/infos/charte.md", f"\n{t}\n"), words),
    st.builds(lambda t: lambda c: c.add("ville/rappels/greve.md", f"Titre: {t}\nJusqu'au: 2022-12-01\n\n{t}\n"), words),
)  # fmt: skip


class Here(Workers):
    """Each centre in this process, one after the other."""

    def start(self) -> None:
        """Nothing is to be started."""

    def run(self, jobs: Sequence[Job], at_once: int, besides: Sequence[str] = ()) -> Iterator[tuple[Job, Outcome]]:
        del at_once, besides
        for job in jobs:
            yield job, build_centre(job)


def files_of(folder: Path) -> Tree:
    """Every file, by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def facts(outcome: Outcome) -> object:
    """What is told of a site, but for where it stands and how it came there."""
    if not isinstance(outcome, Built):
        return [problem.text(str) for problem in outcome.problems]
    waiting, advices = ([note.text(str) for note in notes] for notes in (outcome.waiting, outcome.advices))
    return (outcome.name, outcome.pages, outcome.photos, outcome.admission, outcome.next_change, waiting, advices)


@dataclass(frozen=True)
class Place:
    """Where all examples run.

    Arguments:
        root: one folder for each.
        project: a theme that may be changed, and the photos.
        kept, empty: caches; in the second nothing is known of any body.
    """

    root: Path
    project: Path
    kept: Path
    empty: Path

    def request(self, city: City, output: Path, cache: Path) -> BuildRequest:
        there = {file for file in city.without if (city.content / file).is_file()}
        return BuildRequest(
            city.content, output, cache, NOW + timedelta(days=city.days), 1, settings=self.project / "pelicanconf.py",
            without=tuple(there),
        )  # fmt: skip

    def check(self, edits: Sequence[tuple[Edit, bool]], folder: Path) -> int:
        """Apply edits, building where asked; the number of sites that were left as they stood."""
        theme_before = files_of(self.project / "themes")
        city = City(write_content(folder / "content"), self.project, outputs=[folder / "sites"])
        city.add("lilas/centre.toml", CENTRE.format(slug="lilas", name="Lilas", school="0929009T"))
        city.add("lilas/infos/venir.md", "Titre: Venir\n\nBus 1.\n")
        unchanged = 0
        try:
            found = build_sites(self.request(city, folder / "sites", self.kept), (), Silent())
            for edit, builds in (*edits, (lambda _: None, True)):
                edit(city)
                if builds:
                    found = build_sites(self.request(city, folder / "sites", self.kept), (), Silent())
                    unchanged += sum(1 for outcome in found if isinstance(outcome, Built) and outcome.unchanged)
            shutil.rmtree(self.empty / "bodies", ignore_errors=True)
            whole = build_sites(self.request(city, folder / "whole", self.empty), (), Silent())
            self.compare(found, whole, folder)
        finally:
            for path, data in theme_before.items():
                if (self.project / "themes" / path).read_bytes() != data:
                    (self.project / "themes" / path).write_bytes(data)
        return unchanged

    def compare(self, found: Sequence[Outcome], whole: Sequence[Outcome], folder: Path) -> None:
        assert [facts(outcome) for outcome in found] == [facts(outcome) for outcome in whole]
        for outcome in whole:
            if isinstance(outcome, Built):
                one, two = files_of(folder / "sites" / outcome.slug), files_of(folder / "whole" / outcome.slug)
                different = sorted(path for path in one.keys() | two.keys() if one.get(path) != two.get(path))
                assert different == [], f"{outcome.slug}: {different}"
        assert WORK in {path.name for path in (folder / "sites").iterdir()}


def place_in(root: Path) -> Place:
    """The project's own settings with a copy of its theme, and two caches with the photos."""
    project = root / "project"
    shutil.copytree(ROOT / "themes", project / "themes")
    for name in ("plugins", "publish"):
        (project / name).mkdir()
    for name in means.FILES:
        shutil.copy(ROOT / name, project)
    conf = (ROOT / "pelicanconf.py").read_text("utf-8")
    conf = conf.replace('THEME = str(ROOT / "themes" / "preau")', f"THEME = {str(project / 'themes/preau')!r}")
    (project / "pelicanconf.py").write_text(conf.replace("Path(__file__).resolve().parent", f"Path({str(ROOT)!r})"))
    assert str(project) in (project / "pelicanconf.py").read_text()
    (project / "photos").mkdir()
    content = write_content(root / "photos")
    for colour in COLOURS:
        Image.new("RGB", (64, 48), colour).save(project / "photos" / f"{colour}.jpg")
        shutil.copy(project / "photos" / f"{colour}.jpg", content / "fessart" / ARTICLE)
    for name in ("kept", "empty"):
        prepare_photos(BuildRequest(content, root / "none", root / name, NOW, 1), ("fessart",), Silent())
    return Place(root, project, root / "kept", root / "empty")


@contextmanager
def ready() -> Iterator[Place]:
    """Where examples run; centres are built in this process, of the theme that stands there."""
    with TemporaryDirectory() as folder, patch.object(build, "Workers", Here):
        place = place_in(Path(folder))
        with (
            patch.object(means, "ROOT", place.project),
            patch.object(ledger, "STARTED", 2**62),
            patch.object(noting, "THEMES", place.project / "themes"),
            patch.object(noting, "strangers", lambda settings: []),
            patch.object(build, "prepare_photos", lambda *_: False),
        ):
            yield place


KNOWN: dict[str, list[tuple[Edit, bool]]] = {
    "content": [(lambda city: reminder(city, "lilas", REMINDERS[1], "la gourde"), True)],
    "date": [(lambda city: later(city, 12), True)],
    "output": [(lambda city: damage(city, "fessart", "index.html"), True)],
}
"""Sequences that one protection each is needed for."""


def known(name: str) -> None:
    """Run one sequence that is known."""
    with ready() as place:
        place.check(KNOWN[name], place.root / name)


def main(examples: int) -> None:
    """Run that many sequences; an assertion tells the shortest that fails."""
    number, total, skipped = count(), [0], [0]
    with ready() as place:

        @settings(
            max_examples=examples, deadline=None, database=None, derandomize=bool(os.environ.get("CI")),
            suppress_health_check=list(HealthCheck), print_blob=True,
        )  # fmt: skip
        @given(st.lists(st.tuples(EDITS, st.booleans()), min_size=1, max_size=8), st.booleans())
        def same(edits: list[tuple[Edit, bool]], sure: bool) -> None:
            # half of the time sizes and times are believed at once, as of files that are old
            with patch.object(files, "YOUNG", 0 if sure else files.YOUNG):
                skipped[0] += place.check(edits, place.root / str(next(number)))
            total[0] += 1

        (seed(int(os.environ["SEED"]))(same) if "SEED" in os.environ else same)()
    assert skipped[0] > total[0], "else hardly anything was left as it stood, and nothing would be shown"
    print(f"{total[0]} sequences, {skipped[0]} sites left as they stood")


if __name__ == "__main__":
    main(int(sys.argv[1]))
