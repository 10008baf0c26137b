from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugins.photos import cache as module
from plugins.photos.cache import Cache, Damaged
from plugins.photos.rendering import Rendered, Rendering
from tests.project import ROOT

KEY = "3f2a91bc" + "0" * 56


def key(number: int) -> str:
    return f"{number:024x}".ljust(64, "0")


def made(size: int = 100) -> Rendering:
    kinds = [(480, "image/webp"), (960, "image/webp"), (480, "image/jpeg"), (960, "image/jpeg")]
    variants = tuple(Rendered(w, w // 2, kind, f"{kind} {w} ".encode().ljust(size, b".")) for w, kind in kinds)
    return Rendering(variants, "#112233", animated=False)


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Cache:
    return Cache(tmp_path / "deep" / "cache", clock)


def files(cache: Cache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def test_what_was_stored_is_found_whole(cache: Cache) -> None:
    assert cache.load(KEY) is None
    stored = cache.store(KEY, made())
    assert cache.load(KEY) == stored
    assert [file.name for file in stored.files] == ["480.webp", "960.webp", "480.jpg", "960.jpg"]
    for file, variant in zip(stored.files, made().variants, strict=True):
        assert cache.read(stored.digest, file.name) == variant.data
        assert (file.width, file.height, file.media_type, file.size) == (
            variant.width,
            variant.height,
            variant.media_type,
            len(variant.data),
        )


def test_another_key_with_the_same_start_is_another_photo(cache: Cache) -> None:
    cache.store(KEY, made())
    assert cache.load(KEY[:-1] + "1") is None


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_its_owner_may_look_into_it(cache: Cache, umask: int) -> None:
    before = os.umask(umask)
    try:
        cache.store(KEY, made())
    finally:
        os.umask(before)
    for path in [cache.folder, *cache.folder.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def test_a_folder_that_was_open_to_others_is_closed(cache: Cache) -> None:
    cache.folder.mkdir(parents=True)
    cache.folder.chmod(0o755)
    cache.store(KEY, made())
    assert cache.folder.stat().st_mode & 0o777 == 0o700


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [shorten, change, Path.unlink], ids=["shortened", "one bit", "gone"])
@pytest.mark.parametrize("number", range(5))
def test_a_damaged_entry_counts_as_absent_and_is_made_again(
    cache: Cache, damage: Callable[[Path], None], number: int
) -> None:
    stored = cache.store(KEY, made())
    damage(files(cache)[number])
    assert cache.load(KEY) is None
    assert cache.store(KEY, made()) == stored == cache.load(KEY)
    assert len(files(cache)) == 5


def test_a_variant_that_changed_since_is_never_given(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = cache.store(KEY, made()).digest
    change(cache.folder / "3f" / digest / "480.webp")
    with pytest.raises(Damaged):
        cache.read(digest, "480.webp")
    monkeypatch.setattr(module, "_read", lambda place, stored: (place / stored.name).read_bytes())
    assert cache.read(digest, "480.webp") != made().variants[0].data  # so the check is what refuses it


@pytest.mark.parametrize("name", ["../../secret", "entry.json", "480.png", ""])
def test_only_variants_are_given(cache: Cache, name: str) -> None:
    digest = cache.store(KEY, made()).digest
    (cache.folder.parent / "secret").write_text("secret")
    with pytest.raises(Damaged):
        cache.read(digest, name)


def test_an_entry_that_names_another_folder_is_refused(cache: Cache) -> None:
    digest = cache.store(KEY, made()).digest
    entry = cache.folder / "3f" / digest / "entry.json"
    entry.write_text(entry.read_text().replace('"480.webp"', '"../480.webp"'))
    assert cache.load(KEY) is None


@pytest.mark.parametrize("digest", ["..", "3f", "../" * 8, "3F2A91BC" + "0" * 16, "g" * 24])
def test_a_digest_is_24_digits(cache: Cache, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        cache.read(digest, "480.webp")


def test_a_disk_that_is_full_leaves_nothing_behind(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = module._write

    def full(path: Path, data: bytes) -> None:
        if path.name == "960.webp":
            raise OSError(28, "No space left on device")
        whole(path, data)

    monkeypatch.setattr(module, "_write", full)
    with pytest.raises(OSError, match="No space"):
        cache.store(KEY, made())
    assert files(cache) == []
    monkeypatch.undo()
    assert cache.store(KEY, made()) == cache.load(KEY)


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from plugins.photos import cache as module
    from tests.plugins.photos.test_cache import Clock, key, made

    for moment in range(8):
        child = os.fork()
        if child == 0:
            calls = 0
            def killing(function):
                def inner(*arguments):
                    global calls
                    if calls == moment:
                        os.kill(os.getpid(), signal.SIGKILL)
                    calls += 1
                    return function(*arguments)
                return inner
            module._write = killing(module._write)
            module.os.rename = killing(os.rename)
            module.Cache(Path(sys.argv[1]), Clock()).store(key(moment), made())
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
)


def test_killed_at_any_moment_it_holds_an_entry_or_none(cache: Cache, clock: Clock) -> None:
    cache.folder.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(cache.folder)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["-9"] * 6 + ["0"] * 2  # five files and a rename; then it is done
    parts = list(cache.folder.glob("??/.part-*"))
    assert len(parts) == 6
    for moment in range(8):
        assert (cache.load(key(moment)) is None) == (moment < 6)
        assert cache.store(key(moment), made()) == cache.load(key(moment))
    clock.now = max(part.stat().st_mtime for part in parts) + 7200
    cache.sweep(limit=10**9, idle=3600)
    assert list(cache.folder.glob("??/.part-*")) == []
    assert len(files(cache)) == 8 * 5


def test_writers_and_readers_in_parallel_never_see_half_an_entry(cache: Cache) -> None:
    wanted = cache.store(KEY, made(5000))

    def work(number: int) -> None:
        for turn in range(12):
            if number == 0 and turn % 4 == 0:
                cache.forget(wanted.digest)
            if number % 2:
                assert cache.store(KEY, made(5000)) == wanted
            assert cache.load(KEY) in {None, wanted}

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work, number) for number in range(8)]:
            future.result()
    assert cache.store(KEY, made(5000)) == cache.load(KEY)
    assert list(cache.folder.glob("??/.part-*")) == []


def test_a_sweep_removes_what_was_not_used_for_longest(cache: Cache, clock: Clock) -> None:
    for number in range(4):
        cache.store(key(number), made(1000))
        clock.now += 10_000
    cache.load(key(0))  # used again, now
    clock.now += 10_000
    one = sum(path.stat().st_size for path in files(cache)) // 4
    swept = cache.sweep(limit=2 * one + 100, idle=3600)
    assert (swept.removed, swept.entries) == (2, 2)
    assert swept.size == sum(path.stat().st_size for path in files(cache)) <= 2 * one + 100
    assert [cache.load(key(number)) is not None for number in range(4)] == [True, False, False, True]


def test_a_sweep_leaves_what_a_running_build_is_about_to_copy(cache: Cache, clock: Clock) -> None:
    cache.store(key(1), made())
    clock.now += 3599
    assert cache.sweep(limit=0, idle=3600).removed == 0
    clock.now += 2
    assert cache.sweep(limit=0, idle=3600).removed == 1
    assert files(cache) == []


def test_notes_go_with_their_photo_and_with_time(cache: Cache, clock: Clock) -> None:
    kept, forgotten, swept = (cache.store(key(number), made()).digest for number in (1, 2, 3))
    faces, seen = cache.folder / module.FACES, cache.folder / module.SEEN / "ab"
    for folder in (faces, seen):
        folder.mkdir(parents=True)
    for digest in (kept, forgotten, swept):
        (faces / f"{digest}.json").write_text("{}")
        (faces / f"{digest}-0123456789ab.json").write_text("{}")
    for name, age in (("used", 0), ("unused", module.NOTES_IDLE + 1)):
        (seen / f"{name}.json").write_text("{}")
        os.utime(seen / f"{name}.json", (clock.now - age,) * 2)
    cache.forget(forgotten)
    assert {note.name[:24] for note in faces.iterdir()} == {kept, swept}
    clock.now += 10_000
    cache.load(key(1))
    cache.sweep(limit=0, idle=3600)
    assert {note.name[:24] for note in faces.iterdir()} == {kept}
    assert [note.name for note in seen.iterdir()] == ["used.json"]


def test_a_sweep_of_nothing_and_of_strange_files(cache: Cache) -> None:
    assert cache.sweep(limit=0, idle=0).entries == 0
    (cache.folder / "ab").mkdir(parents=True)
    (cache.folder / "ab" / "README").write_text("not ours")
    (cache.folder / "ab" / ("ab" + "0" * 22)).write_text("a file, not a folder")
    cache.sweep(limit=0, idle=0)
    assert (cache.folder / "ab" / "README").exists()
    assert cache.store("ab" + "0" * 62, made()) == cache.load("ab" + "0" * 62)


def test_a_photo_taken_back_is_forgotten(cache: Cache) -> None:
    digest = cache.store(KEY, made()).digest
    cache.forget(digest)
    cache.forget(digest)
    assert cache.load(KEY) is None
    assert files(cache) == []
