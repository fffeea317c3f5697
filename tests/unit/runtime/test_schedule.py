"""The simulation that decides whether threads pay, on examples worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.runtime.schedule import simulate

HAND_OVER = 30_000


@dataclass
class Step:
    index: int
    waits_for: int
    successors: tuple[int, ...]


@dataclass
class Plan:
    steps: list[Step]


# 0 feeds 1 and 2, which feed 3.
DIAMOND = Plan([Step(0, 0, (1, 2)), Step(1, 1, (3,)), Step(2, 1, (3,)), Step(3, 2, ())])


def test_cheap_steps_cost_what_they_cost():
    assert simulate(DIAMOND, [10, 20, 50, 5], threads=1) == 85
    assert simulate(DIAMOND, [10, 20, 50, 5], threads=2) == 65


def test_heavy_steps_pay_for_the_hand_over():
    costs = [10, 200_000, 300_000, 5]
    assert simulate(DIAMOND, costs, threads=2) == 10 + 300_000 + HAND_OVER + 5
    assert simulate(DIAMOND, costs, threads=1) == 10 + 500_000 + 2 * HAND_OVER + 5


def test_a_real_plan_is_simulated_in_its_own_order():
    x = tf.placeholder(tf.float32, [2])
    plan = compile_plan([tf.exp(x) + tf.square(x)], [], [x], [])
    assert [step.waits_for for step in plan.steps] == [0, 0, 2]
    assert simulate(plan, [40, 30, 7], threads=2) == 47
