"""Whether threads make a plan faster: a simulation with measured costs, then a trial.

Before anything is measured, large products of matrices decide: what they cost follows from shapes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence

from graphflow.compiler.plan import Plan, Step
from graphflow.core.spec import TensorSpec

# Steps from here on are worth handing to another thread, which costs about 10 microseconds.
HEAVY_NS = 100_000
_HAND_OVER_NS = 30_000
# Multiplications of a product in a nanosecond, on one core; high, so that estimates are low.
_PRODUCTS_PER_NS = 25
# Threads must save this share of the time to be worth it: the costs are only measured.
_MIN_GAIN = 0.1
# How many runs of each kind a trial takes; the quickest counts.
_TRIAL_RUNS = 4


class Trial:
    """Runs on one thread and on several, in turns, to see which are quicker.

    The costs of single steps say little of how they disturb each other, and a step that splits its
    own work over threads leaves nothing for others to do.

    >>> trial = Trial()
    >>> while trial.verdict is None:
    ...     trial.enter(trial.tries_threads(), 500 if trial.tries_threads() else 700)
    >>> trial.verdict
    True
    """

    def __init__(self) -> None:
        self._times: dict[bool, list[int]] = {False: [], True: []}

    def tries_threads(self) -> bool:
        """Whether the next run is one on several threads."""
        return len(self._times[True]) < len(self._times[False])

    def enter(self, has_threads: bool, elapsed: int) -> None:
        """Enter how long a run took.

        Args:
          has_threads: whether it was one on several threads.
          elapsed: nanoseconds.
        """
        self._times[has_threads].append(elapsed)

    @property
    def verdict(self) -> bool | None:
        """Whether runs on several threads are quicker, None as long as that is open."""
        alone, together = self._times[False], self._times[True]
        if min(len(alone), len(together)) < _TRIAL_RUNS:
            return None
        return min(together) < min(alone)


def threads_pay(plan: Plan, costs: Sequence[int], threads: int) -> bool:
    """Whether `threads` threads would run the plan clearly faster than one.

    Args:
      plan: the plan.
      costs: for each step its time in nanoseconds.
      threads: the number of threads.
    """
    heavy = sum(cost for cost in costs if cost >= HEAVY_NS)
    total = sum(costs)
    if total == 0 or heavy / total < _MIN_GAIN:
        return False
    return simulate(plan, costs, threads) < (1 - _MIN_GAIN) * total


def estimated_costs(plan: Plan, specs: Mapping[int, TensorSpec]) -> list[int] | None:
    """Return for each step what it costs at least by the shapes, in nanoseconds.

    Only products of matrices are estimated. Where fewer than two are heavy there is nothing for a
    second thread to do, and the result is None.

    Args:
      plan: the plan.
      specs: for each slot what is known of its value.
    """
    products = [step for step in plan.steps if step.op.uses_blas]
    if len(products) < 2:
        return None
    costs = [0] * len(plan.steps)
    for step in products:
        costs[step.index] = _multiplications(step, specs) // _PRODUCTS_PER_NS
    return costs if sum(cost >= HEAVY_NS for cost in costs) > 1 else None


def _multiplications(step: Step, specs: Mapping[int, TensorSpec]) -> int:
    """How many there are, at least: of m x k by k x n, the root of the three sizes' product."""
    slots = [*step.inputs[:2], *step.outputs[:1]]
    sizes = [specs[slot].shape.num_elements() for slot in slots if slot in specs]
    known = [size for size in sizes if size is not None]
    return math.isqrt(math.prod(known)) if len(known) == 3 else 0


def simulate(plan: Plan, costs: Sequence[int], threads: int) -> int:
    """Return the time in nanoseconds that the plan takes on `threads` threads.

    Steps start in the order in which they become ready; heavy ones pay for the hand-over.
    """
    pending = [step.waits_for for step in plan.steps]
    ready_at = [(0, step.index) for step in plan.steps if step.waits_for == 0]
    heapq.heapify(ready_at)
    free_at = [0] * threads
    heapq.heapify(free_at)
    earliest = [0] * len(plan.steps)
    last = 0
    while ready_at:
        ready, index = heapq.heappop(ready_at)
        thread_free = heapq.heappop(free_at)
        cost = costs[index] + (_HAND_OVER_NS if costs[index] >= HEAVY_NS else 0)
        end = max(ready, thread_free) + cost
        heapq.heappush(free_at, end)
        last = max(last, end)
        for successor in plan.steps[index].successors:
            earliest[successor] = max(earliest[successor], end)
            pending[successor] -= 1
            if pending[successor] == 0:
                heapq.heappush(ready_at, (earliest[successor], successor))
    return last
