"""The header of one file, read into what the rest of the site needs to know of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from plugins.errors import Problem, Severity, Wrong
from plugins.files import read_file, unreadable
from plugins.leaving.rules import NEARLY_A_VALIDATOR, NOT_A_VALIDATOR, publishable
from plugins.posts import keys
from plugins.posts.header import Document
from plugins.posts.header import read as read_header
from plugins.posts.keys import INFOS
from plugins.posts.model import Status
from plugins.posts.values import Values
from plugins.site.bodies import Draft
from plugins.site.model import Centre
from plugins.site.scan import Source


def read_draft(content: Path, source: Source, centre: Centre | None, now: datetime, problems: list[Problem]) -> Draft:
    """One file's header, and whether it leaves. What is wrong in a draft is an advice: it stops nobody."""
    own: list[Problem] = []
    try:
        document, header_problems = read_header(read_file(content, source.path), source.file, source.kind)
        own += header_problems
    except (Wrong, OSError) as error:
        problems.append((error if isinstance(error, Wrong) else unreadable(error)).at(source.file, 0))
        document = Document(source.file, source.kind, MappingProxyType({}), "", 1)
    readable = bool(document.fields or document.body)
    values = Values(document, own if readable else [])  # of a file that can't be read that alone is told
    groups = _known_groups(source, document, values, centre)
    common = values.common(source.name, groups)
    post = source.kind != INFOS and not source.from_city
    reason = publishable(
        status=common.status,
        published=common.published,
        validated_by=common.validated_by,
        validators=centre.validators if centre and centre.moderation and post else None,
        deputies=centre.deputies if centre else (),
        now=now,
    )
    if reason and reason.message in (NOT_A_VALIDATOR, NEARLY_A_VALIDATOR):
        line = document.line(keys.VALIDATED_BY)
        own.append(Problem(source.file, line, reason.message, dict(reason.values), Severity.ADVICE))
    sound = readable and not any(p.severity is Severity.ERROR for p in own)
    if common.status is Status.DRAFT:
        # A status that nobody knows counts as a draft, so that nothing leaves by mistake, but it is said aloud.
        status = document.line(keys.STATUS) if document.value(keys.STATUS) else 0
        own = [p if p.line == status else replace(p, severity=Severity.ADVICE) for p in own]
    problems += own
    return Draft(source, document, common, reason, sound=sound)


def _known_groups(
    source: Source, document: Document, values: Values, centre: Centre | None
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    if centre is None or source.from_city or not centre.groups:
        return None  # without groups centre.toml is in error, and was told: every post would only repeat it
    own = tuple((name, ()) for name in values.names(keys.GROUPS)) if document.value(keys.GROUPS) else ()
    return (*own, *((group.name, (*group.aliases, *([group.ages] if group.ages else []))) for group in centre.groups))
