"""What is written to checkpoints on one side and read on the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

DTYPES = [
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool", "complex64", "complex128",
]  # fmt: skip
KINDS = {
    "references": {},
    "resources": {"use_resource": True},
    "sharded": {"sharded": True},
    "sharded_resources": {"use_resource": True, "sharded": True},
}
OLD, NEW = 1, 3  # factors that tell the saved values from those of initializers


def _numbers(tf: Any, dtype: str, factor: int) -> Any:
    numbers = np.asarray([[0, 1, 2], [5, 7, 11]]) * factor
    return numbers.astype(tf.as_dtype(dtype).as_numpy_dtype)


def _part_initializer(factor: int) -> Any:
    def initialize(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        start = 0 if partition_info is None else partition_info.var_offset[0]
        sizes = [int(size) for size in shape]
        rows = np.arange(sizes[0])[:, None] + start
        return np.float32(factor * (rows * 10 + np.arange(sizes[1])))

    return initialize


def build(tf: Any, factor: int, use_resource: bool = False, sharded: bool = False) -> Any:
    """Make variables of all kinds in a new graph; return their saver."""
    tf.reset_default_graph()
    for position, dtype in enumerate(DTYPES):
        with tf.device(f"/cpu:{position % 2}"):
            value = tf.constant(_numbers(tf, dtype, factor), dtype)
            tf.get_variable(f"of/{dtype}", initializer=value, use_resource=use_resource)
    texts = [b"a" * factor, b"", b"\xff\x00" * 70 * factor]
    tf.get_variable("texts", initializer=tf.constant(texts), use_resource=use_resource)
    tf.get_variable("scalar", initializer=2.5 * factor, use_resource=use_resource)
    tf.get_variable("empty", initializer=tf.zeros([0, 3]), use_resource=use_resource)
    for axis, pieces in ((0, [3, 1]), (1, [1, 2])):
        tf.get_variable(
            f"parts{axis}", [5, 4], initializer=_part_initializer(factor),
            partitioner=lambda pieces=pieces, **_: pieces, use_resource=use_resource,
        )  # fmt: skip
    return tf.train.Saver(sharded=sharded)


def session(tf: Any) -> Any:
    """A session with two devices."""
    return tf.Session(config=tf.ConfigProto(device_count={"CPU": 2}))


def as_json(array: Any) -> Any:
    """A value in a form that JSON has."""
    array = np.asarray(array)
    if array.dtype == object:
        return ["string", array.shape, [item.hex() for item in array.ravel()]]
    return [str(array.dtype), list(array.shape), array.tobytes().hex()]


def _state(tf: Any, sess: Any) -> dict[str, Any]:
    values = sess.run({v.name: v.value() for v in tf.global_variables()})
    return {name: as_json(value) for name, value in values.items()}


def write(tf: Any, folder: Path) -> dict[str, Any]:
    """Write checkpoints of all kinds; return the values in them."""
    states = {}
    for kind, options in KINDS.items():
        saver = build(tf, NEW, **options)
        with session(tf) as sess:
            sess.run(tf.global_variables_initializer())
            saver.save(sess, str(folder / kind), global_step=7)
            states[kind] = _state(tf, sess)
    return states


def read(tf: Any, folder: Path) -> dict[str, Any]:
    """Restore checkpoints of all kinds; return the values in them."""
    states = {}
    for kind, options in KINDS.items():
        saver = build(tf, OLD, **options)
        with session(tf) as sess:
            saver.restore(sess, str(folder / f"{kind}-7"))
            states[kind] = _state(tf, sess)
    return states


def listed(tf: Any, folder: Path) -> dict[str, Any]:
    """What readers find in the checkpoints."""
    found = {}
    for kind in KINDS:
        reader = tf.train.load_checkpoint(str(folder / f"{kind}-7"))
        shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        found[kind] = {
            name: [shapes[name], dtypes[name].name, as_json(reader.get_tensor(name))]
            for name in sorted(shapes)
        }
        # For tensors in parts TensorFlow has lines of the parts, with their keys in the file.
        lines = reader.debug_string().decode("latin-1").split("\n")
        found[kind]["lines"] = sorted(line for line in lines if line and "parts" not in line)
    return found


# -- meta graphs ----------------------------------------------------------------------------------


def write_model(tf: Any, folder: Path) -> list[Any]:
    """Write a small model with its graph; return what it computes."""
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=[[1.5, 2.0, -1.0], [0.25, 0.5, 4.0]])
    b = tf.get_variable("b", initializer=[0.5, 1.0, 2.0], use_resource=True)
    y = tf.nn.relu(tf.matmul(x, w) + b, name="y")
    loss = tf.reduce_mean(tf.square(y - 1.0), name="loss")
    step = tf.train.get_or_create_global_step()
    train = tf.train.MomentumOptimizer(0.1, 0.5).minimize(loss, step)
    tf.add_to_collection("train_op", train)
    for item in (y, x):
        tf.add_to_collection("ends", item)
    for key, value in (("texts", "abc"), ("numbers", 42), ("floats", 1.5)):
        tf.add_to_collection(key, value)
    saver = tf.train.Saver()
    feed = {x: [[1.0, 2.0], [3.0, -1.0]]}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train, feed)
        saver.save(sess, str(folder / "model"), global_step=step)
        sess.run(train, feed)
        return sess.run(y, feed).tolist()


def read_model(tf: Any, folder: Path) -> list[Any]:
    """Train the model one step further from its checkpoint; return what it computes."""
    tf.reset_default_graph()
    saver = tf.train.import_meta_graph(str(folder / "model-1.meta"))
    y, x = tf.get_collection("ends")
    assert tf.get_collection("texts") in (["abc"], [b"abc"])
    assert tf.get_collection("numbers") == [42]
    assert tf.get_collection("floats") == [1.5]
    assert [v.name for v in tf.trainable_variables()] == ["w:0", "b:0"]
    feed = {x: [[1.0, 2.0], [3.0, -1.0]]}
    with tf.Session() as sess:
        saver.restore(sess, tf.train.latest_checkpoint(str(folder)))
        assert sess.run(tf.train.get_global_step()) == 1
        sess.run(tf.get_collection("train_op")[0], feed)
        return sess.run(y, feed).tolist()


def freeze(tf: Any, folder: Path, use_resource: bool) -> list[list[str]]:
    """Write a graph whose variables are constants; return the names and types of its nodes."""
    tf.reset_default_graph()
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=[[1.5, 2.0], [0.25, 4.0]], use_resource=use_resource)
    b = tf.get_variable("b", initializer=[0.5, 1.0], use_resource=use_resource)
    y = tf.nn.relu(tf.matmul(x, w) + b, name="y")
    rows = tf.nn.embedding_lookup(w, [1, 0], name="rows")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        frozen = tf.graph_util.convert_variables_to_constants(
            sess, sess.graph.as_graph_def(), [y.op.name, rows.op.name]
        )
    tf.train.write_graph(frozen, str(folder), f"frozen{use_resource:d}.pb", as_text=False)
    return sorted([node.name, node.op] for node in frozen.node)


def run_frozen(tf: Any, folder: Path, use_resource: bool) -> list[Any]:
    """Run a graph whose variables are constants."""
    tf.reset_default_graph()
    graph_def = tf.GraphDef()
    graph_def.ParseFromString((folder / f"frozen{use_resource:d}.pb").read_bytes())
    ends = tf.import_graph_def(graph_def, return_elements=["y:0", "rows:0"], name="")
    with tf.Session() as sess:
        return [value.tolist() for value in sess.run(ends, {"x:0": [[1.0, 2.0], [3.0, -1.0]]})]


def serve(tf: Any, folder: Path) -> None:
    """Write a model that is served, with a table from a file."""
    tf.reset_default_graph()
    words = folder / "words.txt"
    words.write_text("one\ntwo\n")
    path = tf.constant(str(words))
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
    lines = tf.lookup.TextFileInitializer(
        path, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
    )  # fmt: skip
    word = tf.placeholder(tf.string, [None], name="word")
    number = tf.lookup.StaticHashTable(lines, -1).lookup(word)
    w = tf.get_variable("w", initializer=[2.5, 3.0, 7.0], use_resource=True)
    result = tf.gather(w, number + 1, name="result")
    init = tf.group(tf.tables_initializer(), name="init_tables")
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), init])
        tf.saved_model.simple_save(
            sess, str(folder / "served"), {"word": word}, {"result": result}, legacy_init_op=init
        )
    words.unlink()


def describe(tf: Any, folder: Path) -> list[Any]:
    """Load a model that is served; return its signature and what it computes."""
    tf.reset_default_graph()
    with tf.Session() as sess:
        meta = tf.saved_model.load(sess, ["serve"], str(folder / "served"))
        signature = meta.signature_def["serving_default"]
        ends = [signature.inputs["word"], signature.outputs["result"]]
        described = [
            [info.name, info.dtype, [dim.size for dim in info.tensor_shape.dim]] for info in ends
        ]
        result = sess.run(ends[1].name, {ends[0].name: ["two", "three", "one"]})
    files = (folder / "served").rglob("*")
    names = sorted(str(path.relative_to(folder)) for path in files if path.is_file())
    return [described, signature.method_name, result.tolist(), without_fingerprint(names)]


def without_fingerprint(names: list[str]) -> list[str]:
    """Names of files but for one that TensorFlow adds since version 2.12."""
    return [name for name in names if not name.endswith("fingerprint.pb")]


def initialize(tf: Any, folder: Path, use_resource: bool) -> dict[str, Any]:
    """Initialize new variables from a checkpoint; return their values."""
    tf.reset_default_graph()
    with tf.variable_scope("new", use_resource=use_resource):
        tf.get_variable("float32", [2, 3])
        tf.get_variable("int64", [2, 3], tf.int64, initializer=tf.zeros_initializer())
    number = tf.get_variable("number", [], use_resource=use_resource)
    tf.get_variable("rows", [5, 4], partitioner=lambda **_: [2, 1], use_resource=use_resource)
    tf.train.init_from_checkpoint(
        str(folder / "sharded-7"), {"of/": "new/", "scalar": number, "parts1": "rows"}
    )
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return _state(tf, sess)


LEGACY = ("float32", "float64", "int32", "int64", "uint8", "bool", "complex64", "texts", "parts1")


LEGACY_NAMES = ("legacy0", "legacy1-?????-of-00003")


def write_legacy(tf: Any, folder: Path) -> dict[str, Any]:
    """Write checkpoints of format V1, of one file and of several; return the values in them."""
    for sharded in (False, True):
        build(tf, NEW)
        chosen = [v for v in tf.global_variables() if v.op.name.split("/")[-1] in LEGACY[:-1]]
        chosen += [v for v in tf.global_variables() if v.op.name.startswith("parts1")]
        saver = tf.train.Saver(chosen, sharded=sharded, write_version=tf.train.SaverDef.V1)
        with session(tf) as sess:
            sess.run(tf.global_variables_initializer())
            path = saver.save(sess, str(folder / f"legacy{sharded:d}"), write_state=False)
            assert path == str(folder / LEGACY_NAMES[sharded])
            values = sess.run({v.name: v.value() for v in chosen})
    return {name: as_json(value) for name, value in values.items()}


def read_legacy(tf: Any, path: str) -> dict[str, Any]:
    """Restore variables from a checkpoint of format V1."""
    build(tf, OLD)
    chosen = [v for v in tf.global_variables() if v.op.name.split("/")[-1] in LEGACY[:-1]]
    chosen += [v for v in tf.global_variables() if v.op.name.startswith("parts1")]
    saver = tf.train.Saver(chosen)
    with session(tf) as sess:
        saver.restore(sess, path)
        values = sess.run({v.name: v.value() for v in chosen})
    return {name: as_json(value) for name, value in values.items()}


def exchange(tf: Any, ours: Path, theirs: Path) -> dict[str, Any]:
    """Write to the first folder and read from the second one; the model has folders within."""
    return {
        "written": write(tf, ours),
        "read": read(tf, theirs),
        "listed": listed(tf, theirs),
        "model_written": write_model(tf, ours / "model"),
        "model_read": read_model(tf, theirs / "model"),
        "initialized": [initialize(tf, theirs, use_resource) for use_resource in (False, True)],
        "served": [serve(tf, ours), describe(tf, ours), describe(tf, theirs)],
        "frozen": [freeze(tf, ours, use_resource) for use_resource in (False, True)],
        "run_frozen": [run_frozen(tf, theirs, use_resource) for use_resource in (False, True)],
    }


def plain(value: Any) -> Any:
    """A value as it is after a way through JSON."""
    return json.loads(json.dumps(value))
