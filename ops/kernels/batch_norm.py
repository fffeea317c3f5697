"""Sums and scalings of batch normalisation, by compiled passes over memory or by numpy.

Compiled passes serve float32 with the channels last, once they are there
(`ops/kernels/tile_kernel.py`).  They are split over the session's threads in chunks that depend on
the shape alone, and the sums of chunks are added in order: any number of threads gives the same
bits.  Sums differ from numpy's by rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.arrays import Array
from graphflow.ops.kernels.epilogue import EVERYTHING, within
from graphflow.ops.kernels.tile_kernel import TileKernel, TileLoops

_CHUNKS = 8  # so that two to four threads end at about the same time
_CHUNK_ELEMENTS = 1 << 16  # some 20 microseconds
_FULL_ROW = 256  # lanes from which on a row has enough vectors: sums wait for the row before


def _loops(
    function: str, matrices: int, vectors: int, written: Sequence[int], numbers: int = 0
) -> TileLoops:
    """The loops of a function of matrices, vectors, numbers, and arrays that it writes."""

    def arguments() -> tuple[Any, ...]:
        read = [np.zeros((1,) * rank, np.float32) for rank in [2] * matrices + [1] * vectors]
        for array in read:
            array.setflags(write=False)
        results = [np.zeros((1,) * rank, np.float32) for rank in written]
        return (*read, *[np.float32(0)] * numbers, *results)

    return TileLoops("batch_norm_loops", function, dict, arguments)


_ADD_ROWS = _loops("add_rows", 1, 0, [1])
_ADD_SQUARES = _loops("add_squares", 1, 1, [1])
_SCALE_ROWS = _loops("scale_rows", 1, 2, [2], numbers=2)
_ADD_SLOPES = _loops("add_slopes", 2, 1, [1, 1])
_PROJECT_ROWS = _loops("project_rows", 2, 4, [2])


class _Pass:
    """A pass over images of one shape, with the channels last.

    Args:
      shape: of the images.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        *others, self._channels = shape
        rows = int(np.prod(others))
        self._pixels = 1  # in a row
        while self._pixels * self._channels < _FULL_ROW and rows % (2 * self._pixels) == 0:
            self._pixels *= 2
        self._rows = rows // self._pixels
        elements = rows * self._channels
        self._chunks = max(1, min(_CHUNKS, elements // _CHUNK_ELEMENTS, self._rows))

    def _parts(self, arrays: Sequence[Array], chunk: int) -> list[Array]:
        begin, end = (self._rows * n // self._chunks for n in (chunk, chunk + 1))
        return [array.reshape(self._rows, -1)[begin:end] for array in arrays]

    def _lanes(self, vectors: Sequence[Array]) -> list[Array]:
        return [_frozen(np.tile(vector, self._pixels)) for vector in vectors]

    def add_up(
        self,
        loop: Callable[..., None],
        images: Sequence[Array],
        vectors: Sequence[Array],
        sums: int,
    ) -> list[Array]:
        """Return sums over all pixels, each with a number for each channel."""
        totals = np.empty((self._chunks, sums, self._pixels * self._channels), np.float32)
        images, vectors = [_frozen(image) for image in images], self._lanes(vectors)

        def add(chunk: int) -> None:
            loop(*self._parts(images, chunk), *vectors, *totals[chunk])

        parallel_for(add, self._chunks)
        by_channel = totals.sum(axis=0).reshape(sums, self._pixels, self._channels)
        return list(by_channel.sum(axis=1))

    def rewrite(
        self,
        loop: Callable[..., None],
        images: Sequence[Array],
        vectors: Sequence[Array],
        numbers: Sequence[float] = (),
    ) -> Array:
        """Return images made of others, element by element."""
        result, scalars = np.empty_like(images[0]), [np.float32(number) for number in numbers]
        images, vectors = [_frozen(image) for image in images], self._lanes(vectors)

        def write(chunk: int) -> None:
            loop(*self._parts(images, chunk), *vectors, *scalars, *self._parts([result], chunk))

        parallel_for(write, self._chunks)
        return result


def _frozen(array: Array) -> Array:
    """The same array, to be read only: what the loops are compiled for."""
    view: Array = array.view()
    view.setflags(write=False)
    return view


def _quickest(
    loops: TileLoops,
    images: Sequence[Array],
    channels_last: bool,
    by_loops: Callable[[Callable[..., None]], Any],
    by_numpy: Callable[[], Any],
) -> Any:
    """Compute by loops if they are there and suit the images, else by numpy."""
    suits = channels_last and all(
        image.dtype == np.float32 and image.flags.c_contiguous and image.size for image in images
    )
    if not suits:
        return by_numpy()
    kernel = TileKernel.of(loops, ())
    if kernel.function is not None:
        return by_loops(kernel.function)
    start = time.perf_counter()
    result = by_numpy()
    kernel.note(time.perf_counter() - start)
    return result


def moments(x: Array, axes: tuple[int, ...], column: tuple[int, ...]) -> tuple[Array, Array]:
    """Compute the mean of each channel, and the mean square of the distance from it.

    Args:
      x: images, float32 of rank 4.
      axes: all but that of the channels.
      column: the shape in which a vector with a number for each channel broadcasts.

    Returns:
      Two vectors.

    >>> x = np.array([1, 5, 3, 11], np.float32).reshape(1, 2, 1, 2)
    >>> moments(x, (0, 1, 2), (1, 1, 1, -1))
    (array([2., 8.], dtype=float32), array([1., 9.], dtype=float32))
    """
    channels_last, whole = column[-1] == -1, _Pass(x.shape)
    count = np.float32(x.size // max(1, x.shape[column.index(-1)]))
    total = _quickest(
        _ADD_ROWS,
        [x],
        channels_last,
        lambda loop: whole.add_up(loop, [x], [], 1)[0],
        lambda: x.sum(axis=axes),
    )
    mean = total / count
    squares = _quickest(
        _ADD_SQUARES,
        [x],
        channels_last,
        lambda loop: whole.add_up(loop, [x], [mean], 1)[0],
        lambda: np.square(x - mean.reshape(column)).sum(axis=axes),
    )
    return mean, squares / count


def scaled(
    x: Array,
    factor: Array,
    shift: Array,
    column: tuple[int, ...],
    limits: tuple[float, float] = EVERYTHING,
) -> Array:
    """Multiply each channel by a factor and add a number.

    Args:
      x: images, float32 of rank 4.
      factor: a number for each channel.
      shift: likewise.
      column: the shape in which such vectors broadcast.
      limits: the range that results are kept within.

    Returns:
      Images of that shape.
    """

    def by_numpy() -> Array:
        return within(x * factor.reshape(column) + shift.reshape(column), *limits)

    return _quickest(  # type: ignore[no-any-return]
        _SCALE_ROWS,
        [x],
        column[-1] == -1,
        lambda loop: _Pass(x.shape).rewrite(loop, [x], [factor, shift], limits),
        by_numpy,
    )


def slopes(
    slope: Array, x: Array, mean: Array, axes: tuple[int, ...], column: tuple[int, ...]
) -> tuple[Array, Array]:
    """Add up gradients, and their products with distances from the mean.

    Args:
      slope: gradients for images, float32 of rank 4.
      x: the images.
      mean: a number for each channel.
      axes: all but that of the channels.
      column: the shape in which a vector with a number for each channel broadcasts.

    Returns:
      Two vectors.
    """
    total, projection = _quickest(
        _ADD_SLOPES,
        [slope, x],
        column[-1] == -1,
        lambda loop: _Pass(x.shape).add_up(loop, [slope, x], [mean], 2),
        lambda: (slope.sum(axis=axes), (slope * (x - mean.reshape(column))).sum(axis=axes)),
    )
    return total, projection


def projected(
    slope: Array, x: Array, mean: Array, shift: Array, share: Array, factor: Array,
    column: tuple[int, ...],
) -> Array:  # fmt: skip
    """Compute `factor * (slope - shift - (x - mean) * share)`.

    Args:
      slope: gradients for images, float32 of rank 4.
      x: the images.
      mean: a number for each channel, as are all that follow.
      shift: is taken off.
      share: of the distance from the mean, is taken off.
      factor: for what is left.
      column: the shape in which such vectors broadcast.

    Returns:
      Images of that shape.
    """

    def by_numpy() -> Array:
        rest = slope - shift.reshape(column)
        rest -= (x - mean.reshape(column)) * share.reshape(column)
        rest *= factor.reshape(column)
        return rest

    return _quickest(  # type: ignore[no-any-return]
        _PROJECT_ROWS,
        [slope, x],
        column[-1] == -1,
        lambda loop: _Pass(x.shape).rewrite(loop, [slope, x], [mean, shift, share, factor]),
        by_numpy,
    )
