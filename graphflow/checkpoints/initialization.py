"""Variables whose initial values come from a checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.checkpoints.reader import CheckpointReader, checkpoint_path
from graphflow.checkpoints.saveables import saveables_of
from graphflow.checkpoints.vocabularies import VocabInfo, remapped
from graphflow.core.build import apply_op
from graphflow.core.graph import Operation, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.spec import as_shape
from graphflow.variables.base import Variable
from graphflow.variables.partitioned import PartitionedVariable

_logger = logging.getLogger("graphflow")


def init_from_checkpoint(ckpt_dir_or_file: Any, assignment_map: Mapping[str, Any]) -> None:
    """Let the initializers of variables restore them from a checkpoint.

    Call it before the initializers are collected, by `tf.global_variables_initializer` for example.

    Args:
      ckpt_dir_or_file: the path of the checkpoint, or a folder, of which the newest is taken.
      assignment_map: from names in the checkpoint to variables: a variable, a list with the parts
        of one, or the name of one.  A name that ends with "/" stands for all of a scope, "/" alone
        for all of the checkpoint; it maps to a scope.

    Raises:
      NotFoundError: there is no such checkpoint.
      ValueError: a variable is not in the checkpoint, has another shape there, or does not exist.
      TypeError: a value of the map is no variable.

    >>> import tempfile
    >>> import graphflow as tf
    >>> old = tf.get_variable("old/w", initializer=[3.0, 5.0])
    >>> with tf.Session() as sess:
    ...     sess.run(old.initializer)
    ...     path = tf.train.Saver().save(sess, tempfile.mkdtemp() + "/model")
    >>> new = tf.get_variable("new/w", [2])
    >>> tf.train.init_from_checkpoint(path, {"old/": "new/"})
    >>> with tf.Session() as sess:
    ...     sess.run(new.initializer)
    ...     print(sess.run(new))
    [3. 5.]
    """
    path = checkpoint_path(ckpt_dir_or_file)
    reader = CheckpointReader(path)
    items = sorted(assignment_map.items())
    pairs = [pair for name, to in items for pair in _pairs(reader, path, name, to)]
    for name, parts in pairs:  # all are checked before any is changed
        _check(reader, path, name, parts)
    for name, parts in pairs:
        for part in parts:
            _initialize(path, name, part)


def _pairs(
    reader: CheckpointReader, path: str, name: str, to: Any
) -> Iterator[tuple[str, list[Any]]]:
    """Yield names in the checkpoint, and the variable, or parts of one, that each is for."""
    if not isinstance(to, str):
        yield name, _parts(to)
    elif to.endswith("/") or name.endswith("/"):
        yield from _of_scope(reader, path, name, to)
    else:
        yield name, _existing(to)


def _parts(to: Any) -> list[Any]:
    parts = list(to) if isinstance(to, (list, tuple, PartitionedVariable)) else [to]
    if not parts or not all(isinstance(part, Variable) for part in parts):
        raise TypeError(f"a variable, its parts, or its name is expected, not {to!r}")
    return parts


def _by_name() -> dict[str, list[Any]]:
    """The variables of the graph, or their parts, by name."""
    found: dict[str, list[Any]] = {}
    for variable in get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES):
        info = variable._get_save_slice_info()
        found.setdefault(variable.op.name if info is None else info.full_name, []).append(variable)
    return found


def _existing(name: str) -> list[Any]:
    variables = _by_name()
    if name not in variables:
        raise ValueError(f"the graph has no variable {name!r}; it has {', '.join(variables)}")
    return variables[name]


def _of_scope(
    reader: CheckpointReader, path: str, name: str, scope: str
) -> Iterator[tuple[str, list[Any]]]:
    if not (name.endswith("/") and scope.endswith("/")):
        raise ValueError(f"a scope maps to a scope: both {name!r} and {scope!r} must end with '/'")
    prefix, inner = ("" if text == "/" else text for text in (name, scope))
    matching = [(full, parts) for full, parts in _by_name().items() if full.startswith(inner)]
    if not matching:
        raise ValueError(f"the graph has no variables in the scope {scope!r}")
    for full, parts in matching:
        old = prefix + full.removeprefix(inner)
        if not reader.has_tensor(old):
            raise ValueError(f"the checkpoint {path} has no {old!r} for the variable {full!r}")
        yield old, parts


def _check(reader: CheckpointReader, path: str, name: str, parts: Sequence[Any]) -> None:
    if not reader.has_tensor(name):
        raise ValueError(f"the checkpoint {path} has no tensor {name!r}")
    info = parts[0]._get_save_slice_info()
    shape = parts[0].shape if info is None else info.full_shape
    stored = reader.get_variable_to_shape_map()[name]
    if not as_shape(shape).is_compatible_with(stored):
        raise ValueError(
            f"the variable {parts[0].op.name!r} has shape {as_shape(shape)}, {name!r} in the "
            f"checkpoint {path} has shape {stored}"
        )


def _initialize(path: str, name: str, variable: Any, vocabularies: Any = None) -> None:
    """Replace the initializer of a variable."""
    info = variable._get_save_slice_info()
    part = "" if info is None else info.spec
    graph = get_default_graph()
    with graph.control_dependencies(None), graph.device(variable.device or None):
        op = ops.RestoreV2((variable.dtype.base_dtype,))
        restored = apply_op(op, path, [name], [part], name="checkpoint_initializer").outputs[0]
        if vocabularies is not None:
            restored = remapped(restored, variable.shape.as_list(), vocabularies)
        (saveable,) = saveables_of({variable.op.name: variable})
        assigned = saveable.restore([restored], None)
    variable._initializer_op = assigned if isinstance(assigned, Operation) else assigned.op
    restored.set_shape(variable.shape)
    variable._initial_value = restored
    _logger.info("the variable %s is initialized from %r in %s", variable.name, name, path)


def warm_start(
    ckpt_to_initialize_from: Any,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: Mapping[str, Any] | None = None,
    var_name_to_prev_var_name: Mapping[str, str] | None = None,
) -> None:
    """Let the initializers of variables restore them from the checkpoint of another model.

    Args:
      ckpt_to_initialize_from: the path of the checkpoint, or a folder, of which the newest is
        taken.
      vars_to_warm_start: which variables: a regular expression that the names of trainable ones
        begin with; a list of them, for all global ones; a list of variables; None for none.
      var_name_to_vocab_info: `tf.train.VocabInfo`s by the names of variables, whose rows are those
        of a vocabulary.
      var_name_to_prev_var_name: names in the checkpoint by the variables' own, where they differ.

    Raises:
      NotFoundError: there is no such checkpoint.
      NotImplementedError: a variable with a vocabulary has several parts.
      ValueError: there are no such variables, or they are not in the checkpoint.

    >>> import tempfile
    >>> import graphflow as tf
    >>> w = tf.get_variable("w", initializer=[3.0, 5.0])
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     path = tf.train.Saver().save(sess, tempfile.mkdtemp() + "/model")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.get_variable("v", [2])
    ...     tf.train.warm_start(path, var_name_to_prev_var_name={"v": "w"})
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(v))
    [3. 5.]
    """
    renamed = dict(var_name_to_prev_var_name or {})
    vocabularies = dict(var_name_to_vocab_info or {})
    chosen: dict[str, list[Any]] = {}
    for variable in _to_warm_start(vars_to_warm_start):
        info = variable._get_save_slice_info()
        name = variable.op.name if info is None else info.full_name
        chosen.setdefault(name, []).append(variable)
    unused = (renamed.keys() | vocabularies.keys()) - chosen.keys()
    if unused:
        raise ValueError(f"these variables are not among those to initialize: {sorted(unused)}")
    for name, parts in chosen.items():
        old = renamed.get(name, name)
        if name in vocabularies:
            _initialize_words(ckpt_to_initialize_from, old, parts, vocabularies[name])
        else:
            init_from_checkpoint(ckpt_to_initialize_from, {old: parts})


def _initialize_words(where: Any, name: str, parts: Sequence[Any], info: VocabInfo) -> None:
    """Let the initializer of a variable restore the values of words."""
    path = checkpoint_path(where)
    if not CheckpointReader(path).has_tensor(name):
        raise ValueError(f"the checkpoint {path} has no tensor {name!r}")
    if len(parts) > 1:
        raise NotImplementedError(f"var_name_to_vocab_info: {name!r} has {len(parts)} parts")
    _initialize(path, name, parts[0], info)


def _to_warm_start(which: Any) -> list[Any]:
    graph = get_default_graph()
    if which is None:
        return []
    if isinstance(which, str):
        return graph.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=which)
    if not isinstance(which, (list, tuple)):
        raise ValueError(f"vars_to_warm_start is a str or a list, not {which!r}")
    found: list[Any] = []
    for item in which:
        if isinstance(item, str):
            found.extend(graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=item))
        else:
            found.extend(_parts(item))
    return list({id(variable): variable for variable in found}.values())
