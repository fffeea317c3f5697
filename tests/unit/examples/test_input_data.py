from __future__ import annotations

import gzip
import io

import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.core.graph import get_default_graph
from graphflow.datasets import mnist
from graphflow.datasets.idx import encode_idx, write_idx
from graphflow.examples.tutorials.mnist import input_data
from graphflow.examples.tutorials.mnist.input_data import DataSet, read_data_sets

TRAIN_LABELS = np.array([5, 0, 4, 1, 9, 2, 1], np.uint8)
TEST_LABELS = np.array([7, 2], np.uint8)


def images_of(labels: np.ndarray) -> np.ndarray:
    """Return images uint8 [n, 2, 3] whose first pixel is the label, and whose last is 255."""
    images = np.full((len(labels), 2, 3), 255, np.uint8)
    images[:, 0, 0] = labels
    return images


def numbered(count: int, **options: object) -> DataSet:
    """Return a data set whose labels are 0, 1, 2 and so on."""
    labels = np.arange(count)
    return DataSet(images_of(labels)[..., np.newaxis], labels, **options)


@pytest.fixture
def folder(tmp_path):
    for name, labels in (("train", TRAIN_LABELS), ("t10k", TEST_LABELS)):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte.gz", images_of(labels))
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte.gz", labels)
    return tmp_path


@pytest.fixture
def no_network(monkeypatch):
    def download(url, path):
        raise OSError(f"{url} is out of reach")

    monkeypatch.setattr(mnist, "_download", download)


# --- reading IDX


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_extract_images(pack):
    array = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    found = input_data.extract_images(io.BytesIO(pack(encode_idx(array))))
    assert found.shape == (2, 2, 3, 1)
    np.testing.assert_array_equal(found[..., 0], array)


def test_extract_labels(tmp_path):
    write_idx(tmp_path / "labels.gz", TEST_LABELS)
    with open(tmp_path / "labels.gz", "rb") as file:
        np.testing.assert_array_equal(input_data.extract_labels(file), TEST_LABELS)
    with open(tmp_path / "labels.gz", "rb") as file:
        rows = input_data.extract_labels(file, one_hot=True, num_classes=8)
    assert rows.dtype == np.float64
    assert rows.tolist() == [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0, 0, 0]]


def test_extracting_the_wrong_file_names_it(folder):
    with (
        open(folder / "t10k-labels-idx1-ubyte.gz", "rb") as file,
        pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte\.gz does not hold train_images"),
    ):
        input_data.extract_images(file)
    with (
        open(folder / "t10k-images-idx3-ubyte.gz", "rb") as file,
        pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz does not hold train_labels"),
    ):
        input_data.extract_labels(file)


@pytest.mark.parametrize("label", [3, -1])
def test_one_hot_refuses_a_label_out_of_range(label):
    with pytest.raises(ValueError, match=f"label {label} is out of range; 3 classes"):
        input_data.dense_to_one_hot(np.array([0, label]), 3)


# --- DataSet


def test_images_are_scaled_and_flattened():
    data = DataSet(images_of(TEST_LABELS)[..., np.newaxis], TEST_LABELS)
    assert data.images.dtype == np.float32
    expected = np.array([[7, 255, 255, 255, 255, 255], [2, 255, 255, 255, 255, 255]]) / 255
    np.testing.assert_allclose(data.images, expected, rtol=1e-6)
    assert (data.num_examples, data.epochs_completed) == (2, 0)


@pytest.mark.parametrize("dtype", [dtypes.uint8, np.uint8, "uint8"])
def test_uint8_images_stay_as_they_are(dtype):
    images = images_of(TEST_LABELS)[..., np.newaxis]
    data = DataSet(images, TEST_LABELS, dtype=dtype, reshape=False)
    assert data.images.dtype == np.uint8
    np.testing.assert_array_equal(data.images, images)


def test_batches_without_shuffling_run_on_into_the_next_epoch():
    data = numbered(5)
    labels, epochs = [], []
    for _ in range(6):
        labels.append(data.next_batch(2, shuffle=False)[1].tolist())
        epochs.append(data.epochs_completed)
    assert labels == [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4], [0, 1]]
    assert epochs == [0, 0, 1, 1, 1, 2]


def test_shuffling_takes_numpys_permutations_in_order():
    """Epoch e permutes what epoch e - 1 left, each time with the next shuffle of the seed."""
    random = np.random.RandomState(11)
    current = np.arange(5)
    stream = []
    for _ in range(4):
        order = np.arange(5)
        random.shuffle(order)
        current = current[order]
        stream += current.tolist()
    data = numbered(5, seed=11, dtype=dtypes.uint8)
    found = []
    for _ in range(6):
        images, labels = data.next_batch(3)
        assert images[:, 0].tolist() == labels.tolist()
        found += labels.tolist()
    assert found == stream[:18]
    assert data.epochs_completed == 3
    assert sorted(data.labels.tolist()) == [0, 1, 2, 3, 4]


def test_an_epoch_that_ends_with_a_batch_is_counted_at_the_next():
    data = numbered(4)
    data.next_batch(4)
    assert data.epochs_completed == 0
    assert sorted(data.next_batch(4)[1]) == [0, 1, 2, 3]
    assert data.epochs_completed == 1


def test_a_batch_holds_at_most_the_rest_and_one_epoch():
    data = numbered(3)
    data.next_batch(1, shuffle=False)
    assert data.next_batch(5, shuffle=False)[1].tolist() == [1, 2, 0, 1, 2]
    assert len(numbered(3).next_batch(9, shuffle=False)[1]) == 6


