"""Programs that draw random numbers under seeds: each takes the module as `tf`.

Both graphflow and TensorFlow run this very source and must draw the same bits. A program
returns, for each name, what two runs of a first session and one of a second session give.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

# The seed of the graph and that of an operation.
SEEDS = {
    "operation": (None, 7),
    "graph": (42, None),
    "both": (42, 7),
    "zeros": (0, 0),
    "negative": (-3, -(2**33) - 5),
    "large": (2**31 + 9, 2**40 + 1),
    "greatest": (2**31 - 1, 2**31 - 1),
}


def drawn(tf: Any, fetches: dict[str, Any]) -> dict[str, list[str]]:
    """Run the fetches twice in a session and once in another one."""
    found: dict[str, list[str]] = {name: [] for name in fetches}
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    for runs in (2, 1):
        with tf.Session(config=config) as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            for _ in range(runs):
                for name, value in session.run(fetches).items():
                    found[name].append(f"{value.dtype} {value.shape} {value.tobytes().hex()}")
    return found


def draws(tf: Any, graph_seed: int | None, seed: int | None) -> dict[str, list[str]]:
    tf.set_random_seed(graph_seed)
    logits = tf.constant([[0.5, -1.0, 2.0, 0.0], [0.0, 3.0, 0.25, -2.0]])
    fetches = {}
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64):
        name = dtype.name
        fetches |= {
            f"uniform {name}": tf.random_uniform([7], -2.5, 3.0, dtype, seed),
            f"normal {name}": tf.random_normal([2, 5], 1.5, 0.25, dtype, seed),
            f"truncated {name}": tf.truncated_normal([11], -0.5, 2.0, dtype, seed),
        }
    for dtype in (tf.int32, tf.int64):
        name = dtype.name
        fetches |= {
            f"odd range {name}": tf.random_uniform([9], -3, 4, dtype, seed),
            f"great range {name}": tf.random_uniform([9], -(2**30), 2**30 + 7, dtype, seed),
            f"multinomial {name}": tf.multinomial(logits, 6, seed, output_dtype=dtype),
            f"categorical {name}": tf.random.categorical(logits, 5, dtype, seed),
        }
    for dtype in (tf.float16, tf.float32, tf.float64):
        alpha = tf.constant([0.3, 1.0, 4.5], dtype)
        fetches |= {
            f"gamma {dtype.name}": tf.random_gamma([4], alpha, 2.0, dtype, seed),
            f"poisson {dtype.name}": tf.random_poisson(alpha * 7, [5], dtype, seed),
        }
    fetches |= {
        "int64 beyond int32": tf.random_uniform([5], -(2**62), 2**61 + 3, tf.int64, seed),
        "shuffle": tf.random_shuffle(tf.range(20), seed),
        "shuffle rows": tf.random_shuffle(tf.reshape(tf.range(24), [8, 3]), seed),
        "shape of a tensor": tf.random_normal(tf.shape(logits)[:1] * 3, seed=seed),
        "empty": tf.random_uniform([0, 3], seed=seed),
    }
    if seed is not None:  # the number of operations in its check is nobody's interface
        fetches["crop"] = tf.random_crop(tf.reshape(tf.range(48), [6, 8]), [3, 4], seed)
    return drawn(tf, fetches)


def stateless(tf: Any) -> dict[str, list[str]]:
    fetches = {}
    for number, seeds in enumerate(([1, 2], [-7, 2**40 + 3], [0, 0])):
        seed = tf.constant(seeds, tf.int64)
        for dtype in (tf.float16, tf.float32, tf.float64):
            fetches |= {
                f"uniform {dtype.name} {number}": tf.random.stateless_uniform(
                    [5], seed, -1, 3, dtype
                ),
                f"normal {dtype.name} {number}": tf.random.stateless_normal([5], seed, 1, 3, dtype),
                f"truncated {dtype.name} {number}": tf.random.stateless_truncated_normal(
                    [5], seed, 1, 3, dtype
                ),
            }
        for dtype in (tf.int32, tf.int64):
            fetches |= {
                f"integers {dtype.name} {number}": tf.random.stateless_uniform(
                    [5], seed, -5, 10, dtype
                ),
                f"all {dtype.name} {number}": tf.random.stateless_uniform(
                    [5], seed, None, None, dtype
                ),
            }
        logits = tf.constant([[0.5, -1.0, 2.0], [0.0, 3.0, 0.25]])
        fetches[f"categorical {number}"] = tf.random.stateless_categorical(logits, 7, seed)
    return drawn(tf, fetches)


def initializers(tf: Any, graph_seed: int | None, seed: int | None) -> dict[str, list[str]]:
    tf.set_random_seed(graph_seed)
    makers = {
        "uniform": tf.random_uniform_initializer(-2, 3, seed=seed),
        "normal": tf.random_normal_initializer(1.0, 0.5, seed=seed),
        "truncated": tf.truncated_normal_initializer(1.0, 0.5, seed=seed),
        "unit": tf.uniform_unit_scaling_initializer(1.5, seed=seed),
        "glorot": tf.glorot_uniform_initializer(seed=seed),
        "glorot_normal": tf.glorot_normal_initializer(seed=seed),
        "he": tf.initializers.he_normal(seed=seed),
        "he_uniform": tf.initializers.he_uniform(seed=seed),
        "lecun": tf.initializers.lecun_normal(seed=seed),
        "lecun_uniform": tf.initializers.lecun_uniform(seed=seed),
    }
    for mode in ("fan_in", "fan_out", "fan_avg"):
        for distribution in ("uniform", "truncated_normal", "untruncated_normal"):
            makers[f"scaling_{mode}_{distribution}"] = tf.variance_scaling_initializer(
                2.0, mode, distribution, seed
            )
    fetches = {}
    for name, maker in makers.items():
        fetches[name] = tf.get_variable(name, [3, 5], initializer=maker)
        fetches[name + " conv"] = tf.get_variable(
            name + "_conv", [3, 2, 4, 6], tf.float64, maker, use_resource=True
        )
    if graph_seed is not None:
        fetches["default"] = tf.get_variable("default", [4, 3])
    fetches["kernel"] = tf.get_variable(
        "parts", [7, 3], initializer=makers["he"], partitioner=tf.fixed_size_partitioner(3)
    ).as_tensor()
    return drawn(tf, {name: tf.convert_to_tensor(value) for name, value in fetches.items()})


def variables(tf: Any) -> dict[str, list[str]]:
    """What programs of tutorials write: one seed for all, and variables from draws."""
    tf.set_random_seed(1)
    x = tf.constant(np.linspace(-1, 1, 12).reshape(3, 4), tf.float32)
    w = tf.Variable(tf.random_normal([4, 6]), name="w")
    b = tf.Variable(tf.zeros([6]), name="b")
    hidden = tf.nn.relu(tf.matmul(x, w) + b)
    w2 = tf.Variable(tf.truncated_normal([6, 2], stddev=0.1))
    b2 = tf.Variable(tf.constant(0.1, shape=[2]))
    logits = tf.add(tf.matmul(hidden, w2), b2)
    with tf.variable_scope("scope"):
        w3 = tf.get_variable("w", [2, 5])
    w4 = tf.Variable(tf.random_uniform([5, 3], -1.0, 1.0))
    result = tf.layers.dense(tf.matmul(tf.matmul(logits, w3), w4), 4, name="dense")
    kernel = tf.get_default_graph().get_tensor_by_name("dense/kernel:0")
    order = tf.random_shuffle(tf.range(10))
    names = {"w": w, "w2": w2, "w3": w3, "w4": w4, "kernel": kernel, "order": order}
    assert result.shape.as_list() == [3, 4]
    return drawn(tf, {name: tf.convert_to_tensor(value) for name, value in names.items()})


def recurrent(tf: Any) -> dict[str, list[str]]:
    """Kernels of cells, and what comes after them, under the seed of the graph."""
    tf.set_random_seed(2)
    x = tf.placeholder_with_default(np.ones([2, 4, 3], np.float32), [None, 4, 3])
    w = tf.Variable(tf.random_normal([5, 2]))
    cell = tf.nn.rnn_cell.BasicLSTMCell(5)
    outputs, _ = tf.nn.static_rnn(cell, tf.unstack(x, 4, 1), dtype=tf.float32)
    tf.matmul(outputs[-1], w)
    cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(3), tf.nn.rnn_cell.LSTMCell(2)])
    tf.get_variable("embedding", [7, 3])
    tf.nn.static_rnn(cell, [tf.ones([4, 3])], cell.zero_state(4, tf.float32), scope="second")
    tf.get_variable("last", [3])
    return drawn(tf, {v.op.name: v.read_value() for v in tf.trainable_variables()})


def dropouts(tf: Any, graph_seed: int | None) -> dict[str, list[str]]:
    tf.set_random_seed(graph_seed)
    x = tf.constant(np.arange(1, 31).reshape(5, 6), tf.float32)
    keep = tf.placeholder_with_default(0.7, [])
    cell = tf.nn.rnn_cell.DropoutWrapper(
        tf.nn.rnn_cell.BasicRNNCell(6), 0.5, 0.6, variational_recurrent=True, input_size=6,
        dtype=tf.float32, seed=3,
    )  # fmt: skip
    outputs, _ = tf.nn.static_rnn(cell, [x, x], dtype=tf.float32)
    fetches = {
        "keep_prob": tf.nn.dropout(x, 0.5, seed=1),
        # TensorFlow 1.15 multiplies by 1 / keep_prob, later releases by 1 / (1 - rate).
        "fed": tf.equal(tf.nn.dropout(x, keep_prob=keep, seed=2), 0),
        "rate": tf.equal(tf.nn.dropout(x, rate=0.9, seed=3), 0),
        "rows": tf.nn.dropout(x, 0.6, noise_shape=[5, 1], seed=4),
        "layer": tf.layers.dropout(x, 0.4, seed=5, training=True),
        "float16": tf.nn.dropout(tf.cast(x, tf.float16), 0.5, seed=6),
        "float64": tf.nn.dropout(tf.cast(x, tf.float64), 0.5, seed=6),
        "variational": tf.equal(outputs[1], 0),
    }
    return drawn(tf, fetches)


def in_bodies(tf: Any) -> dict[str, list[str]]:
    """Iterations go on with the stream of an operation, one after the other."""

    def loop(draw: Any, count: int = 3) -> Any:
        parts = tf.TensorArray(tf.float32, count)
        _, parts = tf.while_loop(
            lambda i, _: i < count,
            lambda i, parts: (i + 1, parts.write(i, draw(i))),
            (0, parts),
            # TensorFlow lets iterations at the same time draw in any order.
            parallel_iterations=1,
        )
        return parts.stack()

    def branches(i: Any) -> Any:
        return tf.cond(
            i < 1, lambda: tf.random_normal([2], seed=3), lambda: tf.random_normal([2], seed=4)
        )

    def cases(i: Any) -> Any:
        return tf.case(
            [(tf.equal(i, 0), lambda: tf.random_uniform([2], seed=5))],
            lambda: tf.random_uniform([2], 2, 3, seed=6),
        )

    ones = tf.ones([4])
    return drawn(
        tf,
        {
            "uniform": loop(lambda _: tf.random_uniform([2], seed=7)),
            "dropout": loop(lambda _: tf.nn.dropout(tf.ones([6]), keep_prob=0.5, seed=8)),
            "cond": loop(branches),
            "case": loop(cases),
            "nested": loop(lambda i: loop(lambda j: tf.random_normal([2], seed=9))),
            "map": tf.map_fn(
                lambda x: x * tf.random_uniform([], seed=10), ones, parallel_iterations=1
            ),
            "scan": tf.scan(
                lambda a, x: a + x * tf.random_normal([], seed=11), ones, parallel_iterations=1
            ),
            "foldl": tf.foldl(
                lambda a, x: a + x * tf.random_gamma([], 0.5, seed=12), ones, parallel_iterations=1
            ),
        },
    )


def candidates(tf: Any, graph_seed: int | None) -> dict[str, list[str]]:
    tf.set_random_seed(graph_seed)
    true = tf.constant([[3], [7], [0]], tf.int64)
    weights = tf.constant(np.sin(np.arange(40)).reshape(10, 4), tf.float32)
    biases = tf.constant(np.cos(np.arange(10)), tf.float32)
    inputs = tf.constant(np.cos(np.arange(12)).reshape(3, 4), tf.float32)
    samples = {
        "uniform": tf.nn.uniform_candidate_sampler(true, 1, 5, True, 10, seed=1),
        "log uniform": tf.nn.log_uniform_candidate_sampler(true, 1, 5, True, 10, seed=2),
        "repeated": tf.nn.log_uniform_candidate_sampler(true, 1, 8, False, 10, seed=3),
        "learned": tf.nn.learned_unigram_candidate_sampler(true, 1, 4, True, 10, seed=4),
        "fixed": tf.nn.fixed_unigram_candidate_sampler(
            true, 1, 4, True, 10, distortion=0.75, unigrams=list(range(1, 11)), seed=5
        ),
        "all": tf.nn.all_candidate_sampler(true, 1, 10, True, seed=6),
    }
    fetches = {name: sample.sampled_candidates for name, sample in samples.items()}
    fetches["sampled_softmax"] = tf.round(
        tf.nn.sampled_softmax_loss(weights, biases, true, inputs, 4, 10, seed=7) * 1e4
    )
    nce = tf.nn.nce_loss(
        weights, biases, true, inputs, 4, 10, sampled_values=samples["log uniform"]
    )
    fetches["nce"] = tf.round(nce * 1e4)
    return drawn(tf, fetches)


def pictures(tf: Any) -> dict[str, list[str]]:
    tf.set_random_seed(9)
    image = np.arange(1, 145, dtype=np.float32).reshape(6, 8, 3) / 200
    image = tf.placeholder_with_default(image, image.shape)
    box = tf.constant([[[0.1, 0.2, 0.8, 0.9]]])
    begin, size, _ = tf.image.sample_distorted_bounding_box([60, 80, 3], box, seed=5)
    return drawn(
        tf,
        {
            "left_right": tf.image.random_flip_left_right(image, seed=1),
            "up_down": tf.image.random_flip_up_down(image, seed=2),
            "brightness": tf.image.random_brightness(image, 0.2, seed=3),
            "crop": tf.random_crop(image, [4, 4, 3], seed=4),
            "begin": begin,
            "size": size,
        },
    )


def after_datasets(tf: Any) -> dict[str, list[str]]:
    """Orders of rows, and variables made after datasets, under the seed of the graph."""
    tf.set_random_seed(4)
    rows = tf.data.Dataset.from_tensor_slices((np.arange(6.0), np.arange(6)))
    rows = rows.shuffle(10).map(lambda x, y: (x * 2, y)).batch(6).repeat(2).prefetch(1)
    first = tf.data.make_initializable_iterator(rows)
    numbers = tf.data.Dataset.range(9).shuffle(4, seed=8).batch(9)
    second = tf.data.make_initializable_iterator(numbers)
    elements = [*first.get_next(), second.get_next()]
    tf.Variable(tf.random_normal([2]))
    tf.get_variable("w", [3])
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), first.initializer, second.initializer])
        values = session.run([elements, [v.read_value() for v in tf.global_variables()]])
    found = [value.tobytes().hex() for part in values for value in part]
    return {"all": found}


def datasets(tf: Any) -> dict[str, list[str]]:
    tf.set_random_seed(3)
    numbers = tf.data.Dataset.range(12)
    mapped = numbers.map(lambda i: tf.cast(i, tf.float32) * tf.random_uniform([], seed=4))
    variants = {
        "shuffled": numbers.shuffle(5, seed=2).repeat(2),
        # Streams go on in later rounds, and begin anew with the iterator.
        "mapped": mapped.repeat(2),
        "nested": numbers.take(3).flat_map(lambda _: mapped.take(2)),
        "filtered": numbers.filter(lambda i: tf.random_normal([], seed=5) > 0),
    }
    results = {}
    for name, dataset in variants.items():
        iterator = tf.data.make_initializable_iterator(dataset.batch(24))
        element = iterator.get_next()
        found = []
        for _ in range(2):
            with tf.Session() as session:
                for _ in range(2):
                    session.run(iterator.initializer)
                    found.append(session.run(element).tobytes().hex())
        results[name] = found
    return results


PROGRAMS = {
    **{f"draws, {name}": partial(draws, graph_seed=a, seed=b) for name, (a, b) in SEEDS.items()},
    "stateless": stateless,
    **{
        f"initializers, {name}": partial(initializers, graph_seed=a, seed=b)
        for name, (a, b) in SEEDS.items()
    },
    "variables": variables,
    "recurrent": recurrent,
    "dropouts": partial(dropouts, graph_seed=None),
    "dropouts, graph": partial(dropouts, graph_seed=5),
    "in bodies": in_bodies,
    "candidates": partial(candidates, graph_seed=None),
    "candidates, graph": partial(candidates, graph_seed=11),
    "pictures": pictures,
    "datasets": datasets,
    "after datasets": after_datasets,
}
