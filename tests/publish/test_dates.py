"""Days and moments within sentences."""

from __future__ import annotations

from datetime import date

from publish.dates import day_words, moment_words
from publish.language import translate_to
from tests.publish.trees import NOW


def test_each_language_writes_them_its_own_way() -> None:
    said = [
        (day_words(date(2023, 1, 8)).text(to), moment_words(NOW).text(to)) for to in map(translate_to, ("fr", "en"))
    ]
    assert said == [("08/01/2023", "09/11/2022 09:00"), ("2023-01-08", "2022-11-09 09:00")]
