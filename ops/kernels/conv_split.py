"""How the work of a convolution is split, and what its compiled loops know of the sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from graphflow.ops.kernels.conv_axes import Reach
from graphflow.ops.kernels.windows import WindowAxis

if TYPE_CHECKING:
    from graphflow.ops.kernels.conv import ConvGeometry

BAND_ELEMENTS = 1 << 16  # packed rows of a unit: 256 KB, which stay in the cache of a core
_CHUNKS = 8  # so that two to four threads end at about the same time
_CHUNK_PRODUCTS = 1 << 20  # a chunk is worth handing over: some 30 microseconds


class PackSizes(NamedTuple):
    """What the compiled loops know of images, units and results; sizes count elements.

    Attributes:
      height: rows of an image.
      width: its columns.
      image_channels: its channels, in all groups.
      image_size: elements of an image.
      first_channel: of the group.
      channels: of the group.
      before: rows of padding above.
      first_column: of the image that is packed.
      first_padded: packed column where it goes.
      columns: of the image that are packed.
      padded_width: packed columns.
      padded_rows: packed rows of a band.
      bands: of an image.
      band_rows: output rows of a band.
      row_stride: rows of the image between neighbouring output rows.
      column_stride: columns of the image between neighbouring outputs.
      result_rows: rows of the output.
      result_columns: its columns.
      result_channels: its channels, in all groups.
      result_size: elements of the output of an image.
      first_output: channel of the group in the output.
      out_channels: of the group.
      tiles: of output channels.
    """

    height: int
    width: int
    image_channels: int
    image_size: int
    first_channel: int
    channels: int
    before: int
    first_column: int
    first_padded: int
    columns: int
    padded_width: int
    padded_rows: int
    bands: int
    band_rows: int
    row_stride: int
    column_stride: int
    result_rows: int
    result_columns: int
    result_channels: int
    result_size: int
    first_output: int
    out_channels: int
    tiles: int


@dataclass(frozen=True)
class Side:
    """Images that are read, or results that are written: sizes with all channels."""

    height: int
    width: int
    channels: int

    @property
    def size(self) -> int:
        """Elements of one image."""
        return self.height * self.width * self.channels


class Split:
    """The units of a batch, and which of them make a chunk; the same for any number of threads.

    Args:
      batch: number of images.
      rows: output rows of an image.
      reach: of the windows down an image.
      row_size: packed elements of a row.
      products: multiplications for the whole batch.
      most: chunks there may be.
    """

    def __init__(
        self, batch: int, rows: int, reach: Reach, row_size: int, products: int, most: int
    ) -> None:
        fitting = (BAND_ELEMENTS // row_size - reach.extent) // reach.stride + 1
        wanted = min(_CHUNKS, max(1, products // _CHUNK_PRODUCTS), most)
        for_chunks = -(-rows // max(1, wanted // batch))
        self.band_rows = max(1, min(rows, fitting, for_chunks))
        self.bands = -(-rows // self.band_rows)
        self.units = batch * self.bands
        self.chunks = min(self.units, wanted)
        self.padded_rows = reach.places(self.band_rows)

    def chunk(self, number: int) -> tuple[int, int]:
        """The first unit of a chunk, and the one after its last."""
        return self.units * number // self.chunks, self.units * (number + 1) // self.chunks


def pack_sizes(
    image: Side,
    result: Side,
    down: Reach,
    across: Reach,
    columns: int,
    split: Split,
    group: int,
    groups: int,
    outputs: int,
    tiles: int,
) -> PackSizes:
    """Return what the loops know of a group of channels.

    Args:
      image: what is read.
      result: what is written, or the gradient of that.
      down: what windows read down an image.
      across: what they read along a row.
      columns: outputs of a row.
      split: of the work.
      group: number of the group.
      groups: how many there are.
      outputs: channels of a result in the group.
      tiles: that cover these.
    """
    padded_width = across.places(columns)
    first_padded = min(max(0, across.before), padded_width)
    first_column = max(0, -across.before)
    packed = min(padded_width - first_padded, image.width - first_column)
    channels = image.channels // groups
    return PackSizes(
        height=image.height,
        width=image.width,
        image_channels=image.channels,
        image_size=image.size,
        first_channel=group * channels,
        channels=channels,
        before=down.before,
        first_column=first_column,
        first_padded=first_padded,
        columns=max(0, packed),
        padded_width=padded_width,
        padded_rows=split.padded_rows,
        bands=split.bands,
        band_rows=split.band_rows,
        row_stride=down.stride,
        column_stride=across.stride,
        result_rows=result.height,
        result_columns=result.width,
        result_channels=result.channels,
        result_size=result.size,
        first_output=group * outputs,
        out_channels=outputs,
        tiles=tiles,
    )


def axes_of(geometry: ConvGeometry) -> tuple[WindowAxis, WindowAxis]:
    """The two spatial axes; with one axis, rows of height 1."""
    *others, across = geometry.axes
    down = others[0] if others else WindowAxis.of(1, 1, 1, 1, "VALID")
    return down, across


def sides(geometry: ConvGeometry) -> tuple[Side, Side]:
    """The input and the output."""
    down, across = axes_of(geometry)
    return (
        Side(down.size, across.size, geometry.in_channels),
        Side(down.output_size, across.output_size, geometry.out_channels),
    )
