"""What the command shows: tables, one closing sentence; or JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from publish import dates, stored
from publish.errors import N_, ReleaseError, Sentence
from publish.jobs import Built, Failed, Outcome
from publish.language import ngettext
from publish.language import say as _
from publish.paths import CITY_SLUG, is_slug
from publish.steps import PARTS, Log, Step
from publish.table import Table, show_table

if TYPE_CHECKING:
    from publish.publication import Publication
    from publish.sites import Published
    from publish.stores import Store


def log(*, verbose: bool, as_json: bool) -> Log:
    """Where each step of a publication is told: on the error stream, with its reason, if asked for."""

    def tell(step: Step) -> None:
        if verbose and not as_json:
            click.echo(_("{site}: {what}").format(site=step.site, what=step_words(step)), err=True)

    return tell


def step_words(step: Step) -> str:
    """What was, or would be, written or left, with its reason and its weight."""
    what = _(step.what) if step.what in PARTS else step.what
    text = N_("{what} – {reason}, {weight}") if step.size else N_("{what} – {reason}")
    return _(text).format(what=what, reason=_(step.reason), weight=weight(step.size))


def to_send(count: int) -> str:
    """So many files that a dry run would send."""
    return ngettext("{count} file to send", "{count} files to send", count).format(count=count)


def built(outcomes: Sequence[Outcome], *, seconds: float, as_json: bool, why: bool = False) -> int:
    """Tell what a build did, and with `why` what made each site necessary; the number of failures."""
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    done = [outcome for outcome in outcomes if isinstance(outcome, Built)]
    if as_json:
        show_json(
            {
                "sites": [_built_json(site) for site in done],
                "failed": _failed_json(failed),
                "seconds": round(seconds, 1),
            }
        )
        return len(failed)
    _notes(done)
    if why:
        _reasons(done)
    if done:
        table = Table(_("Centre"), _("Pages"), _("Photos"), _("Changes on"), _("Home page"), right=(1, 2))
        for site in _centres(done):
            changes = moment_words(site.next_change) if site.next_change else ""
            table.add_row(site.name, str(site.pages), str(site.photos), changes, str(site.tree / "index.html"))
        show_table(table)
    _failures(failed)
    sites = _centres(done)
    click.echo(
        _("{sites}, {pages}, {photos}, in {seconds} s.").format(
            sites=_sites(len(sites), sum(1 for site in sites if site.unchanged)),
            pages=_pages(sum(site.pages for site in sites)),
            photos=_photos(sum(site.photos for site in sites)),
            seconds=number(seconds),
        )
    )
    return len(failed)


def published(
    results: Sequence[Published | Failed],
    *,
    seconds: float,
    as_json: bool,
    plan: Sequence[Step] | None = None,
    told: Iterable[str] = (),
    due: list[dict[str, object]] | None = None,
    why: bool = False,
) -> int:
    """Tell what a publication did, for `--due` what was decided of each centre, and with `why` what made each site
    necessary; the number of failures.

    Arguments:
        plan: of a dry run: each file and part of a release, with what would become of it.
        told: the lines that say so to people, instead of the table.
    """
    failed = [result for result in results if isinstance(result, Failed)]
    done = [result for result in results if not isinstance(result, Failed)]
    blobs, size = sum(item.publication.new_blobs for item in done), sum(item.publication.new_bytes for item in done)
    if as_json:
        sites = [{**_built_json(item.built), **_publication_json(item.publication)} for item in done]
        if plan is not None:
            sites = [{**site, "steps": _steps_json(plan, site["slug"])} for site in sites]
        show_json(
            {
                "sites": sites,
                "failed": _failed_json(failed),
                "dry_run": plan is not None,
                "new_blobs": blobs,
                "bytes": size,
                "seconds": round(seconds, 1),
                **({} if due is None else {"due": due}),
            }
        )
        return len(failed)
    _notes([item.built for item in done])
    if why:
        _reasons([item.built for item in done])
    for line in told:
        click.echo(line)
    if done and plan is None:
        table = Table(_("Centre"), _("Release"), _("Result"), _("New files"), right=(3,))
        for item in done:
            publication = item.publication
            state = N_("in force") if publication.changed else N_("unchanged")
            name = _city_name(item.built.name)
            table.add_row(name, publication.head.release[:12], _(state), str(publication.new_blobs))
        show_table(table)
    _failures(failed)
    centres = [item.publication for item in done if item.slug != CITY_SLUG]
    files = ngettext("{count} new file", "{count} new files", blobs).format(count=blobs)
    if plan is not None:
        sent = [step for step in plan if step.is_file and step.is_written]
        files, size = to_send(len(sent)), sum(step.size for step in sent)
    text = _("{sites}, {pages}, {photos}; {blobs} ({weight}), in {seconds} s.").format(
        sites=_sites(len(centres), sum(1 for item in centres if not item.changed)),
        pages=_pages(sum(item.pages for item in centres)),
        photos=_photos(sum(item.photos for item in centres)),
        blobs=files,
        weight=weight(size),
        seconds=number(seconds),
    )
    if plan is not None:
        text = _("Dry run, nothing was written: {text}").format(text=text)
    click.echo(text)
    return len(failed)


def check_known(store: Store, centre: str) -> None:
    """Refuse a centre that was never published, with the nearest name.

    Raises:
        ReleaseError: it is not in the store.
    """
    if is_slug(centre) and stored.is_published(store, centre):
        return
    from difflib import get_close_matches

    known = stored.published(store)
    near = get_close_matches(centre.casefold(), known, n=1)
    if near:
        raise ReleaseError(N_("“{site}” was never published; did you mean “{near}”?"), site=centre, near=near[0])
    raise ReleaseError(
        N_("“{site}” was never published; published centres: {known}"), site=centre, known=", ".join(known) or "–"
    )


def weight(size: int) -> str:
    """Bytes as people read them."""
    if size < 1000:
        return ngettext("{count} byte", "{count} bytes", size).format(count=size)
    if size < 1_000_000:
        return _("{count} KB").format(count=number(size / 1000))
    return _("{count} MB").format(count=number(size / 1_000_000))


def moment_words(moment: datetime) -> str:
    """Day and time as people of that language write them; the zone is the one that was written."""
    return dates.moment_words(moment).text(_)


def day_words(day: date) -> str:
    """A day as people of that language write it."""
    return dates.day_words(day).text(_)


def number(value: float) -> str:
    """One decimal, with the language's own separator."""
    return f"{value:.1f}".replace(".", _("."))


