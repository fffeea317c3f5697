from __future__ import annotations

import logging

import numpy as np
import pytest

import graphflow as tf
from graphflow.api import old_names

SQUARE = np.asarray([[4.0, 1.0], [1.0, 3.0]])
CALLS = {
    "mul": (lambda f: f(3.0, 5.0), 15),
    "sub": (lambda f: f(3.0, 5.0), -2),
    "neg": (lambda f: f(3.0), -3),
    "inv": (lambda f: f(4.0), 0.25),
    "complex_abs": (lambda f: f(3 + 4j), 5),
    "select": (lambda f: f([True, False], [1, 2], [3, 4]), [1, 4]),
    "pack": (lambda f: f([1, 2]), [1, 2]),
    "concat_v2": (lambda f: f([[1], [2]], 0), [1, 2]),
    "batch_matmul": (lambda f: f(SQUARE[None], SQUARE[None], adj_y=True)[0], [[17, 7], [7, 10]]),
    "batch_matrix_determinant": (lambda f: f(SQUARE), 11),
    "batch_cholesky": (lambda f: f(SQUARE), np.linalg.cholesky(SQUARE)),
    "batch_fft": (lambda f: f(tf.constant([1 + 0j, 2])), [3, -1]),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_one_warning(name, caplog):
    call, expected = CALLS[name]
    with caplog.at_level(logging.WARNING, "graphflow"):
        for _ in range(2):
            found = call(getattr(tf, name))
    np.testing.assert_allclose(tf.Session().run(found), expected, rtol=1e-6)
    assert [f"tf.{name} is an old name" in text for text in caplog.messages].count(True) == 1


def test_all_are_public():
    names = [name for name in vars(old_names) if getattr(tf, name, None) is not None]
    assert {"unpack", "listdiff", "batch_svd", "batch_ifft3d"} <= set(names)
    parts = tf.unpack([5, 7])
    assert tf.Session().run(parts) == [5, 7]


def test_summaries_have_their_tags_as_they_are(tmp_path):
    with tf.name_scope("train"):
        rates = tf.scalar_summary(["rate (%)", "loss"], [0.5, 1.25], name="numbers")
        tf.histogram_summary(tf.constant("weights"), [1.0, 3.0])
        tf.image_summary("digit", tf.ones([2, 3, 4, 1]), max_images=1)
        tf.audio_summary("noise", tf.zeros([1, 50]), 100.0, collections=["sounds"])
    assert rates.op.name == "train/numbers"
    writer = tf.train.SummaryWriter(str(tmp_path))
    with tf.Session() as session:
        writer.add_summary(session.run(tf.merge_all_summaries()), 3)
        writer.add_summary(session.run(tf.merge_summary([rates])), 4)
    writer.close()
    (path,) = tmp_path.iterdir()
    events = [event for event in tf.train.summary_iterator(str(path)) if event.summary.value]
    tags = {event.step: [value.tag for value in event.summary.value] for event in events}
    assert tags == {3: ["rate (%)", "loss", "weights", "digit/image"], 4: ["rate (%)", "loss"]}


def test_the_old_order_of_arguments_of_concat_is_told():
    x, y = tf.ones([2, 3]), tf.ones([2, 4])
    with pytest.raises(ValueError, match=r"the values come first, tf.concat\(values, axis\)"):
        tf.concat(1, [x, y])
