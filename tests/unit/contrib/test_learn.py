"""`tf.contrib.learn`: data sets, and texts as numbers."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest

import graphflow as tf
from graphflow.contrib.learn import text as text_module, vocabulary as vocabulary_module
from graphflow.datasets import small

learn = tf.contrib.learn
base = learn.datasets.base
VocabularyProcessor = learn.preprocessing.VocabularyProcessor
TEXTS = ["the cat saw the dog", "the dog ran", "a bird"]


def test_frequent_words_come_first_and_rare_ones_are_unknown():
    processor = VocabularyProcessor(4, min_frequency=1)
    rows = np.array(list(processor.fit_transform(TEXTS)))
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(rows, [[1, 0, 0, 1], [1, 2, 0, 0], [0, 0, 0, 0]])
    assert list(processor.reverse([[1, 2, 0]])) == ["the dog <UNK>"]
    assert len(processor.vocabulary_) == 3


def test_new_words_are_unknown_after_learning():
    processor = VocabularyProcessor(3).fit(TEXTS)
    np.testing.assert_array_equal(list(processor.transform(["dog fish bird"])), [[4, 0, 7]])


def test_a_tokenizer_of_ones_own():
    processor = VocabularyProcessor(3, tokenizer_fn=lambda texts: (iter(text) for text in texts))
    np.testing.assert_array_equal(list(processor.fit_transform(["abca"])), [[1, 2, 3]])


def test_saved_and_restored(tmp_path):
    processor = VocabularyProcessor(3).fit(TEXTS)
    processor.save(str(tmp_path / "vocab"))
    restored = VocabularyProcessor.restore(str(tmp_path / "vocab"))
    np.testing.assert_array_equal(list(restored.transform(TEXTS)), list(processor.transform(TEXTS)))
    (tmp_path / "other").write_bytes(pickle.dumps([1]))
    with pytest.raises(TypeError, match="list"):
        VocabularyProcessor.restore(str(tmp_path / "other"))


def test_vocabularies_that_tensorflow_saved(tmp_path, monkeypatch):
    """Their pickles name TensorFlow's modules, and dicts of attributes."""
    monkeypatch.setitem(sys.modules, "elsewhere_text", text_module)
    monkeypatch.setitem(sys.modules, "elsewhere_vocabulary", vocabulary_module)
    data = pickle.dumps(VocabularyProcessor(3).fit(TEXTS), protocol=0)
    data = data.replace(b"graphflow.contrib.learn.", b"elsewhere_")
    (tmp_path / "vocab").write_bytes(data)
    restored = VocabularyProcessor.restore(tmp_path / "vocab")
    np.testing.assert_array_equal(list(restored.transform(["dog"])), [[4, 0, 0]])


def test_categories():
    words = learn.preprocessing.CategoricalVocabulary("?", support_reverse=False)
    for word, count in {7: 2, "b": 3, "a": 3, "c": 9}.items():
        words.add(word, count)
    words.trim(1, max_frequency=9)
    words.freeze()
    assert [words.get(word) for word in ["a", "b", 7, "c"]] == [1, 2, 3, 0]
    words.freeze(False)
    assert words.get("c") == 4
    with pytest.raises(ValueError, match="support_reverse"):
        words.reverse(1)


def test_bytes():
    processor = learn.preprocessing.ByteProcessor(3)
    rows = list(processor.fit_transform(["é", b"abcd", "aé"]))
    np.testing.assert_array_equal(rows, [[195, 169, 0], [97, 98, 99], [97, 195, 169]])
    assert list(processor.reverse([*rows, np.array([255, 0])])) == ["é", "abc", "aé", ""]


