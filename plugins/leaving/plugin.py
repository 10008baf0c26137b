"""The edge to Pelican: what a run wrote is verified before it is called finished."""

from __future__ import annotations

from pathlib import Path

from pelican import Pelican, signals

from plugins.errors import LeakError
from plugins.leaving.output import verify
from plugins.site.plugin import site_of


def check_loaded(pelican: Pelican) -> None:
    """After the `site` plugin: nothing may be generated without a loaded site."""
    site_of(pelican.settings)


def check_output(pelican: Pelican) -> None:
    """Raise `LeakError` with everything that is wrong in the output."""
    settings = pelican.settings
    problems = verify(Path(pelican.output_path), site_of(settings), settings["PREAU_CONTENT"])
    if problems:
        raise LeakError(problems)


def register() -> None:
    """Connect to Pelican; `site` must be registered before."""
    signals.initialized.connect(check_loaded)
    signals.finalized.connect(check_output)
