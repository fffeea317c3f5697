"""Generic checks: what every op must fulfil, tried on the samples that its class gives.

They know nothing of what an op means; they prove that its parts agree with one another: kernel with
inference, gradient with kernel, one way of running it with the other.  They serve ops that programs
define as well as those of the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from graphflow.core.build import apply_op
from graphflow.core.dtypes import ALL
from graphflow.core.errors import OpError
from graphflow.core.graph import Graph
from graphflow.core.op import ErrorSample, Op, Sample
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.testing.cases import Case, inputs_of, other_shapes, stand_in, unknown_rank
from graphflow.testing.compare import require
from graphflow.testing.gradient_checks import GRADIENT_CHECKS
from graphflow.testing.sample_checks import SAMPLE_CHECKS
from graphflow.testing.variations import all_samples


def check_op(op_class: type[Op]) -> None:
    """Run every check on an op: its declaration, all its samples and all its error samples.

    Args:
      op_class: a registered op class.

    Raises:
      AssertionError: a check failed; the text names the op, the sample and what is wrong.

    >>> from graphflow.core.op import op_class
    >>> import graphflow.ops
    >>> check_op(op_class("MatMul"))
    """
    check_declaration(op_class)
    for sample in all_samples(op_class):
        check_sample(sample)
    for error_sample in op_class.errors():
        check_error(error_sample)


# -- samples ---------------------------------------------------------------------------------------


def check_sample(sample: Sample) -> dict[str, str]:
    """Run every check on one sample of an op.

    Args:
      sample: the op and valid inputs.

    Returns:
      The checks of gradients that were not possible because an operation declares that it has
      none, by name ("gradients", "second gradients"), with its reason.

    Raises:
      AssertionError: one or more checks failed; the text lists all of them.
    """
    problems, first = [], None
    skipped: dict[str, str] = {}
    for name, check in {**SAMPLE_CHECKS, **GRADIENT_CHECKS}.items():
        try:
            reason = check(sample)
            if reason is not None:
                skipped[name] = reason
        except Exception as error:
            problems.append(f"- {name}: {_text(error)}")
            first = first or error
    if problems:
        raise AssertionError("\n".join([describe_sample(sample), *problems])) from first
    return skipped


def describe_sample(sample: Sample) -> str:
    """Return the op with its attributes and the dtypes and shapes of the inputs.

    Args:
      sample: any sample.
    """
    return f"{sample.op!r}({', '.join(map(str, inputs_of(sample.op, sample.inputs)))})"


def _text(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"


# -- the declaration -------------------------------------------------------------------------------


def check_declaration(op_class: type[Op]) -> None:
    """Check what an op class declares: samples, error samples, and the dtypes that it takes.

    Args:
      op_class: a registered op class.

    Raises:
      AssertionError: there are no samples; there are no error samples although the op refuses some
        inputs; a dtype that is not among its `types` is accepted.
    """
    samples = list(op_class.samples())
    require(samples, f"{op_class.type} has no samples")
    refused = next((text for sample in samples for text in _refusals(sample)), None)
    require(
        refused is None or next(op_class.errors(), None),
        f"{op_class.type} has no error samples, but it refuses {refused}",
    )
    _check_types(samples[0])


def _refusals(sample: Sample) -> Iterator[str]:
    """Yield what inference refuses among inputs of other shapes."""
    inputs = inputs_of(sample.op, sample.inputs)
    for index, shapes in other_shapes(inputs):
        specs = [item.spec(shape) for item, shape in zip(inputs, shapes, strict=True)]
        try:
            sample.op.infer(*specs)
        except (ValueError, TypeError) as error:
            yield f"{inputs[index].arg.name} of shape {shapes[index]}: {error}"


def _check_types(sample: Sample) -> None:
    """Check that a dtype outside the op's `types` is refused."""
    for name, allowed in type(sample.op).types.items():
        wrong = next((dtype for dtype in sorted(ALL, key=int) if dtype not in allowed), None)
        inputs = inputs_of(sample.op, sample.inputs)
        if wrong is None or all(item.arg.type_attr != name for item in inputs):
            continue
        specs = [
            TensorSpec(item.shape, wrong if item.arg.type_attr == name else item.dtype)
            for item in inputs
        ]
        error = _error_of_building(sample, specs)
        what = f"{sample.op.type} with {name}={wrong.name}, which is not in its types:"
        require(isinstance(error, TypeError), f"{what} expected a TypeError, got {error!r}")
        require(sample.op.type in str(error), f"{what} the message does not name the op: {error}")


