"""`tf.test.TestCase`: unittest's, with a fresh graph for each test and comparisons of arrays."""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow import app
from graphflow.core.device import DeviceSpec
from graphflow.core.dtypes import as_dtype
from graphflow.core.errors import OpError
from graphflow.core.graph import Graph, Tensor, reset_default_graph
from graphflow.core.op import Array
from graphflow.core.sparse import SparseTensorValue
from graphflow.interop import protos
from graphflow.session import Session, get_default_session
from graphflow.version import GRAPH_DEF_VERSION

_SEED = 87654321


class TestCase(unittest.TestCase):
    """A test of graphs: graph, seeds and temporary folder are new for each test method."""

    # A subclass whose setUp does not call this one has neither yet.
    _cached: Session | None = None
    _folder: str | None = None

    __test__ = False  # for pytest: subclasses are tests, this is not

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__test__ = True

    def setUp(self) -> None:
        """Forget graphs, sessions and random states of other tests."""
        super().setUp()
        self._cached = None
        self._folder = None
        random.seed(_SEED)
        np.random.seed(_SEED)
        reset_default_graph()
        ops.set_random_seed(_SEED)

    def tearDown(self) -> None:
        """Close the cached session."""
        if self._cached is not None:
            self._cached.close()
            self._cached = None
        super().tearDown()

    def get_temp_dir(self) -> str:
        """Return a folder of this test's own, removed after it."""
        if self._folder is None:
            folder = tempfile.TemporaryDirectory()
            self.addCleanup(folder.cleanup)
            self._folder = folder.name
        return self._folder

    # -- sessions

    @contextlib.contextmanager
    def session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """Enter a new session and its graph.

        Args:
          graph: the graph, by default the default graph.
          config: the session's configuration.
          use_gpu: without meaning: there are none.
          force_gpu: refused.
        """
        _refuse_gpu(force_gpu)
        with Session(graph=graph, config=config) as session, session.graph.as_default():
            yield session

    @contextlib.contextmanager
    def cached_session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """Enter a session that is the same throughout a test.

        Args:
          graph: the graph, the same for each call.
          config: the session's configuration, the same for each call.
          use_gpu: without meaning: there are none.
          force_gpu: refused.
        """
        _refuse_gpu(force_gpu)
        if self._cached is None:
            self._cached = Session(graph=graph, config=config)
        elif graph is not None and graph is not self._cached.graph:
            raise ValueError("the graph of the cached session is another one")
        with self._cached.graph.as_default(), self._cached.as_default():
            yield self._cached

    @contextlib.contextmanager
    def test_session(
        self,
        graph: Graph | None = None,
        config: Any = None,
        use_gpu: bool = False,
        force_gpu: bool = False,
    ) -> Iterator[Session]:
        """Enter a session: a new one if a graph is given, else that of `cached_session`.

        Args:
          graph: the graph, or None.
          config: the session's configuration.
          use_gpu: without meaning: there are none.
          force_gpu: refused.
        """
        enter = self.cached_session if graph is None else self.session
        with enter(graph, config, use_gpu, force_gpu) as session:
            yield session

    test_session.__test__ = False  # type: ignore[attr-defined]

    def evaluate(self, tensors: Any) -> Any:
        """Compute tensors, in a structure, in the default session or that of `cached_session`.

        Args:
          tensors: a structure of tensors, operations, variables.
        """
        session = get_default_session()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as cached:
            return cached.run(tensors)

    def _array(self, value: Any) -> Any:
        """A value as an array; tensors are computed."""
        if isinstance(value, Tensor) or hasattr(value, "_as_graph_element"):
            value = self.evaluate(value)
        return np.asarray(value)

    # -- comparisons of arrays

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Assert that two arrays have one shape and equal elements; nan equals nan.

        Args:
          a: an array, or what makes one.
          b: another.
          msg: what to add to the failure's text.
        """
        one, other = _texts(self._array(a)), _texts(self._array(b))
        self._assert_shapes(one, other, msg)
        equal = np.asarray(one == other)
        if one.dtype.kind in "fcV" and other.dtype.kind in "fcV":
            equal = equal | ((one != one) & (other != other))
        self._assert_none(~equal, one, other, "are not equal", msg)

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Assert that two arrays differ somewhere.

        Args:
          a: an array.
          b: another.
          msg: what to add to the failure's text.
        """
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(self._formatMessage(msg, "the two arrays are equal"))

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Assert that two structures of arrays are close: |a - b| <= atol + rtol * |b|.

        Args:
          a: an array, or a structure of arrays.
          b: another of the same form.
          rtol: the relative tolerance.
          atol: the absolute tolerance.
          msg: what to add to the failure's text.
        """
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self.assertIsInstance(a, Mapping, msg)
            self.assertEqual(set(a), set(b), msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, msg)
            return
        if _is_ragged(a) or _is_ragged(b):
            self.assertEqual(len(a), len(b), msg)
            for one, other in zip(a, b, strict=True):
                self.assertAllClose(one, other, rtol, atol, msg)
            return
        self._assert_close(self._array(a), self._array(b), rtol, atol, msg)

    def _assert_close(self, a: Array, b: Array, rtol: float, atol: float, msg: str | None) -> None:
        self._assert_shapes(a, b, msg)
        one, other = _wide(a), _wide(b)
        close = np.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True)
        self._assert_none(~close, one, other, f"differ by more than rtol {rtol}, atol {atol}", msg)

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """Assert that two arrays are as close as the less precise of their dtypes lets expect.

        Args:
          a: an array.
          b: another.
          rtol: the relative tolerance of float64, and the least of all.
          atol: the absolute one.
          float_rtol: that of float32 and complex64.
          float_atol: the absolute one.
          half_rtol: that of float16.
          half_atol: the absolute one.
          bfloat16_rtol: that of bfloat16.
          bfloat16_atol: the absolute one.
          msg: what to add to the failure's text.
        """
        one, other = self._array(a), self._array(b)
        names = {one.dtype.name, other.dtype.name}
        if names & {"float32", "complex64"}:
            rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
        if "float16" in names:
            rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
        if "bfloat16" in names:
            rtol, atol = max(rtol, bfloat16_rtol), max(atol, bfloat16_atol)
        self.assertAllClose(one, other, rtol, atol, msg)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Assert that two arrays are not close.

        Args:
          a: an array.
          b: another.
          **kwargs: passed to `assertAllClose`.
        """
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        self.fail("the two arrays are close")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Assert that all elements are above a number."""
        self.assertGreater(float(self._array(a).min()), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Assert that no element is below a number."""
        self.assertGreaterEqual(float(self._array(a).min()), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Assert that all elements are below a number."""
        self.assertLess(float(self._array(a).max()), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Assert that no element is above a number."""
        self.assertLessEqual(float(self._array(a).max()), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Assert that all elements lie between two numbers.

        Args:
          target: the array.
          lower_bound: the lower number.
          upper_bound: the upper number.
          open_lower_bound: whether the lower number itself is refused.
          open_upper_bound: whether the upper number itself is refused.
        """
        values = self._array(target)
        low = values <= lower_bound if open_lower_bound else values < lower_bound
        high = values >= upper_bound if open_upper_bound else values > upper_bound
        bad = low | high | (values != values)
        self._assert_none(bad, values, values, f"leave {lower_bound} to {upper_bound}", None)

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Assert that all elements belong to a set."""
        self.assertLessEqual(set(self._array(target).ravel().tolist()), set(expected_set))

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Assert that two numbers differ by no more than `err`."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, msg or f"{f1} is not near {f2}")

    def assertArrayNear(
        self, farray1: Sequence[float], farray2: Sequence[float], err: float, msg: str | None = None
    ) -> None:
        """Assert that the numbers of two lists differ by no more than `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for one, other in zip(farray1, farray2, strict=True):
            self.assertNear(float(one), float(other), err, msg)

    def assertNDArrayNear(
        self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Assert that the distance of two arrays, as vectors, is less than `err`."""
        distance = np.linalg.norm(self._array(ndarray1) - self._array(ndarray2))
        self.assertLess(float(distance), err, msg)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Tensor, msg: str | None = None) -> None:
        """Assert that a tensor has the static shape of an array."""
        self.assertAllEqual(np.shape(np_array), tf_tensor.shape.as_list(), msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Check the dtype of a value, or of each of several."""
        for value in target if isinstance(target, (list, tuple)) else [target]:
            self.assertEqual(self._array(value).dtype, as_dtype(expected_dtype).as_numpy_dtype)

    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Any, msg: str | None = None
    ) -> None:
        """Check that messages are the same.

        Args:
          expected_message_maybe_ascii: a message of the same kind, or one in the text format.
          message: the message.
          msg: what to say beside.
        """
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            expected = protos.from_text(expected, type(message)())
        self.assertEqual(protos.to_text(expected), protos.to_text(message), msg)

    def assertProtoEqualsVersion(
        self,
        expected: str,
        actual: Any,
        producer: int = GRAPH_DEF_VERSION,
        min_consumer: int = 0,
        msg: str | None = None,
    ) -> None:
        """Check a graph and its versions.

        Args:
          expected: the nodes of the graph, in the text format.
          actual: a `GraphDef`.
          producer: the version that it should be made by.
          min_consumer: the version of what it asks to be read by.
          msg: what to say beside.
        """
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }}"
        self.assertProtoEquals(f"{versions}\n{expected}", actual, msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        """Assert that two devices are the same, however they are written."""
        self.assertEqual(_canonical(device1), _canonical(device2), msg)

    def _assert_shapes(self, a: Array, b: Array, msg: str | None) -> None:
        text = f"the shapes differ: {a.shape} and {b.shape}"
        self.assertEqual(a.shape, b.shape, self._formatMessage(msg, text))

    def _assert_none(self, bad: Array, a: Array, b: Array, what: str, msg: str | None) -> None:
        if not np.any(bad):
            return
        places = np.argwhere(bad)
        index = tuple(places[0].tolist()) if bad.ndim else ()
        text = (
            f"{len(places)} of {bad.size} elements {what}, the first at {list(index)}: "
            f"{a[index]} and {b[index]}"
        )
        raise self.failureException(self._formatMessage(msg, text))

    # -- errors

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """Assert that an error is raised whose text, or which, fits.

        Args:
          exception_type: the class, or classes, of the error.
          expected_err_re_or_predicate: a regular expression, or a function of the error.
        """
        try:
            yield
        except exception_type as error:
            wanted = expected_err_re_or_predicate
            fits = wanted(error) if callable(wanted) else re.search(wanted, str(error))
            self.assertTrue(fits, f"{wanted!r} does not fit {error!r}")
        else:
            self.fail(f"{exception_type} was not raised")

    @contextlib.contextmanager
    def assertRaisesWithLiteralMatch(
        self, expected_exception: Any, expected_exception_message: str
    ) -> Iterator[None]:
        """Assert that an error with exactly this text is raised.

        Args:
          expected_exception: the class, or classes, of the error.
          expected_exception_message: its text.
        """
        try:
            yield
        except expected_exception as error:
            self.assertEqual(str(error), expected_exception_message)
        else:
            self.fail(f"{expected_exception} was not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """Assert that a `tf.OpError` is raised.

        Args:
          expected_err_re_or_predicate: a regular expression, or a function of the error.
        """
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    # -- what googletest's test case adds to unittest's

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        """Assert how a text begins."""
        self.assertTrue(actual.startswith(expected_start), msg or f"{actual!r}: {expected_start!r}")

    def assertEndsWith(self, actual: str, expected_end: str, msg: str | None = None) -> None:
        """Assert how a text ends."""
        self.assertTrue(actual.endswith(expected_end), msg or f"{actual!r}: {expected_end!r}")

    def assertEmpty(self, container: Any, msg: str | None = None) -> None:
        """Assert that a container has no elements."""
        self.assertEqual(len(container), 0, msg)

    def assertNotEmpty(self, container: Any, msg: str | None = None) -> None:
        """Assert that a container has elements."""
        self.assertNotEqual(len(container), 0, msg)

    def assertLen(self, container: Any, expected_len: int, msg: str | None = None) -> None:
        """Assert how many elements a container has."""
        self.assertEqual(len(container), expected_len, msg)

    def assertBetween(self, value: Any, minv: Any, maxv: Any, msg: str | None = None) -> None:
        """Assert that a value lies between two others."""
        self.assertTrue(minv <= value <= maxv, msg or f"{value} is not in {minv} to {maxv}")

    def assertItemsEqual(self, expected_seq: Any, actual_seq: Any, msg: str | None = None) -> None:
        """Assert that two sequences have the same elements, in any order."""
        self.assertCountEqual(expected_seq, actual_seq, msg)

    def assertSameElements(
        self, expected_seq: Any, actual_seq: Any, msg: str | None = None
    ) -> None:
        """Assert that two sequences have the same elements, however often."""
        self.assertEqual(set(expected_seq), set(actual_seq), msg)

    def assertContainsSubset(
        self, expected_subset: Any, actual_set: Any, msg: str | None = None
    ) -> None:
        """Assert that a container has all elements of another one."""
        missing = set(expected_subset) - set(actual_set)
        self.assertFalse(missing, self._formatMessage(msg, f"missing: {missing}"))

    def assertNoCommonElements(
        self, expected_seq: Any, actual_seq: Any, msg: str | None = None
    ) -> None:
        """Assert that two containers share no element."""
        common = set(expected_seq) & set(actual_seq)
        self.assertFalse(common, self._formatMessage(msg, f"in both: {common}"))

    def assertRegexMatch(
        self, actual_str: str, regexes: Sequence[str], message: str | None = None
    ) -> None:
        """Assert that one of several regular expressions fits a part of a text."""
        fits = any(re.search(regex, actual_str) for regex in regexes)
        self.assertTrue(fits, message or f"none of {list(regexes)} fits {actual_str!r}")

    def checkedThread(
        self, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> CheckedThread:
        """Return a thread whose failure is the test's.

        Args:
          target: what it calls.
          args: positional arguments for it.
          kwargs: keyword arguments for it.
        """
        return CheckedThread(self, target, args or (), kwargs or {})


class CheckedThread:
    """A thread; joining it raises what it raised."""

    def __init__(
        self, case: TestCase, target: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]
    ) -> None:
        self._case = case
        self._target = target
        self._arguments = args, kwargs
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        args, kwargs = self._arguments
        try:
            self._target(*args, **kwargs)
        except BaseException as error:  # it is raised again where the thread is joined
            self._error = error

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread; fail if it failed."""
        self._thread.join()
        if self._error is not None:
            self._case.fail(f"the thread raised {self._error!r}")

    def is_alive(self) -> bool:
        """Tell whether the thread still runs."""
        return self._thread.is_alive()


def _refuse_gpu(force_gpu: bool) -> None:
    if force_gpu:
        raise NotImplementedError("force_gpu: graphflow runs on processors only")


def _texts(array: Array) -> Array:
    """Bytes and str compare by their text."""
    if array.dtype.kind in "SU" or (array.dtype == object and array.size):
        encode = np.frompyfunc(lambda s: s.encode() if isinstance(s, str) else s, 1, 1)
        return np.asarray(encode(array.astype(object)), object)
    return array


def _wide(array: Array) -> Array:
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    return array if array.dtype.kind in "iub" else array.astype(np.float64)


def _is_ragged(value: Any) -> bool:
    """Whether something is a structure that no single array can hold."""
    if isinstance(value, SparseTensorValue) or hasattr(value, "_fields"):
        return True
    if not isinstance(value, (list, tuple)):
        return False
    if any(isinstance(item, Mapping) or _is_ragged(item) for item in value):
        return True
    return len({np.shape(item) for item in value if not isinstance(item, Tensor)}) > 1


def get_temp_dir() -> str:
    """Return a folder for temporary files, the same throughout the process."""
    folder = os.environ.get("TEST_TMPDIR") or os.path.join(
        tempfile.gettempdir(), f"graphflow-tests-{os.getpid()}"
    )
    os.makedirs(folder, exist_ok=True)
    return folder


def main(argv: Sequence[str] | None = None) -> None:
    """Run the tests of the calling program, and end the process.

    Args:
      argv: the command line, by default the process's own; flags of the program (`tf.flags`) are
        taken out, the rest goes to unittest.

    Raises:
      SystemExit: always; with status 1 if a test fails or a flag has a value that it cannot have.
    """
    app.run(lambda rest: unittest.main(module="__main__", argv=rest), argv)


def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """Return False: graphflow runs on processors only.

    Args:
      cuda_only: not used.
      min_cuda_compute_capability: not used.
    """
    del cuda_only, min_cuda_compute_capability
    return False


def gpu_device_name() -> str:
    """Return the empty name: there is no GPU."""
    return ""


def is_built_with_cuda() -> bool:
    """Return False: there is no CUDA."""
    return False


def is_built_with_rocm() -> bool:
    """Return False: there is no ROCm."""
    return False


def is_built_with_gpu_support() -> bool:
    """Return False: there are no kernels for GPUs."""
    return False


def _canonical(device: Any) -> str:
    """The full name of a device: `cpu:0` is `/device:CPU:0`."""
    text = str(device.to_string() if hasattr(device, "to_string") else device or "")
    return DeviceSpec.from_string(text).to_string()
