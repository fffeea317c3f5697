"""Readers: which records come from which files, and what happens at their ends."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf

LETTERS = bytes(range(65, 65 + 23))


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with files, which is the current one."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(b"h1\nh2\nline3\r\nline4\n\nlast")
    Path("b.txt").write_bytes(b"x\ny\n")
    Path("empty").touch()
    Path("plain").write_bytes(LETTERS)
    Path("gzip").write_bytes(gzip.compress(LETTERS))
    Path("zlib").write_bytes(zlib.compress(LETTERS))
    for kind in ["", "GZIP", "ZLIB"]:
        with tf.python_io.TFRecordWriter(f"records{kind}", kind) as writer:
            for record in [b"one", b"three", b""]:
                writer.write(record)
    Path("cut").write_bytes(Path("records").read_bytes()[:-20])
    return tmp_path


def filled(files: list[str], close: bool = True) -> tuple[tf.FIFOQueue, list[tf.Operation]]:
    """A queue, and the operations that put names in it."""
    queue = tf.FIFOQueue(200, [tf.string], shapes=[[]])
    enqueue = queue.enqueue_many([files])
    with tf.control_dependencies([enqueue]):
        return queue, [queue.close() if close else enqueue]


def until_the_end(session: tf.Session, fetch: Any) -> Iterator[Any]:
    """Run a fetch until its input is at the end."""
    while True:
        try:
            yield session.run(fetch)
        except tf.errors.OutOfRangeError:
            return


def all_records(reader: tf.ReaderBase, files: list[str]) -> list[tuple[bytes, bytes]]:
    queue, fill = filled(files)
    read = reader.read(queue)
    with tf.Session() as session:
        session.run(fill)
        records = [tuple(record) for record in until_the_end(session, read)]
        with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient elements"):
            session.run(read)
        assert session.run(reader.num_records_produced()) == len(records)
        assert session.run(reader.num_work_units_completed()) == len(files)
    return records


def test_whole_files(folder):
    expected = [(b"b.txt", b"x\ny\n"), (b"empty", b"")]
    assert all_records(tf.WholeFileReader(), ["b.txt", "empty"]) == expected


def test_names_alone(folder):
    assert all_records(tf.IdentityReader(), ["p", "q"]) == [(b"p", b"p"), (b"q", b"q")]


def test_lines_are_numbered_from_one_in_each_file(folder):
    assert all_records(tf.TextLineReader(), ["a.txt", "empty", "b.txt"]) == [
        (b"a.txt:1", b"h1"),
        (b"a.txt:2", b"h2"),
        (b"a.txt:3", b"line3"),
        (b"a.txt:4", b"line4"),
        (b"a.txt:5", b""),
        (b"a.txt:6", b"last"),
        (b"b.txt:1", b"x"),
        (b"b.txt:2", b"y"),
    ]


def test_header_lines_are_skipped_in_each_file(folder):
    assert all_records(tf.TextLineReader(4), ["a.txt", "b.txt", "a.txt"]) == [
        (b"a.txt:5", b""),
        (b"a.txt:6", b"last"),
        (b"a.txt:5", b""),
        (b"a.txt:6", b"last"),
    ]


@pytest.mark.parametrize(
    ("header", "footer", "hop", "starts"),
    [
        (None, None, None, [0, 5, 10, 15]),
        (3, 1, 0, [3, 8, 13]),
        (3, 0, 5, [3, 8, 13, 18]),
        (1, 2, 3, [1, 4, 7, 10, 13, 16]),
        (1, 2, 7, [1, 8, 15]),
        (0, 0, 18, [0, 18]),
        (0, 18, 30, [0]),
        (19, 0, 0, []),
        (100, 0, 0, []),
    ],
)
@pytest.mark.parametrize("encoding", [None, "GZIP", "ZLIB"])
def test_records_of_one_length(folder, header, footer, hop, starts, encoding):
    file = encoding.lower() if encoding else "plain"
    reader = tf.FixedLengthRecordReader(5, header, footer, hop, encoding=encoding)
    expected = [
        (f"{file}:{number}".encode(), LETTERS[start : start + 5])
        for number, start in enumerate(starts)
    ]
    assert all_records(reader, [file, file]) == expected * 2


@pytest.mark.parametrize("kind", ["", "GZIP", "ZLIB"])
def test_records_of_record_files(folder, kind):
    file = f"records{kind}"
    reader = tf.TFRecordReader(options=tf.python_io.TFRecordOptions(kind))
    once = [(b"%s:0", b"one"), (b"%s:19", b"three"), (b"%s:40", b"")]
    expected = [(key % file.encode(), value) for key, value in once] * 2
    assert all_records(reader, [file, file]) == expected


def test_several_records_end_with_their_file(folder):
    reader = tf.TextLineReader()
    queue, fill = filled(["a.txt", "empty", "b.txt"])
    read = reader.read_up_to(queue, 4)
    assert read.keys.shape.as_list() == [None]
    with tf.Session() as session:
        session.run(fill)
        values = [session.run(read.values).tolist() for _ in range(3)]
        assert values == [[b"h1", b"h2", b"line3", b"line4"], [b"", b"last"], [b"x", b"y"]]
        none = session.run(reader.read_up_to(queue, 0))
        assert none.keys.shape == none.values.shape == (0,)
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(read)
        with pytest.raises(tf.errors.InvalidArgumentError, match="must not be negative, it is -2"):
            session.run(reader.read_up_to(queue, -2))


@pytest.mark.parametrize("reader", [tf.WholeFileReader, tf.IdentityReader])
def test_several_whole_files_are_one_at_a_time(folder, reader):
    queue, fill = filled(["b.txt", "empty"])
    read = reader().read_up_to(queue, 5)
    with tf.Session() as session:
        session.run(fill)
        assert [session.run(read).keys.tolist() for _ in range(2)] == [[b"b.txt"], [b"empty"]]


@pytest.mark.parametrize("make", [tf.WholeFileReader, tf.IdentityReader])
def test_a_state_is_saved_and_restored(folder, make):
    reader = make()
    assert reader.supports_serialize
    queue, fill = filled(["b.txt"] * 200)
    read, save = reader.read(queue), reader.serialize_state()
    counts = [reader.num_records_produced(), reader.num_work_units_completed()]
    state = tf.placeholder(tf.string, [])
    restore = reader.restore_state(state)
    with tf.Session() as session:
        session.run(fill)
        assert session.run(save) == b""
        session.run(read)
        # As real TensorFlow writes it.
        assert session.run(save) == b'\x08\x01\x10\x01\x18\x01"\x05b.txt'
        for _ in range(129):
            session.run(read)
        saved = session.run(save)
        session.run(reader.reset())
        assert session.run(counts) == [0, 0]
        session.run(restore, {state: saved})
        assert session.run(counts) == [130, 130]
        for wrong in [b"garbage", saved[:-1], b"\x08\x02\x10\x01"]:
            with pytest.raises(tf.errors.InvalidArgumentError, match="state for reader"):
                session.run(restore, {state: wrong})
        assert session.run(counts) == [130, 130]


def test_other_states_cannot_be_saved(folder):
    reader = tf.TextLineReader()
    assert not reader.supports_serialize
    with tf.Session() as session:
        for use in [reader.serialize_state(), reader.restore_state(b"")]:
            with pytest.raises(tf.errors.UnimplementedError, match="no state that could be saved"):
                session.run(use)


def test_a_reset_forgets_the_present_file(folder):
    reader = tf.TextLineReader()
    queue, fill = filled(["a.txt", "b.txt"])
    read = reader.read(queue)
    with tf.Session() as session:
        session.run(fill)
        assert session.run(read.key) == b"a.txt:1"
        session.run(reader.reset())
        assert session.run(reader.num_records_produced()) == 0
        assert session.run(read.key) == b"b.txt:1"


def test_a_missing_file_is_named_and_passed_over(folder):
    queue, fill = filled(["no", "b.txt"])
    read = tf.TextLineReader().read(queue)
    with tf.Session() as session:
        session.run(fill)
        with pytest.raises(tf.errors.NotFoundError, match=r"no: No such file.*") as caught:
            session.run(read)
        assert "test_readers.py" in str(caught.value)
        assert caught.value.op is read.key.op
        assert session.run(read.value) == b"x"


def test_damage_is_not_passed_over(folder):
    queue, fill = filled(["cut", "records"])
    read = tf.TFRecordReader().read(queue)
    message = r"cut: truncated record at offset 19: its record takes 21 bytes, .* only 17 more"
    with tf.Session() as session:
        session.run(fill)
        assert session.run(read.value) == b"one"
        for _ in range(2):
            with pytest.raises(tf.errors.DataLossError, match=message) as caught:
                session.run(read)
            assert "test_readers.py" in str(caught.value)


def test_a_wrong_compression_is_told(folder):
    queue, fill = filled(["recordsGZIP"])
    read = tf.TFRecordReader().read(queue)
    with tf.Session() as session:
        session.run(fill)
        with pytest.raises(tf.errors.DataLossError, match=r"begins like .* compressed with 'GZIP'"):
            session.run(read)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: tf.TextLineReader(-1), ValueError, "skip_header_lines must not be negative"),
        (lambda: tf.FixedLengthRecordReader(0), ValueError, "record_bytes must be positive"),
        (lambda: tf.FixedLengthRecordReader(2, -1), ValueError, "header_bytes must not be neg"),
        (lambda: tf.FixedLengthRecordReader(2, encoding="LZ4"), ValueError, "'LZ4', not"),
        (lambda: tf.TFRecordReader(options="LZ4"), ValueError, "compression_type must be"),
        (lambda: tf.LMDBReader(), NotImplementedError, "tf.LMDBReader"),
        (lambda: tf.IdentityReader().read("a.txt"), TypeError, "not from 'a.txt'"),
        (
            lambda: tf.IdentityReader().read_up_to(tf.FIFOQueue(1, [tf.string]), [1]),
            ValueError,
            "num_records must be a scalar",
        ),
    ],
)
def test_arguments_are_checked(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_queue_of_numbers_is_refused():
    read = tf.IdentityReader().read(tf.FIFOQueue(1, [tf.float32], shapes=[[]]))
    message = r"components \['float32'\]"
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match=message),
    ):
        session.run(read)


def test_a_reader_waits_for_names_until_it_is_given_up(folder):
    queue, fill = filled(["b.txt"], close=False)
    reader = tf.TextLineReader()
    read = reader.read(queue)
    with tf.Session() as session:
        for _ in range(2):  # a second one waits for the first one's turn to end
            with pytest.raises(tf.errors.DeadlineExceededError):
                session.run(read, options=tf.RunOptions(timeout_in_ms=30))
        values: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: values.append(session.run(read.value)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        assert session.run(reader.num_records_produced()) == 0  # does not wait for them
        session.run(fill)
        for thread in threads:
            thread.join(60)
        assert sorted(values) == [b"x", b"y"]


def test_many_threads_read_each_record_once(folder):
    rng = np.random.default_rng(7)
    files = []
    for number in range(12):
        files.append(f"file{number}")
        lines = [f"{number}-{line}\n" for line in range(rng.integers(0, 40))]
        Path(files[-1]).write_text("".join(lines))
    expected = sorted(line for file in files for line in Path(file).read_bytes().splitlines())
    queue, fill = filled(files)
    reader = tf.TextLineReader()
    reads = [reader.read(queue).value, reader.read_up_to(queue, 3).values]
    found: list[bytes] = []
    with tf.Session() as session:
        session.run(fill)

        def work(read: tf.Tensor) -> None:
            for values in until_the_end(session, read):
                found.extend(np.atleast_1d(values).tolist())

        threads = [threading.Thread(target=work, args=(reads[i % 2],)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert session.run(reader.num_work_units_completed()) == len(files)
    assert sorted(found) == expected


def test_nodes_are_named_and_joined_as_in_tensorflow():
    queue = tf.FIFOQueue(1, [tf.string], shapes=[[]])
    read = tf.TextLineReader(1, name="lines").read(queue)
    assert read.value.op.type == read.value.op.name == "ReaderReadV2"
    assert [tensor.name for tensor in read] == ["ReaderReadV2:0", "ReaderReadV2:1"]
    assert [tensor.name for tensor in read.key.op.inputs] == ["lines:0", "fifo_queue:0"]
    assert read.key.op.inputs[0].op.get_attr("skip_header_lines") == 1
