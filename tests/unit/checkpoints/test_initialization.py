"""Variables whose initial values come from a checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf

ROWS = np.asarray([[1, 2], [3, 5], [8, 13]], np.float32)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A checkpoint with old/w [3, 2], old/b [2] and step."""
    with tf.Graph().as_default(), tf.Session() as session:
        with tf.variable_scope("old"):
            tf.get_variable("w", initializer=ROWS)
            tf.get_variable("b", initializer=[0.5, 0.25])
        tf.get_variable("step", initializer=7)
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, tmp_path / "model")


def initial_values(*variables: tf.Variable) -> list[np.ndarray]:
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run([tf.convert_to_tensor(variable) for variable in variables])


@pytest.mark.parametrize("use_resource", [False, True])
def test_scopes_names_and_variables(path: str, use_resource: bool):
    with tf.variable_scope("new", use_resource=use_resource):
        w, b = tf.get_variable("w", [3, 2]), tf.get_variable("b", [2])
    step = tf.get_variable("count", initializer=0, use_resource=use_resource)
    other = tf.get_variable("other", [2], use_resource=use_resource)
    tf.train.init_from_checkpoint(path, {"old/": "new/", "step": step, "old/b": "other"})
    found = initial_values(w, b, step, other)
    for value, expected in zip(found, [ROWS, [0.5, 0.25], 7, [0.5, 0.25]], strict=True):
        np.testing.assert_array_equal(value, expected)


def test_all_of_the_checkpoint(path: str):
    with tf.variable_scope("new/old"):
        w = tf.get_variable("w", [3, 2])
    tf.train.init_from_checkpoint(str(Path(path).parent), {"/": "new/"})
    np.testing.assert_array_equal(initial_values(w)[0], ROWS)


@pytest.mark.parametrize("use_resource", [False, True])
def test_parts(path: str, use_resource: bool):
    cut = tf.fixed_size_partitioner(2)
    w = tf.get_variable("new/w", [3, 2], partitioner=cut, use_resource=use_resource)
    by_name = tf.get_variable("by/name", [3, 2], partitioner=cut, use_resource=use_resource)
    tf.train.init_from_checkpoint(path, {"old/w": w})
    tf.train.init_from_checkpoint(path, {"old/w": "by/name"})
    for value in initial_values(w, by_name):
        np.testing.assert_array_equal(value, ROWS)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        ({"none": "w"}, "has no tensor 'none'"),
        ({"old/w": "none"}, "no variable 'none'; it has w"),
        ({"old/b": "w"}, r"shape \(3, 2\), 'old/b' .* has shape \[2\]"),
        ({"old/": "w"}, "a scope maps to a scope"),
        ({"old/": "new/"}, "no variables in the scope 'new/'"),
        ({"step/": "/"}, "has no 'step/w'"),
    ],
)
def test_errors(path: str, assignments: dict[str, str], message: str):
    w = tf.get_variable("w", [3, 2])
    before = w.initializer
    with pytest.raises(ValueError, match=message):
        tf.train.init_from_checkpoint(path, assignments)
    with pytest.raises(TypeError, match="a variable, its parts"):
        tf.train.init_from_checkpoint(path, {"old/w": 3})
    assert w.initializer is before


def test_no_checkpoint(tmp_path: Path):
    w = tf.get_variable("w", [3, 2])
    with pytest.raises(tf.errors.NotFoundError):
        tf.train.init_from_checkpoint(str(tmp_path), {"w": w})


def test_warm_start(path: str):
    with tf.variable_scope("old"):
        w = tf.get_variable("w", [3, 2])
        bias = tf.get_variable("bias", [2], initializer=tf.zeros_initializer())
        rest = tf.get_variable("rest", [2], initializer=tf.ones_initializer())
    step = tf.get_variable("step", initializer=0, trainable=False)
    tf.train.warm_start(path, "old/(w|bias)", var_name_to_prev_var_name={"old/bias": "old/b"})
    tf.train.warm_start(path, ["ste"])
    found = initial_values(w, bias, rest, step)
    for value, expected in zip(found, [ROWS, [0.5, 0.25], [1, 1], 7], strict=True):
        np.testing.assert_array_equal(value, expected)


def test_errors_of_warm_start(path: str):
    tf.get_variable("old/w", [3, 2])
    with pytest.raises(ValueError, match="not among those"):
        tf.train.warm_start(path, var_name_to_prev_var_name={"w": "old/w"})
    with pytest.raises(ValueError, match="is a str or a list"):
        tf.train.warm_start(path, 3)


def words(tmp_path, name, text):
    path = tmp_path / name
    path.write_text("\n".join(text) + "\n")
    return str(path)


def test_rows_follow_their_words(path: str, tmp_path):
    old = words(tmp_path, "old.txt", ["red", "green", "blue"])
    new = words(tmp_path, "new.txt", ["blue", "pink", "red", "grey"])
    w = tf.get_variable("w", [4, 2])
    backup = tf.constant_initializer(9.0)
    info = tf.train.VocabInfo(new, 3, 1, old, backup_initializer=backup)
    tf.train.warm_start(path, "w", {"w": info}, {"w": "old/w"})
    (found,) = initial_values(w)
    np.testing.assert_array_equal(found, [ROWS[2], [9, 9], ROWS[0], [9, 9]])


def test_columns_follow_their_words(path: str, tmp_path):
    old = words(tmp_path, "old.txt", ["cat", "dog", "cow"])
    new = words(tmp_path, "new.txt", ["cow", "dog", "cat"])
    w, b = tf.get_variable("w", [3, 3]), tf.get_variable("b", [3])
    # The old model knew the first two words alone.
    kernel = tf.train.VocabInfo(new, 3, 0, old, old_vocab_size=2, axis=1)
    bias = kernel._replace(axis=0)
    renamed = {"w": "old/w", "b": "old/b"}
    tf.train.warm_start(path, ".*", {"w": kernel, "b": bias}, renamed)
    found_w, found_b = initial_values(w, b)
    expected = [[0, row[1], row[0]] for row in ROWS]
    np.testing.assert_array_equal(found_w, expected)
    np.testing.assert_array_equal(found_b, [0, 0.25, 0.5])


def test_vocabularies_are_checked(path: str, tmp_path):
    file = words(tmp_path, "words.txt", ["a", "b", "c"])
    tf.get_variable("old/w", [3, 2])
    with pytest.raises(ValueError, match="axis must be 0 or 1"):
        tf.train.VocabInfo(file, 3, 0, file, axis=2)
    with pytest.raises(ValueError, match="has 3 words, not 5"):
        tf.train.warm_start(path, "old/w", {"old/w": tf.train.VocabInfo(file, 5, 0, file)})
    with pytest.raises(ValueError, match="no place for 4 words"):
        tf.train.warm_start(path, "old/w", {"old/w": tf.train.VocabInfo(file, 3, 1, file)})
    with pytest.raises(ValueError, match="not among those"):
        tf.train.warm_start(path, "old/w", {"w": tf.train.VocabInfo(file, 3, 0, file)})
