"""`tf.GradientTape`: differentiate what was built in a block, by the graph's own gradients.

A tape remembers which operations were added to the graph while it recorded, and which tensors it
watches. Those of the operations that depend on a watched tensor are on the tape; to `tf.gradients`
everything else is a constant.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor, to_reference
from graphflow.core.deprecation import warn_once
from graphflow.core.gradients import UnconnectedGradients, gradients
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys

__all__ = ["GradientTape", "recompute_grad"]


class GradientTape:
    """Record operations, to differentiate them later.

    Args:
      persistent: whether gradients may be asked for more than once.
      watch_accessed_variables: whether trainable variables that are used are watched unasked.

    >>> import graphflow as tf
    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> print(tf.Session().run(tape.gradient(y, x)))
    6.0
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_accessed_variables = watch_accessed_variables
        self._graph: Graph | None = None
        self._clear()

    def _clear(self) -> None:
        # Ranges of operation ids that were recorded; the last one is open while recording.
        self._ranges: list[tuple[int, int | None]] = []
        # Since which operation id each tensor is watched.
        self._watched: dict[Tensor, int] = {}
        self._watched_variables: list[Any] = []
        self._was_used = False

    # -- recording --------------------------------------------------------------------------------

    def __enter__(self) -> GradientTape:
        """Begin to record."""
        if self._is_recording:
            raise ValueError("the tape is recording already")
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop recording."""
        if self._is_recording:
            self._stop()

    @property
    def _is_recording(self) -> bool:
        return bool(self._ranges) and self._ranges[-1][1] is None

    def _start(self) -> None:
        graph = get_default_graph()
        if self._graph not in (None, graph):
            raise ValueError("the tape has recorded another graph; use a tape for each")
        self._graph = graph
        self._ranges.append((_next_id(graph), None))

    def _stop(self) -> None:
        assert self._graph is not None
        self._ranges[-1] = (self._ranges[-1][0], _next_id(self._graph))

    def watch(self, tensor: Any) -> None:
        """Watch tensors: operations on them are recorded from now on.

        Args:
          tensor: a tensor, a variable, or a nested list of those.

        Raises:
          ValueError: it is something else.
        """
        for item in nest.flatten(tensor):
            if not isinstance(item, Tensor) and not hasattr(item, "_ref"):
                raise ValueError(f"a tape watches tensors and variables, not {item!r}")
            watched = _source(item)
            if watched is not item:
                self._watched_variables.append(item)
            elif not (item.dtype.is_floating or item.dtype.is_complex):
                warn_once(f"{item!r} is watched, but only floating and complex tensors have slopes")
            self._watched.setdefault(watched, _next_id(watched.graph))

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Leave out of the tape what is built in a block.

        Raises:
          RuntimeError: the tape is not recording.
        """
        if not self._is_recording:
            raise RuntimeError("the tape is not recording")
        self._stop()
        try:
            yield
        finally:
            self._start()

    def reset(self) -> None:
        """Forget what was recorded and what is watched."""
        was_recording = self._is_recording
        self._clear()
        if was_recording:
            self._start()

    def watched_variables(self) -> tuple[Any, ...]:
        """Return the variables that are watched, in order of creation."""
        accessed = self._accessed_variables() if self._graph is not None else []
        found = {variable.op: variable for variable in (*self._watched_variables, *accessed)}
        return tuple(found[op] for op in sorted(found, key=lambda op: op.id))

    def _accessed_variables(self) -> list[Any]:
        """The trainable variables that recorded operations use, if those are watched unasked."""
        if not self._watch_accessed_variables:
            return []
        trainable = self._trainable()
        return [
            trainable[op]
            for op in trainable
            if any(self._is_recorded(user) for user in _users(op.outputs[0]))
        ]

    def _trainable(self) -> dict[Operation, Any]:
        assert self._graph is not None
        variables = self._graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        return {_source(variable).op: variable for variable in variables}

    def _is_recorded(self, operation: Operation) -> bool:
        return any(
            first <= operation.id and (end is None or operation.id < end)
            for first, end in self._ranges
        )

    # -- differentiating --------------------------------------------------------------------------

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """Return the derivatives of `target` with respect to `sources`, by what is on the tape.

        Args:
          target: a tensor or nested list of tensors; derivatives of their sum are returned.
          sources: a tensor or variable, or a nested list or dictionary of those.
          output_gradients: for each target the gradient to start from; ones by default.
          unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`.

        Returns:
          For each source, in the structure of `sources`: a tensor, an `IndexedSlices`, or None
          (zeros with `UnconnectedGradients.ZERO`) where `target` does not depend on it.

        Raises:
          RuntimeError: gradients were asked for before, and the tape is not persistent.
        """
        self._use()
        targets, leaves = nest.flatten(target), nest.flatten(sources)
        starts = None if output_gradients is None else nest.flatten(output_gradients)
        found = self._gradients(targets, leaves, starts, unconnected_gradients)
        return nest.pack_sequence_as(sources, found)

    def _use(self) -> None:
        if self._graph is None or (self._was_used and not self._persistent):
            raise RuntimeError(
                "a tape gives gradients once, after it has recorded; make it persistent to ask more"
            )
        self._was_used = True
        if self._is_recording and not self._persistent:
            self._stop()

    def _gradients(
        self,
        targets: Sequence[Any],
        sources: Sequence[Any],
        starts: Sequence[Any] | None,
        unconnected: Any,
    ) -> list[Any]:
        on_tape, live = self._on_tape()
        stops = {
            tensor
            for operation in on_tape
            for tensor in operation.inputs
            if tensor.op not in on_tape
        }
        ys = [convert_to_tensor(y) for y in targets]
        stops |= {y for y in ys if y.op not in on_tape}
        xs = [_source(source) for source in sources]
        found = gradients(
            list(ys), xs, grad_ys=starts, stop_gradients=list(stops), name="gradient_tape",
            unconnected_gradients=unconnected,
        )  # fmt: skip
        is_zero = UnconnectedGradients(unconnected) is UnconnectedGradients.ZERO
        return [
            grad if x in live or x in ys else (ops.zeros_like(source) if is_zero else None)
            for x, source, grad in zip(xs, sources, found, strict=True)
        ]

    def _on_tape(self) -> tuple[set[Operation], set[Tensor]]:
        """The operations on the tape, and the tensors that are watched or depend on those."""
        assert self._graph is not None
        since = dict(self._watched)
        if self._watch_accessed_variables:
            since.update({op.outputs[0]: op.id for op in self._trainable()})
        on_tape: set[Operation] = set()
        for operation in self._graph.get_operations():
            if not (self._is_recorded(operation) or _reads_variable(operation)):
                continue
            if any(since.get(tensor, math.inf) <= operation.id for tensor in operation.inputs):
                on_tape.add(operation)
                since.update(dict.fromkeys(operation.outputs, operation.id))
        return on_tape, set(since)

    # -- Jacobians --------------------------------------------------------------------------------

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """Return the derivatives of each element of `target` with respect to each of `sources`.

        Args:
          target: a tensor of statically known shape.
          sources: a tensor or variable, or a nested list or dictionary of those.
          unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`.
          parallel_iterations: a hint without effect.
          experimental_use_pfor: a hint without effect.

        Returns:
          For each source, in the structure of `sources`: a tensor of shape
          `target.shape + source.shape`, or None where `target` does not depend on it.

        Raises:
          RuntimeError: gradients were asked for before, and the tape is not persistent.
          NotImplementedError: the shape of `target` is not known.

        >>> import graphflow as tf
        >>> x = tf.constant([1.0, 3.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x * x
        >>> tf.Session().run(tape.jacobian(y, x))
        array([[ 3.,  0.],
               [ 0., 27.]], dtype=float32)
        """
        del parallel_iterations, experimental_use_pfor
        self._use()
        leaves = nest.flatten(sources)
        shape = _known_shape(target, target.shape.as_tuple())
        rows = [
            self._gradients([target], leaves, [start], unconnected_gradients)
            for start in _one_hots(target, shape)
        ]
        found = [
            _stacked([row[i] for row in rows], ops.constant(shape, np.int32), ops.shape(leaf))
            for i, leaf in enumerate(leaves)
        ]
        return nest.pack_sequence_as(sources, found)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """Return a Jacobian for each example: `target[i]` must depend on `source[i]` alone.

        Args:
          target: a tensor [b, y...], of which all sizes but b are known.
          source: a tensor [b, x...].
          unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`.
          parallel_iterations: a hint without effect.
          experimental_use_pfor: a hint without effect.

        Returns:
          A tensor [b, y..., x...], or None if `target` does not depend on `source`.

        Raises:
          ValueError: the first sizes differ.
          RuntimeError: gradients were asked for before, and the tape is not persistent.
          NotImplementedError: the shape of `target` is not known.

        >>> import graphflow as tf
        >>> x = tf.constant([[1.0, 3.0], [4.0, 5.0]])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tf.Session().run(tape.batch_jacobian(y, x)[1])
        array([[ 8.,  0.],
               [ 0., 10.]], dtype=float32)
        """
        del parallel_iterations, experimental_use_pfor
        self._use()
        target.shape.with_rank_at_least(1)[:1].merge_with(source.shape.with_rank_at_least(1)[:1])
        shape = _known_shape(target, target.shape[1:].as_tuple())
        rows = [
            self._gradients([target], [source], [start], unconnected_gradients)[0]
            for start in _one_hots(target, shape)
        ]
        sizes = ops.concat([ops.shape(target)[:1], shape], 0)
        return _stacked(rows, sizes, ops.shape(source)[1:], axis=1)


