"""Withdrawals that this gateway has once seen, kept on its own disk: a store that forgets them brings nothing back.

The register only grows. A store that says less than it did was restored from an older backup, and its photos came back
with it; until `preau withdraw --reappliquer` has told it again, this gateway goes on hiding what it knows.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from publish import strict_json
from publish.errors import N_, ServeError, cause_of
from publish.paths import is_digest, is_file_path, is_slug
from publish.private_file import write_private
from publish.strict_json import Malformed
from publish.withdrawn import Withdrawn

NAME = "withdrawals.json"
"""Beside the sessions' file."""

_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_log = logging.getLogger(__name__)


class Remembered:
    """What was withdrawn from each centre, as far as this gateway ever knew.

    Arguments:
        path: of the file; `None` to remember in memory alone.

    Raises:
        ServeError: the file is there and can't be used: what must stay hidden is not known.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = _read(path) if path is not None else {}

    def with_all(self, slug: str, said: Withdrawn) -> Withdrawn:
        """What the store says of a centre, and what it said before; noted if it is new."""
        known = self._known.get(slug, Withdrawn())
        if said.digests <= known.digests and said.paths <= known.paths:
            if len(said.digests) < len(known.digests) or len(said.paths) < len(known.paths):
                _log.error("the store forgot withdrawals of %s: it was restored; withdraw again", slug)
            return replace(known, number=said.number)
        whole = Withdrawn(said.number, known.digests | said.digests, known.paths | said.paths)
        self._known[slug] = whole
        self._write()
        return whole

    def _write(self) -> None:
        if self._path is None:
            return
        sites = {
            slug: {"digests": sorted(known.digests), "paths": sorted(known.paths)}
            for slug, known in self._known.items()
        }
        try:
            write_private(self._path, strict_json.dump({"format": _FORMAT, "sites": sites}))
        except OSError as error:
            # Still hidden by this process, and by the store: only a restart after a restored backup would not know.
            _log.error("withdrawals can't be remembered in %s (%s)", self._path, error.strerror)


def _read(path: Path) -> dict[str, Withdrawn]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ServeError(
            N_("{path}, where this gateway remembers withdrawals, can't be read: {cause}"),
            path=path,
            cause=cause_of(error),
        ) from error
    try:
        raw = strict_json.table(strict_json.load(data, most=_MAX_BYTES), ("format", "sites"), "withdrawals")
        if raw["format"] != _FORMAT:
            raise Malformed("format")  # noqa: TRY301 - one place turns every fault into the error
        return {slug: _site(slug, site) for slug, site in strict_json.mapping(raw["sites"], "sites").items()}
    except Malformed as error:
        raise ServeError(
            N_(
                "{path}, where this gateway remembers withdrawals, is damaged: run `preau withdraw --reappliquer` for "
                "each centre, then remove it"
            ),
            path=path,
        ) from error


def _site(slug: str, value: object) -> Withdrawn:
    raw = strict_json.table(value, ("digests", "paths"), slug)
    digests, paths = strict_json.texts(raw["digests"], "digests"), strict_json.texts(raw["paths"], "paths")
    if not is_slug(slug) or not all(map(is_digest, digests)) or not all(map(is_file_path, paths)):
        raise Malformed(slug)
    return Withdrawn(0, frozenset(digests), frozenset(paths))
