"""Functions of elements, such as that of `Dataset.map`, as bodies that ops on datasets hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from graphflow.core.convert import IndexedSlices
from graphflow.core.dtypes import bool as _bool
from graphflow.core.func_graph import FuncGraph, trace
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorSpec
from graphflow.data import structure


class ElementFunction:
    """A function of elements.

    Args:
      function: the Python function.  An element that is a tuple is given to it as one argument for
        each part, any other one as a single argument.
      specs: the specs of the arguments; or one spec, of the elements.
      transformation: what the function is for, such as "Dataset.map()".

    Attributes:
      body: the body, a function of components.
      output_spec: the spec of what the function returns.
    """

    def __init__(self, function: Callable[..., Any], spec: Any, transformation: str) -> None:
        self._function = function
        self._spec = spec
        self._unpack = type(spec) is tuple
        self._transformation = transformation
        self.output_spec: Any = None
        types, shapes = structure.component_types(spec), structure.component_shapes(spec)
        specs = [TensorSpec(shape, dtype) for shape, dtype in zip(shapes, types, strict=True)]
        self.body: FuncGraph = trace(self._name(), self._components, specs)

    def _name(self) -> str:
        name = getattr(self._function, "__name__", type(self._function).__name__)
        text = f"{self._transformation.replace('.', '_').rstrip('()')}_{name}"
        return re.sub(r"[^\w]", "", text)

    def _components(self, *tensors: Tensor) -> Sequence[Tensor]:
        element = structure.to_element(self._spec, tensors)
        result = self._function(*element) if self._unpack else self._function(element)
        result = _as_structure(result, self._transformation)
        try:
            result = structure.normalized(result)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"the function of {self._transformation} returned {result!r}, which cannot be "
                f"converted to tensors: {error}"
            ) from error
        self.output_spec = structure.spec_of(result)
        return structure.to_tensors(self.output_spec, result)

    @property
    def captured(self) -> list[Tensor]:
        """The tensors from outside that the body needs."""
        return self.body.captured


def _as_structure(result: Any, transformation: str) -> Any:
    """What a function returned; a list is what ops of several outputs return, and means a tuple."""
    if result is None or isinstance(result, Operation):
        raise TypeError(
            f"the function of {transformation} must return a structure of tensors, not {result!r}"
        )
    if isinstance(result, list):
        return tuple(result)
    if isinstance(result, IndexedSlices):
        raise TypeError(f"the function of {transformation} returned IndexedSlices")
    return result


def predicate_function(predicate: Any, spec: Any, transformation: str) -> ElementFunction:
    """Return a function of an element that gives a bool scalar."""
    function = ElementFunction(predicate, spec, transformation)
    result = function.output_spec
    fits = (
        isinstance(result, TensorSpec)
        and result.dtype is _bool
        and result.shape.is_compatible_with([])
    )
    if not fits:
        raise ValueError(
            f"the function of {transformation} must return a bool scalar, not {result!r}"
        )
    return function


def state_function(
    function: Any, state: Any, element: Any, transformation: str, has_output: bool = False
) -> tuple[ElementFunction, Any]:
    """Return a function of a state and an element that gives a state, and the state's spec.

    Shapes of the state that the function changes are unknown in that spec.
    """
    while True:
        made = ElementFunction(function, (state, element), transformation)
        found = made.output_spec
        if has_output:
            if type(found) is not tuple or len(found) != 2:
                raise TypeError(
                    f"the function of {transformation} must return a pair of a state and an "
                    f"element, not {found!r}"
                )
            found = found[0]
        for what in (structure.output_classes, structure.output_types):
            mine, theirs = what(state), what(found)
            if mine != theirs:
                raise TypeError(
                    f"the function of {transformation} must return a state like the one it gets, "
                    f"{mine!r}, not {theirs!r}"
                )
        relaxed = structure.most_specific(state, found)
        if relaxed == state or structure.output_shapes(relaxed) == structure.output_shapes(state):
            return made, state
        state = relaxed
