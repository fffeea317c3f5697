"""`tf.print`: write nested values to a stream, a log or a file when the graph runs."""

from __future__ import annotations

import logging
import os
import pprint
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_op
from graphflow.core.compat import as_text
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import string as _string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import as_array, check_rank

__all__ = ["PrintV2", "print_v2"]

_FILE = "file://"
_LEVELS = {"log(info)": logging.INFO, "log(warning)": logging.WARNING, "log(error)": logging.ERROR}
_LOGGERS = {
    "info": "log(info)",
    "warning": "log(warning)",
    "warn": "log(warning)",
    "error": "log(error)",
}
_USAGE = (
    "output_stream is sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, "
    "tf.logging.error or 'file://PATH'"
)


@register
class PrintV2(Op):
    """Nothing; writes a text to a stream."""

    output_stream: str = "stderr"
    end: str = "\n"

    inputs = "input: string"
    outputs = ""
    stateful = True

    def infer(self, input: TensorSpec) -> list[TensorSpec]:
        check_rank("input", input, 0)
        _check_stream(self.output_stream)
        return []

    def kernel(self, input: Array) -> tuple[()]:
        text = as_array(input).item().decode("utf-8", "replace") + self.end
        stream = self.output_stream
        if stream in _LEVELS:
            logging.getLogger("graphflow").log(_LEVELS[stream], "%s", text.rstrip("\n"))
        elif stream.startswith(_FILE):
            with open(stream.removeprefix(_FILE), "a", encoding="utf-8") as file:
                file.write(text)
        else:
            target = sys.stdout if stream == "stdout" else sys.stderr
            target.write(text)
            target.flush()
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray(b"printed by a sample", object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        text = np.asarray(b"text", object)
        yield ErrorSample(cls(), (np.asarray([b"a", b"b"], object),), "input must be a scalar")
        yield ErrorSample(cls("printer"), (text,), "output_stream is sys.stdout")


def _check_stream(name: str) -> None:
    if name not in ("stdout", "stderr", *_LEVELS) and not name.startswith(_FILE):
        raise ValueError(f"{_USAGE}, not {name!r}")


def _stream_name(stream: Any) -> str:
    """The name by which the op knows a stream."""
    if stream is None or stream is sys.stderr:
        return "stderr"
    if stream is sys.stdout:
        return "stdout"
    if isinstance(stream, str) and stream.startswith(_FILE):
        return stream
    found = _LOGGERS.get(getattr(stream, "__name__", "")) if callable(stream) else None
    if found is None:
        raise ValueError(f"{_USAGE}, not {stream!r}")
    return found


def print_v2(
    *inputs: Any,
    output_stream: Any = None,
    summarize: int = 3,
    sep: str = " ",
    end: str = os.linesep,
    name: str | None = None,
) -> Operation:
    r"""Create an operation that prints its inputs whenever it runs.

    Args:
      *inputs: tensors, Python objects, and nested lists, tuples and dictionaries of those.
      output_stream: `sys.stderr` by default, `sys.stdout`, one of `tf.logging.info`, `warning` and
        `error`, or "file://PATH" to append to a file.
      summarize: how many of the first and last elements along each axis to print; all if -1.
      sep: text between the inputs.
      end: text after the last one.
      name: the operation's name.

    Returns:
      An `Operation`; make others depend on it with `tf.control_dependencies`.

    Raises:
      ValueError: there is no such stream.

    >>> import sys
    >>> import graphflow as tf
    >>> show = tf.print("x:", {"a": tf.range(9), "b": [2.5]}, output_stream=sys.stdout)
    >>> tf.Session().run(show)
    x: {'a': [0 1 2 ... 6 7 8], 'b': [2.5]}
    """
    op = PrintV2(_stream_name(output_stream), end)
    if len(inputs) == 1 and isinstance(inputs[0], Tensor) and _is_text(inputs[0]):
        return apply_op(op, inputs[0], name=name)
    template, tensors, placeholder = _template(inputs, sep)
    format_name = f"{name}_format" if name else "StringFormat"
    text = ops.string_format(template, tensors, placeholder, summarize, name=format_name)
    return apply_op(op, text, name=name)


def _is_text(tensor: Tensor) -> bool:
    return tensor.dtype.base_dtype is _string and tensor.shape.rank == 0


class _Place:
    """Stands for a tensor in a structure that is written as text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _template(inputs: tuple[Any, ...], sep: str) -> tuple[str, list[Tensor], str]:
    """The text with a placeholder for each tensor, the tensors, and the placeholder."""
    placeholder = "{}"
    while True:
        tensors: list[Tensor] = []
        parts = [_text(_with_places(item, placeholder, tensors)) for item in inputs]
        template = sep.join(parts)
        if template.count(placeholder) == len(tensors):
            return template, tensors, placeholder
        placeholder = f"{{{placeholder}}}"  # the text has it already: try a longer one


def _text(item: Any) -> str:
    is_text = isinstance(item, (str, bytes))
    return as_text(item) if is_text else pprint.pformat(item, sort_dicts=False)


def _with_places(item: Any, placeholder: str, tensors: list[Tensor]) -> Any:
    """A structure with its tensors, which are appended to a list, replaced by placeholders."""
    if isinstance(item, SparseTensor):
        tensors += [item.indices, item.values, item.dense_shape]
        return f"SparseTensor(indices={placeholder}, values={placeholder}, shape={placeholder})"
    if is_tensor_like(item):
        tensors.append(convert_to_tensor(item))
        return _Place(placeholder)
    if isinstance(item, dict):
        keys = sorted(item, key=str)
        return type(item)({key: _with_places(item[key], placeholder, tensors) for key in keys})
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*(_with_places(part, placeholder, tensors) for part in item))
    if isinstance(item, (list, tuple)):
        return type(item)(_with_places(part, placeholder, tensors) for part in item)
    return item
