"""Every op gives TensorFlow's values, gradients and static shapes, and takes its dtypes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from graphflow.core import dtypes
from graphflow.core.dtypes import as_dtype
from graphflow.core.op import Sample, registered_ops
from graphflow.testing.compare import as_array, assert_close, default_rtol, largest
from graphflow.testing.variations import EMPTY_BATCH, all_samples
from tests.oracle.ops_in_tensorflow import (
    KNOWN,
    OracleCase,
    TensorFlow,
    build_case,
    decoded,
    static_shape,
)
from tests.selected_ops import selected_ops

pytestmark = pytest.mark.oracle

# Our own op types, which a graph for TensorFlow must not contain, with the reason.
OWN_OPS: dict[str, str] = {
    "GatherTree": "TensorFlow dropped it together with tf.contrib",
    "MatrixExponential": "TensorFlow composes it with a loop",
    "RequireInitialized": "TensorFlow uses Rank, without folding it",
}
# Ops that TensorFlow's kernels get wrong on an empty batch, with the reason.
NOT_EMPTY = {
    "DepthwiseConv2dNativeBackpropFilter": "TensorFlow leaves the gradient as it finds it",
    "FractionalMaxPoolGrad": "TensorFlow refuses it",
    "LSTMBlockCell": "TensorFlow refuses it",
    "LSTMBlockCellGrad": "TensorFlow refuses it",
    "MaxPool3DGradGrad": "TensorFlow refuses it, though not in pooling of images",
    "MaxPoolWithArgmax": "TensorFlow refuses it, though not in other pooling",
    "QuantizedConcat": "TensorFlow takes the empty tensor's range for the next one",
    "UnravelIndex": "TensorFlow refuses no indices",
}
# Ops whose shape inference in TensorFlow refuses what its kernel takes, with the reason.
ONLY_FULL_SHAPES = {
    "BatchToSpaceND": "TensorFlow must know how many sizes block_shape has",
    "ExtractVolumePatches": "TensorFlow infers rank 4 where it does not know the sizes",
    "MatrixSetDiagV2": "TensorFlow takes k for a scalar as long as its value is unknown",
    "SpaceToBatchND": "TensorFlow must know how many sizes block_shape has",
}
# Outputs that hold nothing, or vectors whose signs are not determined.
IGNORED_OUTPUTS = {
    **{f"FusedBatchNorm{suffix}": (3, 4) for suffix in ("", "V2", "V3")},
    "SelfAdjointEigV2": (1,),
    "Svd": (1, 2),
}
# Differences from TensorFlow that are meant, with the reason.
KNOWN_SECOND_GRADIENTS = {
    "SparseSoftmaxCrossEntropyWithLogits": "TensorFlow 1.15 has none either",
}
KNOWN_GRADIENTS: dict[str, str] = {
    "BlockLSTMV2-0": "TensorFlow takes that of BlockLSTM, whose gates have another order",
    "BlockLSTMV2-1": "TensorFlow takes that of BlockLSTM, whose gates have another order",
    "MatrixDiagPartV2-3": "TensorFlow aligns the diagonals of the gradient otherwise",
    "MatrixDeterminant-2": "TensorFlow leaves out the conjugate",
    "MatrixDeterminant-3": "TensorFlow leaves out the conjugate",
    "MulNoNan-12": "TensorFlow leaves out the conjugate",
    "MulNoNan-13": "TensorFlow leaves out the conjugate",
    "MatrixSquareRoot-2": "TensorFlow leaves out the conjugate",
    "MatrixSquareRoot-3": "TensorFlow leaves out the conjugate",
    "TridiagonalSolve-4": "TensorFlow leaves out the conjugate",
    **{f"ResizeBilinearGrad-{index}": "later releases stop it silently" for index in range(9)},
}
# Samples that TensorFlow refuses although an earlier version, or its documentation, takes them.
REFUSED = {
    "StatefulRandomBinomial-9": "TensorFlow reads a shape of int64 as one of int32 and crashes",
    "EnsureShape-1": "TensorFlow refuses shape=<unknown> unless its input's rank is unknown too",
}
KNOWN_TYPES: dict[str, str] = dict.fromkeys(
    [
        "AccumulatorApplyGradient",
        "ResourceAccumulatorApplyGradient",
        "SparseAccumulatorApplyGradient",
    ],
    "the accumulator knows what it takes",
)
# Dtypes that TensorFlow's kernels took only after 1.15.
LATER_TYPES = {
    "Conv2D.T": ["int32"],
    "Conv2DBackpropInput.T": ["int32"],
    "MatrixInverse.T": ["float16"],
    "Qr.T": ["float16"],
    "Range.Tidx": ["float16"],
    "SparseAdd.Treal": ["float16"],  # of no use: T is not float16
    "WriteImageSummary.T": ["float64"],
}
LESS_PRECISE_SHAPES = {
    "FractionalAvgPool": "TensorFlow is wrong about the lengths of the sequences",
    "FractionalMaxPool": "TensorFlow is wrong about the lengths of the sequences",
    "Equal": "shapes that do not broadcast are allowed: the rank says nothing",
    "NotEqual": "as Equal",
}


SAMPLES: dict[str, Sample] = {
    f"{name}-{index}": sample
    for name, cls in selected_ops().items()
    if name not in OWN_OPS
    for index, sample in enumerate(all_samples(cls))
}
# Nothing is said of quantized dtypes and of handles.
PLAIN_DTYPES = dtypes.NUMERIC | {dtypes.bool, dtypes.string}


def of_one_op(items: Iterable[str]) -> list[Any]:
    """Parameters of which those of one op stay together where several processes run the tests."""
    return [pytest.param(item, marks=pytest.mark.xdist_group(item.split("-")[0])) for item in items]


each_sample = pytest.mark.parametrize("key", of_one_op(SAMPLES))
each_op = pytest.mark.parametrize("name", of_one_op(selected_ops()))


class Answers:
    """The cases of samples with TensorFlow's answers."""

    def __init__(self, tensorflow: TensorFlow) -> None:
        self._tensorflow = tensorflow
        self._answers: dict[str, tuple[OracleCase, dict[str, Any]]] = {}
        self._ops: dict[str, Any] = {}

    def __getitem__(self, key: str) -> tuple[OracleCase, dict[str, Any]]:
        """The case of a sample and the answer to it."""
        if key not in self._answers:
            sample = SAMPLES[key]
            scopes = ("const", "fed") if sample.op.type in ONLY_FULL_SHAPES else KNOWN
            case = build_case(sample, scopes)
            self._answers[key] = case, self._tensorflow.ask(case.payload())
        return self._answers[key]

    def about(self, name: str) -> Any:
        """The dtypes that TensorFlow's kernels of an op take, by attribute; None without such."""
        if name not in self._ops:
            self._ops[name] = self._tensorflow.ask({"op": name})
        return self._ops[name]


