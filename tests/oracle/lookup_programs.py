"""Programs with lookup tables: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations

from pathlib import Path

FILE = str(Path(__file__).with_name("lookup_programs.py"))


def _after(tf, operations, tensors):
    """The tensors that a function makes, computed after some operations."""
    with tf.control_dependencies(list(operations)):
        return tensors()


def static_tables(tf):
    words = tf.lookup.KeyValueTensorInitializer(["ann", "bob"], [31, 27])
    by_word = tf.lookup.StaticHashTable(words, -1)
    numbers = tf.lookup.KeyValueTensorInitializer(
        [5, 3], ["five", "three"], key_dtype=tf.int64, value_dtype=tf.string
    )
    by_number = tf.lookup.StaticHashTable(numbers, "?", name="named")
    floats = tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2], tf.int64), [0.5, 1.5])
    by_float = tf.lookup.StaticHashTable(floats, tf.constant(-1.0))
    sparse = tf.SparseTensor([[0, 1], [2, 0]], ["bob", "x"], [3, 2])

    def found():
        exported = by_word.export()
        return [
            by_word.lookup(tf.constant([["bob", "x"], ["", "ann"]])),
            by_number.lookup(tf.constant(3, tf.int64)),
            by_float.lookup(tf.constant([2, 7, 1], tf.int64)),
            by_word.lookup(sparse).values,
            by_word.size(),
            tf.sort(exported[1]),
            *[tf.constant(text) for text in (by_word.name, by_number.name)],
        ]

    return _after(tf, [tf.tables_initializer()], found)


def files(tf):
    index = tf.lookup.TextFileIndex
    by_line = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            FILE, tf.int64, index.LINE_NUMBER, tf.string, 1, vocab_size=1, delimiter=" "
        ),
        "none",
    )
    by_text = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            FILE, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER, vocab_size=1
        ),
        -7,
    )

    def found():
        first = '"""Programs with lookup tables: each returns tensors.'
        return [
            by_line.lookup(tf.constant([0, 1, 100000], tf.int64)),
            by_text.lookup(tf.constant([first, "nowhere"])),
            by_text.size(),
        ]

    return _after(tf, [by_line.initializer, by_text.initializer], found)


def vocabularies(tf):
    init = tf.lookup.KeyValueTensorInitializer(["a", "b", "c"], tf.constant([0, 1, 2], tf.int64))
    table = tf.lookup.StaticVocabularyTable(init, 5)
    numbers = tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant([7, 9], tf.int64), tf.constant([0, 1], tf.int64)
        ),
        3,
        lookup_key_dtype=tf.int64,
    )

    def found():
        return [
            table.lookup(tf.constant([["b", "x"], ["y", ""], ["c", "quux"]])),
            table.size(),
            numbers.lookup(tf.constant([9, 8, -3], tf.int64)),
            numbers.size(),
            tf.constant(table.name),
        ]

    return _after(tf, [tf.tables_initializer()], found)


def dense_tables(tf):
    table = tf.lookup.experimental.DenseHashTable(
        tf.int64, tf.float32, default_value=[-1.0, 0.0], empty_key=0, deleted_key=-1
    )
    keys = tf.constant([5, 3, 8], tf.int64)
    insert = table.insert(keys, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.control_dependencies([insert]):
        erase = table.erase(keys[1:2])
    with tf.control_dependencies([erase]):
        again = table.insert_or_assign(keys[:1], [[7.0, 8.0]])

    def found():
        return [
            table.lookup(keys[::-1]),
            table.size(),
            tf.constant(table.name),
        ]

    return _after(tf, [again], found)


PROGRAMS = {
    program.__name__: program for program in (static_tables, files, vocabularies, dense_tables)
}
