"""Connectionist temporal classification: the loss, and the decoding of logits to labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import dtype_set, int64 as _int64
from graphflow.core.errors import FailedPreconditionError, InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, i32, i64, invalid
from graphflow.ops.kernels import ctc
from graphflow.ops.kernels.ctc_beam import beam_search

__all__ = [
    "CTCBeamSearchDecoder",
    "CTCGreedyDecoder",
    "CTCLoss",
    "collapse_repeated",
    "ctc_beam_search_decoder",
    "ctc_beam_search_decoder_v2",
    "ctc_greedy_decoder",
    "ctc_loss",
    "ctc_loss_v2",
    "ctc_unique_labels",
]

_TYPES = dtype_set("float32 float64")


def _batch_size(inputs: TensorSpec, sequence_length: TensorSpec) -> TensorShape:
    """The shape [batch] of the inputs [time, batch, classes] and of the lengths."""
    check_rank("inputs", inputs, 3)
    check_rank("sequence_length", sequence_length, 1)
    sizes = inputs.shape.as_tuple() or (None, None, None)
    try:
        return TensorShape.of((sizes[1],)).merge_with(sequence_length.shape)
    except ValueError as error:
        raise ValueError(
            f"sequence_length must have one length for each example: inputs have shape"
            f" {inputs.shape}, sequence_length has {sequence_length.shape}"
        ) from error


def _too_long(lengths: Array, steps: int) -> str | None:
    """What to complain of if a length exceeds the time."""
    if not lengths.size or lengths.max() <= steps:
        return None
    worst = int(lengths.argmax())
    return f"sequence_length[{worst}] is {lengths[worst]}, but inputs have {steps} steps in time"


# -- loss ------------------------------------------------------------------------------------------


@register
class CTCLoss(Op):
    """The loss of each example and its gradient for the inputs."""

    preprocess_collapse_repeated: bool = False
    ctc_merge_repeated: bool = True
    ignore_longer_outputs_than_inputs: bool = False

    inputs = "inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32"
    outputs = "loss, gradient"
    types = {"T": _TYPES}

    def infer(
        self,
        inputs: TensorSpec,
        labels_indices: TensorSpec,
        labels_values: TensorSpec,
        sequence_length: TensorSpec,
    ) -> tuple[TensorSpec, TensorSpec]:
        check_rank("labels_indices", labels_indices, 2)
        check_rank("labels_values", labels_values, 1)
        if labels_indices.shape.rank is not None:
            labels_indices.shape[:1].assert_is_compatible_with(labels_values.shape)
        batch = _batch_size(inputs, sequence_length)
        steps, _, classes = inputs.shape.as_tuple() or (None, None, None)
        dtype = inputs.dtype.base_dtype
        whole = TensorShape.of((steps, batch[0].value, classes))
        return TensorSpec(batch, dtype), TensorSpec(whole, dtype)

    def kernel(
        self, inputs: Array, labels_indices: Array, labels_values: Array, sequence_length: Array
    ) -> tuple[Array, Array]:
        steps, batch, classes = inputs.shape
        lengths = sequence_length.astype(np.int64)
        complaint = _too_long(lengths, steps)
        if complaint or (lengths < 0).any():
            raise invalid(complaint or f"lengths must not be negative: {lengths.tolist()}")
        if not (batch and steps and classes):
            raise invalid(f"inputs must not be empty, they have shape {inputs.shape}")
        labels = self._labels(labels_indices, labels_values, batch, classes)
        ignored = self._ignored(labels, lengths)
        lengths = np.where(ignored, 0, lengths)
        merge = self.ctc_merge_repeated
        loss, gradient = ctc.loss_and_gradient(inputs, labels, lengths, merge)
        return loss.astype(inputs.dtype), gradient.astype(inputs.dtype)

    def _labels(self, indices: Array, values: Array, batch: int, classes: int) -> ctc.Labels:
        rows, columns = indices[:, 0], indices[:, 1]
        if rows.size and (rows.min() < 0 or rows.max() >= batch):
            raise invalid(f"labels are of examples 0 to {batch - 1}: {rows.min()} to {rows.max()}")
        keys = rows * (columns.max(initial=0) + 1) + columns
        if (keys[1:] <= keys[:-1]).any():
            raise invalid("labels are out of order, or repeated: sort them with tf.sparse.reorder")
        labels = ctc.Labels.of_flat(rows, values, batch)
        if (labels.lengths == 0).any():
            raise invalid(f"example {int(labels.lengths.argmin())} has no labels")
        if values.min() < 0:
            raise invalid(f"labels must not be negative: {values.min()}")
        is_padding = labels.values >= classes - 1
        if (is_padding[:, :-1] & ~is_padding[:, 1:] & labels.is_inside()[:, 1:]).any():
            raise invalid(
                f"labels must be below {classes - 1}, the blank; larger ones may only stand behind"
                " all others, as padding"
            )
        labels = labels.select(~is_padding)
        return labels.without_repetition() if self.preprocess_collapse_repeated else labels

    def _ignored(self, labels: ctc.Labels, lengths: Array) -> Array:
        """Which examples have more labels than steps in time."""
        longer = labels.lengths > lengths
        if longer.any() and not self.ignore_longer_outputs_than_inputs:
            worst = int(longer.argmax())
            raise invalid(
                f"example {worst} has {labels.lengths[worst]} labels, but only {lengths[worst]}"
                " steps in time; ignore_longer_outputs_than_inputs=True leaves such examples out"
            )
        return longer

    def gradient(self, op: Operation, grad: Tensor, _: Any) -> Sequence[Tensor | None]:
        message = "the gradient of the CTC loss cannot be differentiated"
        by_inputs = ops.prevent_gradient(op.outputs[1], message=message)
        return ops.multiply(ops.expand_dims(grad, -1), by_inputs), None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.random.RandomState(3).normal(size=(5, 3, 4))
        indices = i64([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 0]])
        values, lengths = i32([0, 2, 1, 1, 1, 2]), i32([5, 4, 2])
        # TensorFlow adds logarithms in single precision, also for float64.
        near: dict[str, Any] = {"rtol": 1e-6, "gradient_outputs": (0,), "note": "as in TensorFlow"}
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), logits.astype(dtype), indices, values, lengths, **near)
        for op in (cls(ctc_merge_repeated=False), cls(preprocess_collapse_repeated=True)):
            yield Sample.of(op, logits, indices, values, lengths, **near)
        short = i32([2, 0, 1])
        yield Sample.of(cls(False, True, True), logits, indices, values, short, **near)
        repeated, four = i32([1, 1, 1, 1, 1, 2]), i32([4, 4, 4])
        no_path = "no path gives the labels of an example: an infinite loss"
        yield Sample.of(cls(), logits, indices, repeated, four, rtol=1e-6, gradient=(),
                        note=no_path)  # fmt: skip
        extreme = logits.copy()
        extreme[1] *= 1e5
        tiny = "TensorFlow takes very small probabilities for 0"
        yield Sample.of(cls(), extreme, indices, values, lengths, gradient=(), oracle=False,
                        note=tiny)  # fmt: skip

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x, at, one, steps = np.zeros((3, 2, 4), np.float32), i64([[0, 0], [1, 0]]), i32([1, 1]), 3
        good = i32([steps, steps])
        yield ErrorSample(cls(), (x[0], at, one, good), "rank 3")
        yield ErrorSample(cls(), (x, at, one, good[:1]), "one length for each example")
        yield ErrorSample(cls(), (x, at[0], one, good), "labels_indices must be a matrix")
        yield ErrorSample(cls(), (x, at, one[:1], good), "not compatible")
        for inputs, message in (
            ((x, at, one, i32([3, 4])), r"sequence_length\[1\] is 4"),
            ((x, at, one, i32([-1, 3])), "must not be negative"),
            ((x, at + i64([1, 0]), one, good), "examples 0 to 1"),
            ((x, at[::-1], one, good), "out of order"),
            ((x, at[:1], one[:1], good), "example 1 has no labels"),
            ((x, at, i32([1, -1]), good), "labels must not be negative"),
            ((x, i64([[0, 0], [0, 1], [1, 0]]), i32([3, 1, 1]), good), "below 3, the blank"),
            ((x, at, one, i32([3, 0])), "example 1 has 1 labels, but only 0 steps"),
            ((x[:, :, :0], at, one, good), "must not be empty"),
        ):
            yield ErrorSample(cls(), inputs, message, InvalidArgumentError, "run")


def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """Return how unlikely labels are for logits over time that no one has aligned with them.

    It is the connectionist temporal classification loss of Graves, Fernandez, Gomez and Schmidhuber
    (2006). The last class is the blank; logits are normalised here.

    Args:
      labels: int32 `SparseTensor` [batch, ...], the labels of each example in order.
      inputs: float32 or float64 [time, batch, classes].
      sequence_length: int32 [batch], how many steps in time each example has.
      preprocess_collapse_repeated: whether to take equal labels in a row for one.
      ctc_merge_repeated: whether equal classes in a row, without a blank between them, are one
        label; False is a simpler model than the original.
      ignore_longer_outputs_than_inputs: whether examples with more labels than steps in time get
        the loss 0, rather than being an error.
      time_major: False if `inputs` are [batch, time, classes].
      logits: another name of `inputs`.

    Returns:
      The loss of each example, [batch]: minus the logarithm of the labels' probability.

    Raises:
      TypeError: the labels are no `SparseTensor`.
      ValueError: the shapes do not fit, or both `inputs` and `logits` are given.
      tf.errors.InvalidArgumentError: (in a run) an example has no labels or more labels than steps
        in time; a label is out of range; a length exceeds the time.

    >>> import graphflow as tf
    >>> labels = tf.SparseTensor([[0, 0]], [0], [1, 1])
    >>> logits = tf.log([[[0.25, 0.75]], [[0.5, 0.5]]])
    >>> loss = tf.nn.ctc_loss(labels, logits, [2])
    >>> tf.Session().run(tf.exp(-loss))  # label twice, blank and label, label and blank
    array([0.625], dtype=float32)
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError(f"labels must be a SparseTensor, not {labels!r}")
    if inputs is not None and logits is not None:
        raise ValueError("inputs and logits are two names of one argument: give one of them")
    inputs = convert_to_tensor(logits if inputs is None else inputs, name="logits")
    if not time_major:
        inputs = ops.transpose(inputs, [1, 0, 2])
    op = CTCLoss(
        preprocess_collapse_repeated, ctc_merge_repeated, ignore_longer_outputs_than_inputs
    )
    return apply_multi(op, inputs, labels.indices, labels.values, sequence_length)[0]


