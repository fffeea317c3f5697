"""Run a program as Python does, with graphflow in TensorFlow's place."""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from graphflow.launcher.aliases import install_as_tensorflow
from graphflow.launcher.notebook import code_cells, compile_cell
from graphflow.launcher.removed_names import restore_removed_names

_NUMPY_HINT = (
    "graphflow: until version 2.3 numpy took an array of one element for a number. Install an older"
    " one (pip install 'numpy<2.4'), or write array.item() in the program."
)

# What Python 3 has no more, or calls otherwise.
_PYTHON_2 = {
    ModuleNotFoundError: {
        "ConfigParser", "Queue", "StringIO", "Tkinter", "__builtin__", "cPickle", "cStringIO",
        "copy_reg", "httplib", "urllib2", "urlparse",
    },
    NameError: {
        "basestring", "cmp", "execfile", "long", "raw_input", "reduce", "reload", "unichr",
        "unicode", "xrange",
    },
    AttributeError: {"has_key", "iteritems", "iterkeys", "itervalues"},
}  # fmt: skip
_PYTHON_2_HINT = "this seems to be Python 2: convert it first, for example with 2to3"


def run_script(path: str, arguments: Sequence[str]) -> int:
    """Run a script or the code of a notebook, as `python path arguments...` would.

    Args:
      path: a `.py` file, a folder with a `__main__.py`, or a notebook (`.ipynb`).
      arguments: what the program gets as `sys.argv[1:]`.

    Returns:
      The exit status if the program fails with an exception, else 0.

    Raises:
      OSError: there is no such file.
      SystemExit: the program ends itself.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "__main__.py"
    parts = list(_parts(file))
    return _run(parts, str(file), [path, *arguments], str(file.parent.resolve()))


def run_module(name: str, arguments: Sequence[str]) -> int:
    """Run a module, as `python -m name arguments...` would.

    Args:
      name: the module; of a package, its `__main__`.
      arguments: what the program gets as `sys.argv[1:]`.

    Returns:
      The exit status if the program fails with an exception, else 0.

    Raises:
      ModuleNotFoundError: there is no such module.
      SystemExit: the program ends itself.
    """
    _prepare(os.getcwd())
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    parts = list(_parts(Path(spec.origin)))
    return _run(parts, spec.origin, [spec.origin, *arguments], os.getcwd(), spec)


def _parts(file: Path) -> Iterator[tuple[str, str]]:
    """Yield names and sources of what is to be executed one after the other."""
    if file.suffix != ".ipynb":
        yield str(file), _source(file)
        return
    for number, source in code_cells(file.read_text(encoding="utf-8")):
        yield f"{file}, cell {number}", source


def _source(file: Path) -> str:
    return importlib.util.decode_source(file.read_bytes())


def _prepare(folder: str) -> None:
    install_as_tensorflow()
    restore_removed_names()
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)


def _run(
    parts: Sequence[tuple[str, str]], file: str, argv: list[str], folder: str, spec: Any = None
) -> int:
    _prepare(folder)
    sys.argv = argv
    main = ModuleType("__main__")
    main.__file__ = file
    main.__spec__ = spec
    main.__package__ = None if spec is None else spec.parent
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules["__main__"] = main
    try:
        for name, source in parts:
            for code in _compiled(name, source):
                exec(code, main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _compiled(name: str, source: str) -> Sequence[CodeType]:
    is_cell = not os.path.exists(name)
    if is_cell:
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    try:
        if is_cell:
            return list(compile_cell(source, name))
        return [compile(source, name, "exec", dont_inherit=True)]
    except SyntaxError as error:
        if _is_of_python2(error):
            error.msg += f" ({_PYTHON_2_HINT})"
        raise


def _is_of_python2(error: SyntaxError) -> bool:
    line = (error.text or "").lstrip()
    return line.startswith(("print ", "exec ", "raise ")) or "except " in line or "0L" in line


def _names_python2(error: BaseException) -> bool:
    """Whether it is about a module, a function or a method of dicts that Python 3 lacks."""
    name = getattr(error, "name", None)
    if isinstance(error, AttributeError) and not isinstance(error.obj, dict):
        return False
    return any(name in names for kind, names in _PYTHON_2.items() if isinstance(error, kind))


def _show(error: BaseException) -> None:
    """Print an exception as Python does, without the lines of the launcher."""
    error.__traceback__ = _of_program(error.__traceback__)
    sys.stdout.flush()
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, error.__traceback__)
        return
    traceback.print_exception(type(error), error, error.__traceback__)
    if _names_python2(error):
        sys.stderr.write(f"graphflow: {_PYTHON_2_HINT}\n")
    if isinstance(error, TypeError) and "0-dimensional arrays can be converted" in str(error):
        sys.stderr.write(f"{_NUMPY_HINT}\n")


def _of_program(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
