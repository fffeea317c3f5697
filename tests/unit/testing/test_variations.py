from __future__ import annotations

import numpy as np

from graphflow.core import dtypes
from graphflow.core.op import Sample, op_class
from graphflow.testing.cases import inputs_of
from graphflow.testing.variations import all_samples, in_dtype, missing_dtypes


def test_every_dtype_gets_a_sample():
    multiply = op_class("Mul")
    own = [sample for sample in multiply.samples() if sample.flat()[0].dtype == np.float32]
    assert dtypes.complex64 in missing_dtypes(multiply, own)["T"]
    assert missing_dtypes(multiply, all_samples(multiply)) == {}


def test_variables_go_with_the_value():
    samples = all_samples(op_class("AssignAddVariableOp"))
    kinds = {tuple(item.dtype.name for item in inputs_of(s.op, s.inputs)) for s in samples}
    assert ("int8", "int8") in kinds
    assert all(variable == value for variable, value in kinds)


def test_tolerances_stay_with_their_precision(monkeypatch):
    multiply = op_class("Mul")
    single = np.asarray([1.5, -2], np.float32)
    own = [Sample.of(multiply(), single, single, rtol=1e-7)]
    monkeypatch.setattr(multiply, "samples", lambda: own)
    found = {sample.flat()[0].dtype.name: sample.rtol for sample in all_samples(multiply)}
    assert (found["float64"], found["float16"]) == (1e-7, None)


def test_numbers_stay_different_from_zero():
    values = np.asarray([0.25, -0.5, 0])
    assert in_dtype(values, dtypes.int8).tolist() == [1, -1, 0]
    assert in_dtype(values, dtypes.bool).tolist() == [True, False, False]
    assert in_dtype(values + 2j, dtypes.float32).tolist() == [0.25, -0.5, 0]