def ctc_loss_v2(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Return how unlikely labels are for logits over time; labels may be dense.

    Args:
      labels: int [batch, longest], padded; or an int32 `SparseTensor`.
      logits: float32 or float64 [time, batch, classes].
      label_length: int [batch], how many labels each example has; None for sparse labels.
      logit_length: int [batch], how many steps in time each example has.
      logits_time_major: False if `logits` are [batch, time, classes].
      unique: what `tf.nn.ctc_unique_labels` gives; without effect on the result.
      blank_index: which class is the blank, from the end if negative. By default the first one;
        sparse labels need it.
      name: name scope of the operations.

    Returns:
      The loss of each example, [batch].

    Raises:
      ValueError: labels are sparse and there is no `blank_index`, or there is no such class.
      tf.errors.InvalidArgumentError: (in a run) as `tf.nn.ctc_loss`.

    >>> import graphflow as tf
    >>> logits = tf.log([[[0.75, 0.25]], [[0.5, 0.5]]])
    >>> loss = tf.nn.ctc_loss_v2([[1, 0]], logits, label_length=[1], logit_length=[2])
    >>> tf.Session().run(tf.exp(-loss))
    array([0.625], dtype=float32)
    """
    del unique  # it is there to save time
    if isinstance(labels, SparseTensor) and blank_index is None:
        raise ValueError("sparse labels need blank_index: -1 for the last class")
    with name_scope(name, "ctc_loss", [logits, label_length, logit_length]):
        logits = convert_to_tensor(logits, name="logits")
        blank = _blank(logits, blank_index or 0)
        if not isinstance(labels, SparseTensor):
            labels = _sparse_labels(labels, label_length)
        if blank is not None:
            parts = [logits[:, :, :blank], logits[:, :, blank + 1 :], logits[:, :, blank, None]]
            logits = ops.concat(parts, axis=2)
            values: Any = labels.values
            shifted = ops.where(values < blank, values, values - 1)
            labels = SparseTensor(labels.indices, shifted, labels.dense_shape)
        return ctc_loss(labels, logits, logit_length, time_major=logits_time_major)


def _blank(logits: Tensor, index: int) -> Any:
    """Which class is the blank, counted from the first one; None if it is the last one."""
    classes = logits.shape.with_rank(3)[2].value
    if classes is None:
        if index == -1:
            return None
        return index if index >= 0 else ops.shape(logits)[2] + index
    if not -classes <= index < classes:
        raise ValueError(f"blank_index {index} is out of range for {classes} classes")
    return None if index in (-1, classes - 1) else index % classes


def _sparse_labels(labels: Any, lengths: Any) -> SparseTensor:
    labels = ops.cast(convert_to_tensor(labels, name="labels"), "int32")
    lengths = convert_to_tensor(lengths, name="label_length")
    shape = ops.shape(labels, out_type=_int64)
    indices = ops.where(ops.sequence_mask(lengths, shape[1]))
    return SparseTensor(indices, ops.gather_nd(labels, indices), shape)


def ctc_unique_labels(labels: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Find the distinct labels of each example.

    Args:
      labels: int32 or int64 [batch, longest].
      name: name scope of the operations.

    Returns:
      The distinct labels of each example in order of appearance, padded with 0, int64 [batch,
      longest]; and where each label is among them, int32 [batch, longest].

    Raises:
      ValueError: the labels are no matrix.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.ctc_unique_labels([[7, 3, 7], [2, 2, 5]]))
    (array([[7, 3, 0],
           [2, 5, 0]]), array([[0, 1, 0],
           [0, 0, 1]], dtype=int32))
    """
    with name_scope(name, "ctc_unique_labels", [labels]):
        labels = convert_to_tensor(labels, name="labels")
        labels.shape.with_rank(2)
        count = ops.shape(labels)[1]
        place = ops.range(count)
        same = ops.equal(ops.expand_dims(labels, 2), ops.expand_dims(labels, 1))
        first = ops.argmax(ops.cast(same, "int32"), 2, output_type="int32")
        is_first: Any = ops.equal(first, place)
        ranks = ops.cumsum(ops.cast(is_first, "int32"), 1, exclusive=True)
        idx = ops.batch_gather(ranks, first)
        # The first ones move to the front: what is not one goes behind them.
        target = ops.where(is_first, ranks, ops.fill(ops.shape(ranks), count))
        chosen = ops.equal(ops.expand_dims(target, 2), place)
        parts: Any = ops.cast(chosen, _int64)
        unique = ops.reduce_sum(parts * ops.cast(ops.expand_dims(labels, 2), _int64), 1)
        unique.set_shape(labels.shape)
        idx.set_shape(labels.shape)
        return unique, idx


def collapse_repeated(labels: Any, seq_length: Any, name: str | None = None) -> tuple[Tensor, Any]:
    """Take equal labels in a row for one.

    Args:
      labels: [batch, longest].
      seq_length: int32 or int64 [batch], how many labels each example has.
      name: name scope of the operations.

    Returns:
      The labels that remain, [batch, at most longest], padded with 0; and how many there are,
      [batch], of the dtype of `seq_length`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.nn.collapse_repeated([[4, 4, 2, 4], [1, 1, 1, 0]], [4, 2]))
    (array([[4, 2, 4],
           [1, 0, 0]], dtype=int32), array([3, 1], dtype=int32))
    """
    with name_scope(name, "collapse_repeated_labels", [labels, seq_length]):
        labels = convert_to_tensor(labels, name="labels")
        seq_length = convert_to_tensor(seq_length, name="seq_length")
        changes = ops.not_equal(labels[:, 1:], labels[:, :-1])
        kept = ops.concat([ops.ones_like(labels[:, :1], dtype="bool"), changes], axis=1)
        longest = ops.shape(kept)[1]
        kept = ops.logical_and(kept, ops.sequence_mask(seq_length, longest))
        kept.set_shape([None, None])
        lengths = ops.reduce_sum(ops.cast(kept, seq_length.dtype), axis=1)
        remaining = ops.reduce_max(lengths)
        targets = ops.where(ops.sequence_mask(lengths, remaining))
        shape = ops.stack([ops.shape(labels)[0], ops.cast(remaining, "int32")])
        values = ops.boolean_mask(labels, kept)
        result = ops.scatter_nd(targets, values, ops.cast(shape, _int64))
        result.set_shape([labels.shape[0].value, None])
        return result, lengths


# -- decoding --------------------------------------------------------------------------------------


class _Decoder(Op):
    """What the decoders share."""

    inputs = "inputs: T, sequence_length: int32"
    outputs = "decoded_indices, decoded_values, decoded_shape, log_probability"
    types = {"T": _TYPES}
    differentiable = False

    merge_repeated: bool

    def _specs(self, inputs: TensorSpec, lengths: TensorSpec, paths: int) -> list[TensorSpec]:
        batch = _batch_size(inputs, lengths)
        each = [((None, 2), paths), ((None,), paths), ((2,), paths)]
        specs = [TensorSpec(TensorShape.of(shape), _int64) for shape, n in each for _ in range(n)]
        scores = TensorShape.of((batch[0].value, paths))
        return [*specs, TensorSpec(scores, inputs.dtype.base_dtype)]

    @staticmethod
    def _check(inputs: Array, lengths: Array) -> None:
        complaint = _too_long(lengths, len(inputs))
        if complaint:
            raise FailedPreconditionError(None, None, complaint)
        if not inputs.size:
            raise invalid(f"inputs must not be empty, they have shape {inputs.shape}")

    @staticmethod
    def _sparse(paths: Sequence[ctc.Labels]) -> list[Array]:
        """Indices of each path, then values, then shapes."""
        inside = [labels.is_inside() for labels in paths]
        indices = [np.argwhere(mask) for mask in inside]
        values = [labels.values[mask] for labels, mask in zip(paths, inside, strict=True)]
        shapes = [i64([len(labels.lengths), labels.lengths.max(initial=0)]) for labels in paths]
        return [*indices, *values, *shapes]

    def _errors(self) -> Iterator[ErrorSample]:
        x = np.zeros((3, 2, 4), np.float32)
        yield ErrorSample(self, (x[0], i32([3, 3])), "rank 3")
        yield ErrorSample(self, (x, i32([3])), "one length for each example")
        yield ErrorSample(
            self, (x, i32([3, 4])), r"sequence_length\[1\] is 4", FailedPreconditionError, "run"
        )
        empty = (x[:, :0], i32([]))
        yield ErrorSample(self, empty, "must not be empty", InvalidArgumentError, "run")


@register
class CTCGreedyDecoder(_Decoder):
    """The labels of the most likely path."""

    merge_repeated: bool = False

    def infer(self, inputs: TensorSpec, sequence_length: TensorSpec) -> list[TensorSpec]:
        return self._specs(inputs, sequence_length, 1)

    def kernel(self, inputs: Array, sequence_length: Array) -> list[Array]:
        self._check(inputs, sequence_length)
        lengths = sequence_length.astype(np.int64)
        labels, score = ctc.greedy_paths(inputs, lengths, self.merge_repeated)
        return [*self._sparse([labels]), score[:, None].astype(inputs.dtype)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.random.RandomState(5).normal(size=(7, 3, 3))
        for dtype in (np.float32, np.float64):
            for merge in (False, True):
                yield Sample.of(cls(merge), logits.astype(dtype), i32([7, 4, 0]))
        yield Sample.of(cls(), logits, i32([0, 0, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from cls()._errors()


@register
class CTCBeamSearchDecoder(_Decoder):
    """The most likely labels that a beam search finds."""

    beam_width: int
    top_paths: int
    merge_repeated: bool = True

    def list_sizes(self, total: int, lists: Sequence[Any]) -> dict[str, int]:
        return {arg.name: self.top_paths for arg in lists}

    def infer(self, inputs: TensorSpec, sequence_length: TensorSpec) -> list[TensorSpec]:
        for name in ("beam_width", "top_paths"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, it is {getattr(self, name)}")
        return self._specs(inputs, sequence_length, self.top_paths)

    def kernel(self, inputs: Array, sequence_length: Array) -> list[Array]:
        self._check(inputs, sequence_length)
        if self.top_paths > self.beam_width:
            raise invalid(f"beam_width {self.beam_width} gives no {self.top_paths} top_paths")
        lengths = sequence_length.astype(np.int64)
        paths, scores = beam_search(inputs, lengths, self.beam_width, self.top_paths)
        missing = np.isneginf(scores).any(axis=1)
        if missing.any():
            raise invalid(
                f"there are fewer than top_paths = {self.top_paths} possible paths for example"
                f" {int(missing.argmax())}"
            )
        if self.merge_repeated:
            paths = [labels.without_repetition() for labels in paths]
        return [*self._sparse(paths), scores.astype(inputs.dtype)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.random.RandomState(5).normal(size=(7, 3, 3))
        near: dict[str, Any] = {"rtol": 1e-6}  # TensorFlow adds logarithms in single precision
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(5, 3), logits.astype(dtype), i32([7, 4, 3]), **near)
        yield Sample.of(cls(8, 2, False), logits * 3, i32([7, 4, 3]), **near)
        yield Sample.of(cls(1, 1), logits, i32([7, 1, 0]), **near)
        yield Sample.of(cls(100, 1), logits[:4], i32([4, 4, 4]), **near)
        wide = np.random.RandomState(6).normal(size=(4, 2, 12))
        yield Sample.of(cls(2, 2), wide, i32([4, 3]), **near)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from cls(4, 1)._errors()
        good = (np.zeros((3, 2, 4), np.float32), i32([3, 3]))
        yield ErrorSample(cls(0, 1), good, "beam_width must be positive")
        yield ErrorSample(cls(3, 0), good, "top_paths must be positive")
        yield ErrorSample(cls(2, 3), good, "gives no 3 top_paths", InvalidArgumentError, "run")
        few = (good[0], i32([3, 0]))
        yield ErrorSample(
            cls(9, 2), few, "possible paths for example 1", InvalidArgumentError, "run"
        )


def _decoded(outputs: Sequence[Tensor]) -> tuple[list[SparseTensor], Tensor]:
    *sparse, scores = outputs
    paths = len(sparse) // 3
    parts = zip(sparse[:paths], sparse[paths : 2 * paths], sparse[2 * paths :], strict=True)
    return [SparseTensor(*part) for part in parts], scores


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """Decode logits over time to the labels of the most likely path.

    Args:
      inputs: float32 or float64 [time, batch, classes], logits; the last class is the blank.
      sequence_length: int32 [batch], how many steps in time each example has.
      merge_repeated: whether equal classes in a row, without a blank between them, are one label.

    Returns:
      A list of one int64 `SparseTensor` [batch, longest], the labels; and the negated sum of the
      path's logits, [batch, 1].

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.FailedPreconditionError: (in a run) a length exceeds the time.

    >>> import graphflow as tf
    >>> logits = tf.constant([[[5.0, 1.0, 0.0]], [[4.0, 0.0, 1.0]], [[0.0, 0.5, 3.0]]])
    >>> (decoded,), score = tf.nn.ctc_greedy_decoder(logits, [3])
    >>> tf.Session().run([decoded.values, score])
    [array([0]), array([[-12.]], dtype=float32)]
    """
    return _decoded(apply_multi(CTCGreedyDecoder(merge_repeated), inputs, sequence_length))


def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> tuple[list[SparseTensor], Tensor]:
    """Decode logits over time to the most likely labels, by beam search.

    Args:
      inputs: float32 or float64 [time, batch, classes], logits; the last class is the blank.
      sequence_length: int32 [batch], how many steps in time each example has.
      beam_width: how many sequences of labels are pursued.
      top_paths: how many of them to return, at most `beam_width`.
      merge_repeated: whether equal labels in a row become one in the end, even if there was a blank
        between them: "ABBB" for "A BB B" is then "AB".

    Returns:
      A list of `top_paths` int64 `SparseTensor`s [batch, longest], the most likely labels first;
      and the logarithms of their probabilities, [batch, top_paths].

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) there are fewer sequences than `top_paths`.
      tf.errors.FailedPreconditionError: (in a run) a length exceeds the time.

    >>> import graphflow as tf
    >>> logits = tf.log([[[0.4, 0.6]], [[0.4, 0.6]]])
    >>> (best, second), score = tf.nn.ctc_beam_search_decoder(logits, [2], 5, top_paths=2)
    >>> tf.Session().run([best.values, second.values, tf.exp(score)])
    [array([0]), array([], dtype=int64), array([[0.6399..., 0.3599...]], dtype=float32)]
    """
    op = CTCBeamSearchDecoder(beam_width, top_paths, merge_repeated)
    return _decoded(apply_multi(op, inputs, sequence_length))


def ctc_beam_search_decoder_v2(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[SparseTensor], Tensor]:
    """Decode logits over time to the most likely labels, by beam search, without merging them.

    Args:
      inputs: float32 or float64 [time, batch, classes], logits; the last class is the blank.
      sequence_length: int32 [batch], how many steps in time each example has.
      beam_width: how many sequences of labels are pursued.
      top_paths: how many of them to return, at most `beam_width`.

    Returns:
      A list of `top_paths` int64 `SparseTensor`s [batch, longest], the most likely labels first;
      and the logarithms of their probabilities, [batch, top_paths].

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) there are fewer sequences than `top_paths`.
      tf.errors.FailedPreconditionError: (in a run) a length exceeds the time.

    >>> import graphflow as tf
    >>> logits = tf.log([[[0.4, 0.6]], [[0.4, 0.6]]])
    >>> (best,), score = tf.nn.ctc_beam_search_decoder_v2(logits, [2])
    >>> tf.Session().run([best.values, tf.exp(score)])
    [array([0]), array([[0.6399...]], dtype=float32)]
    """
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, False)
