"""The generic checks accept a correct op of a program's own, and find what is wrong with others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import graphflow as tf
from graphflow.core import op as op_module
from graphflow.core.build import apply
from graphflow.core.dtypes import FLOATING
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.testing import check_error, check_op, check_sample


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """Forget the ops of a test afterwards."""
    monkeypatch.setattr(op_module, "_REGISTRY", dict(op_module._REGISTRY))


def scaled_cube():
    """Return an op class as a program might define one: factor * x ** 3 for vectors."""

    class ScaledCube(Op):
        factor: float = 1.0

        inputs = "x: T"
        types: ClassVar = {"T": FLOATING}
        has_out = True

        def infer(self, x):
            if x.shape.rank not in (None, 1):
                raise ValueError(f"x must be a vector, it has shape {x.shape}")
            return TensorSpec(x.shape, x.dtype.base_dtype)

        def kernel(self, x, out=None):
            if np.any(np.abs(x) > 1000):
                raise InvalidArgumentError(None, None, "x is too large to be cubed")
            return np.multiply(np.power(x, 3), np.asarray(self.factor, x.dtype), out=out)

        def gradient(self, op, grad):
            (x,) = op.inputs
            return [grad * tf.cast(3.0 * self.factor, grad.dtype) * x * x]

        @classmethod
        def samples(cls):
            yield Sample.of(cls(2.0), np.float32([0.5, -1.0, 3.0]))
            yield Sample.of(cls(), np.zeros(0))

        @classmethod
        def errors(cls):
            yield ErrorSample(cls(), (np.ones((2, 3), np.float32),), "x must be a vector")
            yield ErrorSample(
                cls(), (np.float32([5000.0]),), "too large", InvalidArgumentError, when="run"
            )

    return ScaledCube


def test_an_op_of_a_program_passes_and_works():
    cls = register(scaled_cube())
    check_op(cls)
    x = tf.placeholder(tf.float32, [None])
    y = apply(cls(2.0), x)
    (dx,) = tf.gradients(y, x)
    with tf.Session() as session:
        value, slope = session.run([y, dx], {x: [1.0, 2.0]})
    np.testing.assert_array_equal(value, [2.0, 16.0])
    np.testing.assert_array_equal(slope, [6.0, 24.0])


class Counter:
    """Something that is not hashable."""

    __hash__ = None


def wrong_attribute(cls):
    cls.__annotations__["values"] = "tuple"
    cls.values = (Counter(),)


def wrong_dtype(cls):
    cls.infer = lambda self, x: TensorSpec(x.shape, "float64")


def wrong_shape(cls):
    cls.infer = lambda self, x: TensorSpec([3], x.dtype.base_dtype)


def needs_known_shapes(cls):
    cls.infer = lambda self, x: TensorSpec([int(x.shape[0])], x.dtype.base_dtype)


def needs_a_rank(cls):
    cls.infer = lambda self, x: TensorSpec([None] * x.shape.rank, x.dtype.base_dtype)


def raises_index_errors(cls):
    def infer(self, x):
        dims = x.shape.as_tuple()
        return TensorSpec(x.shape if dims is None else [dims[0]], x.dtype.base_dtype)

    cls.infer = infer


def partial_lies(cls):
    cls.partial = lambda self, x: (1, 2)


def writes_its_input(cls):
    def kernel(self, x, out=None):
        x[...] = np.power(x, 3) * np.asarray(self.factor, x.dtype)
        return x

    cls.kernel = kernel


def needs_contiguous_inputs(cls):
    original = cls.kernel

    def kernel(self, x, out=None):
        dense = np.lib.stride_tricks.as_strided(x, x.shape, (x.itemsize,))
        return original(self, dense, out)

    cls.kernel = kernel


def ignores_its_buffer(cls):
    original = cls.kernel
    cls.kernel = lambda self, x, out=None: original(self, x)


def adds_to_its_buffer(cls):
    original = cls.kernel

    def kernel(self, x, out=None):
        result = original(self, x)
        return result if out is None else np.add(out, result, out=out)

    cls.kernel = kernel


def forgets_the_factor(cls):
    cls.gradient = lambda self, op, grad: [3.0 * grad * op.inputs[0] * op.inputs[0]]


def gradient_of_another_shape(cls):
    cls.gradient = lambda self, op, grad: [tf.constant(1.0, grad.dtype)]


def gradient_of_another_dtype(cls):
    original = cls.gradient
    cls.gradient = lambda self, op, grad: [tf.cast(original(self, op, grad)[0], tf.float16)]


def no_gradient_reaches_the_input(cls):
    cls.gradient = lambda self, op, grad: [None]


def gradient_needs_static_shapes(cls):
    original = cls.gradient

    def gradient(self, op, grad):
        scale = tf.ones([int(op.inputs[0].shape[0])], grad.dtype)
        return [original(self, op, grad)[0] * scale]

    cls.gradient = gradient


def second_gradient_stops(cls):
    def gradient(self, op, grad):
        x = tf.stop_gradient(op.inputs[0])
        return [grad * tf.cast(3.0 * self.factor, grad.dtype) * x * x]

    cls.gradient = gradient


def is_imprecise(cls):
    original = cls.kernel

    def kernel(self, x, out=None):
        exact = x.dtype == np.float64
        return original(self, x if exact else (x / 7).astype(np.float16).astype(x.dtype) * 7, out)

    cls.kernel = kernel


def differs_from_run_to_run(cls):
    cls.stateful = False
    cls.kernel = lambda self, x, out=None: np.add(x, x.dtype.type(np.random.rand()), out=out)


MUTANTS = {
    wrong_attribute: r"attributes: .*unhashable",
    wrong_dtype: "results: output 0 has dtype float32, inferred is float64",
    wrong_shape: r"output 0 has shape \(0,\), inferred is float64\(3,\)",
    needs_known_shapes: r"inference: infer\(float32\(\?,\)\) raises TypeError",
    needs_a_rank: r"inference: infer\(float32<unknown>\) raises TypeError",
    raises_index_errors: r"refusals: infer\(float32\(\)\) raises IndexError",
    partial_lies: r"partial\(.*\) is \(1, 2\)",
    writes_its_input: "read-only",
    needs_contiguous_inputs: "result 0 of strided inputs differs",
    ignores_its_buffer: "out: with out=a buffer the kernel returns another array",
    adds_to_its_buffer: "out: result 0 with out=a buffer differs",
    forgets_the_factor: r"gradients: the gradient for 'in_0' is wrong at \[0\]",
    gradient_of_another_shape: "gradient",
    gradient_of_another_dtype: "gradient",
    no_gradient_reaches_the_input: "gradients: the gradient for 'in_0' is wrong",
    gradient_needs_static_shapes: "gradients: TypeError",
    second_gradient_stops: "second gradients: the gradient for 'in_0' is wrong",
    is_imprecise: "precision: result 0 in float32 differs",
    differs_from_run_to_run: "results: result 0 from constants differs",
}


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutate: mutate.__name__)
def test_a_broken_op_is_found(mutate):
    cls = scaled_cube()
    mutate(cls)
    cls = register(cls)
    problems = []
    for sample in cls.samples():
        try:
            check_sample(sample)
        except AssertionError as error:
            problems.append(str(error))
    assert problems
    with pytest.raises(AssertionError, match=MUTANTS[mutate]):
        raise AssertionError("\n".join(problems))


def test_an_op_without_samples_is_refused():
    cls = scaled_cube()
    cls.samples = classmethod(lambda cls: iter(()))
    with pytest.raises(AssertionError, match="ScaledCube has no samples"):
        check_op(register(cls))


def test_an_op_that_refuses_shapes_needs_error_samples():
    cls = scaled_cube()
    cls.errors = classmethod(lambda cls: iter(()))
    with pytest.raises(AssertionError, match=r"no error samples, but it refuses x of shape"):
        check_op(register(cls))


def test_an_error_that_does_not_come_is_reported():
    cls = register(scaled_cube())
    with pytest.raises(AssertionError, match="building raises no error"):
        check_error(ErrorSample(cls(), (np.ones(2),), "x must be"))
    with pytest.raises(AssertionError, match="the run raises no error"):
        check_error(ErrorSample(cls(), (np.ones(2),), "too large", when="run"))


def test_an_error_of_another_class_or_text_is_reported():
    cls = register(scaled_cube())
    matrix = np.ones((2, 3))
    with pytest.raises(AssertionError, match="expected TypeError, got InvalidArgumentError"):
        check_error(ErrorSample(cls(), (matrix,), "x must be", TypeError))
    with pytest.raises(AssertionError, match="does not match 'a scalar'"):
        check_error(ErrorSample(cls(), (matrix,), "a scalar"))


def test_an_error_may_come_from_making_the_op():
    def make():
        raise ValueError("the factor must be positive")

    check_error(ErrorSample(make, (), "must be positive"))


def test_inputs_of_an_error_may_be_placeholders():
    cls = register(scaled_cube())
    check_error(ErrorSample(cls(), (TensorSpec([None, 3], "float32"),), "x must be a vector"))
    check_error(ErrorSample(cls(), (TensorSpec([3], "int32"),), "int32", TypeError))


def register_writer():
    """Register an op that adds to a variable and returns how much was added in all."""

    @register
    class Increase(Op):
        inputs = "ref: &T, value: T"
        outputs = "output_ref, total"
        types: ClassVar = {"T": FLOATING}
        stateful = True
        differentiable = False
        has_out = True
        writes = (0,)

        def infer(self, ref, value):
            shape = ref.shape.merge_with(value.shape)
            total = TensorSpec(TensorShape.of(()), value.dtype.base_dtype)
            return TensorSpec(shape, ref.dtype._as_ref), total

        def kernel(self, ref, value, out=None):
            return np.add(ref, value, out=out), np.sum(value)

        @classmethod
        def samples(cls):
            yield Sample.of(cls(), np.float32([1.0, 2.0]), np.float32([0.5, 0.25]))

        @classmethod
        def errors(cls):
            ref = np.ones(2, np.float32)
            yield ErrorSample(cls(), (ref, np.ones(3, np.float32)), "not compatible")

    return Increase


def test_an_op_that_writes_a_variable():
    check_op(register_writer())


def test_a_writer_must_write_safely_in_place(monkeypatch):
    cls = register_writer()

    def kernel(self, ref, value, out=None):
        out = np.empty_like(ref) if out is None else out
        out[...] = value
        return np.add(out, ref, out=out), np.sum(value)

    monkeypatch.setattr(cls, "kernel", kernel)
    with pytest.raises(AssertionError, match="with out=the variable's own buffer differs"):
        check_op(cls)