def test_tables(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("2,2,x,y\n3,1.5,2\n4,2.5,-1\n")
    table = base.load_csv_with_header(str(path), np.int32, np.float32, target_column=0)
    np.testing.assert_array_equal(table.data, np.array([[1.5, 2], [2.5, -1]], np.float32))
    np.testing.assert_array_equal(table.target, np.array([3, 4], np.int32))
    assert (table.data.dtype, table.target.dtype) == (np.float32, np.int32)
    path.write_text("3,1.5,2\n4,2.5,-1\n5,0,7\n")
    table = base.load_csv_without_header(path, np.int64, np.float64)
    np.testing.assert_array_equal(table.data, [[3, 1.5], [4, 2.5], [5, 0]])
    np.testing.assert_array_equal(table.target, [2, -1, 7])
    base.shrink_csv(str(path), 2)
    assert (tmp_path / "a_small.csv").read_text() == "3,1.5,2\n5,0,7\n"


@pytest.mark.parametrize(
    ("text", "message"), [("3,1\n1,2\n", "announces 3 examples"), ("1,2\n1,2\n", "has 2 values")]
)
def test_tables_that_break_their_word(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        base.load_csv_with_header(tmp_path / "a.csv", int, float)


def test_irises():
    pytest.importorskip("sklearn")
    iris = learn.datasets.load_dataset("iris")
    assert (iris.data.shape, iris.data.dtype) == ((150, 4), np.float64)
    np.testing.assert_array_equal(np.bincount(iris.target), [50, 50, 50])
    np.testing.assert_array_equal(iris.data[34], [4.9, 3.1, 1.5, 0.1])
    np.testing.assert_allclose(iris.data.mean(0), [5.843333, 3.054, 3.758667, 1.198667], atol=1e-6)


def test_irises_of_uci(monkeypatch):
    sklearn = pytest.importorskip("sklearn.datasets")
    rows = sklearn.load_iris(return_X_y=True)
    kinds = ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]
    lines = [",".join([*map(str, x), kinds[y]]) for x, y in zip(*rows, strict=True)]
    lines[34] = lines[37] = "4.9,3.1,1.5,0.1,Iris-setosa"
    monkeypatch.setattr(small, "_fetched", lambda url: "\n".join([*lines, "", ""]).encode())
    monkeypatch.setattr(small.importlib.util, "find_spec", lambda name: None)
    np.testing.assert_array_equal(learn.datasets.load_iris().target, rows[1])


def test_sources_that_have_nothing(monkeypatch):
    def refuse(url):
        raise OSError("no network")

    monkeypatch.setattr(small, "_fetched", refuse)
    monkeypatch.setattr(small.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"data_path(.|\n)*pip install(.|\n)*no network"):
        learn.datasets.load_iris()
    monkeypatch.setattr(small, "_fetched", lambda url: b"1 2\n3 4\n")
    with pytest.raises(FileNotFoundError, match="another table"):
        learn.datasets.load_boston()


def test_names_of_data_sets(tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n0.5,2,7.5\n")
    assert learn.datasets.load_boston(tmp_path / "a.csv").target.tolist() == [7.5]
    with pytest.raises(ValueError, match="boston, iris, mnist"):
        learn.datasets.load_dataset("cars")
    with pytest.raises(NotImplementedError, match="dbpedia"):
        learn.datasets.load_dataset("dbpedia")


def test_downloads(tmp_path, capsys):
    (tmp_path / "source").write_bytes(b"abc")
    url = (tmp_path / "source").as_uri()
    folder = tmp_path / "deep" / "folder"
    path = base.maybe_download("a.gz", str(folder), url)
    assert path == str(folder / "a.gz")
    assert (folder / "a.gz").read_bytes() == b"abc"
    assert capsys.readouterr().out == "Downloaded a.gz, 3 bytes\n"
    (tmp_path / "source").write_bytes(b"changed")
    base.maybe_download("a.gz", str(folder), url)
    assert (folder / "a.gz").read_bytes() == b"abc"
    with pytest.raises(OSError, match="missing"):
        base.maybe_download("b.gz", str(folder), (tmp_path / "missing").as_uri())
    assert [entry.name for entry in folder.iterdir()] == ["a.gz"]


def test_modes():
    assert (learn.ModeKeys.TRAIN, learn.ModeKeys.EVAL, learn.ModeKeys.INFER) == (
        "train", "eval", "infer",
    )  # fmt: skip
