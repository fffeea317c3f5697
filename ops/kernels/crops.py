"""Boxes of images, resized: their pixels and gradients; and boxes drawn on images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.ops.kernels.arrays import Array
from graphflow.ops.kernels.compiled import compiled
from graphflow.ops.kernels.segments import sum_rows


@dataclass(frozen=True)
class _Places:
    """Where the pixels of crops lie along one axis of their images.

    Attributes:
      places: float32 [boxes, size]; 0 where outside.
      is_inside: bool [boxes, size].
      share: float32 [size], by how much a place moves with the second corner of its box; with the
        first one it moves by what remains to the image's size - 1.
    """

    places: Array
    is_inside: Array
    share: Array

    @classmethod
    def of(cls, first: Array, second: Array, image_size: int, size: int) -> _Places:
        span = np.float32(image_size - 1)
        steps = np.arange(size, dtype=np.float32)
        if size > 1:
            pitch = (second - first) * span / np.float32(size - 1)
            places = (first * span)[:, None] + steps * pitch[:, None]
            share = steps * (span / np.float32(size - 1))
        else:
            places = (np.float32(0.5) * (first + second) * span)[:, None]
            share = np.full(1, np.float32(0.5) * span)
        is_inside = (places >= 0) & (places <= span)
        return cls(np.where(is_inside, places, 0), is_inside, share)

    def neighbours(self, method: str) -> list[tuple[Array, Array]]:
        """The pixels that a place takes its value from, and their weights."""
        if method == "nearest":
            nearest = np.floor(self.places + np.float32(0.5)).astype(np.int64)
            return [(nearest, np.ones_like(self.places))]
        low = np.floor(self.places)
        weight = self.places - low
        high = np.ceil(self.places).astype(np.int64)
        return [(low.astype(np.int64), 1 - weight), (high, weight)]


@dataclass(frozen=True)
class Crops:
    """Boxes of images, to be resized to one size; see `Crops.of`.

    Attributes:
      images: int [boxes], the image of each box.
      rows: where the rows of the crops lie.
      columns: where the columns lie.
      method: "bilinear" or "nearest".
    """

    images: Array
    rows: _Places
    columns: _Places
    method: str

    @classmethod
    def of(
        cls, shape: tuple[int, ...], boxes: Array, images: Array, size: Any, method: str
    ) -> Crops:
        """Place the pixels of the crops in the images.

        Args:
          shape: of the images, [batch, height, width, channels].
          boxes: float32 [n, 4], two corners (y, x, y, x) as fractions.
          images: int [n], the image of each box.
          size: height and width of the crops.
          method: "bilinear" or "nearest".
        """
        rows = _Places.of(boxes[:, 0], boxes[:, 2], shape[1], size[0])
        columns = _Places.of(boxes[:, 1], boxes[:, 3], shape[2], size[1])
        return cls(images, rows, columns, method)

    @property
    def is_inside(self) -> Array:
        """Bool [n, height, width, 1]: which pixels of the crops lie in their images."""
        inside = self.rows.is_inside[:, :, None] & self.columns.is_inside[:, None, :]
        return inside[..., None]

    def _corners(self) -> list[tuple[Array, Array, Array]]:
        """Rows, columns and weights of the pixels that those of the crops are made of."""
        return [
            (rows[:, :, None], columns[:, None, :], (v[:, :, None] * h[:, None, :])[..., None])
            for rows, v in self.rows.neighbours(self.method)
            for columns, h in self.columns.neighbours(self.method)
        ]

    def values(self, image: Array, outside: float) -> Array:
        """Return the pixels of the crops.

        Args:
          image: float32 [batch, height, width, channels].
          outside: the value of pixels outside of the images.

        >>> crops = Crops.of((1, 1, 3, 1), np.float32([[0, 0, 1, 0.5]]), np.int32([0]), (1, 3),
        ...                  "bilinear")
        >>> crops.values(np.float32([5, 7, 9]).reshape(1, 1, 3, 1), 0.0).ravel()
        array([5., 6., 7.], dtype=float32)
        """
        _, height, width, channels = image.shape
        pixels = image.reshape(-1, channels)
        first_rows = self.images[:, None, None].astype(np.int64) * height
        parts = [  # quicker so than by three indices
            pixels.take((first_rows + rows) * width + columns, axis=0) * w
            for rows, columns, w in self._corners()
        ]
        total = np.add.reduce(parts)
        values: Array = np.where(self.is_inside, total, np.float32(outside))
        return values

    def spread(self, grads: Array, shape: tuple[int, ...]) -> Array:
        """Return the gradient for the images.

        Args:
          grads: float [n, height, width, channels], for the crops.
          shape: of the images.
        """
        batch, height, width, channels = shape
        kept = np.where(self.is_inside, grads, 0)
        index = self.images[:, None, None].astype(np.int64)
        total = np.zeros((batch * height * width, channels), grads.dtype)
        for rows, columns, weight in self._corners():
            places = ((index * height + rows) * width + columns).reshape(-1)
            parts = (kept * weight).astype(grads.dtype).reshape(-1, channels)
            total += sum_rows(parts, places, len(total))
        return total.reshape(shape)

    def slopes(self, image: Array, grads: Array) -> Array:
        """Return the gradient for the boxes, float32 [n, 4], of linear interpolation.

        Args:
          image: float32 [batch, height, width, channels].
          grads: float32 [n, height, width, channels], for the crops.
        """
        index = self.images[:, None, None]
        (top, above), (bottom, below) = self.rows.neighbours("bilinear")
        (left, before), (right, behind) = self.columns.neighbours("bilinear")
        corner = {
            (i, j): image[index, row[:, :, None], column[:, None, :]]
            for i, row in enumerate((top, bottom))
            for j, column in enumerate((left, right))
        }
        before, behind = before[:, None, :, None], behind[:, None, :, None]
        above, below = above[:, :, None, None], below[:, :, None, None]
        down = before * (corner[1, 0] - corner[0, 0]) + behind * (corner[1, 1] - corner[0, 1])
        right_ = above * (corner[0, 1] - corner[0, 0]) + below * (corner[1, 1] - corner[1, 0])
        kept = np.where(self.is_inside, grads, 0)
        by_row, by_column = (kept * down).sum((2, 3)), (kept * right_).sum((1, 3))
        rows_span, columns_span = image.shape[1] - 1, image.shape[2] - 1
        result = [
            by_row @ (rows_span - self.rows.share),
            by_column @ (columns_span - self.columns.share),
            by_row @ self.rows.share,
            by_column @ self.columns.share,
        ]
        return np.stack(result, 1).astype(np.float32)


def paint_boxes(canvas: Array, boxes: Array, colors: Array) -> None:
    """Draw the outlines of boxes, one over the other.

    Args:
      canvas: float32 [batch, height, width, channels], drawn upon.
      boxes: float32 [batch, n, 4], two corners (y, x, y, x) as fractions.
      colors: float32 [k, channels], used in turn.

    >>> canvas = np.zeros((1, 3, 3, 1), np.float32)
    >>> paint_boxes(canvas, np.float32([[[0, 0, 0.5, 1]]]), np.float32([[7]]))
    >>> canvas[0, :, :, 0].tolist()
    [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0], [0.0, 0.0, 0.0]]
    """
    height, width = canvas.shape[1:3]
    spans = np.asarray([height - 1, width - 1] * 2, np.float32)
    corners = np.nan_to_num(np.trunc(boxes * spans), nan=-1, posinf=2**31, neginf=-(2**31))
    limited = corners.clip(-(2**31), 2**31).astype(np.int64)
    if limited.size and canvas.size:
        _paint(canvas, limited, np.ascontiguousarray(colors, np.float32))


@compiled
def _paint(canvas: Any, corners: Any, colors: Any) -> None:
    batch, height, width, channels = canvas.shape
    for image in range(batch):
        for box in range(corners.shape[1]):
            top, left, bottom, right = corners[image, box]
            if top > bottom or left > right or top >= height or left >= width:
                continue
            if bottom < 0 or right < 0:
                continue
            color = colors[box % colors.shape[0]]
            first_row, last_row = max(top, 0), min(bottom, height - 1)
            first_column, last_column = max(left, 0), min(right, width - 1)
            for channel in range(channels):
                value = color[channel]
                if top >= 0:
                    canvas[image, top, first_column : last_column + 1, channel] = value
                if bottom < height:
                    canvas[image, bottom, first_column : last_column + 1, channel] = value
                if left >= 0:
                    canvas[image, first_row : last_row + 1, left, channel] = value
                if right < width:
                    canvas[image, first_row : last_row + 1, right, channel] = value
