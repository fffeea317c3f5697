"""The innermost loops of convolutions: sums of products in a tile of registers.

Each is an intrinsic of numba: it is written in LLVM's intermediate code for the sizes of its tile,
which are constants where it is called, so that all sums of a tile are in registers and each
distance between pixels is part of an instruction.  Arrays are flat and of float32.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from graphflow.ops.kernels.simd import Lanes


def _array(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """The parts of an array."""
    parts = cgutils.create_struct_proxy(kind)  # type: ignore[no-untyped-call]
    return parts(context, builder, value=array)


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Where an element of a flat array is."""
    return builder.gep(_array(context, builder, kind, array).data, [index])


def _integer(value: int) -> Any:
    return ir.Constant(ir.IntType(64), value)


def _conv_tile(
    _: Any,
    image: Any,
    start: Any,
    offsets: Any,
    weights: Any,
    weight: Any,
    bias: Any,
    channel: Any,
    floor: Any,
    ceiling: Any,
    result: Any,
    place: Any,
    step: Any,
    rest: Any,
    pixels: Any,
    vectors: Any,
    stride: Any,
    width: Any,
    is_masked: Any,
) -> Any:
    """Compute some neighbouring pixels of a convolution, for some vectors of output channels.

    The sum for pixel p is that of `image[start + p * stride + offsets[k]] * weights[weight + k * n
    ...]` over all k, where n = vectors * width channels lie side by side.  To it the bias is added,
    and what lies outside of a range becomes its nearest end: the same bits as by separate steps.

    Args:
      image: all that is read, with zeros for the padding.
      start: of the first pixel.
      offsets: for each row of weights the distance of its factor from the pixel's place.
      weights: rows of n.
      weight: where they begin.
      bias: what is added to the sums.
      channel: where n of them begin.
      floor: no result is less, unless it is `nan`.
      ceiling: no result is greater, unless it is `nan`.
      result: is written.
      place: of the first pixel in the result.
      step: between pixels in the result.
      rest: how many channels of the last vector are written, if is_masked is 1.
      pixels: constant, as all that follow.
      vectors: of channels.
      stride: between pixels in the image.
      width: of a vector.
      is_masked: whether the last vector is written in part.
    """
    count, columns, distance, lanes_count, masked = (
        literal.literal_value for literal in (pixels, vectors, stride, width, is_masked)
    )
    signature = types.void(
        image, types.intp, offsets, weights, types.intp, bias, types.intp, types.float32,
        types.float32, result, types.intp, types.intp, types.intp, pixels, vectors, stride, width,
        is_masked,
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args
        lanes = Lanes(builder, lanes_count)

        def address(position: int, index: Any) -> Any:
            return _address(context, builder, kinds[position], values[position], index)

        sums = [[lanes.variable(lanes.zeros()) for _ in range(columns)] for _ in range(count)]
        first_pixel, first_weight = address(0, values[1]), address(3, values[4])
        first_offset = address(2, _integer(0))
        rows = _array(context, builder, kinds[2], values[2]).nitems
        with cgutils.for_range(builder, rows) as loop:
            offset = builder.load(builder.gep(first_offset, [loop.index]))
            pixel = builder.gep(first_pixel, [offset])
            row = builder.mul(loop.index, _integer(columns * lanes_count))
            weight = builder.gep(first_weight, [row])
            factors = [
                lanes.load(builder.gep(weight, [_integer(v * lanes_count)])) for v in range(columns)
            ]
            for p in range(count):
                value = builder.load(builder.gep(pixel, [_integer(p * distance)]))
                spread = lanes.spread(value)
                for factor, total in zip(factors, sums[p], strict=True):
                    builder.store(lanes.multiply_add(spread, factor, builder.load(total)), total)
        first_bias = address(5, values[6])
        biases = [
            lanes.load(builder.gep(first_bias, [_integer(v * lanes_count)])) for v in range(columns)
        ]
        floors, ceilings = lanes.spread(values[7]), lanes.spread(values[8])
        mask = lanes.first(values[12]) if masked else None
        target = address(9, values[10])
        for p in range(count):
            for v in range(columns):
                value = builder.fadd(builder.load(sums[p][v]), biases[v])
                value = lanes.at_most(lanes.at_least(value, floors), ceilings)
                place = builder.gep(target, [_integer(v * lanes_count)])
                lanes.store(value, place, mask if v == columns - 1 else None)
            target = builder.gep(target, [values[11]])
        return context.get_dummy_value()

    return signature, generate


conv_tile: Any = intrinsic(prefer_literal=True)(_conv_tile)


def _filter_gradient_tile(
    _: Any,
    image: Any,
    start: Any,
    image_step: Any,
    image_row: Any,
    gradient: Any,
    place: Any,
    gradient_step: Any,
    rows: Any,
    columns: Any,
    total: Any,
    entry: Any,
    rest: Any,
    taps: Any,
    vectors: Any,
    width: Any,
    is_masked: Any,
) -> Any:
    """Add to the gradient of neighbouring entries of a filter what some rows of outputs give.

    For output (y, x) that is `image[start + y * image_row + x * image_step + t]` times the n =
    vectors * width channels of the gradient at `place + (y * columns + x) * gradient_step`, for
    entry t of the filter.

    Args:
      image: all that is read, with zeros for the padding.
      start: of the first entry for the first output.
      image_step: between neighbouring outputs in the image.
      image_row: between rows of outputs in the image.
      gradient: of the outputs.
      place: where it begins.
      gradient_step: between neighbouring outputs in it.
      rows: of outputs.
      columns: outputs in a row.
      total: is added to, rows of n.
      entry: where the first row is.
      rest: how many channels of the last vector there are, if is_masked is 1.
      taps: constant, as all that follow: how many entries of the filter.
      vectors: of channels.
      width: of a vector.
      is_masked: whether the last vector is there in part.
    """
    count, parts, lanes_count, masked = (
        literal.literal_value for literal in (taps, vectors, width, is_masked)
    )
    signature = types.void(
        image, types.intp, types.intp, types.intp, gradient, types.intp, types.intp, types.intp,
        types.intp, total, types.intp, types.intp, taps, vectors, width, is_masked,
    )  # fmt: skip

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args
        lanes = Lanes(builder, lanes_count)

        def address(position: int, index: Any) -> Any:
            return _address(context, builder, kinds[position], values[position], index)

        sums = [[lanes.variable(lanes.zeros()) for _ in range(parts)] for _ in range(count)]
        first_pixel, first_gradient = address(0, values[1]), address(4, values[5])
        mask = lanes.first(values[11]) if masked else None
        with cgutils.for_range(builder, values[7]) as row:
            row_pixel = builder.gep(first_pixel, [builder.mul(row.index, values[3])])
            before = builder.mul(row.index, values[8])
            with cgutils.for_range(builder, values[8]) as column:
                pixel = builder.gep(row_pixel, [builder.mul(column.index, values[2])])
                output = builder.mul(builder.add(before, column.index), values[6])
                output = builder.gep(first_gradient, [output])
                factors = [
                    lanes.load(
                        builder.gep(output, [_integer(v * lanes_count)]),
                        mask if v == parts - 1 else None,
                    )
                    for v in range(parts)
                ]
                for t in range(count):
                    value = builder.load(builder.gep(pixel, [_integer(t)]))
                    spread = lanes.spread(value)
                    for factor, part in zip(factors, sums[t], strict=True):
                        builder.store(lanes.multiply_add(spread, factor, builder.load(part)), part)
        target = address(9, values[10])
        for t in range(count):
            for v in range(parts):
                place = builder.gep(target, [_integer((t * parts + v) * lanes_count)])
                lanes.store(builder.fadd(lanes.load(place), builder.load(sums[t][v])), place)
        return context.get_dummy_value()

    return signature, generate


filter_gradient_tile: Any = intrinsic(prefer_literal=True)(_filter_gradient_tile)
