"""Checks of a sample: attributes, results, inference and the kernel's manners."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.compiler.parts import FUSIBLE, broadcasts, element, slots_in
from graphflow.core.dtypes import as_dtype
from graphflow.core.errors import OpError
from graphflow.core.graph import Graph
from graphflow.core.op import Array, Op, Sample
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.interop import protos
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.graphdef import graph_def_of
from graphflow.runtime.jit import compile_kernel, has_numba_kernel
from graphflow.testing.cases import (
    Case,
    Input,
    inputs_of,
    is_random,
    other_shapes,
    unknown_dims,
    unknown_rank,
)
from graphflow.testing.compare import as_array, assert_close, require

# -- attributes ------------------------------------------------------------------------------------


def _attributes(sample: Sample) -> None:
    """The op is a value: hashable, equal to a copy, and its attributes make it again."""
    op = sample.op
    twin = dataclasses.replace(op)
    require(twin == op and hash(twin) == hash(op), f"a copy of {op!r} is not equal to it")
    require(repr(op).startswith(f"{op.type}("), f"its repr is {op!r}")
    again = type(op).from_attributes(op.attributes())
    require(again == op, f"its attributes make {again!r}")
    case = Case(op, sample.inputs)
    data = graph_def_of(case.graph).SerializeToString()
    with Graph().as_default() as graph:
        import_graph_def(protos.GraphDef.FromString(data), name="")
    found = graph.get_operation_by_name(case.operation.name)
    require(_rounded(found.op) == _rounded(op), f"a GraphDef gives back {found.op!r}")
    for ours, theirs in zip(case.operation.outputs, found.outputs, strict=True):
        require(ours.spec == theirs.spec, f"a GraphDef gives back {theirs!r} for {ours!r}")


def _rounded(op: Op) -> tuple[Any, ...]:
    """The op's type and attributes with numbers in float32, as messages hold them."""
    return op.type, repr([_in_float32(value) for value in op.attributes().values()])


def _in_float32(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_in_float32(item) for item in value)
    return np.float32(value) if isinstance(value, float) else value


# -- results ---------------------------------------------------------------------------------------


def _results(sample: Sample) -> None:
    """A session, a constant graph and the kernel alone give what inference announces."""
    case = Case(sample.op, sample.inputs)
    results = case.run()
    specs = _specs(sample.op.infer(*[item.spec() for item in case.inputs]))
    require(len(specs) == len(case.operation.outputs), f"infer gives {len(specs)} outputs")
    for index, (tensor, spec) in enumerate(zip(case.outputs, case.visible(specs), strict=True)):
        _check_result(f"output {index}", results[index], tensor.spec)
        _check_result(f"output {index}", results[index], spec)
    for index, position in enumerate(sample.op.writes):
        value = results[len(case.outputs) + index]
        _check_result(f"variable {position}", value, TensorSpec(None, case.inputs[position].dtype))
    fixed = Case(sample.op, sample.inputs, constants=True)
    _compare(fixed.run(), results, sample, "from constants")
    loose = Case(sample.op, sample.inputs, static=unknown_rank)
    _compare(loose.run(), results, sample, "without static shapes")


def _specs(inferred: Any) -> Sequence[TensorSpec]:
    return (inferred,) if isinstance(inferred, TensorSpec) else tuple(inferred)


def _check_result(what: str, value: Array, spec: TensorSpec) -> None:
    require(
        spec.shape.is_compatible_with(value.shape),
        f"{what} has shape {value.shape}, inferred is {spec}",
    )
    held = spec.dtype.base_dtype.numpy
    # Sessions return the integers of a quantized dtype without the structure around them.
    fetched = held[0] if held.names else held
    require(
        value.dtype == fetched,
        f"{what} has dtype {value.dtype}, inferred is {spec}",
    )
    if spec.dtype.base_dtype.name == "string":
        wrong = next((item for item in value.flat if not isinstance(item, bytes)), None)
        require(wrong is None, f"{what} contains {wrong!r} instead of bytes")


def _compare(actual: Sequence[Array], expected: Sequence[Array], sample: Sample, how: str) -> None:
    """Compare results of two ways to compute the same; those of random ops by shape only."""
    for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
        if is_random(sample):
            require(one.shape == other.shape, f"result {index} {how} has shape {one.shape}")
            continue
        assert_close(one, other, f"result {index} {how}", sample.rtol, sample.atol)


# -- inference -------------------------------------------------------------------------------------


def _inference(sample: Sample) -> None:
    """With partly unknown shapes nothing is announced that turns out wrong."""
    case = Case(sample.op, sample.inputs)
    results = case.run()
    for shapes in _partly_unknown(case.inputs):
        for with_values in (True, False):
            specs = [
                item.spec(None if with_values and shape.is_fully_defined() else shape)
                for item, shape in zip(case.inputs, shapes, strict=True)
            ]
            _check_announced(case, specs, results)


