"""Programs with datasets: each returns a value made of lists, numbers and strings.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must return equal
values: all elements of pipelines in order, and the classes of errors.
"""

from __future__ import annotations

import collections
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

Pair = collections.namedtuple("Pair", "left right")
LIMIT = 60


def plain(value):
    """A value of a run as lists, numbers and strings."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part) for part in value]
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist()) if np.ndim(value) else plain(value.item())
    return value


def runs(tf, element, count=LIMIT, before=(), feed=None):
    """What so many runs give, up to the end; errors by their class."""
    found = []
    with tf.Session() as sess:
        for operation in before:
            sess.run(operation, feed)
        for _ in range(count):
            try:
                found.append(plain(sess.run(element)))
            except tf.errors.OutOfRangeError:
                found.append("end")
                break
            except tf.errors.OpError as error:
                found.append(type(error).__name__)
    return found


def elements(tf, dataset, count=LIMIT):
    """All elements of a dataset."""
    iterator = tf.data.make_initializable_iterator(dataset)
    return runs(tf, iterator.get_next(), count, [iterator.initializer])


def build_error(make):
    """The class of the error that a function raises."""
    try:
        make()
    except Exception as error:
        return type(error).__name__
    return "no error"


def structures(tf):
    data = tf.data.Dataset
    nested = ({"b": [[1, 2], [3, 4]], "a": np.array([5.0, 6.0])}, Pair(["x", "y"], ([7, 8],)))
    sliced = data.from_tensor_slices(nested)
    return [
        elements(tf, data.from_tensors(nested)),
        elements(tf, sliced),
        elements(tf, sliced.map(lambda d, p: {"s": d["b"] * 2, "t": (p.left, p.right[0])})),
        str(sliced.output_types[0]["a"].name),
        sliced.output_shapes[0]["b"].as_list(),
        elements(tf, data.zip({"x": data.range(3), "y": (data.range(5, 9), sliced)})),
        elements(tf, data.zip((data.range(4), data.range(9)))),
        elements(tf, data.range(7, 0, -3)),
        elements(tf, data.range(2, 2)),
        elements(tf, data.from_tensor_slices(np.zeros([0, 3]))),
    ]


def order(tf):
    data = tf.data.Dataset
    numbers = data.range(10)
    return [
        elements(tf, numbers.take(3)),
        elements(tf, numbers.take(-1).skip(7)),
        elements(tf, numbers.skip(20)),
        elements(tf, numbers.skip(-1)),
        elements(tf, numbers.take(0).repeat()),
        elements(tf, numbers.take(2).repeat(3)),
        elements(tf, numbers.take(2).repeat(), 5),
        elements(tf, numbers.repeat(0)),
        elements(tf, numbers.shard(3, 1)),
        elements(tf, numbers.take(2).concatenate(numbers.skip(8)).enumerate(5)),
        elements(tf, numbers.take(3).repeat(2).shard(2, 1).skip(1)),
        elements(tf, numbers.take(3).cache().repeat(2)),
    ]


def shuffled(tf):
    data = tf.data.Dataset
    found = []
    for seed in (None, 7):
        if seed is None:
            tf.set_random_seed(12)
        numbers = data.range(12)
        found += [
            elements(tf, numbers.shuffle(5, seed=3)),
            elements(tf, numbers.shuffle(50, seed=4).repeat(3)),
            elements(tf, numbers.shuffle(4, seed=5, reshuffle_each_iteration=False).repeat(2)),
            elements(tf, numbers.repeat(2).shuffle(7, seed=6).batch(5)),
            elements(tf, numbers.map(lambda i: i * i).shuffle(3, seed=8).batch(4).shuffle(2, 9)),
            elements(tf, numbers.shuffle(3, seed=1).take(4).repeat(2)),
        ]
    return found


def batches(tf):
    data = tf.data.Dataset
    numbers = data.range(7)
    ragged = data.range(1, 6).map(lambda n: tf.fill([n % 3 + 1], n))
    pairs = data.zip((numbers, ragged))
    return [
        elements(tf, numbers.batch(3)),
        elements(tf, numbers.batch(3, drop_remainder=True)),
        elements(tf, numbers.batch(2).batch(2)),
        elements(tf, numbers.map(tf.as_string).batch(4)),
        elements(tf, ragged.batch(2)),
        elements(tf, ragged.padded_batch(2, [None])),
        elements(tf, ragged.padded_batch(3, [5], tf.constant(-7, tf.int64), drop_remainder=True)),
        elements(tf, ragged.padded_batch(2, [2])),
        elements(tf, pairs.padded_batch(4, ([], [None]))),
        elements(tf, pairs.padded_batch(4, ([], [-1])).unbatch()),
        elements(tf, numbers.batch(3).unbatch()),
        elements(tf, numbers.window(3).flat_map(lambda w: w.batch(3))),
        elements(tf, numbers.window(2, 3, 2).flat_map(lambda w: w.batch(2))),
        elements(tf, numbers.window(3, 1, 2, True).flat_map(lambda w: w.batch(3))),
        elements(tf, numbers.window(2, shift=5).flat_map(lambda w: w)),
        elements(tf, data.zip((numbers, numbers)).window(2).flat_map(
            lambda a, b: data.zip((a, b)).batch(2))),
        numbers.batch(2, drop_remainder=True).output_shapes.as_list(),
        ragged.padded_batch(2, [None]).output_shapes.as_list(),
    ]  # fmt: skip


def functions(tf):
    data = tf.data.Dataset
    numbers = data.range(6)
    outside = tf.constant([10, 20], tf.int64)
    fails = numbers.map(lambda i: tf.check_numerics(1.0 / tf.cast(i - 2, tf.float64), "zero"))
    repeated = numbers.flat_map(lambda n: data.from_tensors(n).repeat(n % 3))
    cycles = [
        numbers.interleave(lambda n: data.from_tensors(n).repeat(n), cycle, block)
        for cycle, block in ((1, 1), (2, 1), (3, 2), (4, 3), (9, 2))
    ]
    return [
        elements(tf, numbers.map(lambda i: i + outside)),
        elements(tf, numbers.map(lambda i: (i, [i, i + 1]))),
        elements(tf, numbers.map(lambda i: [i, tf.cast(i, tf.float32)])),
        elements(tf, numbers.map(lambda i: i * i, num_parallel_calls=3)),
        elements(tf, fails),
        elements(tf, fails.skip(1).batch(2)),
        elements(tf, fails.prefetch(2)),
        elements(tf, numbers.filter(lambda i: tf.equal(i % 2, 1))),
        elements(tf, numbers.enumerate().filter(lambda i, j: i + j > 5)),
        elements(tf, repeated),
        *[elements(tf, cycle) for cycle in cycles],
        elements(tf, numbers.interleave(
            lambda n: data.range(n, n + 3).map(lambda i: i * n), 2, 2, num_parallel_calls=2)),
        elements(tf, numbers.map(lambda i: data.range(i)).flat_map(lambda d: d)),
    ]  # fmt: skip


def folds(tf):
    data = tf.data.Dataset
    numbers = data.range(1, 6)
    state = {"n": np.int64(0), "s": np.int64(1)}
    with tf.Session() as sess:
        return plain(sess.run([
            numbers.reduce(np.int64(7), lambda s, i: s + i),
            numbers.reduce(state, lambda s, i: {"n": s["n"] + 1, "s": s["s"] * i}),
            data.zip((numbers, numbers)).reduce(np.int64(0), lambda s, pair: s + pair[0] * pair[1]),
            numbers.take(0).reduce([3.5, 4.5], lambda s, i: s),
        ]))  # fmt: skip


def generators(tf):
    data = tf.data.Dataset

    def count(stop=4):
        yield from range(stop)

    def pairs():
        yield {"a": 1.5, "b": [1, 2]}
        yield {"a": 2, "b": []}

    return [
        elements(tf, data.from_generator(count, tf.int32)),
        elements(tf, data.from_generator(count, tf.int64, [], args=[3]).repeat(2)),
        elements(tf, data.from_generator(pairs, {"a": tf.float32, "b": tf.int64})),
        elements(tf, data.from_generator(lambda: iter([[1, 2], [3]]), tf.int32, [2]), 2),
        elements(tf, data.from_generator(lambda: iter(["a", "b"]), tf.string)),
        elements(tf, data.from_generator(lambda: iter(["a", 2]), tf.int32), 1),
        elements(tf, data.from_generator(lambda: iter([(1, 2), (3, 4)]), (tf.int32, tf.int64))),
        elements(tf, data.from_generator(lambda: iter([np.float64(2.5)]), tf.int32)),
        elements(tf, data.from_generator(lambda: iter([2.5]), tf.int32), 1),
    ]


def iterators(tf):
    data = tf.data.Dataset
    found = []
    size = tf.placeholder(tf.int64, [])
    iterator = tf.data.make_initializable_iterator(data.range(size))
    following = iterator.get_next()
    with tf.Session() as sess:
        found.append(build_error(lambda: sess.run(following)))
        for stop in (2, 1):
            sess.run(iterator.initializer, {size: stop})
            found.append([plain(sess.run(following)) for _ in range(stop)])
            found.append(build_error(lambda: sess.run(following)))
            found.append(build_error(lambda: sess.run(following)))
    found.append(str(following.dtype.name))

    either = tf.data.Iterator.from_structure(tf.int64, [])
    first, second = data.range(3), data.range(10, 12)
    starts = [either.make_initializer(first), either.make_initializer(second)]
    element = either.get_next()
    with tf.Session() as sess:
        for start in (*starts, starts[0]):
            sess.run(start)
            found.append([plain(sess.run(element)) for _ in range(2)])

    handle = tf.placeholder(tf.string, [])
    fed = tf.data.Iterator.from_string_handle(handle, tf.int64, [])
    chosen = fed.get_next()
    one = tf.data.make_one_shot_iterator(first)
    floats = tf.data.make_one_shot_iterator(data.from_tensors(1.5))
    with tf.Session() as sess:
        handles = sess.run([one.string_handle(), floats.string_handle()])
        found.append([plain(sess.run(chosen, {handle: handles[0]})) for _ in range(3)])
        found.append(build_error(lambda: sess.run(chosen, {handle: handles[0]})))
        found.append(build_error(lambda: sess.run(chosen, {handle: handles[1]})))
    return found


def build_errors(tf):
    data = tf.data.Dataset
    numbers = data.range(5)
    size = tf.placeholder(tf.int64, [])
    variable = tf.get_variable("v", initializer=np.int64(3), use_resource=True)
    either = tf.data.Iterator.from_structure(tf.int64, [])
    makes = [
        lambda: data.from_tensor_slices(3),
        lambda: data.from_tensor_slices(([1, 2], [3])),
        lambda: numbers.filter(lambda i: i),
        lambda: numbers.concatenate(data.from_tensors(1.5)),
        lambda: numbers.padded_batch(2, [1]),
        lambda: numbers.padded_batch(2, [], padding_values=1.5),
        lambda: tf.data.make_one_shot_iterator(data.range(size)),
        lambda: tf.data.make_one_shot_iterator(numbers.map(lambda i: i + variable)),
        lambda: either.make_initializer(data.from_tensors(1.5)),
        lambda: either.make_initializer(data.from_tensors(np.zeros(2, np.int64))),
        lambda: numbers.apply(lambda d: 3),
        lambda: numbers.reduce(np.int64(0), lambda s, i: 1.5),
        lambda: data.from_generator(3, tf.int32),
        lambda: data.range(1, 2, 3, 4),
    ]
    return [build_error(make) for make in makes]


def run_errors(tf):
    data = tf.data.Dataset
    numbers = data.range(5)
    number = tf.placeholder_with_default(np.int64(0), [])
    made = [
        numbers.batch(number),
        numbers.batch(number - 1),
        numbers.shuffle(number),
        numbers.prefetch(number - 2),
        numbers.shard(number, number),
        numbers.window(number),
        data.range(1, 5, number),
        numbers.interleave(lambda n: numbers, number),
    ]
    found = []
    for dataset in made:
        iterator = tf.data.make_initializable_iterator(dataset)
        with tf.Session() as sess:
            found.append(build_error(partial(sess.run, iterator.initializer)))
    return found


def state(tf):
    data = tf.data.Dataset
    variable = tf.get_variable("w", initializer=np.int64(3), use_resource=True)
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(np.int64([0, 1, 2]), ["zero", "one", "two"]), "?"
    )
    changed = data.range(4).map(lambda i: i * variable)
    looked = data.range(4).map(table.lookup)
    one = tf.data.make_initializable_iterator(changed)
    other = tf.data.make_initializable_iterator(looked)
    first, second = one.get_next(), other.get_next()
    found = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), table.initializer])
        sess.run([one.initializer, other.initializer])
        found.append(plain(sess.run([first, second])))
        found.append(plain(sess.run([first, second])))
    return found


def sparse(tf):
    data = tf.data.Dataset
    tensor = tf.SparseTensor([[0, 1], [0, 2], [2, 0]], [1.0, 2.0, 3.0], [3, 4])
    sliced = data.from_tensor_slices((tensor, [5, 6, 7]))

    def dense(value, number):
        return tf.sparse.to_dense(value), number

    return [
        elements(tf, sliced),
        elements(tf, sliced.batch(2)),
        elements(tf, sliced.batch(2).map(dense)),
        elements(tf, sliced.map(dense)),
        elements(tf, sliced.batch(3).unbatch()),
        elements(tf, data.from_tensors(tensor).repeat(2)),
        elements(tf, sliced.shuffle(3, seed=4).cache().repeat(2)),
        elements(tf, sliced.filter(lambda s, n: n > 5)),
    ]


def caches(tf):
    data = tf.data.Dataset
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "cache"))
        words = data.range(3).map(lambda i: (i, tf.as_string(i), tf.fill([i], 0.5))).cache(path)
        found = [elements(tf, words), elements(tf, words.repeat(2))]
        names = sorted(item.name for item in Path(folder).iterdir())
        found.append(len(names) > 0)
        return found


def experimental(tf):
    data, more = tf.data.Dataset, tf.data.experimental
    numbers = data.range(10)
    zero = tf.constant(0, tf.int64)
    words = data.from_tensor_slices([3, 5, 3, 4, 5])
    rows = data.range(1, 9).map(lambda n: tf.fill([n % 5 + 1], n))
    reducer = more.Reducer(lambda k: k * 100, lambda s, i: s + i, lambda s: (s, s + 1))
    fails = numbers.map(lambda i: tf.check_numerics(1.0 / tf.cast(i - 2, tf.float64), "zero"))
    parts = [data.range(4), data.range(10, 16), data.range(20, 22)]

    def buckets(**options):
        return rows.apply(
            more.bucket_by_sequence_length(lambda x: tf.shape(x)[0], [3, 6], [2, 3, 4], **options)
        )

    return [
        elements(tf, numbers.apply(more.shuffle_and_repeat(4, 3, seed=5))),
        elements(tf, numbers.apply(more.shuffle_and_repeat(25, 3, seed=5))),
        elements(tf, numbers.take(3).apply(more.enumerate_dataset(4))),
        elements(tf, fails.apply(more.ignore_errors())),
        elements(tf, words.apply(more.unique())),
        elements(tf, numbers.apply(more.take_while(lambda i: i < 4))),
        elements(tf, numbers.apply(more.scan(zero, lambda s, i: (s + i, (s, i))))),
        elements(tf, numbers.apply(more.map_and_batch(lambda i: i * i, 4))),
        elements(tf, numbers.apply(more.map_and_batch(lambda i: i * i, 4, drop_remainder=True))),
        elements(tf, numbers.batch(4).apply(more.unbatch())),
        elements(tf, rows.apply(more.dense_to_sparse_batch(3, [6]))),
        elements(tf, more.Counter(5, 3).take(4)),
        elements(tf, more.RandomDataset(9).take(5)),
        elements(tf, numbers.apply(more.group_by_window(
            lambda i: i % 3, lambda k, w: w.map(lambda x: x * 10 + k).batch(2), 2))),
        elements(tf, numbers.apply(more.group_by_window(
            lambda i: i % 3, lambda k, w: w.batch(9), window_size_func=lambda k: k + 1))),
        elements(tf, numbers.apply(more.group_by_reducer(lambda i: i % 3, reducer))),
        elements(tf, buckets()),
        elements(tf, buckets(pad_to_bucket_boundary=True)),
        elements(tf, buckets(drop_remainder=True, padded_shapes=[None])),
        elements(tf, rows.filter(lambda x: tf.size(x) < 2).apply(
            more.bucket_by_sequence_length(lambda x: tf.size(x), [3], [2, 3], no_padding=True))),
        elements(tf, more.choose_from_datasets(parts, data.range(3).repeat())),
        elements(tf, more.sample_from_datasets(parts, seed=4)),
        elements(tf, more.sample_from_datasets(parts, [0.1, 0.2, 0.7], seed=4)),
        elements(tf, more.sample_from_datasets(
            parts, data.from_tensors([0.5, 0.4, 0.1]).repeat(), seed=4)),
        *runs(tf, [more.cardinality(d) for d in (
            numbers, numbers.batch(4), numbers.repeat(), numbers.filter(lambda i: i > 3),
            numbers.take(3).repeat(2), numbers.window(3, 2, drop_remainder=True))], 1),
        *runs(tf, more.get_single_element(numbers.batch(10)), 1),
        *runs(tf, more.get_single_element(numbers), 1),
        *runs(tf, more.get_single_element(numbers.take(0)), 1),
    ]  # fmt: skip


def files(tf):
    data = tf.data
    found = []
    with tempfile.TemporaryDirectory() as folder:
        names = [str(Path(folder, name)) for name in ("a.txt", "b.txt")]
        Path(names[0]).write_bytes(b"one\ntwo\r\n\nfour")
        Path(names[1]).write_bytes(b"five\nsi\rx\n")
        fixed = str(Path(folder, "fixed"))
        Path(fixed).write_bytes(b"HEaabbccF")
        lines = data.TextLineDataset(names)
        found += [
            elements(tf, lines),
            elements(tf, data.TextLineDataset(names, num_parallel_reads=2)),
            elements(
                tf,
                data.TextLineDataset(
                    data.Dataset.list_files(str(Path(folder, "*.txt")), shuffle=False)
                ).skip(2),
            ),
            elements(tf, data.FixedLengthRecordDataset(fixed, 2, 2, 1)),
            elements(tf, data.FixedLengthRecordDataset(fixed, 2, 2, 0), 1),
            elements(tf, data.FixedLengthRecordDataset([fixed, fixed], 3)),
            elements(tf, data.TextLineDataset([names[0], str(Path(folder, "none"))]), 5),
            elements(tf, data.TFRecordDataset(names[0]), 1),
        ]
        for kind in ("", "GZIP", "ZLIB"):
            path = str(Path(folder, "records" + kind))
            write = data.experimental.TFRecordWriter(path, kind).write(lines)
            with tf.Session() as sess:
                sess.run(write)
            found.append(elements(tf, data.TFRecordDataset(path, kind)))
        pattern = str(Path(folder, "nothing*"))
        iterator = tf.data.make_initializable_iterator(data.Dataset.list_files(pattern))
        with tf.Session() as sess:
            found.append(build_error(lambda: sess.run(iterator.initializer)))
    return found


def records(tf):
    more = tf.data.experimental
    found = []
    with tempfile.TemporaryDirectory() as folder:
        table = str(Path(folder, "table.csv"))
        Path(table).write_bytes(b'n,x,text\n3,1.5,"a, b"\n,2.5,c\n5,NA,"two\nlines"\n')
        kinds = [[7], tf.float32, tf.string]
        found += [
            elements(
                tf, more.CsvDataset(table, [[7], [0.5], tf.string], header=True, na_value="NA")
            ),
            elements(tf, more.CsvDataset(table, kinds, header=True, na_value="NA"), 4),
            elements(tf, more.CsvDataset(table, [[1], tf.string], header=True, select_cols=[0, 2])),
            elements(tf, more.CsvDataset(table, [[""]], select_cols=[1])),
        ]
        examples = []
        for i in range(5):
            features = {
                "n": tf.train.Feature(int64_list=tf.train.Int64List(value=[i])),
                "words": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"w"] * i)),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            examples.append(example.SerializeToString())
        path = str(Path(folder, "examples"))
        texts = tf.data.Dataset.from_tensor_slices(examples)
        with tf.Session() as sess:
            sess.run(more.TFRecordWriter(path).write(texts))
        features = {
            "n": tf.FixedLenFeature([], tf.int64), "words": tf.VarLenFeature(tf.string),
        }  # fmt: skip
        found += [
            elements(tf, texts.batch(2).apply(more.parse_example_dataset(features))),
            elements(
                tf,
                more.make_batched_features_dataset(
                    path, 2, features, label_key="n", num_epochs=1, shuffle=False
                ),
            ),
            elements(
                tf,
                more.make_batched_features_dataset(
                    path, 2, features, num_epochs=2, shuffle_seed=3, drop_final_batch=True
                ),
            ),
            elements(tf, more.make_batched_features_dataset(path, 2, features, shuffle=False), 4),
        ]
    return found


PROGRAMS = {
    program.__name__: program
    for program in (
        structures, order, shuffled, batches, functions, folds, generators, iterators,
        build_errors, run_errors, state, sparse, caches, experimental, files, records,
    )
}  # fmt: skip
