"""Record files without a graph."""

from __future__ import annotations

import zlib

import pytest

import graphflow as tf

Kind = tf.python_io.TFRecordCompressionType
Options = tf.python_io.TFRecordOptions


@pytest.mark.parametrize(
    "options",
    [
        None,
        "",
        "GZIP",
        "ZLIB",
        Kind.NONE,
        Kind.GZIP,
        Options(Kind.ZLIB),
        Options(Options("GZIP")),
        Options(
            "ZLIB",
            flush_mode=zlib.Z_FULL_FLUSH,
            input_buffer_size=100,
            output_buffer_size=100,
            window_bits=9,
            compression_level=9,
            compression_method=8,
            mem_level=1,
            compression_strategy=zlib.Z_HUFFMAN_ONLY,
        ),
    ],
)
def test_records_are_read_as_they_were_written(tmp_path, options):
    path = tmp_path / "records"
    with tf.python_io.TFRecordWriter(path, options) as writer:
        writer.write(b"one")
        writer.flush()
        writer.write("drei")
    assert list(tf.io.tf_record_iterator(str(path), options)) == [b"one", b"drei"]


def test_options_reach_zlib(tmp_path):
    sizes = []
    for options in [Options("ZLIB", compression_level=0), Options("ZLIB", compression_level=9)]:
        path = tmp_path / "records"
        with tf.io.TFRecordWriter(str(path), options) as writer:
            writer.write(bytes(range(100)) * 20)
        sizes.append(path.stat().st_size)
    assert sizes[0] > 2000 > 500 > sizes[1]


def test_names_of_kinds():
    kinds = [None, 0, 1, 2, "GZIP", Options(1), "", Options()]
    names = [Options.get_compression_type_string(kind) for kind in kinds]
    assert names == ["", "", "ZLIB", "GZIP", "GZIP", "ZLIB", "", ""]
    assert Options.compression_type_map == {0: "", 1: "ZLIB", 2: "GZIP"}


@pytest.mark.parametrize("kind", ["BZIP2", 5])
def test_an_unknown_kind_is_refused(tmp_path, kind):
    path = str(tmp_path / "records")
    for use in [
        lambda: Options(kind),
        lambda: tf.io.TFRecordWriter(path, kind),
        lambda: next(tf.io.tf_record_iterator(path, kind)),
    ]:
        with pytest.raises(ValueError, match="compression_type must be"):
            use()
    assert not tf.gfile.Exists(path)


def test_settings_that_zlib_refuses_name_the_setting(tmp_path):
    with pytest.raises(tf.errors.InvalidArgumentError, match="window_bits=77"):
        tf.io.TFRecordWriter(str(tmp_path / "records"), Options("ZLIB", window_bits=77))


def test_an_exception_leaves_a_readable_file(tmp_path):
    path = str(tmp_path / "records")

    def write_one() -> None:
        with tf.python_io.TFRecordWriter(path, "GZIP") as writer:
            writer.write(b"one")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        write_one()
    assert list(tf.python_io.tf_record_iterator(path, "GZIP")) == [b"one"]


def test_a_closed_writer_says_so(tmp_path):
    writer = tf.python_io.TFRecordWriter(str(tmp_path / "records"))
    writer.close()
    writer.close()
    with pytest.raises(tf.errors.FailedPreconditionError, match="records: the writer is closed"):
        writer.write(b"one")


def test_only_text_and_bytes_are_records(tmp_path):
    writer = tf.python_io.TFRecordWriter(str(tmp_path / "records"))
    with pytest.raises(TypeError, match="bytes or str"):
        writer.write(5)


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="no: No such file"):
        list(tf.python_io.tf_record_iterator(str(tmp_path / "no")))
    with pytest.raises(tf.errors.NotFoundError, match="no/records: No such file"):
        tf.python_io.TFRecordWriter(str(tmp_path / "no" / "records"))
    with pytest.raises(tf.errors.FailedPreconditionError, match="Is a directory"):
        list(tf.python_io.tf_record_iterator(str(tmp_path)))
