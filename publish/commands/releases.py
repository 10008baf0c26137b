"""`preau releases`, `diff`, `rollback`, `export`: what a centre showed, what changed, the way back, a copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import click

from publish import report, stored
from publish.command import Argument, Command
from publish.differences import TEXTS, Alike, Changes, Differences, Subject, differences
from publish.errors import N_, NewerError, ReleaseError
from publish.export import export as write_tree
from publish.gone import MESSAGES, Why
from publish.heads import Head
from publish.history import HistoryRow, named
from publish.history import releases as history
from publish.history import rollback as roll_back
from publish.language import ngettext
from publish.language import say as _
from publish.layout import blob_key
from publish.manifest import Manifest
from publish.session import BY, CENTRE, JSON, MAYBE_CENTRE, Session, option, session, user
from publish.stores import Store
from publish.table import Table, show_table
from publish.upload import TRANSFERS

HEADINGS = (N_("Release"), N_("Since"), N_("By"), N_("Why"), N_("Pages"), N_("Photos"))
WHY = {"publish": N_("published"), "rollback": N_("put back")}
DAMAGED = N_("gone or damaged")
NEWER = N_("written by a later version of Préau: this machine is too old for it")


GONE = {
    MESSAGES[Why.WITHDRAWN]: N_("removed: it held something that was withdrawn"),
    MESSAGES[Why.PRUNED]: N_("removed: newer ones are kept"),
}
UNCOUNTED = {
    Subject.CALENDAR: N_("the calendars"),
    Subject.LIST: N_("the home page and the lists"),
    Subject.LOOK: N_("the look"),
}
"""What follows from the rest: told alone only where nothing else changed."""
_MAIN = re.compile(r"<main\b.*</main>", re.DOTALL)
_HASHED = re.compile(r"(?<=\.)[0-9a-f]{8}(?=\.[a-z0-9]+\b)")


@click.command(
    cls=Command,
    help=N_(
        "Show the history of a centre: what, since when, by whom, and what changed; without a centre, what is in force "
        "in each."
    ),
)
@MAYBE_CENTRE
@JSON
@session
def releases(run: Session, centre: str | None, as_json: bool) -> None:
    """Show the history of a centre, newest first, or the release in force of each."""
    store = run.store()
    if centre is None:
        _everywhere(store, as_json=as_json)
        return
    report.check_known(store, centre)
    rows = list(history(store, centre))
    alike = _Readings(store, centre).alike
    changes = [_since(row, older, alike) for row, older in zip(rows, (*rows[1:], None), strict=True)]
    if as_json:
        told = [{**_row_json(row), "changes": _json(change)} for row, change in zip(rows, changes, strict=True)]
        report.show_json({"site": centre, "releases": told})
        return
    table = Table(*map(_, (*HEADINGS, N_("State"), N_("Changes"))), right=(4, 5))
    for row, change in zip(rows, changes, strict=True):
        words = "–" if change is None else ", ".join(_words(change))
        state = " ".join([*([_("in force")] if row.in_force else []), *_problem(row)])
        table.add_row(*_cells(row), state, words)
    show_table(table)


def _everywhere(store: Store, *, as_json: bool) -> None:
    """What is in force in each centre."""
    slugs = stored.published(store)
    with ThreadPoolExecutor(TRANSFERS) as pool:
        newest = list(pool.map(lambda slug: next(history(store, slug), None), slugs))
    rows = {slug: row for slug, row in zip(slugs, newest, strict=True) if row is not None}
    if as_json:
        told = [{"site": slug, **_row_json(row)} for slug, row in rows.items()]
        report.show_json({"centres": told})
        return
    if not rows:
        click.echo(_("The store is empty: nothing was published yet."))
        return
    table = Table(*map(_, (N_("Centre"), *HEADINGS, N_("State"))), right=(5, 6))
    for slug, row in rows.items():
        table.add_row(slug, *_cells(row), _state(row))
    show_table(table)
    click.echo(_("`preau releases CENTRE` shows the history of one of them."))


def _cells(row: HistoryRow) -> tuple[str, ...]:
    """A row of the history, below `HEADINGS`."""
    if row.head is None:
        return ("–",) * len(HEADINGS)
    pages, photos = (str(row.manifest.pages), str(row.manifest.photos)) if row.manifest else ("–", "–")
    since = report.moment_words(row.head.since)
    return row.head.release[:12], since, row.head.by, _(WHY[row.head.why]), pages, photos


def _problem(row: HistoryRow) -> list[str]:
    """Why a release can't be shown again, in a few words; nothing if it can."""
    if row.problem is None:
        return []
    return [_(NEWER if isinstance(row.problem, NewerError) else GONE.get(row.problem.message, DAMAGED))]


