from __future__ import annotations

from datetime import date, timedelta

import pytest

from plugins.leaving import rules
from plugins.leaving.rules import photos_may_show, publishable, validator
from plugins.posts.model import Status
from tests.plugins.making import NOW


def reason(
    status: Status = Status.PUBLISHED,
    days: int | None = -1,
    validated_by: str = "",
    validators: tuple[str, ...] | None = None,
) -> str | None:
    published = None if days is None else NOW + timedelta(days)
    found = publishable(status=status, published=published, validated_by=validated_by, validators=validators, now=NOW)
    return None if found is None else found.message


def test_what_leaves() -> None:
    assert reason() is None
    assert reason(days=0) is None
    assert reason(days=None) is None
    assert reason(validated_by="INES MODELE", validators=("Inès Modèle",)) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"status": Status.DRAFT}, rules.DRAFT),
        ({"status": Status.TO_VALIDATE}, rules.TO_VALIDATE),
        ({"days": 1}, rules.FUTURE),
        ({"validators": ("Inès",)}, rules.NOT_VALIDATED),
        ({"validators": ("Inès",), "validated_by": "Karim"}, rules.NOT_A_VALIDATOR),
        ({"validators": (), "validated_by": "Karim"}, rules.NOT_A_VALIDATOR),
        ({"status": Status.TO_VALIDATE, "validators": ("Inès",), "validated_by": "Inès"}, rules.STILL_TO_VALIDATE),
        ({"status": Status.TO_VALIDATE, "validators": ("Inès",)}, rules.TO_VALIDATE_BY),
        ({"validators": ("Inès Modèle",), "validated_by": "Inès Modle"}, rules.NEARLY_A_VALIDATOR),
        ({"validators": ("Inès Modèle",), "validated_by": "Inès"}, rules.NOT_A_VALIDATOR),
        ({"validators": ("Inès Modèle",), "validated_by": ", le 8 novembre"}, rules.NOT_A_VALIDATOR),
    ],
)
def test_what_waits(arguments: dict, message: str) -> None:
    assert reason(**arguments) == message


@pytest.mark.parametrize(
    "written",
    ["Inès Modèle", "INÈS MODÈLE", "modele ines", "Mme Inès Modèle", "Inès Modèle, directrice", "Inès Modèle le 8/11"],
)
def test_a_validator_s_name_is_read_as_people_write_it(written: str) -> None:
    assert validator(written, ("Karim Exemple", "Inès Modèle")) == "Inès Modèle"


def test_a_deputy_validates_and_is_named_to_those_who_wait() -> None:
    def found(validated_by: str) -> rules.Reason | None:
        return publishable(
            status=Status.PUBLISHED, published=None, validated_by=validated_by, validators=("Inès",),
            deputies=("Karim",), now=NOW,
        )  # fmt: skip

    assert found("karim") is None
    waits = found("")
    assert waits is not None
    assert waits.by == ("Inès", "Karim")
    assert waits.message.format(**dict(waits.values)) == "waits for “Validé par”: Inès; in their absence: Karim"


def test_the_check_of_the_validator_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(validators=("Inès",), validated_by="Karim") is not None
    monkeypatch.setattr(rules, "validator", lambda written, names: written)
    assert reason(validators=("Inès",), validated_by="Karim") is None


def test_the_moment_at_which_it_leaves_by_itself() -> None:
    later = NOW + timedelta(minutes=1)
    found = publishable(status=Status.PUBLISHED, published=later, validated_by="", validators=None, now=NOW)
    assert found is not None
    assert found.until == later


def test_photos_are_kept_until_their_last_day() -> None:
    last = date(2023, 8, 31)
    assert photos_may_show(last, last)
    assert not photos_may_show(last + timedelta(1), last)
