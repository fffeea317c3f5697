"""Greedy choice of the best boxes among those that overlap."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from graphflow.ops.kernels.arrays import Array
from graphflow.ops.kernels.compiled import compiled


def suppress(
    boxes: Array,
    scores: Array,
    limit: int,
    overlap_threshold: float,
    score_threshold: float,
    sigma: float = 0.0,
    overlaps: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Choose boxes by score, leaving out those that overlap a chosen one too much.

    Args:
      boxes: float [groups, n, 4], two opposite corners (y, x, y, x); each group is on its own.
      scores: float [groups, n].
      limit: how many boxes to choose in each group at most.
      overlap_threshold: the largest intersection over union with a chosen box.
      score_threshold: scores must be above this.
      sigma: if positive, scores decay with the overlap instead (N. Bodla and others, Soft-NMS,
        2017).
      overlaps: float32 [n, n], what counts as overlap instead, for one group.

    Returns:
      Indices [groups, limit] and scores [groups, limit] of the chosen boxes, the best first, and
      how many there are in each group.

    >>> boxes = np.asarray([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 5, 1, 6]]], np.float32)
    >>> suppress(boxes, np.asarray([[0.5, 0.9, 0.4]], np.float32), 3, 0.5, 0.0)[0]
    array([[1, 2, 0]], dtype=int32)
    """
    groups, count = scores.shape
    limit = min(limit, count)
    indices = np.zeros((groups, limit), np.int32)
    chosen_scores = np.zeros((groups, limit), np.float32)
    counts = np.zeros(groups, np.int32)
    if overlaps is None:
        overlaps = np.zeros((0, 0), np.float32)
    if indices.size:
        _suppress(
            np.ascontiguousarray(boxes, np.float32),
            np.ascontiguousarray(scores, np.float32),
            np.ascontiguousarray(overlaps, np.float32),
            np.float32(overlap_threshold),
            np.float32(score_threshold),
            np.float32(-0.5 / sigma if sigma > 0 else 0),
            indices,
            chosen_scores,
            counts,
        )
    return indices, chosen_scores, counts


@compiled
def _suppress(
    boxes: Any,
    scores: Any,
    overlaps: Any,
    overlap_threshold: Any,
    score_threshold: Any,
    decay: Any,
    indices: Any,
    chosen_scores: Any,
    counts: Any,
) -> None:
    groups, limit = indices.shape
    for group in range(groups):
        # Of each candidate: minus its score, its index, how many of the chosen were considered.
        queue = [
            (-scores[group, i], i, 0)
            for i in range(scores.shape[1])
            if scores[group, i] > score_threshold
        ]
        heapq.heapify(queue)
        count = 0
        while count < limit and len(queue) > 0:
            key, candidate, considered = heapq.heappop(queue)
            score = -key
            is_suppressed = False
            for k in range(count - 1, considered - 1, -1):
                other = indices[group, k]
                if overlaps.size > 0:
                    overlap = overlaps[candidate, other]
                else:
                    a, b = boxes[group, candidate], boxes[group, other]
                    top, bottom = min(a[0], a[2]), max(a[0], a[2])
                    left, right = min(a[1], a[3]), max(a[1], a[3])
                    top2, bottom2 = min(b[0], b[2]), max(b[0], b[2])
                    left2, right2 = min(b[1], b[3]), max(b[1], b[3])
                    area = (bottom - top) * (right - left)
                    area2 = (bottom2 - top2) * (right2 - left2)
                    height = max(min(bottom, bottom2) - max(top, top2), np.float32(0))
                    width = max(min(right, right2) - max(left, left2), np.float32(0))
                    common = height * width
                    overlap = np.float32(0)
                    if area > 0 and area2 > 0:
                        overlap = common / (area + area2 - common)
                if decay == 0 and overlap > overlap_threshold:
                    is_suppressed = True
                    break
                score = score * np.exp(decay * overlap * overlap)
                if score <= score_threshold:
                    break
            if is_suppressed or score <= score_threshold:
                continue
            if -score != key:  # it has decayed: others may be better now
                heapq.heappush(queue, (-score, candidate, count))
                continue
            indices[group, count] = candidate
            chosen_scores[group, count] = score
            count += 1
        counts[group] = count
