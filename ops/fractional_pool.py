"""Pooling over windows of random sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import dtype_set, int64
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, i64, invalid
from graphflow.ops.kernels import fractional as kernels
from graphflow.ops.kernels.philox import Philox

__all__ = [
    "FractionalAvgPool",
    "FractionalAvgPoolGrad",
    "FractionalMaxPool",
    "FractionalMaxPoolGrad",
    "fractional_avg_pool",
    "fractional_max_pool",
]

_TYPES = dtype_set("float32 float64 int32 int64")


class FractionalPooling(NamedTuple):
    """What the functions here return.

    Attributes:
      output: the pooled images.
      row_pooling_sequence: int64, where windows along the height begin and the last one ends.
      col_pooling_sequence: likewise along the width.
    """

    output: Tensor
    row_pooling_sequence: Tensor
    col_pooling_sequence: Tensor


class _FractionalPool(Op):
    """Attributes, shapes and random windows of both poolings."""

    pooling_ratio: tuple[float, ...]
    pseudo_random: bool
    overlapping: bool
    deterministic: bool
    seed: int
    seed2: int

    inputs = "value: T"
    outputs = "output, row_pooling_sequence, col_pooling_sequence"
    types: ClassVar[Any] = {"T": _TYPES}
    stateful = True  # draws windows at each run
    needs_context = True

    def infer(self, value: TensorSpec) -> Sequence[TensorSpec]:
        self._check()
        dims = value.shape.with_rank(4).as_tuple() or (None,) * 4
        if 0 in dims:
            raise ValueError(f"there is nothing to pool in shape {value.shape}")
        batch, rows, columns, channels = (
            None if size is None else _pooled_size(size, ratio)
            for size, ratio in zip(dims, self.pooling_ratio, strict=True)
        )
        if 0 in (rows, columns):
            raise ValueError(f"pooling_ratio {self.pooling_ratio} is above a size of {value.shape}")
        # One more than windows, but TensorFlow's inference has as many: we leave it open.
        sequence = TensorSpec(TensorShape.of((None,)), int64)
        shape = TensorShape.of((batch, rows, columns, channels))
        return [TensorSpec(shape, value.dtype.base_dtype), sequence, sequence]

    def _check(self) -> None:
        if len(self.pooling_ratio) != 4:
            raise ValueError(f"pooling_ratio {self.pooling_ratio}: there must be 4 numbers")
        if self.pooling_ratio[0] != 1 or self.pooling_ratio[3] != 1:
            raise ValueError(
                f"pooling_ratio {self.pooling_ratio}: for batch and channels only 1 is possible"
            )
        if min(self.pooling_ratio) < 1:
            raise ValueError(f"pooling_ratio {self.pooling_ratio}: all must be at least 1")
        if not self.deterministic and (self.seed or self.seed2):
            raise ValueError(f"seeds {self.seed, self.seed2} are for deterministic=True only")

    def sequences(self, ctx: Context, shape: Sequence[int]) -> list[Array]:
        """Draw the windows along height and width."""
        state = Philox(*self._seeds(ctx))
        return [
            kernels.pooling_sequence(state, size, _pooled_size(size, ratio), self.pseudo_random)
            for size, ratio in zip(shape[1:3], self.pooling_ratio[1:3], strict=True)
        ]

    def _seeds(self, ctx: Context) -> tuple[int, int]:
        if not self.deterministic or self.seed or self.seed2:
            return self.seed, self.seed2
        # Some seeds, but the same at each run of the session.
        chosen = ctx.state(lambda: tuple(np.random.SeedSequence().generate_state(2).tolist()))
        return chosen  # type: ignore[no-any-return]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.random.RandomState(4).permutation(2 * 7 * 9 * 2).reshape(2, 7, 9, 2)
        for pseudo_random in (False, True):
            for overlapping in (False, True):
                op = cls.from_attributes({
                    "pooling_ratio": (1.0, 1.5, 1.75, 1.0),
                    "pseudo_random": pseudo_random,
                    "overlapping": overlapping,
                    "deterministic": True,
                    "seed": 5,
                    "seed2": 2,
                })  # fmt: skip
                for dtype in (np.float32, np.int32):
                    yield Sample.of(op, (image - 30).astype(dtype), gradient_outputs=(0,))
        attributes = {"pooling_ratio": (1.0, 1.25, 3.0, 1.0), "deterministic": True, "seed": 3}
        yield Sample.of(
            cls.from_attributes(attributes), image.astype(np.float64), gradient_outputs=(0,)
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((1, 4, 5, 1), np.float32)
        for attributes, message in (
            ({"pooling_ratio": (1.0, 1.5, 1.5)}, "there must be 4"),
            ({"pooling_ratio": (1.0, 1.5, 1.5, 2.0)}, "for batch and channels"),
            ({"pooling_ratio": (1.0, 0.5, 1.5, 1.0)}, "at least 1"),
            ({"pooling_ratio": (1.0, 1.5, 6.0, 1.0)}, "above a size"),
            ({"pooling_ratio": (1.0, 1.5, 1.5, 1.0), "seed": 2}, "deterministic"),
        ):
            yield ErrorSample(cls.from_attributes(attributes), (image,), message)


@register
class FractionalMaxPool(_FractionalPool):
    """The maximum of each window of random size."""

    pooling_ratio: tuple[float, ...]
    pseudo_random: bool = False
    overlapping: bool = False
    deterministic: bool = False
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, value: Array) -> tuple[Array, Array, Array]:
        rows, columns = self.sequences(ctx, value.shape)
        return kernels.max_pool(value, rows, columns, self.overlapping), rows, columns

    def gradient(self, op: Operation, grad: Tensor, *_sequences: Tensor | None) -> Tensor:
        back = FractionalMaxPoolGrad(self.overlapping)
        return apply(back, op.inputs[0], op.outputs[0], grad, *op.outputs[1:])


@register
class FractionalAvgPool(_FractionalPool):
    """The average of each window of random size."""

    pooling_ratio: tuple[float, ...]
    pseudo_random: bool = False
    overlapping: bool = False
    deterministic: bool = False
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, value: Array) -> tuple[Array, Array, Array]:
        rows, columns = self.sequences(ctx, value.shape)
        return kernels.avg_pool(value, rows, columns, self.overlapping), rows, columns

    def gradient(self, op: Operation, grad: Tensor, *_sequences: Tensor | None) -> Tensor:
        shape = ops.shape(op.inputs[0], out_type=int64)
        return apply(FractionalAvgPoolGrad(self.overlapping), shape, grad, *op.outputs[1:])


def _pooled_size(size: int, ratio: float) -> int:
    """How many windows there are, in the precision of TensorFlow's attribute."""
    return int(np.floor(np.float32(size) / np.float32(ratio)))


