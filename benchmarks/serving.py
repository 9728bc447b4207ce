"""Serving: CPU, latency and memory of the prediction URL against the same work in a bare loop, and a plain DRF view.

The web process of a whole install has one core; load and all other processes have another. `nostoreRatio` and
`storedRatio`: CPU of the bare loop (same decode, session and JSON) over that of the server's process tree, for each
request of 16 callers. `p50Ratio` and `p99Ratio`: one caller's latency over the same percentile of the bare loop.
`rps`: 16 callers that store nothing. These are medians of the rounds. `megabytes`: PSS of the worker and of the main
process once they have answered all that; `megabytesEachOfTwo`: of both workers and the main process of an install that
has both cores, after as many requests.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import _serving_install as servers
from _serving_load import run_load
from _serving_processes import cpu_ms, megabytes

HERE = Path(__file__).resolve().parent
CALLERS = 16
LIGHT_MODELS = [f"another-{number}" for number in range(4)]
KINDS = ("classifier", "detector")
SETTLED_SECONDS = 1.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=3.0, help="of each phase")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", choices=KINDS, help="one kind of model")
    arguments.add_argument("--without-naive", action="store_true", help="only the web process and the bare loop")
    options = arguments.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = cores[0], cores[-1]
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="sightline-serving-") as name:
        folder = Path(name)
        servers.make_artifacts(folder)
        servers.make_photo(folder / "image.jpg")
        for kind in [options.only] if options.only else KINDS:
            install = servers.prepare(folder / kind, kind, folder / f"{kind}.onnx", folder / "image.jpg")
            bench = Bench(install, server_core, load_core, options.seconds)
            result |= bench.run(options.rounds, has_naive=not options.without_naive)
    print(json.dumps(result | {"rounds": options.rounds, "load_shares_core": server_core == load_core}))


class Bench:
    """One kind of model on both servers."""

    def __init__(self, install: servers.Install, server_core: int, load_core: int, seconds: float) -> None:
        self.install = install
        self.server_core = server_core
        self.load_core = load_core
        self.seconds = seconds

    def run(self, rounds: int, *, has_naive: bool) -> dict[str, Any]:
        """The figures, under the kind's name, and under `naive ...` those of the baseline."""
        kind = self.install.kind
        result: dict[str, Any] = {}
        os.sched_setaffinity(0, {self.load_core, self.server_core})
        with servers.web_server(self.install, {self.server_core}, others_on=self.load_core) as pid:
            result[kind] = self._rounds(kind, self.install, pid, rounds) | self._memory(pid)
        if self.server_core != self.load_core:
            result[kind] |= self._memory_of_two()
        if has_naive:
            with servers.naive_server(self.install, {self.server_core}) as (pid, naive):
                result[f"naive {kind}"] = self._rounds(f"naive {kind}", naive, pid, rounds)
                result[f"naive {kind}"]["megabytes"] = megabytes(pid)
        return result

    def _rounds(self, name: str, install: servers.Install, pid: int, rounds: int) -> dict[str, Any]:
        os.sched_setaffinity(0, {self.load_core})
        found = []
        for number in range(rounds):
            found.append(self._measure(install, pid, self._bare()))
            print(f"{name}, round {number + 1}: {json.dumps(found[-1])}", flush=True)
        return {figure: round(median(row[figure] for row in found), 3) for figure in found[0]}

    def _measure(self, install: servers.Install, pid: int, bare: dict[str, float]) -> dict[str, float]:
        """One round on one server; the bare loop runs before and after, so that a busy machine counts for both."""
        nostore, stored = install.request("image/nostore"), install.request("image")
        run_load(install.port, nostore, 2, 0.5)  # warm
        single = run_load(install.port, nostore, 1, self.seconds)
        start = cpu_ms(pid)
        many = run_load(install.port, nostore, CALLERS, self.seconds)
        between = cpu_ms(pid)
        kept = run_load(install.port, stored, CALLERS, self.seconds)
        end = cpu_ms(pid)
        after = self._bare()
        bare = {name: (value + after[name]) / 2 for name, value in bare.items()}
        return {
            "nostoreRatio": bare["cpu_ms"] / ((between - start) / max(many.count, 1)),
            "storedRatio": bare["cpu_ms"] / ((end - between) / max(kept.count, 1)),
            "p50Ratio": single.p50_ms / bare["p50_ms"],
            "p99Ratio": single.p99_ms / bare["p99_ms"],
            "rps": many.per_second,
            "p50Ms": single.p50_ms,
            "p99Ms": single.p99_ms,
            "bareCpuMs": bare["cpu_ms"],
            "errors": single.errors + many.errors + kept.errors,
        }

    def _bare(self) -> dict[str, float]:
        """The same decode, model and JSON in a loop of its own process, on the server's core."""
        command = [sys.executable, str(HERE / "_serving_bare.py"), str(self.install.artifact)]
        answer = subprocess.run(
            [*command, str(self.install.image_path), str(self.seconds)],
            capture_output=True,
            text=True,
            check=True,
            env=dict(self.install.environment) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=lambda: os.sched_setaffinity(0, {self.server_core}),
        )
        found: dict[str, float] = json.loads(answer.stdout)
        return found

    def _memory(self, pid: int) -> dict[str, Any]:
        """PSS with one model, for each more, and once they are unpublished again."""
        one = megabytes(pid)
        self.install.publish(*LIGHT_MODELS)
        for name in LIGHT_MODELS:
            answered = run_load(self.install.port, self.install.request("image/nostore", name), 1, 0.2)
            if not answered.count:
                raise SystemExit(f"{name} does not answer")
        several = megabytes(pid)
        self.install.unpublish(*LIGHT_MODELS)
        time.sleep(SETTLED_SECONDS)
        again = megabytes(pid)
        return {
            "megabytes": one,
            "megabytesEachMore": round((several[0] - one[0]) / len(LIGHT_MODELS), 1),
            "megabytesUnpublished": again[0],
        }

    def _memory_of_two(self) -> dict[str, Any]:
        """PSS of the processes that an install on both cores has: its workers share what they loaded together."""
        cores = {self.server_core, self.load_core}
        os.sched_setaffinity(0, cores)
        with servers.web_server(self.install, cores) as pid:
            for path in ("image/nostore", "image"):
                run_load(self.install.port, self.install.request(path), CALLERS, 2 * self.seconds)
            return {"megabytesEachOfTwo": megabytes(pid)}


if __name__ == "__main__":
    main()