def _error_of_building(sample: Sample, specs: Sequence[TensorSpec]) -> Exception | None:
    args = [item.arg for item in inputs_of(sample.op, sample.inputs)]
    with Graph().as_default():
        tensors = [stand_in(arg, spec) for arg, spec in zip(args, specs, strict=True)]
        try:
            apply_op(sample.op, *sample.op.group_inputs(tensors))
        except Exception as error:
            return error
    return None


# -- errors ----------------------------------------------------------------------------------------


def check_error(error_sample: ErrorSample) -> None:
    """Check that invalid inputs give the declared error, with a message that helps.

    The message must match, name the op type, and in a run also the node and the line of the user's
    program that made it.  What building refuses because of shapes, a run must refuse as well when
    the shapes were not known before.

    Args:
      error_sample: the op and the invalid inputs.

    Raises:
      AssertionError: there is no error, or another one.
    """
    if error_sample.when == "run":
        _check_run_error(error_sample)
    else:
        _check_build_error(error_sample)


def _check_build_error(error_sample: ErrorSample) -> None:
    op = error_sample.op
    try:
        made = op if isinstance(op, Op) else op()
        Case(made, error_sample.inputs, constants=True)
    except Exception as error:
        _check_expected(error_sample, error)
        if not isinstance(op, Op):
            return
        require(op.type in str(error), f"the message does not name {op.type}: {error}")
    else:
        raise AssertionError(f"{_describe(error_sample)}: building raises no error")
    values_known = not any(isinstance(value, TensorSpec) for value in error_sample.inputs)
    if issubclass(error_sample.error, ValueError) and values_known:
        _check_late_error(error_sample, op)


def _check_late_error(error_sample: ErrorSample, op: Op) -> None:
    """Check that a run refuses what building would have refused if it had known the shapes."""
    try:
        case = Case(op, error_sample.inputs, unknown_rank)
    except Exception as error:
        _check_expected(error_sample, error)
        return
    late = _error_of_run(case)
    require(
        isinstance(late, OpError),
        f"{_describe(error_sample)} with shapes known only in the run: {late!r} is no tf.errors",
    )


def _check_run_error(error_sample: ErrorSample) -> None:
    op = error_sample.op if isinstance(error_sample.op, Op) else error_sample.op()
    what = _describe(error_sample)
    try:
        case = Case(op, error_sample.inputs)
    except Exception as error:
        raise AssertionError(f"{what}: building raises {_text(error)}") from error
    late = _error_of_run(case)
    if late is None:
        raise AssertionError(f"{what}: the run raises no error")
    _check_expected(error_sample, late)
    for part in (case.operation.name, case.operation.type, case.operation.user_line):
        require(part and part in str(late), f"{what}: the message does not name {part!r}: {late}")


def _error_of_run(case: Case) -> Exception | None:
    try:
        case.run()
    except Exception as error:
        return error
    return None


def _check_expected(error_sample: ErrorSample, error: Exception) -> None:
    what = _describe(error_sample)
    require(
        isinstance(error, error_sample.error),
        f"{what}: expected {error_sample.error.__name__}, got {_text(error)}",
    )
    require(
        re.search(error_sample.message, str(error)),
        f"{what}: the message does not match {error_sample.message!r}: {error}",
    )


def _describe(error_sample: ErrorSample) -> str:
    specs = [
        value if isinstance(value, TensorSpec) else TensorShape(np.shape(value))
        for value in error_sample.inputs
        if not isinstance(value, (list, tuple))
    ]
    return f"{error_sample.op!r}({', '.join(map(str, specs))})"
