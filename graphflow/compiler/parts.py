"""What steps are made of, for loops: results element by element, sums and extremes, other shapes.

A step that is one of these is one `Part`; ops such as `Softmax` say in a few lines (`Op.rowwise32`)
which parts they are.  Where a part reads another one's result in another shape (`Reshape`, a sum
over no axis) nothing is computed: it reads the same memory.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphflow.compiler.memory import Form, form_of
from graphflow.compiler.plan import NO_SLOT, Step
from graphflow.compiler.views import View, places_in_output
from graphflow.core.op import Reduction
from graphflow.core.spec import TensorSpec

# Names of the dtypes that loops compute with.
FUSIBLE = frozenset({"float32", "float64", "int32", "int64", "bool"})
_FLOATS = ("float32", "float64")
_REDUCTIONS = ("sum", "max")
# The functions that loops call have names that end so.
_FUNCTION = re.compile(r"(?<![.\w])[a-z]\w*32\(")
_SLOT = re.compile(r"\bv(_?\d+)\b")

# A last axis of fewer elements is shorter than the vectors of the processor, or not much longer.
SHORT_ROW = 32
# A step that joins more arrays is left alone.
_MAX_PIECES = 16

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A computation for each element of a shape.

    Attributes:
      output: the slot of its result; negative if only parts of the same step read it.
      form: of the result.
      shape: what it goes over: the result's shape, or that of what is reduced.
      text: computes one element from the elements `v<slot>` that it reads.
      reduction: what becomes of the elements; None if each is one of the result.
    """

    output: int
    form: Form
    shape: Shape
    text: str
    reduction: Reduction | None = None

    @cached_property
    def inputs(self) -> tuple[int, ...]:
        """The slots that it reads."""
        return slots_in(self.text)

    @property
    def functions(self) -> int:
        """How many functions such as `exp32` it calls."""
        return len(_FUNCTION.findall(self.text))

    @property
    def is_copy(self) -> bool:
        """Whether it does nothing but write elements to another place."""
        return self.reduction is None and _SLOT.fullmatch(self.text) is not None

    @property
    def kept(self) -> Shape:
        """The result's shape with size 1 for each axis that is reduced."""
        if self.reduction is None:
            return self.shape
        axes = self.reduction.axes
        return tuple(1 if axis in axes else size for axis, size in enumerate(self.shape))


def element(slot: int) -> str:
    """The name of an element of a slot's value in the text of a part.

    Args:
      slot: the slot; negative ones are those between the parts of a step.

    >>> element(7), element(-2)
    ('v7', 'v_2')
    """
    return f"v{slot}" if slot >= 0 else f"v_{-slot}"


def slots_in(text: str) -> tuple[int, ...]:
    """The slots that a text reads, each once.

    Args:
      text: with names from `element`.

    >>> slots_in("v7 * v_2 + v7")
    (7, -2)
    """
    found = (match[1] for match in _SLOT.finditer(text))
    return tuple(dict.fromkeys(-int(name[1:]) if name[0] == "_" else int(name) for name in found))


def broadcasts(shape: Shape, target: Shape) -> bool:
    """Tell whether an array of one shape broadcasts to another shape.

    Args:
      shape: of the array.
      target: the other shape.

    >>> broadcasts((3, 1), (2, 3, 4)), broadcasts((2, 3), (3,))
    (True, False)
    """
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(size in (1, wanted) for size, wanted in pairs)


def expression(step: Step, specs: Mapping[int, TensorSpec]) -> str | None:
    """The text that computes one element of a step's result from the elements `v<slot>`.

    Args:
      step: a step with one output.
      specs: for each slot what is known of its value.
    """
    names = [element(slot) for slot in step.inputs]
    return step.op.scalar_expression(names, [specs[slot] for slot in step.inputs])


def is_view(step: Step, specs: Mapping[int, TensorSpec]) -> bool:
    """Whether a step's only output has the first input's elements in the same order.

    Args:
      step: any step.
      specs: for each slot what is known of its value.
    """
    if len(step.outputs) != 1 or step.outputs[0] == NO_SLOT:
        return False
    if not step.inputs or any(slot not in specs for slot in step.inputs):
        return False
    before, after = (form_of(specs[slot]) for slot in (step.inputs[0], step.outputs[0]))
    if before is None or after is None or before.dtype != after.dtype:
        return False
    if step.op.is_reshape:
        return True
    # The values of other inputs, such as the axes of a sum, would have to be checked.
    is_certain = all(specs[slot].value is not None for slot in step.inputs[1:])
    return step.op.keeps_elements and before.elements == after.elements and is_certain


