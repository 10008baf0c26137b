"""Why a post of a preview is not what families see today: a badge, and the sentence that says what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from plugins.errors import N_, Translate
from plugins.leaving import rules
from plugins.leaving.rules import Reason
from plugins.posts.dates import date_words
from plugins.posts.model import Reminder
from plugins.site import articles
from plugins.site.model import Waiting


@dataclass(frozen=True)
class Mark:
    """One reason, in two lengths.

    Arguments:
        badge: English source of the words beside every link to the post.
        sentence: English source of what stands on its own page: what is so, and how to change it.
        values: the fields of both.
    """

    badge: str
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    def short(self, translate: Translate) -> str:
        """The badge in the reader's language."""
        return translate(self.badge).format(**self.values)

    def long(self, translate: Translate) -> str:
        """The sentence in the reader's language."""
        text = translate(self.sentence).format(**self.values)
        return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


DRAFT = Mark(
    N_("Draft"), N_("This text is a draft: it is not published. To publish it, take out the line “Statut: brouillon”.")
)
TO_VALIDATE = N_("To be validated")
TO_VALIDATE_BY = N_("To be validated by {people}")
WAITS = N_("This text waits for somebody to read it: take out the line “Statut: à valider” once that is done.")
APPEARS = N_("Appears on {date}")
APPEARS_THEN = N_("This text is published by itself on {date}.")
OVER = N_("Over on {date}")
OVER_SINCE = N_("This reminder has been taken off the site since {date}: “Jusqu'au” is its last day.")
NO_PHOTOS = N_("Photos not shown")
NO_RIGHTS = N_("The photos of this article are not shown, here or on the site, before the header has the line “Droit à "
               "l'image: vérifié par NOM le DATE”.")  # fmt: skip
PHOTOS_OVER = N_("The photos of this article are not shown any more: {date} was their last day.")


def mark_of(reason: Reason) -> Mark:
    """Why a post does not leave, from what the rule says."""
    if reason.message == rules.DRAFT:
        return DRAFT
    if reason.message == rules.FUTURE:
        return Mark(APPEARS, APPEARS_THEN, dict(reason.values))
    if reason.by:
        return Mark(TO_VALIDATE_BY, reason.message, {**dict(reason.values), "people": ", ".join(reason.by)})
    return Mark(TO_VALIDATE, WAITS)


def mark_of_photos(waiting: Waiting) -> Mark:
    """Why an article stands without its photos."""
    return Mark(NO_PHOTOS, NO_RIGHTS if waiting.reason == articles.NO_RIGHTS else PHOTOS_OVER, waiting.values)


def mark_of_reminder(reminder: Reminder, today: date) -> Mark | None:
    """Whether a reminder is over."""
    if reminder.until >= today:
        return None
    return Mark(OVER, OVER_SINCE, {"date": date_words(reminder.until)})
