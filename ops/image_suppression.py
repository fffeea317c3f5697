"""The best boxes among those that overlap: non-maximum suppression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import dtype_set, float32 as _float32, int32 as _int32
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, invalid, known_int
from graphflow.ops.kernels.suppression import suppress

__all__ = [
    "CombinedNonMaxSuppression",
    "NonMaxSuppression",
    "NonMaxSuppressionV2",
    "NonMaxSuppressionV3",
    "NonMaxSuppressionV4",
    "NonMaxSuppressionV5",
    "NonMaxSuppressionWithOverlaps",
    "combined_non_max_suppression",
    "non_max_suppression",
    "non_max_suppression_overlaps",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
]

_NO_THRESHOLD = float("-inf")
_TYPES = {"T": dtype_set("float16 float32"), "T_threshold": dtype_set("float16 float32")}

# Boxes (two corners each) and scores on which the ops are checked.
_BOXES = f32(
    [
        [0, 0, 1, 1],
        [0, 0.1, 1, 1.1],
        [1, 0.9, 0, -0.1],
        [0, 10, 1, 11],
        [0, 10.2, 1, 11.2],
        [0, 100, 1, 101],
    ]
)
_SCORES = f32([0.9, 0.75, 0.6, 0.95, 0.5, 0.3])


def _check_scalars(op: Op, specs: tuple[TensorSpec, ...], first: int) -> None:
    """Check that the inputs from the given one on are scalars."""
    for arg, spec in zip(op.input_args()[first:], specs[first:], strict=True):
        check_rank(arg.name, spec, 0)


def _check_limit(name: str, limit: TensorSpec) -> int | None:
    known = known_int(limit) if limit.shape.rank == 0 else None
    if known is not None and known < 0:
        raise ValueError(f"{name} must not be negative, it is {known}")
    return known


class _Suppression(Op):
    """What the ops share that choose boxes."""

    differentiable = False
    outputs = "selected_indices"

    def infer(self, *specs: TensorSpec) -> Any:
        boxes, scores, limit = specs[:3]
        check_rank("boxes", boxes, 2)
        check_rank("scores", scores, 1)
        _check_scalars(self, specs, 2)
        dims = boxes.shape.as_tuple()
        if dims is not None and dims[1] not in (None, 4):
            raise ValueError(f"boxes must have 4 numbers each, their shape is {boxes.shape}")
        first = Dimension(None if dims is None else dims[0])
        first.assert_is_compatible_with(scores.shape[0] if scores.shape.rank else None)
        _check_limit("max_output_size", limit)
        return TensorSpec(TensorShape.of((None,)), _int32)

    @staticmethod
    def _chosen(
        boxes: Array,
        scores: Array,
        limit: Array,
        overlap: Any,
        score: Any = _NO_THRESHOLD,
        sigma: Any = 0.0,
    ) -> tuple[Array, Array]:
        """Indices and scores of the chosen boxes."""
        if not 0 <= overlap <= 1:
            raise invalid(f"iou_threshold must be in [0, 1], it is {overlap}")
        indices, chosen, counts = suppress(
            boxes[None], scores[None], int(limit), float(overlap), float(score), float(sigma)
        )
        return indices[0, : counts[0]], chosen[0, : counts[0]].astype(scores.dtype)

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, ...]]:
        """Boxes, scores, limits and thresholds of overlap and score."""
        yield _BOXES, _SCORES, 6, 0.5, 0.0
        yield _BOXES, _SCORES, 2, 0.5, 0.0
        yield _BOXES, _SCORES, 6, 0.9, 0.55
        yield _BOXES[::-1], np.full(6, 0.5), 6, 0.0, 0.0
        yield _BOXES[:0], _SCORES[:0], 3, 0.5, 0.0
        yield _BOXES, _SCORES, 0, 0.5, 0.0
        random = np.random.RandomState(3)
        yield random.uniform(0, 1, (20, 4)), random.uniform(0, 1, 20), 12, 0.3, 0.1

    @classmethod
    def inputs_of(cls, dtype: Any = np.float32) -> Iterator[tuple[Any, ...]]:
        """The inputs of the op for each case."""
        count = len(cls.input_args())
        for boxes, scores, limit, *thresholds in cls.cases():
            numbers = [np.asarray(number, dtype) for number in [*thresholds, 0.0]]
            yield (boxes.astype(dtype), scores.astype(dtype), i32(limit), *numbers[: count - 3])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        for inputs in cls.inputs_of():
            yield Sample.of(make(), *inputs)
        if "T" in cls.types:
            yield Sample.of(make(), *next(cls.inputs_of(np.float16)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        boxes, scores, _, *rest = next(cls.inputs_of())
        limit = i32(2)
        yield ErrorSample(make(), (boxes[0], scores, limit, *rest), "boxes must be a matrix")
        yield ErrorSample(make(), (boxes, scores[:, None], limit, *rest), "scores must be a vector")
        yield ErrorSample(make(), (boxes, scores[:2], limit, *rest), "not compatible")
        yield ErrorSample(make(), (boxes[:, :3], scores, limit, *rest), "4 numbers each")
        yield ErrorSample(make(), (boxes, scores, i32([2]), *rest), "must be a scalar")
        yield ErrorSample(make(), (boxes, scores, i32(-1), *rest), "must not be negative")
        if rest:
            wrong = (np.float32(1.5), *rest[1:])
            message = r"must be in \[0, 1\]"
            yield ErrorSample(make(), (boxes, scores, limit, *wrong), message, when="run")


@register
class NonMaxSuppression(_Suppression):
    """Indices of the best boxes that do not overlap; the threshold is an attribute."""

    iou_threshold: float = 0.5

    inputs = "boxes: float32, scores: float32, max_output_size: int32"

    def kernel(self, boxes: Array, scores: Array, max_output_size: Array) -> Array:
        return self._chosen(boxes, scores, max_output_size, self.iou_threshold)[0]


@register
class NonMaxSuppressionV2(_Suppression):
    """Indices of the best boxes that do not overlap."""

    inputs = "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold"
    types: ClassVar[Any] = _TYPES
    preferred: ClassVar[Any] = {"T": _float32}

    def kernel(self, boxes: Array, scores: Array, max_output_size: Array, iou: Array) -> Array:
        return self._chosen(boxes, scores, max_output_size, iou)[0]


@register
class NonMaxSuppressionV3(_Suppression):
    """Indices of the best boxes that do not overlap and have a good score."""

    inputs = (
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold,"
        " score_threshold: T_threshold"
    )
    types: ClassVar[Any] = _TYPES
    preferred: ClassVar[Any] = {"T": _float32}

    def kernel(
        self, boxes: Array, scores: Array, max_output_size: Array, iou: Array, score: Array
    ) -> Array:
        return self._chosen(boxes, scores, max_output_size, iou, score)[0]


@dataclass(frozen=True, eq=False, repr=False)
class _Padded(_Suppression):
    """A choice that may be filled up with zeros."""

    pad_to_max_output_size: bool = False

    def _length(self, limit: TensorSpec) -> TensorShape:
        return TensorShape.of((known_int(limit) if self.pad_to_max_output_size else None,))

    def _filled(self, chosen: Array, limit: Array) -> Array:
        missing = int(limit) - len(chosen) if self.pad_to_max_output_size else 0
        return np.pad(chosen, (0, max(missing, 0)))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        for inputs in cls.inputs_of():
            yield Sample.of(cls(True), *inputs)


@register
class NonMaxSuppressionV4(_Padded):
    """As version 3, with a number of results that may be fixed."""

    pad_to_max_output_size: bool = False

    inputs = NonMaxSuppressionV3.inputs
    outputs = "selected_indices, valid_outputs"
    types: ClassVar[Any] = _TYPES
    preferred: ClassVar[Any] = {"T": _float32}

    def infer(self, *specs: TensorSpec) -> Any:
        super().infer(*specs)
        scalar = TensorSpec(TensorShape.of(()), _int32)
        return TensorSpec(self._length(specs[2]), _int32), scalar

    def kernel(
        self, boxes: Array, scores: Array, max_output_size: Array, iou: Array, score: Array
    ) -> tuple[Array, Array]:
        indices, _ = self._chosen(boxes, scores, max_output_size, iou, score)
        return self._filled(indices, max_output_size), i32(len(indices))


@register
class NonMaxSuppressionV5(_Padded):
    """As version 4, with scores, which may decay where boxes overlap."""

    pad_to_max_output_size: bool = False

    inputs = (
        "boxes: T, scores: T, max_output_size: int32, iou_threshold: T, score_threshold: T,"
        " soft_nms_sigma: T"
    )
    outputs = "selected_indices, selected_scores, valid_outputs"
    differentiable = True  # but nobody has defined how
    types: ClassVar[Any] = {"T": _TYPES["T"]}
    preferred: ClassVar[Any] = {"T": _float32}

    def infer(self, *specs: TensorSpec) -> Any:
        super().infer(*specs)
        length = self._length(specs[2])
        scalar = TensorSpec(TensorShape.of(()), _int32)
        return TensorSpec(length, _int32), TensorSpec(length, specs[0].dtype.base_dtype), scalar

    def kernel(
        self,
        boxes: Array,
        scores: Array,
        max_output_size: Array,
        iou: Array,
        score: Array,
        sigma: Array,
    ) -> tuple[Array, Array, Array]:
        if sigma < 0:
            raise invalid(f"soft_nms_sigma must not be negative, it is {sigma}")
        indices, chosen = self._chosen(boxes, scores, max_output_size, iou, score, sigma)
        filled = [self._filled(array, max_output_size) for array in (indices, chosen)]
        return filled[0], filled[1], i32(len(indices))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        few, *_, many = cls.inputs_of()
        for sigma in (0.2, 0.9):
            yield Sample.of(cls(), *few[:-1], np.float32(sigma))
            yield Sample.of(cls(True), *many[:-1], np.float32(sigma))


@register
class NonMaxSuppressionWithOverlaps(_Suppression):
    """Indices of the best boxes, of which only the overlaps are given."""

    inputs = (
        "overlaps: float32, scores: float32, max_output_size: int32, overlap_threshold: float32,"
        " score_threshold: float32"
    )

    def infer(self, *specs: TensorSpec) -> Any:
        overlaps, scores, limit = specs[:3]
        check_rank("overlaps", overlaps, 2)
        check_rank("scores", scores, 1)
        _check_scalars(self, specs, 2)
        dims = overlaps.shape.as_tuple()
        if dims is not None:
            size = Dimension(dims[0]).merge_with(dims[1])
            size.assert_is_compatible_with(scores.shape[0] if scores.shape.rank else None)
        _check_limit("max_output_size", limit)
        return TensorSpec(TensorShape.of((None,)), _int32)

    def kernel(
        self, overlaps: Array, scores: Array, max_output_size: Array, overlap: Array, score: Array
    ) -> Array:
        boxes = np.zeros((1, len(scores), 4), np.float32)
        indices, _, counts = suppress(
            boxes,
            scores[None],
            int(max_output_size),
            float(overlap),
            float(score),
            overlaps=overlaps,
        )
        return indices[0, : counts[0]]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        overlaps = np.abs(np.cos(np.arange(36.0))).reshape(6, 6)
        for limit, overlap, score in ((6, 0.8, 0.0), (3, 0.9, 0.4), (6, 0.2, 0.0), (0, 0.2, 0.0)):
            thresholds = np.float32(overlap), np.float32(score)
            yield Sample.of(cls(), f32(overlaps), _SCORES, i32(limit), *thresholds)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        overlaps, rest = np.ones((6, 6), np.float32), (np.float32(0.5), np.float32(0))
        yield ErrorSample(cls(), (overlaps[0], _SCORES, i32(2), *rest), "overlaps must be a matrix")
        yield ErrorSample(cls(), (overlaps[:5], _SCORES, i32(2), *rest), "not compatible")
        yield ErrorSample(cls(), (overlaps, _SCORES[:3], i32(2), *rest), "not compatible")
        yield ErrorSample(cls(), (overlaps, _SCORES, i32(-2), *rest), "must not be negative")


@register
class CombinedNonMaxSuppression(Op):
    """The best boxes of all classes, for each image of a batch."""

    pad_per_class: bool = False
    clip_boxes: bool = True

    inputs = (
        "boxes: float32, scores: float32, max_output_size_per_class: int32, max_total_size: int32,"
        " iou_threshold: float32, score_threshold: float32"
    )
    outputs = "nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections"

    def infer(self, *specs: TensorSpec) -> tuple[TensorSpec, ...]:
        boxes, scores, per_class, total = specs[:4]
        check_rank("boxes", boxes, 4)
        check_rank("scores", scores, 3)
        _check_scalars(self, specs, 2)
        box_dims = boxes.shape.as_tuple() or (None, None, None, 4)
        score_dims = scores.shape.as_tuple() or (None, None, None)
        if box_dims[3] not in (None, 4):
            raise ValueError(f"boxes must have 4 numbers each, their shape is {boxes.shape}")
        batch = Dimension(box_dims[0]).merge_with(score_dims[0]).value
        Dimension(box_dims[1]).assert_is_compatible_with(score_dims[1])
        classes = score_dims[2]
        if None not in (box_dims[2], classes) and box_dims[2] not in (1, classes):
            raise ValueError(f"boxes for {box_dims[2]} classes, but scores for {classes}")
        limits = []
        for name, limit in (("max_output_size_per_class", per_class), ("max_total_size", total)):
            known = known_int(limit)
            if known is not None and known <= 0:
                raise ValueError(f"{name} must be positive, it is {known}")
            limits.append(known)
        size = self._size(limits[0], limits[1], classes)
        return (
            TensorSpec(TensorShape.of((batch, size, 4)), _float32),
            TensorSpec(TensorShape.of((batch, size)), _float32),
            TensorSpec(TensorShape.of((batch, size)), _float32),
            TensorSpec(TensorShape.of((batch,)), _int32),
        )

    def _size(self, per_class: Any, total: Any, classes: Any) -> Any:
        """How many boxes there are for each image."""
        if not self.pad_per_class:
            return total
        return None if None in (per_class, total, classes) else min(total, per_class * classes)

    def kernel(
        self, boxes: Array, scores: Array, per_class: Array, total: Array, iou: Array, score: Array
    ) -> tuple[Array, ...]:
        if not 0 <= iou <= 1:
            raise invalid(f"iou_threshold must be in [0, 1], it is {iou}")
        batch, count, classes = scores.shape
        each = np.broadcast_to(boxes, (batch, count, classes, 4)).transpose(0, 2, 1, 3)
        groups = batch * classes
        indices, chosen, counts = suppress(
            each.reshape(groups, count, 4),
            scores.transpose(0, 2, 1).reshape(groups, count),
            int(per_class),
            float(iou),
            float(score),
        )
        depth = indices.shape[1]
        flat = (batch, classes * depth)
        is_chosen = (np.arange(depth) < counts[:, None]).reshape(flat)
        ranked = np.where(is_chosen, chosen.reshape(flat), -np.inf)
        size = self._size(int(per_class), int(total), classes)
        order = np.argsort(-ranked, axis=1, kind="stable")[:, :size]
        kept = np.take_along_axis(is_chosen, order, 1)
        rows, kinds = np.arange(batch)[:, None], order // max(depth, 1)
        places = np.take_along_axis(indices.reshape(flat), order, 1)
        best = each[rows, kinds, places] * kept[..., None]
        found = [
            np.clip(best, 0, 1) if self.clip_boxes else best,
            np.where(kept, np.take_along_axis(ranked, order, 1), 0),
            kinds * kept,
        ]
        missing = size - order.shape[1]
        padded = [
            np.pad(a, [(0, 0), (0, missing)] + [(0, 0)] * (a.ndim - 2)).astype(np.float32)
            for a in found
        ]
        return (*padded, kept.sum(1, dtype=np.int32))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        random = np.random.RandomState(5)
        boxes = random.uniform(-0.2, 1.2, (2, 8, 3, 4))
        scores = random.uniform(0, 1, (2, 8, 3))
        for op in (cls(), cls(True), cls(False, False)):
            for shared in (False, True):
                chosen = f32(boxes[:, :, :1] if shared else boxes)
                for per_class, total, iou, score in ((3, 5, 0.2, 0.0), (20, 30, 0.4, 0.3)):
                    numbers = i32(per_class), i32(total), np.float32(iou), np.float32(score)
                    yield Sample.of(op, chosen, f32(scores), *numbers)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        boxes, scores = np.ones((1, 2, 1, 4), np.float32), np.ones((1, 2, 3), np.float32)
        rest = (i32(2), i32(2), np.float32(0.5), np.float32(0))
        yield ErrorSample(cls(), (boxes[0], scores, *rest), "boxes must be of rank 4")
        yield ErrorSample(cls(), (boxes, scores[0], *rest), "scores must be of rank 3")
        yield ErrorSample(cls(), (boxes[..., :3], scores, *rest), "4 numbers each")
        double = np.concatenate([boxes, boxes], 2)
        yield ErrorSample(cls(), (double, scores, *rest), "boxes for 2 classes")
        yield ErrorSample(cls(), (boxes, scores[:, :1], *rest), "not compatible")
        yield ErrorSample(cls(), (boxes, scores, i32(0), *rest[1:]), "must be positive")
        wrong = (*rest[:2], np.float32(-1), rest[3])
        yield ErrorSample(cls(), (boxes, scores, *wrong), r"must be in \[0, 1\]", when="run")


# -- functions -------------------------------------------------------------------------------------


class PaddedBoxes(NamedTuple):
    """What `non_max_suppression_padded` returns.

    Attributes:
      selected_indices: int32 [m], the chosen boxes.
      valid_outputs: int32 scalar, how many there are.
    """

    selected_indices: Tensor
    valid_outputs: Tensor


class CombinedBoxes(NamedTuple):
    """What `combined_non_max_suppression` returns.

    Attributes:
      nmsed_boxes: float32 [batch, m, 4].
      nmsed_scores: float32 [batch, m].
      nmsed_classes: float32 [batch, m].
      valid_detections: int32 [batch], how many there are.
    """

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _NO_THRESHOLD,
    name: str | None = None,
) -> Tensor:
    """Choose boxes by score, leaving out those that overlap a better one too much.

    Args:
      boxes: float32 or float16 [n, 4], two opposite corners (y, x, y, x) each, in any unit.
      scores: [n] of the same dtype.
      max_output_size: how many boxes to choose at most, int32 scalar.
      iou_threshold: boxes overlap too much if their intersection over union exceeds this.
      score_threshold: boxes with this score or less are left out.
      name: name scope of the operations.

    Returns:
      int32 [m], the indices of the chosen boxes, the best first.

    Raises:
      ValueError: the shapes do not fit, or `max_output_size` is negative.

    >>> import graphflow as tf
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [0.0, 3.0, 1.0, 4.0]]
    >>> tf.Session().run(tf.image.non_max_suppression(boxes, [0.6, 0.9, 0.3], 3))
    array([1, 2], dtype=int32)
    """
    with name_scope(name, "non_max_suppression"):
        op = NonMaxSuppressionV3()
        return apply(op, boxes, scores, max_output_size, iou_threshold, score_threshold)


def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _NO_THRESHOLD,
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """Choose boxes by score, leaving out or marking down those that overlap a better one.

    See N. Bodla and others, Soft-NMS, improving object detection with one line of code, 2017.

    Args:
      boxes: float32 or float16 [n, 4], two opposite corners (y, x, y, x) each, in any unit.
      scores: [n] of the same dtype.
      max_output_size: how many boxes to choose at most, int32 scalar.
      iou_threshold: boxes overlap too much if their intersection over union exceeds this.
      score_threshold: boxes with this score or less are left out.
      soft_nms_sigma: if positive, an overlap of u multiplies the score by exp(-u^2 / (2 sigma))
        instead.
      name: name scope of the operations.

    Returns:
      int32 [m], the indices of the chosen boxes, the best first; and their scores.

    Raises:
      ValueError: the shapes do not fit, or `max_output_size` is negative.

    >>> import graphflow as tf
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 1.0, 1.5], [0.0, 3.0, 1.0, 4.0]]
    >>> indices, scores = tf.image.non_max_suppression_with_scores(
    ...     boxes, [0.6, 0.9, 0.58], 3, soft_nms_sigma=0.5
    ... )
    >>> [value.tolist() for value in tf.Session().run([indices, tf.round(scores * 1000)])]
    [[1, 2, 0], [900.0, 580.0, 537.0]]
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        numbers = (iou_threshold, score_threshold, soft_nms_sigma)
        op = NonMaxSuppressionV5(False)
        indices, chosen, _ = apply_multi(op, boxes, scores, max_output_size, *numbers)
        return indices, chosen


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _NO_THRESHOLD,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> PaddedBoxes:
    """Choose boxes as `non_max_suppression`, always the same number of them.

    Args:
      boxes: float32 or float16 [n, 4], two opposite corners (y, x, y, x) each, in any unit.
      scores: [n] of the same dtype.
      max_output_size: how many boxes to choose at most, int32 scalar.
      iou_threshold: boxes overlap too much if their intersection over union exceeds this.
      score_threshold: boxes with this score or less are left out.
      pad_to_max_output_size: whether to fill up with zeros.
      name: name scope of the operations.

    Returns:
      int32 [m], the indices of the chosen boxes, the best first; and how many there are.

    Raises:
      ValueError: the shapes do not fit, or `max_output_size` is negative.

    >>> import graphflow as tf
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [0.0, 3.0, 1.0, 4.0]]
    >>> indices, count = tf.image.non_max_suppression_padded(
    ...     boxes, [0.6, 0.9, 0.3], 3, pad_to_max_output_size=True
    ... )
    >>> tf.Session().run([indices, count])
    [array([1, 2, 0], dtype=int32), np.int32(2)]
    """
    with name_scope(name, "non_max_suppression_padded"):
        op = NonMaxSuppressionV4(bool(pad_to_max_output_size))
        numbers = (iou_threshold, score_threshold)
        return PaddedBoxes(*apply_multi(op, boxes, scores, max_output_size, *numbers))


