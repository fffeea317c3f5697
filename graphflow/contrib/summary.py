"""Summaries that the run itself writes to event files: `tf.contrib.summary`.

Each function returns an operation that writes when it runs, to the writer that is the default where
the function is called, if there summaries are to be recorded.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import graphflow.ops as ops
import graphflow.summary.kernels
import graphflow.summary.writer_kernels  # noqa: F401  provides what the ops' kernels call
from graphflow.contrib.framework.tensors import smart_cond
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import bool as bool_, float32, int32, int64, string, uint8
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.interop.graphdef import graph_def_of
from graphflow.session import get_default_session
from graphflow.summary.functions import summary_scope
from graphflow.train.global_step import get_or_create_global_step

_INIT_OPS = "_SUMMARY_WRITER_V2"
_RED = (255, 0, 0, 255)


class _State(threading.local):
    """The default writer, and whether to record: False, True or a bool tensor."""

    def __init__(self) -> None:
        self.writer: SummaryWriter | None = None
        self.is_recording: Any = False


_state = _State()


# -- writers ---------------------------------------------------------------------------------------


class SummaryWriter:
    """A writer of an event file in the session.

    Args:
      resource: its handle; None for one that writes nothing.
      init_op: makes the operation that creates it.
    """

    def __init__(self, resource: Tensor | None, init_op: Callable[[], Operation] | None) -> None:
        self._resource = resource
        self._init_op = init_op() if init_op is not None else None
        if self._init_op is not None:
            get_default_graph().add_to_collection(_INIT_OPS, self._init_op)

    def set_as_default(self) -> None:
        """Make this the default writer of the thread."""
        _state.writer = self if self._resource is not None else None

    @contextmanager
    def as_default(self) -> Iterator[SummaryWriter]:
        """Make this the default writer in the `with` block."""
        old = _state.writer
        self.set_as_default()
        try:
            yield self
        finally:
            _state.writer = old

    def init(self) -> Operation:
        """Return the operation that creates the writer, unless the session has it."""
        return self._init_op if self._init_op is not None else ops.no_op()

    def flush(self) -> Operation:
        """Return an operation that lets others see what was written."""
        return flush(self)

    def close(self) -> Operation:
        """Return an operation that ends the file."""
        if self._resource is None:
            return ops.no_op()
        return apply_op(ops.CloseSummaryWriter(), self._resource)


def create_file_writer(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
) -> SummaryWriter:
    """Return a writer of an event file.

    Args:
      logdir: the folder of the file; with None nothing is written.
      max_queue: how many events wait until they are written out, 10 by default.
      flush_millis: after how many milliseconds they are at the latest, 2 minutes by default.
      filename_suffix: a text for the end of the file's name, ".v2" by default.
      name: writers of one name in a session are the same; by default those of one folder are.

    >>> import tempfile
    >>> import graphflow as tf
    >>> folder = tempfile.mkdtemp()
    >>> writer = create_file_writer(folder)
    >>> with writer.as_default(), always_record_summaries():
    ...     write = scalar("loss", tf.constant(1.5), step=7)
    >>> with tf.Session() as session:
    ...     _ = session.run(summary_writer_initializer_op())
    ...     _ = session.run([write])
    ...     session.run(writer.close())
    >>> [event.summary.value[0].simple_value
    ...  for path in tf.gfile.Glob(folder + "/*")
    ...  for event in tf.train.summary_iterator(path) if event.step == 7]
    [1.5]
    """
    if logdir is None:
        return SummaryWriter(None, None)
    if name is None:
        name = f"logdir:{logdir}"
    resource = apply(ops.SummaryWriter(shared_name=name))

    def init_op() -> Operation:
        return apply_op(
            ops.CreateSummaryFileWriter(),
            resource,
            convert_to_tensor(logdir, string),
            convert_to_tensor(10 if max_queue is None else max_queue, int32),
            convert_to_tensor(120_000 if flush_millis is None else flush_millis, int32),
            convert_to_tensor(".v2" if filename_suffix is None else filename_suffix, string),
        )

    return SummaryWriter(resource, init_op)


def create_db_writer(
    db_uri: Any,
    experiment_name: Any = None,
    run_name: Any = None,
    user_name: Any = None,
    name: str | None = None,
) -> SummaryWriter:
    """Refuse to write to a database.

    Args:
      db_uri: the database.
      experiment_name: see above.
      run_name: see above.
      user_name: see above.
      name: see above.

    Raises:
      NotImplementedError: always.
    """
    del experiment_name, run_name, user_name, name
    raise NotImplementedError(
        f"create_db_writer({db_uri!r}): summaries go to files; use create_file_writer"
    )


def summary_writer_initializer_op() -> list[Operation]:
    """Return the operations that create the graph's writers."""
    return get_default_graph().get_collection(_INIT_OPS)


