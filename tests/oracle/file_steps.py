"""What a program does with files: each step returns what happened, as JSON can say it.

Both graphflow and TensorFlow run this very source, with the module as `tf`, each step in a folder
of its own with the same files, and must say the same.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from pathlib import Path

RECORDS = [b"", b"a", bytes(range(256)) * 5, b"seven..", b"\x00" * 70000, b"last"]
LETTERS = bytes(range(65, 65 + 23))
KINDS = ["", "GZIP", "ZLIB"]


def _prepare(tf):
    Path("train/more").mkdir(parents=True)
    Path("poem.txt").write_bytes("one\ntwo\r\nthré\n\nend".encode())
    Path("train/1.txt").write_text("1\n2\n")
    Path("train/.hidden").write_text("h")
    Path("train/more/2.txt").write_text("22")
    Path("empty").touch()
    Path("plain").write_bytes(LETTERS)
    Path("gzip").write_bytes(gzip.compress(LETTERS))
    Path("zlib").write_bytes(zlib.compress(LETTERS))
    for kind in KINDS:
        write_records(tf, f"records{kind}", kind)
    whole = Path("records").read_bytes()
    Path("cut").write_bytes(whole[:-5])
    Path("wrong").write_bytes(whole[:50] + b"!" + whole[51:])


def write_records(tf, path, kind):
    """Write a record file."""
    with tf.python_io.TFRecordWriter(path, tf.python_io.TFRecordOptions(kind)) as writer:
        for record in RECORDS:
            writer.write(record)


def _said(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [_said(item) for item in value]
    if hasattr(value, "tolist"):
        return _said(value.tolist())
    return value


def _outcomes(*functions):
    """What functions return, or the class of their errors."""
    found = []
    for function in functions:
        try:
            found.append(_said(function()))
        except Exception as error:
            found.append(type(error).__name__)
    return found


def read_text(tf):
    file = tf.gfile.GFile("poem.txt")
    return _outcomes(
        file.tell, file.readline, file.tell, lambda: file.read(2), file.tell,
        lambda: file.seek(1), lambda: file.read(2), lambda: file.seek(position=4),
        lambda: file.read(3), lambda: file.seek(offset=-3, whence=2), file.read, file.read,
        file.readline, file.tell, lambda: file.seek(2), lambda: file.seek(1, 1), file.tell,
        lambda: file.seek(100), lambda: file.seek(-1), lambda: file.seek(1, 7), file.seek,
        lambda: file.seek(1, 0, 1), lambda: file.seek(0), file.readlines, lambda: file.read(-3),
        file.size, file.seekable, lambda: [file.name, file.mode], lambda: file.seek(3), file.close,
        file.tell, lambda: list(file), file.next, lambda: file.write("a"),
    )  # fmt: skip


def read_bytes(tf):
    return _outcomes(
        lambda: tf.gfile.GFile("poem.txt", "rb").read(),
        lambda: tf.gfile.Open("poem.txt", "rb").readlines(),
        lambda: tf.gfile.FastGFile("poem.txt", "br").read(4),
        lambda: tf.gfile.GFile("gzip").read(),
        lambda: tf.gfile.GFile("poem.txt", "x"),
        lambda: tf.gfile.GFile("poem.txt", "rw"),
        lambda: tf.gfile.GFile("poem.txt", "rt"),
        lambda: tf.gfile.GFile("train").read(),
        lambda: tf.gfile.GFile("no").read(),
        lambda: tf.gfile.GFile("no").size(),
        lambda: tf.gfile.GFile("no").tell(),
    )


def write_and_append(tf):
    found = []
    for mode, texts in [("w", ["abc", "dé"]), ("a", ["!"]), ("wb", [b"\xff", "é"]), ("r+", ["Q"])]:
        with tf.gfile.GFile("new", mode) as file:
            for text in texts:
                found += _outcomes(lambda f=file, t=text: f.write(t), file.tell)
        found.append(Path("new").read_bytes().hex())
    file = tf.gfile.GFile("new", "w")
    found += _outcomes(file.read, file.readline, lambda: file.seek(0), file.close)
    found += _outcomes(
        lambda: tf.gfile.GFile("train", "w").write("a"),
        lambda: tf.gfile.GFile("no/new", "w").write("a"),
        lambda: tf.gfile.GFile("poem.txt/new", "w").write("a"),
        lambda: tf.gfile.GFile("never", "w").close(),
        lambda: tf.gfile.Exists("never"),
    )
    return found


def read_what_was_written(tf):
    with tf.gfile.GFile("new", "w+") as file:
        return _outcomes(
            lambda: file.write("hello\nworld"), file.flush, lambda: file.seek(0),
            file.readline, lambda: file.read(2), file.tell, lambda: file.seek(0), file.read,
        )  # fmt: skip


def folders(tf):
    g = tf.gfile
    return _outcomes(
        lambda: [g.Exists(name) for name in ["poem.txt", "no", ".", b"train", ""]],
        lambda: [g.IsDirectory(name) for name in ["poem.txt", "no", ".", "train"]],
        lambda: g.MkDir("a/b"),
        lambda: g.MakeDirs("a/b"),
        lambda: g.MakeDirs("a/b"),
        lambda: g.MakeDirs("poem.txt"),
        lambda: g.MakeDirs("poem.txt/a"),
        lambda: sorted(g.ListDirectory("train")),
        lambda: g.ListDirectory("no"),
        lambda: g.ListDirectory("poem.txt"),
        lambda: [(top, sorted(inner), sorted(files)) for top, inner, files in g.Walk("train")],
        lambda: [(top, sorted(inner)) for top, inner, _ in g.Walk("train/", in_order=False)],
        lambda: list(g.Walk("no")),
        lambda: list(g.Walk("poem.txt")),
        lambda: g.Copy("poem.txt", "copy"),
        lambda: g.Copy("poem.txt", "copy"),
        lambda: g.Copy("train/1.txt", "copy", True),
        lambda: Path("copy").read_text(),
        lambda: g.Copy("no", "copied"),
        lambda: g.Rename("copy", "poem.txt"),
        lambda: g.Rename("copy", "moved"),
        lambda: g.Rename("no", "moved2"),
        lambda: g.Rename("train", "trained"),
        lambda: [g.Stat(name).is_directory for name in ["moved", "trained"]],
        lambda: g.Stat("moved").length,
        lambda: g.Stat("no"),
        lambda: g.Remove("no"),
        lambda: g.Remove("trained"),
        lambda: g.Remove("moved"),
        lambda: os.symlink("../poem.txt", "trained/link"),
        lambda: g.DeleteRecursively("trained"),
        lambda: g.DeleteRecursively("trained"),
        lambda: sorted(os.listdir(".")),
    )


def patterns(tf):
    names = [
        "train/*", "*.txt", "*/*/*", "*/", "train/?.txt", "train/[!2-9].txt", "train/[^1].txt",
        "no/*", "", "poem.txt", "./*.txt", "train/", "*", "train/more/../*.txt", r"poem\.tx?",
    ]  # fmt: skip
    found = _outcomes(*[lambda n=name: sorted(tf.gfile.Glob(n)) for name in names])
    with tf.Session() as session:
        matching = [tf.matching_files(name) for name in names]
        return [*found, *[_said(session.run(tensor)) for tensor in matching]]


def newer_names(tf):
    g = tf.io.gfile
    return _outcomes(
        lambda: g.makedirs("a/b"),
        lambda: g.mkdir("a/c"),
        lambda: [g.isdir("a"), g.exists("a/d")],
        lambda: g.copy("poem.txt", "a/d"),
        lambda: g.rename("a/d", "a/e"),
        lambda: sorted(g.listdir("a")),
        lambda: sorted(g.glob("a/[a-e]")),
        lambda: g.stat("a/e").length,
        lambda: g.GFile("a/e").read(3),
        lambda: [(top, sorted(inner), files) for top, inner, files in g.walk("a", topdown=False)],
        lambda: g.remove("a/e"),
        lambda: g.rmtree("a"),
        lambda: g.exists("a"),
    )


def record_files(tf):
    io = tf.python_io
    names = [("records", None), ("recordsGZIP", "GZIP"), ("recordsZLIB", 1), ("empty", "GZIP")]
    names += [("records", "GZIP"), ("recordsZLIB", ""), ("cut", ""), ("wrong", ""), ("no", "")]
    names += [("train", ""), ("records", "BZIP2")]
    return _outcomes(
        *[lambda n=name, k=kind: list(io.tf_record_iterator(n, k)) for name, kind in names],
        lambda: [io.TFRecordOptions.get_compression_type_string(kind) for kind in [None, 0, 1, 2]],
        lambda: io.TFRecordOptions("BZIP2"),
        lambda: io.TFRecordWriter("no/records"),
    )


def _read_all(tf, reader, files, count=None):
    """The keys and values of a reader, to the end, and its counts."""
    queue = tf.FIFOQueue(20, [tf.string], shapes=[[]])
    fill, close = queue.enqueue_many([files]), queue.close()
    read = reader.read(queue) if count is None else reader.read_up_to(queue, count)
    found = []
    with tf.Session() as session:
        session.run(fill)
        session.run(close)
        while not (found and isinstance(found[-1], str)):
            found += _outcomes(lambda: list(session.run(read)))
        counts = [reader.num_records_produced(), reader.num_work_units_completed()]
        return [*found, *map(int, session.run(counts))]


def whole_files(tf):
    return [
        _read_all(tf, tf.WholeFileReader(), ["poem.txt", "empty"]),
        _read_all(tf, tf.WholeFileReader(), ["poem.txt", "empty"], 5),
        _read_all(tf, tf.WholeFileReader(), ["no"]),
        _read_all(tf, tf.IdentityReader(), ["p", "q"]),
        _read_all(tf, tf.IdentityReader(), ["p", "q"], 3),
    ]


def lines(tf):
    files = ["poem.txt", "empty", "train/1.txt"]
    return [
        _read_all(tf, tf.TextLineReader(), files),
        _read_all(tf, tf.TextLineReader(skip_header_lines=2), files),
        _read_all(tf, tf.TextLineReader(), files, 4),
        _read_all(tf, tf.TextLineReader(), ["no", "poem.txt"]),
    ]


def fixed_length_records(tf):
    layouts = [(5,), (5, 3, 1), (5, 3, 0, 5), (5, 1, 2, 3), (5, 1, 2, 7), (5, 0, 0, 18), (30,)]
    found = [_read_all(tf, tf.FixedLengthRecordReader(*layout), ["plain"]) for layout in layouts]
    for layout in layouts[:-1]:
        for kind in ["GZIP", "ZLIB"]:
            reader = tf.FixedLengthRecordReader(*layout, encoding=kind)
            found.append(_read_all(tf, reader, [kind.lower()]))
    found.append(_read_all(tf, tf.FixedLengthRecordReader(5), ["plain", "plain"], 3))
    return found


def records_by_a_reader(tf):
    found = []
    for kind in KINDS:
        for count in [None, 4]:
            reader = tf.TFRecordReader(options=tf.python_io.TFRecordOptions(kind))
            found.append(_read_all(tf, reader, [f"records{kind}"] * 2, count))
    found.append(_read_all(tf, tf.TFRecordReader(), ["cut"]))
    found.append(_read_all(tf, tf.TFRecordReader(), ["wrong"]))
    return found


def states_of_readers(tf):
    reader = tf.IdentityReader()
    queue = tf.FIFOQueue(20, [tf.string], shapes=[[]])
    fill, read = queue.enqueue_many([["p", "q", "r"]]), reader.read(queue)
    save, counts = reader.serialize_state(), reader.num_records_produced()
    with tf.Session() as session:
        session.run(fill)
        return _outcomes(
            lambda: session.run(save),
            lambda: list(session.run(read)),
            lambda: session.run(save),
            lambda: session.run(reader.reset()),
            lambda: session.run(counts),
            lambda: session.run(reader.restore_state(b'\x08\x05\x10\x05\x18\x07"\x01a')),
            lambda: session.run(counts),
            lambda: session.run(save),
            lambda: list(session.run(read)),
            lambda: session.run(save),
            lambda: session.run(reader.restore_state(b"garbage")),
        )


STEPS = {
    step.__name__: step
    for step in [
        read_text,
        read_bytes,
        write_and_append,
        read_what_was_written,
        folders,
        patterns,
        newer_names,
        record_files,
        whole_files,
        lines,
        fixed_length_records,
        records_by_a_reader,
        states_of_readers,
    ]
}


def run(tf, name):
    """Run a step in a new folder."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default():
        os.chdir(folder)
        try:
            _prepare(tf)
            return STEPS[name](tf)
        finally:
            os.chdir(before)