class Splitter:
    """Finds the parts of steps.

    Args:
      specs: for each slot what is known of its value.

    Attributes:
      forms: of the results that parts of one step hand to each other.
      views: for slots whose elements are in another one's array, where they are there.
    """

    def __init__(self, specs: Mapping[int, TensorSpec]) -> None:
        self._specs = specs
        self.forms: dict[int, Form] = {}
        self.views: dict[int, View] = {}

    def form(self, slot: int) -> Form | None:
        """Shape and dtype of a slot's value, None if they depend on data or it is no number."""
        return self.forms.get(slot) or form_of(self._specs.get(slot))

    def parts(self, step: Step) -> list[Part]:
        """The parts of a step that may become loops; none if it cannot be split into such.

        Args:
          step: a step that is a call of a kernel and nothing else.
        """
        outputs = [self.form(slot) for slot in step.outputs if slot != NO_SLOT]
        if not outputs or not all(form and _is_fusible(form) for form in outputs):
            return []
        if any(slot not in self._specs for slot in step.inputs):
            return []
        if step.op.rowwise32 is not None:
            return self._rowwise(step, step.op.rowwise32)
        if len(step.outputs) != 1:
            return []
        part = self._simple(step)
        if part is None:
            return self._pieces(step)
        return [part] if self._may_loop(part) else []

    def _pieces(self, step: Step) -> list[Part]:
        """The parts of a step that joins its inputs: each copies one to its place."""
        form = self.form(step.outputs[0])
        assert form is not None
        places = places_in_output(step, self._specs, form)
        parts = []
        for slot, view in places[:_MAX_PIECES]:
            before = self.form(slot)
            if before is None or not _is_fusible(before) or view.boundary(before.shape) is None:
                return []
            parts.append(Part(self._fresh(before), before, before.shape, element(slot)))
            self.views[parts[-1].output] = view
        return parts if len(parts) == len(places) else []

    def _fresh(self, form: Form) -> int:
        """A new slot for what parts of one step hand to each other."""
        slot = -2 - len(self.forms)
        self.forms[slot] = form
        return slot

    def _simple(self, step: Step) -> Part | None:
        (slot,) = step.outputs
        form = self.form(slot)
        assert form is not None
        text = expression(step, self._specs)
        if text is not None:
            return Part(slot, form, form.shape, text)
        if not step.inputs:
            return None
        before = self.form(step.inputs[0])
        if before is None:
            return None
        reduction = step.op.reduction(*[self._specs[slot] for slot in step.inputs])
        if reduction is None:
            return None
        text = re.sub(r"\bx\b", element(step.inputs[0]), reduction.term)
        return Part(slot, form, before.shape, text, reduction)

    def _may_loop(self, part: Part) -> bool:
        """Whether the dtypes and shapes are those of loops."""
        forms = [self.form(slot) for slot in part.inputs]
        for form in forms:
            if form is None or not _is_fusible(form) or not broadcasts(form.shape, part.shape):
                return False
        if part.reduction is not None:
            is_float = part.form.dtype.name in _FLOATS
            is_number = part.form.dtype.name != "bool"
            return is_float or (is_number and part.reduction.divisor == 1)
        return True

    def _rowwise(self, step: Step, text: str) -> list[Part]:
        forms = [self.form(slot) for slot in step.inputs]
        if any(form is None or form.dtype.name != "float32" for form in forms):
            return []
        slots = dict(zip([a.name for a in step.op.input_args()], step.inputs, strict=True))
        outputs = dict(zip(step.op.output_names(), step.outputs, strict=True))
        parts = []
        for name, kind, term in _statements(text):
            read = re.sub(
                r"\b[a-z]\w*\b", lambda m: element(slots[m[0]]) if m[0] in slots else m[0], term
            )
            shapes = [form.shape for slot in slots_in(read) if (form := self.form(slot))]
            shape = np.broadcast_shapes(*shapes)
            reduction = Reduction(kind, (len(shape) - 1,)) if kind else None
            result = (*shape[:-1], 1) if kind else shape
            slot = outputs.get(name, NO_SLOT)
            if slot == NO_SLOT:
                slot = self._fresh(Form(result, np.dtype("float32")))
            form = self.form(slot)
            assert form is not None
            slots[name] = slot
            parts.append(Part(slot, form, shape, read, reduction))
        return _read_ones(parts, step.outputs)


def _is_fusible(form: Form) -> bool:
    return form.dtype.name in FUSIBLE and form.elements > 0


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield, for each line of `Op.rowwise32`, the name, how it is reduced, and the expression."""
    for statement in ast.parse(text).body:
        assert isinstance(statement, ast.Assign)
        (target,) = statement.targets
        value = statement.value
        function = value.func if isinstance(value, ast.Call) else None
        is_reduction = isinstance(function, ast.Name) and function.id in _REDUCTIONS
        if isinstance(value, ast.Call) and isinstance(function, ast.Name) and is_reduction:
            yield ast.unparse(target), function.id, ast.unparse(value.args[0])
        else:
            yield ast.unparse(target), "", ast.unparse(value)


def _read_ones(parts: Sequence[Part], outputs: Sequence[int]) -> list[Part]:
    """The parts that somebody reads."""
    needed = set(outputs)
    kept = []
    for part in reversed(parts):
        if part.output in needed:
            needed.update(part.inputs)
            kept.append(part)
    return kept[::-1]
