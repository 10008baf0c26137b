"""From a save to the words in a browser: `preau preview` of a centre with 200 posts, in Chromium.

`make bench-preview` runs it; docs/performance.md has its figures.
"""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.bench.corpus import write_corpus
from tests.project import ROOT
from tests.publish.started import PREAU

POSTS, SAVES = 200, 20


def measure(folder: Path) -> list[float]:
    """Seconds of each save."""
    content = write_corpus(folder / "content", POSTS)
    config = folder / "preau.toml"
    config.write_text('[build]\ncache = "cache"\n')
    options = ["--config", str(config), "--content", str(content), "preview", "lilas", "--date", "2022-11-09", "--json"]
    process = subprocess.Popen(
        [*PREAU, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        address = json.loads(process.stdout.readline())["address"]
        return _saves(content / "lilas/articles/a2.md", f"{address}articles/a2/")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def _saves(file: Path, address: str) -> list[float]:
    text, seconds = file.read_text("utf-8"), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        for number in range(SAVES):
            page.wait_for_load_state("load")
            started = time.perf_counter()
            file.write_text(f"{text}\nEnregistrement {number}.\n", "utf-8")
            page.get_by_text(f"Enregistrement {number}.").wait_for()
            seconds.append(time.perf_counter() - started)
        browser.close()
    return seconds


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        found = measure(Path(made))
    print(
        f"preview, {POSTS} posts, {len(found)} saves: median {statistics.median(found):.2f} s, "
        f"fastest {min(found):.2f} s, slowest {max(found):.2f} s"
    )
