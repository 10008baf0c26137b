"""One centre with its drafts, and the bodies that did not change since the last time kept ready.

Reading 200 posts takes the better part of a second, their headers alone a tenth of it: after a save one body is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

from plugins.documents.model import Document
from plugins.errors import Problem, Severity
from plugins.photos.album import FUNCTION
from plugins.photos.model import Photo
from plugins.posts import keys
from plugins.posts.model import Article, Reminder, Status
from plugins.preview.marks import Mark, mark_of, mark_of_photos, mark_of_reminder
from plugins.preview.model import PreviewSite
from plugins.reminders import rules as reminder_rules
from plugins.site import loader
from plugins.site.attachments import Attachments, PrepareDocument
from plugins.site.bodies import BlurPhoto, Draft, PreparePhoto, Setting, no_blur
from plugins.site.links import Targets
from plugins.site.loader import AnyPost, Written
from plugins.site.model import Waiting

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, size, moment and place of files: enough to know that they are the same, for what is never published."""


@dataclass(frozen=True)
class _Body:
    draft: Draft
    photos: Stamp
    post: AnyPost
    problems: tuple[Problem, ...]
    waiting: tuple[Waiting, ...]
    documents: tuple[Document, ...]
    linked: tuple[tuple[Path, Stamp], ...]

    def holds(self, draft: Draft, photos: Stamp) -> bool:
        """Whether nothing that it was read from has changed."""
        return (self.draft, self.photos) == (draft, photos) and all(_stamps(file) == was for file, was in self.linked)


class Memory:
    """What earlier readings of one centre found; a body is read again when anything that it is made of changed."""

    def __init__(self) -> None:
        self._frame: object = None
        self._bodies: dict[str, _Body] = {}
        self._photos: dict[tuple[Path, str, str], tuple[Stamp, Photo]] = {}

    def body(self, draft: Draft, setting: Setting) -> _Body:
        """The body of a post, with what is wrong in it."""
        file, photos = draft.source.file, _stamps(draft.source.own)
        found = self._bodies.get(file)
        if found is None or not found.holds(draft, photos):
            attachments = Attachments(setting.content, setting.attachments.prepare)
            alone = replace(setting, problems=[], waiting=[], attachments=attachments)
            post = loader.BODIES[draft.source.kind](draft, alone)
            linked = tuple((path, _stamps(path)) for path in sorted(attachments.linked))
            documents = attachments.of([file])
            found = _Body(draft, photos, post, tuple(alone.problems), tuple(alone.waiting), documents, linked)
            self._bodies[file] = found
        return found

    def within(self, frame: object) -> None:
        """Forget the bodies if what they all depend on (settings, day, addresses) is not the same any more."""
        if frame != self._frame:
            self._frame = frame
            self._bodies.clear()

    def preparing(self, prepare: PreparePhoto) -> PreparePhoto:
        """The same, without reading again a photo whose file did not change."""

        def prepared(path: Path, alt: str, caption: str) -> Photo:
            stamp, key = _stamps(path), (path, alt, caption)
            before = self._photos.get(key)
            if before is None or before[0] != stamp:
                before = self._photos[key] = (stamp, prepare(path, alt, caption))
            return before[1]

        return prepared


def _stamps(path: Path | None) -> Stamp:
    return tuple(_found(path)) if path is not None else ()


def _found(path: Path) -> Iterator[tuple[str, int, int, int]]:
    files = [path] if path.is_file() else sorted(Path(d, name) for d, _, names in os.walk(path) for name in names)
    for file in files:
        try:
            found = file.stat(follow_symlinks=False)
        except OSError:
            continue  # gone meanwhile: another stamp than with it
        yield str(file), found.st_size, found.st_mtime_ns, found.st_ino


def load_preview(
    content: Path, slug: str, now: datetime, prepare_photo: PreparePhoto, memory: Memory,
    prepare_document: PrepareDocument | None = None, blur_photo: BlurPhoto = no_blur,
) -> PreviewSite:  # fmt: skip
    """Read one centre with everything in it; see `plugins.site.loader.load_site`, which raises the same.

    Photos are shown under the same rule as on a site: attested, and not past their last day.
    """
    written = loader.read_written(content, slug, now)
    # without the gateway there is no ZIP: a link to it would lead nowhere
    centre = replace(written.centre, functions=written.centre.functions - {FUNCTION})
    marks = {draft.path: [mark_of(draft.reason)] for draft in written.drafts if draft.reason}
    drafts = [replace(draft, reason=None) for draft in written.drafts]
    files = {draft.source.file: draft.path for draft in drafts}
    targets = Targets(slug, MappingProxyType(files), frozenset())
    memory.within((centre, written.city, written.now.date(), files))
    setting = Setting(
        written.content, centre, written.city, written.now, targets, memory.preparing(prepare_photo),
        blur_photo, [], Attachments(written.content, prepare_document),
    )  # fmt: skip
    unfinished: dict[str, tuple[Problem, ...]] = {}
    built: list[AnyPost] = []
    documents: dict[str, Document] = {}
    for draft in drafts:
        if draft.source.kind == keys.PROGRAMMES and written.unusable:
            continue  # its groups and hours come from the settings
        body = memory.body(draft, setting)
        if draft.common.status is Status.DRAFT and (wrong := _wrong(draft, body, written)):
            unfinished[draft.path] = wrong
            continue
        written.problems.extend(body.problems)
        built.append(body.post)
        documents.update((document.path, document) for document in body.documents)
        marks.setdefault(draft.path, []).extend(_marks(body, written.now.date()))
    if written.unusable or any(problem.severity is Severity.ERROR for problem in written.problems):
        raise written.error()
    return PreviewSite(
        centre=centre,
        city=written.city,
        now=written.now,
        pages=loader.pages_of(built),
        programmes=loader.programmes_of(built),
        reminders=_in_force_first((post for post in built if isinstance(post, Reminder)), marks),
        articles=loader.articles_of(built),
        documents=tuple(documents[path] for path in sorted(documents)),
        waiting=(),
        advices=tuple(p for p in written.problems if p.severity is Severity.ADVICE),
        marks={path: tuple(found) for path, found in marks.items() if found and path not in unfinished},
        unfinished=unfinished,
    )


def _in_force_first(reminders: Iterable[Reminder], marks: Mapping[str, list[Mark]]) -> tuple[Reminder, ...]:
    """In the order that families read, then those that they don't see."""
    return tuple(sorted(reminder_rules.ordered(reminders), key=lambda reminder: bool(marks.get(reminder.path))))


def _wrong(draft: Draft, body: _Body, written: Written) -> tuple[Problem, ...]:
    """What keeps a draft from being shown; it holds nobody else up."""
    header = () if draft.sound else tuple(p for p in written.problems if p.file == draft.source.file)
    return (*header, *(p for p in body.problems if p.severity is Severity.ERROR))


def _marks(body: _Body, today: date) -> list[Mark]:
    """What a body adds to the marks of its post."""
    if isinstance(body.post, Article):
        return [mark_of_photos(waiting) for waiting in body.waiting]
    over = mark_of_reminder(body.post, today) if isinstance(body.post, Reminder) else None
    return [over] if over else []