def _partly_unknown(inputs: Sequence[Input]) -> Iterator[list[TensorShape]]:
    shapes = [item.array.shape for item in inputs]
    full = [TensorShape.of(shape) for shape in shapes]
    yield full
    yield [unknown_dims(shape) for shape in shapes]
    yield [unknown_rank(shape) for shape in shapes]
    for index, shape in enumerate(shapes):
        loose = [TensorShape.of((*shape[:a], None, *shape[a + 1 :])) for a in range(len(shape))]
        for other in (*loose, unknown_dims(shape), unknown_rank(shape)):
            yield [*full[:index], other, *full[index + 1 :]]


def _check_announced(case: Case, specs: Sequence[TensorSpec], results: Sequence[Array]) -> None:
    given = ", ".join(map(str, specs))
    try:
        announced = _specs(case.op.infer(*specs))
        known = case.op.partial(*specs)
    except Exception as error:
        raise AssertionError(f"infer({given}) raises {type(error).__name__}: {error}") from error
    require(len(announced) == len(case.operation.outputs), f"infer({given}) gives {announced}")
    for index, spec in enumerate(case.visible(announced)):
        _check_result(f"infer({given}): output {index}", results[index], spec)
    if known is None:
        return
    value = results[0].tolist()
    parts = known if isinstance(known, tuple) else [known]
    values = value if isinstance(known, tuple) else [value]
    fits = results[0].ndim == int(isinstance(known, tuple)) and len(parts) == len(values)
    require(
        fits and all(a is None or a == b for a, b in zip(parts, values, strict=False)),
        f"partial({given}) is {known}, the value {value}",
    )


def _refusals_are_of_shape_or_dtype(sample: Sample) -> None:
    """Whatever the inputs' shapes, inference raises nothing but ValueError and TypeError."""
    inputs = inputs_of(sample.op, sample.inputs)
    for _, shapes in other_shapes(inputs):
        specs = [item.spec(shape) for item, shape in zip(inputs, shapes, strict=True)]
        try:
            sample.op.infer(*specs)
        except (ValueError, TypeError) as error:
            require(
                type(error) in (ValueError, TypeError) or isinstance(error, OpError),
                f"infer({', '.join(map(str, specs))}) raises {type(error).__name__}",
            )
        except Exception as error:
            given = ", ".join(map(str, specs))
            raise AssertionError(
                f"infer({given}) raises {type(error).__name__}: {error}"
            ) from error


# -- kernels ---------------------------------------------------------------------------------------


def _inputs_are_kept(sample: Sample) -> None:
    """The kernel writes none of its inputs, whatever their layout."""
    case = Case(sample.op, sample.inputs)
    expected = [as_array(result).copy() for result in case.run_kernel()]
    for layout in (_read_only, _strided, _fortran, _scalar):
        arrays = [layout(item.array) for item in case.inputs]
        results = [as_array(result) for result in case.run_kernel(arrays)]
        for index, item in enumerate(case.inputs):
            same = as_array(arrays[index])
            assert_close(same, item.array, f"input {index} after the kernel", rtol=0, atol=0)
        if not is_random(sample):
            _compare(results, expected, sample, f"of {layout.__name__.strip('_')} inputs")


def _read_only(array: Array) -> Array:
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def _strided(array: Array) -> Array:
    """A view of every second element along the last axis, backwards."""
    if array.ndim == 0:
        return array
    wide = np.repeat(array, 2, axis=-1)[..., ::-1]
    view = np.repeat(wide, 1, axis=-1)
    view[..., ::2] = array[..., ::-1]
    result = view[..., ::2][..., ::-1]
    result.setflags(write=False)
    return result


def _fortran(array: Array) -> Array:
    return np.array(array, order="F")


def _scalar(array: Array) -> Any:
    """What a run hands on for rank 0: a numpy scalar, or plain bytes."""
    return array[()] if array.ndim == 0 else array


def _buffers(sample: Sample) -> None:
    """A kernel with `out` writes the same result into the buffer and returns that."""
    op = sample.op
    if not op.has_out:
        return
    case = Case(op, sample.inputs)
    expected = [as_array(result).copy() for result in case.run_kernel()]
    if op.writes:
        targets = [case.inputs[position].array for position in op.writes]
        _check_out(case, sample, expected, [_garbage(array) for array in targets], "a spare buffer")
        current = [item.array.copy() for item in case.inputs]
        own = [current[position] for position in op.writes]
        _check_out(case, sample, expected, own, "the variable's own buffer", current)
        return
    _check_out(case, sample, expected, [_garbage(array) for array in expected], "a buffer")
    if op.inplace is not None:
        current = [item.array.copy() for item in case.inputs]
        own = [current[op.inplace]]
        if (own[0].shape, own[0].dtype) == (expected[0].shape, expected[0].dtype):
            _check_out(case, sample, expected, own, "the input's buffer", current)


