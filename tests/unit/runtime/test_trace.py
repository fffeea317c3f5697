"""A trace holds what a run did: every step once, with its times, thread, results and causes."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler
from graphflow.interop.run_metadata import read_label
from graphflow.runtime import variant

FULL = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
ONE_THREAD = tf.ConfigProto(inter_op_parallelism_threads=1)


def traced(session: Any, fetches: Any, feeds: Any = None, options: Any = FULL) -> Any:
    metadata = tf.RunMetadata()
    session.run(fetches, feeds, options=options, run_metadata=metadata)
    return metadata


def nodes(metadata: Any) -> list[Any]:
    (device,) = metadata.step_stats.dev_stats
    return list(device.node_stats)


def remarks(node: Any) -> Any:
    return read_label(node.timeline_label).remarks


def threads_of(metadata: Any) -> dict[str, str]:
    """The thread of each operation, by name."""
    (device,) = metadata.step_stats.dev_stats
    return {node.node_name: device.thread_names[node.thread_id] for node in device.node_stats}


def two_branches(size: int = 500, length: int = 3) -> tuple[Any, Any]:
    x = tf.placeholder(tf.float32, [None, size], name="x")
    ends = []
    for name, factor in (("left", 0.01), ("right", 0.02)):
        with tf.name_scope(name):
            value = x
            for _ in range(length):
                value = tf.matmul(value, x * factor)
            ends.append(tf.reduce_sum(value, name="end"))
    return x, tf.add(*ends, name="total")


def test_two_branches_run_on_two_threads_also_when_a_plan_runs_for_the_first_time():
    x, total = two_branches()
    config = tf.ConfigProto(inter_op_parallelism_threads=2)
    value = np.ones([500, 500], np.float32)
    for _ in range(5):  # a busy machine may start the second thread too late
        with tf.Session(config=config) as session:
            found = threads_of(traced(session, total, {x: value}))
        products = {name: found[name] for name in found if name.endswith("MatMul_1")}
        assert set(products) == {"left/MatMul_1", "right/MatMul_1"}
        if len(set(products.values())) == 2:
            return
    pytest.fail("both branches ran on one thread")


def test_threads_that_help_with_a_step_are_told_apart_from_it():
    x = tf.placeholder(tf.float32, [900, 900], name="x")
    y = tf.matmul(x, x, name="y")
    config = tf.ConfigProto(inter_op_parallelism_threads=2)
    with tf.Session(config=config) as session:
        value = np.ones([900, 900], np.float32)
        session.run(y, {x: value})  # starts the thread
        for _ in range(20):
            found = nodes(traced(session, y, {x: value}))
            if len(found) > 1:
                break
    step, help_ = found
    assert (step.node_name, help_.node_name) == ("y", "y (help)")
    assert remarks(help_).helps == "y"
    assert step.thread_id != help_.thread_id
    end = step.all_start_nanos + step.all_end_rel_nanos
    assert step.all_start_nanos <= help_.scheduled_nanos <= help_.all_start_nanos < end


def test_a_step_is_scheduled_when_the_last_of_its_inputs_is_there():
    x = tf.placeholder(tf.float32, [300, 300], name="x")
    first = tf.exp(x, name="first")
    second = tf.sin(x, name="second")
    third = tf.negative(first, name="third")
    with tf.Session(config=ONE_THREAD) as session:
        found = nodes(traced(session, [third, second], {x: np.ones([300, 300])}))
    of = {node.node_name: node for node in found}
    first_end = of["first"].all_start_nanos + of["first"].all_end_rel_nanos
    assert of["third"].scheduled_nanos == pytest.approx(first_end, abs=1)
    assert of["third"].scheduled_nanos <= of["third"].all_start_nanos
    # It waits for nothing, but for the only thread.
    assert of["second"].scheduled_nanos <= of["first"].all_start_nanos
    assert of["second"].all_start_nanos >= first_end


def test_edges_of_state_are_told():
    v = tf.Variable(2.0, name="v")
    read = tf.add(v, 1.0, name="read")
    change = tf.assign(v, 5.0, name="change")
    with tf.Session(config=ONE_THREAD) as session:
        session.run(v.initializer)
        found = {node.node_name: node for node in nodes(traced(session, [read, change]))}
    assert list(remarks(found["change"]).after) == ["read"]


def test_control_inputs_are_in_the_label():
    a = tf.placeholder(tf.float32, [2], name="a")
    first = tf.exp(a, name="first")
    with tf.control_dependencies([tf.print(first)]):
        last = tf.sin(a, name="last")
    with tf.Session() as session:
        found = nodes(traced(session, last, {a: [1.0, 2.0]}))
    label = read_label(found[-1].timeline_label)
    assert (label.name, label.type) == ("last", "Sin")
    assert label.inputs[0] == "a"
    assert label.inputs[1].startswith("^Print")


def fused_session(monkeypatch: pytest.MonkeyPatch, fetches: Any, feeds: Any) -> Any:
    """A session whose compiled functions are in use."""
    monkeypatch.setattr(variant, "WORTH_COMPILING_NS", 1)
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    session = tf.Session(config=ONE_THREAD)
    for _ in range(6):
        session.run(fetches, feeds)
    compiler().submit(lambda: None).result()
    return session


def test_steps_that_were_compiled_to_one_function_are_one_node(monkeypatch):
    x = tf.placeholder(tf.float32, [200, 300], name="x")
    y = tf.negative(tf.exp(tf.square(x, name="a"), name="b"), name="c")
    value = np.linspace(0, 1, 60_000).reshape(200, 300)
    with fused_session(monkeypatch, y, {x: value}) as session:
        (node,) = nodes(traced(session, y, {x: value}))
    assert node.node_name == "c"
    label = read_label(node.timeline_label)
    assert list(label.remarks.fuses) == ["a", "b", "c"]
    assert label.inputs == ("x",)
    assert sum(label.remarks.shares) == pytest.approx(1, abs=0.001)
    assert set(label.type.split("+")) >= {"Exp"}
    assert [dim.size for dim in node.output[0].tensor_description.shape.dim] == [200, 300]
    assert node.memory[0].total_bytes == 4 * 60_000


def test_a_traced_run_gives_what_others_give(monkeypatch):
    x = tf.placeholder(tf.float32, [40, 30], name="x")
    w = tf.get_variable("w", [30, 5], initializer=tf.random_normal_initializer(seed=3))
    b = tf.get_variable("b", [5], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(tf.nn.relu(tf.matmul(x, w) + b) - 1.0))
    step = tf.train.AdamOptimizer(0.01).minimize(loss)
    value = np.random.rand(40, 30)
    results = []
    for options in (None, FULL):
        with tf.Session(config=ONE_THREAD) as session:
            session.run(tf.global_variables_initializer())
            losses = []
            for _ in range(12):
                losses.append(session.run([loss, step], {x: value}, options, tf.RunMetadata())[0])
            results.append((losses, session.run(w)))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def loop_of(count: Any) -> Any:
    return tf.while_loop(
        lambda i, v: i < count, lambda i, v: (i + 1, tf.exp(-v, name="body")), [0, 1.0], name="loop"
    )


def test_steps_of_bodies_say_in_which_step_they_ran(monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    count = tf.placeholder(tf.int32, [], name="count")
    outputs = loop_of(count)
    with tf.Session(config=ONE_THREAD) as session:
        found = nodes(traced(session, outputs, {count: 3}))
        again = nodes(traced(session, outputs, {count: 5}))
    names = Counter(node.node_name for node in found)
    assert names["loop/body"] == 3
    assert names["loop/Less"] == 4
    assert Counter(node.node_name for node in again)["loop/body"] == 5
    (loop,) = [node for node in found if node.timeline_label.partition(" = ")[2][:5] == "While"]
    assert not remarks(loop).within
    for node in found:
        if node is not loop:
            assert remarks(node).within == loop.node_name
            end = loop.all_start_nanos + loop.all_end_rel_nanos
            assert loop.all_start_nanos <= node.all_start_nanos
            assert node.all_start_nanos + node.all_end_rel_nanos <= end


def test_a_branch_belongs_to_its_conditional():
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.cond(x > 1.0, lambda: tf.exp(x, name="big"), lambda: tf.sin(x, name="small"))
    with tf.Session() as session:
        found = {node.node_name: node for node in nodes(traced(session, y, {x: 3.0}))}
    assert "cond/small" not in found
    assert remarks(found["cond/big"]).within == "cond/If"


def test_a_loop_in_machine_code_says_so(compiled_loops):
    count = tf.placeholder(tf.int32, [], name="count")
    outputs = loop_of(count)
    with tf.Session(config=ONE_THREAD) as session:
        session.run(outputs, {count: 4})
        found = nodes(traced(session, outputs, {count: 4}))
    (loop,) = [node for node in found if "While" in node.timeline_label]
    assert remarks(loop).is_compiled
    assert not [node for node in found if remarks(node).within]


def test_waiting_steps_have_threads_of_their_own():
    queue = tf.FIFOQueue(3, tf.float32, [[]], name="queue")
    put = queue.enqueue(7.0, name="put")
    get = queue.dequeue(name="get")
    with tf.Session() as session:
        found = threads_of(traced(session, [get, put]))
    assert found["get"].startswith("graphflow-blocking")
    assert found["put"].startswith("graphflow-blocking")


def test_a_run_that_fails_reports_what_it_did():
    x = tf.placeholder(tf.float32, name="x")
    good = tf.exp(x, name="good")
    bad = tf.Print(tf.check_numerics(good, "no number", name="bad"), [0])
    with tf.Session() as session:
        metadata = tf.RunMetadata()
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(bad, {x: [1.0, 1e9]}, options=FULL, run_metadata=metadata)
        found = {node.node_name: node for node in nodes(metadata)}
    assert list(found) == ["good", "bad"]
    assert "no number" in remarks(found["bad"]).error
    assert remarks(found["good"]).error == ""


def test_a_failure_in_a_compiled_run_names_the_step(monkeypatch):
    x = tf.placeholder(tf.float32, [2], name="x")
    good = tf.exp(x, name="good")
    bad = tf.sin(tf.check_numerics(good, "no number", name="bad"))
    with fused_session(monkeypatch, bad, {x: [1.0, 2.0]}) as session:
        metadata = tf.RunMetadata()
        with pytest.raises(tf.errors.InvalidArgumentError, match="no number"):
            session.run(bad, {x: [1.0, 1e9]}, options=FULL, run_metadata=metadata)
    assert "no number" in remarks(nodes(metadata)[-1]).error
    assert nodes(metadata)[-1].node_name == "bad"


def test_a_refused_feed_leaves_the_metadata_as_it_was():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.exp(x)
    metadata = tf.RunMetadata()
    metadata.step_stats.dev_stats.add(device="of before")
    with tf.Session() as session, pytest.raises(ValueError, match="shape"):
        session.run(y, {x: [1.0, 2.0, 3.0]}, options=FULL, run_metadata=metadata)
    assert metadata.step_stats.dev_stats[0].device == "of before"


@pytest.mark.parametrize("level", ["SOFTWARE_TRACE", "HARDWARE_TRACE", "FULL_TRACE"])
def test_all_levels_record_steps(level):
    y = tf.exp(tf.placeholder_with_default([1.0, 2.0], [2]), name="y")
    options = tf.RunOptions(trace_level=getattr(tf.RunOptions, level))
    with tf.Session() as session:
        assert [n.node_name for n in nodes(traced(session, y, options=options))][-1:] == ["y"]


def test_no_level_records_nothing():
    y = tf.exp(tf.placeholder_with_default([1.0, 2.0], [2]), name="y")
    with tf.Session() as session:
        metadata = traced(session, y, options=tf.RunOptions())
    assert len(metadata.step_stats.dev_stats) == 0


def test_callables_report_too():
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x, name="y")
    with tf.Session() as session:
        run = session.make_callable(y, [x], accept_options=True)
        metadata = tf.RunMetadata()
        run([1.0, 2.0], options=FULL, run_metadata=metadata)
    assert [node.node_name for node in nodes(metadata)] == ["y"]


def test_runs_at_once_have_traces_of_their_own():
    x = tf.placeholder(tf.float32, [3], name="x")
    ends = [tf.exp(x, name="one"), tf.sin(x, name="two")]
    found: list[set[str]] = [set(), set()]
    with tf.Session() as session:

        def work(number: int) -> None:
            for _ in range(30):
                for node in nodes(traced(session, ends[number], {x: [1, 2, 3]})):
                    found[number].add(node.node_name)

        threads = [threading.Thread(target=work, args=[number]) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [{"one"}, {"two"}]


def test_functions_of_datasets_do_not_fill_the_trace_of_an_earlier_run():
    data = tf.data.Dataset.range(20).map(lambda n: n * 3)
    iterator = tf.data.make_initializable_iterator(data)
    value = iterator.get_next()
    with tf.Session() as session:
        metadata = traced(session, iterator.initializer)
        before = len(nodes(metadata))
        assert [session.run(value) for _ in range(3)] == [0, 3, 6]
        assert len(nodes(metadata)) == before


def test_the_graph_of_the_run():
    x = tf.placeholder(tf.float32, [2], name="x")
    middle = tf.exp(x, name="middle")
    y = tf.negative(middle, name="y")
    tf.sin(x, name="not_needed")
    options = tf.RunOptions(output_partition_graphs=True)
    with tf.Session() as session:
        whole = traced(session, y, {x: [1.0, 2.0]}, options).partition_graphs
        part = traced(session, y, {middle: [1.0, 2.0]}, options).partition_graphs
    assert [node.name for node in whole[0].node] == ["middle", "y", "x"]
    assert {node.name: node.op for node in part[0].node} == {"y": "Neg", "middle": "Placeholder"}
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(part[0], name="")
        with tf.Session(graph=graph) as session:
            assert session.run("y:0", {"middle:0": [3.0, 4.0]}).tolist() == [-3, -4]


def test_what_several_functions_need_counts_once(monkeypatch):
    """A step that was left out, as a sum along no axis is, belongs to the first that needs it."""
    x = tf.placeholder(tf.float32, [200, 300], name="x")
    same = tf.reshape(tf.square(x, name="square"), [200, 300], name="same")
    ends = [tf.exp(same, name="one"), tf.matmul(same, same, transpose_b=True, name="two")]
    value = np.linspace(0, 1, 60_000).reshape(200, 300)
    with fused_session(monkeypatch, ends, {x: value}) as session:
        found = nodes(traced(session, ends, {x: value}))
    steps = Counter(name for node in found for name in (remarks(node).fuses or [node.node_name]))
    assert set(steps) >= {"square", "one", "two"}
    assert set(steps.values()) == {1}
