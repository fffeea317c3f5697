"""Programs that count what graphs cost: each returns the lines of a view as strings.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations


def _model(tf):
    x = tf.placeholder(tf.float32, [8, 6], name="x")
    with tf.variable_scope("layer"):
        w = tf.get_variable("w", [6, 4], initializer=tf.zeros_initializer(), use_resource=False)
        b = tf.get_variable("b", [4], initializer=tf.zeros_initializer(), use_resource=False)
        h = tf.nn.softmax(tf.nn.bias_add(tf.matmul(x, w), b))
    image = tf.placeholder(tf.float32, [2, 5, 7, 3], name="image")
    k = tf.get_variable("k", [3, 3, 3, 7], initializer=tf.zeros_initializer(), use_resource=False)
    with tf.name_scope("deep/er"):
        c = tf.nn.conv2d(image, k, [1, 2, 2, 1], "SAME", name="conv")
        pooled = tf.nn.avg_pool(c, [1, 2, 3, 1], [1, 2, 2, 1], "SAME", name="pool")
        tf.gradients(c, [k], grad_ys=[tf.zeros([2, 3, 4, 7])], name="grads")
        d = tf.nn.depthwise_conv2d(image, tf.zeros([3, 3, 3, 2]), [1, 1, 1, 1], "SAME", name="d")
        unknown = tf.matmul(tf.placeholder(tf.float32, [None, 4], name="u"), tf.zeros([4, 2]))
    tf.square(tf.maximum(h, 0.5) - 1.0 / (h * 2.0))
    return pooled, d, unknown


def _lines(node, depth=0):
    parameters = (node.parameters, node.total_parameters)
    yield f"{'  ' * depth}{node.name} {node.float_ops} {node.total_float_ops} {parameters}"
    for child in node.children:
        yield from _lines(child, depth + 1)


def _view(tf, cmd, change, start=None):
    _model(tf)
    builder = tf.profiler.ProfileOptionBuilder
    options = change(builder(start or builder.float_operation())).with_empty_output().build()
    found = tf.profiler.profile(tf.get_default_graph(), cmd=cmd, options=options)
    return [tf.constant(list(_lines(found)))]


def float_operations(tf):
    return _view(tf, "scope", lambda builder: builder)


def by_type(tf):
    return _view(tf, "op", lambda builder: builder)


def parameters(tf):
    start = tf.profiler.ProfileOptionBuilder.trainable_variables_parameter()
    return _view(tf, "scope", lambda builder: builder, start)


def everything_counts(tf):
    variables = ["Add.*", "Mul", "RealDiv", "Conv2D", "VariableV2"]

    def change(builder):
        return builder.with_min_float_operations(0).with_accounted_types(variables).order_by("name")

    return _view(tf, "scope", change)


def hidden(tf):
    # TensorFlow counts the elements of placeholders among the parameters: without them.
    types = ["MatMul", "Mul", "RealDiv", "Conv2D.*", "AvgPool", "VariableV2"]

    def change(builder):
        return (
            builder.with_accounted_types(types)
            .with_node_names(hide_name_regexes=[".*conv"], trim_name_regexes=["deep/er/grads.*"])
            .account_displayed_op_only(False)
        )

    return _view(tf, "scope", change)


PROGRAMS = {
    program.__name__: program
    for program in (float_operations, by_type, parameters, everything_counts, hidden)
}
