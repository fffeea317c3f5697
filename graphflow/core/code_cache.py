"""Machine code that stays on disk: modules of generated source whose functions numba compiles.

A module that writes source hands it to `load`.  The source marks what numba shall compile:

    from graphflow.core.code_cache import machine_code

    @machine_code
    def scale(values, factor, result):
        for i in range(values.size):
            result[i] = values[i] * factor

`load` only defines the functions.  numba compiles each at its first call for given types, or at
once and without a call by `compile_for`.  While runs go on, `graphflow.core.compile_process` does
that in another process, asked from the thread `graphflow.core.jit.compiler`:

    module = code_cache.load(source, "scale")
    compiler().submit(compile_apart, module.scale, (values, factor, result))

Each module lies in a folder of its own, named by a hash of its source and of the versions of
numba, Python and graphflow; numba keeps the machine code of each signature and processor beside it.
Where that folder cannot be written, all works without being kept.  Several processes may load the
same source at once: files appear under their names complete or not at all.  Once the modules take
more than `LIMIT_BYTES`, those that were not used for the longest time go.

The folder is `jit` in GRAPHFLOW_CACHE, if that is set, or in the user's cache folder for graphflow.
NUMBA_CACHE_DIR, if set, is where numba keeps the machine code instead.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import linecache
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from graphflow.core.numba_import import import_numba
from graphflow.version import __version__

LIMIT_BYTES = 256 << 20
# The one folder that is no module: what `compile_process` notes.
MARKERS = "compiled"
# What was used within so many seconds may be in use in another process, and stays.
_RECENT_SECONDS = 600


class KeptSource(NamedTuple):
    """A generated module as it lies on disk.

    Attributes:
      source: its source.
      name: what `load` was told that it is for.
      folder: the module's folder.
    """

    source: str
    name: str
    folder: Path


_lock = threading.Lock()
_kept: dict[str, KeptSource] = {}  # by the module's name
_modules: dict[tuple[Path, str], ModuleType] = {}


class Usage(NamedTuple):
    """What the folder holds.

    Attributes:
      modules: number of modules.
      size: bytes of their source and machine code.
    """

    modules: int
    size: int


def folder() -> Path:
    """Where modules are kept; it need not exist.

    Returns:
      A folder of which every entry belongs to this module.
    """
    chosen = os.environ.get("GRAPHFLOW_CACHE")
    return (Path(chosen) if chosen else _user_folder() / "graphflow") / "jit"


def _user_folder() -> Path:
    if "XDG_CACHE_HOME" in os.environ:
        return Path(os.environ["XDG_CACHE_HOME"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"])
    return Path.home() / ".cache"


def machine_code(function: Callable[..., Any]) -> Any:
    """Have numba compile a function when it is called, and keep the machine code on disk.

    Args:
      function: what numba can compile; it may call others of the same module.

    Returns:
      numba's dispatcher for it.

    >>> @machine_code
    ... def count_pairs(size):
    ...     return size * (size - 1) // 2
    >>> count_pairs(4)
    6
    """
    numba = import_numba()
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder that may be written
        return numba.njit(**options)(function)


def compile_for(function: Any, arguments: Sequence[Any]) -> None:
    """Compile a function for arguments like some, and wait for it.

    Machine code on disk that cannot be read is compiled again.

    Args:
      function: from `machine_code`.
      arguments: arrays and scalars; their dtypes, ranks and layouts count, not their values.

    >>> compile_for(machine_code(lambda size: size + 3), [2])
    """
    types = types_of(arguments)
    try:
        function.compile(types)
    except Exception:
        if not _forget(function):
            raise
        function.compile(types)


def types_of(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return numba's types of arguments.

    Args:
      arguments: arrays and scalars.

    >>> types_of([3, 2.5])
    (int64, float64)
    """
    typeof = import_numba().typeof
    return tuple(typeof(argument) for argument in arguments)


def _forget(function: Any) -> bool:
    """Delete the machine code of a function; tell whether there was any."""
    path = function.stats.cache_path
    if path is None:
        return False
    found = [
        file
        for file in Path(path).glob(f"*{function.__qualname__}-*")
        if file.suffix in (".nbi", ".nbc")
    ]
    for file in found:
        file.unlink(missing_ok=True)
    return bool(found)


