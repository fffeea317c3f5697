"""Einstein summation, composed of transpositions, matrix products and sums."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = ["einsum"]

# A letter; or "...k" for the axis that stands k-th from the right in an ellipsis.
Labels = tuple[str, ...]
Size = Any  # a Python integer where it is known, else an int32 scalar
OPTIMIZERS = ("greedy", "optimal", "branch-2", "branch-all", "auto")


class Operand(NamedTuple):
    """A tensor and the labels of its axes."""

    tensor: Tensor
    labels: Labels


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Multiply tensors and sum over axes as an equation says.

    Each axis of each input has a letter. Axes with the same letter are traversed together; letters
    that are missing in the output are summed over. A letter that an input has twice stands for its
    diagonal. An ellipsis stands for any further axes, which broadcast.

    Args:
      equation: the letters of each input, separated by commas, then `->` and those of the output,
        as in `"ij,jk->ik"`. Without `->`, the output has the ellipsis and all letters that occur
        once, in alphabetical order.
      *inputs: tensors of one dtype.
      **kwargs: `name`, the name scope of the operations; and `optimize`, how to find the order in
        which three or more tensors are multiplied, a strategy of the package opt_einsum:
        "greedy" (default), "optimal", "branch-2", "branch-all" or "auto".

    Returns:
      A tensor of the same dtype.

    Raises:
      TypeError: there is another keyword argument.
      ValueError: the equation cannot be read, or does not fit the inputs; or an input under an
        ellipsis has unknown rank.

    >>> import graphflow as tf
    >>> session = tf.Session()
    >>> session.run(tf.einsum("ij,j->i", [[1, 2, 3], [4, 5, 6]], [100, 10, 1]))
    array([123, 456], dtype=int32)
    >>> session.run(tf.einsum("ij->ji", [[1, 2, 3], [4, 5, 6]]))
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    >>> session.run(tf.einsum("...ii->...", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]))
    array([ 5, 13], dtype=int32)
    """
    name, optimize = kwargs.pop("name", None), kwargs.pop("optimize", "greedy")
    if kwargs:
        unknown = ", ".join(sorted(kwargs))
        raise TypeError(f"einsum takes the keywords name and optimize, not {unknown}")
    if optimize not in OPTIMIZERS:
        raise ValueError(f"optimize must be one of {', '.join(OPTIMIZERS)}, not {optimize!r}")
    with name_scope(name, "einsum", [*inputs]):
        operands, output = _parsed(equation, _converted(inputs))
        _check_sizes(equation, operands)
        operands = [_with_diagonals(operand) for operand in operands]
        for group in _path(operands, output, optimize):
            chosen = [operands[index] for index in group]
            operands = [item for index, item in enumerate(operands) if index not in group]
            is_last = not operands
            kept = {*output, *(label for item in operands for label in item.labels)}
            operands.append(_contracted(chosen, kept, output if is_last else None))
        result = _transposed(_summed(operands[0], output), output)
        result = ops.identity(result) if any(result is item for item in inputs) else result
        result.set_shape([None] * len(output))
        return result


def _converted(inputs: Sequence[Any]) -> list[Tensor]:
    """The inputs as tensors; Python numbers take the dtype of those that have one."""
    typed = next((item for item in inputs if hasattr(item, "dtype")), None)
    preferred = None if typed is None else convert_to_tensor(typed).dtype.base_dtype
    return [
        convert_to_tensor(item, preferred_dtype=None if hasattr(item, "dtype") else preferred)
        for item in inputs
    ]


# -- the equation ----------------------------------------------------------------------------------


def _parsed(equation: str, tensors: Sequence[Tensor]) -> tuple[list[Operand], Labels]:
    """The labels of the inputs and of the output."""
    text = equation.replace(" ", "")
    match = re.fullmatch(r"([a-zA-Z.]*(?:,[a-zA-Z.]*)*)(?:->([a-zA-Z.]*))?", text)
    if match is None:
        raise ValueError(f"einsum cannot read {equation!r}: it is no equation such as 'ij,jk->ik'")
    terms, result = match.group(1).split(","), match.group(2)
    for term in [*terms, result or ""]:
        if "." in term.replace("...", "", 1):
            raise ValueError(f"einsum cannot read {term!r} in {equation!r}: dots come in threes")
    if len(terms) != len(tensors):
        raise ValueError(f"{equation!r} is about {len(terms)} inputs, einsum got {len(tensors)}")
    operands = [_labelled(equation, *pair) for pair in zip(terms, tensors, strict=True)]
    hidden = max((_hidden(item.labels) for item in operands), default=0)
    if result is None:
        counts = Counter(letter for term in terms for letter in term if letter != ".")
        letters = "".join(sorted(letter for letter, count in counts.items() if count == 1))
        result = f"...{letters}" if hidden else letters
    if hidden and "..." not in result:
        raise ValueError(f"{equation!r} has an ellipsis for {hidden} axes, but none in its output")
    output = _expanded(result, hidden)
    _check_output(equation, operands, output)
    return operands, output


