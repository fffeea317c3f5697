"""Vectors of float32 in LLVM's intermediate code, for intrinsics of numba, and the host's vectors.

An intrinsic that unrolls a tile keeps its sums in `Lanes.variable`s, which LLVM puts in registers
as long as there are enough of them: see `registers`.
"""

from __future__ import annotations

import functools
import platform
from typing import Any

from llvmlite import ir
from numba.core import cgutils

FLOAT = ir.FloatType()
_INT32 = ir.IntType(32)
_BIT = ir.IntType(1)


@functools.cache
def _features() -> frozenset[str]:
    """What numba compiles for beyond the basic instructions of the architecture."""
    import numba
    from llvmlite import binding

    settings: Any = numba.config
    chosen = settings.CPU_FEATURES
    if chosen is not None:
        return frozenset(name[1:] for name in chosen.split(",") if name.startswith("+"))
    features = binding.get_host_cpu_features()
    return frozenset(name for name, is_there in features.items() if is_there)


def widths() -> tuple[int, ...]:
    """How many float32 a register may hold on this machine, smallest first.

    >>> widths()[0]
    4
    """
    if "avx512f" in _features():
        return (4, 8, 16)
    return (4, 8) if "avx" in _features() else (4,)


def registers() -> int:
    """How many vector registers the machine has."""
    has_many = "avx512f" in _features() or platform.machine().lower() in ("aarch64", "arm64")
    return 32 if has_many else 16


# Processors that multiply vectors of 16 as quickly as those of 8.
_WIDE = frozenset({
    "znver5", "skylake-avx512", "cascadelake", "cooperlake", "icelake-server", "sapphirerapids",
    "emeraldrapids", "graniterapids", "graniterapids-d", "diamondrapids",
})  # fmt: skip


def multiplier_width() -> int:
    """How many float32 each of the machine's multipliers takes at once: 8 or 16."""
    import numba
    from llvmlite import binding

    settings: Any = numba.config
    name = settings.CPU_NAME or binding.get_host_cpu_name()
    return 16 if 16 in widths() and name in _WIDE else 8


class Lanes:
    """Writes code for vectors of so many float32.

    Args:
      builder: where to write.
      width: number of elements.
    """

    def __init__(self, builder: Any, width: int) -> None:
        self.builder = builder
        self.width = width
        self.type = ir.VectorType(FLOAT, width)
        self._pointer = self.type.as_pointer()
        self._mask_type = ir.VectorType(_BIT, width)
        self._align = ir.Constant(_INT32, 4)
        self._suffix = f"v{width}f32"

    def _intrinsic(self, name: str, signature: Any) -> Any:
        insert: Any = cgutils.get_or_insert_function
        return insert(self.builder.module, signature, f"llvm.{name}")

    def zeros(self) -> Any:
        """A vector of zeros."""
        return ir.Constant(self.type, [0.0] * self.width)

    def variable(self, value: Any) -> Any:
        """A vector that changes."""
        variable: Any = cgutils.alloca_once_value
        return variable(self.builder, value)

    def spread(self, scalar: Any) -> Any:
        """A vector with a scalar everywhere."""
        undefined = ir.Constant(self.type, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.Constant(_INT32, 0))
        zeros = ir.Constant(ir.VectorType(_INT32, self.width), [0] * self.width)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def first(self, count: Any) -> Any:
        """A mask of the first elements, as many as an integer says."""
        index = ir.VectorType(count.type, self.width)
        numbers = ir.Constant(index, list(range(self.width)))
        undefined = ir.Constant(index, ir.Undefined)
        start = self.builder.insert_element(undefined, count, ir.Constant(_INT32, 0))
        zeros = ir.Constant(ir.VectorType(_INT32, self.width), [0] * self.width)
        counts = self.builder.shuffle_vector(start, undefined, zeros)
        return self.builder.icmp_signed("<", numbers, counts)

    def from_on(self, start: Any) -> Any:
        """A mask of all elements but the first, as many as an integer says."""
        return self.builder.not_(self.first(start))

    def sum(self, value: Any) -> Any:
        """The sum of the elements, in pairs."""
        signature = ir.FunctionType(FLOAT, [FLOAT, self.type])
        function = self._intrinsic(f"vector.reduce.fadd.{self._suffix}", signature)
        zero = ir.Constant(FLOAT, 0.0)
        return self.builder.call(function, [zero, value], fastmath=("reassoc",))

    def load(self, address: Any, mask: Any = None) -> Any:
        """Read a vector; zeros where a mask is not set, and nothing is read there."""
        pointer = self.builder.bitcast(address, self._pointer)
        if mask is None:
            value = self.builder.load(pointer)
            value.align = 4
            return value
        signature = ir.FunctionType(self.type, [self._pointer, _INT32, self._mask_type, self.type])
        function = self._intrinsic(f"masked.load.{self._suffix}.p0", signature)
        return self.builder.call(function, [pointer, self._align, mask, self.zeros()])

    def prefetch(self, address: Any) -> None:
        """Have the cache line of an address loaded; it need not exist."""
        byte = ir.IntType(8).as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [byte, _INT32, _INT32, _INT32])
        function = self._intrinsic("prefetch.p0", signature)
        for_reading, into_all_caches, of_data = (ir.Constant(_INT32, n) for n in (0, 3, 1))
        pointer = self.builder.bitcast(address, byte)
        self.builder.call(function, [pointer, for_reading, into_all_caches, of_data])

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        """Write a vector, only where a mask is set if there is one."""
        pointer = self.builder.bitcast(address, self._pointer)
        if mask is None:
            self.builder.store(value, pointer).align = 4
            return
        signature = ir.FunctionType(
            ir.VoidType(), [self.type, self._pointer, _INT32, self._mask_type]
        )
        function = self._intrinsic(f"masked.store.{self._suffix}.p0", signature)
        self.builder.call(function, [value, pointer, self._align, mask])

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """`x * y + z`, rounded once where the machine can do it so."""
        signature = ir.FunctionType(self.type, [self.type] * 3)
        function = self._intrinsic(f"fmuladd.{self._suffix}", signature)
        return self.builder.call(function, [x, y, z])

    def at_least(self, value: Any, floor: Any) -> Any:
        """The larger of two values for each element; `nan` stays."""
        return self.builder.select(self.builder.fcmp_ordered("<", value, floor), floor, value)

    def at_most(self, value: Any, ceiling: Any) -> Any:
        """The smaller of two values for each element; `nan` stays."""
        return self.builder.select(self.builder.fcmp_ordered(">", value, ceiling), ceiling, value)
