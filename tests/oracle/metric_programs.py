"""Programs with metrics: each gives names of variables and collections, and values over batches.

Both graphflow and TensorFlow run this very source, with the module as `tf`.
"""

from __future__ import annotations

import numpy as np

_generator = np.random.RandomState(7)
SHAPE = (4, 3)
BATCHES = [
    {
        "bits": _generator.randint(0, 2, SHAPE),
        "scores": _generator.uniform(0, 1, SHAPE).round(2),
        "x": _generator.normal(size=SHAPE),
        "y": _generator.normal(size=SHAPE),
        "classes": _generator.randint(0, 5, SHAPE),
        "guesses": _generator.randint(0, 5, SHAPE),
        "weights": _generator.uniform(0, 2, SHAPE).round(1),
        "rows": _generator.randint(0, 3, (4, 1)),
        "logits": _generator.normal(size=(4, 6)),
        "two": np.stack([_generator.permutation(6)[:2] for _ in range(4)]),
        "each": _generator.uniform(0, 2, 4),
    }
    for _ in range(3)
]
TYPES = {"bits": "int32", "classes": "int64", "guesses": "int32", "two": "int64", "rows": "int64"}


def _over_batches(tf, metrics):
    """Run the updates, then the values, for each batch."""
    batch = {
        name: tf.placeholder(TYPES.get(name, "float32"), value.shape, name=name)
        for name, value in BATCHES[0].items()
    }
    pairs = metrics(tf, tf.metrics, batch)
    values, updates = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    results = []
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        results.append([np.asarray(value).tolist() for value in session.run(values)])
        for numbers in BATCHES:
            feeds = {batch[name]: numbers[name] for name in batch}
            for fetches in (updates, values):
                found = session.run(fetches, feeds)
                results.append([np.asarray(value).tolist() for value in found])
    return {
        "variables": [v.name for v in tf.local_variables()],
        "metric variables": [v.name for v in tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)],
        "names": [value.name for value in values] + [update.name for update in updates],
        "results": results,
    }


def means(tf, of, b):
    x, y, w = b["x"], b["y"], b["weights"]
    unit = tf.nn.l2_normalize
    return [
        of.mean(x), of.mean(x, w), of.mean(x, 2.0, name="own"), of.mean(x, b["rows"]),
        of.mean_tensor(x), of.mean_tensor(x, w), of.accuracy(b["classes"], b["guesses"]),
        of.accuracy(b["classes"], b["guesses"], w), of.accuracy(b["rows"], b["rows"][:, 0]),
        of.percentage_below(x, 0.5), of.mean_absolute_error(x, y, w),
        of.mean_squared_error(x, y), of.mean_squared_error(x, y, w, name="mse"),
        of.root_mean_squared_error(x, y, w),
        of.mean_relative_error(x, y, tf.nn.relu(x)), of.mean_relative_error(x, y, tf.abs(y), w),
        of.mean_cosine_distance(unit(x, 1), unit(y, 1), 1),
        of.mean_cosine_distance(unit(x, 1), unit(y, 1), 1, b["rows"]),
    ]  # fmt: skip


def counts(tf, of, b):
    labels, guess, w = b["bits"], tf.less(b["x"], 0.3), b["weights"]
    results = []
    for function in (
        of.true_positives, of.true_negatives, of.false_positives, of.false_negatives, of.precision,
        of.recall,
    ):  # fmt: skip
        results += [function(labels, guess), function(labels, guess, w), function(labels, guess, 3)]
    return [
        *results,
        of.precision(tf.zeros([2]), tf.zeros([2])),
        of.recall(labels, guess, name="r"),
    ]


def classes(tf, of, b):
    labels, guesses, w = b["classes"], b["guesses"], b["weights"]
    return [
        of.mean_iou(labels, guesses, 5), of.mean_iou(labels, guesses, 7, w),
        of.mean_per_class_accuracy(labels, guesses, 5),
        of.mean_per_class_accuracy(labels, guesses, 6, w),
    ]  # fmt: skip


def thresholds(tf, of, b):
    labels, scores, w = b["bits"], b["scores"], b["weights"]
    limits = [0.25, 0.5, 0.9]
    results = []
    for function in (
        of.true_positives_at_thresholds, of.true_negatives_at_thresholds,
        of.false_positives_at_thresholds, of.false_negatives_at_thresholds,
        of.precision_at_thresholds, of.recall_at_thresholds,
    ):  # fmt: skip
        results += [function(labels, scores, limits), function(labels, scores, limits, w)]
        results.append(function(labels, scores, limits, b["rows"]))
    return results


def areas(tf, of, b):
    labels, scores, w = b["bits"], b["scores"], b["weights"]
    results = [of.auc(labels, scores), of.auc(labels, scores, w, 20)]
    for curve in ("ROC", "PR"):
        for method in ("trapezoidal", "careful_interpolation", "minoring", "majoring"):
            results.append(of.auc(labels, scores, w, 30, curve=curve, summation_method=method))
    results.append(of.auc(labels, scores, thresholds=[0.7, 0.2]))
    for rate in (0.0, 0.4, 0.8, 1.0):
        results += [
            of.sensitivity_at_specificity(labels, scores, rate),
            of.specificity_at_sensitivity(labels, scores, rate, w, 25),
        ]
    return results


def ranks(tf, of, b):
    two, logits, each = b["two"], b["logits"], b["each"]
    sparse = tf.SparseTensor(
        tf.constant([[0, 0], [0, 1], [1, 0], [3, 2]], tf.int64),
        tf.constant([1, 5, 2, 0], tf.int64),
        tf.constant([4, 3], tf.int64),
    )
    results = []
    for labels in (two, two[:, 0], sparse):
        results += [
            of.recall_at_k(labels, logits, 3), of.recall_at_k(labels, logits, 2, 1),
            of.recall_at_k(labels, logits, 3, None, each), of.precision_at_k(labels, logits, 3),
            of.precision_at_k(labels, logits, 3, 5, each), of.precision_at_k(labels, logits, 1),
            of.recall_at_top_k(labels, tf.nn.top_k(logits, 4)[1]),
            of.precision_at_top_k(labels, tf.nn.top_k(logits, 4)[1], class_id=2),
        ]  # fmt: skip
    for labels in (two, sparse, two - 1, two * 3):
        results += [
            of.average_precision_at_k(labels, logits, 3),
            of.average_precision_at_k(labels, logits, 4, each, name="own"),
        ]
    return results


METRICS = (means, counts, classes, thresholds, areas, ranks)
PROGRAMS = {
    function.__name__: (lambda tf, function=function: _over_batches(tf, function))
    for function in METRICS
}