def _labelled(equation: str, term: str, tensor: Tensor) -> Operand:
    rank, count = tensor.shape.rank, len(term.replace("...", ""))
    if "..." not in term:
        if rank not in (None, count):
            raise ValueError(f"{term!r} in {equation!r} does not fit {tensor!r} of rank {rank}")
        return Operand(tensor, tuple(term))
    if rank is None:
        raise ValueError(f"the rank of {tensor!r} must be known for {term!r} in {equation!r}")
    if rank < count:
        raise ValueError(f"{term!r} in {equation!r} does not fit {tensor!r} of rank {rank}")
    return Operand(tensor, _expanded(term, rank - count))


def _expanded(term: str, hidden: int) -> Labels:
    """The labels of a term whose ellipsis stands for some number of axes."""
    before, dots, after = term.partition("...")
    middle = [f"...{place}" for place in range(hidden, 0, -1)] if dots else []
    return (*before, *middle, *after)


def _hidden(labels: Labels) -> int:
    return sum(label.startswith("...") for label in labels)


def _check_output(equation: str, operands: Sequence[Operand], output: Labels) -> None:
    present = {label for item in operands for label in item.labels}
    for label in output:
        if label not in present:
            raise ValueError(f"{label!r} in the output of {equation!r} belongs to no input")
    if len(set(output)) < len(output):
        raise ValueError(f"the output of {equation!r} has a letter twice")


def _check_sizes(equation: str, operands: Sequence[Operand]) -> None:
    """Check that axes with one label have one size, as far as it is known."""
    sizes: dict[str, int] = {}
    for tensor, labels in operands:
        dims = tensor.shape.as_tuple() or ()
        for label, size in zip(labels, dims, strict=False):
            if size is None or (size == 1 and label.startswith("...")):
                continue
            if sizes.setdefault(label, size) != size:
                raise ValueError(
                    f"in {equation!r}, {label!r} stands for {sizes[label]} and for {size} elements"
                )


# -- one operand -----------------------------------------------------------------------------------


def _with_diagonals(operand: Operand) -> Operand:
    """Take diagonals until no label occurs twice."""
    tensor, labels = operand
    for label, count in Counter(labels).items():
        for _ in range(count - 1):
            first = labels.index(label)
            second = labels.index(label, first + 1)
            others = [axis for axis in range(len(labels)) if axis not in (first, second)]
            tensor = ops.matrix_diag_part(ops.transpose(tensor, [*others, first, second]))
            labels = (*(labels[axis] for axis in others), label)
    return Operand(tensor, labels)


def _summed(operand: Operand, kept: Collection[str]) -> Operand:
    """Sum over the axes whose labels are not to be kept."""
    axes = [axis for axis, label in enumerate(operand.labels) if label not in kept]
    if not axes:
        return operand
    labels = tuple(label for label in operand.labels if label in kept)
    return Operand(ops.reduce_sum(operand.tensor, axes), labels)


def _transposed(operand: Operand, labels: Labels) -> Tensor:
    if labels == operand.labels:
        return operand.tensor
    return ops.transpose(operand.tensor, [operand.labels.index(label) for label in labels])


def _sizes(operand: Operand, labels: Labels) -> list[Size]:
    """The sizes of some axes."""
    dims = operand.tensor.shape.as_tuple()
    axes = [operand.labels.index(label) for label in labels]
    if dims is None or any(dims[axis] is None for axis in axes):
        shape = ops.shape(operand.tensor)
        return [shape[axis] if dims is None or dims[axis] is None else dims[axis] for axis in axes]
    return [dims[axis] for axis in axes]


def _reshaped(tensor: Tensor, sizes: Sequence[Size]) -> Tensor:
    is_known = all(isinstance(size, int) for size in sizes)
    return ops.reshape(tensor, list(sizes) if is_known else ops.stack(list(sizes)))


# -- several operands ------------------------------------------------------------------------------


def _path(operands: Sequence[Operand], output: Labels, optimize: str) -> Iterator[tuple[int, ...]]:
    """The operands to multiply at each step; their product goes to the end of the list."""
    if len(operands) <= 2:
        yield tuple(range(len(operands)))
        return
    import opt_einsum

    labels = dict.fromkeys(label for item in operands for label in item.labels)
    symbols = {label: opt_einsum.get_symbol(index) for index, label in enumerate(labels)}
    terms = ["".join(symbols[label] for label in item.labels) for item in operands]
    text = ",".join(terms) + "->" + "".join(symbols[label] for label in output)
    known: dict[str, int] = {}
    for tensor, names in operands:
        for label, size in zip(names, tensor.shape.as_tuple() or (), strict=False):
            known[label] = max(known.get(label, 1), size or 1)
    shapes = [tuple(known.get(label, 1) for label in item.labels) for item in operands]
    path, _ = opt_einsum.contract_path(text, *shapes, shapes=True, optimize=optimize)
    yield from path


def _contracted(
    operands: Sequence[Operand], kept: Collection[str], output: Labels | None
) -> Operand:
    """Multiply operands and sum over all labels that are not kept."""
    result = operands[0]
    for index, other in enumerate(operands[1:], start=2):
        later = {label for item in operands[index:] for label in item.labels}
        wanted = output if index == len(operands) else None
        result = _product(result, other, {*kept, *later}, wanted)
    return result


