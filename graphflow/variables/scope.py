"""Variable scopes: `get_variable`, `variable_scope`, and sharing variables by name."""

from __future__ import annotations

import copy
import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import DType, as_dtype, float32, string
from graphflow.core.graph import Graph, get_default_graph, graph_of
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.variables import initializers
from graphflow.variables.base import Variable, distribution_of, lifted
from graphflow.variables.creators import SCOPE_STORE_KEY, resource_variables_enabled
from graphflow.variables.partitioned import PartitionedVariable
from graphflow.variables.partitioners import checked_partitions, part_slices

__all__ = [
    "AUTO_REUSE",
    "PartitionInfo",
    "VariableScope",
    "get_local_variable",
    "get_variable",
    "get_variable_scope",
    "no_regularizer",
    "op_scope",
    "variable_op_scope",
    "variable_scope",
]

VARIABLE_STORE_KEY = ("__variable_store",)


class _AutoReuse:
    """The reuse mode that creates a variable unless it exists."""

    def __repr__(self) -> str:
        return "<_ReuseMode.AUTO_REUSE: 1>"


AUTO_REUSE = _AutoReuse()


class PartitionInfo(NamedTuple):
    """What an initializer is told of the part it makes.

    Attributes:
      full_shape: the shape of the whole variable.
      var_offset: where the part begins.
    """

    full_shape: list[int]
    var_offset: list[int]


class _Request(NamedTuple):
    """The arguments of `get_variable`, with the scope's defaults filled in."""

    name: str
    shape: Any
    dtype: DType
    initializer: Any
    regularizer: Any
    reuse: Any
    trainable: bool | None
    collections: Any
    caching_device: Any
    validate_shape: bool
    use_resource: bool
    constraint: Any
    synchronization: Any
    aggregation: Any


# -- the variables of a graph by name --------------------------------------------------------------


