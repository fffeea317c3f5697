"""Flowers are told apart by their measures: records, layers, training and evaluation of tf.contrib.

Records are written to files and read again as slim's data sets; `optimize_loss` makes the training
operation; training and evaluation run with hooks, and share only checkpoints.
"""

from __future__ import annotations

import numpy as np

import graphflow as tf

slim = tf.contrib.slim
layers = tf.contrib.layers
CENTRES = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
SPREAD = np.array([0.35, 0.38, 0.4, 0.2])


def write(path, count, seed):
    """Write records of flowers: four measures and the number of the kind."""
    random = np.random.RandomState(seed)
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for _ in range(count):
            kind = random.randint(3)
            measures = CENTRES[kind] + random.normal(size=4) * SPREAD
            features = {
                "measures": tf.train.Feature(float_list=tf.train.FloatList(value=measures)),
                "kind": tf.train.Feature(int64_list=tf.train.Int64List(value=[kind])),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


def flowers(pattern, count, num_epochs, shuffle):
    """A batch of measures and kinds."""
    decoder = slim.tfexample_decoder.TFExampleDecoder(
        {
            "measures": tf.FixedLenFeature([4], tf.float32),
            "kind": tf.FixedLenFeature([], tf.int64),
        },
        {
            "measures": slim.tfexample_decoder.Tensor("measures"),
            "kind": slim.tfexample_decoder.Tensor("kind"),
        },
    )
    dataset = slim.dataset.Dataset(
        str(pattern), tf.TFRecordReader, decoder, count, {"kind": "0 to 2"}, num_classes=3
    )
    provider = slim.dataset_data_provider.DatasetDataProvider(
        dataset, num_readers=2, shuffle=shuffle, num_epochs=num_epochs, seed=4,
        common_queue_capacity=64, common_queue_min=16,
    )  # fmt: skip
    return tf.train.batch(
        provider.get(["measures", "kind"]), 20, allow_smaller_final_batch=not shuffle
    )


def model(measures, is_training):
    """The logits of the kinds."""
    normal = {
        "is_training": is_training,
        "decay": 0.9,
        "updates_collections": tf.GraphKeys.UPDATE_OPS,
    }
    with tf.variable_scope("flowers"):
        hidden = layers.stack(
            measures, layers.fully_connected, [16, 8], scope="fc",
            normalizer_fn=layers.batch_norm, normalizer_params=normal,
            weights_initializer=layers.xavier_initializer(seed=2),
            weights_regularizer=layers.l2_regularizer(1e-4),
        )  # fmt: skip
        return layers.linear(hidden, 3, scope="logits")


def train(folder):
    """Train for 150 steps; return the last loss."""
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        measures, kinds = flowers(folder / "train-*", 200, None, shuffle=True)
        logits = model(measures, is_training=True)
        tf.losses.sparse_softmax_cross_entropy(kinds, logits)
        step = layers.optimize_loss(
            tf.losses.get_total_loss(), tf.train.get_or_create_global_step(), 0.05, "Adam",
            clip_gradients=2.0, summaries=["loss", "gradient_norm"],
            learning_rate_decay_fn=lambda rate, count: tf.train.exponential_decay(
                rate, count, 50, 0.5
            ),
        )  # fmt: skip
        hooks = [tf.train.StopAtStepHook(last_step=150)]
        return tf.contrib.training.train(step, str(folder / "model"), hooks=hooks)


def evaluate(folder):
    """Return measures of the model over all test data."""
    with tf.Graph().as_default():
        tf.train.create_global_step()
        measures, kinds = flowers(folder / "test", 50, 1, shuffle=False)
        predictions = tf.argmax(model(measures, is_training=False), 1)
        names_to_values, names_to_updates = slim.metrics.aggregate_metric_map(
            {
                "accuracy": slim.metrics.streaming_accuracy(predictions, kinds),
                "iou": slim.metrics.streaming_mean_iou(predictions, kinds, 3),
                "count": slim.metrics.count(kinds),
            }
        )
        for name, value in names_to_values.items():
            tf.summary.scalar(name, value)
        return tf.contrib.training.evaluate_once(
            tf.train.latest_checkpoint(str(folder / "model")),
            eval_ops=list(names_to_updates.values()),
            final_ops=names_to_values,
            hooks=[tf.contrib.training.SummaryAtEndHook(str(folder / "evaluation"))],
        )


def test_flowers(tmp_path):
    for part in range(2):
        write(tmp_path / f"train-{part}", 100, seed=part)
    write(tmp_path / "test", 50, seed=9)
    assert train(tmp_path) < 1.0  # of one batch, whose examples vary with the threads
    found = evaluate(tmp_path)
    assert found["count"] == 50
    assert found["accuracy"] > 0.85
    assert found["iou"] > 0.7
    assert list((tmp_path / "evaluation").glob("events.*"))