def _state(row: HistoryRow) -> str:
    """The same of what is in force, with what helps."""
    if row.problem is not None and (row.head is None or isinstance(row.problem, NewerError)):
        return row.problem.text(_)
    return " ".join(_problem(row))


@click.command(
    cls=Command,
    help=N_(
        "Say what changed between two releases of a centre: by default, between the one before and the one in force."
    ),
)
@CENTRE
@click.argument("before", required=False, cls=Argument, metavar=N_("[RELEASE]"))
@click.argument("after", required=False, cls=Argument, metavar=N_("[RELEASE]"))
@JSON
@session
def diff(run: Session, centre: str, before: str | None, after: str | None, as_json: bool) -> None:
    """Say what changed between two releases."""
    store = run.store()
    report.check_known(store, centre)
    rows = list(history(store, centre))
    newer, second = _read(_row(centre, rows, after) if after else rows[0])
    older, first = _read(_row(centre, rows, before) if before else _one_before(centre, rows, newer))
    found = differences(first, second, _Readings(store, centre).alike)
    if as_json:
        report.show_json({"site": centre, "before": older.release, "after": newer.release, "changes": _json(found)})
        return
    click.echo(
        _("{site}: from release {before} ({since}) to {after} ({until})").format(
            site=centre,
            before=older.release[:12],
            since=report.moment_words(older.since),
            after=newer.release[:12],
            until=report.moment_words(newer.since),
        )
    )
    if not found:
        click.echo("  " + _("nothing changed"))
    for line in _lines(store, first, second, found):
        click.echo(f"  {line}")


@click.command(cls=Command, help=N_("Put an earlier release of a centre in force again (by default, the one before)."))
@CENTRE
@click.argument("release", required=False, cls=Argument, metavar=N_("[RELEASE]"))
@BY
@JSON
@session
def rollback(run: Session, centre: str, release: str | None, by: str | None, as_json: bool) -> None:
    """Put an earlier release in force again."""
    report.check_known(run.store(), centre)
    head = roll_back(run.store(), centre, to=release, now=run.clock(), by=by or user())
    if as_json:
        report.show_json(
            {"site": centre, "head": head.number, "release": head.release, "since": head.since.isoformat()}
        )
        return
    text = _("{site}: release {release} is in force again. Who may enter did not change.")
    click.echo(text.format(site=centre, release=head.release[:12]))


@click.command(
    cls=Command,
    help=N_("Write the release in force of a centre, or an earlier one, as plain files into an empty folder."),
)
@CENTRE
@click.argument("folder", cls=Argument, type=click.Path(path_type=Path, file_okay=False), metavar=N_("DIR"))
@option("--release", metavar=N_("RELEASE"), help=N_("An earlier release, instead of the one in force."))
@JSON
@session
def export(run: Session, centre: str, folder: Path, release: str | None, as_json: bool) -> None:
    """Write a release as plain files."""
    store = run.store()
    report.check_known(store, centre)
    rows = list(history(store, centre))
    _head, manifest = _read(_row(centre, rows, release) if release else rows[0])
    files = write_tree(store, manifest, folder)
    if as_json:
        report.show_json({"site": centre, "release": manifest.id, "folder": str(folder), "files": files})
        return
    written = ngettext("{count} file", "{count} files", files).format(count=files)
    text = _("{site}: {files} of release {release} are in {folder}.")
    click.echo(text.format(site=centre, files=written, release=manifest.id[:12], folder=folder))
    click.echo(_("Nothing protects these files any more: keep them where only those who may see the site can read."))


