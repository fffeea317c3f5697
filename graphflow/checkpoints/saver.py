"""`Saver`: saves and restores variables."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import Any

from graphflow.checkpoints.saveables import named_saveables, saveables_of
from graphflow.checkpoints.saver_graph import add_saver, saver_def
from graphflow.checkpoints.state import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    meta_graph_filename,
    remove_checkpoint,
    update_checkpoint_state,
)
from graphflow.core.errors import InvalidArgumentError, NotFoundError
from graphflow.core.graph import Graph, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.interop.meta_graph import (
    export_meta_graph,
    import_collections,
    register_proto_function,
)
from graphflow.train.global_step import global_step as value_of_step

_SECONDS_PER_HOUR = 3600


class Saver:
    """Saves variables to checkpoints and restores them.

    Args:
      var_list: a list of variables and saveable objects, or a dictionary from the names in the
        checkpoint to them; by default all variables that can be saved.
      reshape: whether to restore a value of another shape with the same number of elements.
      sharded: whether each device writes a file of its own.
      max_to_keep: how many checkpoints to keep; None or 0 for all.
      keep_checkpoint_every_n_hours: how far apart those are that are kept for good.
      name: the name scope of the operations, "save" by default.
      restore_sequentially: whether to restore one variable after the other, which takes less
        memory.
      saver_def: a `SaverDef` that names operations which are there, instead of adding new ones.
      builder: not supported.
      defer_build: whether to add the operations only when `build` is called.
      allow_empty: whether there may be nothing to save.
      write_version: the format, `tf.train.SaverDef.V2` or the former `tf.train.SaverDef.V1`.
      pad_step_number: whether the step in names of checkpoints gets leading zeros.
      save_relative_paths: whether the file `checkpoint` has paths relative to its folder.
      filename: the default name of the checkpoint within the graph.

    Raises:
      TypeError: `var_list` is of the wrong type.
      ValueError: there is nothing to save, or two variables have the same name.
      NotImplementedError: `builder` is given.
      RuntimeError: there is no such format.

    >>> import tempfile
    >>> import graphflow as tf
    >>> v = tf.get_variable("v", initializer=[1.5, 2.5])
    >>> saver = tf.train.Saver()
    >>> folder = tempfile.mkdtemp()
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     path = saver.save(sess, folder + "/model", global_step=7)
    >>> with tf.Session() as sess:
    ...     saver.restore(sess, tf.train.latest_checkpoint(folder))
    ...     print(sess.run(v), path.rpartition("/")[2])
    [1.5 2.5] model-7
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = 2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError("var_list is settled when the saver is built: give defer_build=False")
        if builder is not None:
            raise NotImplementedError("builder: savers with a builder of their own")
        if write_version not in (protos.SaverDef.V1, protos.SaverDef.V2) and saver_def is None:
            raise RuntimeError(f"write_version={write_version}: there are the formats V1 and V2")
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep or 0
        self._keep_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._restore_sequentially = restore_sequentially
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename or "model"
        self._version = write_version
        self._is_empty = False
        self._lock = threading.Lock()
        self.saver_def: Any = None
        # Paths and times of the checkpoints that may be deleted.
        self._last_checkpoints: list[tuple[str, float]] = []
        self._next_kept = time.time() + self._keep_hours * _SECONDS_PER_HOUR
        self._last_preserved: float | None = None
        if saver_def is not None:
            self._take_definition(protos.adopted(saver_def, "SaverDef"))
        elif not defer_build:
            self.build()

    def _take_definition(self, definition: Any) -> None:
        self.saver_def = definition
        self._max_to_keep = definition.max_to_keep
        self._sharded = definition.sharded
        self._keep_hours = definition.keep_checkpoint_every_n_hours
        self._next_kept = time.time() + self._keep_hours * _SECONDS_PER_HOUR
        self._name = definition.filename_tensor_name.partition("/")[0] or None

    def build(self) -> None:
        """Add the operations that save and restore, unless they are there.

        Raises:
          ValueError: there is nothing to save.
        """
        if self.saver_def is not None:
            return
        var_list = _all_saveable() if self._var_list is None else self._var_list
        if not var_list:
            if not self._allow_empty:
                raise ValueError(
                    "there are no variables to save: make some first, or give allow_empty=True"
                )
            self._is_empty = True
            self.saver_def = protos.SaverDef()
            return
        names = add_saver(
            saveables_of(named_saveables(var_list)),
            self._reshape,
            self._sharded,
            self._restore_sequentially,
            self._name,
            self._filename,
            self._version,
        )
        self.saver_def = saver_def(
            names,
            max_to_keep=self._max_to_keep,
            sharded=self._sharded,
            keep_checkpoint_every_n_hours=self._keep_hours,
            version=self._version,
        )

    def as_saver_def(self) -> Any:
        """Return the `SaverDef` that names the operations."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return a `SaverDef`, None if the operations are outside `export_scope`.

        Args:
          export_scope: a name scope that is taken off the names.
        """
        if export_scope is None:
            return self.saver_def
        scope = export_scope.rstrip("/") + "/"
        if not self.saver_def.filename_tensor_name.startswith(scope):
            return None
        return _renamed(self.saver_def, lambda name: name.removeprefix(scope))

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """Return a saver with operations that are in the graph.

        Args:
          saver_def: the `SaverDef` that names them.
          import_scope: a name scope put before the names.
        """
        definition = protos.adopted(saver_def, "SaverDef")
        if import_scope:
            scope = import_scope.rstrip("/")
            definition = _renamed(definition, lambda name: f"{scope}/{name}")
        return Saver(saver_def=definition, name=import_scope)

    # -- saving -----------------------------------------------------------------------------------

    def _check_folder(self, path: str) -> None:
        """Refuse a path in a folder that is not there and that writing does not make."""
        folder = os.path.dirname(path)
        if not folder or os.path.isdir(folder):
            return
        definition = self.saver_def
        makes_one = definition.version == protos.SaverDef.V2 and not definition.sharded
        if not makes_one or not os.path.isdir(os.path.dirname(folder) or "."):
            raise ValueError(
                f"cannot save to {path!r}: the folder {folder!r} does not exist; make it first, for"
                f" example with tf.gfile.MakeDirs({folder!r})"
            )

    def save(
        self,
        sess: Any,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Write a checkpoint.

        Args:
          sess: the session whose variables are saved.
          save_path: the path of the checkpoint, without its step.
          global_step: the step that is appended to the path: an int, a tensor or its name.
          latest_filename: the file that names the newest checkpoint, "checkpoint" by default.
          meta_graph_suffix: how the name of the file with the graph ends.
          write_meta_graph: whether to write the graph beside the checkpoint.
          write_state: whether to write the file that names the newest checkpoint, and to delete the
            oldest checkpoints.
          strip_default_attrs: see `export_meta_graph`.
          save_debug_info: not supported.

        Returns:
          The path of the checkpoint, with its step; None if there is nothing to save.

        Raises:
          TypeError: `sess` is no session.
          ValueError: the path is that of the file that names the newest one, or its folder does not
            exist. One missing folder is made for a checkpoint of format V2 in one shard.
        """
        self._check_built("save")
        session = _session_of(sess)
        latest_filename = latest_filename or "checkpoint"
        if os.path.split(latest_filename)[0]:
            raise ValueError(f"latest_filename must be a name, not a path: {latest_filename}")
        base = path_of(save_path)
        if os.path.basename(base) == latest_filename and not self._sharded:
            raise ValueError(f"{base!r} has the name of the file that names the newest checkpoint")
        # Of several threads that save, each sees the step after the one before has saved.
        with self._lock:
            path = base + self._step_suffix(session, global_step)
            self._check_folder(path)
            if not self._is_empty:
                names = self.saver_def
                # Several files of format V1 together are known by a pattern.
                feed = {names.filename_tensor_name: path}
                path = session.run(names.save_tensor_name, feed).decode()
                if write_state:
                    self._record(path, latest_filename, meta_graph_suffix)
            if write_meta_graph:
                with session.graph.as_default():
                    self.export_meta_graph(
                        meta_graph_filename(path, meta_graph_suffix),
                        strip_default_attrs=strip_default_attrs,
                        save_debug_info=save_debug_info,
                    )
        return None if self._is_empty else path

    def _check_built(self, what: str) -> None:
        if self.saver_def is None:
            raise RuntimeError(f"call build() before {what}()")

    def _step_suffix(self, session: Any, global_step: Any) -> str:
        if global_step is None:
            return ""
        if not isinstance(global_step, int):
            is_number = not hasattr(global_step, "graph") and not isinstance(global_step, str)
            global_step = int(global_step) if is_number else value_of_step(session, global_step)
        return f"-{global_step:08d}" if self._pad_step_number else f"-{global_step:d}"

    def _record(self, path: str, latest_filename: str, suffix: str) -> None:
        """Remember a checkpoint, write the file that names it, and delete the oldest one."""
        self._last_checkpoints = [pair for pair in self._last_checkpoints if pair[0] != path]
        self._last_checkpoints.append((path, time.time()))
        outdated = None
        if self._max_to_keep and len(self._last_checkpoints) > self._max_to_keep:
            outdated = self._last_checkpoints.pop(0)
        update_checkpoint_state(
            os.path.dirname(path),
            path,
            self.last_checkpoints,
            latest_filename,
            [when for _, when in self._last_checkpoints],
            self._last_preserved,
            save_relative_paths=self._save_relative_paths,
        )
        if outdated is not None:
            self._delete(outdated, suffix)

    def _delete(self, outdated: tuple[str, float], suffix: str) -> None:
        """Delete a checkpoint, unless its time has come to be kept for good."""
        path, when = outdated
        if when > self._next_kept:
            self._next_kept += self._keep_hours * _SECONDS_PER_HOUR
            self._last_preserved = when
            return
        remove_checkpoint(path, self.saver_def.version, suffix)

    @property
    def last_checkpoints(self) -> list[str]:
        """The paths of the checkpoints that have not been deleted, the oldest first."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: Sequence[Any]) -> None:
        """Set which checkpoints there are, all as if written now; see the method below.

        Args:
          last_checkpoints: their paths, the oldest first.
        """
        self.set_last_checkpoints_with_time([(path, time.time()) for path in last_checkpoints])

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: Sequence[tuple[Any, float]]
    ) -> None:
        """Set which checkpoints there are: further ones make the oldest go.

        Args:
          last_checkpoints_with_time: their paths, the oldest first, and when they were written.
        """
        pairs = [(path_of(path), when) for path, when in last_checkpoints_with_time]
        self._last_checkpoints = pairs

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[Any]) -> None:
        """Set which checkpoints there are, with the times of their files.

        Args:
          checkpoint_paths: their paths, the oldest first; those that do not exist are left out.
        """
        paths = [path_of(path) for path in checkpoint_paths if checkpoint_exists(path)]
        times = get_checkpoint_mtimes(paths)
        self.set_last_checkpoints_with_time(list(zip(paths, times, strict=True)))

    # -- restoring --------------------------------------------------------------------------------

    def restore(self, sess: Any, save_path: Any) -> None:
        """Set variables to the values in a checkpoint; they need no other initialization.

        Args:
          sess: the session.
          save_path: the path of the checkpoint, as `save` returned it.

        Raises:
          ValueError: there is no such checkpoint.
          NotFoundError: the checkpoint lacks a variable.
          InvalidArgumentError: a variable has another shape or dtype in it.
          DataLossError: a file of it is damaged.
        """
        if self._is_empty:
            return
        self._check_built("restore")
        if save_path is None:
            raise ValueError("save_path is None: is there no checkpoint to restore?")
        path = path_of(save_path)
        if not checkpoint_exists(path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {path}")
        names = self.saver_def
        try:
            sess.run(names.restore_op_name, {names.filename_tensor_name: path})
        except NotFoundError as error:
            raise NotFoundError(
                error.node_def,
                error.op,
                f"{error.message}\n(does the graph have the variables with which the checkpoint "
                f"{path} was written? tf.train.list_variables tells which it has)",
            ) from error
        except InvalidArgumentError as error:
            raise InvalidArgumentError(
                error.node_def, error.op, f"cannot restore {path}: {error.message}"
            ) from error

    # -- the graph --------------------------------------------------------------------------------

    def export_meta_graph(
        self,
        filename: Any = None,
        collection_list: Any = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """Return the default graph with this saver; see `tf.train.export_meta_graph`."""
        return export_meta_graph(
            filename=filename,
            saver_def=None if self._is_empty else self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )


def _all_saveable(graph: Graph | None = None) -> list[Any]:
    graph = graph or get_default_graph()
    return [
        *graph.get_collection(GraphKeys.GLOBAL_VARIABLES),
        *graph.get_collection(GraphKeys.SAVEABLE_OBJECTS),
    ]


def _session_of(sess: Any) -> Any:
    """The session behind wrappers such as a monitored session."""
    unwrap = getattr(sess, "_tf_sess", None)
    session = unwrap() if callable(unwrap) else sess
    if not callable(getattr(session, "run", None)) or not hasattr(session, "graph"):
        raise TypeError(f"'sess' must be a Session, not {sess!r}")
    return session


def _renamed(definition: Any, rename: Any) -> Any:
    copy = protos.SaverDef.FromString(definition.SerializeToString())
    for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
        setattr(copy, field, rename(getattr(copy, field)))
    return copy


register_proto_function(
    GraphKeys.SAVERS,
    "SaverDef",
    to_proto=lambda saver, export_scope=None: saver.to_proto(export_scope),
    from_proto=lambda proto, import_scope=None: Saver.from_proto(proto, import_scope),
)


def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Saver | None:
    """Add a graph that a saver wrote beside a checkpoint to the default graph.

    Args:
      meta_graph_or_file: a `MetaGraphDef` or the name of a file with one.
      clear_devices: whether to leave out the devices of operations.
      import_scope: a name scope for the operations.
      **kwargs: `input_map` and `return_elements` of `import_graph_def`.

    Returns:
      The saver of that graph, None if it has none and no variables.

    Raises:
      OSError: there is no such file.
      TypeError: there are other arguments.
    """
    saver, _ = import_meta_graph_with_return_elements(
        meta_graph_or_file, clear_devices, import_scope, **kwargs
    )
    return saver


def import_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    return_elements: Any = None,
    **kwargs: Any,
) -> tuple[Saver | None, Any]:
    """Like `import_meta_graph`, but return elements of the imported graph too.

    Args:
      meta_graph_or_file: see `import_meta_graph`.
      clear_devices: see `import_meta_graph`.
      import_scope: see `import_meta_graph`.
      return_elements: see `import_graph_def`.
      **kwargs: `input_map` of `import_graph_def`.
    """
    unknown = kwargs.keys() - {"input_map"}
    if unknown:
        raise TypeError(f"unknown arguments: {', '.join(sorted(unknown))}")
    meta, variables, elements = import_collections(
        meta_graph_or_file, clear_devices, import_scope, kwargs.get("input_map"), return_elements
    )
    if meta.HasField("saver_def"):
        return Saver.from_proto(meta.saver_def, import_scope), elements
    return (Saver() if variables and _all_saveable() else None), elements
