"""wrk: as many requests as a server can answer, or as many as are asked for; and what the client saw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

_SCRIPT = """
local pause = tonumber(os.getenv("WRK_PAUSE"))
if pause > 0 then
  -- Twice the mean at most: requests come as people do, not in step.
  function delay() return math.random(0, 2 * pause) end
end
function done(summary, latency)
  local e = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "microseconds": %d, "errors": %d, "p50": %d, "p99": %d, "most": %d}',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


@dataclass(frozen=True)
class Load:
    """What one run saw.

    Arguments:
        requests: answered.
        seconds: of the run.
        errors: connections, reads, writes and time-outs that failed, and every status from 400.
        p50, p99, most: milliseconds from a request to the end of its answer.
    """

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float
    most: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def at_rate(url: str, headers: Mapping[str, str], seconds: int, *, connections: int, rate: float) -> Load:
    """About so many requests a second in all, each connection with pauses of its own; what came out is in the result.

    wrk pauses for whole milliseconds and takes no account of the answer's own time: two short runs find the pause.
    """
    pause = connections / rate * 1000
    for _ in range(2):
        found = run(url, headers, 2, connections=connections, pause=pause)
        # Between two requests of a connection: the pause and the answer.
        pause = max(1.0, pause - (connections / found.rate - connections / rate) * 1000)
    return run(url, headers, seconds, connections=connections, pause=pause)


def run(url: str, headers: Mapping[str, str], seconds: int, *, connections: int = 16, pause: float = 0) -> Load:
    """One load.

    Arguments:
        headers: of every request.
        seconds: how long.
        pause: milliseconds between two requests of a connection, on average; 0 for as many as are answered.
    """
    program = shutil.which("wrk")
    assert program is not None, "wrk is missing: run `make setup-bench-gateway`"
    with NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT)
        script.flush()
        command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", script.name]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        environment = {"PATH": os.environ["PATH"], "WRK_PAUSE": str(round(pause))}
        done = subprocess.run([*command, url], capture_output=True, text=True, env=environment, check=True)
    found = json.loads(done.stderr)
    return Load(
        found["requests"],
        found["microseconds"] / 1e6,
        found["errors"],
        found["p50"] / 1000,
        found["p99"] / 1000,
        found["most"] / 1000,
    )


def processor(*pids: int) -> float:
    """Seconds of processor that processes have taken, with those that they started and that still run."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ticks += round(processor(*map(int, children)) * os.sysconf("SC_CLK_TCK"))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident(pid: int | str) -> int:
    """Bytes of a process in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) * 1024
