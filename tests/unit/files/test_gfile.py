"""Files and folders of programs."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

import graphflow as tf


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with some files, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train" / "more").mkdir(parents=True)
    (tmp_path / "poem.txt").write_bytes("one\ntwo\r\nthré\n\nend".encode())
    (tmp_path / "train" / "1.txt").write_text("1")
    (tmp_path / "train" / ".hidden").write_text("h")
    (tmp_path / "train" / "more" / "2.txt").write_text("22")
    return tmp_path


def test_text_is_read_in_pieces_lines_and_whole(folder):
    file = tf.gfile.GFile("poem.txt")
    assert [file.tell(), file.readline(), file.tell(), file.read(2)] == [0, "one\n", 4, "tw"]
    assert [file.readline(), file.next(), next(file), file.read()] == ["o\n", "thré\n", "\n", "end"]
    assert [file.read(), file.readline(), file.tell()] == ["", "", 19]
    assert file.size() == 19
    assert file.seekable()
    assert (file.name, file.mode) == ("poem.txt", "r")
    assert file.readlines() == []
    file.close()
    assert file.readlines() == ["one\n", "two\n", "thré\n", "\n", "end"]  # opened again


def test_binary_modes_give_bytes(folder):
    with tf.gfile.Open(folder / "poem.txt", "rb") as file:
        assert file.read(3) == b"one"
        assert list(file) == [b"\n", b"two\n", b"thr\xc3\xa9\n", b"\n", b"end"]


def test_seek_takes_old_and_new_arguments(folder):
    file = tf.gfile.GFile("poem.txt")
    places = []
    for arguments in [{"offset": 4}, {"position": 1}, {"offset": -3, "whence": 2}]:
        file.seek(**arguments)
        places.append((file.tell(), file.read(3)))
    file.seek(2)
    file.seek(1, 1)
    file.seek(offset=2, whence=1)
    assert [*places, file.tell()] == [(4, "two"), (1, "ne\n"), (16, "end"), 5]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1,), tf.errors.InvalidArgumentError, "poem.txt: cannot seek to byte -1"),
        ((-20, 2), tf.errors.InvalidArgumentError, "poem.txt: cannot seek to byte -1"),
        ((20,), tf.errors.OutOfRangeError, "poem.txt: byte 20 is behind the end, at 19"),
        ((0, 3), tf.errors.InvalidArgumentError, "whence must be 0, 1 or 2, it is 3"),
        ((), TypeError, "needs the argument 'offset'"),
        ((1, 0, 1), TypeError, "'offset' or its old name 'position', not both"),
    ],
)
def test_a_wrong_seek_leaves_the_position(folder, arguments, error, message):
    file = tf.gfile.GFile("poem.txt")
    file.read(2)
    with pytest.raises(error, match=message):
        file.seek(*arguments)
    assert file.tell() == 2


def test_writing_counts_bytes_and_appending_goes_on(folder):
    with tf.gfile.GFile("new.txt", "w") as file:
        file.write("abc")
        file.write("é")
        assert (file.tell(), file.size()) == (5, 0)
        file.flush()
        assert file.size() == 5
    with tf.gfile.FastGFile("new.txt", "ab") as file:
        assert file.tell() == 5
        file.write(b"\xff")
    assert Path("new.txt").read_bytes() == b"abc\xc3\xa9\xff"


@pytest.mark.parametrize(("mode", "content"), [("r+", b"two"), ("w+", b"two"), ("a+", b"onetwo")])
def test_a_plus_allows_both(folder, mode, content):
    Path("both").write_text("one")
    with tf.gfile.GFile("both", mode) as file:
        assert file.read() == "one"
        file.write("two")
        file.flush()
        file.seek(0)
        assert file.read() == content.decode()
    assert Path("both").read_bytes() == content


def test_a_file_that_is_forgotten_is_closed_without_a_warning(folder):
    tf.gfile.GFile("new.txt", "w").write("text")
    assert tf.gfile.GFile("new.txt").read() == "text"


def test_a_file_that_is_forgotten_in_a_cycle_keeps_its_content(folder):
    file = tf.gfile.GFile("new.txt", "w")
    file.itself = file
    file.write("text")
    del file
    gc.collect()
    assert Path("new.txt").read_text() == "text"


def test_a_file_is_opened_at_first_use(folder):
    file = tf.gfile.GFile("late.txt", "r")
    with tf.gfile.GFile("never.txt", "w"):
        pass
    assert not tf.gfile.Exists("never.txt")
    Path("late.txt").write_text("now")
    assert file.read() == "now"


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda: tf.gfile.GFile("no").read(), tf.errors.NotFoundError, "no: No such file"),
        (lambda: tf.gfile.GFile("no").size(), tf.errors.NotFoundError, "no: No such file"),
        (lambda: tf.gfile.GFile("a", "x"), tf.errors.InvalidArgumentError, "mode is 'x'"),
        (
            lambda: tf.gfile.GFile("poem.txt").write("a"),
            tf.errors.PermissionDeniedError,
            "poem.txt: the file is not open for writing, its mode is 'r'",
        ),
        (
            lambda: tf.gfile.GFile("poem.txt", "w").read(),
            tf.errors.PermissionDeniedError,
            "poem.txt: the file is not open for reading, its mode is 'w'",
        ),
        (
            lambda: tf.gfile.GFile("poem.txt").read(-5),
            tf.errors.InvalidArgumentError,
            "cannot read -5 bytes",
        ),
        (lambda: tf.gfile.GFile("train").read(), tf.errors.FailedPreconditionError, "directory"),
        (lambda: tf.gfile.GFile("train", "w").write("a"), tf.errors.FailedPreconditionError, "dir"),
        (lambda: tf.gfile.GFile("no/a", "w").write("a"), tf.errors.NotFoundError, "no/a: No such"),
        (lambda: tf.gfile.GFile("new", "w").write(5), TypeError, "bytes or str"),
        (lambda: tf.gfile.MkDir("train"), tf.errors.AlreadyExistsError, "train: File exists"),
        (lambda: tf.gfile.MkDir("a/b"), tf.errors.NotFoundError, "a/b: No such file"),
        (
            lambda: tf.gfile.MakeDirs("poem.txt"),
            tf.errors.FailedPreconditionError,
            "poem.txt is no folder",
        ),
        (
            lambda: tf.gfile.MakeDirs("poem.txt/a"),
            tf.errors.FailedPreconditionError,
            "Not a directory",
        ),
        (lambda: tf.gfile.Remove("no"), tf.errors.NotFoundError, "no: No such file"),
        (lambda: tf.gfile.Remove("train"), tf.errors.FailedPreconditionError, "train: Is a dir"),
        (lambda: tf.gfile.Stat("no"), tf.errors.NotFoundError, "no: No such file"),
        (lambda: tf.gfile.ListDirectory("no"), tf.errors.NotFoundError, "no: there is no such"),
        (lambda: tf.gfile.ListDirectory("poem.txt"), tf.errors.NotFoundError, "no such folder"),
        (lambda: tf.gfile.DeleteRecursively("no"), tf.errors.NotFoundError, "no: No such file"),
        (lambda: tf.gfile.Copy("no", "a"), tf.errors.NotFoundError, "no: No such file"),
        (
            lambda: tf.gfile.Copy("poem.txt", "train/1.txt"),
            tf.errors.AlreadyExistsError,
            "train/1.txt: file already exists",
        ),
        (
            lambda: tf.gfile.Rename("train/1.txt", "poem.txt"),
            tf.errors.AlreadyExistsError,
            "poem.txt: file already exists",
        ),
        (lambda: tf.gfile.Rename("no", "a"), tf.errors.NotFoundError, "no -> a: No such file"),
    ],
)  # fmt: skip
def test_errors_have_tensorflows_class_and_name_the_file(folder, use, error, message):
    before = sorted(os.walk("."))
    with pytest.raises(error, match=message):
        use()
    assert sorted(os.walk(".")) == before
    assert Path("poem.txt").stat().st_size == 19


def test_folders_are_listed_and_walked(folder):
    assert sorted(tf.gfile.ListDirectory("train")) == [".hidden", "1.txt", "more"]
    there = ("train", ["more"], [".hidden", "1.txt"])
    below = ("train/more", [], ["2.txt"])
    assert list(tf.gfile.Walk("train")) == [there, below]
    assert list(tf.gfile.Walk(b"train", in_order=False)) == [below, there]
    assert list(tf.gfile.Walk("no")) == []
    errors = []
    assert list(tf.io.gfile.walk("no", onerror=errors.append)) == []
    assert [type(error) for error in errors] == [tf.errors.NotFoundError]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("train/*", ["train/.hidden", "train/1.txt", "train/more"]),
        ("*.txt", ["./poem.txt"]),
        ("*/*/*", ["./train/more/2.txt"]),
        ("*/", ["./poem.txt", "./train"]),
        (["train/?.txt", "poem.txt"], ["train/1.txt", "poem.txt"]),
        ("train/[!2-9].txt", ["train/1.txt"]),
        ("train/[^1].txt", []),
        ("no/*", []),
        ("", []),
    ],
)
def test_patterns_are_matched_as_by_tensorflow(folder, pattern, names):
    assert tf.gfile.Glob(pattern) == names
    found = tf.Session().run(tf.matching_files(pattern)).tolist()
    assert found == [name.encode() for name in sorted(names)]


def test_a_backslash_takes_a_meaning_away(folder):
    Path("a[1].txt").touch()
    assert tf.gfile.Glob(r"*\[1\].txt") == ["./a[1].txt"]


def test_files_are_copied_moved_and_deleted(folder):
    tf.gfile.MkDir("a")
    tf.gfile.MakeDirs("b/c")
    tf.gfile.MakeDirs("b/c")
    tf.gfile.Copy("poem.txt", "a/copy")
    tf.gfile.Copy("train/1.txt", "a/copy", overwrite=True)
    assert Path("a/copy").read_text() == "1"
    tf.gfile.Rename("a/copy", "b/moved")
    tf.gfile.Rename("train/more/2.txt", "b/moved", overwrite=True)
    tf.gfile.Rename("a", "d")
    assert Path("b/moved").read_text() == "22"
    assert [tf.gfile.Exists(name) for name in ["a", "d", b"b/moved", "a/copy"]] == [0, 1, 1, 0]
    assert [tf.gfile.IsDirectory(name) for name in ["d", "b/moved", "no"]] == [True, False, False]
    os.symlink("../poem.txt", "b/link")
    tf.gfile.Remove("b/moved")
    tf.gfile.DeleteRecursively("b")
    assert tf.gfile.Exists("poem.txt")
    assert not tf.gfile.Exists("b")


def test_statistics_of_a_file(folder):
    found = tf.gfile.Stat("poem.txt")
    assert (found.length, found.is_directory) == (19, False)
    assert found.mtime_nsec == os.stat("poem.txt").st_mtime_ns
    assert tf.gfile.Stat("train").is_directory
