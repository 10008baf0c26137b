"""A numbered series of objects (heads, policies, withdrawals): append only, the highest number is in force."""

from __future__ import annotations

from publish.errors import N_, ReleaseError
from publish.layout import series_key, series_number, series_prefix
from publish.stores import Store


def latest_number(store: Store, slug: str, series: str, known: int | None = None) -> int:
    """The highest number of a series, 0 if it is empty.

    Arguments:
        known: a number seen before (0: the series was empty): the following ones are probed, without a listing. With
            `None`, the series is listed.
    """
    if known is not None:
        while store.exists(series_key(slug, series, known + 1)):
            known += 1
        return known
    return max(numbers(store, slug, series), default=0)


def numbers(store: Store, slug: str, series: str) -> list[int]:
    """Every number of a series, in order."""
    found = (series_number(key) for key in store.keys(series_prefix(slug, series)))
    return sorted(number for number in found if number)


def read(store: Store, slug: str, series: str, number: int) -> bytes:
    """One object of a series.

    Raises:
        ReleaseError: it is not there.
    """
    data = store.get(series_key(slug, series, number))
    if data is None:
        raise ReleaseError(N_("{key} is missing from the store"), key=series_key(slug, series, number))
    return data


def append(store: Store, slug: str, series: str, number: int, data: bytes) -> bool:
    """Write the object `number` if nobody did; `False` if another was first."""
    return store.create(series_key(slug, series, number), data)