def _check_out(
    case: Case,
    sample: Sample,
    expected: Sequence[Array],
    buffers: list[Array],
    what: str,
    arrays: Sequence[Array] | None = None,
) -> None:
    fit = all(b.shape == e.shape for b, e in zip(buffers, expected, strict=False))
    results = case.run_kernel(arrays, out=buffers[0] if len(buffers) == 1 else tuple(buffers))
    if fit:
        for buffer, result in zip(buffers, results, strict=False):
            require(result is buffer, f"with out={what} the kernel returns another array")
    if not is_random(sample):
        _compare([as_array(result) for result in results], expected, sample, f"with out={what}")


def _new_outputs(sample: Sample) -> None:
    """The outputs of an op that says so share no memory with its inputs."""
    if not sample.op.makes_new:
        return
    case = Case(sample.op, sample.inputs)
    results = case.run_kernel()
    for index, result in enumerate(results):
        for item in case.inputs:
            shared = np.shares_memory(as_array(result), item.array)
            require(not shared, f"output {index} shares memory with an input")


def _scalar_expression(sample: Sample) -> None:
    """The text for one element gives what the kernel gives, `exp32` and such almost."""
    case = Case(sample.op, sample.inputs)
    arrays = [item.array for item in case.inputs]
    names = [element(index) for index in range(len(arrays))]
    specs = [TensorSpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    text = sample.op.scalar_expression(names, specs)
    if text is None:
        return
    (expected,) = map(as_array, case.run_kernel())
    read = slots_in(text)
    arrays, names = [arrays[index] for index in read], [names[index] for index in read]
    if any(array.dtype.name not in FUSIBLE for array in arrays):
        return
    fits = all(broadcasts(array.shape, expected.shape) for array in arrays)
    if not fits or expected.dtype.name not in FUSIBLE:
        return  # no part of a loop
    broadcast = np.broadcast_arrays(*arrays, expected)  # the last one for those that read nothing
    elementary = importlib.import_module("graphflow.compiler.elementary")  # imports numba
    code = compile(text, "<scalar_expression>", "eval")
    with np.errstate(all="ignore"):
        values = [
            eval(code, {"np": np, **vars(elementary)}, dict(zip(names, elements, strict=False)))
            for elements in zip(*(array.reshape(-1) for array in broadcast), strict=True)
        ]
    found = np.asarray(values, expected.dtype).reshape(expected.shape)
    if sample.op.elementwise32 is None:
        np.testing.assert_array_equal(found, expected, "the scalar expression gives another value")
    else:
        np.testing.assert_allclose(found, expected, rtol=5e-7, atol=1e-45)


def _reduction(sample: Sample) -> None:
    """What loops know of a reduction gives what the kernel gives."""
    case = Case(sample.op, sample.inputs, constants=True)
    reduction = sample.op.reduction(*[tensor.spec for tensor in case.operation.inputs])
    x = case.inputs[0].array if case.inputs else None
    if reduction is None or x is None or x.dtype.name not in FUSIBLE or not x.size:
        return
    if x.dtype.kind in "iu" and reduction.divisor != 1:
        return  # no part of a loop
    (expected,) = map(as_array, case.run_kernel())
    terms = eval(reduction.term, {"x": x})
    reduce = getattr(np, reduction.kind)
    with np.errstate(all="ignore"):
        found = reduce(terms, axis=reduction.axes) / reduction.divisor
    assert_close(found.reshape(expected.shape).astype(expected.dtype), expected, "as a loop")


def _compiled(sample: Sample) -> None:
    """What numba makes of the second kernel computes the same, whatever the inputs' layout."""
    if not has_numba_kernel(sample.op):
        return
    case = Case(sample.op, sample.inputs)
    expected = case.run_kernel()
    for layout in (np.asarray, _strided):
        arrays = [layout(item.array) for item in case.inputs]
        found = compile_kernel(sample.op, arrays)(*arrays)
        results = list(found) if isinstance(found, tuple) else [found]
        for result in results:
            is_array = isinstance(result, np.ndarray)
            require(is_array, f"the compiled kernel returns {result!r}, no array")
        _compare(results, expected, sample, "of the compiled kernel")


def _garbage(like: Array) -> Array:
    fill: Any = {"f": np.nan, "c": np.nan, "b": True, "O": b"garbage"}.get(like.dtype.kind, 77)
    if like.dtype.names is not None or like.dtype.kind == "V":
        return np.ones_like(like)
    return np.full(like.shape, fill, like.dtype)


SAMPLE_CHECKS: dict[str, Callable[[Sample], None]] = {
    "attributes": _attributes,
    "results": _results,
    "inference": _inference,
    "refusals": _refusals_are_of_shape_or_dtype,
    "inputs": _inputs_are_kept,
    "out": _buffers,
    "memory": _new_outputs,
    "expression": _scalar_expression,
    "reduction": _reduction,
    "numba": _compiled,
}