class _VariableStore:
    """The variables that `get_variable` made in a graph, by full name."""

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.partitioned: dict[str, PartitionedVariable] = {}

    def get(self, request: _Request, partitioner: Any) -> Any:
        """Return the variable that is asked for, made if it does not exist and may be made."""
        if partitioner is None:
            if f"{request.name}/part_0" in self.variables:
                raise ValueError(
                    f"variable {request.name!r} is partitioned (there is {request.name}/part_0): "
                    "give the partitioner that it was made with"
                )
            return self._single(request, None)
        if not callable(partitioner):
            raise ValueError(f"a partitioner is a function of shape and dtype, not {partitioner!r}")
        # The name of a scope ends with a slash, after which the parts get one of their own.
        return self._partitioned(request._replace(name=request.name.rstrip("/")), partitioner)

    # -- whole variables ------------------------------------------------------------------------

    def _single(self, request: _Request, info: PartitionInfo | None) -> Any:
        from_value = request.initializer is not None and not callable(request.initializer)
        if request.shape is not None and from_value:
            raise ValueError(
                f"variable {request.name!r}: the initializer is a value and has a shape, so do not "
                "give a shape too"
            )
        shape = as_shape(request.shape)
        found = self.variables.get(request.name)
        if found is not None:
            return self._shared(request, found, shape)
        if request.reuse is True:
            raise ValueError(
                f"variable {request.name!r} does not exist (or was not made by tf.get_variable) "
                "and reuse=True asks to share it: make it first, or use reuse=tf.AUTO_REUSE"
            )
        return self._create(request, shape, from_value, info)

    @staticmethod
    def _shared(request: _Request, found: Any, shape: TensorShape) -> Any:
        if not request.reuse:
            raise ValueError(
                f"variable {request.name!r} exists already, first created at "
                f"{found.op.user_line or 'an unknown line'}: to share it, use reuse=True or "
                "reuse=tf.AUTO_REUSE in the variable scope"
            )
        if not shape.is_compatible_with(found.get_shape()):
            raise ValueError(
                f"cannot share variable {request.name!r}: asked for shape {shape}, but it has "
                f"shape {found.get_shape()} (created at {found.op.user_line})"
            )
        if not request.dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"cannot share variable {request.name!r}: asked for dtype {request.dtype.name}, "
                f"but it has dtype {found.dtype.name} (created at {found.op.user_line})"
            )
        return found

    def _create(
        self, request: _Request, shape: TensorShape, from_value: bool, info: PartitionInfo | None
    ) -> Any:
        initializer = request.initializer
        if initializer is None:
            initializer = default_initializer(request.name, request.dtype)
        with lifted():
            if from_value:
                initial, dtype = initializer, None
            else:
                initial, dtype = _initial_value(request, initializer, shape, info)
        variable = Variable(
            initial_value=initial,
            name=request.name,
            trainable=request.trainable,
            collections=request.collections,
            caching_device=request.caching_device,
            dtype=dtype,
            validate_shape=request.validate_shape,
            constraint=request.constraint,
            use_resource=request.use_resource,
            synchronization=request.synchronization,
            aggregation=request.aggregation,
        )
        self.variables[request.name] = variable
        if request.regularizer is not None:
            _regularize(request, variable)
        return variable

    # -- partitioned variables ------------------------------------------------------------------

    def _partitioned(self, request: _Request, partitioner: Callable[..., Any]) -> Any:
        from_value = request.initializer is not None and not callable(request.initializer)
        shape = as_shape(request.shape)
        if from_value:
            initial = convert_to_tensor(request.initializer)
            shape = shape.merge_with(initial.shape)
            request = request._replace(initializer=initial)
        if request.reuse is not AUTO_REUSE:
            self._check_reuse_of_partitioned(request)
        found = self.partitioned.get(request.name)
        if found is not None:
            return self._shared_partitioned(request, found, shape)
        if not shape.is_fully_defined():
            raise ValueError(
                f"the shape of the partitioned variable {request.name!r} must be known: {shape}"
            )
        partitions = checked_partitions(partitioner, shape, request.dtype)
        parts = []
        for index, (offset, sizes) in enumerate(part_slices(shape, partitions)):
            parts.append(self._part(request, index, shape, offset, sizes, from_value))
        whole = PartitionedVariable(
            request.name, shape, request.dtype, variable_list=parts, partitions=partitions
        )
        self.partitioned[request.name] = whole
        return whole

    def _check_reuse_of_partitioned(self, request: _Request) -> None:
        if request.reuse and request.name not in self.partitioned:
            raise ValueError(
                f"partitioned variable {request.name!r} does not exist and reuse=True asks to "
                "share it: make it first, or use reuse=tf.AUTO_REUSE"
            )
        if not request.reuse and request.name in self.partitioned:
            raise ValueError(
                f"partitioned variable {request.name!r} exists already: to share it, use "
                "reuse=True or reuse=tf.AUTO_REUSE in the variable scope"
            )

    @staticmethod
    def _shared_partitioned(
        request: _Request, found: PartitionedVariable, shape: TensorShape
    ) -> PartitionedVariable:
        if not shape.is_compatible_with(found.shape):
            raise ValueError(
                f"cannot share the partitioned variable {request.name!r}: asked for shape {shape}, "
                f"but it has shape {found.shape}"
            )
        if not request.dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"cannot share the partitioned variable {request.name!r}: asked for dtype "
                f"{request.dtype.name}, but it has dtype {found.dtype.name}"
            )
        return found

    def _part(
        self,
        request: _Request,
        index: int,
        shape: TensorShape,
        offset: list[int],
        sizes: list[int],
        from_value: bool,
    ) -> Any:
        info = PartitionInfo([int(size) for size in shape], offset)
        part = request._replace(name=f"{request.name}/part_{index}", shape=sizes)
        if from_value:
            with get_default_graph().name_scope(part.name + "/PartitionedInitializer"):
                initial = ops.slice(request.initializer, offset, sizes)
            part = part._replace(shape=None, initializer=initial)
        variable = self._single(part, info)
        variable._set_save_slice_info(
            Variable.SaveSliceInfo(request.name, info.full_shape, offset, sizes)
        )
        return variable


