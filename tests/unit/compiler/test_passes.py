"""What each pass removes, and what it must leave alone."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.compiler.compile import build_program, compile_plan
from graphflow.compiler.ir import Kind
from graphflow.compiler.passes import fold_constants, merge_duplicates, remove_identities
from graphflow.compiler.plan import NO_SLOT


def types(plan):
    return sorted(step.op.type for step in plan.steps)


def test_constants_are_folded():
    x = tf.placeholder(tf.float32, [2])
    y = x * (tf.constant([1.0, 2.0]) + tf.constant([10.0, 20.0]))
    plan = compile_plan([y], [], [x], [fold_constants])
    assert types(plan) == ["Mul"]
    (constant,) = plan.constants
    np.testing.assert_array_equal(constant.value, [11, 22])


def test_shapes_are_folded_without_their_tensors():
    x = tf.placeholder(tf.float32, [2, 3])
    plan = compile_plan([tf.shape(tf.square(x))], [], [x], [fold_constants])
    assert plan.steps == []
    np.testing.assert_array_equal(plan.constants[0].value, [2, 3])


def test_large_values_and_failing_kernels_are_not_folded():
    large = tf.zeros([3_000_000]) + 1.0
    assert "Add" in " ".join(types(compile_plan([large], [], [], [fold_constants])))
    wrong = tf.gather(tf.constant([1.0, 2.0]), 7 + tf.placeholder_with_default(0, []) * 0)
    compile_plan([wrong], [], [], [fold_constants])  # compiles; the run reports the index


def test_random_ops_are_neither_folded_nor_merged():
    one, two = tf.random_uniform([3], seed=7), tf.random_uniform([3], seed=7)
    plan = compile_plan([one, two], [], [])
    assert types(plan).count("RandomUniform") == 2
    with tf.Session() as session:
        first, second = session.run(one), session.run(one)
    assert not np.array_equal(first, second)


def test_common_subexpressions_are_merged():
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x * 3.0) + tf.exp(x * 3.0)
    passes = [fold_constants, merge_duplicates]
    assert types(compile_plan([y], [], [x], passes)) == ["AddV2", "Exp", "Mul"]
    different = [
        tf.exp(x * 3.0),
        tf.exp(x * 4.0),
        tf.reduce_sum(x, keepdims=True),
        tf.reduce_sum(x),
    ]
    assert types(compile_plan(different, [], [x], passes)) == [
        "Exp", "Exp", "Mul", "Mul", "Sum", "Sum",
    ]  # fmt: skip


def test_zeros_of_both_signs_stay_apart():
    x = tf.placeholder(tf.float32, [])
    y = [x / tf.constant(0.0), x / tf.constant(-0.0)]
    with tf.Session() as session:
        assert session.run(y, {x: 1.0}) == [np.inf, -np.inf]


def test_writes_are_never_merged():
    v = tf.Variable(1.0)
    adds = [tf.assign_add(v, 2.0), tf.assign_add(v, 2.0)]
    with tf.Session() as session:
        session.run(v.initializer)
        session.run([add.op for add in adds])
        assert session.run(v) == 5.0


def test_identities_are_removed_unless_they_delay():
    x = tf.placeholder(tf.float32, [2])
    plain = tf.identity(tf.identity(x)) * 2.0
    assert "Identity" not in types(compile_plan([plain], [], [x], [remove_identities]))
    v = tf.Variable(1.0)
    with tf.control_dependencies([tf.assign_add(v, 1.0)]):
        delayed = tf.identity(x)
    plan = compile_plan([delayed * 2.0], [], [x], [remove_identities])
    assert "AssignAdd" in types(plan)


def test_an_uninitialized_variable_is_an_error_behind_a_fetched_identity():
    v = tf.Variable(1.0)
    error = pytest.raises(tf.errors.FailedPreconditionError, match="Variable")
    with tf.Session() as session, error:
        session.run(tf.identity(v).op)


def test_reads_follow_the_writes_they_depend_on():
    v = tf.Variable(1.0)
    before = v * 10.0
    write = tf.assign(v, 2.0)
    with tf.control_dependencies([write]):
        after = v * 10.0
    program = build_program([before, after, write], [], [])
    nodes = {node.operation: node for node in program.nodes}
    assert nodes[before.op].inputs[0].node.kind is Kind.VARIABLE
    follows = nodes[after.op].inputs[0]
    assert follows.node is nodes[write.op]
    assert follows.index == 1  # the new value, behind the op's own output


def test_slots_are_cleared_after_their_last_user():
    x = tf.placeholder(tf.float32, [2])
    a = tf.exp(x)
    b = a * a
    d = b + a
    plan = compile_plan([d], [], [x], [])
    exp, mul, add = plan.steps
    assert exp.frees == (plan.feeds[0].slot,)
    assert mul.frees == ()
    assert set(add.frees) == {exp.outputs[0], mul.outputs[0]}
    assert plan.users[exp.outputs[0]] == 2  # a step that takes a value twice uses it once
    assert plan.fetches == [add.outputs[0]]


def test_outputs_that_nobody_uses_have_no_slot():
    x = tf.placeholder(tf.float32, [4])
    first, _ = tf.split(x, 2)
    (step,) = [s for s in compile_plan([first], [], [x]).steps if s.op.type == "Split"]
    assert step.outputs[1] == NO_SLOT
    assert step.outputs[0] != NO_SLOT