def _since(row: HistoryRow, older: HistoryRow | None, alike: Alike) -> Differences | None:
    """What a head changed for readers; `None` if a release that is gone hides it."""
    if row.manifest is None or (older is not None and older.manifest is None):
        return None
    return differences(older.manifest if older else None, row.manifest, alike)


def _read(row: HistoryRow) -> tuple[Head, Manifest]:
    """A release that can be read.

    Raises:
        PublishError: it can't.
    """
    if row.head is None or row.manifest is None:
        assert row.problem is not None
        raise row.problem
    return row.head, row.manifest


def _one_before(centre: str, rows: Sequence[HistoryRow], newer: Head) -> HistoryRow:
    for row in rows:
        if row.head is not None and row.number < newer.number and row.head.release != newer.release:
            return row
    raise ReleaseError(N_("{site} has no release before {release}"), site=centre, release=newer.release[:12])


def _row(centre: str, rows: Sequence[HistoryRow], release: str) -> HistoryRow:
    """The last time that a release, of which the beginning of the id is given, came in force."""
    read = [(row.head, row) for row in rows if row.head is not None]
    wanted = named(centre, [head for head, _same in read], release)
    return next(row for head, row in read if head.release == wanted)


def _words(found: Differences) -> Iterator[str]:
    """« 2 articles ajoutés », « 1 photo retirée »: what somebody would say of a change."""
    counted = [
        _counts(subject, done, len(things))
        for subject, changes in found.items()
        if subject not in UNCOUNTED
        for done, things in _parts(changes)
    ]
    if counted or not found:
        yield from counted or (_("nothing changed"),)
    else:
        yield from (_(text) for subject, text in UNCOUNTED.items() if subject in found)


def _lines(store: Store, before: Manifest, after: Manifest, found: Differences) -> Iterator[str]:
    """Every change in words, with the title and the path of each text."""
    for subject, changes in found.items():
        if subject in UNCOUNTED:
            continue
        for done, things in _parts(changes):
            yield _counts(subject, done, len(things))
            if subject in TEXTS:
                manifest = before if done == "removed" else after
                for path, title in zip(things, _titles(store, manifest, things), strict=True):
                    yield f"  {title} ({path.removesuffix('index.html')})"
    others = [_(text) for subject, text in UNCOUNTED.items() if subject in found]
    if others:
        yield _("also changed: {what}").format(what=", ".join(others))


def _parts(changes: Changes) -> Iterator[tuple[str, Sequence[str]]]:
    for done in ("added", "changed", "removed"):
        if things := getattr(changes, done):
            yield done, things


def _titles(store: Store, manifest: Manifest, paths: Sequence[str]) -> list[str]:
    """The title of each page, as the page itself says it; of one whose bytes are gone, the end of its address."""

    def one(path: str) -> str:
        data = store.get(blob_key(manifest.site, manifest.files[path].sha256))
        title = _Title.of(data.decode("utf-8", "replace")) if data else ""
        return title.rpartition(" – ")[0] or title or path.split("/")[-2]

    with ThreadPoolExecutor(TRANSFERS) as pool:
        return list(pool.map(one, paths))