def default_initializer(name: str, dtype: DType) -> Any:
    """The initializer of a variable for which none is given.

    Raises:
      ValueError: there is none for the dtype.
    """
    if dtype.is_floating:
        return initializers.GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype is string:
        return initializers.Zeros()
    raise ValueError(f"variable {name!r} of dtype {dtype.name} needs an initializer")


def _initial_value(
    request: _Request, initializer: Any, shape: TensorShape, info: PartitionInfo | None
) -> tuple[Any, DType | None]:
    """The function that makes the initial value, and the dtype to convert it to."""
    if inspect.isclass(initializer):
        initializer = initializer()
    if shape.is_fully_defined():
        options: dict[str, Any] = {"dtype": request.dtype}
        if info is not None and "partition_info" in _parameters(initializer):
            options["partition_info"] = info
        return functools.partial(initializer, shape.as_list(), **options), request.dtype
    if not _required_parameters(initializer):
        return initializer, None
    raise ValueError(
        f"variable {request.name!r} needs a fully known shape for its initializer "
        f"{initializer!r}; it has shape {shape}"
    )


def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def _required_parameters(function: Any) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [
        name
        for name, parameter in _parameters(function).items()
        if parameter.default is inspect.Parameter.empty and parameter.kind in kinds
    ]


def _regularize(request: _Request, variable: Any) -> None:
    graph = get_default_graph()
    with (
        graph.colocate_with(variable.op),
        graph.name_scope(request.name + "/Regularizer/"),
        lifted(),
    ):
        loss = request.regularizer(variable)
    if loss is not None:
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


def _variable_store() -> _VariableStore:
    found = get_default_graph().get_collection_ref(VARIABLE_STORE_KEY)
    if not found:
        found.append(_VariableStore())
    store = found[0]
    assert isinstance(store, _VariableStore)
    return store


# -- scopes ----------------------------------------------------------------------------------------