def initialize(graph: Any = None, session: Any = None) -> None:
    """Create the graph's writers in a session.

    Args:
      graph: a `Graph` or `GraphDef` to write.
      session: the session; the default session by default.

    Raises:
      RuntimeError: there is no default writer.
      ValueError: there is no session.
    """
    if _state.writer is None:
        raise RuntimeError("initialize needs a default writer: call it in writer.as_default()")
    session = session if session is not None else get_default_session()
    if session is None:
        raise ValueError("initialize needs a session: give one, or call it in session.as_default()")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        text = ops.placeholder(string)
        session.run(_graph(text, 0), {text: _serialized(graph)})


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> Operation:
    """Return an operation that lets others see what a writer has written.

    Args:
      writer: the writer; the default one by default.
      name: the operation's name.
    """
    writer = writer if writer is not None else _state.writer
    if writer is None or writer._resource is None:
        return ops.no_op()
    return apply_op(ops.FlushSummaryWriter(), writer._resource, name=name)


def eval_dir(model_dir: str, name: str | None = None) -> str:
    """Return the folder for the summaries of an evaluation.

    Args:
      model_dir: the folder of the model.
      name: the name of the evaluation.

    >>> eval_dir("models", "test").replace(os.sep, "/")
    'models/eval_test'
    """
    return os.path.join(model_dir, f"eval_{name}" if name else "eval")


# -- whether to record -----------------------------------------------------------------------------


@contextmanager
def _recording(is_recording: Any) -> Iterator[None]:
    old = _state.is_recording
    _state.is_recording = is_recording
    try:
        yield
    finally:
        _state.is_recording = old


def always_record_summaries() -> Any:
    """Let the functions in the `with` block record."""
    return _recording(True)


def never_record_summaries() -> Any:
    """Let the functions in the `with` block record nothing."""
    return _recording(False)


@contextmanager
def record_summaries_every_n_global_steps(n: int, global_step: Any = None) -> Iterator[None]:
    """Let the functions in the `with` block record when a step is a multiple of a number.

    Args:
      n: the number.
      global_step: the step, an integer tensor; the global step by default.
    """
    step = global_step if global_step is not None else get_or_create_global_step()
    step = convert_to_tensor(step)
    with _recording(ops.equal(step % ops.cast(n, step.dtype), 0)):
        yield


def should_record_summaries() -> Tensor:
    """Return a bool scalar that tells whether summaries are recorded here."""
    return convert_to_tensor(_state.is_recording, bool_)


# -- what is recorded ------------------------------------------------------------------------------


def all_summary_ops() -> list[Any]:
    """Return the operations that the functions below have made in the graph."""
    return get_default_graph().get_collection(GraphKeys._SUMMARY_COLLECTION)


def _record(name: str, family: str | None, tensor: Any, write: Callable[..., Operation]) -> Any:
    """Return an operation that writes what is to be recorded, and put it into the collection.

    Args:
      name: what the summary is called.
      family: what its tab in TensorBoard is called.
      tensor: what is written.
      write: makes the writing operation, given the writer, the tag and a name.
    """
    writer = _state.writer
    if writer is None:
        return ops.no_op()
    outer = get_default_graph().get_name_scope()

    def record() -> Tensor:
        with (
            name_scope(f"{outer}/" if outer else None),
            summary_scope(name, family, values=[tensor]) as (tag, scope),
            get_default_graph().control_dependencies([write(writer._resource, tag, scope)]),
        ):
            return ops.constant(True)

    op = smart_cond(should_record_summaries(), record, lambda: ops.constant(False), name="")
    get_default_graph().add_to_collection(GraphKeys._SUMMARY_COLLECTION, op)
    return op


def _step(step: Any) -> Tensor:
    chosen = get_or_create_global_step() if step is None else step
    return ops.cast(convert_to_tensor(chosen), int64)


