"""Every registered op fulfils the generic checks on every sample that its class gives."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from graphflow.core.op import ErrorSample, Op, Sample, registered_ops
from graphflow.testing import check_declaration, check_error, check_sample
from graphflow.testing.cases import inputs_of
from graphflow.testing.variations import all_samples, missing_dtypes
from tests.selected_ops import is_selected, selected_ops

# Ops without anything to compute from samples, by patterns of their names, with the reason.
WITHOUT_SAMPLES = {
    "Placeholder": "is fed, not computed",
    "VarHandleOp": "refers to a variable and computes nothing",
    "VariableV2": "refers to a variable and computes nothing",
    "InitializeTable*": "works on a table of a session, see tests/unit/tables",
    "LookupTable*": "works on a table of a session, see tests/unit/tables",
    "*Accumulator*": "works on an accumulator of a session, see ops/test_accumulators.py",
    "Stage*": "works on a staging area of a session, see ops/test_staging.py",
    "Unstage": "works on a staging area of a session, see ops/test_staging.py",
    "*Session[HT]*": "works on a tensor that a session keeps, see ops/test_session_handles.py",
    "*Mutex*": "works on a mutex of a session, see ops/test_critical_section.py",
    "Barrier*": "works on a barrier of a session, see ops/test_barrier.py",
    "Queue*": "works on a queue of a session, see tests/unit/queues",
    "Reader*": "works on a reader of a session, see tests/unit/queues/test_readers.py",
    "*SummaryWriter": "writes to event files, see tests/unit/contrib",
    "CreateSummaryFileWriter": "writes to event files, see tests/unit/contrib",
    "ImportEvent": "writes to event files, see tests/unit/contrib",
    "Write*Summary": "writes to event files, see tests/unit/contrib",
    "If": "holds bodies of functions, see ops/test_cond.py",
    "Case": "holds bodies of functions, see ops/test_cond.py",
    "While": "holds bodies of functions, see ops/test_while_loop.py",
    "*TensorList*": "works on lists of tensors, see ops/test_tensor_list.py",
    "Stack*": "works on a stack of a run, see ops/test_stacks.py",
    "TensorArray*V3": "works on an array of a run, see ops/test_tensor_array_ops.py",
    "*V2Checkpoints": "works on files, see tests/unit/checkpoints",
    "Save": "works on files, see tests/unit/checkpoints",
    "SaveSlices": "works on files, see tests/unit/checkpoints",
    "SaveV2": "works on files, see tests/unit/checkpoints",
    "RestoreV2": "works on files, see tests/unit/checkpoints",
    "*Dataset*": "makes or takes a dataset, see tests/unit/data",
    "*Iterator*": "works on an iterator of a session, see tests/unit/data/test_iterators.py",
    "Optional*": "holds an element of an iterator, see tests/unit/data/test_iterators.py",
}
# Ops for which no gradient is defined although their inputs are floating, with the reason.
WITHOUT_GRADIENT = {
    "BlockLSTMGrad": "as in TensorFlow 1.15",
    "BlockLSTMGradV2": "as in TensorFlow 1.15",
    "GRUBlockCellGrad": "as in TensorFlow 1.15",
    "LSTMBlockCellGrad": "as in TensorFlow 1.15",
    "Dilation2DBackpropFilter": "as in TensorFlow 1.15",
    "Dilation2DBackpropInput": "as in TensorFlow 1.15",
    "FractionalAvgPoolGrad": "as in TensorFlow 1.15",
    "FractionalMaxPoolGrad": "as in TensorFlow 1.15",
    "Bitcast": "bits have no derivative",
    "Lu": "as in TensorFlow 1.15",
    "MatrixLogarithm": "as in TensorFlow",
    "AdjustContrastv2": "as in TensorFlow 1.15",
    "CombinedNonMaxSuppression": "as in TensorFlow 1.15",
    "DrawBoundingBoxesV2": "as in TensorFlow 1.15",
    "NonMaxSuppressionV5": "as in TensorFlow 1.15",
    "AdjustHue": "as in TensorFlow 1.15",
    "AdjustSaturation": "as in TensorFlow 1.15",
    "ResizeArea": "as in TensorFlow 1.15",
    "RandomGammaGrad": "as in TensorFlow",
    "RandomPoissonV2": "as in TensorFlow",
    "SparseReduceMaxSparse": "as in TensorFlow",
    "SparseReduceSumSparse": "as in TensorFlow",
    "SparseSparseMaximum": "as in TensorFlow",
    "SparseSparseMinimum": "as in TensorFlow",
}
# Ops whose gradient is not differentiable in turn, with the reason.
WITHOUT_SECOND_GRADIENT = {
    "BlockLSTM": "as in TensorFlow 1.15",
    "BlockLSTMV2": "as in TensorFlow 1.15",
    "GRUBlockCell": "as in TensorFlow 1.15",
    "LSTMBlockCell": "as in TensorFlow 1.15",
    "CropAndResize": "that for the boxes has none, as in TensorFlow 1.15",
    "Dilation2D": "as in TensorFlow 1.15",
    "FractionalAvgPool": "as in TensorFlow 1.15",
    "FractionalMaxPool": "as in TensorFlow 1.15",
    "LRN": "as in TensorFlow 1.15",
    "CTCLoss": "as in TensorFlow",
    "Igamma": "the derivative for a has none",
    "Igammac": "the derivative for a has none",
    "SparseSoftmaxCrossEntropyWithLogits": "as in TensorFlow 1.15",
}


def _has_no_samples(op_type: str) -> bool:
    return any(fnmatchcase(op_type, pattern) for pattern in WITHOUT_SAMPLES)


def _samples() -> list:
    return [
        pytest.param(sample, id=f"{name}-{index}-{_shapes(sample)}")
        for name, cls in selected_ops().items()
        for index, sample in enumerate(all_samples(cls))
    ]


def _shapes(sample: Sample) -> str:
    """Dtypes and shapes of the inputs, such as float32_2x3."""
    inputs = inputs_of(sample.op, sample.inputs)
    texts = ["_".join([item.dtype.name, "x".join(map(str, item.array.shape))]) for item in inputs]
    return "-".join(texts[:4]) or "no_inputs"


def _errors() -> list:
    return [
        pytest.param(error, id=f"{name}-{index}")
        for name, cls in selected_ops().items()
        for index, error in enumerate(cls.errors())
    ]


@pytest.mark.parametrize("sample", _samples())
def test_sample(sample: Sample):
    op_type = sample.op.type
    skipped = check_sample(sample)
    if "gradients" in skipped:
        assert op_type in WITHOUT_GRADIENT, skipped["gradients"]
    elif "second gradients" in skipped:
        assert op_type in WITHOUT_SECOND_GRADIENT, skipped["second gradients"]


@pytest.mark.parametrize(
    "op_type", list(filter(is_selected, [*WITHOUT_GRADIENT, *WITHOUT_SECOND_GRADIENT]))
)
def test_gradients_that_are_said_to_be_missing_are(op_type: str):
    skipped = [check_sample(sample) for sample in registered_ops()[op_type].samples()]
    assert any(skipped)


@pytest.mark.parametrize("error_sample", _errors())
def test_error(error_sample: ErrorSample):
    check_error(error_sample)


@pytest.mark.parametrize("op_class", selected_ops().values(), ids=lambda cls: cls.type)
def test_declaration(op_class: type[Op]):
    if _has_no_samples(op_class.type):
        assert not list(op_class.samples()), "it has samples now: take it off the list"
        return
    check_declaration(op_class)


@pytest.mark.parametrize("op_class", selected_ops().values(), ids=lambda cls: cls.type)
def test_samples_have_every_dtype(op_class: type[Op]):
    if not _has_no_samples(op_class.type):
        assert missing_dtypes(op_class, all_samples(op_class)) == {}
