"""What this machine knows of a centre since it last published there, so that the next time nothing is listed again.

Two small requests say whether it still holds: the head is there as this machine wrote it, and nothing was withdrawn
since. All that is known is older than that head: a store that was restored from a backup, and lost any of it, lost the
head too. Whether somebody published since is told by the creation of the next head, which is then refused.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from publish.access import Admission
from publish.errors import ReleaseError
from publish.heads import Head, read_head_number
from publish.layout import HEADS, WITHDRAWN, series_key
from publish.manifest import Manifest
from publish.stores import Store
from publish.withdrawn import Withdrawn


@dataclass(frozen=True)
class Known:
    """A centre in the store, as somebody last saw it.

    Arguments:
        head: in force; `None` if there was none.
        manifest: of the release in force; `None` if there was none, or it was damaged.
        withdrawn: all that was withdrawn.
        admission: what `centre.toml` said when the policy was last brought in line with it.
    """

    head: Head | None
    manifest: Manifest | None
    withdrawn: Withdrawn
    admission: Admission | None = None


def is_still(
    store: Store,
    known: Known,
    manifest: Manifest,
    after: int | None,
    content: Withdrawn | None,
    pool: Executor,
) -> bool:
    """Whether a publication may start from what was known; if not, all is read from the store.

    Arguments:
        manifest: what is to be published.
        after: number of the head that must be in force.
        content: what the content says was withdrawn.
    """
    head, withdrawn = known.head, known.withdrawn
    if head is None or (after is not None and after != head.number):
        return False
    if content is not None and (content.digests, content.paths) != (withdrawn.digests, withdrawn.paths):
        return False
    site = manifest.site
    later = [series_key(site, WITHDRAWN, withdrawn.number + 1)]
    if head.release == manifest.id:  # nothing will be created that could say so
        later.append(series_key(site, HEADS, head.number + 1))
    changed = pool.map(store.exists, later)
    try:
        return read_head_number(store, site, head.number) == head and not any(changed)
    except ReleaseError:
        return False
