"""Datasets whose elements a function makes, one after another, until it raises OutOfRangeError."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from graphflow.core.dtypes import DType
from graphflow.core.errors import OutOfRangeError
from graphflow.core.func_graph import FuncGraph
from graphflow.core.op import Array, Context, register
from graphflow.core.spec import TensorShape
from graphflow.ops._dataset import Dataset, DatasetOp, Element, Environment, Items
from graphflow.ops._dataset_functions import Function, RunsBodies, bound

__all__ = ["GeneratorDataset"]


class _Generator(Dataset):
    """What `following` makes of a state that `init` makes; `finish` gets the state in the end."""

    def __init__(self, init: Function, following: Function, finish: Function) -> None:
        self._functions = init, following, finish

    def items(self, env: Environment) -> Items:
        return _GeneratorItems(*self._functions, env)


class _GeneratorItems(Items):
    def __init__(
        self, init: Function, following: Function, finish: Function, env: Environment
    ) -> None:
        self._init = init
        self._following = following
        self._finish = finish
        self._env = env
        self._state: Sequence[Array] | None = None
        self._is_over = False

    def next(self, token: Any) -> Element | None:
        if self._is_over:
            return None
        if self._state is None:
            self._state = self._init((), token)
        try:
            return tuple(self._following(self._state, token))
        except OutOfRangeError:
            self._end(token)
            return None

    def _end(self, token: Any) -> None:
        self._is_over = True
        if self._state is not None:
            self._finish(self._state, token)

    def __del__(self) -> None:
        if self._is_over or self._state is None:
            return
        # The walk was dropped, perhaps by the garbage collector while this thread holds locks.
        finish, state, token = self._finish, self._state, self._env.life.another()
        with contextlib.suppress(RuntimeError):  # the interpreter is about to end
            self._env.spawn(lambda: _finish_quietly(finish, state, token))


def _finish_quietly(finish: Function, state: Sequence[Array], token: Any) -> None:
    """Finish a walk that was dropped: nobody is there to hear of errors.

    There are some if the graph with its functions was collected at the same time.
    """
    with contextlib.suppress(Exception):
        finish(state, token)


@register
class GeneratorDataset(RunsBodies, DatasetOp):
    """Elements that a function makes."""

    init_func: FuncGraph
    next_func: FuncGraph
    finalize_func: FuncGraph
    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = (
        "init_func_other_args: [Tinit_func_args], next_func_other_args: [Tnext_func_args], "
        "finalize_func_other_args: [Tfinalize_func_args]"
    )

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.init_func, self.next_func, self.finalize_func

    def list_sizes(self, total: int, lists: Any) -> dict[str, int]:
        """The bodies know how many tensors they capture."""
        counts = [len(body.captured) for body in self.bodies()]
        counts[0] = total - counts[1] - counts[2]
        return dict(zip([arg.name for arg in lists], counts, strict=True))

    def kernel(self, ctx: Context, *inputs: Array) -> Array:
        functions, first = [], 0
        for body, values in zip(self.bodies(), self.group_inputs(inputs), strict=True):
            functions.append(bound(ctx, body, values, first))
            first += len(values)
        return _Generator(*functions).as_array()