def load(source: str, name: str) -> ModuleType:
    """Return a module of generated source; the same source gives the same module.

    Args:
      source: Python source. What it imports of graphflow, beyond `machine_code`, belongs to the
        machine code: see `fingerprint`.
      name: an identifier that tells in a traceback, and in the folder, what the module is for.

    Returns:
      The module.

    >>> load("double = lambda x: 2 * x", "example").double(3)
    6
    """
    key = f"{name}-{_digest(source)}"
    root = folder()
    with _lock:
        module = _modules.get((root, key))
        if module is None:
            module = _modules[root, key] = _define(source, name, key, root)
        return module


def kept_source(function: Any) -> KeptSource | None:
    """Return the source of the generated module that a function is of.

    Args:
      function: from `machine_code`.

    Returns:
      The source, None if the function is of another module or its module is not on disk.
    """
    return _kept.get(function.py_func.__module__)


def is_kept(source: str, name: str) -> bool:
    """Whether a module of generated source is on disk, most likely with its machine code.

    Args:
      source: see `load`.
      name: see `load`.
    """
    return (folder() / f"{name}-{_digest(source)}").is_dir()


@functools.cache
def has_kept(name: str) -> bool:
    """Whether machine code of a module of this name was there when that was first asked.

    Its source may have been another one: `is_kept` knows more, but needs numba.

    Args:
      name: see `load`.
    """
    with contextlib.suppress(OSError):
        return any(folder().glob(f"{name}-*"))
    return False


def fingerprint(*modules: ModuleType) -> str:
    """Return a line of source that changes with the source of modules.

    numba does not see that a function which machine code was made from has changed, if it lies in
    another file.  A comment with this text in generated source makes that another source.

    Args:
      modules: that the generated source imports compiled functions or intrinsics from.

    >>> fingerprint(hashlib)[:9]
    '# built o'
    """
    digests = (_file_digest(str(module.__file__)) for module in modules)
    return f"# built on {' '.join(digests)}"


@functools.cache
def _file_digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


def _digest(source: str) -> str:
    versions = (__version__, import_numba().__version__, sys.version)
    return hashlib.sha256("\0".join((*versions, source)).encode()).hexdigest()[:24]


def _define(source: str, name: str, key: str, root: Path) -> ModuleType:
    path = root / key / "module.py"
    is_new = not path.exists()
    kept = _keep(source, path)
    file = str(path) if kept else f"<graphflow {key}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[file] = len(source), None, lines, file
    module = ModuleType(f"graphflow_generated.{key}".replace("-", "_"))
    module.__file__ = file
    if kept:
        _kept[module.__name__] = KeptSource(source, name, path.parent)
    sys.modules[module.__name__] = module  # numba looks functions up by the name of their module
    exec(compile(source, file, "exec"), module.__dict__)  # never what the file holds by now
    if kept and is_new:
        _keep_within(LIMIT_BYTES, root)
    return module


def _keep(source: str, path: Path) -> bool:
    """Put a source where numba finds it; tell whether that went well."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = source.encode()
        if not path.exists() or path.read_bytes() != content:
            _write(content, path)
        os.utime(path.parent)  # it was used now
    except OSError:
        return False
    return True


def _write(content: bytes, path: Path) -> None:
    """Write a file that other processes see complete or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _size(kept: Path) -> int:
    size = 0
    with contextlib.suppress(OSError):  # another process may delete the folder
        for file in kept.rglob("*"):
            with contextlib.suppress(OSError):  # or the file
                size += file.stat().st_size
    return size


def _entries(root: Path) -> Iterator[tuple[float, Path]]:
    """Yield when each module's folder was used last, and the folder."""
    with contextlib.suppress(OSError):
        for entry in root.iterdir():
            with contextlib.suppress(OSError):
                yield entry.stat().st_mtime, entry


def _keep_within(limit: int, root: Path) -> None:
    """Delete what was not used for the longest time until the rest is within the limit."""
    entries = sorted(_entries(root), reverse=True)
    recent = time.time() - _RECENT_SECONDS
    size = 0
    for used, entry in entries:
        size += _size(entry)
        if size > limit and used < recent:
            shutil.rmtree(entry, ignore_errors=True)


def usage() -> Usage:
    """Return how much is kept."""
    entries = [entry for _, entry in _entries(folder())]
    modules = sum(entry.name != MARKERS for entry in entries)
    return Usage(modules, sum(map(_size, entries)))


def clear() -> Usage:
    """Delete all that is kept; what is loaded goes on working.

    Returns:
      What was deleted.
    """
    before = usage()
    for _, entry in _entries(folder()):
        shutil.rmtree(entry, ignore_errors=True)
    after = usage()
    return Usage(before.modules - after.modules, before.size - after.size)