def _next_id(graph: Graph) -> int:
    """The id of the next operation."""
    return graph.version


def _source(item: Any) -> Tensor:
    """What gradients are taken for: a tensor, the reference or handle of a variable."""
    return to_reference(item)


def _reads_variable(operation: Operation) -> bool:
    """Whether an operation only reads a variable: it may have been made with the variable."""
    inputs = operation.inputs
    return (
        operation.type in ("Identity", "ReadVariableOp")
        and len(inputs) == 1
        and inputs[0].op.op.is_variable
    )


def _users(tensor: Tensor) -> Iterator[Operation]:
    """The operations that use a variable or what was read of it."""
    for operation in tensor.consumers():
        yield operation
        if _reads_variable(operation):
            yield from operation.outputs[0].consumers()


def _known_shape(target: Tensor, sizes: tuple[int | None, ...] | None) -> list[int]:
    if sizes is None or None in sizes:
        raise NotImplementedError(
            f"the Jacobian of {target!r} needs its static shape: one gradient is built for each "
            "element, as tf.while_loop is not used here"
        )
    return [size for size in sizes if size is not None]


def _one_hots(target: Tensor, shape: Sequence[int]) -> Iterator[Tensor]:
    """Starts of gradients: one where an element of the last axes is, zero elsewhere."""
    for index in range(math.prod(shape)):
        start = np.zeros(math.prod(shape), target.dtype.base_dtype.numpy)
        start[index] = 1
        yield ops.broadcast_to(ops.constant(start.reshape(shape)), ops.shape(target))


