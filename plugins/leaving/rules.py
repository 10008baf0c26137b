"""May a post leave today? One pure rule for every kind; what is not surely publishable waits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from plugins.errors import N_
from plugins.posts.dates import moment_words
from plugins.posts.model import Status
from plugins.posts.words import fold, nearest

DRAFT = N_("draft")
TO_VALIDATE = N_("to be validated")
FUTURE = N_("publication on {date}")
NOT_VALIDATED = N_("waits for “Validé par”: {validators}")
NOT_VALIDATED_NOR_BY = N_("waits for “Validé par”: {validators}; in their absence: {deputies}")
NOT_A_VALIDATOR = N_("“{name}” may not validate; may validate: {validators}")
NEARLY_A_VALIDATOR = N_("“{name}” may not validate. Did you mean “{meant}”?")
TO_VALIDATE_BY = N_("to be validated by {validators}: then write “Validé par: …” and take out “Statut: à valider”")
STILL_TO_VALIDATE = N_("“{name}” validated it, but “Statut: à valider” keeps it back: take that line out")

_TITLE = re.compile(r"^(?:m|mr|mme|mlle|monsieur|madame)\b\.? ?")
_AFTER_NAME = re.compile(r"\s*(?:[,(;]|\ble \d).*$")


@dataclass(frozen=True)
class Reason:
    """Why a post waits: an English source with its fields, the moment at which it stops waiting by itself, and the
    people who can let it leave.
    """

    message: str
    values: tuple[tuple[str, object], ...] = ()
    until: datetime | None = None
    by: tuple[str, ...] = ()


def publishable(
    *,
    status: Status,
    published: datetime | None,
    validated_by: str,
    validators: tuple[str, ...] | None,
    deputies: tuple[str, ...] = (),
    now: datetime,
) -> Reason | None:
    """Why a post does not leave at `now`; `None` if it leaves.

    Arguments:
        status: what its header says.
        published: its publication moment; `None` for a page, which has none.
        validated_by: the name after `Validé par`, or empty.
        validators: who may validate, where the centre asks for moderation; `None` where nothing is asked.
        deputies: who may validate in their absence.
        now: the build's moment, Europe/Paris.
    """
    if status is Status.DRAFT:
        return Reason(DRAFT)
    if validators is None:
        if status is not Status.PUBLISHED:
            return Reason(TO_VALIDATE)
    elif reason := _not_validated(status, validated_by, validators, deputies):
        return reason
    # in UTC: on one clock 02:30 comes twice when summer time ends, and a post would go again after it came
    if published is not None and published.astimezone(UTC) > now.astimezone(UTC):
        return Reason(FUTURE, (("date", moment_words(published)),), until=published)
    return None


def _not_validated(
    status: Status, validated_by: str, validators: tuple[str, ...], deputies: tuple[str, ...]
) -> Reason | None:
    by = (*validators, *deputies)
    names = (("validators", ", ".join(validators)), ("deputies", ", ".join(deputies)))
    valid = validator(validated_by, by)
    if valid and status is Status.PUBLISHED:
        return None
    if valid:
        return Reason(STILL_TO_VALIDATE, (("name", valid),), by=by)
    if validated_by:
        if meant := nearest(validated_by, by, cutoff=0.6):
            return Reason(NEARLY_A_VALIDATOR, (("name", validated_by), ("meant", meant)), by=by)
        return Reason(NOT_A_VALIDATOR, (("name", validated_by), ("validators", ", ".join(by))), by=by)
    if status is not Status.PUBLISHED:
        return Reason(TO_VALIDATE_BY, (("validators", ", ".join(by)),), by=by)
    return Reason(NOT_VALIDATED_NOR_BY if deputies else NOT_VALIDATED, names, by=by)


def validator(written: str, names: tuple[str, ...]) -> str | None:
    """The person of `names` that is written, whatever case, accents, hyphens, order of the names, « Mme » before them
    or date after them; `None` if it is nobody of them.
    """
    written = _AFTER_NAME.sub("", fold(written))
    return next((name for name in names if written and _words(name) == _words(written)), None)


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", _TITLE.sub("", fold(name))))


def photos_may_show(today: date, photos_until: date) -> bool:
    """Whether photos are still kept, by the last day on which they are shown (`[conservation] photos`)."""
    return today <= photos_until
