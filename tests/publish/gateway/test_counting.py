"""What the gateway counts: families that read, once a week each, and nothing that says who."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from publish.access import Person
from publish.cli import main
from publish.gateway import counting
from publish.gateway.counting import Counting
from publish.gateway.counts import Figure, Marks, Subject
from publish.gateway.sessions import SessionsDown
from publish.session import Session
from publish.stores.folder import FolderStore
from tests.publish.gateway.house import OPENS, PEOPLE, House, Moment

ARTICLE = "/fessart/articles/2022-11-09-potager/"


@pytest.fixture
def families(house: House) -> list[str]:
    """Six guardians of Fessart that the ENT knows."""
    names = [f"guardian-{number}" for number in range(6)]
    for name in names:
        house.ents["ecoles"].people[name] = dict(PEOPLE["guardian-fessart"])
    return names


def figures(house: House) -> dict[str, int]:
    house.loop.run(house.gateway.counting.flush())
    found = house.loop.run(house.gateway.counting._ledger.figures())
    return {name(one.subject): one.people for one in found}


def name(subject: Subject) -> str:
    return "/".join(filter(None, (subject.centre, subject.kind, subject.post)))


def test_each_family_counts_once_a_week(house: House, families: list[str]) -> None:
    for name in families:
        browser = house.signed_in(name)
        for _ in range(2):
            assert browser.get("/fessart/").status == 200
            assert browser.get(ARTICLE).status == 200
    expected = dict.fromkeys(["fessart/site", "fessart/accueil", "fessart/articles", ARTICLE.strip("/")], 6)
    assert figures(house) == expected
    house.clock.later(days=7)
    assert figures(house) == expected  # the figures of a week that is over
    for name in families:
        assert house.signed_in(name).get("/fessart/").status == 200
    house.loop.run(house.gateway.counting.flush())
    found = house.loop.run(house.gateway.counting._ledger.figures())
    assert [(one.ended, one.people) for one in found] == [(True, 6)] * 4 + [(False, 6)] * 2


def test_four_families_are_never_shown(house: House, families: list[str]) -> None:
    for name in families[:4]:
        house.signed_in(name).get("/fessart/")
    assert figures(house) == {}
    house.clock.later(days=7)
    assert figures(house) == {}
    assert b"accueil" not in house.config.sessions.with_name("counts.sqlite3").read_bytes()


def test_neither_staff_nor_city_nor_refused_readers_count(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []

    def note(centre: str, path: str) -> tuple[Subject, ...]:
        noted.append(f"{centre}/{path}")
        return ()

    monkeypatch.setattr(counting, "subjects_of", note)
    for subject in PEOPLE:
        browser = house.signed_in(subject)
        before = len(noted)
        for slug in ("fessart", "escudier", "billancourt"):
            browser.get(f"/{slug}/")
        family = subject.startswith(("guardian", "child", "teacher-and-guardian"))
        assert len(noted) - before == (len(OPENS[subject]) if family else 0), subject


@pytest.mark.parametrize("path", ["plan/", "nulle-part", "photos/0123456789abcdef-640.webp", "embleme.svg"])
def test_what_is_no_post_is_not_counted(house: House, families: list[str], path: str) -> None:
    for name in families:
        house.signed_in(name).get(f"/fessart/{path}")
    assert figures(house) == {}


def test_asking_for_headers_is_not_reading(house: House, families: list[str]) -> None:
    for name in families:
        house.signed_in(name).ask("HEAD", "/fessart/")
    assert figures(house) == {}


def test_nothing_says_who(house: House, families: list[str]) -> None:
    for name in families:
        house.signed_in(name).get("/fessart/")
    figures(house)
    held = b"".join(path.read_bytes() for path in house.config.sessions.parent.glob("counts*"))
    for name in families:
        assert name.encode() not in held
        somebody = Person(house.ents["ecoles"].issuer, name, frozenset())
        assert house.gateway.log.pseudonym(somebody).encode() not in held


class Broken:
    """A ledger that does not answer, then does."""

    def __init__(self) -> None:
        self.down = True
        self.taken: list[Marks] = []

    async def salt(self, week: str) -> bytes:
        return b"s" * 32

    async def add(self, week: str, marks: Marks) -> None:
        self.taken.append(marks)

    async def end_weeks(self, running: str) -> int:
        if self.down:
            raise SessionsDown
        return 0

    async def figures(self) -> list[Figure]:
        return []

    async def close(self) -> None:
        pass


class Slow(Broken):
    """A ledger that takes its time: whoever waits for it may be told to stop."""

    async def end_weeks(self, running: str) -> int:
        if self.down:
            await anyio.sleep_forever()
        return 0


def test_what_is_being_handed_over_when_the_gateway_stops_is_counted(house: House, families: list[str]) -> None:
    ledger = Slow()
    object.__setattr__(house.gateway, "counting", Counting(ledger, house.clock))
    for name in families:
        assert house.signed_in(name).get("/fessart/").status == 200

    async def stopped() -> None:
        with anyio.move_on_after(0.01):
            await house.gateway.counting.flush()

    house.loop.run(stopped())
    assert ledger.taken == []
    ledger.down = False
    house.loop.run(house.gateway.counting.flush())
    assert sorted(len(held) for held in ledger.taken[0].values()) == [6, 6]


def test_a_store_of_counts_that_does_not_answer_costs_nobody_a_page(house: House, families: list[str]) -> None:
    ledger = Broken()
    object.__setattr__(house.gateway, "counting", Counting(ledger, house.clock))
    for name in families:
        assert house.signed_in(name).get("/fessart/").status == 200
    house.loop.run(house.gateway.counting.flush())
    assert ledger.taken == []
    ledger.down = False
    house.loop.run(house.gateway.counting.flush())
    assert sorted(len(held) for held in ledger.taken[0].values()) == [6, 6]
    house.loop.run(house.gateway.counting.flush())
    assert len(ledger.taken) == 1


def test_what_waits_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_PENDING", 4)
    ledger = Broken()
    object.__setattr__(house.gateway, "counting", Counting(ledger, house.clock))
    browser = house.signed_in("guardian-fessart")
    for path in ("", "articles/2022-11-09-potager/", "rappels/gourde/", "programmes/2022-11-automne/"):
        assert browser.get(f"/fessart/{path}").status == 200
    assert len(house.gateway.counting._pending) == 4


def test_a_policy_that_changes_is_a_line_of_the_security_log(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    assert not [line for line in house.events() if line["event"] == "policy changed"]
    house.policy("fessart", house.gateway.sites._entries["fessart"].value.policy)  # type: ignore[arg-type]
    house.clock.later(seconds=11)
    browser.get("/fessart/")
    browser.get("/fessart/")
    changed = [line for line in house.events() if line["event"] == "policy changed"]
    assert [(line["centre"], line["policy"]) for line in changed] == [("fessart", "2")]


@dataclass
class Command:
    """`preau counts` on the machine of a gateway."""

    sessions: Path
    clock: Moment

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.sessions.with_name("store"))

    def __call__(self, *options: str) -> Result:
        config = self.sessions.with_name("preau.toml")
        config.write_text(f'[store]\nfolder = "{self.store.root}"\n[gateway]\nsessions = "{self.sessions}"\n')
        given = ["--config", str(config), "counts", *options]
        return CliRunner().invoke(main, given, obj=Session(clock=self.clock))


@pytest.fixture
def command(house: House, families: list[str]) -> Command:
    for name in families:
        browser = house.signed_in(name)
        browser.get(ARTICLE)
    figures(house)
    made = Command(house.config.sessions, house.clock)
    for key, data in house.store.objects.items():
        made.store.put(key, data)
    return made


def test_the_command_shows_weeks_and_kinds(command: Command) -> None:
    answer = command()
    assert answer.exit_code == 0, answer.output
    assert "fessart" in answer.output
    row = next(line for line in answer.output.splitlines() if "07/11/2022" in line)
    assert "(en cours)" in row
    assert row.split()[-8:] == ["6", "–", "–", "–", "6", "–", "–", "–"]
    assert "moins de 5" in answer.output
    assert "potager" not in answer.output


def test_the_command_shows_posts_and_speaks_to_programs(command: Command) -> None:
    assert "2022-11-09-potager" in command("--posts").output
    found = json.loads(command("fessart", "--json").output)
    assert {(one["kind"], one["post"], one["people"]) for one in found["figures"]} == {
        ("site", None, 6), ("articles", None, 6), ("articles", "2022-11-09-potager", 6),
    }  # fmt: skip
    assert command("escudier", "--json").output.count("people") == 0
    assert "5" in command("escudier").output


def test_a_centre_that_does_not_exist_is_told(command: Command) -> None:
    for options in (("fesart",), ("fessart", "fesart", "--json")):
        answer = command(*options)
        assert answer.exit_code == 1
        assert "jamais été publié" in answer.output
        assert "fessart" in answer.output.partition("vouliez-vous")[2]


def test_a_centre_that_is_gone_keeps_its_figures(command: Command) -> None:
    for key in list(command.store.keys("centres/fessart/")):
        command.store.delete(key)
    answer = command("fessart")
    assert answer.exit_code == 0, answer.output
    assert "07/11/2022" in answer.output
    assert command("fessart", "--weeks", "1").exit_code == 0


def test_the_command_says_what_it_can_not_read(tmp_path: Path) -> None:
    (tmp_path / "counts.sqlite3").write_bytes(b"not a database, and long enough to be read as one" * 100)
    answer = Command(tmp_path / "sessions.sqlite3", Moment())()
    assert answer.exit_code == 5
    assert "counts.sqlite3" in answer.output
