"""Whether this version of Préau reads what stands in the store: a later one may have written it."""

from __future__ import annotations

from collections.abc import Iterator

from publish import heads
from publish.errors import NewerError, PublishError, Reason
from publish.findings import Finding, Level
from publish.policies import read_policy
from publish.stored import slugs
from publish.stores import Store
from publish.withdrawn import read_withdrawn


def examine_versions(store: Store) -> Iterator[Finding]:
    """What is in force of each centre and was written by a later version; other faults are told elsewhere."""
    try:
        found = list(slugs(store))
    except PublishError:
        return
    for slug in found:
        for read in (heads.current, read_policy, read_withdrawn):
            try:
                read(store, slug)
            except NewerError as error:
                yield Finding(Level.BAD, "{what}", {"what": Reason(error.message, dict(error.values))})
            except PublishError:
                continue
