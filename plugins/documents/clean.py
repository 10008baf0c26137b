"""A PDF as somebody attached it → the copy that families receive, or the reason why there is none.

The file is read and taken apart in a process of its own (`plugins.documents.cleaner`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from plugins.apart import Refused, run_apart
from plugins.documents.model import MAX_PAGES, SECONDS, UNCLEAN
from plugins.errors import N_, ContentError, LeakError, Problem, Severity

MAX_BYTES = 5 * 1000 * 1000
REVISION = 1
"""Raised whenever the code that makes copies changes what comes out."""

TOO_HEAVY = N_(
    "This PDF weighs {size} MB and a PDF may weigh {limit} MB: save it again, smaller, or with smaller photos."
)
NOT_PDF = N_("This is no PDF, whatever its name says: open it in the program that made it, and save it as PDF.")

REFUSALS = {
    "locked": N_("This PDF is protected by a password or by rights: save it without protection."),
    "damaged": N_("This PDF is damaged or incomplete: copy it again, or save it again from the text it was made of."),
    "long": N_("This PDF has more than {pages} pages: attach only those that families need."),
    "wrapper": N_("This PDF holds no page of its own, only other files: save each of them as PDF, and attach those."),
    "form": N_(
        "This PDF is a form that only its own program can show. Print it into a new PDF (« Imprimer », then "
        "« Enregistrer au format PDF »), and attach that one."
    ),
    "layers": N_(
        "This PDF has hidden layers. Print it into a new PDF (« Imprimer », then « Enregistrer au format PDF »), and "
        "attach that one: it holds only what is seen."
    ),
    "image": N_(
        "This PDF holds an image of a kind that can't be cleaned. Print it into a new PDF (« Imprimer », then "
        "« Enregistrer au format PDF »), and attach that one."
    ),
    "outside": N_("This PDF needs other files to be shown: save it again as one PDF."),
    "hard": N_(
        "This PDF is too complicated to be read. Print it into a new PDF (« Imprimer », then "
        "« Enregistrer au format PDF »), and attach that one."
    ),
}
REMOVED = {
    "actions": N_("This PDF held a script or an action: the copy that families receive is without it."),
    "files": N_("This PDF held other files: the copy that families receive is without them."),
    "form": N_("This PDF is a form: in the copy that families receive, its fields can no longer be filled in."),
    "comments": N_("This PDF held comments: the copy that families receive is without them."),
}
SCANNED = N_(
    "This PDF is a picture of a page: nobody can have it read aloud, or enlarge its words on a telephone. Write what "
    "it says into the text too."
)


@dataclass(frozen=True)
class Copy:
    """What families receive.

    Arguments:
        data: the whole file.
        removed: keys of `REMOVED`.
        text: whether it holds words, and not only pictures of them.
    """

    data: bytes
    removed: tuple[str, ...]
    text: bool


def problem(file: str, message: str, **values: object) -> ContentError:
    """The error of one document."""
    return ContentError([Problem(file, 0, message, values)])


def make_copy(data: bytes, file: str) -> Copy:
    """The clean copy of a PDF; the same bytes always give the same copy.

    Arguments:
        data: the whole file.
        file: how messages call it.

    Raises:
        ContentError: there can be no copy; the problem says what to do.
        LeakError: the copy was not clean.
    """
    if len(data) > MAX_BYTES:
        raise problem(file, TOO_HEAVY, size=-(-len(data) // 1_000_000), limit=MAX_BYTES // 1_000_000)
    if b"%PDF-" not in data[:1024]:
        raise problem(file, NOT_PDF)
    try:
        answer = run_apart("plugins.documents.cleaner", [], data, SECONDS)
        line, _, copy = answer.partition(b"\n")
        about = json.loads(line)
    except (Refused, ValueError):
        raise problem(file, REFUSALS["hard"]) from None
    if about.get("error") == "unclean":
        raise LeakError([Problem(file, 0, UNCLEAN, {"found": about["found"]})])
    if "error" in about:
        raise problem(file, REFUSALS[about["error"]], pages=MAX_PAGES)
    return Copy(copy, tuple(about["removed"]), bool(about["text"]))


def advices(copy: Copy, file: str) -> tuple[Problem, ...]:
    """What was taken out of a document, and what would make it better."""
    told = [REMOVED[key] for key in copy.removed if key in REMOVED]
    if not copy.text:
        told.append(SCANNED)
    return tuple(Problem(file, 0, message, severity=Severity.ADVICE) for message in told)
