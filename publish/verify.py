"""A finished tree, checked before it gets its final name: whole, and with nothing that a release would refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

from plugins.leaving.mark import is_preview
from plugins.leaving.paths import walk
from publish.errors import N_, BuildError, Reason
from publish.media import media_type
from publish.paths import is_file_path


def check_tree(tree: Path, expected: Collection[str]) -> dict[str, str]:
    """The paths of a finished tree, in order, each with the sha256 of the bytes that were judged.

    Arguments:
        tree: a folder; links in it are never followed.
        expected: files that must be there.

    Raises:
        BuildError: with everything that is wrong.
    """
    problems: list[Reason] = []
    found: dict[str, str] = {}
    for path, regular in walk(tree):
        shown = path.encode("unicode_escape", "surrogateescape").decode("ascii", "replace")[:200]
        if not regular:
            problems.append(Reason(N_("{path} is a link or a special file"), {"path": shown}))
        elif not is_file_path(path):
            problems.append(Reason(N_("“{path}” is not a path that a site may have"), {"path": shown}))
        elif media_type(path) is None:
            problems.append(Reason(N_("{path} is of a type that may not be in a site"), {"path": shown}))
        elif is_preview(data := (tree / path).read_bytes()):
            problems.append(Reason(N_("{path} comes from a preview, which may never be published"), {"path": shown}))
        else:
            found[path] = hashlib.sha256(data).hexdigest()
    missing = sorted(set(expected) - set(found))
    problems += [Reason(N_("{path} should have been made and was not"), {"path": path}) for path in missing]
    if problems:
        raise BuildError(N_("the site was made, but it can't be shown:"), reasons=problems)
    return dict(sorted(found.items()))


def photos_in(paths: Iterable[str]) -> int:
    """Number of photos among paths of a site, whatever their number of variants (`photos/<digest>-<width>.<ext>`)."""
    return len({path.rpartition("-")[0] for path in paths if path.startswith("photos/")})
