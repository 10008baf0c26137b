"""What is in force: how soon, how little is read, and what happens when the store is silent or damaged."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from publish.errors import StoreError
from publish.gateway import calls
from publish.gateway import sites as sites_module
from publish.gateway.sites import Sites, Unavailable
from publish.layout import HEADS, POLICIES, blob_key, release_key, series_key
from tests.publish.gateway.house import House, digest, files, policy_of


def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every key that is read from now on."""
    read: list[str] = []
    for name in ("get", "exists", "keys", "names"):
        real = getattr(house.store, name)

        def call(key: str, real: Callable[[str], object] = real) -> object:
            read.append(key)
            return real(key)

        monkeypatch.setattr(house.store, name, call)
    return read


def silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("silent")

    for name in ("get", "exists", "keys", "names"):
        monkeypatch.setattr(house.store, name, fail)


def test_the_store_is_asked_at_most_every_ten_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    read = counted(house, monkeypatch)
    for _ in range(20):
        house.clock.later(seconds=0.4)
        browser.get("/fessart/")
        browser.get("/escudier/")
    assert [key for key in read if "fessart" in key] == []
    house.clock.later(seconds=10)
    browser.get("/fessart/")
    probes = [key for key in read if "fessart" in key]
    assert probes == [
        series_key("fessart", "policies", 2),
        series_key("fessart", "withdrawn", 1),
        series_key("fessart", "heads", 2),
    ]


