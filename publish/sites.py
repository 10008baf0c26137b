"""Build, then publish: what `preau publish` and the demonstration do, for any number of centres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from publish.build import BuildRequest, Progress, build_sites
from publish.errors import PublishError, ReleaseError
from publish.heads import current
from publish.jobs import Built, Failed
from publish.manifest import Manifest
from publish.publication import Log, Publication, no_log, publish
from publish.release import make_release
from publish.stores import Store


@dataclass(frozen=True)
class Published:
    """A site that was built and published."""

    built: Built
    publication: Publication

    @property
    def slug(self) -> str:
        """Of the centre, or `ville`."""
        return self.built.slug


def publish_sites(
    request: BuildRequest,
    store: Store,
    names: tuple[str, ...],
    *,
    version: str,
    by: str,
    clock: Callable[[], datetime],
    progress: Progress,
    log: Log = no_log,
) -> tuple[Published | Failed, ...]:
    """Build centres and the city's tree, and publish each that could be built. One that fails never stops the others.

    Arguments:
        request: where content is and where sites are built.
        store: where releases go.
        names: centres; all of the content folder if empty.
        version: of the tool, noted in the manifest.
        by: who publishes, noted in the head.
        clock: the real moment, Europe/Paris.
        progress: told of each site.
        log: told of each thing written or not, with the reason.
    """
    outcomes = build_sites(request, names, progress)
    results: list[Published | Failed] = []
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            results.append(outcome)
            continue
        try:
            release = make_release(
                outcome.tree,
                slug=outcome.slug,
                name=outcome.name,
                built=request.now,
                version=version,
                known=_in_force(store, outcome.slug),
            )
            publication = publish(store, release, admission=outcome.admission, now=clock(), by=by, log=log)
        except PublishError as error:
            results.append(Failed(outcome.slug, (error,)))
        else:
            results.append(Published(outcome, publication))
            progress.published(publication)
    return tuple(results)


def _in_force(store: Store, slug: str) -> Manifest | None:
    """The manifest in force, only to save work: whatever is wrong with it, publishing will say or mend."""
    try:
        found = current(store, slug)
    except ReleaseError:
        return None
    return found[1] if found else None
