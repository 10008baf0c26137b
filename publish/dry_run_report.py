"""What `publish --dry-run` says: what would be sent and why, a line a file at most, a line a subject where many are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from publish.differences import Subject, thing
from publish.errors import N_, PublishError
from publish.heads import current
from publish.language import ngettext
from publish.language import say as _
from publish.report import step_words, to_send, weight
from publish.steps import CHANGED, NEW, Step
from publish.stores import Store

MOST = 12
"""Lines for the files of one site: of more, as in a first publication, people read how many of each subject."""

SUBJECTS = {
    Subject.PROGRAMME: N_("programmes"),
    Subject.REMINDER: N_("reminders"),
    Subject.ARTICLE: N_("articles"),
    Subject.PAGE: N_("information pages"),
    Subject.PHOTO: N_("photos"),
    Subject.DOCUMENT: N_("documents"),
    Subject.CALENDAR: N_("calendars"),
    Subject.LIST: N_("home page and lists"),
    Subject.LOOK: N_("look"),
}


def planned(steps: Iterable[Step], store: Store, sites: Collection[str]) -> list[Step]:
    """What would be done; of what is in force in another form, that it is changed, not new.

    Arguments:
        steps: what a dry run told.
        store: as it is.
        sites: whose release could be made; of the others nothing would be sent.
    """
    in_force = {site: _paths(store, site) for site in sites}
    return [
        replace(step, reason=CHANGED) if step.reason == NEW and step.what in in_force[step.site] else step
        for step in steps
        if step.site in sites
    ]


def lines(plan: Iterable[Step], *, every_file: bool) -> Iterator[str]:
    """A plan, site by site: how much, then what, each with its reason.

    Arguments:
        every_file: however many there are.
    """
    for site, steps in groupby(plan, lambda step: step.site):
        yield from _of_site(site, list(steps), every_file)


def _paths(store: Store, site: str) -> Collection[str]:
    """What families can ask for now; of a site that can't be read, nothing is known."""
    try:
        held = current(store, site)
    except PublishError:
        return ()
    return held[1].files if held else ()


def _of_site(site: str, steps: Sequence[Step], every_file: bool) -> Iterator[str]:
    files, parts = ([step for step in steps if step.is_file is file] for file in (True, False))
    sent = [step for step in files if step.is_written]
    there = len(files) - len(sent)
    in_force = any(step.what == "head" and step.reason == NEW for step in parts)
    text = N_("{site}: would be in force; {sent} ({weight})") if in_force else N_("{site}: unchanged")
    if in_force and there:
        text = N_("{site}: would be in force; {sent} ({weight}), {there}")
    yield _(text).format(
        site=site,
        sent=to_send(len(sent)),
        weight=weight(sum(step.size for step in sent)),
        there=ngettext("{count} already there", "{count} already there", there).format(count=there),
    )
    told = _together(sent, thing)
    if len(told) > MOST and not every_file:
        told = _together(sent, lambda path: (thing(path)[0], ""))
    yield from (f"  {step_words(step)}" for step in (*told, *parts) if step.is_written)


def _together(steps: Sequence[Step], what: Callable[[str], tuple[Subject, str]]) -> list[Step]:
    """Steps of one thing and one reason as one, in the order of subjects."""
    groups: dict[tuple[Subject, str, str], list[Step]] = {}
    for step in steps:
        groups.setdefault((*what(step.what), step.reason), []).append(step)
    order = {subject: rank for rank, subject in enumerate(Subject)}
    ranked = sorted(groups.items(), key=lambda item: (order[item[0][0]], item[0]))
    return [
        replace(same[0], what=_words(subject, name, len(same)), size=sum(step.size for step in same))
        for (subject, name, _reason), same in ranked
    ]


def _words(subject: Subject, name: str, count: int) -> str:
    """A file's path, a photo's reference, or a subject; of what may be several files, their number."""
    if name and subject is not Subject.PHOTO:
        return name
    files = ngettext("{count} file", "{count} files", count).format(count=count)
    if name:
        return _("photo {name} ({files})").format(name=name, files=files)
    return _("{subject} ({files})").format(subject=_(SUBJECTS[subject]), files=files)