class VariableScope:
    """The defaults for `get_variable`, and the prefix of variable names.

    Args:
      reuse: whether `get_variable` shares existing variables: True, False or AUTO_REUSE.
      name: the prefix.
      initializer: default initializer.
      regularizer: default regularizer.
      caching_device: default caching device.
      partitioner: default partitioner.
      custom_getter: a function called as `custom_getter(getter, name, **arguments)` in place of the
        usual way to get a variable.
      name_scope: the name scope with which it was opened.
      dtype: default dtype.
      use_resource: whether resource variables are made.
      constraint: default constraint.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        self._name = name
        self._initializer = initializer
        self._regularizer = regularizer
        self._reuse = reuse
        self._caching_device = caching_device
        self._partitioner = partitioner
        self._custom_getter = custom_getter
        self._name_scope = name_scope
        self._dtype = as_dtype(dtype)
        self._use_resource = use_resource
        self._constraint = constraint

    def __copy__(self) -> VariableScope:
        same = VariableScope.__new__(type(self))
        same.__dict__.update(self.__dict__)
        return same

    @property
    def name(self) -> str:
        """The prefix of variable names."""
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope with which it was opened, with a final '/'."""
        return self._name_scope

    @property
    def reuse(self) -> Any:
        """Whether existing variables are shared: True, False or AUTO_REUSE."""
        return self._reuse

    @property
    def initializer(self) -> Any:
        """The default initializer."""
        return self._initializer

    @property
    def dtype(self) -> DType:
        """The default dtype."""
        return self._dtype

    @property
    def use_resource(self) -> bool | None:
        """Whether resource variables are made."""
        return self._use_resource

    @property
    def regularizer(self) -> Any:
        """The default regularizer."""
        return self._regularizer

    @property
    def caching_device(self) -> Any:
        """The default caching device."""
        return self._caching_device

    @property
    def partitioner(self) -> Any:
        """The default partitioner."""
        return self._partitioner

    @property
    def custom_getter(self) -> Any:
        """The function that gets variables in place of the usual way."""
        return self._custom_getter

    @property
    def constraint(self) -> Any:
        """The default constraint."""
        return self._constraint

    def reuse_variables(self) -> None:
        """Share existing variables from now on."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Set the default initializer."""
        self._initializer = initializer

    def set_dtype(self, dtype: Any) -> None:
        """Set the default dtype."""
        self._dtype = as_dtype(dtype)

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Set whether resource variables are made."""
        self._use_resource = use_resource

    def set_regularizer(self, regularizer: Any) -> None:
        """Set the default regularizer."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Set the default caching device."""
        self._caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Set the default partitioner."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Set the function that gets variables in place of the usual way."""
        self._custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        """Return the items of a collection whose names are in this scope."""
        prefix = self._name + "/" if self._name else ""
        return get_default_graph().get_collection(name, prefix)

    def trainable_variables(self) -> list[Any]:
        """Return the trainable variables of this scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """Return the global variables of this scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """Return the local variables of this scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: _VariableStore,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Any:
        """Return the variable `name` of this scope; see `tf.get_variable` for the arguments.

        The variable with the name "" is called like the scope.
        """
        partitioner = self._partitioner if partitioner is None else partitioner
        custom_getter = self._custom_getter if custom_getter is None else custom_getter
        # The name "" leaves a slash at the end: the operation takes over the name of the scope.
        full_name = f"{self._name}/{name}" if self._name else name
        # Variable names follow variable scopes alone.
        with get_default_graph().name_scope(None):
            wanted = None if dtype is None else as_dtype(dtype).base_dtype
            _check_initializer_dtype(full_name, initializer, wanted)
            synchronization, aggregation, trainable = distribution_of(
                synchronization, aggregation, trainable, full_name
            )
            request = _Request(
                full_name,
                shape,
                self._dtype.base_dtype if wanted is None else wanted,
                self._initializer if initializer is None else initializer,
                self._regularizer if regularizer is None else regularizer,
                self._reuse if reuse is None else reuse,
                trainable,
                collections,
                self._caching_device if caching_device is None else caching_device,
                validate_shape,
                self._makes_resources() if use_resource is None else use_resource,
                self._constraint if constraint is None else constraint,
                synchronization,
                aggregation,
            )
            if custom_getter is None:
                return var_store.get(request, partitioner)
            return _get_by(custom_getter, var_store, request, partitioner)

    def _makes_resources(self) -> bool:
        return resource_variables_enabled() if self._use_resource is None else self._use_resource


def _check_initializer_dtype(name: str, initializer: Any, dtype: DType | None) -> None:
    if dtype is None or initializer is None or callable(initializer):
        return
    found = convert_to_tensor(initializer).dtype.base_dtype
    if found is not dtype:
        raise ValueError(
            f"variable {name!r}: the initializer has dtype {found.name}, not the given {dtype.name}"
        )


def _get_by(
    custom_getter: Callable[..., Any], store: _VariableStore, request: _Request, partitioner: Any
) -> Any:
    """Let a custom getter get a variable, with the usual way as its first argument."""

    def getter(
        name: str,
        shape: Any = None,
        dtype: Any = float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Any:
        inner = _Request(
            name, shape, as_dtype(dtype).base_dtype, initializer, regularizer, reuse, trainable,
            collections, caching_device, validate_shape, bool(use_resource), constraint,
            synchronization, aggregation,
        )  # fmt: skip
        return store.get(inner, partitioner)

    arguments = {**request._asdict(), "partitioner": partitioner}
    if "constraint" not in _parameters(custom_getter) and not _takes_any(custom_getter):
        del arguments["constraint"]
    return custom_getter(getter=getter, **arguments)


def _takes_any(function: Any) -> bool:
    kinds = [parameter.kind for parameter in _parameters(function).values()]
    return inspect.Parameter.VAR_KEYWORD in kinds


class _ScopeStore(threading.local):
    """A graph's current variable scope, and how often each scope was opened, for each thread."""

    def __init__(self) -> None:
        self.current_scope = VariableScope(False)
        self.counts: dict[str, int] = {}
        self._inside: dict[str, set[str]] = {}  # the scopes whose names begin with that of one

    def open(self, name: str) -> None:
        """Count a scope that is opened."""
        if name not in self.counts:
            for end in range(len(name)):
                if name[end] == "/":
                    self._inside.setdefault(name[:end], set()).add(name)
        self.counts[name] = self.counts.get(name, 0) + 1

    def close_inside(self, name: str) -> None:
        """Forget the counts of the scopes inside one."""
        for key in self._inside.get(name, ()):
            if key in self.counts:
                self.counts[key] = 0

    def unique(self, prefix: str) -> str:
        """Return `prefix`, with a suffix if a scope of that name was opened here already."""
        outer = self.current_scope.name
        name = f"{outer}/{prefix}" if outer else prefix
        if not self.counts.get(name):
            return prefix
        index = 1
        while self.counts.get(f"{name}_{index}"):
            index += 1
        return f"{prefix}_{index}"