def scalar(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Return an operation that writes a number.

    Args:
      name: what the summary is called.
      tensor: a scalar of numbers.
      family: what its tab in TensorBoard is called.
      step: the step that it is of, an integer scalar; the global step by default.
    """

    def write(writer: Tensor, tag: str, scope: str) -> Operation:
        value = ops.identity(tensor)
        return apply_op(ops.WriteScalarSummary(), writer, _step(step), tag, value, name=scope)

    return _record(name, family, tensor, write)


def histogram(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Return an operation that writes how a tensor's elements are distributed.

    Args:
      name: what the summary is called.
      tensor: a tensor of numbers.
      family: what its tab in TensorBoard is called.
      step: the step that it is of, an integer scalar; the global step by default.
    """

    def write(writer: Tensor, tag: str, scope: str) -> Operation:
        value = ops.identity(tensor)
        return apply_op(ops.WriteHistogramSummary(), writer, _step(step), tag, value, name=scope)

    return _record(name, family, tensor, write)


def image(
    name: str,
    tensor: Any,
    bad_color: Sequence[int] | None = None,
    max_images: int = 3,
    family: str | None = None,
    step: Any = None,
) -> Any:
    """Return an operation that writes images.

    Args:
      name: what the summary is called.
      tensor: uint8, float16 or float32 [batch, height, width, 1, 3 or 4].
      bad_color: the color of pixels that are not finite, red by default.
      max_images: how many images of the batch to write at most.
      family: what its tab in TensorBoard is called.
      step: the step that it is of, an integer scalar; the global step by default.
    """

    def write(writer: Tensor, tag: str, scope: str) -> Operation:
        value = ops.identity(tensor)
        color = convert_to_tensor(_RED if bad_color is None else bad_color, uint8)
        op = ops.WriteImageSummary(max_images)
        return apply_op(op, writer, _step(step), tag, value, color, name=scope)

    return _record(name, family, tensor, write)


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int,
    family: str | None = None,
    step: Any = None,
) -> Any:
    """Return an operation that writes sounds.

    Args:
      name: what the summary is called.
      tensor: float32 [batch, frames] or [batch, frames, channels], from -1 to 1.
      sample_rate: in Hz.
      max_outputs: how many sounds of the batch to write at most.
      family: what its tab in TensorBoard is called.
      step: the step that it is of, an integer scalar; the global step by default.
    """

    def write(writer: Tensor, tag: str, scope: str) -> Operation:
        value = ops.identity(tensor)
        rate = convert_to_tensor(sample_rate, float32)
        op = ops.WriteAudioSummary(max_outputs)
        return apply_op(op, writer, _step(step), tag, value, rate, name=scope)

    return _record(name, family, tensor, write)


def generic(
    name: str, tensor: Any, metadata: Any = None, family: str | None = None, step: Any = None
) -> Any:
    """Return an operation that writes a whole tensor.

    Args:
      name: what the summary is called.
      tensor: any tensor.
      metadata: a `SummaryMetadata` for a plugin of TensorBoard, or such a message serialized.
      family: what its tab in TensorBoard is called.
      step: the step that it is of, an integer scalar; the global step by default.
    """

    def write(writer: Tensor, tag: str, scope: str) -> Operation:
        value = ops.identity(tensor)
        serialize = getattr(metadata, "SerializeToString", None)
        message = serialize() if serialize is not None else metadata
        text = convert_to_tensor(b"" if message is None else message, string)
        return apply_op(ops.WriteSummary(), writer, _step(step), value, tag, text, name=scope)

    return _record(name, family, tensor, write)


def graph(param: Tensor, step: Any = None, name: str | None = None) -> Operation:
    """Return an operation that writes a graph.

    Args:
      param: a string scalar, a serialized `GraphDef`.
      step: the step that it is of, an integer scalar; the global step by default.
      name: the operation's name.

    Raises:
      TypeError: `param` is no tensor.
    """
    if not isinstance(param, Tensor):
        raise TypeError(
            f"graph takes a string tensor, such as a placeholder, not {type(param).__name__}; "
            "initialize(graph=...) writes a graph itself"
        )
    return _graph(param, step, name)


def _graph(param: Tensor, step: Any, name: str | None = None) -> Operation:
    if _state.writer is None:
        return ops.no_op()
    resource = _state.writer._resource
    return apply_op(ops.WriteGraphSummary(), resource, _step(step), param, name=name)


def _serialized(graph: Any) -> bytes:
    message = graph_def_of(graph) if isinstance(graph, Graph) else graph
    return bytes(message.SerializeToString())


def import_event(tensor: Any, name: str | None = None) -> Operation:
    """Return an operation that writes an event as it is.

    Args:
      tensor: a string scalar, a serialized `Event`.
      name: the operation's name.
    """
    if _state.writer is None:
        return ops.no_op()
    event = convert_to_tensor(tensor, string)
    return apply_op(ops.ImportEvent(), _state.writer._resource, event, name=name)
