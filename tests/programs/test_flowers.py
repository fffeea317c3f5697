"""Three kinds of flowers told apart by an estimator; training is broken off and goes on."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

KINDS = ["lowland", "alpine", "marsh"]
# Length and width of petals, in cm, and how far they spread.
CENTERS = np.asarray([[1.5, 0.3], [4.2, 1.3], [5.6, 2.1]])
SPREADS = np.asarray([[0.2, 0.1], [0.4, 0.2], [0.5, 0.25]])


def flowers(count, seed):
    random = np.random.RandomState(seed)
    kinds = random.randint(len(KINDS), size=count)
    sizes = CENTERS[kinds] + SPREADS[kinds] * random.randn(count, 2)
    features = {
        "length": sizes[:, 0].astype(np.float32),
        "width": sizes[:, 1].astype(np.float32),
        "soil": np.where(kinds == 2, "wet", "dry"),
    }
    return features, np.asarray(KINDS)[kinds]


def train_input():
    data = tf.data.Dataset.from_tensor_slices(flowers(240, seed=1))
    return data.shuffle(240, seed=2).repeat().batch(24)


def test_input():
    return tf.data.Dataset.from_tensor_slices(flowers(90, seed=5)).batch(30)


test_input.__test__ = False


def classifier(folder):
    fc = tf.feature_column
    soil = fc.categorical_column_with_vocabulary_list("soil", ["dry", "wet"])
    columns = [
        fc.numeric_column("length", normalizer_fn=lambda x: x / 3.0 - 1.0),
        fc.numeric_column("width"),
        fc.indicator_column(soil),
    ]
    config = tf.estimator.RunConfig(
        folder, tf_random_seed=7, save_checkpoints_steps=40, log_step_count_steps=20
    )
    return tf.estimator.DNNClassifier(
        [10, 10], columns, n_classes=3, label_vocabulary=KINDS, config=config
    )


class Breakdown(Exception):
    pass


class BreakDownAt(tf.train.SessionRunHook):
    def __init__(self, step):
        self.step = step

    def begin(self):
        self.tensor = tf.train.get_global_step()

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self.tensor)

    def after_run(self, run_context, run_values):
        if run_values.results >= self.step:
            raise Breakdown


def test_training_that_breaks_down_goes_on_from_its_checkpoint(tmp_path):
    folder = str(tmp_path)
    eval_spec = tf.estimator.EvalSpec(test_input, steps=None, throttle_secs=0)

    broken = tf.estimator.TrainSpec(train_input, max_steps=200, hooks=[BreakDownAt(100)])
    with pytest.raises(Breakdown):
        tf.estimator.train_and_evaluate(classifier(folder), broken, eval_spec)
    assert tf.train.latest_checkpoint(folder).endswith("model.ckpt-80")

    steps = []

    class Steps(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            steps.append(session.run(tf.train.get_global_step(session.graph)))

    spec = tf.estimator.TrainSpec(train_input, max_steps=200, hooks=[Steps()])
    estimator = classifier(folder)
    metrics, _ = tf.estimator.train_and_evaluate(estimator, spec, eval_spec)
    assert steps == [80]
    assert metrics["global_step"] == 200
    assert metrics["accuracy"] > 0.9

    found = [item["classes"][0].decode() for item in estimator.predict(test_input)]
    _, labels = flowers(90, seed=5)
    assert np.mean(np.asarray(found) == labels) == pytest.approx(metrics["accuracy"])
