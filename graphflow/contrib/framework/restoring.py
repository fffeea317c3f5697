"""Values of variables from checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.checkpoints.reader import CheckpointReader, load_checkpoint
from graphflow.checkpoints.saver import Saver
from graphflow.contrib.framework.variables import get_variable_full_name
from graphflow.core.graph import Operation, Tensor
from graphflow.variables.partitioned import PartitionedVariable

_logger = logging.getLogger("graphflow")


def assign_from_checkpoint(
    model_path: Any, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Operation, dict[Tensor, Any]]:
    """Return an operation that gives variables the values of a checkpoint, and what to feed to it.

    Args:
      model_path: the path of the checkpoint, or a folder, of which the newest is taken.
      var_list: a list of variables, or a dictionary of variables (or lists of their parts) by the
        names in the checkpoint.
      ignore_missing_vars: whether to leave out variables that the checkpoint does not have.

    Returns:
      The operation, and the dictionary to feed.

    Raises:
      ValueError: the checkpoint does not have a variable, or has it with another shape.

    >>> import tempfile
    >>> import graphflow as tf
    >>> w, v = (tf.get_variable(name, [2]) for name in "wv")
    >>> path = tempfile.mkdtemp() + "/model"
    >>> with tf.Session() as sess:
    ...     sess.run(w.assign([3.0, 5.0]))
    ...     path = tf.train.Saver([w]).save(sess, path)
    ...     assign, feed = tf.contrib.framework.assign_from_checkpoint(path, {"w": v})
    ...     sess.run(assign, feed)
    ...     sess.run(v)
    array([3., 5.], dtype=float32)
    array([3., 5.], dtype=float32)
    """
    reader = load_checkpoint(model_path)
    assigns, feeds = [], {}
    for name, variables in _grouped(var_list).items():
        if not reader.has_tensor(name):
            _report_missing(name, model_path, ignore_missing_vars)
            continue
        value = reader.get_tensor(name)
        for var in variables:
            source = ops.placeholder(
                var.dtype.base_dtype, var.get_shape(), name="placeholder/" + var.op.name
            )
            assigns.append(var.assign(source))
            feeds[source] = _part(name, value, var)
    return ops.group(*assigns), feeds


def _grouped(var_list: Any) -> dict[str, list[Any]]:
    """The variables, or parts of them, by their names in a checkpoint."""
    if isinstance(var_list, Mapping):
        pairs = list(var_list.items())
    else:
        pairs = [(_name_of(item), item) for item in var_list]
    groups: dict[str, list[Any]] = {}
    for name, item in pairs:
        is_several = isinstance(item, (list, tuple, PartitionedVariable))
        groups.setdefault(name, []).extend(list(item) if is_several else [item])
    return groups


def _name_of(item: Any) -> str:
    return str(item.name) if isinstance(item, PartitionedVariable) else get_variable_full_name(item)


def _report_missing(name: str, model_path: Any, is_fine: bool) -> None:
    message = f"the checkpoint {model_path} has no variable {name!r}"
    if not is_fine:
        raise ValueError(f"{message}: leave it out, or give ignore_missing_vars=True")
    _logger.warning("%s", message)


def _part(name: str, value: Any, var: Any) -> Any:
    """What a variable gets: the value, or if it is a part of a variable, its part."""
    info = var._get_save_slice_info()
    if info is not None:
        ends = [start + size for start, size in zip(info.var_offset, info.var_shape, strict=True)]
        value = value[tuple(map(slice, info.var_offset, ends))]
    shape = var.get_shape().as_list()
    if list(np.shape(value)) != shape:
        raise ValueError(
            f"the variable {var.op.name} has shape {shape}, {name!r} in the checkpoint "
            f"{list(np.shape(value))}"
        )
    return value


def assign_from_checkpoint_fn(
    model_path: Any,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """Return a function of a session that gives variables the values of a checkpoint.

    Args:
      model_path: the path of the checkpoint.
      var_list: a list of variables, or a dictionary of variables by the names in the checkpoint.
      ignore_missing_vars: whether to leave out variables that the checkpoint does not have.
      reshape_variables: whether shapes may differ if the numbers of elements agree.

    Returns:
      The function; None if the checkpoint has none of the variables.

    Raises:
      ValueError: there are no variables.
    """
    if not var_list:
        raise ValueError("there are no variables to assign: var_list is empty")
    if ignore_missing_vars:
        var_list = _available(load_checkpoint(model_path), model_path, var_list)
        if not var_list:
            return None
    saver = Saver(var_list, reshape=reshape_variables)

    def restore_in(session: Any) -> None:
        saver.restore(session, model_path)

    return restore_in


def _available(reader: CheckpointReader, model_path: Any, var_list: Any) -> dict[str, Any]:
    if not isinstance(var_list, Mapping):
        var_list = {_name_of(item): item for item in var_list}
    for name in var_list:
        if not reader.has_tensor(name):
            _report_missing(name, model_path, True)
    return {name: item for name, item in var_list.items() if reader.has_tensor(name)}