class _FractionalGradient(Op):
    """What both gradients share."""

    overlapping: bool

    types: ClassVar[Any] = {"T": _TYPES}

    @staticmethod
    def check(shape: Sequence[int], dy: Array, rows: Array, columns: Array) -> None:
        """Raise InvalidArgumentError unless the sequences fit the images."""
        for axis, name, sequence in ((1, "row", rows), (2, "col", columns)):
            fits = len(sequence) == dy.shape[axis] + 1 and sequence[0] == 0
            if not fits or sequence[-1] != shape[axis] or np.any(np.diff(sequence) < 1):
                raise invalid(
                    f"{name}_pooling_sequence {sequence.tolist()} does not lead in"
                    f" {dy.shape[axis]} steps from 0 to {shape[axis]}"
                )


@register
class FractionalMaxPoolGrad(_FractionalGradient):
    """The gradient of `FractionalMaxPool`: it goes to the first maximum of each window."""

    overlapping: bool = False

    inputs = (
        "orig_input: T, orig_output: T, out_backprop: T, row_pooling_sequence: int64, "
        "col_pooling_sequence: int64"
    )

    def infer(
        self,
        orig_input: TensorSpec,
        orig_output: TensorSpec,
        out_backprop: TensorSpec,
        row_pooling_sequence: TensorSpec,
        col_pooling_sequence: TensorSpec,
    ) -> TensorSpec:
        orig_output.shape.with_rank(4).assert_is_compatible_with(out_backprop.shape)
        for sequence in (row_pooling_sequence, col_pooling_sequence):
            check_rank("a pooling sequence", sequence, 1)
        return TensorSpec(orig_input.shape.with_rank(4), orig_input.dtype.base_dtype)

    def kernel(
        self, orig_input: Array, orig_output: Array, out_backprop: Array, rows: Array, cols: Array
    ) -> Array:
        self.check(orig_input.shape, out_backprop, rows, cols)
        try:
            return kernels.max_pool_gradient(
                orig_input, orig_output, out_backprop, rows, cols, self.overlapping
            )
        except ValueError as error:
            raise invalid(str(error)) from error

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.random.RandomState(4).permutation(2 * 5 * 6 * 2).reshape(2, 5, 6, 2)
        rows, columns = i64([0, 2, 3, 5]), i64([0, 1, 3, 4, 6])
        for overlapping in (False, True):
            for dtype in (np.float32, np.int64):
                x = (image // 2).astype(dtype)
                y = kernels.max_pool(x, rows, columns, overlapping)
                yield Sample.of(cls(overlapping), x, y, y // 3, rows, columns)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x, y = np.ones((1, 2, 2, 1), np.float32), np.ones((1, 1, 1, 1), np.float32)
        good, bad = i64([0, 2]), i64([0, 3])
        for inputs, message in (
            ((x, y, y, bad, good), "row_pooling_sequence .* does not lead in 1 steps from 0 to 2"),
            ((x, y, y, good, bad), "col_pooling_sequence .* does not lead"),
            ((x, y * 2, y, good, good), "orig_output is not"),
        ):
            yield ErrorSample(cls(), inputs, message, InvalidArgumentError, "run")
        yield ErrorSample(cls(), (x, y[0], y[0], good, good), "rank")


@register
class FractionalAvgPoolGrad(_FractionalGradient):
    """The gradient of `FractionalAvgPool`: each window's is shared out evenly."""

    overlapping: bool = False

    inputs = (
        "orig_input_tensor_shape: int64, out_backprop: T, row_pooling_sequence: int64, "
        "col_pooling_sequence: int64"
    )

    def infer(
        self,
        orig_input_tensor_shape: TensorSpec,
        out_backprop: TensorSpec,
        row_pooling_sequence: TensorSpec,
        col_pooling_sequence: TensorSpec,
    ) -> TensorSpec:
        out_backprop.shape.with_rank(4)
        for sequence in (row_pooling_sequence, col_pooling_sequence):
            check_rank("a pooling sequence", sequence, 1)
        shape = orig_input_tensor_shape.as_shape().with_rank(4)
        return TensorSpec(shape, out_backprop.dtype.base_dtype)

    def kernel(self, shape: Array, out_backprop: Array, rows: Array, cols: Array) -> Array:
        sizes = tuple(shape.tolist())
        self.check(sizes, out_backprop, rows, cols)
        return kernels.avg_pool_gradient(sizes, out_backprop, rows, cols, self.overlapping)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        rows, columns = i64([0, 2, 3, 5]), i64([0, 1, 3, 4, 6])
        grad = np.random.RandomState(4).permutation(2 * 3 * 4 * 2).reshape(2, 3, 4, 2) - 20
        for overlapping in (False, True):
            for dtype in (np.float32, np.int32):
                inputs = i64([2, 5, 6, 2]), grad.astype(dtype), rows, columns
                yield Sample.of(cls(overlapping), *inputs)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        grad, good, bad = np.ones((1, 1, 1, 1), np.float32), i64([0, 2]), i64([0, 3])
        message = "row_pooling_sequence .* does not lead in 1 steps from 0 to 2"
        inputs = (i64([1, 2, 2, 1]), grad, bad, good)
        yield ErrorSample(cls(), inputs, message, InvalidArgumentError, "run")
        yield ErrorSample(cls(), (i64([1, 2, 2]), grad, good, good), "rank")


def fractional_max_pool(
    value: Any,
    pooling_ratio: Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> FractionalPooling:
    """Take the maximum of each window, the sizes of windows being random.

    Along each axis windows have one of two neighbouring sizes, so that their average is the ratio
    (Graham, "Fractional Max-Pooling", 2014).

    Args:
      value: float32, float64, int32 or int64 [batch, height, width, channels].
      pooling_ratio: for each axis how many elements there are for one of the result, at least 1; 1
        for batch and channels.
      pseudo_random: spread the larger windows evenly from a random start, rather than shuffle them.
      overlapping: whether a window includes the first element of the next one.
      deterministic: draw the same windows at each run.
      seed: the seed if deterministic; 0 together with `seed2` for any.
      seed2: a second seed.
      name: the operation's name.

    Returns:
      The pooled images; and int64 where windows begin and the last one ends, along height and
      width.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0, 2.0, 3.0, 4.0], [1, 1, 5, 1])
    >>> y, rows, columns = tf.nn.fractional_max_pool(
    ...     image, [1.0, 1.0, 1.5, 1.0], deterministic=True, seed=2, seed2=1)
    >>> tf.Session().run([y[0, 0, :, 0], columns])
    [array([5., 2., 4.], dtype=float32), array([0, 2, 3, 5])]
    """
    op = FractionalMaxPool(
        *_attributes(pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2)
    )
    return FractionalPooling(*apply_multi(op, value, name=name))


def fractional_avg_pool(
    value: Any,
    pooling_ratio: Sequence[float],
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> FractionalPooling:
    """Take the average of each window, the sizes of windows being random.

    Args:
      value: float32, float64, int32 or int64 [batch, height, width, channels].
      pooling_ratio: as for `fractional_max_pool`, like the following.
      pseudo_random: see there.
      overlapping: see there.
      deterministic: see there.
      seed: see there.
      seed2: see there.
      name: the operation's name.

    Returns:
      The pooled images; and int64 where windows begin and the last one ends, along height and
      width.

    Raises:
      ValueError: an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 5.0, 2.0, 3.0, 4.0], [1, 1, 5, 1])
    >>> y, rows, columns = tf.nn.fractional_avg_pool(
    ...     image, [1.0, 1.0, 1.5, 1.0], deterministic=True, seed=2, seed2=1)
    >>> tf.Session().run([y[0, 0, :, 0], columns])
    [array([3. , 2. , 3.5], dtype=float32), array([0, 2, 3, 5])]
    """
    op = FractionalAvgPool(
        *_attributes(pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2)
    )
    return FractionalPooling(*apply_multi(op, value, name=name))


def _attributes(
    pooling_ratio: Sequence[float],
    pseudo_random: bool,
    overlapping: bool,
    deterministic: bool,
    seed: int,
    seed2: int,
) -> tuple[tuple[float, ...], bool, bool, bool, int, int]:
    if deterministic or seed2:
        warn_once("the arguments 'deterministic' and 'seed2' of fractional pooling are deprecated")
    ratios = tuple(float(ratio) for ratio in pooling_ratio)
    return ratios, pseudo_random, overlapping, deterministic, int(seed or 0), int(seed2 or 0)
