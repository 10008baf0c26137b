"""Read centres as a build would, and keep everything that there is to say; nothing is written, no photo is decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from plugins.errors import N_, Problem, SettingsError, Severity, Wrong
from plugins.excerpt import Excerpt, excerpt
from plugins.files import read_file
from plugins.photos.blur import Blur
from plugins.photos.blurring import check_mark
from plugins.photos.faces import MISSING, installed
from plugins.photos.glance import glance
from plugins.photos.model import Photo
from plugins.photos.refused import EXACT, Register, read_register, refused
from plugins.photos.source import read_source
from plugins.site.loader import Survey, survey
from plugins.site.model import Waiting


@dataclass(frozen=True)
class Finding:
    """A problem, with the line where it stands if there is one."""

    problem: Problem
    excerpt: Excerpt | None


@dataclass(frozen=True)
class Checked:
    """What a check found, each thing once, even where it concerns several centres (a post of the city).

    Arguments:
        centres: that were read.
        errors: each stops its centre.
        advices: what would make a site better.
        waiting: what does not leave today, and why.
        uncompared: photos were withdrawn, and a build alone says whether another one looks like one of them.
    """

    centres: tuple[str, ...]
    errors: tuple[Finding, ...]
    advices: tuple[Finding, ...]
    waiting: tuple[Waiting, ...]
    uncompared: bool = False


def check_centres(content: Path, centres: Sequence[str], now: datetime) -> Checked:
    """Check centres, whatever their files hold: an error in one hides none of another.

    Arguments:
        content: the content folder.
        centres: names of folders.
        now: the moment that waiting and past are judged by.
    """
    register, damaged = _register(content.resolve())
    surveys = [_survey(content, slug, now, register) for slug in centres]
    told = [*damaged, *(problem for found in surveys for problem in (*found.problems, *found.late))]
    problems = sorted({_key(problem): problem for problem in told}.values(), key=lambda p: (p.file, p.line))
    waiting = {(item.source, item.reason): item for found in surveys for item in found.waiting}
    lines: dict[str, list[str]] = {}
    findings = [Finding(problem, _excerpt(problem, content, lines)) for problem in problems]
    findings.sort(
        key=lambda found: (found.problem.file, found.problem.line, found.excerpt.column if found.excerpt else 0)
    )
    return Checked(
        tuple(centres),
        tuple(_of(findings, Severity.ERROR)),
        tuple(_of(findings, Severity.ADVICE)),
        tuple(sorted(waiting.values(), key=lambda item: item.source)),
        any(entry.likenesses for entry in register.entries.values()),
    )


def _register(content: Path) -> tuple[Register, tuple[Problem, ...]]:
    try:
        return read_register(content), ()
    except SettingsError as error:
        return Register(), error.problems


def _glance(content: Path, register: Register, path: Path, alt: str, caption: str) -> Photo:
    """A photo looked at without being decoded: whether it only looks like a withdrawn one, a build says."""
    photo = glance(content, path, alt, caption)
    if register:
        source = hashlib.sha256(read_source(content, path, photo.source)).hexdigest()
        if (withdrawn := register.exact(source)) is not None:
            raise refused(EXACT, withdrawn, photo.source)
    return photo


def _unblurred(content: Path, register: Register, path: Path, alt: str, caption: str, wanted: Blur) -> Photo:
    """A photo looked at without its faces: a build finds them. Without what finds them, the article is in error now."""
    if wanted.searches and not installed():
        raise Wrong(MISSING)
    photo = _glance(content, register, path, alt, caption)
    check_mark(path, content, wanted)
    return photo


def _survey(content: Path, slug: str, now: datetime, register: Register) -> Survey:
    try:
        real = content.resolve()
        blur = partial(_unblurred, real, register)
        return survey(content, slug, now, partial(_glance, real, register), blur_photo=blur, drafts=True)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one centre must not hide what is wrong in the others
        message = N_(
            "Préau met an error of its own here ({kind}: {cause}), so that this centre could not be read whole. Please "
            "send this line to whoever looks after Préau."
        )
        return Survey(slug, (Problem(slug, 0, message, {"kind": type(error).__name__, "cause": str(error)[:200]}),))


def _key(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.line, problem.text(str)


def _of(findings: Iterable[Finding], severity: Severity) -> Iterable[Finding]:
    return (finding for finding in findings if finding.problem.severity is severity)


def _excerpt(problem: Problem, content: Path, lines: dict[str, list[str]]) -> Excerpt | None:
    if not problem.line:
        return None
    if problem.file not in lines:
        try:
            text = read_file(content, content / problem.file).decode("utf-8-sig", "replace")
        except (OSError, Wrong, ValueError):
            text = ""
        lines[problem.file] = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return excerpt(problem, lines[problem.file])