@pytest.fixture(scope="module")
def answers(oracle_python: str) -> Iterator[Answers]:
    tensorflow = TensorFlow(oracle_python)
    yield Answers(tensorflow)
    tensorflow.close()


def _skip_unless_compared(sample: Sample) -> None:
    if sample.op.type in NOT_EMPTY and sample.note == EMPTY_BATCH:
        pytest.skip(NOT_EMPTY[sample.op.type])
    if not sample.oracle:
        assert sample.note, "a sample with oracle=False needs a note that says why"
        pytest.skip(sample.note)


@each_sample
def test_tensorflow_imports_the_graph(answers: Answers, key: str):
    """Op types, attributes and defaults are TensorFlow's."""
    if key in REFUSED:
        pytest.skip(REFUSED[key])
    _, answer = answers[key]
    assert "import" not in answer["errors"], answer["errors"]["import"]
    assert "crash" not in answer["errors"], answer["errors"]["crash"]


@each_sample
def test_values(answers: Answers, key: str):
    sample = SAMPLES[key]
    _skip_unless_compared(sample)
    case, answer = answers[key]
    for what in ("crash", "import", "run"):
        assert what not in answer["errors"], answer["errors"][what]
    ours = case.run()
    ignored = {f":{index}" for index in IGNORED_OUTPUTS.get(sample.op.type, ())}
    for name, value in answer["values"].items():
        if name[-2:] not in ignored:
            _compare(name, ours[name], decoded(value), sample)


def _compare(what: str, ours: Any, theirs: Any, sample: Sample) -> None:
    ours, theirs = _integers(as_array(ours)), _integers(as_array(theirs))
    rtol = 5 * default_rtol(as_dtype(theirs.dtype)) if sample.rtol is None else sample.rtol
    atol = rtol * largest(theirs) if sample.atol is None and rtol else sample.atol
    assert_close(ours, theirs, what, rtol, atol)


