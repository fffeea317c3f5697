"""Modules called `tensorflow` and everything below, whose names are graphflow's.

`tensorflow` itself is the package `graphflow`, and public namespaces such as `tensorflow.nn` are
its own.  Others are modules that look their names up when they are asked for:

- internal ones such as `tensorflow.python.ops.array_ops` (`internal_modules.py`);
- those of messages such as `tensorflow.core.framework.summary_pb2`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from graphflow.core.op import registered_ops
from graphflow.interop import protos
from graphflow.interop.missing_names import symbol_of
from graphflow.interop.name_advice import explain
from graphflow.interop.raw_op import raw_op
from graphflow.launcher.internal_modules import GENERATED, NAMESPACES

ROOT = "tensorflow"
# The package that `tf.estimator` comes from: what is below it is found below `tensorflow`.
_ESTIMATOR_ROOT = "tensorflow_estimator"
_MISSING = object()
_NOT_HERE = (
    "graphflow does not have it; `graphflow check` lists what a program uses and what there is"
)
# Where any internal module may have a name from, after its own namespaces.
_EVERYWHERE = (
    "", "nn", "math", "train", "linalg", "image", "io", "losses", "layers", "contrib.util",
)  # fmt: skip
_PACKAGES = {
    ".".join(name.split(".")[:depth])
    for name in NAMESPACES
    for depth in range(1, name.count(".") + 1)
}


def install_as_tensorflow() -> None:
    """Let `import tensorflow`, and imports of what is below it, give graphflow in this process.

    An installed TensorFlow is out of reach afterwards.

    Raises:
      RuntimeError: another TensorFlow has been imported already.

    >>> install_as_tensorflow()
    >>> import tensorflow as tf
    >>> from tensorflow.python.ops import array_ops
    >>> tf.__name__, array_ops.zeros is tf.zeros
    ('graphflow', True)
    """
    package = _package()
    if sys.modules.setdefault(ROOT, package) is not package:
        raise RuntimeError(
            "TensorFlow has been imported already: call install_as_tensorflow before that"
        )
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        sys.meta_path.append(_NotFound())


def _package() -> ModuleType:
    """The package `graphflow`, which whoever calls has imported."""
    return sys.modules["graphflow"]


class _Finder(MetaPathFinder, Loader):
    """Finds and makes the modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in (ROOT, _ESTIMATOR_ROOT):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        # What stands here when this is done is what the import gives.
        name = module.__name__
        path = name.partition(".")[2]
        found = module_of(path) if path else _package()
        if not hasattr(found, "__path__"):
            found.__path__ = []  # without it nothing below can be imported
        sys.modules[name] = found


class _NotFound(MetaPathFinder):
    """Stands last, for `from tensorflow.contrib import something`, to say what is not there.

    Python looks for a module when the package lacks the name, and ignores it when there is none:
    its own error names the package as graphflow calls it.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        parent, _, name = fullname.rpartition(".")
        symbol = symbol_of(parent)
        if symbol is not None and not name.startswith("__"):
            # The name differs from the one that Python asks for, lest it ignores this error too.
            missing = f"{symbol}.{name}"
            raise ModuleNotFoundError(explain(missing), name=ROOT + missing.removeprefix("tf"))


class _Aliases(ModuleType):
    """A module that looks its names up elsewhere."""

    def __init__(self, path: str, places: Iterable[str]) -> None:
        super().__init__(f"{ROOT}.{path}")
        self._path = path
        self._places = tuple(places)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = self._find(name)
        if found is _MISSING:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}: {_NOT_HERE}")
        return found

    def _find(self, name: str) -> Any:
        for place in self._places:
            found = _in_public(f"{place}.{name}" if place else name)
            if found is not _MISSING:
                return found
        return _MISSING

    def __dir__(self) -> list[str]:
        names = set(super().__dir__())
        for place in self._places[:1]:
            names.update(dir(_in_public(place)))
        return sorted(names)


class _Internal(_Aliases):
    """An internal module: it has names of its own, and any that is public."""

    def __init__(self, path: str, key: str) -> None:
        super().__init__(path, (*NAMESPACES[key], *_EVERYWHERE))
        self._key = key
        own = f"graphflow.launcher.internal.{key.replace('.', '_')}"
        self._own = importlib.import_module(own) if key in _with_names_of_their_own() else None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if heed := getattr(self.__dict__.get("_own"), "set_attribute", None):
            heed(name, value)

    def _find(self, name: str) -> Any:
        found = getattr(self._own, name, _MISSING)
        if found is not _MISSING:
            return found
        if self._key in GENERATED:
            found = _op_called(name)
        if found is _MISSING:
            found = super()._find(name)
        if found is _MISSING:
            found = super()._find(name.lstrip("_"))
        if found is _MISSING:
            found = _sibling(name)
        if found is _MISSING and self._key.startswith("ops.") and name.islower():
            found = _op_called(name)  # these modules import the generated ones
        return found


# Internal modules whose private functions those of a part of `contrib` use too.
_RNN = ("python.ops.rnn", "python.ops.rnn_cell_impl")
_PRIVATE = {"rnn": _RNN, "seq2seq": _RNN}


class _ContribInternal(_Aliases):
    """A module below `contrib.<part>.python`: it has the part's names, and public ones."""

    def _find(self, name: str) -> Any:
        found = super()._find(name)
        is_namespace = isinstance(found, ModuleType) and any(
            _in_public(f"{place}.{name}" if place else name) is found for place in _EVERYWHERE
        )
        # `layers` is a module below `contrib.layers.python.layers`, not `tf.layers`.
        if is_namespace or found is not _MISSING or not name.startswith("_"):
            return _MISSING if is_namespace else found
        # `decoder` below `contrib.seq2seq.python.ops` takes private functions of `rnn`.
        part = self.__name__.removeprefix(f"{ROOT}.contrib.").partition(".")[0]
        modules = [module_of(path) for path in _PRIVATE.get(part, ())]
        return next((getattr(m, name) for m in modules if hasattr(m, name)), _MISSING)


