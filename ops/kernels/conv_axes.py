"""Which outputs of a convolution the same taps reach along an axis, and what their windows span.

For the input gradient of a convolution with a stride s the pixels whose places leave the same rest
when divided by s form a *phase*: each is a convolution of the output gradient, of stride 1, with
the taps that reach it.  A convolution itself has one phase.

*Neighbours* along the last spatial axis may count as one output with so many times the channels:
they lie side by side in memory.  A window is then larger, and some factors in it are 0; but few
channels leave most of a vector unused, and so the vectors are filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graphflow.ops.kernels.windows import WindowAxis

# Channels that vectors have space for anyway need no neighbours.
_MOST_LANES = 32


class Reach(NamedTuple):
    """What windows along an axis read.

    Attributes:
      before: places of padding before the first one.
      stride: between the windows of neighbouring outputs.
      extent: places that one window spans.
    """

    before: int
    stride: int
    extent: int

    def places(self, outputs: int) -> int:
        """How many places the windows of so many neighbouring outputs span."""
        return (outputs - 1) * self.stride + self.extent


class Phase(NamedTuple):
    """Along an axis the outputs that the same taps reach.

    Attributes:
      first: index of the first output.
      outputs: how many there are, neighbours counted as one.
      taps: places in the window, each with the tap for each of the neighbours, -1 for none.
    """

    first: int
    outputs: int
    taps: tuple[tuple[tuple[int, ...], int], ...]


class AxisPlan(NamedTuple):
    """How the outputs along an axis are computed.

    Attributes:
      neighbours: how many outputs count as one.
      reach: of the windows.
      step: between the outputs of a phase.
      phases: each output belongs to one.
    """

    neighbours: int
    reach: Reach
    step: int
    phases: tuple[Phase, ...]

    @property
    def most_outputs(self) -> int:
        """The number of outputs of the longest phase."""
        return max(phase.outputs for phase in self.phases)


def forward_axis(axis: WindowAxis, neighbours: int = 1) -> AxisPlan:
    """Plan a convolution along an axis.

    Args:
      axis: of the convolution.
      neighbours: how many outputs count as one; a divisor of their number.

    >>> forward_axis(WindowAxis.of(6, 2, 1, 1, "VALID")).phases[0].taps
    (((0,), 0), ((1,), 1))
    """
    tap_at = [
        {tap * axis.dilation + number * axis.stride: tap for tap in range(axis.taps)}
        for number in range(neighbours)
    ]
    extent = axis.reach + 1 + (neighbours - 1) * axis.stride
    reach = Reach(axis.before, neighbours * axis.stride, extent)
    phase = Phase(0, axis.output_size // neighbours, _taps(tap_at, 0))
    return AxisPlan(neighbours, reach, neighbours, (phase,))


def backward_axis(axis: WindowAxis, neighbours: int = 1) -> AxisPlan:
    """Plan an input gradient along an axis: the windows are those on the output gradient.

    Args:
      axis: of the convolution.
      neighbours: how many pixels count as one: 1, or a multiple of the stride that divides their
        number.
    """
    stride = axis.stride
    step = max(stride, neighbours)
    firsts = range(0, min(step, axis.size), neighbours)
    tap_at = [
        [_reached(axis, pixel) for pixel in range(first, first + neighbours)] for first in firsts
    ]
    places = [place for taps in tap_at for found in taps for place in found] or [0]
    least = min(places)
    phases = tuple(
        Phase(first, len(range(first, axis.size, step)), _taps(taps, least))
        for first, taps in zip(firsts, tap_at, strict=True)
    )
    reach = Reach(-least, step // stride, max(places) - least + 1)
    return AxisPlan(neighbours, reach, step, phases)


def _reached(axis: WindowAxis, pixel: int) -> dict[int, int]:
    """The taps by which a pixel reaches outputs, by the index of the output."""
    distances = ((tap, pixel + axis.before - tap * axis.dilation) for tap in range(axis.taps))
    return {far // axis.stride: tap for tap, far in distances if far % axis.stride == 0}


def _taps(tap_at: Sequence[dict[int, int]], least: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """The taps of a phase, from those of each neighbour by their places."""
    places = sorted({place for taps in tap_at for place in taps})
    return tuple((tuple(taps.get(place, -1) for taps in tap_at), place - least) for place in places)


def neighbours_of(size: int, stride: int, channels: int) -> Iterator[int]:
    """Yield how many neighbouring outputs may count as one, smallest first; 1 is always there.

    Args:
      size: number of outputs along the axis.
      stride: what the numbers beyond 1 must be multiples of.
      channels: of an output.
    """
    yield 1
    number = stride if stride > 1 else 2
    while number * channels <= _MOST_LANES and number <= size:
        if size % number == 0:
            yield number
        number *= 2