def _integers(array: Any) -> Any:
    """The integers of an array of a quantized dtype; any other array as it is."""
    return array[array.dtype.names[0]] if array.dtype.names else array


@each_sample
def test_gradients(answers: Answers, key: str):
    sample = SAMPLES[key]
    _skip_unless_compared(sample)
    case, answer = answers[key]
    if not case.xs or {"crash", "import", "run"} & answer["errors"].keys():
        pytest.skip("nothing to differentiate, or no answer")
    if key in KNOWN_GRADIENTS:
        pytest.skip(KNOWN_GRADIENTS[key])
    refused = answer["errors"].get("gradients")
    if case.no_gradient:
        assert refused, f"TensorFlow has a gradient, we have not: {case.no_gradient}"
        return
    if refused:
        assert any(grad is not None for grad in case.grads), f"no error such as {refused}"
        pytest.skip(f"an extension: {refused}")
    ours = case.run()
    for x, grad, expected in zip(case.xs, case.grads, answer["gradients"], strict=True):
        what = f"the gradient for {x.op.name}"
        assert (grad is None) == (expected is None), f"{what} is {grad}, theirs {expected}"
        if grad is not None:
            _compare(what, ours[grad.name], decoded(expected), sample)


@each_sample
def test_second_gradients_exist(answers: Answers, key: str):
    """Where TensorFlow can differentiate a gradient, so can we."""
    case, answer = answers[key]
    if not answer.get("has_second_gradients") or not case.no_second_gradient:
        return
    assert SAMPLES[key].op.type in KNOWN_SECOND_GRADIENTS, case.no_second_gradient


@each_sample
def test_static_shapes_do_not_contradict(answers: Answers, key: str):
    case, answer = answers[key]
    shapes = answer.get("shapes", {})
    for tensor in case.shapes:
        theirs = static_shape(shapes.get(tensor.name))
        assert tensor.shape.is_compatible_with(theirs), f"{tensor!r}: theirs is {theirs}"


@each_op
def test_static_shapes_are_as_precise(answers: Answers, name: str):
    found = []
    for key in SAMPLES:
        if key.split("-")[0] != name:
            continue
        case, answer = answers[key]
        shapes = answer.get("shapes", {})
        for tensor in case.shapes:
            theirs = static_shape(shapes.get(tensor.name))
            if tensor.shape.merge_with(theirs) != tensor.shape:
                found.append(f"{key} {tensor!r}: theirs is {theirs}")
    assert bool(found) == (name in LESS_PRECISE_SHAPES), "\n".join(found)


@each_op
def test_dtypes(answers: Answers, name: str):
    """The op takes no dtype for which TensorFlow has no kernel."""
    theirs = answers.about(name)
    if theirs is None:
        assert name in OWN_OPS, "TensorFlow has no such op: rename it or put it on the list"
        return
    if name in KNOWN_TYPES:
        pytest.skip(KNOWN_TYPES[name])
    cls = registered_ops()[name]
    for attr in cls.type_attr_names() & theirs.keys():
        if theirs[attr] is None:
            continue
        allowed = _dtypes(theirs[attr])
        ours = PLAIN_DTYPES & cls.types.get(attr, PLAIN_DTYPES)
        assert ours <= allowed, f"{attr}: {sorted(d.name for d in ours - allowed)}"


def _dtypes(numbers: list[int]) -> set[dtypes.DType]:
    """The dtypes of these numbers, without those that came after TensorFlow 1.15."""
    return {as_dtype(number) for number in numbers if number <= dtypes.uint64.as_datatype_enum}


@each_op
def test_no_core_dtype_is_missing(answers: Answers, name: str):
    core = {as_dtype(name) for name in ("float16", "float32", "float64", "int32", "int64")}
    types = registered_ops()[name].types
    found = {}
    for attr, numbers in (answers.about(name) or {}).items():
        missing = set() if numbers is None else (_dtypes(numbers) & core) - types.get(attr, core)
        if missing:
            found[f"{name}.{attr}"] = sorted(dtype.name for dtype in missing)
    assert found == {key: types for key, types in LATER_TYPES.items() if key.split(".")[0] == name}


def test_numbers_are_no_accident():
    """The numbers that gradients start from differ from one another."""
    case = build_case(next(registered_ops()["MatMul"].samples()))
    assert len(np.unique(case.grad_ys[0].constant_value())) > 1