class _Messages(_Aliases):
    """A module of protobuf messages."""

    def _find(self, name: str) -> Any:
        return getattr(protos, name, _MISSING)


def _with_names_of_their_own() -> set[str]:
    folder = importlib.import_module("graphflow.launcher.internal")
    return set(folder.MODULES)


def _in_public(name: str) -> Any:
    """The object of a public name below `tf`."""
    found: Any = _package()
    for part in filter(None, name.split(".")):
        found = getattr(found, part, _MISSING)
        if found is _MISSING:
            return _MISSING
    return found


def _sibling(name: str) -> Any:
    """An internal module, which others of them have as a name."""
    for key in NAMESPACES:
        if key.rpartition(".")[2] == name:
            return importlib.import_module(f"{ROOT}.python.{key}")
    return _MISSING


def _op_called(name: str) -> Any:
    """An op by its name in a generated module: `max_pool_grad` is MaxPoolGrad."""
    wanted = name.strip("_").replace("_", "").lower()
    for op_type in registered_ops():
        if op_type.lower() == wanted:
            return raw_op(op_type)
    return _MISSING


def module_of(path: str) -> ModuleType:
    """Return the module for a path below `tensorflow`.

    Args:
      path: such as "contrib.layers" or "python.ops.array_ops".

    Raises:
      ModuleNotFoundError: there is none.
    """
    found = next(_modules(path), None)
    if found is None:
        raise ModuleNotFoundError(
            f"No module named '{ROOT}.{path}': {_why(path)}", name=f"{ROOT}.{path}"
        )
    return found


def _why(path: str) -> str:
    if path.partition(".")[0] in ("python", "core", "tools"):
        return _NOT_HERE
    return explain(f"tf.{path.removeprefix('compat.v1.')}")


def _modules(path: str) -> Iterator[ModuleType]:
    """Yield what a path may stand for."""
    head, _, rest = path.partition(".")
    if path == "compat.v1":
        yield _package()
    elif path.startswith("compat.v1."):
        yield module_of(path.removeprefix("compat.v1."))
    elif head == "python" and rest in NAMESPACES:
        yield _Internal(path, rest)
    elif head == "python" and (not rest or rest in _PACKAGES):
        yield _Aliases(path, ())
    elif head in ("core", "tools") or path.endswith("_pb2"):
        yield _Messages(path, ())
    elif head == "contrib" and ".python" in rest:
        yield from _contrib_internals(path, rest)
    elif head == "examples":
        yield from _example(path)
    elif isinstance(found := _in_public(path), ModuleType):
        yield found


def _contrib_internals(path: str, rest: str) -> Iterator[ModuleType]:
    """`contrib.layers.python.layers.regularizers` has the names of `contrib.layers`."""
    public = f"contrib.{rest.partition('.python')[0]}"
    if isinstance(_in_public(public), ModuleType):
        deeper = [part for part in rest.partition(".python")[2].split(".") if part]
        nested = [f"{public}.{part}" for part in deeper]
        nested += [f"{public}.{'.'.join(deeper[i:])}" for i in range(len(deeper) - 1)][::-1]
        yield _ContribInternal(path, (*nested[::-1], public, *_EVERYWHERE))


def _example(path: str) -> Iterator[ModuleType]:
    try:
        yield importlib.import_module(f"graphflow.{path}")
    except ModuleNotFoundError:
        return
