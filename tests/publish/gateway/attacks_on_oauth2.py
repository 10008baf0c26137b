"""Attacks on signing in with plain OAuth 2, where nothing that is answered is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from publish.gateway import oauth2
from tests.publish.gateway.house import FESSART, House
from tests.publish.gateway.protection import Protection, opens


def schools_of_somebody_else(house: House) -> bool:
    """The second answer is about another person (two sessions of the server mixed up, say)."""
    house.beneylu.schools = lambda answer: {"id": answer["id"] + 1, "school_uais": [FESSART]}
    return enters(house, "guardian-outside")


def schools_of_anybody(patch: pytest.MonkeyPatch) -> None:
    def read(ent: Any, claims: Any, answer: Any) -> Any:
        return answer["school_uais"]

    patch.setattr(oauth2, "read_schools", read)


def schools_told_by_the_wrong_route(house: House) -> bool:
    """The route that tells schools refuses; another answer, which people may fill in, names one all the same."""
    house.beneylu.schools = lambda answer: httpx2.Response(403)
    house.beneylu.users = lambda answer: {**answer, "school_uais": [FESSART]}
    return enters(house, "guardian-outside")


def any_route_tells(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(oauth2, "read_user", lambda ent, answer: (str(answer["id"]), answer))


def enters(house: House, subject: str) -> bool:
    browser = house.browser()
    house.finish(browser, house.start(browser, "classe"), subject, "classe")
    return opens(browser)


PROTECTIONS: Mapping[str, Protection] = {
    "schools of the same person": Protection(schools_of_somebody_else, schools_of_anybody),
    "schools from their own route": Protection(schools_told_by_the_wrong_route, any_route_tells),
}
