"""From operations of a graph to a picture of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.core.graph import Operation, Tensor
from graphflow.core.references import variable_of
from graphflow.viz.classify import Purposes, is_plain_constant, scope_of
from graphflow.viz.picture import (
    Item,
    Kind,
    Link,
    LinkKind,
    Picture,
    operation_tooltip,
    shortened,
    spec_label,
)

_MAX_DETAILS = 3
_MAX_VALUE = 14
_SUFFIX = re.compile(r"(_\d+)?$")
_VERSION = re.compile(r"V\d+$")


@dataclass(frozen=True)
class Choice:
    """What of a graph to show.

    Attributes:
      operations: the operations, in order of creation.
      wanted: those that were asked for.
      fed: tensors whose values come from outside.
      show_constants: whether constants that are mere parameters have boxes of their own.
      fold_variables: whether a variable, its read, its initializer and its slots are one box.
      marked: those that are drawn so that they stand out.
    """

    operations: Sequence[Operation]
    wanted: frozenset[Operation] = frozenset()
    fed: frozenset[Tensor] = frozenset()
    show_constants: bool = False
    fold_variables: bool = True
    marked: frozenset[Operation] = frozenset()


def graph_picture(choice: Choice) -> Picture:
    """Return the picture of some operations of one graph."""
    return _GraphPicture(choice).picture


class _GraphPicture:
    """Turns operations into items, and inputs and control inputs into links."""

    def __init__(self, choice: Choice) -> None:
        self.picture = Picture()
        self._choice = choice
        self._fed = set(choice.fed)
        if not choice.operations and not choice.fed:
            return
        graph = (choice.operations[0] if choice.operations else next(iter(choice.fed))).graph
        operations = graph.get_operations()
        self._purposes = Purposes(operations)
        self._inner_scopes = {scope_of(operation) for operation in operations}
        self._key_of: dict[Operation, str] = {}
        for operation in choice.operations:
            self._add_operation(operation)
        for tensor in choice.fed:
            self._add_fed(tensor)
        for operation in choice.operations:
            self._add_links(operation)

    # -- items ----------------------------------------------------------------------------------

    def _add_operation(self, operation: Operation) -> None:
        shown_by = self._shown_by(operation)
        if shown_by is None:
            return
        self._key_of[operation] = shown_by.name
        item = self.picture.items.get(shown_by.name)
        if item is None:
            item = self._item(shown_by)
            self.picture.add(item)
        item.types[operation.type] += 1
        item.is_wanted |= operation in self._choice.wanted
        item.is_marked |= operation in self._choice.marked

    def _shown_by(self, operation: Operation) -> Operation | None:
        """The operation in whose box this one is shown; None if it has none."""
        if self._choice.fold_variables:
            owner = self._purposes.owner.get(operation)
            if owner is not None:
                return owner
        choice = self._choice
        if operation in choice.wanted or operation in choice.marked or choice.show_constants:
            return operation
        return None if is_plain_constant(operation, self._fed) else operation

    def _item(self, operation: Operation) -> Item:
        kind = self._purposes.kind(operation)
        scope = self._purposes.scope(operation)
        own_scope = tuple(operation.name.split("/"))
        is_folded_variable = kind is Kind.VARIABLE and self._choice.fold_variables
        if own_scope in self._inner_scopes and not is_folded_variable:
            scope = own_scope  # such as a train operation and what stands under its name
        return Item(
            key=operation.name,
            scope=scope,
            title=shortened(own_scope[-1]),
            kind=kind,
            details=tuple(self._details(operation, kind)[:_MAX_DETAILS]),
            tooltip=operation_tooltip(operation),
            types=Counter(),
        )

    def _details(self, operation: Operation, kind: Kind) -> list[str]:
        if kind is Kind.CONSTANT:
            return [value_text(operation.outputs[0])]
        if kind is Kind.VARIABLE:
            return self._variable_details(operation)
        if kind is Kind.PLACEHOLDER:
            return []
        details = [] if says_type(operation) else [operation.type]
        count = self._purposes.initialised_by(operation)
        if count:
            return [f"{count} variable" + ("" if count == 1 else "s")]
        if not self._choice.show_constants:
            details += parameter_texts(operation, self._fed)
        return details

    def _variable_details(self, variable: Operation) -> list[str]:
        if not self._choice.fold_variables:
            return []
        slots = [slot.name.rpartition("/")[2] for slot in self._purposes.slots[variable]]
        return [shortened("slots " + ", ".join(slots))] if slots else []

    def _add_fed(self, tensor: Tensor) -> None:
        """Show a fed tensor that is no placeholder, or whose operation is not run."""
        operation = tensor.op
        if operation in self._key_of:
            item = self.picture.items[self._key_of[operation]]
            if item.kind is Kind.PLACEHOLDER:
                return
        is_placeholder = self._purposes.kind(operation) is Kind.PLACEHOLDER
        self.picture.add(
            Item(
                key=fed_key(tensor),
                scope=scope_of(operation),
                title=shortened(operation.name.rpartition("/")[2]),
                kind=Kind.PLACEHOLDER,
                details=() if is_placeholder else (f"fed for {operation.type}",),
                tooltip=operation_tooltip(operation),
                types=Counter([operation.type]),
            )
        )

    # -- links ----------------------------------------------------------------------------------

    def _add_links(self, operation: Operation) -> None:
        target = self._key_of.get(operation)
        if target is None:
            return
        for index, tensor in enumerate(operation.inputs):
            self._add_data_link(operation, index, tensor, target)
        if self._purposes.initialised_by(operation) and self._choice.fold_variables:
            return  # the box says how many variables it initialises
        for before in operation.control_inputs:
            source = self._key_of.get(before)
            if source is not None:
                self.picture.link(Link(source, target, LinkKind.CONTROL))

    def _add_data_link(self, operation: Operation, index: int, tensor: Tensor, target: str) -> None:
        is_fed = tensor in self._fed and fed_key(tensor) in self.picture.items
        source = fed_key(tensor) if is_fed else self._key_of.get(tensor.op)
        if source is None:
            return
        is_update = index in operation.op.writes and variable_of(tensor) is not None
        kind = LinkKind.UPDATE if is_update else LinkKind.DATA
        self.picture.link(Link(source, target, kind, tensor.name, spec_label(tensor.spec)))


def fed_key(tensor: Tensor) -> str:
    """Return the key of the item for a fed tensor; no operation's name contains a '#'."""
    return f"{tensor.op.name}#{tensor.value_index}"


