"""Time graphflow against TensorFlow: the same programs, side by side.

Each implementation runs in a process of its own.  They take turns, a few steps each, in random
order, so that a noisy machine disturbs both alike; ratios are formed within a round.  To be started
in the repository's root as `python -m benchmarks.run`; README.md here tells more.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.op_workloads import OP_WORKLOADS
from benchmarks.workloads import WORKLOADS
from graphflow.datasets import mnist
from graphflow.version import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WARM_UP_STEPS = 5
ROUND_SECONDS = 0.05  # a turn takes at least so long, or one step
MEMORY_STEPS = 200
LOSS_TOLERANCE = 1e-3  # relative
# What is trained for a step in a new process, and what says where compiled code is kept.
COLD = {
    "mnist_softmax": "softmax",
    "mnist_mlp": "five layers",
    "mnist_convnet": "convolutions of 6, 12 and 24 channels",
    "mnist_convnet_deep": "convolutions of 32 and 64 channels",
    "mnist_lstm": "LSTM in a loop",
}
CACHES = ("GRAPHFLOW_CACHE", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
OURS, THEIRS, BEFORE = "graphflow", "tensorflow", "before"
ALL_WORKLOADS = {**WORKLOADS, **OP_WORKLOADS}
Row = dict[str, list[float]]


class WorkerError(RuntimeError):
    """A worker could not carry out an order."""


class Worker:
    """The other end of worker.py.

    Args:
      name: which implementation it times.
      python: the interpreter.
      threads: how many threads it may use.
      digits: an .npz file with MNIST.
      checkout: a folder that graphflow is taken from, by default this one.
      cache: a folder for compiled code, by default the user's.
    """

    def __init__(
        self,
        name: str,
        python: str,
        threads: int,
        digits: Path,
        checkout: str | None = None,
        cache: str | None = None,
    ) -> None:
        self.name = name
        command = [python, str(HERE / "worker.py"), name, str(threads), str(digits)]
        command += [checkout] if checkout else []
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(threads, cache),
        )
        self.start = self._answer()

    def order(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Give an order and wait for the answer.

        Raises:
          WorkerError: it failed.  The worker's traceback goes to the standard error stream.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": action, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"the worker for {self.name} ended with {self._process.wait()}")
        return self._checked(line)

    def _checked(self, line: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            print(answer["error"], file=sys.stderr)
            raise WorkerError(f"{self.name}: {answer['error'].splitlines()[-1]}")
        return answer

    def stop(self) -> None:
        """End the process."""
        with self._process as process:  # closes the pipes; at its input's end the worker stops
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _environment(threads: int, cache: str | None) -> dict[str, str]:
    """The environment of a worker: the same number of threads for all libraries.

    What else it sets of OpenBLAS is left out: each library chooses for the processor by itself.
    """
    caches = dict.fromkeys(CACHES, cache) if cache else {}
    counts = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
        str(threads),
    )
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    search_path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")
    }
    return {**inherited, **counts, **quiet, **caches, "PYTHONPATH": search_path}


@dataclass
class Result:
    """What was measured for one workload.

    Attributes:
      name: the workload's.
      description: what it does.
      unit: "ms" or "MB".
      values: one number for each round, by implementation.
      processor: milliseconds of processor time a step, over all threads, by implementation.
      outcome: what the program computed, by implementation.
      note: why there is no result, or none to trust.
    """

    name: str
    description: str
    unit: str = "ms"
    values: Row = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    outcome: dict[str, float | None] = field(default_factory=dict)
    note: str = ""

    def median(self, name: str) -> float | None:
        """Return the median over the rounds, None if it was not measured."""
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def ratios(self, other: str = THEIRS) -> tuple[float, float, float] | None:
        """Return lower quartile, median and upper quartile of another's by graphflow's.

        Args:
          other: the other implementation.
        """
        if not all(self.values.get(name) for name in (OURS, other)):
            return None
        rounds = zip(self.values[OURS], self.values[other], strict=True)
        ratios = [theirs / ours for ours, theirs in rounds]
        low, middle, high = np.percentile(ratios, [25, 50, 75])
        return float(low), float(middle), float(high)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        medians = {name: self.median(name) for name in self.values}
        return {**asdict(self), "median": medians, "ratio": self.ratios()}


@dataclass
class Bench:
    """Runs workloads on one or two implementations.

    Args:
      pythons: the interpreter for each implementation, by name.
      threads: how many threads each may use.
      digits: an .npz file with MNIST.
      seconds: for how long each workload is timed, over all implementations.
      min_rounds: how many rounds there are at least.
      before: another checkout of graphflow to time as well.
      warm_up: how many seconds of steps come before the timing, for each implementation.
    """

    pythons: Mapping[str, str]
    threads: int
    digits: Path
    seconds: float
    min_rounds: int
    before: str | None = None
    warm_up: float = 0.0

    @contextmanager
    def workers(self, is_cold: bool = False) -> Iterator[dict[str, Worker]]:
        """New processes, one for each implementation.

        Args:
          is_cold: whether each begins with an empty cache of compiled code.
        """
        with ExitStack() as stack:
            workers = {}
            for name, python in self.pythons.items():
                checkout = self.before if name == BEFORE else None
                cache = stack.enter_context(tempfile.TemporaryDirectory()) if is_cold else None
                workers[name] = Worker(name, python, self.threads, self.digits, checkout, cache)
                stack.callback(workers[name].stop)
            yield workers

    def time(self, name: str, workers: Mapping[str, Worker]) -> Result:
        """Time one workload in turns."""
        result = Result(name, ALL_WORKLOADS[name].description)
        try:
            for worker in workers.values():
                result.outcome[worker.name] = worker.order("build", workload=name)["outcome"]
                worker.order("warm_up", seconds=self.warm_up)
            self._take_turns(result, workers)
        except WorkerError as error:
            result.values.clear()
            result.note = str(error)
            return result
        if not _agree(list(result.outcome.values())):
            result.note = f"the outcomes differ: {result.outcome}"
        return result

    def _take_turns(self, result: Result, workers: Mapping[str, Worker]) -> None:
        steps = {name: _steps_of_a_turn(worker) for name, worker in workers.items()}
        processor: Row = {name: [] for name in workers}
        result.values = {name: [] for name in workers}
        end = time.perf_counter() + self.seconds
        turns = list(workers.values())
        while time.perf_counter() < end or len(processor[OURS]) < self.min_rounds:
            random.shuffle(turns)
            for worker in turns:
                answer = worker.order("time", steps=steps[worker.name])
                result.values[worker.name].append(1e3 * statistics.median(answer["wall"]))
                used = 1e3 * answer["processor"] / steps[worker.name]
                processor[worker.name].append(used)
        result.processor = {name: statistics.median(used) for name, used in processor.items()}

    def start_up(self) -> list[Result]:
        """Measure the import, and the memory after it and after training, in new processes."""
        seconds = Result("import", "import of the package")
        after_import = Result("memory_import", "resident memory after the import", "MB")
        after_training = Result(
            "memory_training", f"peak memory after {MEMORY_STEPS} steps of the convnet", "MB"
        )
        for index in range(self.min_rounds):
            with self.workers() as workers:
                for name, worker in workers.items():
                    seconds.values.setdefault(name, []).append(1e3 * worker.start["seconds"])
                    after_import.values.setdefault(name, []).append(worker.start["bytes"] / 1e6)
                if index == 0:
                    _measure_training(after_training, workers)
        return [seconds, after_import, after_training]

    def first_steps(self) -> list[Result]:
        """Measure the first training steps in new processes that find no compiled code."""
        return [self._first_step(name, network) for name, network in COLD.items()]

    def _first_step(self, workload: str, network: str) -> Result:
        result = Result(f"cold_{workload}", f"{network}: the first step in a new process")
        try:
            for _ in range(self.min_rounds):
                with self.workers(is_cold=True) as workers:
                    for name, worker in workers.items():
                        worker.order("build", workload=workload, check=False)
                        wall = worker.order("time", steps=1)["wall"]
                        result.values.setdefault(name, []).append(1e3 * wall[0])
        except WorkerError as error:
            result.values.clear()
            result.note = str(error)
        return result


IN_NEW_PROCESSES = {"start": Bench.start_up, "cold": Bench.first_steps}


def _measure_training(result: Result, workers: Mapping[str, Worker]) -> None:
    for name, worker in workers.items():
        try:
            worker.order("build", workload="mnist_convnet")
            worker.order("time", steps=MEMORY_STEPS)
            result.values[name] = [worker.order("memory")["bytes"] / 1e6]
        except WorkerError as error:
            result.note = str(error)


def _steps_of_a_turn(worker: Worker) -> int:
    """Warm up and find how many steps fill a turn."""
    wall = worker.order("time", steps=1)["wall"]
    if wall[0] < 1:
        wall = worker.order("time", steps=WARM_UP_STEPS)["wall"]
    return max(1, math.ceil(ROUND_SECONDS / statistics.median(wall)))


def _agree(outcomes: Sequence[float | None]) -> bool:
    known = [outcome for outcome in outcomes if outcome is not None]
    return all(math.isclose(known[0], other, rel_tol=LOSS_TOLERANCE) for other in known[1:])


# --- reports


def _format(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _others(results: Sequence[Result]) -> list[str]:
    """What graphflow is compared with: the checkout before, if it was timed, and TensorFlow."""
    return [*([BEFORE] if any(BEFORE in result.values for result in results) else []), THEIRS]


def _cells(result: Result, others: Sequence[str]) -> list[str]:
    values = [f"{_format(result.median(name))} {result.unit}" for name in (OURS, *others)]
    return [result.description, *values, *(_spread(result.ratios(name)) for name in others)]


def _spread(ratios: tuple[float, float, float] | None) -> str:
    return "–" if ratios is None else f"{ratios[1]:.2f} ({ratios[0]:.2f}–{ratios[2]:.2f})"


def as_text(result: Result) -> str:
    """Return a line for the terminal."""
    others = _others([result])
    description, *cells = _cells(result, others)
    values, ratios = cells[: 1 + len(others)], cells[1 + len(others) :]
    numbers = " ".join(f"{value:>10s}" for value in values)
    line = f"{description:80s} {numbers}   {'   '.join(ratios)}"
    return f"{line}\n    {result.note}" if result.note else line


def as_markdown(results: Sequence[Result]) -> str:
    """Return a table."""
    others = _others(results)
    titles = [{BEFORE: "before", THEIRS: "TensorFlow"}[name] for name in others]
    ratios = [f"{title} / graphflow (quartiles)" for title in titles]
    headings = ["workload", "graphflow", *titles, *ratios]
    lines = ["---", *["---:"] * (len(headings) - 1)]
    rows = [headings, lines, *(_cells(result, others) for result in results)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def describe_machine(threads: int, versions: Mapping[str, str]) -> dict[str, Any]:
    """Return what the numbers depend on."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else "unknown",
        "python": platform.python_version(),
        "numpy": np.__version__,
        **versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


