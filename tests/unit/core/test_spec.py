"""Dimensions, shapes, broadcasting and specs; printed forms and laws as TensorFlow's."""

from __future__ import annotations

import copy
import itertools
import operator
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.core.spec import (
    Dimension,
    TensorShape,
    TensorSpec,
    as_dimension,
    as_shape,
    broadcast_shape,
    dimension_at_index,
    dimension_value,
    unknown_shape,
)

UNKNOWN = Dimension(None)


class Source:
    """Tells a fixed value and a fixed partial value."""

    def __init__(self, value: Any = None, partial: Any = None) -> None:
        self.value, self.partial = value, partial

    def constant_value(self) -> Any:
        return None if self.value is None else np.array(self.value, np.int32)

    def partial_value(self) -> Any:
        return self.partial


class Other:
    """An operand that knows what to do with a dimension, as a tensor does."""

    def __radd__(self, other: object) -> str:
        return "mine"


# Dimension


@pytest.mark.parametrize(
    ("compute", "left", "right", "result"),
    [
        (operator.add, 7, 2, 9),
        (operator.sub, 7, 2, 5),
        (operator.mul, 7, 2, 14),
        (operator.floordiv, 7, 2, 3),
        (operator.mod, 7, 2, 1),
    ],
)
def test_dimension_arithmetic(compute: Any, left: int, right: int, result: int) -> None:
    for pair in ((Dimension(left), right), (left, Dimension(right))):
        total = compute(*pair)
        assert type(total) is Dimension
        assert total.value == result
    assert compute(Dimension(left), Dimension(right)).value == result
    assert compute(Dimension(left), None).value is None
    assert compute(UNKNOWN, right).value is None
    assert compute(left, UNKNOWN).value is None


