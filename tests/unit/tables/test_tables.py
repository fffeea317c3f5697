"""Lookup tables, as programs for TensorFlow 1 use them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops
from graphflow.tables import mutable, static, vocabulary
from graphflow.tables.initializers import TextFileIdTableInitializer


def keys_and_values() -> tf.lookup.KeyValueTensorInitializer:
    return tf.lookup.KeyValueTensorInitializer(["a", "b"], [5, 7])


@pytest.fixture
def words(tmp_path: Path) -> str:
    path = tmp_path / "words.txt"
    path.write_bytes(b"cat\t9\r\ndog\t4\ncow\t2\n")
    return str(path)


def test_a_table_must_be_initialized():
    table = tf.lookup.StaticHashTable(keys_and_values(), -1)
    found = table.lookup(["b", "x"])
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="not initialized"):
            sess.run(found)
        assert sess.run(table.size()) == 0
        sess.run(table.initializer)
        sess.run(tf.tables_initializer())  # again, without effect
        assert sess.run(found).tolist() == [7, -1]
        assert sess.run(table.size()) == 2
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError):
        sess.run(found)  # another session has other tables


def test_errors_name_the_table():
    table = static.HashTable(keys_and_values(), -1, shared_name="ages", name="by_name")
    with tf.Session() as sess, pytest.raises(tf.errors.FailedPreconditionError) as caught:
        sess.run(table.lookup("a"))
    assert "by_name:0: resource, table 'ages'" in str(caught.value)


def test_shapes_are_those_of_keys():
    table = tf.lookup.StaticHashTable(keys_and_values(), -1)
    assert table.lookup(tf.placeholder(tf.string, [None, 3])).shape.as_list() == [None, 3]
    assert table.lookup("a").shape == []
    keys, values = table.export()
    assert keys.shape.as_list() == values.shape.as_list() == [None]
    assert (keys.dtype, values.dtype) == (tf.string, tf.int32)


def test_sparse_keys_give_sparse_values():
    table = tf.lookup.StaticHashTable(keys_and_values(), -1)
    keys = tf.SparseTensor([[0, 1], [2, 0]], ["b", "x"], [3, 2])
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        value = sess.run(table.lookup(keys))
    assert value.values.tolist() == [7, -1]
    assert value.indices.tolist() == [[0, 1], [2, 0]]


def test_keys_of_another_dtype_are_refused():
    table = tf.lookup.StaticHashTable(keys_and_values(), -1)
    with pytest.raises(TypeError, match="keys must be string, not int32"):
        table.lookup(tf.constant([1]))
    with pytest.raises(TypeError, match="keys of the table are string, not int64"):
        ops.lookup_table_find(table.resource_handle, np.int64([1]), np.int32(1))
    with pytest.raises(ValueError, match="must be a scalar"):
        tf.lookup.StaticHashTable(keys_and_values(), [1, 2])
    with pytest.raises(TypeError, match="its initializer string to int32"):
        keys_and_values().initialize(mutable.MutableHashTable(tf.string, tf.int64, 0))


def test_a_key_has_one_value():
    init = tf.lookup.KeyValueTensorInitializer(["a", "b", "a"], [5, 7, 6])
    table = tf.lookup.StaticHashTable(init, -1)
    with (
        tf.Session() as sess,
        pytest.raises(tf.errors.FailedPreconditionError, match="b'a' has two values, 5 and 6"),
    ):
        sess.run(table.initializer)


def test_a_table_is_initialized_once():
    first = static.HashTable(keys_and_values(), -1, shared_name="ages")
    one = tf.lookup.KeyValueTensorInitializer(["c"], [1])
    second = static.HashTable(one, -1, shared_name="ages")
    with tf.Session() as sess:
        sess.run(first.init)
        assert sess.run(second.lookup("b")) == 7
        with pytest.raises(tf.errors.FailedPreconditionError, match="initialized already"):
            sess.run(second.init)


def test_a_shared_table_has_one_kind_of_content():
    first = static.HashTable(keys_and_values(), -1, shared_name="ages")
    other = tf.lookup.KeyValueTensorInitializer(["c"], [1.5])
    second = static.HashTable(other, -1.0, shared_name="ages")
    with tf.Session() as sess:
        sess.run(first.init)
        with pytest.raises(tf.errors.InvalidArgumentError, match="another shared_name"):
            sess.run(second.init)


def test_static_tables_do_not_change():
    table = tf.lookup.StaticHashTable(keys_and_values(), -1)
    insert = ops.lookup_table_insert(table.resource_handle, ["c"], np.int32([1]))
    with tf.Session() as sess, pytest.raises(tf.errors.UnimplementedError, match="static"):
        sess.run(insert)


def test_columns_of_a_file(words: str):
    index = tf.lookup.TextFileIndex

    def table(key_dtype, key, value_dtype, value, default, **options):
        init = tf.lookup.TextFileInitializer(words, key_dtype, key, value_dtype, value, **options)
        return tf.lookup.StaticHashTable(init, default)

    by_word = table(tf.string, 0, tf.int64, 1, -1)
    by_line = table(tf.int64, index.LINE_NUMBER, tf.string, index.WHOLE_LINE, "?")
    some = table(tf.string, 0, tf.int64, index.LINE_NUMBER, -1, vocab_size=2)
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert sess.run(by_word.lookup(["cow", "cat", "x"])).tolist() == [2, 9, -1]
        assert sess.run(by_line.lookup(tf.constant([1, 3], tf.int64))).tolist() == [
            b"dog\t4",
            b"?",
        ]
        assert sess.run(some.lookup(["dog", "cow"])).tolist() == [1, -1]
    assert [tf.Session().run(name) for name in tf.get_collection("asset_filepaths")] == [
        words.encode()
    ] * 3


@pytest.mark.parametrize(
    ("content", "options", "error", "message"),
    [
        (None, {}, tf.errors.NotFoundError, "words"),
        (b"a\n\nb\n", {}, tf.errors.InvalidArgumentError, "line 1 is empty"),
        (b"a\tb\nc\n", {"key": 1}, tf.errors.InvalidArgumentError, "line 1 has 1 columns"),
        (b"a\n", {"vocab_size": 3}, tf.errors.InvalidArgumentError, "has 1 lines"),
        (b"a\n", {"value": 0}, tf.errors.InvalidArgumentError, "b'a' is no int64"),
    ],
)
def test_files_that_do_not_fit(tmp_path: Path, content, options, error, message):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)
    init = TextFileIdTableInitializer(
        str(path),
        options.get("key", -2),
        options.get("value", -1),
        options.get("vocab_size"),
    )
    table = static.HashTable(init, -1)
    with tf.Session() as sess, pytest.raises(error, match=message):
        sess.run(table.init)


def test_columns_that_do_not_fit_their_dtype():
    for dtype, column in ((tf.string, -1), (tf.float32, -2), (tf.string, -3)):
        with pytest.raises(ValueError, match=r"key(s|_index)"):
            tf.lookup.TextFileInitializer("f", dtype, column, tf.int64, 1)
    with pytest.raises(ValueError, match="must be positive"):
        tf.lookup.TextFileInitializer("f", tf.string, 0, tf.int64, 1, vocab_size=0)
    with pytest.raises(ValueError, match="name of a file"):
        tf.lookup.TextFileInitializer("", tf.string, 0, tf.int64, 1)


def test_a_table_that_grows_and_shrinks():
    table = mutable.MutableHashTable(tf.string, tf.float32, [0.0, -1.0])
    found = table.lookup([["a"], ["b"]])
    assert found.shape == [2, 1, 2]
    with tf.Session() as sess:
        sess.run(table.insert(["a", "c"], [[1.0, 2.0], [3.0, 4.0]]))
        assert sess.run(found).tolist() == [[[1, 2]], [[0, -1]]]
        sess.run(table.remove(["a", "zzz"]))
        assert sess.run(found).tolist() == [[[0, -1]], [[0, -1]]]
        keys, values = sess.run(table.export())
        assert (keys.tolist(), values.tolist()) == ([b"c"], [[3.0, 4.0]])
        sess.run(ops.lookup_table_import(table.resource_handle, ["d"], np.float32([[5, 6]])))
        assert sess.run(table.export()[0]).tolist() == [b"d"]
        with pytest.raises(tf.errors.InvalidArgumentError, match="needs values of shape"):
            sess.run(table.insert(["a", "c"], [[1.0, 2.0]]))


def test_keys_with_a_shape_of_their_own():
    table = mutable.MutableDenseHashTable(
        tf.int64, tf.int64, -1, empty_key=[0, 0], deleted_key=[-1, -1]
    )
    keys = tf.constant([[1, 2], [3, 4]], tf.int64)
    with tf.Session() as sess:
        sess.run(table.insert(keys, [10, 20]))
        assert sess.run(table.lookup(keys[::-1])).tolist() == [20, 10]
        assert sess.run(table.lookup(keys[0])) == 10
        assert sess.run(table.export()[0]).tolist() == [[1, 2], [3, 4]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="is empty_key"):
            sess.run(table.insert([[0, 0]], [1]))
    same = mutable.MutableDenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=0)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="must differ"):
        sess.run(same.size())


def test_unknown_keys_go_to_buckets():
    words = ["emerson", "lake", "palmer"]
    table = vocabulary.index_table_from_tensor(words, num_oov_buckets=2)
    strong = vocabulary.index_table_from_tensor(
        words, num_oov_buckets=2, hasher_spec=static.StrongHashSpec([1, 2])
    )
    numbers = vocabulary.index_table_from_tensor([7, 9], num_oov_buckets=1, dtype=tf.int64)
    none = static.IdTableWithHashBuckets(None, 4)
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        for one in (table, strong):
            ids = sess.run(one.lookup(["lake", "and", "palmer", "x", ""]))
            assert ids[[0, 2]].tolist() == [1, 2]
            assert set(ids[[1, 3, 4]].tolist()) <= {3, 4}
            assert sess.run(one.size()) == 5
        assert sess.run(numbers.lookup(tf.constant([9, 8], tf.int64))).tolist() == [1, 2]
        buckets = sess.run(tf.string_to_hash_bucket_fast(["a", "b"], 4))
        assert sess.run(none.lookup(["a", "b"])).tolist() == buckets.tolist()
        assert sess.run(none.size()) == 4


def test_tables_from_files(words: str):
    to_index = vocabulary.index_table_from_file(words, num_oov_buckets=1, key_column_index=0)
    to_text = vocabulary.index_to_string_table_from_file(words, value_column_index=0)
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        assert sess.run(to_index.lookup(["cow", "x"])).tolist() == [2, 3]
        assert sess.run(to_text.lookup(np.int64([0, 3]))).tolist() == [b"cat", b"UNK"]


def test_arguments_that_do_not_fit():
    with pytest.raises(ValueError, match="must be positive"):
        tf.lookup.StaticVocabularyTable(None, 0)
    with pytest.raises(ValueError, match="must not be negative"):
        vocabulary.index_table_from_tensor(["a"], num_oov_buckets=-1)
    with pytest.raises(TypeError, match="must be a HasherSpec"):
        static.IdTableWithHashBuckets(None, 3, hasher_spec="fast")
    with pytest.raises(TypeError, match="values must be int64"):
        tf.lookup.StaticVocabularyTable(keys_and_values(), 1)
    with pytest.raises(ValueError, match="two integers"):
        static.StrongHashSpec([1])
    with pytest.raises(ValueError, match="name of a vocabulary file"):
        vocabulary.index_table_from_file("")
    with pytest.raises(ValueError, match="it must be positive"):
        vocabulary.index_to_string_table_from_file("f", vocab_size=0)


def test_no_tables_need_no_initializer():
    tf.Session().run(tf.tables_initializer())
    assert tf.tables_initializer(name="again").type == "NoOp"


def test_old_names_of_vocabulary_tables(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("ape\nbee\ncat\n")
    by_file = tf.contrib.lookup.string_to_index_table_from_file(str(file), default_value=-7)
    by_vector = tf.contrib.lookup.string_to_index_table_from_tensor(["bee", "ape"])
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        assert session.run(by_file.lookup(tf.constant(["cat", "dog"]))).tolist() == [2, -7]
        assert session.run(by_vector.lookup(tf.constant(["ape", "dog"]))).tolist() == [1, -1]


def test_the_shape_of_what_a_captured_table_finds_is_known():
    names = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([3, 5], tf.int64))
    table = tf.lookup.StaticHashTable(names, -1)
    words = tf.data.Dataset.from_tensors("b a c").map(lambda x: tf.string_split([x]).values)
    numbers = words.map(table.lookup)
    assert numbers.output_shapes.as_list() == [None]
    keys = tf.placeholder(tf.string, [None, 2])
    branch = tf.cond(tf.size(keys) > 2, lambda: table.lookup(keys), lambda: table.lookup(keys) + 1)
    assert branch.shape.as_list() == [None, 2]
    row = tf.data.make_initializable_iterator(numbers.padded_batch(1, numbers.output_shapes))
    with tf.Session() as sess:
        sess.run([tf.tables_initializer(), row.initializer])
        assert sess.run(row.get_next()).tolist() == [[5, 3, -1]]