# --- the command


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser.add_argument(
        "--only",
        help="workloads, separated by commas; 'start': import and memory, 'cold': first steps",
    )
    parser.add_argument("--ops", action="store_true", help="single ops, at two sizes each")
    parser.add_argument("--list", action="store_true", help="list the workloads and stop")
    parser.add_argument("--threads", type=int, default=cores, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each workload; default 10")
    parser.add_argument(
        "--warm-up", type=float, default=5.0, help="seconds of steps before that; default 5"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it works")
    parser.add_argument(
        "--tensorflow-python",
        default=os.environ.get("GRAPHFLOW_ORACLE_PYTHON"),
        help="interpreter with TensorFlow; default: that in GRAPHFLOW_ORACLE_PYTHON; "
        "if neither is given, only graphflow is timed",
    )
    parser.add_argument(
        "--before", help="another checkout of graphflow: a folder, to be timed beside this one"
    )
    parser.add_argument("--folder", help="folder with MNIST's IDX files; default: search")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--markdown", type=Path, help="write a table to this file")
    options = parser.parse_args(arguments)
    everything = [*OP_WORKLOADS] if options.ops else [*WORKLOADS, *IN_NEW_PROCESSES]
    options.only = options.only.split(",") if options.only else everything
    unknown = set(options.only) - {*ALL_WORKLOADS, *IN_NEW_PROCESSES}
    if unknown:
        parser.error(f"unknown workloads: {', '.join(sorted(unknown))}; see --list")
    return options


def save_digits(folder: str | None, path: Path) -> None:
    """Write MNIST into a file that every worker can read with numpy alone."""
    digits = mnist.load(folder)
    np.savez(path, **vars(digits))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = parse(arguments)
    if options.list:
        for name, workload in ALL_WORKLOADS.items():
            print(f"{name:26s} {workload.description}")
        return 0
    pythons = {OURS: sys.executable}
    if options.tensorflow_python:
        pythons[THEIRS] = options.tensorflow_python
    else:
        print("no --tensorflow-python: only graphflow is timed", file=sys.stderr)
    if options.before:
        pythons[BEFORE] = sys.executable
    seconds, min_rounds = (0.0, 2) if options.quick else (options.seconds, 5)
    warm_up = 0.0 if options.quick else options.warm_up
    with tempfile.TemporaryDirectory() as folder:
        digits = Path(folder, "mnist.npz")
        save_digits(options.folder, digits)
        bench = Bench(
            pythons, options.threads, digits, seconds, min_rounds, options.before, warm_up
        )
        results, versions = _run(bench, options.only)
    machine = describe_machine(options.threads, versions)
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    if options.markdown:
        options.markdown.write_text(as_markdown(results) + "\n", encoding="utf-8")
    if options.json:
        report = {"machine": machine, "results": [result.as_json() for result in results]}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if any(result.note for result in results) else 0


def _run(bench: Bench, names: Sequence[str]) -> tuple[list[Result], dict[str, str]]:
    results = []
    with bench.workers() as workers:
        versions = {name: worker.start["version"] for name, worker in workers.items()}
        versions[OURS] = __version__  # the module's own is TensorFlow's, which it is modelled on
        for name in names:
            if name not in IN_NEW_PROCESSES:
                results.append(bench.time(name, workers))
                print(as_text(results[-1]), flush=True)
    for name in IN_NEW_PROCESSES:
        for result in IN_NEW_PROCESSES[name](bench) if name in names else ():
            results.append(result)
            print(as_text(result), flush=True)
    return results, versions


if __name__ == "__main__":
    sys.exit(main())