def says_type(operation: Operation) -> bool:
    """Whether the name alone tells the type, as `MatMul_1` and `add` (an AddV2) do."""
    name = _SUFFIX.sub("", operation.name.rpartition("/")[2])
    return name.lower() in (operation.type.lower(), _VERSION.sub("", operation.type).lower())


def parameter_texts(operation: Operation, fed: set[Tensor]) -> list[str]:
    """Return `name value` for each input that is a mere parameter, such as the axis of a sum."""
    names = input_names(operation)
    return [
        f"{names[index]} {value_text(tensor)}"
        for index, tensor in enumerate(operation.inputs)
        if tensor not in fed and is_plain_constant(tensor.op, fed)
    ]


def input_names(operation: Operation) -> list[str]:
    """Return a name for each flattened input, from the op's declaration."""
    args = operation.op.input_args()
    count = len(operation.inputs)
    lists = sum(arg.is_list for arg in args)
    if lists > 1:
        return [f"input {index}" for index in range(count)]
    names: list[str] = []
    for arg in args:
        if arg.is_list:
            names += [f"{arg.name}[{i}]" for i in range(count - len(args) + 1)]
        else:
            names.append(arg.name)
    return names


def value_text(tensor: Tensor) -> str:
    """Return a constant's value if it is short, else its dtype and shape."""
    elements = tensor.shape.num_elements()
    value = None if elements is None or elements > _MAX_VALUE else tensor.constant_value()
    text = "" if value is None else _array_text(value)
    return text if 0 < len(text) <= _MAX_VALUE else spec_label(tensor.spec)


def _array_text(value: np.ndarray[Any, Any]) -> str:
    if value.dtype.kind == "O":
        texts = [item.decode("utf-8", "replace") for item in value.ravel()]
        return repr(texts[0]) if value.ndim == 0 else str(texts)
    if value.dtype.kind == "f":
        value = np.round(value.astype(np.float64), 6)
    return str(value.tolist()).replace(" ", "")