class _Readings:
    """What each page says, whatever surrounds it: its `<main>`, without the names that the look gives to its files."""

    def __init__(self, store: Store, slug: str) -> None:
        self._store, self._slug = store, slug
        self._read: dict[str, str] = {}

    def alike(self, pairs: Sequence[tuple[str, str]]) -> list[bool]:
        """See `Alike`; a page whose bytes are gone is like no other."""
        wanted = {digest for pair in pairs for digest in pair} - self._read.keys()
        with ThreadPoolExecutor(TRANSFERS) as pool:
            self._read.update(zip(wanted, pool.map(self._reading, wanted), strict=True))
        return [self._read[old] == self._read[new] for old, new in pairs]

    def _reading(self, digest: str) -> str:
        data = self._store.get(blob_key(self._slug, digest))
        main = _MAIN.search(data.decode("utf-8", "replace")) if data else None
        return _HASHED.sub("", main[0]) if main else digest


class _Title(HTMLParser):
    """Reads the text of `<title>`, on one line and without what a terminal would obey."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = False
        self._text = ""

    @classmethod
    def of(cls, page: str) -> str:
        """The title of a page; empty if it has none."""
        reader = cls()
        reader.feed(page)
        return " ".join("".join(char if char.isprintable() else " " for char in reader._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "title" and not self._text

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text += data


def _json(found: Differences | None) -> Mapping[str, Mapping[str, Sequence[str]]] | None:
    if found is None:
        return None
    return {subject.value: dict(_parts(changes)) for subject, changes in found.items()}


def _row_json(row: HistoryRow) -> dict[str, object]:
    return {
        "head": row.number,
        "release": row.head.release if row.head else None,
        "since": row.head.since.isoformat() if row.head else None,
        "by": row.head.by if row.head else None,
        "why": row.head.why if row.head else None,
        "in_force": row.in_force,
        "complete": row.manifest is not None,
        "problem": row.problem.text(_) if row.problem else None,
        "pages": row.manifest.pages if row.manifest else None,
        "photos": row.manifest.photos if row.manifest else None,
        "bytes": row.manifest.size if row.manifest else None,
    }


def _counts(subject: Subject, done: str, count: int) -> str:
    """« 2 articles ajoutés »: written whole for each subject, since French agrees in gender."""
    texts = {
        (Subject.PROGRAMME, "added"): ngettext("{count} programme added", "{count} programmes added", count),
        (Subject.PROGRAMME, "changed"): ngettext("{count} programme changed", "{count} programmes changed", count),
        (Subject.PROGRAMME, "removed"): ngettext("{count} programme removed", "{count} programmes removed", count),
        (Subject.REMINDER, "added"): ngettext("{count} reminder added", "{count} reminders added", count),
        (Subject.REMINDER, "changed"): ngettext("{count} reminder changed", "{count} reminders changed", count),
        (Subject.REMINDER, "removed"): ngettext("{count} reminder removed", "{count} reminders removed", count),
        (Subject.ARTICLE, "added"): ngettext("{count} article added", "{count} articles added", count),
        (Subject.ARTICLE, "changed"): ngettext("{count} article changed", "{count} articles changed", count),
        (Subject.ARTICLE, "removed"): ngettext("{count} article removed", "{count} articles removed", count),
        (Subject.PAGE, "added"): ngettext("{count} information page added", "{count} information pages added", count),
        (Subject.PAGE, "changed"): ngettext(
            "{count} information page changed", "{count} information pages changed", count
        ),
        (Subject.PAGE, "removed"): ngettext(
            "{count} information page removed", "{count} information pages removed", count
        ),
        (Subject.PHOTO, "added"): ngettext("{count} photo added", "{count} photos added", count),
        (Subject.PHOTO, "changed"): ngettext("{count} photo changed", "{count} photos changed", count),
        (Subject.PHOTO, "removed"): ngettext("{count} photo removed", "{count} photos removed", count),
        (Subject.DOCUMENT, "added"): ngettext("{count} document added", "{count} documents added", count),
        (Subject.DOCUMENT, "changed"): ngettext("{count} document changed", "{count} documents changed", count),
        (Subject.DOCUMENT, "removed"): ngettext("{count} document removed", "{count} documents removed", count),
    }
    return texts[subject, done].format(count=count)