def _sites(count: int, unchanged: int) -> str:
    sites = ngettext("{count} site", "{count} sites", count).format(count=count)
    if not unchanged:
        return sites
    same = ngettext("{count} unchanged", "{count} unchanged", unchanged).format(count=unchanged)
    return _("{sites} ({unchanged})").format(sites=sites, unchanged=same)


def _pages(count: int) -> str:
    return ngettext("{count} page", "{count} pages", count).format(count=count)


def _photos(count: int) -> str:
    return ngettext("{count} photo", "{count} photos", count).format(count=count)


def _centres(done: Sequence[Built]) -> list[Built]:
    return [site for site in done if site.slug != CITY_SLUG]


def _city_name(name: str) -> str:
    return _("(city)") if name == CITY_SLUG else name


def _notes(sites: Sequence[Built]) -> None:
    """What waits and what could be better: to the error stream, never a failure."""
    for heading, name in ((N_("Not shown today:"), "waiting"), (N_("Advice:"), "advices")):
        lines = dict.fromkeys(note.text(_) for site in sites for note in getattr(site, name))
        if lines:
            click.echo(_(heading), err=True)
        for line in lines:
            click.echo(f"  {line}", err=True)


MOST_REASONS = 8
"""For one site: who changed forty texts knows it."""


def _reasons(sites: Sequence[Built]) -> None:
    """What made each site necessary, or that nothing did."""
    for site in sites:
        said = _sentences(site.why[:MOST_REASONS]) or [_("unchanged, not built again")]
        if more := len(site.why) - MOST_REASONS:
            said += [_("and {count} more").format(count=more)] if more > 0 else []
        for text in said:
            click.echo(_("{site}: {what}").format(site=site.slug, what=text))


def _failures(failed: Sequence[Failed]) -> None:
    """Each failure once, even where it stops several centres (a mistake in `ville.toml`)."""
    groups: dict[str, list[str]] = {}
    for failure in failed:
        groups.setdefault("\n".join(_sentences(failure.problems)), []).append(failure.slug)
    for text, slugs in groups.items():
        heading = _("Not published nor changed: {names}").format(names=", ".join(slugs))
        click.echo(heading, err=True)
        for line in text.splitlines():
            click.echo(f"  {line}", err=True)


def _sentences(problems: Sequence[Sentence]) -> list[str]:
    return [problem.text(_) for problem in problems]


def _built_json(site: Built) -> dict[str, object]:
    return {
        "slug": site.slug,
        "name": site.name,
        "path": str(site.tree),
        "pages": site.pages,
        "photos": site.photos,
        "waiting": _sentences(site.waiting),
        "advices": _sentences(site.advices),
        "unchanged": site.unchanged,
        "why": _sentences(site.why),
        "next_change": site.next_change.isoformat() if site.next_change else None,
    }


def _failed_json(failed: Sequence[Failed]) -> list[dict[str, object]]:
    return [{"slug": failure.slug, "problems": _sentences(failure.problems)} for failure in failed]


def _publication_json(publication: Publication) -> dict[str, object]:
    return {
        "head": publication.head.number,
        "release": publication.head.release,
        "changed": publication.changed,
        "new_blobs": publication.new_blobs,
        "bytes": publication.new_bytes,
    }


def _steps_json(plan: Sequence[Step], slug: object) -> list[dict[str, object]]:
    return [{"what": step.what, "reason": step.reason, "bytes": step.size} for step in plan if step.site == slug]


def show_json(value: object) -> None:
    """The answer for a program."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
