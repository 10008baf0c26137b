"""`preau` as it is installed, stopped by hand before any command runs."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from tests.project import ROOT

STOPPED = """\
import importlib, sys

stopped, begins = sys.argv[1:]

class Stop:
    def find_spec(self, name, *rest):
        if name == stopped:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
module, _, function = begins.partition(":")
sys.argv[1:] = ["--help"]
getattr(importlib.import_module(module), function)()
"""
"""Begins as the installed script does; Ctrl-C comes when the module named is about to be imported."""


@pytest.mark.parametrize("module", ["publish.cli", "click", "publish.config_reader", "publish.session"])
def test_stopped_while_it_loads(module: str) -> None:
    begins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]["preau"]
    command = [sys.executable, "-W", "error", "-c", STOPPED, module, begins]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Interrompu.\n")
