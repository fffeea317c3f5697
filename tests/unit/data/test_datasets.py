"""Datasets, as programs for TensorFlow 1 use them; what TensorFlow gives is compared in oracle."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf

Dataset = tf.data.Dataset


def elements(dataset: tf.data.Dataset, session: Any = None) -> list:
    """All elements, as lists and numbers."""
    iterator = tf.data.make_initializable_iterator(dataset)
    following = iterator.get_next()
    session = session or tf.Session()
    session.run(iterator.initializer)
    found = []
    while True:
        try:
            element = session.run(following)
        except tf.errors.OutOfRangeError:
            return found
        found.append(tf.nest.map_structure(lambda value: value.tolist(), element))


def test_elements_keep_their_structure():
    Point = collections.namedtuple("Point", "x y")
    dataset = Dataset.from_tensors(Point({"b": 1, "a": (2.5, [3])}, "text"))
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    assert type(element) is Point
    assert dataset.output_types == Point({"b": tf.int32, "a": (tf.float32, tf.int32)}, tf.string)
    assert dataset.output_shapes.x["a"][1].as_list() == [1]
    assert dataset.output_classes.y is tf.Tensor
    assert tf.Session().run(element.x["a"][1]).tolist() == [3]


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda d: d.batch(3), [None, 4]),
        (lambda d: d.batch(3, drop_remainder=True), [3, 4]),
        (lambda d: d.batch(tf.placeholder(tf.int64, []), True), [None, 4]),
        (lambda d: d.padded_batch(3, [6]), [None, 6]),
        (lambda d: d.map(lambda x: x[:2]).repeat().prefetch(1).shuffle(3), [2]),
        (lambda d: d.unbatch(), []),
        (lambda d: d.concatenate(Dataset.from_tensors(tf.zeros([5]))), [None]),
    ],
)
def test_shapes_are_known(make, shape):
    dataset = Dataset.from_tensor_slices(tf.zeros([7, 4]))
    assert make(dataset).output_shapes.as_list() == shape
    assert tf.data.make_one_shot_iterator(dataset.take(1)).get_next().shape.as_list() == [4]


def test_rows_of_different_numbers_are_refused():
    with pytest.raises(ValueError, match="different numbers of rows"):
        Dataset.from_tensor_slices((tf.zeros([3]), tf.zeros([4])))


def test_an_error_in_a_batch_names_component_and_shapes():
    dataset = Dataset.range(1, 3).map(lambda n: (n, tf.fill([n], n))).batch(2)
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.Session().run(element)
    for part in ("component 1", "[1]", "[2]", "padded_batch", "test_datasets.py"):
        assert part in str(caught.value)


def test_the_walk_goes_on_after_an_element_that_fails():
    dataset = Dataset.from_tensor_slices([1.0, 0.0, 4.0]).map(
        lambda x: tf.check_numerics(1 / x, "inverse")
    )
    for parallel in (None, 3):
        mapped = dataset if parallel is None else dataset.map(lambda x: x, parallel)
        element = tf.data.make_one_shot_iterator(mapped).get_next()
        with tf.Session() as sess:
            assert sess.run(element) == 1
            with pytest.raises(tf.errors.InvalidArgumentError, match="inverse"):
                sess.run(element)
            assert sess.run(element) == 0.25
            for _ in range(2):
                with pytest.raises(tf.errors.OutOfRangeError):
                    sess.run(element)


def test_a_shuffled_order_is_that_of_its_seeds():
    def order(seed, op_seed, size=20):
        with tf.Graph().as_default():
            tf.set_random_seed(seed)
            dataset = Dataset.range(20).shuffle(size, seed=op_seed).batch(20)
            return tf.Session().run(tf.data.make_one_shot_iterator(dataset).get_next()).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(2, 2)
    assert order(None, None) != order(None, None)
    assert sorted(order(1, 2, 7)) == list(range(20))
    assert order(1, 2, 1) == list(range(20))


def test_repetitions_are_shuffled_anew_unless_told_otherwise():
    for again in (None, True, False):
        dataset = Dataset.range(30).shuffle(30, 5, reshuffle_each_iteration=again).repeat(2)
        found = elements(dataset)
        assert sorted(found[:30]) == sorted(found[30:]) == list(range(30))
        assert (found[:30] == found[30:]) == (again is False)


def test_rows_are_not_the_caller_s():
    rows = np.array([[1, 2], [3, 4]])
    element = tf.data.make_one_shot_iterator(Dataset.from_tensor_slices(rows).repeat()).get_next()
    variable = tf.get_variable("v", [2], tf.int64)
    assign, add = variable.assign(element), variable.assign_add([10, 10])
    with tf.Session() as sess:
        first = sess.run(element)
        first[:] = 0
        sess.run(element)
        sess.run(assign)  # [1, 2] again
        sess.run(add)
        sess.run(element)
        assert sess.run(element).tolist() == [1, 2]


def test_a_function_sees_the_present_value_of_a_resource_variable():
    variable = tf.get_variable("v", [], tf.int64, use_resource=True)
    iterator = tf.data.make_initializable_iterator(Dataset.range(1, 9).map(lambda i: i * variable))
    element = iterator.get_next()
    with tf.Session() as sess:
        sess.run(iterator.initializer)
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
            sess.run(element)
        sess.run(variable.assign(10))
        assert sess.run(element) == 20
        sess.run(variable.assign(100))
        assert sess.run(element) == 300


def test_a_function_sees_the_present_value_of_a_reference_variable():
    variable = tf.get_variable("v", [], tf.int64, use_resource=False)
    iterator = tf.data.make_initializable_iterator(Dataset.range(1, 9).map(lambda i: i * variable))
    element = iterator.get_next()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized"):
            sess.run(iterator.initializer)
        sess.run(variable.assign(10))
        sess.run(iterator.initializer)
        sess.run(variable.assign(100))
        assert [int(sess.run(element)), int(sess.run(element))] == [100, 200]


def test_functions_are_built_once():
    calls = []

    def double(i):
        calls.append(i)
        return i * 2

    assert elements(Dataset.range(5).map(double)) == [0, 2, 4, 6, 8]
    assert len(calls) == 1


def test_random_numbers_in_a_function_are_those_of_their_seeds():
    def drawn():
        with tf.Graph().as_default():
            tf.set_random_seed(3)
            return elements(Dataset.range(4).map(lambda i: tf.random_uniform([])))

    assert drawn() == drawn()
    assert len(set(drawn())) == 4


def test_a_generator_is_closed_when_its_walk_ends(tmp_path: Path):
    events = []

    def count(start):
        try:
            yield from range(start, start + 3)
        finally:
            events.append("closed")

    dataset = Dataset.from_generator(count, tf.int64, [], args=[5])
    assert elements(dataset.repeat(2)) == [5, 6, 7, 5, 6, 7]
    assert events == ["closed", "closed"]
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        assert sess.run(element) == 5
    assert len(events) <= 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["x"], "cannot be converted to int32"),
        ([1.5], "cannot be converted to int32"),
        ([[1, 2]], r"shape \(2,\) where shape \(\) was expected"),
        ([(1, 2)], "shape"),
    ],
)
def test_what_a_generator_yields_must_fit(values, message):
    dataset = Dataset.from_generator(lambda: iter(values), tf.int32, [])
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        tf.Session().run(element)


def test_a_cache_is_filled_by_the_first_complete_walk(tmp_path: Path):
    calls = []

    def count(i):
        calls.append(int(i))
        return i

    for path in ("", str(tmp_path / "cache")):
        calls.clear()
        dataset = Dataset.range(3).map(lambda i: tf.py_func(count, [i], tf.int64)).cache(path)
        assert elements(dataset.repeat(3)) == [0, 1, 2] * 3
        assert calls == [0, 1, 2]
    assert elements(dataset) == [0, 1, 2]
    assert calls == [0, 1, 2]


def test_a_cache_file_has_one_writer(tmp_path: Path):
    dataset = Dataset.range(3).cache(str(tmp_path / "cache"))
    iterators = [tf.data.make_one_shot_iterator(dataset).get_next() for _ in range(2)]
    with tf.Session() as sess:
        sess.run(iterators[0])
        with pytest.raises(tf.errors.AlreadyExistsError, match="lockfile"):
            sess.run(iterators[1])
    assert not list(tmp_path.iterdir())


def test_a_cut_off_cache_is_data_loss(tmp_path: Path):
    dataset = Dataset.range(3).cache(str(tmp_path / "cache"))
    elements(dataset)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-2])
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        sess.run(element)
        sess.run(element)
        with pytest.raises(tf.errors.DataLossError, match="cut off"):
            sess.run(element)


def test_a_missing_file_is_named(tmp_path: Path):
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    dataset = tf.data.TextLineDataset([str(tmp_path / "none"), str(path)])
    element = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.NotFoundError, match="none"):
            sess.run(element)
        assert sess.run(element) == b"a"


def test_a_truncated_record_file_gives_its_whole_records(tmp_path: Path):
    path = tmp_path / "records"
    lines = Dataset.from_tensor_slices(["one", "two", "three"])
    with tf.Session() as sess:
        sess.run(tf.data.experimental.TFRecordWriter(str(path)).write(lines))
    path.write_bytes(path.read_bytes()[:-3])
    records = tf.data.TFRecordDataset(str(path))
    element = tf.data.make_one_shot_iterator(records).get_next()
    with tf.Session() as sess:
        assert [sess.run(element), sess.run(element)] == [b"one", b"two"]
        with pytest.raises(tf.errors.DataLossError, match="truncated"):
            sess.run(element)
    good = records.apply(tf.data.experimental.ignore_errors())
    assert [tf.compat.as_text(text) for text in _texts(good)] == ["one", "two"]


def _texts(dataset):
    batch = tf.data.make_one_shot_iterator(dataset.batch(100)).get_next()
    return tf.Session().run(batch).tolist()


def test_files_are_listed_in_order_or_shuffled(tmp_path: Path):
    for name in "dacb":
        (tmp_path / f"{name}.txt").touch()
    pattern = str(tmp_path / "*.txt")
    ordered = [Path(tf.compat.as_text(name)).stem for name in _texts(
        Dataset.list_files(pattern, shuffle=False))]  # fmt: skip
    assert ordered == ["a", "b", "c", "d"]
    shuffled = _texts(Dataset.list_files(pattern, seed=3))
    assert len(set(shuffled)) == 4
    with pytest.raises(tf.errors.InvalidArgumentError, match="No files matched pattern"):
        _texts(Dataset.list_files(str(tmp_path / "none*")))


def test_datasets_within_elements():
    nested = Dataset.range(3).map(lambda n: (n, Dataset.range(n)))
    sums = nested.map(lambda n, inner: n * 10 + inner.reduce(np.int64(0), lambda s, i: s + i))
    assert elements(sums) == [0, 10, 21]
    spec = nested.element_spec[1]
    assert spec == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))
    assert spec.is_compatible_with(Dataset.range(3))
    with pytest.raises(TypeError, match="cannot be batched"):
        nested.batch(2)


def test_options_are_merged():
    options = tf.data.Options()
    options.experimental_deterministic = False
    dataset = Dataset.range(3).with_options(options).map(lambda i: i)
    assert dataset.options().experimental_deterministic is False
    other = tf.data.Options()
    other.experimental_threading.private_threadpool_size = 5
    assert (
        dataset.with_options(other).options().experimental_threading == other.experimental_threading
    )
    clash = tf.data.Options()
    clash.experimental_deterministic = True
    with pytest.raises(ValueError, match="experimental_deterministic"):
        dataset.with_options(clash)
    with pytest.raises(TypeError, match="cannot be 3"):
        options.experimental_deterministic = 3
    with pytest.raises(AttributeError, match="no option"):
        options.experimental_speed = 3


def test_iteration_in_python_is_refused():
    with pytest.raises(RuntimeError, match="make_one_shot_iterator"):
        iter(Dataset.range(3))


def test_unavailable_parts_say_so():
    iterator = tf.data.make_one_shot_iterator(Dataset.range(3))
    with pytest.raises(NotImplementedError, match="cannot be saved"):
        tf.data.experimental.make_saveable_from_iterator(iterator)


def test_stated_shapes_are_checked():
    numbers = Dataset.range(1, 3).map(lambda n: tf.fill([n], n))
    stated = numbers.apply(tf.contrib.data.assert_element_shape([1]))
    element = tf.data.make_one_shot_iterator(stated).get_next()
    with tf.Session() as sess:
        assert sess.run(element).tolist() == [1]
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(element)
    batches = Dataset.range(7).apply(tf.contrib.data.batch_and_drop_remainder(3))
    assert elements(batches) == [[0, 1, 2], [3, 4, 5]]
