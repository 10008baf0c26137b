"""What this machine knows of a centre since it last published there, so that the next time nothing is listed again.

Some small requests say whether it still holds: the head is there as this machine wrote it, nothing was withdrawn since,
and nobody changed who may enter. All that is known is older than that head: a store that was restored from a backup of
one moment, and lost any of it, lost the head too. A folder, where a question costs nothing, is also asked whether what
was in force is still there: its backup may be a copy that was made while somebody published. Of a bucket that would be
two requests more for each site; `--paranoid` reads it whole. Whether somebody published since is told by the creation
of the next head, which is then refused.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property

from publish.access import Admission
from publish.errors import ReleaseError
from publish.heads import Head, read_head_number
from publish.layout import HEADS, POLICIES, WITHDRAWN, series_key
from publish.manifest import Manifest, Outline
from publish.stores import Store
from publish.stores.folder import FolderStore
from publish.withdrawn import Withdrawn


def _nothing() -> None:
    """No manifest."""


@dataclass(frozen=True)
class Known:
    """A centre in the store, as somebody last saw it.

    Arguments:
        head: in force; `None` if there was none.
        withdrawn: all that was withdrawn.
        policy: number of the policy in force, 0 if there was none.
        admission: what `centre.toml` said when that policy was last brought in line with it; `None` if that is not
            known: the policy is then read.
        outline: of the release in force; `None` if it is not known.
        read: gives the manifest in force.
    """

    head: Head | None
    withdrawn: Withdrawn
    policy: int = 0
    admission: Admission | None = None
    outline: Outline | None = None
    read: Callable[[], Manifest | None] = field(default=_nothing, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest | None:
        """Of the release in force, read where it is first asked for; `None` if there was none, or it is damaged."""
        return self.read()


def still(
    store: Store,
    site: str,
    known: Known,
    *,
    head_comes: bool,
    after: int | None,
    content: Withdrawn | None,
    admission: Admission | None,
    pool: Executor,
) -> Known | None:
    """What a publication may start from; `None`: nothing that was known holds, and all is read from the store.

    A policy that somebody wrote since does not change the rest: `admission` is then unknown.

    Arguments:
        head_comes: a head will be created, and refused if somebody published since.
        after: number of the head that must be in force.
        content: what the content says was withdrawn.
        admission: what `centre.toml` says of who may enter; `None` if nobody may.
        pool: makes the requests.
    """
    head, withdrawn = known.head, known.withdrawn
    if head is None or after not in (None, head.number):
        return None
    if content is not None and (content.digests, content.paths) != (withdrawn.digests, withdrawn.paths):
        return None
    later = [series_key(site, WITHDRAWN, withdrawn.number + 1)]
    if not head_comes:
        later.append(series_key(site, HEADS, head.number + 1))
    is_settled = admission is not None and admission == known.admission
    rules = [series_key(site, POLICIES, known.policy + 1)] if is_settled else []
    answers = pool.map(store.exists, (*later, *rules))
    try:
        there = read_head_number(store, site, head.number)
    except ReleaseError:
        there = None
    *changed, ruled = (*answers, False) if not is_settled else answers
    if there != head or any(changed):
        return None
    if isinstance(store, FolderStore):
        if withdrawn.number and not store.exists(series_key(site, WITHDRAWN, withdrawn.number)):
            return None
        ruled = ruled or (is_settled and not store.exists(series_key(site, POLICIES, known.policy)))
    return replace(known, admission=None) if ruled else known
