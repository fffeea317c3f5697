"""Reductions in nests of loops: "sum" stands here for extremes too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphflow.compiler.parts import Part


@dataclass
class LoopSum:
    """A reduction in a nest.

    Attributes:
      part: the part.
      name: the number of its slot.
      kept: for each axis whether the result has it.
      is_whole: whether the loops compute it for all elements, not for a chunk of them.
    """

    part: Part
    name: int
    kept: tuple[bool, ...]
    is_whole: bool

    @property
    def kind(self) -> str:
        """How elements are put together."""
        assert self.part.reduction is not None
        return self.part.reduction.kind

    @property
    def first(self) -> int:
        """The axis from which on all are reduced; the number of axes if the last one is not."""
        return max((axis for axis, is_kept in enumerate(self.kept) if is_kept), default=-1) + 1

    @property
    def is_direct(self) -> bool:
        """Whether an element of the result is known once the loops from `first` on are done."""
        return all(self.kept[: self.first]) and (self.is_whole or self.first > 0)

    @property
    def has_total(self) -> bool:
        """Whether there is a variable for the sum over the last axes."""
        return self.first < len(self.kept) or self.is_direct

    @property
    def is_float(self) -> bool:
        """Whether it may be NaN."""
        return self.part.form.dtype.kind == "f"

    @property
    def dtype(self) -> str:
        """What it is added up in."""
        if self.kind != "sum":
            return str(self.part.form.dtype.name)
        return "float64" if self.is_float else "int64"

    @property
    def start(self) -> str:
        """What it begins with."""
        if self.kind == "sum":
            return f"np.{self.dtype}(0)"
        is_max = self.kind == "max"
        if self.is_float:
            return f"np.{self.dtype}({'-' if is_max else ''}np.inf)"
        limits = np.iinfo(self.part.form.dtype)
        return f"np.{self.dtype}({limits.min if is_max else limits.max})"

    def joined(self, total: str, value: str) -> str:
        """The text that puts a value and what there is so far together; NaN stays NaN."""
        if self.kind == "sum":
            return f"{total} + np.{self.dtype}({value})"
        sign = ">" if self.kind == "max" else "<"
        nan = f" or {value} != {value}" if self.is_float else ""
        return f"{value} if {value} {sign} {total}{nan} else {total}"

    def additions(self, in_blocks: bool) -> list[str]:
        """The lines that put the element `w` into the variable for the total."""
        total, value = f"r{self.name}", f"w{self.name}"
        if self.kind == "sum" and self.is_float:
            if in_blocks:
                return [f"p{self.name} = add(p{self.name}, {value})"]
            return [f"{total} = add({total}, np.float64({value}))"]
        if self.kind == "sum" or not self.is_float:
            return [f"{total} = np.{self.dtype}({self.joined(total, value)})"]
        better = "larger" if self.kind == "max" else "smaller"
        nan = f"b{self.name}"
        return [
            f"{total} = {better}({total}, {value})",
            f"{nan} = np.int32({nan} | np.int32({value} != {value}))",
        ]

    def beginnings(self) -> list[str]:
        """The lines before the loops over what is reduced."""
        lines = [f"r{self.name} = {self.start}"]
        if self.kind != "sum" and self.is_float:
            lines.append(f"b{self.name} = np.int32(0)")
        return lines

    def endings(self) -> list[str]:
        """The lines after these loops."""
        if self.kind == "sum" or not self.is_float:
            return []
        nan = f"np.{self.dtype}(np.nan)"
        return [f"r{self.name} = {nan} if b{self.name} != 0 else r{self.name}"]

    def result(self, total: str, sizes: Sequence[tuple[str, int]]) -> str:
        """The text of an element of the result."""
        assert self.part.reduction is not None
        dtype, divisor = self.part.form.dtype.name, self.part.reduction.divisor
        if divisor == 1:
            return f"np.{dtype}({total})"
        reduced = [size for size, is_kept in zip(sizes, self.kept, strict=True) if not is_kept]
        is_count = math.prod(value for _, value in reduced) == divisor
        count = " * ".join(name for name, _ in reduced) if is_count else str(divisor)
        return f"np.{dtype}({total} / np.float64({count}))"
