"""One centre, built by Pelican in a process of its own: the only module of `publish` that imports Pelican."""

from __future__ import annotations

import logging
import re
import resource
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from plugins.errors import PluginError, Problem
from publish.access import Admission, MembershipKind
from publish.errors import N_, BuildError, PublishError, Reason, Sentence, cause_of
from publish.incremental.files import Known, look_at_site
from publish.incremental.noting import look_before, note
from publish.jobs import Built, Failed, Job, Outcome
from publish.manifest import files_digest
from publish.verify import check_tree, photos_in

if TYPE_CHECKING:
    from plugins.site.model import Site

PRELOAD = ("pelican", "markdown_it", "plugins.site.plugin", "plugins.photos.plugin", "plugins.programmes.plugin")
"""Loaded once by the server that workers are forked from, and not by each of them."""

EXPECTED_PLUGINS = frozenset(
    f"plugins.{name}.plugin" for name in ("site", "programmes", "reminders", "photos", "documents", "leaving")
)

NOT_READ = ("ARTICLE_PATHS", "PAGE_PATHS", "STATIC_PATHS")
"""Settings that would say nothing and do nothing here: `publish.stand_ins` stands for the readers that they need."""

ALLOWED_WARNINGS: tuple[tuple[str, re.Pattern[str]], ...] = ()
"""(logger, message) of warnings that say nothing about a site. Every other warning stops the build of its centre."""


MOST_MINUTES = 10
"""Of computing, for one centre whose photos are ready; a year of 500 posts takes some seconds. Some texts of a megabyte
would take hours, and no centre is published before all are built."""


def limit_work(seconds: int = MOST_MINUTES * 60) -> None:
    """End this process's work after `seconds` of computing: by `BuildError`, or, where Python can't, by its death."""
    signal.signal(signal.SIGXCPU, _too_long)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))


def _too_long(number: int, frame: object) -> NoReturn:
    raise BuildError(
        N_("this centre asks for more than {minutes} minutes of computing: a text in it is far too long or too odd"),
        minutes=MOST_MINUTES,
    )


class Recorder(logging.Handler):
    """Keeps every warning and error that a library logs: with Pelican, each means a page that is missing or wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, unless it is allowed by name."""
        text = record.getMessage()
        if not any(record.name == name and pattern.search(text) for name, pattern in ALLOWED_WARNINGS):
            self.records.append(f"{record.name}: {text}")


def build_centre(job: Job) -> Outcome:
    """Build and verify one centre into `job.output`. Never raises: what goes wrong comes back as data."""
    try:
        return _build(job)
    except PluginError as error:
        return Failed(job.slug, tuple(map(_plain, error.problems)))
    except PublishError as error:
        return Failed(job.slug, (Reason(error.message, dict(error.values)), *error.reasons))
    except OSError as error:
        message = N_("{path} can't be read or written: {cause}")
        return Failed(
            job.slug, (Reason(message, {"path": str(error.filename or job.output), "cause": cause_of(error)}),)
        )
    except Exception as error:  # noqa: BLE001 - the edge of the process: told to the parent, which goes on with the others
        where = "".join(traceback.format_tb(error.__traceback__)[-1:]).strip()
        message = N_("this centre met an error of Préau's own ({kind}: {cause}; {where})")
        return Failed(job.slug, (Reason(message, {"kind": type(error).__name__, "cause": str(error), "where": where}),))


def _build(job: Job) -> Built:
    from plugins.leaving.change import next_change
    from plugins.leaving.output import expected

    started, before = time.monotonic(), look_before(job)
    recorder = Recorder()
    settings = _run_pelican(job, recorder)
    site: Site = settings["PREAU_SITE"]
    if recorder.records:
        raise BuildError(
            N_("the build of this centre gave warnings, so that a page may be missing or wrong:"),
            reasons=[Reason("{text}", {"text": text}) for text in dict.fromkeys(recorder.records)],
        )
    looks = look_at_site(job.output)
    digests = check_tree(job.output, expected(site))
    centre = site.centre
    built = Built(
        slug=job.slug,
        name=centre.name,
        tree=job.output,
        pages=sum(1 for path in digests if path.endswith(".html")),
        photos=photos_in(digests),
        admission=Admission(
            frozenset(centre.schools), centre.admission, frozenset(map(MembershipKind, centre.admitted))
        ),
        waiting=site.waiting,
        advices=tuple(map(_plain, settings["PREAU_ADVICES"])),
        next_change=next_change(site, site.now),
        files=files_digest(digests),
    )
    with suppress(OSError):  # the next build makes this site again, nothing else is lost
        note(job, before, built, settings, Known(looks, digests))
    return replace(built, seconds=time.monotonic() - started)


def _run_pelican(job: Job, recorder: Recorder) -> dict[str, Any]:
    """Run Pelican once; its settings afterwards, in which the `site` plugin left the site."""
    import pelican
    from pelican.settings import read_settings

    pelican.console.quiet = True
    root = logging.getLogger()
    root.handlers[:] = [recorder]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    override = {
        "PATH": str(job.content / job.slug),
        "OUTPUT_PATH": str(job.output),
        "PREAU_NOW": job.now,
        "PREAU_PHOTO_CACHE": str(job.cache),
        "PREAU_WITHOUT": job.without,
    }
    settings = read_settings(str(job.settings), override=override)
    for name in NOT_READ:
        if settings[name]:
            raise BuildError(
                N_("{name} in {settings} must stay empty: no text and no file is read by Pelican itself"),
                name=name,
                settings=job.settings.name,
            )
    run = pelican.Pelican(settings)
    loaded = {plugin.__name__ for plugin in run.plugins}
    if loaded != EXPECTED_PLUGINS:
        raise BuildError(
            N_("Pelican loaded the plugins {loaded} instead of {expected}"),
            loaded=", ".join(sorted(loaded)),
            expected=", ".join(sorted(EXPECTED_PLUGINS)),
        )
    run.run()
    return dict(settings)


def _plain(problem: Problem) -> Sentence:
    """A problem that can be pickled, whatever its fields hold."""
    values = {name: value if isinstance(value, str | int) else str(value) for name, value in problem.values.items()}
    return Problem(problem.file, problem.line, problem.message, values, problem.severity)
