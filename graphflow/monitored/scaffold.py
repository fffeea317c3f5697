"""`Scaffold`: the operations that training needs beside its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.checkpoints.saver import Saver
from graphflow.core.graph import get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.summary.functions import merge_all
from graphflow.tables.base import tables_initializer
from graphflow.variables.variable import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)


class Scaffold:
    """The operations that initialize, check, summarize and save; those not given are made.

    Args:
      init_op: initializes the variables.
      init_feed_dict: what it is fed.
      init_fn: called with the scaffold and the session after `init_op`.
      ready_op: the names of variables that are not initialized.
      ready_for_local_init_op: the same, of those that `local_init_op` needs.
      local_init_op: runs in each new session.
      summary_op: the summaries.
      saver: saves and restores.
      copy_from_scaffold: a scaffold from which to take what is not given.

    >>> import graphflow as tf
    >>> v = tf.Variable(1.0)
    >>> scaffold = tf.train.Scaffold().finalize()
    >>> scaffold.init_op.type, scaffold.summary_op
    ('NoOp', None)
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Scaffold, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Scaffold | None = None,
    ) -> None:
        other = copy_from_scaffold
        if other is not None and not isinstance(other, Scaffold):
            raise TypeError(f"copy_from_scaffold must be a Scaffold, not {other!r}")

        def chosen(value: Any, name: str) -> Any:
            return value if value is not None or other is None else getattr(other, name)

        self._init_op = chosen(init_op, "init_op")
        self._init_feed_dict = chosen(init_feed_dict, "init_feed_dict")
        self._ready_op = chosen(ready_op, "ready_op")
        self._ready_for_local_init_op = chosen(ready_for_local_init_op, "ready_for_local_init_op")
        self._local_init_op = chosen(local_init_op, "local_init_op")
        self._summary_op = chosen(summary_op, "summary_op")
        self._saver = chosen(saver, "saver")
        # The function of the other scaffold knows that one.
        self._init_fn = None if init_fn is None else lambda session: init_fn(self, session)
        if init_fn is None and other is not None:
            self._init_fn = other.init_fn

    def finalize(self) -> Scaffold:
        """Make what is missing, and finalize the graph.

        Returns:
          The scaffold.
        """
        get = Scaffold.get_or_default
        if self._init_op is None:
            self._init_op = get("init_op", GraphKeys.INIT_OP, _default_init_op)
        if self._ready_op is None:
            self._ready_op = get("ready_op", GraphKeys.READY_OP, report_uninitialized_variables)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = get(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                lambda: report_uninitialized_variables(global_variables()),
            )
        if self._local_init_op is None:
            self._local_init_op = get(
                "local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op
            )
        if self._summary_op is None:
            self._summary_op = get("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = self.get_or_default(
                "saver", GraphKeys.SAVERS, lambda: Saver(sharded=True, allow_empty=True)
            )
        self._saver.build()
        get_default_graph().finalize()
        return self

    @property
    def init_fn(self) -> Any:
        """The function that is called with the session after `init_op`."""
        return self._init_fn

    @property
    def init_op(self) -> Any:
        """The operation that initializes the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What `init_op` is fed."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """The names of variables that are not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """The names of variables that `local_init_op` needs and that are not initialized."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """The operation that runs in each new session."""
        return self._local_init_op

    @property
    def saver(self) -> Any:
        """What saves and restores."""
        return self._saver

    @property
    def summary_op(self) -> Any:
        """The summaries."""
        return self._summary_op

    @staticmethod
    def get_or_default(
        arg_name: str, collection_key: str, default_constructor: Callable[[], Any]
    ) -> Any:
        """Return the element of a collection, a new one if it is empty.

        Args:
          arg_name: what the element is for, for errors.
          collection_key: the collection.
          default_constructor: makes an element.

        Raises:
          RuntimeError: there are several.
        """
        elements = get_default_graph().get_collection(collection_key)
        if len(elements) > 1:
            raise RuntimeError(
                f"the collection {collection_key!r} has {len(elements)} elements: tell which to "
                f"use as {arg_name}"
            )
        if elements:
            return elements[0]
        made = default_constructor()
        if made is not None:
            get_default_graph().add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """Return an operation that initializes local variables and tables."""
        return ops.group(local_variables_initializer(), tables_initializer())


def _default_init_op() -> Any:
    return ops.group(global_variables_initializer())
