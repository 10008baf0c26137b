"""Where everything of a centre stands in a store; the one place that spells its keys. See docs/releases.md."""

from __future__ import annotations

import re

HEADS = "heads"
POLICIES = "policies"
WITHDRAWN = "withdrawn"

_NUMBER = re.compile(r"([0-9]{6,12})\.json")


def centre_prefix(slug: str) -> str:
    """Everything of one centre."""
    return f"centres/{slug}/"


def blob_prefix(slug: str) -> str:
    """Every blob of one centre."""
    return f"{centre_prefix(slug)}blobs/"


def blob_key(slug: str, digest: str) -> str:
    """Immutable bytes, by their sha256."""
    return f"{blob_prefix(slug)}{digest[:2]}/{digest}"


def release_key(slug: str, release: str) -> str:
    """A manifest, by its id."""
    return f"{release_prefix(slug)}{release}.json"


def release_prefix(slug: str) -> str:
    """Every manifest of one centre."""
    return f"{centre_prefix(slug)}releases/"


def gone_key(slug: str, release: str) -> str:
    """Why a release is no more, by its id."""
    return f"{centre_prefix(slug)}gone/{release}.json"


def condemned_key(slug: str) -> str:
    """What a prune will remove; written again."""
    return f"{centre_prefix(slug)}condemned.json"


def pruning_key(slug: str) -> str:
    """There while a prune removes."""
    return f"{centre_prefix(slug)}pruning.json"


def next_key(slug: str) -> str:
    """When the site in force changes by itself, as older versions noted it beside the head; only read."""
    return f"{centre_prefix(slug)}next.json"


def refused_prefix(slug: str) -> str:
    """Whole entries of the register of withdrawals."""
    return f"{centre_prefix(slug)}refused/"


def refused_key(slug: str, name: str) -> str:
    """One entry of the register of withdrawals, by its name."""
    return f"{refused_prefix(slug)}{name}.json"


def series_prefix(slug: str, series: str) -> str:
    """A numbered series: `heads`, `policies` or `withdrawn`."""
    return f"{centre_prefix(slug)}{series}/"


def series_key(slug: str, series: str, number: int) -> str:
    """One object of a numbered series; six digits, so that a listing is in order."""
    return f"{series_prefix(slug, series)}{number:06d}.json"


def series_number(key: str) -> int | None:
    """The number of an object of a series, or `None` if the key is not one."""
    match = _NUMBER.fullmatch(key.rsplit("/", 1)[-1])
    return int(match.group(1)) if match else None