def _scope_store() -> _ScopeStore:
    found = get_default_graph().get_collection_ref(SCOPE_STORE_KEY)
    if not found:
        found.append(_ScopeStore())
    store = found[0]
    assert isinstance(store, _ScopeStore)
    return store


def get_variable_scope() -> VariableScope:
    """Return the current variable scope."""
    return _scope_store().current_scope


def _chained(custom_getter: Any, old: Any) -> Any:
    """A custom getter whose own getter is the one of the outer scope."""
    if old is None:
        return custom_getter

    def chained(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return custom_getter(functools.partial(old, getter), *args, **kwargs)

    return chained


class _Options(NamedTuple):
    """The defaults that a `variable_scope` sets, None for those it leaves."""

    initializer: Any
    regularizer: Any
    caching_device: Any
    partitioner: Any
    custom_getter: Any
    dtype: Any
    use_resource: Any
    constraint: Any

    def apply(self, scope: VariableScope) -> None:
        """Set them in a scope that has those of the outer one."""
        for name, value in zip(self._fields, self, strict=True):
            if value is None:
                continue
            if name == "custom_getter":
                value = _chained(value, scope.custom_getter)
            elif name == "dtype":
                value = as_dtype(value)
            setattr(scope, f"_{name}", value)


@contextmanager
def _pure_variable_scope(
    name_or_scope: str | VariableScope, reuse: Any, name_scope_name: str | None, options: _Options
) -> Iterator[VariableScope]:
    """Open a variable scope without a name scope."""
    store = _scope_store()
    old = store.current_scope
    if isinstance(name_or_scope, VariableScope):
        scope = copy.copy(name_or_scope)
        scope._reuse = reuse or name_or_scope.reuse
    else:
        scope = copy.copy(old)
        scope._name = f"{old.name}/{name_or_scope}" if old.name else name_or_scope
        scope._reuse = reuse or old.reuse
        scope._name_scope = name_or_scope if name_scope_name is None else name_scope_name
    options.apply(scope)
    store.open(scope.name)
    counts = dict(store.counts) if isinstance(name_or_scope, VariableScope) else None
    store.current_scope = scope
    try:
        yield scope
    finally:
        if counts is not None:
            store.counts = counts
        else:
            store.close_inside(scope.name)
        store.current_scope = old


def pure_variable_scope(
    name_or_scope: str | VariableScope,
    reuse: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    old_name_scope: str | None = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> AbstractContextManager[VariableScope]:
    """Open a variable scope that leaves the names of operations alone.

    Libraries import it from TensorFlow's internal module.

    Args:
      name_or_scope: the scope's name, or a `VariableScope` to open again.
      reuse: as in `variable_scope`.
      initializer: as there.
      regularizer: as there.
      caching_device: as there.
      partitioner: as there.
      custom_getter: as there.
      old_name_scope: what `original_name_scope` of the scope will be.
      dtype: as there.
      use_resource: as there.
      constraint: as there.

    Returns:
      A context manager that yields the `VariableScope`.
    """
    options = _Options(
        initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource,
        constraint,
    )  # fmt: skip
    return _pure_variable_scope(name_or_scope, reuse, old_name_scope, options)


class variable_scope:
    """Context manager for a scope in which `get_variable` makes or shares variables.

    It also opens a name scope, and yields the `VariableScope`.

    Args:
      name_or_scope: the scope's name, or a `VariableScope` to open again.
      default_name: the name if `name_or_scope` is None, made unique.
      values: tensors that operations of the scope will take: they must be of one graph.
      initializer: default initializer of variables.
      regularizer: default regularizer.
      caching_device: default caching device.
      partitioner: default partitioner.
      custom_getter: a function called as `custom_getter(getter, name, ...)` in place of the usual
        way to get a variable.
      reuse: True to share existing variables, AUTO_REUSE to share or make; None (or False) as the
        outer scope says.
      dtype: default dtype of variables.
      use_resource: whether resource variables are made.
      constraint: default constraint.
      auxiliary_name_scope: whether to open a name scope too.

    Raises:
      TypeError: there is neither name nor default, or a name is no string.
      ValueError: `reuse` is none of the above, or True without `name_or_scope`.

    >>> import graphflow as tf
    >>> with tf.variable_scope("layer"):
    ...     w = tf.get_variable("w", [2, 3])
    >>> with tf.variable_scope("layer", reuse=True):
    ...     again = tf.get_variable("w", [2, 3])
    ...     x = tf.constant(1.0, name="x")
    >>> again is w, w.name, x.name
    (True, 'layer/w:0', 'layer_1/x:0')
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Sequence[Any] | None = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("a variable scope needs name_or_scope or default_name")
        if name_or_scope is not None and not isinstance(name_or_scope, (VariableScope, str)):
            raise TypeError(f"name_or_scope is a string or VariableScope, not {name_or_scope!r}")
        if reuse not in (True, False, None) and reuse is not AUTO_REUSE:
            raise ValueError(f"reuse is True, False, None or tf.AUTO_REUSE, not {reuse!r}")
        if reuse and name_or_scope is None:
            raise ValueError("reuse=True needs name_or_scope: a default name is always a new one")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"auxiliary_name_scope is True or False, not {auxiliary_name_scope!r}")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = values or []
        self._reuse = reuse or None
        self._auxiliary_name_scope = auxiliary_name_scope
        self._options = _Options(
            initializer, regularizer, caching_device, partitioner, custom_getter, dtype,
            use_resource, constraint,
        )  # fmt: skip
        self._stacks: list[ExitStack] = []

    def __enter__(self) -> VariableScope:
        with ExitStack() as stack:
            self._enter_graph(stack)
            scope = self._enter_scope(stack)
            self._stacks.append(stack.pop_all())
        return scope

    def _enter_graph(self, stack: ExitStack) -> None:
        default = get_default_graph()
        graph: Graph = default if default.building_function else graph_of(self._values)
        if graph is not default:
            stack.enter_context(graph.as_default())

    def _enter_scope(self, stack: ExitStack) -> VariableScope:
        given = self._name_or_scope
        if given is None:
            assert self._default_name is not None
            opened = self._enter_name_scope(stack, self._default_name)
            given = _scope_store().unique(self._default_name)
            return self._open(stack, given, opened)
        if isinstance(given, VariableScope):
            self._enter_name_scope(stack, given.name.split("/")[-1])
            return self._open(stack, given, None)
        return self._open(stack, given, self._enter_name_scope(stack, given))

    def _enter_name_scope(self, stack: ExitStack, name: str) -> str | None:
        graph = get_default_graph()
        if not self._auxiliary_name_scope:
            current = graph.get_name_scope()
            return stack.enter_context(graph.name_scope(current + "/" if current else None))
        return stack.enter_context(graph.name_scope(name)) if name else None

    def _open(
        self, stack: ExitStack, given: str | VariableScope, opened: str | None
    ) -> VariableScope:
        pure = _pure_variable_scope(given, self._reuse, opened, self._options)
        return stack.enter_context(pure)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stacks.pop().__exit__(kind, value, trace)


@contextmanager
def variable_op_scope(
    values: Sequence[Any],
    name_or_scope: str | VariableScope | None,
    default_name: str | None = None,
    initializer: Any = None,
    regularizer: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    reuse: Any = None,
    dtype: Any = None,
    use_resource: bool | None = None,
    constraint: Any = None,
) -> Iterator[VariableScope]:
    """Open a variable scope; deprecated form of `tf.variable_scope`, with its arguments."""
    warn_once("tf.variable_op_scope is deprecated: use tf.variable_scope(name, default, values)")
    with variable_scope(
        name_or_scope, default_name, values, initializer, regularizer, caching_device, partitioner,
        custom_getter, reuse, dtype, use_resource, constraint,
    ) as scope:  # fmt: skip
        yield scope


@contextmanager
def op_scope(
    values: Sequence[Any], name: str | None, default_name: str | None = None
) -> Iterator[str]:
    """Open a name scope; deprecated form of `tf.name_scope`, with its arguments."""
    warn_once("tf.op_scope is deprecated: use tf.name_scope(name, default_name, values)")
    with name_scope(name, default_name, values) as scope:
        yield scope


# -- get_variable ----------------------------------------------------------------------------------


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Any:
    """Return the variable of a name in the current variable scope: an existing or a new one.

    Args:
      name: its name within the scope.
      shape: its shape; not given if `initializer` is a value.
      dtype: its dtype, by default the scope's (float32).
      initializer: its initial value, or a function of shape and dtype (or without arguments) that
        makes it; by default the scope's, or Glorot's uniform one (zeros for integers).
      regularizer: a function of the variable; what it returns goes to the collection
        `REGULARIZATION_LOSSES`.
      trainable: whether optimizers change it (True by default).
      collections: the collections it enters, `[GraphKeys.GLOBAL_VARIABLES]` by default.
      caching_device: device on which readers keep a copy.
      partitioner: a function of shape and dtype that returns the number of parts along each axis.
      validate_shape: whether its shape must be known.
      use_resource: whether to make a resource variable.
      custom_getter: see `tf.variable_scope`.
      constraint: a function of its value that optimizers apply after each update.
      synchronization: a `tf.VariableSynchronization`.
      aggregation: a `tf.VariableAggregation`.

    Returns:
      The variable, or a `PartitionedVariable`.

    Raises:
      ValueError: it exists already and the scope does not share; it does not exist and the scope
        does not make any; or an existing one has another shape or dtype.

    >>> import graphflow as tf
    >>> w = tf.get_variable("w", [2, 3], initializer=tf.zeros_initializer())
    >>> w
    <tf.Variable 'w:0' shape=(2, 3) dtype=float32_ref>
    """
    return get_variable_scope().get_variable(
        _variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Any:
    """Return a local variable: like `tf.get_variable`, but not trainable and not saved.

    `trainable` is ignored, as in TensorFlow: a local variable never is.
    """
    del trainable
    local = [GraphKeys.LOCAL_VARIABLES]
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=False,
        collections=[*collections, *local] if collections else local,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def no_regularizer(_: Any) -> None:
    """Regularize nothing: keeps a scope's default regularizer from a variable."""
    return None
