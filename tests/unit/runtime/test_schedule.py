"""The simulation that decides whether threads pay, on examples worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.core.spec import TensorSpec, as_shape
from graphflow.runtime.schedule import estimated_costs, simulate

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


def plan_of_two_products(rows, inner, columns):
    """A plan of two products, and what is known of its slots."""
    a = tf.placeholder(tf.float32, [rows, inner])
    b = tf.placeholder(tf.float32, [inner, columns])
    fetches = [tf.matmul(a, b), tf.matmul(a, b * 2.0)]
    plan = compile_plan(fetches, [], [a, b], [])
    specs = {source.slot: source.tensor.spec for source in (*plan.feeds, *plan.constants)}
    for step in plan.steps:
        for slot, tensor in zip(step.outputs, step.operation.outputs, strict=True):
            specs[slot] = tensor.spec
    return plan, specs


def test_products_are_estimated_by_their_multiplications():
    plan, specs = plan_of_two_products(200, 300, 400)
    costs = estimated_costs(plan, specs)
    # 200 x 300 x 400 = 24 million, 25 in a nanosecond; what is between costs nothing.
    assert sorted(costs)[-3:] == [0, 960_000, 960_000]


def test_small_products_and_unknown_shapes_are_not_estimated():
    assert estimated_costs(*plan_of_two_products(20, 30, 40)) is None
    plan, specs = plan_of_two_products(200, 300, 400)
    unknown = {slot: TensorSpec(as_shape(None), spec.dtype) for slot, spec in specs.items()}
    assert estimated_costs(plan, unknown) is None