def _product(x: Operand, y: Operand, kept: Collection[str], wanted: Labels | None) -> Operand:
    """Multiply two operands and sum over what they share and nobody else needs.

    Args:
      x: an operand.
      y: an operand.
      kept: the labels that are needed later.
      wanted: the order of labels in which the product is needed, None if any will do.
    """
    x, y = _summed(x, {*kept, *y.labels}), _summed(y, {*kept, *x.labels})
    if all(label in kept for label in x.labels if label in y.labels):
        return _elementwise(x, y, wanted or x.labels)
    swapped, straight = _Layout(y, x, kept), _Layout(x, y, kept)
    is_better = swapped.transpositions(wanted) < straight.transpositions(wanted)
    return (swapped if is_better else straight).multiplied()


def _elementwise(x: Operand, y: Operand, wanted: Labels) -> Operand:
    """Multiply two operands that share no axis to sum over."""
    present = {*x.labels, *y.labels}
    first = [label for label in wanted if label in present]
    rest = [label for label in (*x.labels, *y.labels) if label not in first]
    labels = tuple(dict.fromkeys([*first, *rest]))
    return Operand(ops.multiply(_aligned(x, labels), _aligned(y, labels)), labels)


def _aligned(operand: Operand, labels: Labels) -> Tensor:
    """The operand with an axis of size 1 for each label that it lacks."""
    own = tuple(label for label in labels if label in operand.labels)
    tensor = _transposed(operand, own)
    first = labels.index(own[0]) if own else len(labels)
    if len(own) == len(labels) - first:
        return tensor  # broadcasting adds the leading axes
    index = tuple(slice(None) if label in own else None for label in labels[first:])
    return tensor[index]


class _Layout:
    """How two operands become matrices, whose product is theirs.

    Args:
      x: the operand whose own axes become the rows.
      y: the operand whose own axes become the columns.
      kept: the labels that are needed later.
    """

    def __init__(self, x: Operand, y: Operand, kept: Collection[str]) -> None:
        self.x, self.y = x, y
        shared = [label for label in x.labels if label in y.labels]
        batch = [label for label in shared if label in kept]
        # Axes of ellipses broadcast from the right as those of batches do: they come first.
        self.batch: Labels = tuple(sorted(batch, key=lambda label: not label.startswith("...")))
        self.rows: Labels = tuple(label for label in x.labels if label not in shared)
        self.columns: Labels = tuple(label for label in y.labels if label not in shared)
        summed = {label for label in shared if label not in kept}
        in_x = tuple(label for label in x.labels if label in summed)
        in_y = tuple(label for label in y.labels if label in summed)
        self.inner = min((in_x, in_y), key=self._copies)

    @property
    def labels(self) -> Labels:
        """The labels of the product."""
        return (*self.batch, *self.rows, *self.columns)

    def transpositions(self, wanted: Labels | None) -> int:
        """How many transpositions are needed."""
        return self._copies(self.inner) + (wanted is not None and wanted != self.labels)

    def _copies(self, inner: Labels) -> int:
        x_orders = ((*self.batch, *self.rows, *inner), (*self.batch, *inner, *self.rows))
        y_orders = ((*self.batch, *inner, *self.columns), (*self.batch, *self.columns, *inner))
        return (self.x.labels not in x_orders) + (self.y.labels not in y_orders)

    def multiplied(self) -> Operand:
        """The product."""
        left, swap_left = self._matrix(self.x, self.rows, self.inner)
        right, swap_right = self._matrix(self.y, self.inner, self.columns)
        product = ops.matmul(left, right, transpose_a=swap_left, transpose_b=swap_right)
        if len(self.rows) == len(self.columns) == 1:
            return Operand(product, self.labels)
        batch = _sizes(Operand(product, (*self.batch, "", "")), self.batch)
        sizes = [*batch, *_sizes(self.x, self.rows), *_sizes(self.y, self.columns)]
        return Operand(_reshaped(product, sizes), self.labels)

    def _matrix(self, operand: Operand, rows: Labels, columns: Labels) -> tuple[Tensor, bool]:
        """An operand as batch of matrices, and whether they are transposed."""
        is_swapped = operand.labels == (*self.batch, *columns, *rows) != (
            *self.batch, *rows, *columns,
        )  # fmt: skip
        if is_swapped:
            rows, columns = columns, rows
        tensor = _transposed(operand, (*self.batch, *rows, *columns))
        if len(rows) == len(columns) == 1:
            return tensor, is_swapped
        batch = _sizes(operand, self.batch)
        merged = [_total(_sizes(operand, rows)), _total(_sizes(operand, columns))]
        return _reshaped(tensor, [*batch, *merged]), is_swapped


def _total(sizes: Sequence[Size]) -> Size:
    """The product of sizes."""
    known = prod(size for size in sizes if isinstance(size, int))
    unknown = [size for size in sizes if not isinstance(size, int)]
    if not unknown:
        return known
    return ops.reduce_prod(ops.stack([*unknown, known]))
