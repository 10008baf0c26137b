"""`preau`, as it is installed: stopped while it still loads, it says the same as later."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command."""
    try:
        from publish.cli import main as run

        run()
    except KeyboardInterrupt:
        from publish.language import say, speaking

        with speaking():
            sys.stderr.write(say("Aborted!") + "\n")
        sys.exit(1)
