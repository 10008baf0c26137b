"""What every store of sessions promises; a store's test module inherits this class and gives `sessions`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from publish.access import Membership, MembershipKind, Person
from publish.gateway.sessions import (
    ATTEMPT_LIFE,
    MOST_PER_BROWSER,
    Attempt,
    Limits,
    NewSession,
    Sessions,
    handle,
    is_token,
)
from tests.publish.gateway.house import START, Moment

LIMITS = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=8))
PERSON = Person(
    "https://ent.example",
    "é1",
    frozenset({Membership(MembershipKind.CHILD, "0929010U"), Membership(MembershipKind.GUARDIAN, "0929008S")}),
    "f" * 64,
)
NEW = NewSession(PERSON, "ecoles", "Paul « Exemple »", "id.token.é")
ATTEMPT = Attempt("ecoles", "nonce", "verifier", "/fessart/", START)
BROWSER, STATE = "b" * 43, "s" * 43


class SessionsContract:
    """Tests that use the fixtures `sessions`, `clock` (a `Moment`) and `loop`."""

    @pytest.fixture
    def clock(self) -> Moment:
        return Moment()

    def test_what_is_opened_is_found(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        token = loop.run(sessions.open(NEW, None))
        found = loop.run(sessions.find(token))
        assert found is not None
        assert NewSession(found.person, found.ent, found.display_name) == replace(NEW, id_token="")
        assert found.started == START
        assert is_token(found.csrf)

    def test_values_are_never_the_same(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        first, second = (loop.run(sessions.open(NEW, None)) for _ in range(2))
        one, other = loop.run(sessions.find(first)), loop.run(sessions.find(second))
        assert one
        assert other
        assert len({first, second, one.csrf, other.csrf}) == 4

    def test_what_was_never_opened_is_not_found(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        assert loop.run(sessions.find("x" * 43)) is None

    def test_an_ended_session_is_gone(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        token = loop.run(sessions.open(NEW, None))
        assert loop.run(sessions.end(token)) == NEW.id_token, "what signs out at the provider"
        assert loop.run(sessions.end(token)) == ""
        assert loop.run(sessions.find(token)) is None

    def test_signing_in_again_ends_the_session_before(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        before = loop.run(sessions.open(NEW, None))
        after = loop.run(sessions.open(NEW, before))
        assert after != before
        assert loop.run(sessions.find(before)) is None
        assert loop.run(sessions.find(after)) is not None

    def test_a_value_of_the_browser_is_never_taken_over(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        planted = "p" * 43
        assert loop.run(sessions.open(NEW, planted)) != planted
        assert loop.run(sessions.find(planted)) is None

    def test_the_idle_limit(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        token = loop.run(sessions.open(NEW, None))
        for _ in range(4):
            clock.later(minutes=29)
            assert loop.run(sessions.find(token)) is not None
        clock.later(minutes=30)
        assert loop.run(sessions.find(token)) is None
        clock.later(minutes=-30)
        assert loop.run(sessions.find(token)) is None, "an expired session comes back with the clock"

    def test_the_absolute_limit(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        token = loop.run(sessions.open(NEW, None))
        for _ in range(8 * 3 - 1):
            clock.later(minutes=20)
            assert loop.run(sessions.find(token)) is not None
        clock.later(minutes=20)
        assert loop.run(sessions.find(token)) is None

    def test_a_clock_set_back_is_no_licence(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        token = loop.run(sessions.open(NEW, None))
        clock.later(hours=-9)
        assert loop.run(sessions.find(token)) is None

    def test_a_provider_ends_what_it_calls_by_a_handle(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        ticket, other, sub = handle("ticket", "ecoles", "1"), handle("ticket", "ecoles", "2"), handle("sub", "i", "1")
        first = loop.run(sessions.open(replace(NEW, handles=frozenset({ticket, sub})), None))
        second = loop.run(sessions.open(replace(NEW, handles=frozenset({other, sub})), None))
        apart = loop.run(sessions.open(NEW, None))
        assert loop.run(sessions.end_by(ticket)) == 1
        assert loop.run(sessions.find(first)) is None
        assert loop.run(sessions.find(second)) is not None
        third = loop.run(sessions.open(replace(NEW, handles=frozenset({sub})), None))
        assert loop.run(sessions.end_by(sub)) == 2
        assert [loop.run(sessions.find(token)) for token in (second, third)] == [None, None]
        assert loop.run(sessions.find(apart)) is not None, "a session without that handle ended too"
        assert loop.run(sessions.end_by(sub)) == 0

    def test_the_handles_of_an_ended_session_end_nothing(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        sub = handle("sub", "i", "1")
        before = loop.run(sessions.open(replace(NEW, handles=frozenset({sub})), None))
        loop.run(sessions.end(before))
        replaced = loop.run(sessions.open(replace(NEW, handles=frozenset({sub})), None))
        living = loop.run(sessions.open(NEW, replaced))
        assert loop.run(sessions.end_by(sub)) == 0
        assert loop.run(sessions.find(living)) is not None

    def test_a_mark_is_new_once(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        mark, life = handle("jti", "ecoles", "1"), timedelta(minutes=5)
        assert loop.run(sessions.once(mark, life))
        assert not loop.run(sessions.once(mark, life))
        assert loop.run(sessions.once(handle("jti", "mairie", "1"), life))
        clock.later(minutes=4)
        assert not loop.run(sessions.once(mark, life)), "asking again must not make it new"
        clock.later(minutes=1)
        assert loop.run(sessions.once(mark, life))
        assert not loop.run(sessions.once(mark, life))

    def test_marks_are_swept(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        loop.run(sessions.once(handle("jti", "ecoles", "1"), timedelta(minutes=5)))
        assert loop.run(sessions.sweep()) == 0
        clock.later(minutes=5)
        assert loop.run(sessions.sweep()) == 1

    def test_an_attempt_is_taken_once(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        loop.run(sessions.begin(STATE, BROWSER, ATTEMPT))
        assert loop.run(sessions.take(STATE, BROWSER)) == ATTEMPT
        assert loop.run(sessions.take(STATE, BROWSER)) is None

    def test_another_browser_neither_gets_nor_spoils_it(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        loop.run(sessions.begin(STATE, BROWSER, ATTEMPT))
        assert loop.run(sessions.take(STATE, "o" * 43)) is None
        assert loop.run(sessions.take(STATE, BROWSER)) == ATTEMPT

    def test_an_attempt_lives_ten_minutes(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        loop.run(sessions.begin(STATE, BROWSER, ATTEMPT))
        clock.now += ATTEMPT_LIFE
        assert loop.run(sessions.take(STATE, BROWSER)) is None

    def test_tabs_of_one_browser(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        states = [f"{number:043}" for number in range(MOST_PER_BROWSER)]
        for state in states:
            loop.run(sessions.begin(state, BROWSER, replace(ATTEMPT, nonce=state)))
        taken = [loop.run(sessions.take(state, BROWSER)) for state in reversed(states)]
        assert [attempt and attempt.nonce for attempt in taken] == states[::-1]

    def test_a_browser_keeps_a_bounded_number(self, sessions: Sessions, loop: asyncio.Runner) -> None:
        loop.run(sessions.begin("f" * 43, "o" * 43, ATTEMPT))
        states = [f"{number:043}" for number in range(MOST_PER_BROWSER + 5)]
        for state in states:
            loop.run(sessions.begin(state, BROWSER, ATTEMPT))
        kept = [state for state in states if loop.run(sessions.take(state, BROWSER))]
        assert kept == states[5:]
        assert loop.run(sessions.take("f" * 43, "o" * 43)) is not None, "another browser's gave way"

    def test_sweeping_forgets_only_what_is_over(self, sessions: Sessions, clock: Moment, loop: asyncio.Runner) -> None:
        loop.run(sessions.open(NEW, None))
        loop.run(sessions.begin(STATE, BROWSER, ATTEMPT))
        assert loop.run(sessions.sweep()) == 0
        clock.later(minutes=29)
        living = loop.run(sessions.open(NEW, None))
        clock.later(minutes=1)
        assert loop.run(sessions.sweep()) == 2
        assert loop.run(sessions.sweep()) == 0
        assert loop.run(sessions.find(living)) is not None
