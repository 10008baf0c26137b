"""What every store of accounts promises; a store's test module inherits this class and gives `accounts`."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from publish.access import Person
from publish.gateway.accounts import (
    MOST_GUESSES,
    MOST_WRONG,
    MOST_WRONG_IN_ALL,
    NOBODY,
    WINDOW,
    WINDOW_IN_ALL,
    Account,
    Accounts,
    Outcome,
    account_of,
)
from tests.publish.gateway.house import KEY, Moment


def somebody(subject: object = "1") -> str:
    return account_of(KEY, Person("https://ent.example", f"é{subject}", frozenset()))


ONE, OTHER = somebody(1), somebody(2)
CODE, SECOND = "c" * 64, "d" * 64


class AccountsContract:
    """Tests that use the fixtures `accounts`, `clock` (a `Moment`) and `loop`."""

    @pytest.fixture
    def clock(self) -> Moment:
        return Moment()

    def test_nobody_is_known(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        assert loop.run(accounts.find(ONE)) == NOBODY

    def test_a_code_is_bound_to_who_types_it_first(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.BOUND
        assert loop.run(accounts.redeem(OTHER, CODE, right=True)) is Outcome.USED
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.BOUND
        assert loop.run(accounts.find(ONE)) == Account(frozenset({CODE}))
        assert loop.run(accounts.find(OTHER)) == NOBODY

    def test_several_codes_of_one_account(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        for code in (CODE, SECOND):
            assert loop.run(accounts.redeem(ONE, code, right=True)) is Outcome.BOUND
        assert loop.run(accounts.find(ONE)).codes == {CODE, SECOND}

    def test_one_of_many_at_once(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        async def together() -> list[Outcome]:
            return await asyncio.gather(*(accounts.redeem(somebody(n), CODE, right=True) for n in range(20)))

        outcomes = loop.run(together())
        assert outcomes.count(Outcome.BOUND) == 1
        assert set(outcomes) == {Outcome.BOUND, Outcome.USED}

    def test_nothing_is_bound_that_is_wrong(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        assert loop.run(accounts.redeem(ONE, None, right=False)) is Outcome.WRONG
        assert loop.run(accounts.redeem(ONE, None, right=True)) is Outcome.WRONG
        assert loop.run(accounts.redeem(ONE, CODE, right=False)) is Outcome.WRONG
        assert loop.run(accounts.find(ONE)) == NOBODY

    def test_an_account_guesses_a_few_times_a_day(
        self, accounts: Accounts, clock: Moment, loop: asyncio.Runner
    ) -> None:
        for _ in range(MOST_WRONG):
            assert loop.run(accounts.redeem(ONE, None, right=False)) is Outcome.WRONG
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.TOO_MANY
        clock.now += WINDOW - timedelta(seconds=1)
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.TOO_MANY
        assert loop.run(accounts.redeem(OTHER, SECOND, right=True)) is Outcome.BOUND, "another account pays for it"
        clock.later(seconds=1)
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.BOUND

    def test_trying_again_while_it_is_too_often_changes_nothing(
        self, accounts: Accounts, clock: Moment, loop: asyncio.Runner
    ) -> None:
        for _ in range(MOST_WRONG + 20):
            loop.run(accounts.redeem(ONE, SECOND, right=False))
        clock.now += WINDOW
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.BOUND

    def test_all_together_guess_a_bounded_number_an_hour(
        self, accounts: Accounts, clock: Moment, loop: asyncio.Runner
    ) -> None:
        for number in range(MOST_WRONG_IN_ALL):
            assert loop.run(accounts.redeem(somebody(number), None, right=False)) is Outcome.WRONG
        assert loop.run(accounts.redeem(somebody("x"), CODE, right=True)) is Outcome.TOO_MANY
        clock.now += WINDOW_IN_ALL
        assert loop.run(accounts.redeem(somebody("x"), CODE, right=True)) is Outcome.BOUND

    def test_a_code_that_was_guessed_too_often_is_dead(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        for number in range(MOST_GUESSES):
            assert loop.run(accounts.redeem(somebody(number), CODE, right=False)) is Outcome.WRONG
        assert loop.run(accounts.redeem(ONE, SECOND, right=True)) is Outcome.BOUND, "another letter is dead too"
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.DEAD
        assert loop.run(accounts.find(ONE)).codes == {SECOND}

    def test_a_guess_counts_against_every_letter_of_its_reference(
        self, accounts: Accounts, loop: asyncio.Runner
    ) -> None:
        for number in range(MOST_GUESSES):
            loop.run(accounts.redeem(somebody(number), SECOND, right=False, also=(CODE,)))
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.DEAD
        assert loop.run(accounts.redeem(ONE, SECOND, right=True)) is Outcome.DEAD

    def test_guesses_take_nothing_from_who_typed_it(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        loop.run(accounts.redeem(ONE, CODE, right=True))
        for number in range(MOST_GUESSES):
            loop.run(accounts.redeem(somebody(f"x{number}"), CODE, right=False))
        assert loop.run(accounts.find(ONE)).codes == {CODE}
        assert loop.run(accounts.redeem(ONE, CODE, right=True)) is Outcome.BOUND

    def test_a_used_code_tried_by_others_counts_against_them(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        loop.run(accounts.redeem(ONE, CODE, right=True))
        for _ in range(MOST_WRONG):
            assert loop.run(accounts.redeem(OTHER, CODE, right=True)) is Outcome.USED
        assert loop.run(accounts.redeem(OTHER, SECOND, right=True)) is Outcome.TOO_MANY

    def test_the_charter_last_accepted(self, accounts: Accounts, loop: asyncio.Runner) -> None:
        loop.run(accounts.accept(ONE, "2022-09-01"))
        assert loop.run(accounts.find(ONE)) == Account(charter="2022-09-01")
        loop.run(accounts.accept(ONE, "2023-09-01"))
        loop.run(accounts.redeem(ONE, CODE, right=True))
        assert loop.run(accounts.find(ONE)) == Account(frozenset({CODE}), "2023-09-01")
        assert loop.run(accounts.find(OTHER)) == NOBODY

    def test_sweeping_forgets_nothing_but_old_guesses(
        self, accounts: Accounts, clock: Moment, loop: asyncio.Runner
    ) -> None:
        loop.run(accounts.redeem(ONE, CODE, right=True))
        loop.run(accounts.accept(ONE, "2022-09-01"))
        loop.run(accounts.redeem(OTHER, CODE, right=False))
        clock.later(hours=23)
        assert loop.run(accounts.sweep()) == 0
        clock.later(hours=1)
        assert loop.run(accounts.sweep()) == 1
        clock.later(days=300)
        assert loop.run(accounts.sweep()) == 0
        assert loop.run(accounts.find(ONE)) == Account(frozenset({CODE}), "2022-09-01")
