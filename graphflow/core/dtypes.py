"""TensorFlow's data types, their sets, and the way between them and numpy's.

Every `DType` exists once: two of them are equal exactly when they are the same object, and the
facts about each are plain attributes, so that asking costs nothing.
"""

from __future__ import annotations

import builtins
from typing import Any, TypeAlias, final

import ml_dtypes
import numpy as np

DTypeLike: TypeAlias = "DType | np.dtype[Any] | type[Any] | str | int"

_REF = 100  # the enum of a reference dtype is the enum of its base plus this


@final
class DType:
    """The type of a tensor's elements.

    A reference dtype (`float32_ref`) belongs to the mutable tensor of a variable; all its facts but
    the name and the enum are those of its `base_dtype`.

    Attributes:
      name: the name, for example "float32" or "float32_ref".
      as_datatype_enum: the number of the dtype in a serialised graph.
      base_dtype: the dtype without reference.
      real_dtype: the dtype of the real part for a complex dtype, else the dtype itself.
      numpy: the `np.dtype` of arrays that hold such elements; `object` for string (elements are
        `bytes`), resource and variant.
      as_numpy_dtype: the numpy scalar type, or a structured `np.dtype` for a quantized dtype.
      is_bool: whether it is the boolean dtype.
      is_integer: whether it is an integer dtype, quantized ones excepted.
      is_unsigned: whether it is an unsigned integer dtype, quantized ones excepted.
      is_floating: whether it is a real floating-point dtype.
      is_complex: whether it is a complex dtype.
      is_quantized: whether it is a quantized dtype.
      is_numpy_compatible: whether numpy can hold its elements by value.

    >>> float32.name, float32.is_floating, complex64.real_dtype
    ('float32', True, tf.float32)
    >>> float32 == np.float32, int32 == "int64"
    (True, False)
    """

    __slots__ = (
        "_as_ref",
        "_is_ref_dtype",
        "as_datatype_enum",
        "as_numpy_dtype",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_unsigned",
        "name",
        "numpy",
        "real_dtype",
    )

    _as_ref: DType
    _is_ref_dtype: builtins.bool
    as_datatype_enum: int
    as_numpy_dtype: Any
    base_dtype: DType
    is_bool: builtins.bool
    is_complex: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_numpy_compatible: builtins.bool
    is_quantized: builtins.bool
    is_unsigned: builtins.bool
    name: str
    numpy: np.dtype[Any]
    real_dtype: DType

    def __new__(cls, type_enum: int) -> DType:
        """Return the one `DType` of this enum.

        Args:
          type_enum: a DataType enum.

        Returns:
          The dtype.

        Raises:
          TypeError: no dtype has this enum.
        """
        found = _BY_ENUM.get(int(type_enum))
        if found is None:
            raise TypeError(f"no dtype has the enum {type_enum}; known are 1 to 23 and 101 to 123")
        return found

    @property
    def size(self) -> int:
        """The bytes of one element: 1 for resource and variant, those of a pointer for string."""
        return self.numpy.itemsize if self.is_numpy_compatible else 1

    @property
    def min(self) -> Any:
        """The smallest finite value: an `int` for integers, a numpy scalar for floats.

        Raises:
          TypeError: the dtype has no smallest value.
        """
        return self._extreme("min")

    @property
    def max(self) -> Any:
        """The largest finite value: an `int` for integers, a numpy scalar for floats.

        Raises:
          TypeError: the dtype has no largest value.
        """
        return self._extreme("max")

    def _extreme(self, which: str) -> Any:
        if self.is_integer:
            return int(getattr(np.iinfo(self.numpy), which))
        if self.is_floating:
            finfo: Any = ml_dtypes.finfo
            return self.as_numpy_dtype(getattr(finfo(self.numpy), which))
        raise TypeError(f"{self.name} has no {which}; integer and floating dtypes have one")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The usual range of image values, negative ones cut off, as (minimum, maximum).

        Integers range from 0 to `max`, float32 and float64 from 0 to 1, bool from False to True.

        Raises:
          ValueError: no such range is defined for this dtype.
        """
        if self.is_integer:
            return 0, self.max
        if self.base_dtype in (float32, float64):
            return 0, 1
        if self.is_bool:
            return False, True
        raise ValueError(
            f"{self.name} has no limits; integers, float32, float64 and bool have them"
        )

    def is_compatible_with(self, other: DTypeLike) -> builtins.bool:
        """Tell whether a tensor of dtype `other` can stand where this dtype is asked for.

        Args:
          other: anything that `as_dtype` takes.

        Returns:
          True if `other` or its base dtype is this dtype.

        >>> float32_ref = as_dtype("float32_ref")
        >>> float32.is_compatible_with(float32_ref), float32_ref.is_compatible_with(float32)
        (True, False)
        """
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def __eq__(self, other: object) -> builtins.bool:
        return self is other or (type(other) is not DType and _find(other) is self)

    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


_BY_ENUM: dict[int, DType] = {}
_BY_NAME: dict[str, DType] = {}
_BY_TYPE: dict[type[Any], DType] = {}
_BY_STRUCTURE: dict[np.dtype[Any], DType] = {}


def _describe(dtype: DType, enum: int, name: str, held: np.dtype[Any]) -> None:
    number = held.type
    quantized = held.names is not None
    dtype.as_datatype_enum = enum
    dtype.name = name
    dtype.numpy = held
    dtype.as_numpy_dtype = held if quantized else object if held.hasobject else number
    dtype.is_quantized = quantized
    dtype.is_bool = number is np.bool_
    dtype.is_integer = issubclass(number, np.integer)
    dtype.is_unsigned = issubclass(number, np.unsignedinteger)
    dtype.is_floating = issubclass(number, np.floating) or number is ml_dtypes.bfloat16
    dtype.is_complex = issubclass(number, np.complexfloating)
    dtype.is_numpy_compatible = not name.startswith(("resource", "variant"))


def _define(enum: int, name: str, held: Any, real: DType | None = None) -> DType:
    """Create a dtype together with its reference dtype and make both known."""
    base, ref = object.__new__(DType), object.__new__(DType)
    structure: Any = [(name, held)] if name.startswith("q") else held
    for dtype, offset, suffix in ((base, 0, ""), (ref, _REF, "_ref")):
        _describe(dtype, enum + offset, name + suffix, np.dtype(structure))
        dtype.base_dtype = base
        dtype.real_dtype = real or dtype
        dtype._as_ref = ref
        dtype._is_ref_dtype = dtype is ref
        _BY_ENUM[dtype.as_datatype_enum] = dtype
        _BY_NAME[dtype.name] = dtype
    return base


float32 = _define(1, "float32", np.float32)
float64 = _define(2, "float64", np.float64)
int32 = _define(3, "int32", np.int32)
uint8 = _define(4, "uint8", np.uint8)
int16 = _define(5, "int16", np.int16)
int8 = _define(6, "int8", np.int8)
string = _define(7, "string", object)
complex64 = _define(8, "complex64", np.complex64, real=float32)
int64 = _define(9, "int64", np.int64)
bool = _define(10, "bool", np.bool_)
qint8 = _define(11, "qint8", np.int8)
quint8 = _define(12, "quint8", np.uint8)
qint32 = _define(13, "qint32", np.int32)
bfloat16 = _define(14, "bfloat16", ml_dtypes.bfloat16)
qint16 = _define(15, "qint16", np.int16)
quint16 = _define(16, "quint16", np.uint16)
uint16 = _define(17, "uint16", np.uint16)
complex128 = _define(18, "complex128", np.complex128, real=float64)
float16 = _define(19, "float16", np.float16)
resource = _define(20, "resource", object)
variant = _define(21, "variant", object)
uint32 = _define(22, "uint32", np.uint32)
uint64 = _define(23, "uint64", np.uint64)

half = float16
double = float64

SIGNED_INTEGER = frozenset({int8, int16, int32, int64})
UNSIGNED_INTEGER = frozenset({uint8, uint16, uint32, uint64})
INTEGER = SIGNED_INTEGER | UNSIGNED_INTEGER
INDEX = frozenset({int32, int64})
FLOATING = frozenset({bfloat16, float16, float32, float64})
COMPLEX = frozenset({complex64, complex128})
INEXACT = FLOATING | COMPLEX
REAL_NUMBER = INTEGER | FLOATING
NUMERIC = REAL_NUMBER | COMPLEX
QUANTIZED = frozenset({qint8, quint8, qint16, quint16, qint32})
ALL = NUMERIC | QUANTIZED | frozenset({bool, string, resource, variant})
QUANTIZED_DTYPES = QUANTIZED | frozenset(dtype._as_ref for dtype in QUANTIZED)


def _fill_lookups() -> None:
    for alias, dtype in (("half", float16), ("float", float32), ("double", float64)):
        _BY_NAME[alias] = dtype
        _BY_NAME[alias + "_ref"] = dtype._as_ref
    for dtype in NUMERIC:
        _BY_TYPE[dtype.numpy.type] = dtype
    for code in np.typecodes["AllInteger"]:  # C's long long and the like beside the sized ones
        held = np.dtype(code)
        _BY_TYPE[held.type] = _BY_NAME[f"{'u' * (held.kind == 'u')}int{8 * held.itemsize}"]
    for text in (np.object_, np.str_, np.bytes_, object, str, bytes):
        _BY_TYPE[text] = string
    _BY_TYPE[np.bool_] = _BY_TYPE[builtins.bool] = bool
    _BY_TYPE[int] = int32
    _BY_TYPE[float] = float32
    _BY_TYPE[complex] = complex128
    for dtype in QUANTIZED:
        _BY_STRUCTURE[dtype.numpy] = dtype


_fill_lookups()


def _find(value: object) -> DType | None:
    """Return the dtype that `value`, not a `DType`, stands for; None if there is none."""
    if isinstance(value, str):
        return _BY_NAME.get(value)
    if isinstance(value, np.dtype):
        return _BY_TYPE.get(value.type) or _BY_STRUCTURE.get(value)
    if isinstance(value, type):
        return _BY_TYPE.get(value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, builtins.bool):
        return _BY_ENUM.get(int(value))
    return None


def as_dtype(type_value: DTypeLike) -> DType:
    """Return the `DType` that a value stands for.

    Args:
      type_value: a `DType`, a DataType enum, a numpy dtype or scalar type, a Python type (`bool`,
        `int` for int32, `float` for float32, `complex` for complex128, `str`, `bytes` and `object`
        for string), or a name such as "float32", "half", "double" or "float32_ref".

    Returns:
      The dtype.

    Raises:
      TypeError: the value stands for no dtype.

    >>> as_dtype("half"), as_dtype(np.dtype("int64")), as_dtype(float), as_dtype(101)
    (tf.float16, tf.int64, tf.float32, tf.float32_ref)
    """
    if type(type_value) is DType:
        return type_value
    found = _find(type_value)
    if found is None:
        raise TypeError(
            f"{type_value!r} stands for no dtype; give a DType, a name such as 'float32', "
            "a numpy dtype or a Python number type"
        )
    return found


def dtype_set(names: str) -> frozenset[DType]:
    """The dtypes of these names, for the types that an op takes.

    Args:
      names: separated by spaces.

    >>> sorted(dtype.name for dtype in dtype_set("int32 bool"))
    ['bool', 'int32']
    """
    return frozenset(as_dtype(name) for name in names.split())
