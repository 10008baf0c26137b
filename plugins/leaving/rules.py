"""May a post leave today? One pure rule for every kind; what is not surely publishable waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from plugins.errors import N_
from plugins.posts.dates import moment_words
from plugins.posts.model import Status
from plugins.posts.words import fold

DRAFT = N_("draft")
TO_VALIDATE = N_("to be validated")
FUTURE = N_("publication on {date}")
NOT_VALIDATED = N_("waits for “Validé par”: {validators}")
NOT_A_VALIDATOR = N_("“{name}” may not validate; may validate: {validators}")


@dataclass(frozen=True)
class Reason:
    """Why a post waits: an English source with its fields, and the moment at which it stops waiting by itself."""

    message: str
    values: tuple[tuple[str, object], ...] = ()
    until: datetime | None = None


def publishable(
    *,
    status: Status,
    published: datetime | None,
    validated_by: str,
    validators: tuple[str, ...] | None,
    now: datetime,
) -> Reason | None:
    """Why a post does not leave at `now`; `None` if it leaves.

    Arguments:
        status: what its header says.
        published: its publication moment; `None` for a page, which has none.
        validated_by: the name after `Validé par`, or empty.
        validators: who may validate, where the centre asks for moderation; `None` where nothing is asked.
        now: the build's moment, Europe/Paris.
    """
    if status is Status.DRAFT:
        return Reason(DRAFT)
    if status is not Status.PUBLISHED:
        return Reason(TO_VALIDATE)
    if validators is not None:
        names = ", ".join(validators)
        if not validated_by:
            return Reason(NOT_VALIDATED, (("validators", names),))
        if fold(validated_by) not in {fold(name) for name in validators}:
            return Reason(NOT_A_VALIDATOR, (("name", validated_by), ("validators", names)))
    # in UTC: on one clock 02:30 comes twice when summer time ends, and a post would go again after it came
    if published is not None and published.astimezone(UTC) > now.astimezone(UTC):
        return Reason(FUTURE, (("date", moment_words(published)),), until=published)
    return None


def photos_may_show(today: date, photos_until: date) -> bool:
    """Whether photos are still kept: `[conservation] photos` is the last day on which they are shown."""
    return today <= photos_until