@pytest.mark.parametrize(
    ("graph_seed", "seed", "expected"),
    [
        (None, 5, 5),
        (7, None, 7),
        (7, 5, 5),
        (None, 2**31 + 4, 5),
        (2**31 + 6, None, 7),
        (0, 0, 2**31 - 1),
        (None, 0, 0),
    ],
)
def test_seeds_combine_as_in_tensorflow(graph_seed, seed, expected):
    get_default_graph().seed = graph_seed
    numbered(3, seed=seed)
    assert np.random.randint(10**6) == np.random.RandomState(expected).randint(10**6)


def test_without_any_seed_the_order_is_new_each_time():
    np.random.seed(1)
    first = numbered(1000).next_batch(1000)[1].tolist()
    np.random.seed(1)
    assert numbered(1000).next_batch(1000)[1].tolist() != first


@pytest.mark.parametrize("dtype", [dtypes.float64, np.int32])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(
        TypeError, match=r"images cannot be (float64|int32); choose uint8 or float32"
    ):
        numbered(3, dtype=dtype)


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="2 images cannot have 3 labels"):
        DataSet(np.zeros((2, 4, 4, 1), np.uint8), np.zeros(3))
    with pytest.raises(ValueError, match=r"\(2, 4, 4, 3\) cannot be flattened"):
        DataSet(np.zeros((2, 4, 4, 3), np.uint8), np.zeros(2))


# --- read_data_sets


def test_files_of_the_folder_are_split(folder, no_network):
    data = read_data_sets(str(folder), validation_size=3, dtype=dtypes.uint8)
    assert data._fields == ("train", "validation", "test")
    assert data.train.labels.tolist() == [1, 9, 2, 1]
    assert data.validation.labels.tolist() == [5, 0, 4]
    assert data.test.labels.tolist() == [7, 2]
    assert data.train.images[:, 0].tolist() == [1, 9, 2, 1]
    assert data.train.images.shape == (4, 6)
    assert data.test.num_examples == 2


def test_one_hot_and_images_in_two_dimensions(folder, no_network):
    data = read_data_sets(folder, one_hot=True, reshape=False, validation_size=0)
    assert data.train.images.shape == (7, 2, 3, 1)
    assert data.validation.images.shape == (0, 2, 3, 1)
    assert data.train.labels.dtype == np.float64
    assert data.train.labels.argmax(1).tolist() == TRAIN_LABELS.tolist()
    assert data.test.labels.shape == (2, 10)


def test_same_seed_same_batches(folder, no_network):
    def batches(seed):
        data = read_data_sets(folder, validation_size=0, seed=seed)
        return [data.train.next_batch(4)[1].tolist() for _ in range(3)]

    assert batches(3) == batches(3)
    assert batches(3) != batches(4)


@pytest.mark.parametrize("size", [-1, 8])
def test_validation_size_must_fit(folder, no_network, size):
    with pytest.raises(ValueError, match=f"validation_size must be between 0 and 7, not {size}"):
        read_data_sets(folder, validation_size=size)


@pytest.mark.parametrize("source_url", [input_data.DEFAULT_SOURCE_URL, ""])
def test_empty_folder_takes_the_verified_data(tmp_path, monkeypatch, source_url):
    whole = mnist.Mnist(images_of(TRAIN_LABELS), TRAIN_LABELS, images_of(TEST_LABELS), TEST_LABELS)
    monkeypatch.setattr(mnist, "load", lambda: whole)
    data = read_data_sets(tmp_path / "absent", validation_size=2, source_url=source_url)
    assert data.train.labels.tolist() == [4, 1, 9, 2, 1]
    assert not (tmp_path / "absent").exists()


def test_another_address_fills_the_folder(folder, tmp_path, monkeypatch):
    asked = []

    def download(url, path):
        asked.append(url)
        path.write_bytes((folder / url.rpartition("/")[2]).read_bytes())

    monkeypatch.setattr(mnist, "_download", download)
    target = tmp_path / "fashion"
    data = read_data_sets(target, validation_size=0, source_url="http://host/fashion/")
    assert data.test.labels.tolist() == [7, 2]
    assert len(asked) == 4
    assert asked[0] == "http://host/fashion/train-images-idx3-ubyte.gz"
    read_data_sets(target, validation_size=0, source_url="http://host/fashion/")
    assert len(asked) == 4


def test_a_file_missing_from_the_folder_is_fetched(folder, no_network):
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(OSError, match=r"mnist/t10k-labels-idx1-ubyte\.gz is out of reach"):
        read_data_sets(folder)


def test_a_file_under_the_wrong_name_is_refused(folder, no_network):
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", images_of(TEST_LABELS))
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte\.gz does not hold test_labels"):
        read_data_sets(folder)


@pytest.mark.parametrize("one_hot", [False, True])
def test_fake_data(one_hot):
    data = read_data_sets("unused", fake_data=True, one_hot=one_hot)
    assert data.train.num_examples == 10000
    images, labels = data.train.next_batch(3, fake_data=True)
    assert images == [[1] * 784] * 3
    assert labels == ([[1] + [0] * 9] * 3 if one_hot else [0, 0, 0])
    with pytest.raises(ValueError, match="made with fake_data=True has no examples"):
        data.test.next_batch(3)


def test_names_under_the_package():
    from graphflow.examples.tutorials import mnist as tutorial

    assert tutorial.input_data is input_data
