"""Eight threads run one plan for feeds of different shapes: no run writes to another one's memory.

Between the blocks of every arena lie canaries, bytes that no kernel may touch; and what was fetched
earlier must stay as it was.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.compiler.memory import ALIGNMENT, Layout, Life, lay_out
from graphflow.core.jit import compiler
from graphflow.runtime import arena, variant
from graphflow.runtime.arena import ArenaPlan

_THREADS, _RUNS = 8, 30
_CANARY = 0xA5


class Canaries:
    """The bytes between the blocks of all arenas that were made."""

    def __init__(self) -> None:
        self._places: list[np.ndarray] = []
        self._lock = threading.Lock()

    def spread(self, lives: list[Life]) -> Layout:
        """Lay out with room before each block and at the end."""
        layout = lay_out(lives)
        number = {start: index + 1 for index, start in enumerate(sorted(set(layout.offsets)))}
        offsets = [start + ALIGNMENT * number[start] for start in layout.offsets]
        return Layout(offsets, layout.size + ALIGNMENT * (len(number) + 1))

    def settle(self, plan: ArenaPlan, arrays: list[np.ndarray]) -> None:
        """Fill the room in a new arena."""
        memory = arrays[0]
        while memory.base is not None:
            memory = memory.base
        start = -memory.ctypes.data % ALIGNMENT
        ends = [*set(plan.layout.offsets), plan.layout.size]
        places = [memory[start + end - ALIGNMENT : start + end] for end in ends]
        for place in places:
            place[:] = _CANARY
        with self._lock:
            self._places += places

    def check(self) -> None:
        assert self._places
        assert all((place == _CANARY).all() for place in self._places)


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> Canaries:
    canaries = Canaries()
    make: Callable[[ArenaPlan], list[np.ndarray]] = ArenaPlan.new_arena

    def new_arena(plan: ArenaPlan) -> list[np.ndarray]:
        arrays = make(plan)
        canaries.settle(plan, arrays)
        return arrays

    monkeypatch.setattr(arena, "lay_out", canaries.spread)
    monkeypatch.setattr(ArenaPlan, "new_arena", new_arena)
    monkeypatch.setattr(variant, "WORTH_COMPILING_NS", 0)
    return canaries


def _net(pixels: Any, weights: dict[str, Any]) -> tuple[Any, Any]:
    """A loss and its gradient: convolution, pooling, normalization, products, softmax."""
    hidden = tf.nn.relu(tf.nn.conv2d(pixels, weights["filter"], [1, 1, 1, 1], "SAME") + 0.1)
    hidden = tf.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    mean, spread = tf.nn.moments(hidden, [1, 2], keep_dims=True)
    hidden = tf.reduce_mean(tf.tanh((hidden - mean) * tf.rsqrt(spread + 0.1)) ** 2, [1, 2])
    logits = tf.matmul(hidden, weights["matrix"]) * tf.sigmoid(weights["scale"])
    target = tf.one_hot(tf.argmax(logits, 1), 5)
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=logits)
    return loss, tf.gradients(loss, pixels)[0]


def _pixels(size: int) -> np.ndarray:
    """Images of a size of their own, so that each size is another shape."""
    return np.random.RandomState(size).uniform(size=(1 + size % 3, 4 + size, 6, 3))


def test_runs_of_different_shapes_at_once_share_no_memory(canaries: Canaries) -> None:
    values = np.random.RandomState(1)
    with tf.Graph().as_default() as graph:
        weights = {
            name: tf.constant(values.normal(size=shape).astype(np.float32))
            for name, shape in (("filter", (3, 3, 3, 4)), ("matrix", (4, 5)), ("scale", (5,)))
        }
        pixels = tf.placeholder(tf.float32, [None, None, 6, 3])
        fetches = _net(pixels, weights)
    sizes = range(8)
    config = tf.ConfigProto(
        graph_options=tf.GraphOptions(optimizer_options=tf.OptimizerOptions(opt_level=-1))
    )
    with tf.Session(graph=graph, config=config) as plain:
        expected = {size: plain.run(fetches, {pixels: _pixels(size)}) for size in sizes}
    wrong: list[Any] = []
    session = tf.Session(graph=graph, config=tf.ConfigProto(inter_op_parallelism_threads=2))

    def work(seed: int) -> None:
        order = random.Random(seed)
        kept = []
        for _ in range(_RUNS):
            size = order.choice(sizes)
            found = session.run(fetches, {pixels: _pixels(size)})
            kept.append((found, [array.copy() for array in found]))
            if not all(
                np.allclose(value, other, rtol=1e-4, atol=1e-5)
                for value, other in zip(found, expected[size], strict=True)
            ):
                wrong.append((size, found))
        for found, copies in kept:
            if not all(map(np.array_equal, found, copies)):
                wrong.append("a fetched array has changed")

    for _ in range(2):  # once while loops are compiled, once with them
        workers = [threading.Thread(target=work, args=(seed,)) for seed in range(_THREADS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        compiler().submit(int).result()
    session.close()
    assert not wrong
    canaries.check()
