"""Builds the samples of ops as graphs, and has TensorFlow and a session of ours run them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.gradients import gradients
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.op import Sample
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.interop import protos
from graphflow.interop.graphdef import graph_def_of
from graphflow.interop.tensor_proto import make_ndarray
from graphflow.session import Session
from graphflow.testing.cases import full_shape, inputs_of, stand_in, unknown_dims, unknown_rank

SCRIPT = Path(__file__).with_name("run_ops.py")
# How the shapes of an op's inputs are known, each in a name scope.
KNOWN = {"const": full_shape, "fed": full_shape, "dims": unknown_dims, "rank": unknown_rank}
# The scopes whose op is run; in the others only shapes are inferred.
RUN = ("const", "fed")


# Ops that TensorFlow takes in graphs up to a version alone.
LAST_VERSIONS = {
    "BatchNormWithGlobalNormalization": 8,
    "BatchNormWithGlobalNormalizationGrad": 8,
}


@dataclass
class OracleCase:
    """A sample in a graph that both run.

    Attributes:
      sample: the sample.
      graph: the op on constants (scope "const") and on placeholders with all, some and no static
        shapes ("fed", "dims", "rank"), and the gradients of "fed".
      before: operations that initialize variables.
      feeds: the placeholders that are fed, with the constants that hold their values.
      fetches: outputs and our gradients.
      after: reads of variables that the op writes.
      ys, xs, grad_ys, grads: what is differentiated, and our gradients.
      no_gradient: why we have no gradient.
      no_second_gradient: why we have no gradient of the gradient.
    """

    sample: Sample
    graph: Graph
    before: list[Operation] = field(default_factory=list)
    feeds: dict[Tensor, Tensor] = field(default_factory=dict)
    fetches: list[Any] = field(default_factory=list)
    after: list[Tensor] = field(default_factory=list)
    ys: list[Tensor] = field(default_factory=list)
    xs: list[Tensor] = field(default_factory=list)
    grad_ys: list[Tensor] = field(default_factory=list)
    grads: list[Tensor | None] = field(default_factory=list)
    no_gradient: str = ""
    no_second_gradient: str = ""
    shapes: list[Tensor] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        """Return what the other interpreter needs, as JSON."""
        graph_def = graph_def_of(self.graph)
        graph_def.versions.producer = LAST_VERSIONS.get(
            self.sample.op.type, graph_def.versions.producer
        )
        data = graph_def.SerializeToString()
        return {
            "graph": base64.b64encode(data).decode(),
            "before": [operation.name for operation in self.before],
            "feeds": {key.name: value.name for key, value in self.feeds.items()},
            "fetches": [item.name for item in self.fetches],
            "after": [tensor.name for tensor in self.after],
            "ys": [tensor.name for tensor in self.ys],
            "xs": [tensor.name for tensor in self.xs],
            "grad_ys": [tensor.name for tensor in self.grad_ys],
            "shapes": [tensor.name for tensor in self.shapes],
        }

    def run(self) -> dict[str, Any]:
        """Run the graph in a session of ours; return values by name."""
        with Session(graph=self.graph) as session:
            session.run(self.before)
            feeds = dict(zip(self.feeds, session.run(list(self.feeds.values())), strict=True))
            values = session.run(self.fetches, feeds)
            values += session.run(self.after)
        items = [*self.fetches, *self.after]
        return {
            item.name: value for item, value in zip(items, values, strict=True) if value is not None
        }


def build_case(sample: Sample, scopes: Iterable[str] = KNOWN) -> OracleCase:
    """Build the graph of a sample, with gradients.

    Args:
      sample: the sample.
      scopes: which of `KNOWN` to build; "fed" is the one that is differentiated.
    """
    case = OracleCase(sample, Graph())
    with case.graph.as_default():
        constants = [
            None
            if item.is_variable
            else ops.constant(item.array, item.dtype, name=f"value_{index}")
            for index, item in enumerate(inputs_of(sample.op, sample.inputs))
        ]
        for scope in scopes:
            _place(case, scope, constants)
        _differentiate(case)
    return case


def _place(case: OracleCase, scope: str, constants: list[Tensor | None]) -> None:
    """Add the op on inputs whose shapes are known as the scope says."""
    sample = case.sample
    static = KNOWN[scope]
    tensors: list[Tensor] = []
    with case.graph.name_scope(scope):
        for index, item in enumerate(inputs_of(sample.op, sample.inputs)):
            constant = constants[index]
            if constant is not None and scope == "const":
                tensors.append(constant)
                continue
            spec = TensorSpec(static(item.array.shape), item.dtype)
            tensor = stand_in(item.arg, spec, f"in_{index}")
            tensors.append(tensor)
            if constant is not None and scope == "fed":
                case.feeds[tensor] = constant
            if constant is None and scope in RUN:
                case.before.append(_initialize(tensor, item.array))
        operation = apply_op(sample.op, *sample.op.group_inputs(tensors), name="op")
        case.shapes.extend(operation.outputs)
        if scope in RUN:
            case.fetches.extend(_visible(operation))
            case.fetches.append(operation)
            case.after.extend(_read(tensors[index]) for index in sample.op.writes)
    if scope == "fed":
        case.ys = [operation.outputs[i] for i in _differentiable_outputs(sample, operation)]
        case.xs = [tensors[i] for i in _differentiable_inputs(sample)]


def _initialize(variable: Tensor, value: Any) -> Operation:
    if variable.dtype.base_dtype.name == "resource":
        return apply_op(ops.AssignVariableOp(), variable, value)
    return ops.assign(variable, value, validate_shape=False).op


def _read(variable: Tensor) -> Tensor:
    if variable.dtype.base_dtype.name == "resource":
        return ops.read_variable_op(variable, variable.op.op.dtype)
    return ops.identity(variable)


def _visible(operation: Operation) -> list[Tensor]:
    hidden = ("resource", "variant")
    return [t for t in operation.outputs if t.dtype.base_dtype.name not in hidden]


def _differentiable_outputs(sample: Sample, operation: Operation) -> list[int]:
    outputs = range(len(operation.outputs))
    chosen = outputs if sample.gradient_outputs is None else sample.gradient_outputs
    dtypes = [tensor.dtype for tensor in operation.outputs]
    return [i for i in chosen if dtypes[i].is_floating or dtypes[i].is_complex]


def _differentiable_inputs(sample: Sample) -> list[int]:
    if sample.op.writes:
        return []
    inputs = inputs_of(sample.op, sample.inputs)
    chosen = range(len(inputs)) if sample.gradient is None else sample.gradient
    return [
        i
        for i in chosen
        if (inputs[i].dtype.is_floating or inputs[i].dtype.is_complex) and not inputs[i].arg.is_ref
    ]


def _differentiate(case: OracleCase) -> None:
    """Add our gradients of the op on placeholders, started from fixed numbers."""
    if not case.ys or not case.xs:
        case.ys, case.xs = [], []
        return
    with Session(graph=case.graph) as session:
        session.run(case.before)
        feeds = dict(zip(case.feeds, session.run(list(case.feeds.values())), strict=True))
        values = session.run(case.ys, feeds)
    generator = np.random.RandomState(len(values))
    for index, (y, value) in enumerate(zip(case.ys, values, strict=True)):
        numbers = generator.uniform(0.5, 1.5, np.shape(value))
        case.grad_ys.append(ops.constant(numbers, y.dtype.base_dtype, name=f"grad_y_{index}"))
    try:
        found = gradients(case.ys, case.xs, case.grad_ys)
    except LookupError as error:
        case.no_gradient = str(error)
        return
    case.grads = [None if grad is None else convert_to_tensor(grad) for grad in found]
    present = [grad for grad in case.grads if grad is not None]
    case.fetches.extend(present)
    try:
        gradients(present, [*case.xs, *case.grad_ys], [ops.ones_like(grad) for grad in present])
    except (LookupError, TypeError) as error:  # the gradient of an op may take fewer dtypes
        case.no_second_gradient = str(error)


class TensorFlow:
    """TensorFlow in a process of its own, which answers one question after the other.

    Args:
      python: an interpreter that has it.
    """

    def __init__(self, python: str) -> None:
        self._python = python
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed with the process
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        quiet = {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
            "TF_ENABLE_ONEDNN_OPTS": "0",  # its kernels get empty tensors wrong
        }
        return subprocess.Popen(
            [self._python, str(SCRIPT)],
            env={**os.environ, **quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> Any:
        """Return the answer to what run_ops.py understands; a crash is an error of a case."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        line = stdout.readline()
        if line:
            return json.loads(line)
        self._stop()
        self._process = self._start()
        self._complaints.seek(0)
        return {"errors": {"crash": self._complaints.read()[-2000:]}}

    def close(self) -> None:
        """End the process."""
        self._stop()
        self._complaints.close()

    def _stop(self) -> None:
        with self._process as process:  # closes the pipes; at its input's end the script stops
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def decoded(tensor: str) -> Any:
    """Return the array that TensorFlow sent."""
    return make_ndarray(protos.TensorProto.FromString(base64.b64decode(tensor)))


def static_shape(sizes: list[int | None] | None) -> TensorShape:
    """Return the static shape that TensorFlow inferred."""
    return TensorShape(sizes)
