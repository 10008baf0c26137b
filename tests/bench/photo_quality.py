"""SSIMULACRA2 of pairs of images; runs in the environment of the peers, which alone has the package.

Reads a JSON list of pairs of paths on its standard input, writes the list of scores.
"""

from __future__ import annotations

import json
import sys
from multiprocessing import Pool

from ssimulacra2 import compute_ssimulacra2


def score(pair: tuple[str, str]) -> float:
    """100 is no difference, 90 none that is seen, 70 high quality, 50 medium."""
    return float(compute_ssimulacra2(*pair))


if __name__ == "__main__":
    with Pool() as pool:
        print(json.dumps(pool.map(score, json.load(sys.stdin), chunksize=1)))