def _stacked(rows: Sequence[Any], outer: Tensor, inner: Tensor, axis: int = 0) -> Any:
    """Gradients for the elements of one tensor, as a tensor of shape outer + inner."""
    if not rows or rows[0] is None:
        return None
    stacked = ops.stack([convert_to_tensor(row) for row in rows], axis=axis)
    return ops.reshape(stacked, ops.concat([outer, inner], 0))


# -- recomputing -----------------------------------------------------------------------------------


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function be computed again for its gradient, so that its inner values need not stay.

    Args:
      f: a function of tensors that returns a tensor or a list of tensors; it may use variables.

    Returns:
      A function with the same results and gradients.

    >>> import graphflow as tf
    >>> @tf.recompute_grad
    ... def cube(x):
    ...     return x * x * x
    >>> x = tf.constant(2.0)
    >>> print(tf.Session().run(tf.gradients(cube(x), x)[0]))
    12.0
    """

    def recomputed(*args: Any, **keywords: Any) -> Any:
        @ops.custom_gradient
        def inner(*inputs: Any) -> Any:
            result = f(*inputs, **keywords)

            def grad(*slopes: Any, variables: Sequence[Any] | None = None) -> Any:
                starts = [slope for slope in slopes if slope is not None]
                # Through the slopes the second computation differs from the first, and is later.
                late = ops.identity_n([*inputs, *starts])[: len(inputs)]
                watched = [*late, *(variables or ())]
                with GradientTape() as tape:
                    tape.watch(watched)
                    again = nest.flatten(f(*late, **keywords))
                targets = [y for y, slope in zip(again, slopes, strict=True) if slope is not None]
                found = tape.gradient(targets, watched, output_gradients=starts)
                if variables is None:
                    return found
                return found[: len(inputs)], found[len(inputs) :]

            return result, grad

        return inner(*args)

    return recomputed