def test_simultaneous_requests_read_once(house: House, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    read = counted(house, monkeypatch)
    sites = Sites(house.store, house.clock)

    async def many() -> None:
        await asyncio.gather(*(sites.in_force("fessart") for _ in range(20)))

    loop.run(many())
    assert read.count(release_key("fessart", loop.run(sites.in_force("fessart")).release or "")) == 1


def test_whoever_comes_while_the_centres_are_first_read_waits(
    house: House, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that starts under load sends nobody away."""
    reading, go_on, names = threading.Event(), threading.Event(), house.store.names

    def slow(prefix: str) -> object:
        reading.set()
        assert go_on.wait(5)
        return names(prefix)

    monkeypatch.setattr(house.store, "names", slow)
    sites = Sites(house.store, house.clock)

    async def two() -> list[sites_module.InForce]:
        first = asyncio.create_task(sites.in_force("fessart"))
        await asyncio.to_thread(reading.wait, 5)
        second = asyncio.create_task(sites.in_force("fessart"))
        await asyncio.sleep(0)
        go_on.set()
        return [await first, await second]

    assert all(found.policy for found in loop.run(two()))


def test_a_damaged_policy_admits_nobody_until_a_new_one(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 200
    for number, data in enumerate([b"", b"{}", b'{"format": 2}', b"[" * 10_000, b"\xff"], start=2):
        house.store.put(series_key("fessart", POLICIES, number), data)
        house.clock.later(seconds=10)
        assert browser.get("/fessart/").status == 403
    house.policy("fessart", policy_of("fessart", house.ents["ecoles"].issuer))
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 200


@pytest.mark.parametrize("series", [POLICIES, HEADS])
def test_an_older_one_is_never_taken_instead(house: House, series: str) -> None:
    house.store.put(series_key("fessart", series, 2), b"{}")
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == (403 if series == POLICIES else 503)


def test_a_gateway_that_is_too_old_says_so(house: House, caplog: pytest.LogCaptureFixture) -> None:
    head = json.loads(house.store.objects[series_key("fessart", HEADS, 1)])
    house.store.put(series_key("fessart", HEADS, 2), json.dumps({**head, "later": 1}).encode())
    assert house.signed_in("guardian-fessart").get("/fessart/").status == 503
    assert "version plus récente" in caplog.text
    assert "rollback" not in caplog.text


def test_a_damaged_or_missing_manifest_serves_nothing_until_a_new_one(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    manifest = house.publish("fessart", {"index.html": b"x"})
    key = release_key("fessart", manifest.id)
    good = house.store.objects[key]
    for damaged in (b"{}", good.replace(b"fessart", b"escudier"), good.replace(b"index.html", b"../x.html"), None):
        if damaged is None:
            house.store.delete(key)
        else:
            house.store.put(key, damaged)
        house.clock.later(seconds=10)
        assert browser.get("/fessart/").status == 503
        assert browser.get("/fessart/photos/0123456789abcdef-640.webp").status == 503
    house.publish("fessart", {"index.html": b"y"})
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").body == b"y"


@pytest.mark.parametrize("damage", [b"", b"tampered", None])
def test_bytes_that_are_not_those_of_the_manifest_are_never_handed_out(house: House, damage: bytes | None) -> None:
    key = blob_key("fessart", digest(files("fessart")["index.html"]))
    if damage is None:
        house.store.delete(key)
    else:
        house.store.put(key, damage)
    answer = house.signed_in("guardian-fessart").get("/fessart/")
    assert answer.status == 503
    assert b"tampered" not in answer.body


def test_one_centres_bytes_are_not_found_through_another(house: House) -> None:
    secret = digest(files("escudier")["photos/0123456789abcdef-640.webp"])
    browser = house.signed_in("guardian-fessart")
    manifest = house.publish("fessart", files("fessart"))
    entry = replace(manifest.files["photos/0123456789abcdef-640.webp"], sha256=secret)
    forged = replace(manifest, files={**manifest.files, "photos/0123456789abcdef-640.webp": entry})
    house.store.put(release_key("fessart", forged.id), forged.to_json())
    head = house.store.objects[series_key("fessart", HEADS, 2)].replace(manifest.id.encode(), forged.id.encode())
    house.store.put(series_key("fessart", HEADS, 3), head)
    house.clock.later(seconds=10)
    assert browser.get("/fessart/photos/0123456789abcdef-640.webp").status == 503
    assert browser.get("/fessart/").status == 200


def test_a_silent_store_leaves_what_is_known_for_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    silent(house, monkeypatch)
    house.clock.later(seconds=60)
    assert browser.get("/fessart/").status == 200
    house.clock.later(seconds=1)
    answer = browser.get("/fessart/")
    assert (answer.status, answer.header("retry-after")) == (503, "60")
    assert browser.get("/escudier/").status == 503
    assert browser.get("/-/connexion").status == 200
    monkeypatch.undo()
    house.clock.later(seconds=10)
    assert browser.get("/fessart/").status == 200


def test_a_silent_store_from_the_start_opens_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.signed_in("guardian-fessart")
    silent(house, monkeypatch)
    assert browser.get("/fessart/").status == 503
    assert browser.get("/").status == 503


def test_a_hole_in_the_numbers_is_forgiven_after_a_while(house: House) -> None:
    browser = house.signed_in("guardian-fessart")
    browser.get("/fessart/")
    house.store.put(series_key("fessart", POLICIES, 5), b"{}")
    house.clock.later(minutes=5)
    assert browser.get("/fessart/").status == 403


def test_memory_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch, loop: asyncio.Runner) -> None:
    monkeypatch.setattr(sites_module, "MOST_CENTRES", 2)
    monkeypatch.setattr(sites_module, "MOST_FILES", 15)
    sites = Sites(house.store, house.clock)
    for number in range(20):
        assert loop.run(sites.in_force(f"inconnu-{number}")).policy is None
    assert not sites._entries
    for slug in ("fessart", "escudier", "billancourt", "fessart"):
        site = loop.run(sites.in_force(slug))
        assert len(loop.run(sites.files(site))) == 12
    assert (len(sites._entries), len(sites._manifests)) == (2, 1)


def test_a_site_that_does_not_exist(house: House, loop: asyncio.Runner) -> None:
    sites = Sites(house.store, house.clock)
    site = loop.run(sites.in_force("inconnu"))
    assert (site.policy, site.release) == (None, None)
    assert loop.run(sites.files(site)) == {}
    with pytest.raises(Unavailable):
        loop.run(sites.files(replace(site, usable=False)))


def test_a_silent_store_tells_no_centre_from_an_invented_name(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.signed_in("guardian-fessart")
    names = ("fessart", "escudier", "inconnu")
    assert [browser.get(f"/{slug}/").status for slug in names] == [200, 403, 403]

    def silent(*_: object) -> NoReturn:
        raise StoreError("silent")

    for method in ("names", "exists", "keys", "get"):
        monkeypatch.setattr(house.store, method, silent)
    house.clock.later(seconds=61)
    assert [browser.get(f"/{slug}/").status for slug in names] == [503] * 3


def test_a_new_centre_appears_in_the_portal(house: House) -> None:
    issuer = house.ents["ecoles"].issuer
    officer = house.signed_in("city-officer")
    assert "/nouveau/" not in officer.get("/").text
    house.store.put(series_key("nouveau", POLICIES, 1), house.store.objects[series_key("fessart", POLICIES, 1)])
    house.publish("nouveau", files("nouveau"))
    house.policy("fessart", policy_of("fessart", issuer))
    house.clock.later(seconds=30)
    assert "/nouveau/" in officer.get("/").text


def test_a_store_that_hangs_leaves_what_is_known_for_a_minute(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits longer than a call may take, and no withdrawal is outlived by more than a minute."""
    browser = house.signed_in("guardian-fessart")
    assert browser.get("/fessart/").status == 200
    monkeypatch.setattr(calls, "SECONDS", 0.05)
    gate, asked = threading.Event(), []

    def hang(key: str) -> bool:
        asked.append(key)
        gate.wait(10)
        return False

    monkeypatch.setattr(house.store, "exists", hang)
    for _ in range(6):
        house.clock.later(seconds=10)
        assert browser.get("/fessart/").status == browser.get("/fessart/plan/").status == 200
    house.clock.later(seconds=1)
    assert browser.get("/fessart/").status == browser.get("/fessart/plan/").status == 503
    # Once in ten seconds, whoever asks. A call that ends before its thread began has asked the store nothing.
    assert caplog.text.count("store does not answer for fessart") == 6
    assert 0 < asked.count(series_key("fessart", POLICIES, 2)) <= 6
    gate.set()


def test_the_portal_asks_for_all_centres_side_by_side(
    house: House, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(3, timeout=5)
    real = house.store.exists

    def exists(key: str) -> bool:
        if key.endswith("policies/000002.json"):
            meeting.wait()
        return real(key)

    officer = house.signed_in("city-officer")
    assert officer.get("/").status == 200
    house.clock.later(seconds=10)
    monkeypatch.setattr(house.store, "exists", exists)
    assert all(name in officer.get("/").text for name in ("Fessart", "Escudier", "Billancourt"))
    assert not meeting.broken


def test_a_portal_without_a_store_is_no_empty_portal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = house.signed_in("city-officer")
    silent(house, monkeypatch)
    assert officer.get("/").status == 503
    account = officer.get("/-/compte")
    assert account.status == 200
    assert "moment" in account.text
    assert "no centre yet" not in account.text
    assert "Sign me out" in account.text


def test_who_comes_while_the_store_is_asked_waits_for_its_answer(
    house: House, loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A centre that nobody looked at for a while, then a page and its pictures at once."""
    sites = Sites(house.store, house.clock)
    gate, asking = threading.Event(), threading.Event()
    real = house.store.exists

    def slow(key: str) -> bool:
        asking.set()
        gate.wait(5)
        return real(key)

    async def two() -> list[object]:
        first = asyncio.create_task(sites.in_force("fessart"))
        await asyncio.to_thread(asking.wait, 5)
        second = asyncio.create_task(sites.in_force("fessart"))
        await asyncio.sleep(0)
        gate.set()
        return list(await asyncio.gather(first, second, return_exceptions=True))

    loop.run(sites.in_force("fessart"))
    house.clock.later(minutes=3)
    monkeypatch.setattr(house.store, "exists", slow)
    first, second = loop.run(two())
    assert first is second
