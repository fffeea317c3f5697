"""Parameters, float operations, times and memory of graphs."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos
from graphflow.profiler.costs import costs_of

BUILDER = tf.profiler.ProfileOptionBuilder


def quiet(options=None):
    return BUILDER(options).with_empty_output()


def flops(tensor, **arguments):
    options = quiet(BUILDER.float_operation()).build()
    return tf.profiler.profile(tensor.graph, options=options, **arguments).total_float_ops


def tree(node):
    """Own and total float operations by name, in the order of the view."""
    found = {node.name: (node.float_ops, node.total_float_ops)}
    for child in node.children:
        found.update(tree(child))
    return found


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: tf.matmul(tf.zeros([3, 5]), tf.zeros([5, 2])), 3 * 2 * 5 * 2),
        (lambda: tf.matmul(tf.zeros([5, 3]), tf.zeros([5, 2]), transpose_a=True), 3 * 2 * 5 * 2),
        (lambda: tf.matmul(tf.zeros([7, 3, 5]), tf.zeros([7, 5, 2])), 7 * 3 * 2 * 5 * 2),
        (lambda: tf.zeros([3, 5]) + tf.zeros([5]), 15),
        (lambda: tf.squared_difference(tf.zeros([4]), 1.0), 8),
        (lambda: tf.reduce_sum(tf.zeros([3, 5]), axis=1), 15 - 3),
        (lambda: tf.reduce_mean(tf.zeros([3, 5]), axis=1), 15),
        (lambda: tf.nn.softmax(tf.zeros([3, 5])), 5 * 15),
        (lambda: tf.nn.l2_loss(tf.zeros([3, 5])), 3 * 15 - 1),
        (lambda: tf.add_n([tf.zeros([3])] * 4), 3 * 3),
        (lambda: tf.nn.relu(tf.zeros([3])), 0),
        (
            lambda: tf.nn.conv2d(
                tf.zeros([2, 6, 8, 3]), tf.zeros([3, 3, 3, 5]), [1, 2, 2, 1], "SAME"
            ),
            2 * (2 * 3 * 4 * 5) * (3 * 3 * 3),
        ),
        (
            lambda: tf.nn.depthwise_conv2d(
                tf.zeros([2, 6, 8, 3]), tf.zeros([3, 3, 3, 2]), [1, 1, 1, 1], "SAME"
            ),
            2 * (2 * 6 * 8 * 6) * 9,
        ),
        (
            lambda: tf.nn.max_pool(tf.zeros([2, 6, 8, 3]), [1, 2, 3, 1], [1, 2, 2, 1], "SAME"),
            (2 * 3 * 4 * 3) * 6,
        ),
    ],
)  # fmt: skip
def test_float_operations(build, expected):
    assert flops(build()) == expected


@pytest.mark.parametrize(
    ("data_format", "shape", "strides"),
    [("NHWC", [2, 6, 8, 3], [1, 2, 2, 1]), ("NCHW", [2, 3, 6, 8], [1, 1, 2, 2])],
)
def test_gradients_of_a_convolution_take_as_much_as_it_does(data_format, shape, strides):
    image, kernel = tf.placeholder(tf.float32, shape), tf.placeholder(tf.float32, [3, 3, 3, 5])
    y = tf.nn.conv2d(image, kernel, strides, "SAME", data_format=data_format)
    tf.gradients(y, [image, kernel])
    options = quiet(BUILDER.float_operation()).build()
    found = tree(tf.profiler.profile(options=options))
    counts = {count for name, (count, _) in found.items() if "Conv2D" in name}
    assert counts == {2 * (2 * 3 * 4 * 5) * (3 * 3 * 3)}


def model():
    x = tf.placeholder(tf.float32, [None, 6], name="x")
    with tf.variable_scope("layer"):
        w = tf.get_variable("w", [6, 4], initializer=tf.zeros_initializer())
        b = tf.get_variable("b", [4], initializer=tf.zeros_initializer())
        tf.get_variable("frozen", [9], trainable=False)
        h = tf.nn.relu(tf.add(tf.matmul(x, w), b))
    return x, h


def test_parameters(capsys):
    model()
    found = tf.profiler.profile(tf.get_default_graph())
    assert found.total_parameters == 28
    assert [child.name for child in found.children] == ["layer"]
    assert [(c.name, c.parameters) for c in found.children[0].children] == [
        ("layer/b", 4), ("layer/w", 24),
    ]  # fmt: skip
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Profile:",
        "node name | # parameters",
        "_TFProfRoot (--/28 params)",
        "  layer (--/28 params)",
        "    layer/b (4, 4/4 params)",
        "    layer/w (6x4, 24/24 params)",
        "",
    ]


def test_a_run_tells_shapes_times_and_memory(capsys):
    x, h = model()
    assert flops(h) == 9 * 2 + 1  # nothing but the numbers of an initializer is known
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        meta = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(h, {x: np.ones([10, 6])}, options, meta)
    assert flops(h, run_meta=meta) == 10 * 4 * 6 * 2 + 40 + 19
    timed = tf.profiler.profile(h.graph, meta, options=quiet(BUILDER.time_and_memory()).build())
    assert timed.total_exec_micros == sum(
        stats.all_end_rel_micros
        for device in meta.step_stats.dev_stats
        for stats in device.node_stats
        if any(item.total_bytes for item in stats.memory)
    )
    parts = {child.name: child for child in timed.children[0].children}
    assert parts["layer/MatMul"].requested_bytes == 10 * 4 * 4
    assert parts["layer/MatMul"].devices == ["/job:localhost/replica:0/task:0/device:CPU:0"]
    advice = tf.profiler.advise(h.graph, meta)
    assert "top 1 operation type" in advice.checkers["ExpensiveOperationChecker"].reports[0]
    assert capsys.readouterr().out == ""


def test_what_is_not_counted_is_told(capsys):
    _, h = model()
    tf.profiler.profile(h.graph, options=BUILDER.float_operation())
    assert "unknown: layer/MatMul, layer/Add (2 in all)" in capsys.readouterr().out


def scopes():
    with tf.name_scope("a"):
        x = tf.add(tf.zeros([3]), 1.0, name="x")
        with tf.name_scope("b"):
            y = tf.square(x, name="y")
    return tf.multiply(y, 2.0, name="z")


def test_views():
    graph = scopes().graph
    options = quiet(BUILDER.float_operation()).build()
    by_scope = tree(tf.profiler.profile(graph, options=options))
    assert by_scope == {"_TFProfRoot": (0, 9), "a/b/y": (3, 3), "a/x": (3, 3), "z": (3, 3)}
    by_input = tf.profiler.profile(graph, cmd="graph", options=options)
    assert tree(by_input) == {"_TFProfRoot": (0, 9), "z": (3, 9), "a/b/y": (3, 6), "a/x": (3, 3)}
    by_type = tf.profiler.profile(graph, cmd="op", options=options)
    assert tree(by_type) == {
        "_TFProfRoot": (0, 9), "Add": (3, 9), "Mul": (3, 6), "Square": (3, 3),
    }  # fmt: skip
    assert [node.name for node in by_type.children[0].graph_nodes] == ["a/x"]
    by_line = tf.profiler.profile(graph, cmd="code", options={**options, "min_float_ops": 0})
    assert by_line.total_float_ops == 9
    names = [name for name in tree(by_line) if name.endswith(":scopes")]
    assert len(names) == 3


def test_options():
    graph = scopes().graph
    every = quiet().select(["float_ops"]).with_accounted_types(["Add", "Square"])

    def names(builder):
        return list(tree(tf.profiler.profile(graph, options=builder.build())))[1:]

    assert names(every) == ["a", "a/b", "a/b/y", "a/x"]
    assert names(BUILDER(every.build()).with_max_depth(2)) == ["a"]
    hide = BUILDER(every.build()).with_node_names(hide_name_regexes=["a/b"])
    assert names(hide) == ["a", "a/b/y", "a/x"]
    assert names(BUILDER(every.build()).with_node_names(start_name_regexes=["a/b"])) == [
        "a/b", "a/b/y",
    ]  # fmt: skip
    trim = BUILDER(every.build()).with_node_names(trim_name_regexes=["a/b"])
    assert names(trim) == ["a", "a/b", "a/x"]
    only = BUILDER(trim.build()).account_displayed_op_only(True).build()
    assert tf.profiler.profile(graph, options=only).total_float_ops == 3
    assert tf.profiler.profile(graph, options=trim.build()).total_float_ops == 6


def test_steps(tmp_path):
    def meta(micros):
        message = tf.RunMetadata()
        device = message.step_stats.dev_stats.add(device="/device:CPU:0")
        stats = device.node_stats.add(node_name="z", all_end_rel_micros=micros)
        stats.memory.add(total_bytes=12)
        return message

    profiler = tf.profiler.Profiler(scopes().graph)
    profiler.add_step(4, meta(30))
    profiler.add_step(7, meta(50))
    options = quiet(BUILDER.time_and_memory())
    for step, micros in ((4, 30), (7, 50), (-1, 40)):
        chosen = BUILDER(options.build()).with_step(step).build()
        assert profiler.profile_name_scope(chosen).total_exec_micros == micros
        assert profiler.profile_operations(chosen).children[0].name == "Mul"
    with pytest.raises(ValueError, match=r"no step 5 .* \[4, 7\]"):
        profiler.profile_graph(options.with_step(5).build())


def test_log(tmp_path):
    graph = scopes().graph
    log = protos.OpLogProto()
    log.log_entries.add(name="z", float_ops=1000, types=["mine"])
    mine = quiet(BUILDER.float_operation()).with_accounted_types(["mine"]).build()
    assert tf.profiler.profile(graph, op_log=log, options=mine).total_float_ops == 1000
    tf.profiler.write_op_log(graph, str(tmp_path / "logs"), log)
    read = tf.profiler.OpLogProto.FromString((tmp_path / "logs" / "tfprof_log").read_bytes())
    entries = {entry.name: entry for entry in read.log_entries}
    assert entries["z"].float_ops == 1000
    assert set(entries["z"].types) == {"Mul", "mine"}
    last = entries["z"].code_def.traces[-1]
    assert read.id_to_string[last.file_id] == __file__
    assert read.id_to_string[last.line_id] == 'return tf.multiply(y, 2.0, name="z")'


def test_output(tmp_path):
    graph = scopes().graph
    path = str(tmp_path / "report.txt")
    tf.profiler.profile(graph, options=BUILDER().with_file_output(path).build())
    with open(path) as file:
        assert "_TFProfRoot (--/0us)" in file.read()
    for builder in (BUILDER().with_pprof_output("x"), BUILDER().with_timeline_output("x")):
        with pytest.raises(NotImplementedError, match="output="):
            tf.profiler.profile(graph, options=builder.build())


def test_errors():
    with pytest.raises(tf.errors.InvalidArgumentError, match="cmd is one of scope, graph"):
        tf.profiler.profile(cmd="python")
    with pytest.raises(ValueError, match=r"cannot show \['speed'\]"):
        tf.profiler.profile(options=BUILDER().select(["speed"]).build())
    with pytest.raises(ValueError, match="order_by is 'name' or one of"):
        tf.profiler.profile(options=BUILDER().order_by("speed").build())
    with pytest.raises(ValueError, match=r"no checkers \['Speed'\]"):
        tf.profiler.advise(options={"Speed": {}})


def test_old_names(capsys):
    model()
    analyzer = tf.contrib.tfprof.model_analyzer
    found = analyzer.print_model_analysis(
        tf.get_default_graph(), tfprof_options=analyzer.TRAINABLE_VARS_PARAMS_STAT_OPTIONS
    )
    assert found.total_parameters == 28
    assert "layer/w (6x4" in capsys.readouterr().out


def test_steps_executed_at_once_share_their_time():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.negative(tf.exp(x, name="b"), name="c")
    meta = protos.RunMetadata()
    device = meta.step_stats.dev_stats.add(device="/device:CPU:0")
    label = 'c = Exp+Neg(x) @@{"fuses": ["b", "c"], "shares": [0.25, 0.75]}'
    device.node_stats.add(node_name="c", timeline_label=label, all_end_rel_micros=400)
    help_ = 'c (help) = Exp+Neg() @@{"helps": "c"}'
    device.node_stats.add(node_name="c (help)", timeline_label=help_, all_end_rel_micros=90)
    found, _ = costs_of(tf.get_default_graph(), [meta])
    assert [found[name].numbers["exec_micros"] for name in "xbc"] == [0, 100, 300]
    assert [found[name].numbers["run_count"] for name in "xbc"] == [0, 1, 1]