def test_dimension_arithmetic_with_numpy_and_negative_numbers() -> None:
    assert (np.int64(9) // Dimension(2)).value == 4
    assert (Dimension(9) // np.int64(2)).value == 4
    assert (Dimension(9) + -2).value == 7
    with pytest.raises(ValueError, match="must not be negative, but is -2"):
        Dimension(3) - 5


def test_dimension_arithmetic_refuses() -> None:
    with pytest.raises(TypeError, match=r"// *, not by /"):
        Dimension(7) / 2
    with pytest.raises(TypeError, match=r"// *, not by /"):
        7 / Dimension(2)
    with pytest.raises(TypeError, match="unsupported operand"):
        Dimension(7) + "a"  # type: ignore[operator]
    with pytest.raises(TypeError, match="unsupported operand"):
        Dimension(7) * 2.5  # type: ignore[operator]
    with pytest.raises(ZeroDivisionError):
        Dimension(7) // 0
    assert Dimension(7) + Other() == "mine"


def test_dimension_comparison() -> None:
    assert (Dimension(3) == 3) is True
    assert operator.eq(3, Dimension(3)) is True
    assert (Dimension(3) != 4) is True
    assert (Dimension(3) == "a") is False
    assert (Dimension(3) != "a") is True
    assert (Dimension(3) == 3.5) is False
    assert (Dimension(3) < 4) is True
    assert (Dimension(3) <= 3) is True
    assert (Dimension(3) > Dimension(3)) is False
    assert (Dimension(3) >= -1) is True
    assert operator.lt(2, Dimension(3)) is True
    with pytest.raises(TypeError, match="must be an int or None"):
        operator.lt(Dimension(3), "a")


@pytest.mark.parametrize(
    "compare",
    [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_comparison_with_the_unknown_is_none(compare: Any) -> None:
    assert compare(Dimension(3), None) is None
    assert compare(UNKNOWN, 3) is None
    assert compare(UNKNOWN, Dimension(None)) is None


def test_dimension_conversions() -> None:
    assert int(Dimension(3)) == 3
    assert list(range(5))[Dimension(3)] == 3
    assert np.zeros(Dimension(3)).shape == (3,)
    assert bool(Dimension(3))
    assert not Dimension(0)
    assert not UNKNOWN
    assert hash(Dimension(3)) == hash(3)
    assert (str(Dimension(3)), repr(Dimension(3))) == ("3", "Dimension(3)")
    assert (str(UNKNOWN), repr(UNKNOWN)) == ("?", "Dimension(None)")
    assert Dimension(Dimension(3)).value == 3
    assert Dimension(np.int64(3)).value == 3
    assert Dimension(3.0).value == 3  # type: ignore[arg-type]
    for convert in (int, operator.index):
        with pytest.raises(TypeError, match="unknown dimension"):
            convert(UNKNOWN)


@pytest.mark.parametrize("value", ["3", dtypes.float32, [3], np.zeros(2)])
def test_dimension_refuses_other_types(value: Any) -> None:
    with pytest.raises(TypeError, match="must be an int or None"):
        Dimension(value)


def test_dimension_refuses_other_values() -> None:
    with pytest.raises(ValueError, match=r"whole number, but is 3\.5"):
        Dimension(3.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must not be negative, but is -1"):
        Dimension(-1)


def test_dimension_compatibility() -> None:
    assert Dimension(3).is_compatible_with(None)
    assert UNKNOWN.is_compatible_with(3)
    assert not Dimension(3).is_compatible_with(Dimension(4))
    assert Dimension(3).merge_with(UNKNOWN).value == 3
    assert UNKNOWN.merge_with(3).value == 3
    assert UNKNOWN.merge_with(None).value is None
    for check in (Dimension(3).merge_with, Dimension(3).assert_is_compatible_with):
        with pytest.raises(ValueError, match="dimensions 3 and 4 are not compatible"):
            check(4)


def test_dimension_functions() -> None:
    three = Dimension(3)
    assert as_dimension(three) is three
    assert as_dimension(4).value == 4
    assert dimension_value(three) == 3
    assert dimension_value(5) == 5
    assert dimension_value(UNKNOWN) is None
    assert dimension_at_index(TensorShape([2, 3]), 1).value == 3
    assert dimension_at_index(TensorShape(None), 7).value is None
    with pytest.raises(IndexError):
        dimension_at_index(TensorShape([2, 3]), 2)


# TensorShape


@pytest.mark.parametrize(
    ("dims", "text", "form"),
    [
        ([2, None], "(2, ?)", "TensorShape([Dimension(2), Dimension(None)])"),
        ([], "()", "TensorShape([])"),
        ([1], "(1,)", "TensorShape([Dimension(1)])"),
        (None, "<unknown>", "TensorShape(None)"),
        (3, "(3,)", "TensorShape([Dimension(3)])"),
        (Dimension(None), "(?,)", "TensorShape([Dimension(None)])"),
        ((Dimension(2), np.int64(5), 3.0), "(2, 5, 3)", None),
        (np.array([4, 3]), "(4, 3)", None),
        (TensorShape([7, 2]), "(7, 2)", None),
        (range(3), "(0, 1, 2)", None),
    ],
)
def test_shape_from_and_to(dims: Any, text: str, form: str | None) -> None:
    shape = TensorShape(dims)
    assert str(shape) == text
    assert form is None or repr(shape) == form
    assert all(size is None or type(size) is int for size in shape.as_tuple() or ())


def test_shape_from_its_serialised_form() -> None:
    sizes = [SimpleNamespace(size=2), SimpleNamespace(size=-1)]
    assert TensorShape(SimpleNamespace(unknown_rank=False, dim=sizes)).as_tuple() == (2, None)
    assert TensorShape(SimpleNamespace(unknown_rank=True, dim=[])).rank is None


@pytest.mark.parametrize("dims", ["ab", "a", b"3", dtypes.int32, object(), [2, "3"], [[2]]])
def test_shape_refuses_other_types(dims: Any) -> None:
    with pytest.raises(TypeError):
        TensorShape(dims)
    assert not operator.eq(TensorShape([2]), dims)


def test_shape_refuses_negative_sizes() -> None:
    with pytest.raises(ValueError, match="None means unknown"):
        TensorShape([2, -1])


def test_shape_properties() -> None:
    shape, scalar, unknown = TensorShape([2, None, 4]), TensorShape([]), TensorShape(None)
    assert (shape.rank, shape.ndims, len(shape)) == (3, 3, 3)
    assert [type(d) for d in shape] == [Dimension] * 3
    assert [d.value for d in shape.dims or ()] == [2, None, 4]
    assert shape.as_list() == [2, None, 4]
    assert (unknown.rank, unknown.ndims, unknown.dims, unknown.as_tuple()) == (None,) * 4
    assert (scalar.rank, scalar.dims, scalar.as_list()) == (0, [], [])
    assert bool(shape)
    assert bool(scalar)
    assert not unknown
    assert not shape.is_fully_defined()
    assert scalar.is_fully_defined()
    assert not unknown.is_fully_defined()
    assert TensorShape([2, 3, 4]).num_elements() == 24
    assert TensorShape([2, 0]).num_elements() == 0
    assert scalar.num_elements() == 1
    assert shape.num_elements() is None
    assert unknown.num_elements() is None


@pytest.mark.parametrize("use", [len, list, TensorShape.as_list])
def test_unknown_rank_has_no_items(use: Any) -> None:
    with pytest.raises(ValueError, match="needs a known rank"):
        use(TensorShape(None))


def test_shape_indexing() -> None:
    shape = TensorShape([2, None, 4])
    assert shape[0].value == 2
    assert shape[-1].value == 4
    assert shape[1].value is None
    assert shape[Dimension(2)].value == 4  # type: ignore[call-overload]
    assert shape[1:].as_tuple() == (None, 4)
    assert shape[::-1].as_tuple() == (4, None, 2)
    with pytest.raises(IndexError):
        shape[3]


@pytest.mark.parametrize(
    ("key", "dims"),
    [
        (slice(1, None), None),
        (slice(None, 3), (None, None, None)),
        (slice(1, 3), (None, None)),
        (slice(3, 1), ()),
        (slice(-2, None), None),
        (slice(1, -1), None),
    ],
)
def test_slices_of_unknown_rank(key: slice, dims: Any) -> None:
    assert TensorShape(None)[key].as_tuple() == dims


def test_unknown_rank_refuses_steps() -> None:
    assert TensorShape(None)[4].value is None
    with pytest.raises(ValueError, match="step 1"):
        TensorShape(None)[::2]


def test_shape_equality() -> None:
    assert TensorShape([2, 3]) == [2, 3]
    assert operator.eq((2, 3), TensorShape([2, 3]))
    assert TensorShape([2, None]) == TensorShape([2, None])
    assert TensorShape([2]) != [3]
    assert TensorShape([2]) != TensorShape([None])
    assert TensorShape(None) == TensorShape(None)
    assert TensorShape(None) != TensorShape([])
    assert TensorShape([2]) != 5
    assert TensorShape([2]) != "a"
    assert TensorShape([2]) != [-2]
    assert len({TensorShape([2, None]), TensorShape.of((2, None)), TensorShape(None)}) == 2


def test_shape_merge() -> None:
    shape = TensorShape([2, None])
    assert shape.merge_with([None, 3]).as_tuple() == (2, 3)
    assert shape.merge_with(None) is shape
    assert TensorShape(None).merge_with([2]).as_tuple() == (2,)
    with pytest.raises(ValueError, match=r"shapes \(2, \?\) and \(3, 3\) are not compatible"):
        shape.merge_with([3, 3])
    with pytest.raises(ValueError, match=r"shapes \(2, \?\) and \(3,\) are not compatible"):
        shape.merge_with([3])


def test_shape_compatibility() -> None:
    assert TensorShape([2]).is_compatible_with([None])
    assert TensorShape(None).is_compatible_with([2, 3])
    assert not TensorShape([2]).is_compatible_with([2, 3])
    with pytest.raises(ValueError, match="are not compatible"):
        TensorShape([2]).assert_is_compatible_with([3])
    with pytest.raises(ValueError, match=r"\(\?,\) is not fully defined"):
        TensorShape([None]).assert_is_fully_defined()
    TensorShape([2]).assert_is_fully_defined()


def test_most_specific_compatible_shape() -> None:
    shape = TensorShape([2, None, 5])
    assert shape.most_specific_compatible_shape([2, 3, 4]).as_tuple() == (2, None, None)
    assert shape.most_specific_compatible_shape([2, 3]).as_tuple() is None
    assert shape.most_specific_compatible_shape(None).as_tuple() is None


def test_shape_concatenation() -> None:
    shape = TensorShape([2, None])
    assert shape.concatenate([3]).as_tuple() == (2, None, 3)
    assert (shape + 3).as_tuple() == (2, None, 3)
    assert operator.add([3], shape).as_tuple() == (3, 2, None)
    assert shape.concatenate(None).as_tuple() is None
    assert (TensorShape(None) + shape).as_tuple() is None


def test_ranks() -> None:
    unknown, shape = TensorShape(None), TensorShape([2, 3])
    assert unknown.with_rank(2).as_tuple() == (None, None)
    assert shape.with_rank(2) is shape
    assert unknown.with_rank_at_least(2) is unknown
    assert unknown.with_rank_at_most(2) is unknown
    assert shape.with_rank_at_least(1) is shape
    assert shape.with_rank_at_most(2) is shape
    unknown.assert_has_rank(3)
    shape.assert_same_rank([4, None])
    shape.assert_same_rank(None)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) must have rank 3$"):
        shape.with_rank(3)
    with pytest.raises(ValueError, match=r"must have rank 3$"):
        shape.assert_has_rank(3)
    with pytest.raises(ValueError, match="rank 3 or more"):
        shape.with_rank_at_least(3)
    with pytest.raises(ValueError, match="rank 1 or less"):
        shape.with_rank_at_most(1)
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2,\) must have the same rank"):
        shape.assert_same_rank([2])


def test_shape_functions() -> None:
    shape = TensorShape([2])
    assert as_shape(shape) is shape
    assert as_shape([2, None]).as_tuple() == (2, None)
    assert unknown_shape().as_tuple() is None
    assert unknown_shape(2).as_tuple() == (None, None)
    assert unknown_shape(0).as_tuple() == ()
    assert np.zeros(TensorShape([2, 3])).shape == (2, 3)  # type: ignore[call-overload]


@pytest.mark.parametrize("dims", [None, (), (2, None)])
def test_copies(dims: Any) -> None:
    shape = TensorShape(dims)
    spec = TensorSpec(shape, "int8", "x", Source([1]))
    dimension = Dimension(3)
    ways: list[Callable[[Any], Any]] = [
        copy.copy,
        copy.deepcopy,
        lambda x: pickle.loads(pickle.dumps(x)),
    ]
    for clone in ways:
        assert clone(shape) == shape
        assert clone(dimension).value == 3
        assert (clone(spec), clone(spec).name, clone(spec).source) == (spec, "x", None)


# Broadcasting


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        ([2, 3], [2, 3], (2, 3)),
        ([2, 1], [1, 3], (2, 3)),
        ([4, 2, 3], [3], (4, 2, 3)),
        ([], [5, 2], (5, 2)),
        ([0, 2], [1, 2], (0, 2)),
        ([None, 3], [2, 3], (2, 3)),
        ([None], [1], (None,)),
        ([None], [None], (None,)),
        ([None], [0], (0,)),
        ([4, None], [2], (4, 2)),
        ([None, 1], [7], (None, 7)),
        (None, [2], None),
        (None, None, None),
    ],
)
def test_broadcast_shape(a: Any, b: Any, result: Any) -> None:
    assert broadcast_shape(a, b).as_tuple() == result
    assert broadcast_shape(b, a).as_tuple() == result


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([2, 3], [4, 3], r"^shapes \(2, 3\) and \(4, 3\) do not broadcast$"),
        ([2], [0], "do not broadcast"),
        ([None, 2], [5, 2, 3], r"\(\?, 2\) and \(5, 2, 3\)"),
    ],
)
def test_broadcast_shape_refuses(a: Any, b: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        broadcast_shape(a, b)


def test_broadcast_shape_agrees_with_numpy_for_every_completion() -> None:
    """Each size from {0, 1, 2, unknown}: the result covers what numpy says for real sizes."""

    def completions(dims: tuple[int | None, ...]) -> Any:
        return itertools.product(*[(0, 1, 2) if d is None else (d,) for d in dims])

    def real(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
        try:
            return np.broadcast_shapes(a, b)
        except ValueError:
            return None

    choices = (0, 1, 2, None)
    for a in itertools.product(choices, repeat=2):
        for b in itertools.product(choices, repeat=1):
            possible = [real(x, y) for x in completions(a) for y in completions(b)]
            fitting = [shape for shape in possible if shape is not None]
            if not fitting:
                with pytest.raises(ValueError, match="do not broadcast"):
                    broadcast_shape(a, b)
                continue
            result = broadcast_shape(a, b)
            assert all(result.is_compatible_with(shape) for shape in fitting), (a, b, result)


# TensorSpec


def test_spec_forms() -> None:
    spec = TensorSpec([2, None], "int64", "ids")
    assert (spec.shape.as_tuple(), spec.dtype, spec.name, spec.source) == (
        (2, None),
        dtypes.int64,
        "ids",
        None,
    )
    assert repr(spec) == "TensorSpec(shape=(2, ?), dtype=tf.int64, name='ids')"
    assert str(TensorSpec([2, None])) == "float32(2, ?)"
    assert str(TensorSpec(None)) == "float32<unknown>"
    assert str(TensorSpec([], "bool_ref")) == "bool()"


def test_spec_equality() -> None:
    spec = TensorSpec([None, 2], "int8", "a")
    assert spec == TensorSpec([None, 2], "int8", "b", Source())
    assert hash(spec) == hash(TensorSpec([None, 2], "int8"))
    assert spec != TensorSpec([None, 2], "int16")
    assert spec != TensorSpec([3, 2], "int8")
    assert spec != "int8(?, 2)"


def test_spec_refuses() -> None:
    with pytest.raises(TypeError, match="stands for no dtype"):
        TensorSpec([2], "nothing")
    with pytest.raises(ValueError, match="must not be negative"):
        TensorSpec([-2])


def test_spec_compatibility() -> None:
    spec = TensorSpec([None, 3])
    assert spec.is_compatible_with(TensorSpec([2, 3], "float32_ref"))
    assert spec.is_compatible_with(np.zeros([2, 3], np.float32))
    assert not spec.is_compatible_with(np.zeros([2, 3]))
    assert not spec.is_compatible_with(TensorSpec([3, 2]))


def test_most_specific_compatible_type() -> None:
    spec = TensorSpec([2, 3], "int8", "a")
    common = spec.most_specific_compatible_type(TensorSpec([4, 3], "int8", "a"))
    assert repr(common) == "TensorSpec(shape=(?, 3), dtype=tf.int8, name='a')"
    assert spec.most_specific_compatible_type(TensorSpec(None, "int8", "b")).name is None
    with pytest.raises(ValueError, match="the dtypes differ"):
        spec.most_specific_compatible_type(TensorSpec([2, 3], "int16"))


def test_spec_from_others() -> None:
    tensor = SimpleNamespace(
        shape=TensorShape([3]), dtype=dtypes.int8, op=SimpleNamespace(name="scope/x")
    )
    assert repr(TensorSpec.from_tensor(tensor)) == (
        "TensorSpec(shape=(3,), dtype=tf.int8, name='scope/x')"
    )
    assert TensorSpec.from_tensor(tensor, name="y").name == "y"
    assert TensorSpec.from_spec(TensorSpec([3], name="x")).name == "x"
    assert TensorSpec.from_spec(TensorSpec([3], name="x"), "y").name == "y"


def test_spec_values() -> None:
    spec = TensorSpec([2], "int32")
    assert spec.value is None
    assert spec.partial() is None
    known = TensorSpec([2], "int32", source=Source([3, 4], (3, None)))
    assert known.value is not None
    assert known.value.tolist() == [3, 4]
    assert known.partial() == (3, None)
    assert TensorSpec([], "int32", source=Source(partial=7)).partial() == 7


@pytest.mark.parametrize(
    ("shape", "source", "result"),
    [
        ([3], Source([2, 0, 5]), (2, 0, 5)),
        ([2], Source([2, -1]), (2, None)),
        ([0], Source([]), ()),
        ([], Source(-1), None),
        ([3], Source(partial=(2, None, -1)), (2, None, None)),
        ([2], Source(), (None, None)),
        ([2], None, (None, None)),
        ([0], None, ()),
        ([], None, None),
        ([None], None, None),
        (None, None, None),
    ],
)
def test_spec_as_shape(shape: Any, source: Any, result: Any) -> None:
    assert TensorSpec(shape, "int32", source=source).as_shape().as_tuple() == result


def test_spec_as_shape_refuses() -> None:
    with pytest.raises(ValueError, match=r"int32\(2, 2\) has rank 2"):
        TensorSpec([2, 2], "int32").as_shape()
    with pytest.raises(ValueError, match="is the scalar 4"):
        TensorSpec([], "int32", source=Source(4)).as_shape()