def non_max_suppression_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = _NO_THRESHOLD,
    name: str | None = None,
) -> Tensor:
    """Choose boxes as `non_max_suppression`, by overlaps that the caller has computed.

    Args:
      overlaps: float32 [n, n], how much each pair overlaps.
      scores: float32 [n].
      max_output_size: how many boxes to choose at most, int32 scalar.
      overlap_threshold: boxes overlap too much if this is exceeded.
      score_threshold: boxes with this score or less are left out.
      name: name scope of the operations.

    Returns:
      int32 [m], the indices of the chosen boxes, the best first.

    Raises:
      ValueError: the shapes do not fit, or `max_output_size` is negative.

    >>> import graphflow as tf
    >>> overlaps = [[1.0, 0.7, 0.0], [0.7, 1.0, 0.4], [0.0, 0.4, 1.0]]
    >>> tf.Session().run(tf.image.non_max_suppression_overlaps(overlaps, [0.6, 0.9, 0.3], 3))
    array([1, 2], dtype=int32)
    """
    with name_scope(name, "non_max_suppression_overlaps"):
        op = NonMaxSuppressionWithOverlaps()
        return apply(op, overlaps, scores, max_output_size, overlap_threshold, score_threshold)


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _NO_THRESHOLD,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> CombinedBoxes:
    """Choose boxes in each class of each image, then the best of all classes.

    Args:
      boxes: float32 [batch, n, classes or 1, 4], two opposite corners (y, x, y, x) each.
      scores: float32 [batch, n, classes].
      max_output_size_per_class: how many boxes to choose in a class at most, int32 scalar.
      max_total_size: how many boxes to choose in an image at most, int32 scalar.
      iou_threshold: boxes overlap too much if their intersection over union exceeds this.
      score_threshold: boxes with this score or less are left out.
      pad_per_class: whether to fill up with zeros only to what all classes together may give.
      clip_boxes: whether to cut corners to the range from 0 to 1.
      name: name scope of the operations.

    Returns:
      float32 [batch, m, 4] boxes, the best first; float32 [batch, m] scores; float32 [batch, m]
      classes; and int32 [batch], how many there are: the rest is zeros.

    Raises:
      ValueError: the shapes do not fit, or a limit is not positive.

    >>> import graphflow as tf
    >>> boxes = tf.constant([[[[0.0, 0.0, 0.5, 0.5]], [[0.0, 0.1, 0.5, 0.5]]]])
    >>> scores = [[[0.9, 0.2], [0.8, 0.7]]]
    >>> result = tf.image.combined_non_max_suppression(boxes, scores, 2, 3, iou_threshold=0.5)
    >>> found = tf.Session().run([result.nmsed_classes, result.valid_detections])
    >>> [value.tolist() for value in found]
    [[[0.0, 1.0, 0.0]], [2]]
    """
    with name_scope(name, "combined_non_max_suppression"):
        numbers = (max_output_size_per_class, max_total_size, iou_threshold, score_threshold)
        op = CombinedNonMaxSuppression(bool(pad_per_class), bool(clip_boxes))
        return CombinedBoxes(*apply_multi(op, boxes, scores, *numbers))
