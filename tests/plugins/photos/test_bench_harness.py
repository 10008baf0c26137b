"""The harness of `make bench-photos`, on tiny photos: what it measures must be what it says."""

import sys

import pytest

from tests.bench import photos as bench
from tests.bench.photo_corpus import make_photo, write_photos
from tests.bench.photo_sites import A_PAGE, SITES, WIDTHS, eleventy, hugo, pelican, preau, spread
from tests.bench.process_tree import Cost, run

TINY = (80, 60)


def test_photos_are_distinct_and_the_same_each_time():
    first = make_photo(3, TINY)
    assert first.size == TINY
    assert first.tobytes() == make_photo(3, TINY).tobytes()
    assert first.tobytes() != make_photo(3 + 39, TINY).tobytes(), "the same source, cropped and lit otherwise"


def test_memory_of_children_and_processor_time_of_orphans_are_counted(tmp_path):
    child = (
        "import time; held = bytearray(60_000_000)\n"
        "for said in 'half', 'all':\n"
        "    end = time.process_time() + 0.3\n"
        "    while time.process_time() < end: pass\n"
        "    print(said, flush=True)"
    )
    parent = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE).stdout.readline()"
    )
    cost = run([sys.executable, "-c", parent], tmp_path)
    assert cost.peak > 60_000_000
    assert cost.processor > 0.55, "the half after its parent's end too"
    assert cost + cost == Cost(cost.wall * 2, cost.processor * 2, cost.peak)


def test_every_generator_is_given_every_photo(tmp_path):
    photos = write_photos(tmp_path / "corpus", SITES + 1, TINY)
    assert {site for site, _, _ in spread(photos)} == set(range(SITES))
    assert max(article for _, article, _ in spread(photos * 20)) == (len(photos) * 20 - 1) // SITES // A_PAGE
    for make in (lambda folder: preau("Préau", folder), eleventy, hugo, pelican):
        tool = make(tmp_path / "tool")
        bench.set_up(tool, photos)
        placed = [file.name for file in tool.folder.rglob("photo-*.jpg")]
        assert sorted(placed) == sorted(photo.name for photo in photos), tool.name


def result(seconds: float, memory: int, size: int, quality: float) -> bench.Result:
    """A tool that takes so long for everything."""
    cost = Cost(seconds, seconds, memory)
    steps = ("cold", "warm", bench.ADDED_ALL, bench.ADDED_SITE)
    scores = {(form, width): quality for form in bench.FORMS for width in WIDTHS}
    return bench.Result(dict.fromkeys(steps, cost), 6, dict.fromkeys(bench.FORMS, size), scores)


PEER_RESULTS = {"slow": result(9, 1, 1, 99), "fast": result(4, 400, 100, 70)}


@pytest.mark.parametrize(
    ("ours", "reached"),
    [
        (result(2, 100, 100, 70), 7),
        (result(2.1, 100, 100, 70), 6),
        (result(2, 101, 100, 70), 6),
        (result(2, 100, 101, 70), 6),
        (result(2, 100, 100, 69.7), 6),
        (result(4, 100, 100, 70), 3),
    ],
)
def test_what_was_aimed_at_is_judged_beside_the_fastest(ours: bench.Result, reached: int) -> None:
    table = bench.aims({bench.US: ours, f"{bench.US}, as the others": result(1, 1, 1, 99), **PEER_RESULTS})
    assert table.count("| reached |") == reached
    assert table.count("| missed |") == 7 - reached
