"""Serving: throughput, latency and CPU of the prediction URL against the same work in a bare loop."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import _serving_install as install
import psutil
from _serving_load import LoadResult, run_load

HERE = Path(__file__).resolve().parent


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=4.0, help="of each phase")
    options = arguments.parse_args()
    server_core, load_core = _cores()
    with tempfile.TemporaryDirectory(prefix="sightline-serving-") as folder:
        made = install.prepare(Path(folder))
        print(f"server and bare loop on core {server_core}, load on core {load_core}", flush=True)
        result = _measure(made, options.seconds, server_core, load_core)
    print(json.dumps(result))


def _measure(made: install.Install, seconds: float, server_core: int, load_core: int) -> dict[str, Any]:
    """Bare loops before, between and after, so that a busy machine is seen in their spread."""
    bare = [_bare(made, "model", seconds, server_core)]
    with install.server(made, server_core) as server:
        os.sched_setaffinity(0, {load_core})
        pid = server.pid

        def load(name: str, source: str, callers: int) -> tuple[LoadResult, float]:
            """The load, and CPU milliseconds of the server's processes for each request."""
            before = _cpu_seconds(pid)
            result = run_load(made.port, made.request(name, source), callers, seconds)
            return result, 1000 * (_cpu_seconds(pid) - before) / result.count

        for name in ("model", "null"):
            run_load(made.port, made.request(name, "image/nostore"), 2, 1.0)  # warm
        null, null_cpu_ms = load("null", "image/nostore", 16)
        single, _ = load("model", "image/nostore", 1)
        bare.append(_bare(made, "model", seconds, server_core))
        nostore, nostore_cpu_ms = load("model", "image/nostore", 16)
        stored, stored_cpu_ms = load("model", "image", 16)
        parts, parts_cpu_ms = load("model", "multipart", 16)
        memory_mb = [round(_pss_mb(child), 1) for child in psutil.Process(pid).children(recursive=True)]
    bare.append(_bare(made, "model", seconds, server_core))
    bare_null = _bare(made, "null", seconds / 2, server_core)
    ingested, ingest_cpu_ms = _ingest(made)
    per_second = sorted(each["images_per_second"] for each in bare)
    cpu_ms = sorted(each["cpu_ms"] for each in bare)[1]
    return {
        "bare_images_per_second": [round(each, 1) for each in per_second],
        "bare_cpu_ms": round(cpu_ms, 3),
        "nostore_16_per_second": round(nostore.per_second, 1),
        "nostore_16_to_bare": round(nostore.per_second / per_second[1], 3),
        "nostore_16_cpu_efficiency": round(cpu_ms / nostore_cpu_ms, 3),
        "stored_16_to_nostore": round(stored.per_second / nostore.per_second, 3),
        "stored_16_to_bare": round(stored.per_second / per_second[1], 3),
        "stored_16_cpu_efficiency": round(cpu_ms / stored_cpu_ms, 3),
        "multipart_16_to_nostore": round(parts.per_second / nostore.per_second, 3),
        "multipart_16_cpu_ms": round(parts_cpu_ms, 3),
        "single_p50_to_bare": round(single.p50_ms / sorted(each["p50_ms"] for each in bare)[1], 3),
        "single_p99_to_bare_p50": round(single.p99_ms / sorted(each["p50_ms"] for each in bare)[1], 3),
        "single_p50_ms": round(single.p50_ms, 2),
        "single_p99_ms": round(single.p99_ms, 2),
        "null_model_overhead_cpu_ms": round(null_cpu_ms - bare_null["cpu_ms"], 3),
        "null_model_bare_cpu_ms": round(bare_null["cpu_ms"], 3),
        "null_model_per_second": round(null.per_second),
        "ingested": ingested,
        "stored_answers": stored.count,
        "ingest_cpu_ms_per_prediction": round(ingest_cpu_ms, 2),
        "worker_pss_mb": memory_mb,
        "errors": sum(each.errors for each in (null, single, nostore, stored, parts)),
        "image_bytes": len(made.image),
        "load_shares_core": server_core == load_core,
    }


def _bare(made: install.Install, name: str, seconds: float, core: int) -> dict[str, float]:
    """The same decode, model and JSON in a loop of its own process, on the server's core."""
    command = [sys.executable, str(HERE / "_serving_bare.py"), str(made.artifacts[name]), str(made.image_path)]
    answer = subprocess.run(
        [*command, str(seconds)],
        capture_output=True,
        text=True,
        check=True,
        env=made.environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def _ingest(made: install.Install) -> tuple[int, float]:
    """How many stored predictions the ingester finds, and CPU milliseconds for each without its start-up."""
    first, empty = _ingester_cpu_seconds(made), _ingester_cpu_seconds(made)
    count = install.count_stored(made)
    return count, 1000 * (first - empty) / max(count, 1)


def _ingester_cpu_seconds(made: install.Install) -> float:
    before = os.times()
    subprocess.run(
        [sys.executable, "manage.py", "ingest", "--once"], cwd=install.ROOT, env=made.environment, check=True
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _cpu_seconds(pid: int) -> float:
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(sum(times.user + times.system for times in (process.cpu_times() for process in processes)))


def _pss_mb(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 1e6


def _cores() -> tuple[int, int]:
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


if __name__ == "__main__":
    main()
