"""What a `Saver` saves: variables, their parts, and other objects that hold a state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import DType
from graphflow.core.graph import Tensor
from graphflow.core.spec import as_shape
from graphflow.variables.base import Variable
from graphflow.variables.partitioned import PartitionedVariable


class SaveSpec:
    """One tensor to save.

    Args:
      tensor: the tensor, or a function that makes it.
      slice_spec: which part of a larger tensor it is, "" for all.
      name: its name in the checkpoint.
      dtype: its dtype, by default that of `tensor`.
    """

    def __init__(self, tensor: Any, slice_spec: str, name: str, dtype: DType | None = None) -> None:
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        self.dtype: Any = tensor.dtype if dtype is None else dtype

    @property
    def tensor(self) -> Tensor:
        """The tensor, made now if it is made late."""
        made: Tensor = self._tensor() if callable(self._tensor) else self._tensor
        return made


class SaveableObject:
    """Something whose state is saved and restored.

    Subclasses say how it is restored.

    Args:
      op: what holds the state.
      specs: the tensors that are the state.
      name: what it is called in the checkpoint.
    """

    def __init__(self, op: Any, specs: Sequence[SaveSpec], name: str) -> None:
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def device(self) -> str:
        """Where the state is."""
        return str(self.specs[0].tensor.device)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        """Return the operation that restores the state.

        Args:
          restored_tensors: the tensors of the checkpoint, one for each spec.
          restored_shapes: the shapes to give them, or None.
        """
        raise NotImplementedError


class _VariableSaveable(SaveableObject):
    """A variable, or a part of one."""

    def __init__(self, variable: Any, name: str, slice_spec: str) -> None:
        self._variable = variable
        is_reference = variable.dtype._is_ref_dtype
        read: Any = _reference_of(variable) if is_reference else variable.read_value
        dtype = variable.dtype.base_dtype
        super().__init__(variable, [SaveSpec(read, slice_spec, name, dtype)], name)

    @property
    def device(self) -> str:
        return str(self._variable.device)

    def restore(self, restored_tensors: Sequence[Tensor], restored_shapes: Any) -> Any:
        (value,) = restored_tensors
        if restored_shapes is not None:
            value = ops.reshape(value, restored_shapes[0])
        elif self._variable.shape.is_fully_defined():
            # What does not fit is told with the variable's name, not at its next use.
            value = _with_shape(value, self._variable)
        validate = restored_shapes is None and self._variable.shape.is_fully_defined()
        if self._variable.dtype._is_ref_dtype:
            return ops.assign(_reference_of(self._variable), value, validate_shape=validate)
        return self._variable.assign(value, read_value=False)


def _with_shape(value: Tensor, variable: Any) -> Tensor:
    value.set_shape(variable.shape)
    return value


def _reference_of(variable: Any) -> Tensor:
    """The reference of a reference variable, which may be given as such."""
    reference: Tensor = variable if isinstance(variable, Tensor) else variable._ref()
    return reference


def named_saveables(var_list: Any) -> dict[str, Any]:
    """Return what to save by the names in the checkpoint: one object, or a list of parts.

    Args:
      var_list: a list of variables and saveable objects, or a dictionary from names to them, or to
        lists of the parts of one variable.

    Raises:
      TypeError: it is neither.
      ValueError: two have the same name.
    """
    if isinstance(var_list, Mapping):
        return {str(name): _unpacked(item) for name, item in var_list.items()}
    if not isinstance(var_list, (list, tuple, set)):
        raise TypeError(f"var_list must be a list or a dictionary, not {var_list!r}")
    found: dict[str, Any] = {}
    ordered = sorted(var_list, key=lambda v: v.name) if isinstance(var_list, set) else var_list
    for item in ordered:
        _enter(found, item)
    return found


def _unpacked(item: Any) -> Any:
    return list(item) if isinstance(item, (PartitionedVariable, tuple)) else item


def _enter(found: dict[str, Any], item: Any) -> None:
    if isinstance(item, PartitionedVariable):
        for part in item:
            _enter(found, part)
        return
    info = getattr(item, "_save_slice_info", None)
    if info is not None:
        parts = found.setdefault(info.full_name, [])
        if not isinstance(parts, list) or any(part is item for part in parts):
            raise ValueError(f"two variables to save are called {info.full_name!r}")
        parts.append(item)
        return
    name = item.name if isinstance(item, SaveableObject) else _name_of(item)
    if name in found and found[name] is not item:
        raise ValueError(f"two variables to save are called {name!r}")
    found[name] = item


def _name_of(item: Any) -> str:
    if isinstance(item, (Variable, Tensor)):
        return str(item.op.name)
    name = getattr(item, "name", None)
    if name is None:
        raise TypeError(f"only variables can be saved, not {item!r}")
    return str(name).partition(":")[0]


def saveables_of(names: Mapping[str, Any]) -> list[SaveableObject]:
    """Return the saveable objects, in the order of their names.

    Args:
      names: what to save by name; see `named_saveables`.

    Raises:
      TypeError: something is no variable and cannot be saved.
      ValueError: one variable is saved twice.
    """
    found: list[SaveableObject] = []
    seen: set[int] = set()
    for name, item in sorted(names.items()):
        for saveable in _saveables(name, item):
            if id(saveable.op) in seen:
                raise ValueError(f"{saveable.op!r} would be saved twice")
            seen.add(id(saveable.op))
            found.append(saveable)
    return found


def _saveables(name: str, item: Any) -> Iterator[SaveableObject]:
    if isinstance(item, SaveableObject):
        yield item
    elif isinstance(item, list):
        yield from _parts(name, item)
    elif isinstance(item, Variable) or _is_reference_tensor(item):
        info = getattr(item, "_save_slice_info", None)
        yield _VariableSaveable(item, name, info.spec if info is not None else "")
    elif callable(getattr(item, "_gather_saveables_for_checkpoint", None)):
        for make in item._gather_saveables_for_checkpoint().values():
            yield _called(make, name)
    else:
        raise TypeError(f"only variables can be saved, not {item!r}")


def _called(make: Callable[[str], SaveableObject] | SaveableObject, name: str) -> SaveableObject:
    return make if isinstance(make, SaveableObject) else make(name)


def _parts(name: str, parts: Iterable[Any]) -> Iterator[SaveableObject]:
    for part in parts:
        info = part._save_slice_info
        if info is None:
            raise ValueError(f"{part!r} does not know which part of {name!r} it is")
        if info.full_name != name:
            raise ValueError(f"{part!r} is a part of {info.full_name!r}, not of {name!r}")
        yield _VariableSaveable(part, name, info.spec)


def _is_reference_tensor(item: Any) -> bool:
    return isinstance(item, Tensor) and item.dtype._is_ref_dtype


def shapes_of(saveable: SaveableObject) -> list[Any]:
    """Return the shape to give each restored tensor, that of the variable.

    Args:
      saveable: the object.
    """
    shapes = []
    for spec in saveable.specs:
        shape = as_shape(getattr(saveable.op, "shape", spec.tensor.shape))
        shapes.append(shape.as_list() if shape.is_fully_defined() else ops.shape(spec.tensor))
    return shapes
