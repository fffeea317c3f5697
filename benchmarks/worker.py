"""The process in which one implementation is timed, on orders that come through a pipe.

It reads one JSON object a line from its standard input and answers each with one line.  The key
"do" says what to do: "build" a workload, "time" some steps of it, tell the "memory", or "stop".
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import traceback
from types import ModuleType
from typing import Any

MODULES = {
    "graphflow": "graphflow", "before": "graphflow", "tensorflow": "tensorflow.compat.v1",
}  # fmt: skip


def import_module(name: str) -> tuple[ModuleType, float]:
    """Import the module to be timed; return it and the seconds that took."""
    start = time.perf_counter()
    module = importlib.import_module(MODULES[name])
    seconds = time.perf_counter() - start
    if name == "tensorflow":
        module.disable_eager_execution()
        module.logging.set_verbosity(module.logging.ERROR)
    return module, seconds


def peak_memory() -> int:
    """Return the largest resident size so far, in bytes."""
    if sys.platform == "linux":  # where `getrusage` counts the process that started this one too
        with open("/proc/self/status", encoding="utf-8") as status:
            return 1024 * next(int(line.split()[1]) for line in status if line[:6] == "VmHWM:")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


class Worker:
    """Carries out orders.

    Args:
      module: the implementation.
      threads: how many threads it may use.
      digits: an .npz file with MNIST's arrays.
    """

    def __init__(self, module: ModuleType, threads: int, digits: str) -> None:
        # Imports numpy, so it must not happen before the module's import was timed.
        from benchmarks.op_workloads import OP_WORKLOADS
        from benchmarks.program import Setting, np
        from benchmarks.workloads import WORKLOADS

        self._workloads = {**WORKLOADS, **OP_WORKLOADS}
        with np.load(digits) as arrays:
            self._setting = Setting(module, threads, {name: arrays[name] for name in arrays})
        self._program: Any = None

    def build(self, workload: str, check: bool = True) -> dict[str, Any]:
        """Build a program and, unless it is to stay fresh, compute its outcome."""
        self.close()
        self._program = self._workloads[workload].build(self._setting)
        outcome = self._program.outcome
        return {"outcome": outcome() if outcome and check else None}

    def time(self, steps: int) -> dict[str, Any]:
        """Return the wall time of each step, and the processor time of all, in seconds."""
        program = self._program
        clock = time.perf_counter
        wall = []
        processor = 0.0
        for _ in range(steps):
            if program.prepare:
                program.prepare()
            before, start = time.process_time(), clock()
            program.step()
            wall.append(clock() - start)
            processor += time.process_time() - before
        return {"wall": wall, "processor": processor}

    def warm_up(self, seconds: float) -> dict[str, Any]:
        """Run steps for so long, until what is compiled in the background is ready."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.time(1)
        return {}

    def memory(self) -> dict[str, Any]:
        """Return the peak of the resident memory."""
        return {"bytes": peak_memory()}

    def close(self) -> None:
        """Release the program."""
        if self._program is not None:
            self._program.close()
            self._program = None


def main() -> None:
    """Serve until the order to stop, or the end of the input."""
    name, threads, digits, *checkout = sys.argv[1:]
    # What libraries print must not get among the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)

    def answer(**contents: Any) -> None:
        answers.write(json.dumps(contents) + "\n")

    sys.path[:0] = checkout  # for graphflow alone: the programs are those of this folder
    module, seconds = import_module(name)
    del sys.path[: len(checkout)]
    answer(version=module.__version__, seconds=seconds, bytes=peak_memory())
    worker = Worker(module, int(threads), digits)
    for line in sys.stdin:
        order = json.loads(line)
        action = order.pop("do")
        if action == "stop":
            break
        try:
            answer(**getattr(worker, action)(**order))
        except Exception:
            answer(error=traceback.format_exc())
    worker.close()


if __name__ == "__main__":
    main()
