"""`InputSpec`: what a layer demands of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import as_shape


class InputSpec:
    """Rank, dtype and dimensions that a layer demands of an input.

    Args:
      dtype: the dtype, None for any.
      shape: the shape, None for dimensions that may have any size.
      ndim: the rank, None for any.
      max_ndim: the greatest rank.
      min_ndim: the least rank.
      axes: from axes to the sizes that they must have.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
    ) -> None:
        self.dtype = None if dtype is None else as_dtype(dtype).name
        self.shape = None if shape is None else as_shape(shape)
        self.ndim = len(self.shape.as_list()) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = dict(axes or {})

    def __repr__(self) -> str:
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        parts = [f"{name}={getattr(self, name)}" for name in names if getattr(self, name)]
        return f"InputSpec({', '.join(parts)})"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one.

        >>> InputSpec(ndim=3, axes={-1: 5}).get_config()["axes"]
        {-1: 5}
        """
        shape = None if self.shape is None else self.shape.as_list()
        names = ("dtype", "ndim", "max_ndim", "min_ndim", "axes")
        return {"shape": shape, **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Return the one whose arguments `get_config` returned.

        Args:
          config: the arguments.

        >>> InputSpec.from_config(InputSpec(min_ndim=2).get_config())
        InputSpec(min_ndim=2)
        """
        return cls(**config)

    def check(self, tensor: Tensor, layer_name: str) -> None:
        """Check one input of a layer.

        Args:
          tensor: the input.
          layer_name: the layer's name, for errors.

        Raises:
          ValueError: it is not as demanded.
        """
        problem = self._problem(tensor)
        if problem:
            raise ValueError(
                f"Input 0 of layer {layer_name} is incompatible with the layer: {problem}, got "
                f"{tensor!r}{at_user_line()}"
            )

    def _problem(self, tensor: Tensor) -> str | None:
        dims = tensor.shape.as_tuple()
        if self.dtype is not None and tensor.dtype.base_dtype.name != self.dtype:
            return f"expected dtype={self.dtype}"
        if dims is None:
            is_free = self.ndim is None and self.min_ndim is None and not self.axes
            return (
                None if is_free else "its rank is undefined, but the layer requires a defined rank"
            )
        rank = len(dims)
        if self.ndim is not None and rank != self.ndim:
            return f"expected ndim={self.ndim}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}"
        for axis, size in self.axes.items():
            if size is not None and dims[int(axis)] not in (size, None):
                return f"expected axis {axis} of input shape to have value {size}"
        wanted = () if self.shape is None else self.shape.as_tuple() or ()
        for size, dim in zip(wanted, dims, strict=False):
            if size is not None and dim is not None and size != dim:
                return f"expected shape={self.shape}"
        return None
