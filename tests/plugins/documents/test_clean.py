"""Hostile files, in the process of its own that they are read in; and what people are told."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import pytest
from pikepdf import Name

from plugins.documents import clean as module
from plugins.documents.clean import MAX_BYTES, REFUSALS, advices, make_copy
from plugins.documents.model import SECONDS
from plugins.errors import ContentError
from tests.plugins.documents import pdfs


def told(data: bytes) -> str:
    with pytest.raises(ContentError) as error:
        make_copy(data, "lilas/infos/menu.pdf")
    return error.value.problems[0].message


def test_an_honest_document_comes_back_the_same_each_time() -> None:
    copy = make_copy(pdfs.honest(), "menu.pdf")
    assert copy == make_copy(pdfs.honest(), "other.pdf")
    assert (copy.text, copy.removed) == (True, ())
    assert advices(copy, "menu.pdf") == ()


def double_bomb() -> bytes:
    return pdfs.bomb(twice=True)


@pytest.mark.parametrize("make", [pdfs.bomb, double_bomb, pdfs.deep, pdfs.endless])
def test_a_trap_ends_its_own_process_and_nothing_else(make: Callable[[], bytes]) -> None:
    data = make()
    assert len(data) < MAX_BYTES
    before, used = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    assert told(data) in (REFUSALS["hard"], REFUSALS["damaged"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert time.monotonic() - used < 2 * SECONDS
    assert after.ru_utime - before.ru_utime < 5
    assert after.ru_maxrss < 700_000  # kB


def test_thousands_of_pages_are_refused() -> None:
    assert told(pdfs.long()) == REFUSALS["long"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.4\n" + b"\0" * MAX_BYTES, module.TOO_HEAVY),
        (b"PK\x03\x04 a text of an office program", module.NOT_PDF),
        (b"\0" * 2000 + pdfs.honest(), module.NOT_PDF),
        (b"%PDF-1.7\nnothing else", REFUSALS["damaged"]),
    ],
    ids=["heavy", "renamed", "far away", "empty"],
)
def test_what_is_no_pdf_is_named(data: bytes, message: str) -> None:
    assert told(data) == message


def test_what_is_taken_out_is_an_advice() -> None:
    copy = make_copy(pdfs.TRAPS["a comment"](), "menu.pdf")
    assert [advice.message for advice in advices(copy, "menu.pdf")] == [module.REMOVED["comments"]]


def test_a_scan_is_an_advice() -> None:
    scan = make_copy(pdfs.with_image(pdfs.jpeg(), Name.DCTDecode), "menu.pdf")
    assert [advice.message for advice in advices(scan, "menu.pdf")] == [module.SCANNED]


def test_a_file_is_only_read_in_the_other_process_and_an_answer_is_awaited_for_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[int, int]] = []

    def fake(name: str, arguments: list[str], data: bytes, seconds: int) -> bytes:
        del name, arguments
        seen.append((len(data), seconds))
        return b""

    monkeypatch.setattr(module, "run_apart", fake)
    assert told(b"%PDF-") == REFUSALS["hard"]
    assert seen == [(5, SECONDS)]
