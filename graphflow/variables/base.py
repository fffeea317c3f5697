"""What reference and resource variables share: `tf.Variable`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NoReturn

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.extensions import provided
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph, outer_graphs
from graphflow.core.keys import GraphKeys
from graphflow.core.reference import Reference
from graphflow.core.spec import TensorShape, as_shape
from graphflow.interop import protos
from graphflow.variables.creators import creation_chain, scope_use_resource


class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are brought together.

    There is one copy here; the values are kept for those who export the graph.
    """

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How updates of a distributed variable by several replicas are joined.

    There is one replica here; the values are kept for those who export the graph.
    """

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3
    ONLY_FIRST_TOWER = 3  # noqa: PIE796  (the older name)


class SaveSliceInfo:
    """Which part of a larger variable a variable holds, for checkpoints.

    Args:
      full_name: the name of the larger variable.
      full_shape: its shape, a list of int.
      var_offset: where the part begins, a list of int.
      var_shape: the shape of the part, a list of int.
      save_slice_info_def: a `SaveSliceInfoDef` message to take these from instead.
      import_scope: a name scope put before the name in the message.
    """

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Sequence[int] | None = None,
        var_offset: Sequence[int] | None = None,
        var_shape: Sequence[int] | None = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        message = save_slice_info_def
        if message is not None:
            full_name = prepend_scope(message.full_name, import_scope)
            full_shape, var_offset = list(message.full_shape), list(message.var_offset)
            var_shape = list(message.var_shape)
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The shape and the part as checkpoints write them: `10 20 0,5:0,20`."""
        full = " ".join(str(size) for size in self.full_shape or ())
        pairs = zip(self.var_offset or (), self.var_shape or (), strict=True)
        return f"{full} " + ":".join(f"{offset},{size}" for offset, size in pairs)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return the information as a `SaveSliceInfoDef`, None if it is outside `export_scope`.

        Args:
          export_scope: a name scope that is taken off the name.
        """
        name = str(self.full_name)
        if export_scope is not None and not name.startswith(export_scope):
            return None
        return protos.SaveSliceInfoDef(
            full_name=strip_scope(name, export_scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )


def prepend_scope(name: str, import_scope: str | None) -> str:
    """Return a name put into a name scope."""
    return f"{import_scope.rstrip('/')}/{name}" if import_scope else name


def strip_scope(name: str, export_scope: str | None) -> str:
    """Return a name without the name scope before it."""
    if not export_scope:
        return name
    prefix = export_scope.rstrip("/") + "/"
    return name.removeprefix(prefix)


@contextmanager
def lifted() -> Iterator[Graph]:
    """Enter the outermost graph, without control dependencies: where variables are made.

    Yields:
      That graph.
    """
    inner = get_default_graph()
    if inner.outer_graph is None and not inner._blocks.control:
        yield inner  # this is where we are
        return
    *_, graph = outer_graphs(inner)
    scope = inner.get_name_scope()
    with (
        graph.as_default(),
        graph.name_scope(scope + "/" if scope else None),
        graph.control_dependencies(None),
    ):
        yield graph


# The class has an attribute of this name.
_SliceInfo = SaveSliceInfo


class _VariableMeta(type):
    """Lets `tf.Variable(...)` make a reference or a resource variable."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        return cls._make(*args, **kwargs)


# The class to instantiate for use_resource=False and True; their modules enter them.
_KINDS: dict[bool, type[Variable]] = {}


def register_kind(is_resource: bool) -> Callable[[type[Variable]], type[Variable]]:
    """Return a decorator that makes a class the one of resource (or reference) variables."""

    def decorate(cls: type[Variable]) -> type[Variable]:
        _KINDS[is_resource] = cls
        return cls

    return decorate


def _default_creator(use_resource: bool | None = None, **kwargs: Any) -> Any:
    if use_resource is None:
        use_resource = scope_use_resource()
    return _KINDS[bool(use_resource)](**kwargs)


class Variable(metaclass=_VariableMeta):
    """A value that the session keeps between runs.

    Args:
      initial_value: the value its initializer gives it: a tensor, something convertible to one, or
        a function without arguments that returns one (then `dtype` is needed).
      trainable: whether it is in the collection of variables that optimizers change (True by
        default).
      collections: the names of the collections that it is added to; by default
        `[GraphKeys.GLOBAL_VARIABLES]`.
      validate_shape: whether its shape must be known and assigned values must have it.
      caching_device: device on which readers keep a copy: recorded with the read operation.
      name: its name, made unique.
      variable_def: a `VariableDef` message: refer to a variable that is in the graph already.
      dtype: the dtype to convert `initial_value` to.
      expected_shape: deprecated in TensorFlow, without effect there and here.
      import_scope: with `variable_def`, the name scope that its names are in.
      constraint: a function of its value that optimizers apply after each update.
      use_resource: whether to make a `ResourceVariable`; by default as the variable scope says.
      synchronization: a `VariableSynchronization`.
      aggregation: a `VariableAggregation`.
      shape: its shape; by default that of `initial_value`.

    Raises:
      ValueError: there is neither `initial_value` nor `variable_def`, or the shape is unknown while
        `validate_shape` is set.

    >>> import graphflow as tf
    >>> w = tf.Variable([[1.0, 2.0, 4.0]], name="w")
    >>> w
    <tf.Variable 'w:0' shape=(1, 3) dtype=float32_ref>
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     print(sess.run(w + 0.5))
    [[1.5 2.5 4.5]]
    """

    SaveSliceInfo: ClassVar[Any] = _SliceInfo
    __array_priority__ = 100

    _constraint: Any
    _initial_value: Any
    _initializer_op: Operation
    _save_slice_info: _SliceInfo | None
    _trainable: bool
    _synchronization: VariableSynchronization
    _aggregation: VariableAggregation

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> None:
        raise NotImplementedError("Variable(...) makes an object of a subclass")

    @classmethod
    def _make(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
    ) -> Any:
        create = creation_chain(_default_creator)
        return create(
            initial_value=initial_value,
            trainable=trainable,
            collections=collections,
            validate_shape=validate_shape,
            caching_device=caching_device,
            name=name,
            variable_def=variable_def,
            dtype=dtype,
            expected_shape=expected_shape,
            import_scope=import_scope,
            constraint=constraint,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
            shape=shape,
        )

    def _set_common(
        self,
        trainable: bool | None,
        collections: Any,
        constraint: Any,
        synchronization: Any,
        aggregation: Any,
        name: str | None,
    ) -> list[Any]:
        """Check and keep what needs no graph; return the collections to enter."""
        self._synchronization, self._aggregation, self._trainable = distribution_of(
            synchronization, aggregation, trainable, name
        )
        if constraint is not None and not callable(constraint):
            raise ValueError(f"the constraint of a variable is a function, not {constraint!r}")
        self._constraint = constraint
        self._save_slice_info = None
        return collections_of(collections, self._trainable)

    # -- what it is -----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name, `<node name>:0`."""
        raise NotImplementedError

    @property
    def op(self) -> Operation:
        """The operation that stands for it."""
        raise NotImplementedError

    @property
    def dtype(self) -> DType:
        """The dtype: `<dtype>_ref` for a reference variable."""
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        """What is statically known of its shape."""
        raise NotImplementedError

    @property
    def graph(self) -> Graph:
        """The graph it belongs to."""
        return self.op.graph

    @property
    def device(self) -> str:
        """The device string of its operation."""
        return self.op.device

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it unless told otherwise."""
        return self._trainable

    @property
    def synchronization(self) -> VariableSynchronization:
        """When copies of it would be brought together."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """How updates of it by several replicas would be joined."""
        return self._aggregation

    @property
    def constraint(self) -> Any:
        """The function that optimizers apply to it after each update, or None."""
        return self._constraint

    @property
    def initializer(self) -> Operation:
        """The operation that gives it its initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Any:
        """The tensor that its initializer assigns."""
        return self._initial_value

    def get_shape(self) -> TensorShape:
        """Return what is statically known of its shape."""
        return self.shape

    @property
    def _shared_name(self) -> str:
        return self.name[: self.name.index(":")]

    # -- reading --------------------------------------------------------------------------------

    def value(self) -> Tensor:
        """Return its value as a tensor."""
        raise NotImplementedError

    def read_value(self) -> Tensor:
        """Return a tensor that reads it, at this place of the graph: after control dependencies."""
        raise NotImplementedError

    def _ref(self) -> Tensor:
        raise NotImplementedError

    def _as_graph_element(self) -> Tensor:
        raise NotImplementedError

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Return a bool scalar that tells whether it has a value.

        Args:
          name: the operation's name.
        """
        return ops.is_variable_initialized(self, name)

    def initialized_value(self) -> Tensor:
        """Return its value, or its initial value while it has none."""
        with lifted():
            has_value = ops.is_variable_initialized(self)
            result: Tensor = ops.cond(has_value, self.read_value, lambda: self.initial_value)
            return result

    def eval(self, session: Any = None) -> Any:
        """Compute its value.

        Args:
          session: the session, by default the default session.
        """
        return self.value().eval(session=session)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Gather slices of its value, see `tf.gather`.

        Args:
          indices: int32 or int64 tensor.
          name: the operation's name.
        """
        return ops.gather(self.value(), indices, name=name)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """Gather slices of its value, see `tf.gather_nd`.

        Args:
          indices: int32 or int64 tensor.
          name: the operation's name.
        """
        return ops.gather_nd(self.value(), indices, name=name)

    # -- writing --------------------------------------------------------------------------------

    def load(self, value: Any, session: Any = None) -> None:
        """Give it a value in a session, without adding to the graph.

        Args:
          value: the new value, an array or something convertible to one.
          session: the session, by default the default session.
        """
        feeds = {self.initializer.inputs[1]: value}
        provided("run_operation")(self.initializer, feeds, session)

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Give it a value.

        Args:
          value: a tensor of its dtype and shape.
          use_locking: accepted for compatibility: assignments are always atomic.
          name: the operation's name.
          read_value: whether to return the new value rather than the operation.

        Returns:
          Something that converts to a tensor of the new value, or the operation.
        """
        raise NotImplementedError

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it, see `assign`."""
        raise NotImplementedError

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it, see `assign`."""
        raise NotImplementedError

    def _scatter(self, kind: str, sparse_delta: Any, use_locking: bool, name: str | None) -> Any:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"sparse_delta must be tf.IndexedSlices, not {sparse_delta!r}")
        scatter = getattr(ops, f"scatter_{kind}")
        return scatter(
            self, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name
        )

    def scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replace slices of it.

        Args:
          sparse_delta: the slices, `tf.IndexedSlices`.
          use_locking: accepted for compatibility: updates are always atomic.
          name: the operation's name.

        Returns:
          Something that converts to a tensor of the new value.

        Raises:
          TypeError: `sparse_delta` is of another type.
        """
        return self._scatter("update", sparse_delta, use_locking, name)

    def scatter_add(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Add to slices of it, see `scatter_update`."""
        return self._scatter("add", sparse_delta, use_locking, name)

    def scatter_sub(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtract from slices of it, see `scatter_update`."""
        return self._scatter("sub", sparse_delta, use_locking, name)

    def scatter_mul(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Multiply slices of it, see `scatter_update`."""
        return self._scatter("mul", sparse_delta, use_locking, name)

    def scatter_div(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Divide slices of it, see `scatter_update`."""
        return self._scatter("div", sparse_delta, use_locking, name)

    def scatter_min(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Take the minimum of slices of it and others, see `scatter_update`."""
        return self._scatter("min", sparse_delta, use_locking, name)

    def scatter_max(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Take the maximum of slices of it and others, see `scatter_update`."""
        return self._scatter("max", sparse_delta, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Replace slices along the last axis of the indices, see `tf.batch_scatter_update`."""
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"sparse_delta must be tf.IndexedSlices, not {sparse_delta!r}")
        return ops.batch_scatter_update(
            self, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name
        )

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Replace the slices that a list of positions names, see `tf.scatter_nd_update`.

        Args:
          indices: int32 or int64 tensor, its last axis holds positions.
          updates: the new slices.
          name: the operation's name.

        Returns:
          Something that converts to a tensor of the new value.
        """
        return ops.scatter_nd_update(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Add to the slices that a list of positions names, see `scatter_nd_update`."""
        return ops.scatter_nd_add(self, indices, updates, use_locking=True, name=name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtract from the slices that a list of positions names, see `scatter_nd_update`."""
        return ops.scatter_nd_sub(self, indices, updates, use_locking=True, name=name)

    def count_up_to(self, limit: int) -> Tensor:
        """Return the value of a counter and increment it, see `tf.count_up_to`.

        Args:
          limit: once the counter has this value, running the operation is an error.
        """
        return ops.count_up_to(self, limit)

    # -- the rest -------------------------------------------------------------------------------

    def set_shape(self, shape: Any) -> None:
        """Refine the static shape.

        Args:
          shape: what the caller knows of it.

        Raises:
          ValueError: it contradicts what is known.
        """
        raise NotImplementedError

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Return it as a `VariableDef` message, None if it is outside `export_scope`.

        Args:
          export_scope: a name scope that is taken off the names.
        """
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        message = protos.VariableDef(
            variable_name=strip_scope(self._proto_name(), export_scope),
            initializer_name=strip_scope(self.initializer.name, export_scope),
            snapshot_name=strip_scope(self._snapshot_tensor().name, export_scope),
            trainable=self._trainable,
            synchronization=self._synchronization.value,
            aggregation=self._aggregation.value,
        )
        if self._initial_value is not None:
            message.initial_value_name = strip_scope(self._initial_value.name, export_scope)
        if self._save_slice_info is not None:
            part = self._save_slice_info.to_proto(export_scope)
            message.save_slice_info_def.MergeFrom(part)
        return message

    def _proto_name(self) -> str:
        return self.name

    def _snapshot_tensor(self) -> Tensor:
        raise NotImplementedError

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
        """Return the variable that a message refers to.

        Args:
          variable_def: a `VariableDef`.
          import_scope: a name scope put before the names in it.
        """
        kind = _KINDS[bool(variable_def.is_resource)]
        return kind(variable_def=variable_def, import_scope=import_scope)

    def _restore_common(self, variable_def: Any, import_scope: str | None) -> None:
        """Set from a message what both kinds keep."""
        graph = get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(prepend_scope(name, import_scope))

        self._initializer_op = element(variable_def.initializer_name)
        named = variable_def.initial_value_name
        self._initial_value = element(named) if named else None
        self._synchronization, self._aggregation, self._trainable = distribution_of(
            VariableSynchronization(variable_def.synchronization),
            VariableAggregation(variable_def.aggregation),
            bool(getattr(variable_def, "trainable", True)),
            variable_def.variable_name,
        )
        self._save_slice_info = None
        if variable_def.HasField("save_slice_info_def"):
            self._save_slice_info = _SliceInfo(
                save_slice_info_def=variable_def.save_slice_info_def, import_scope=import_scope
            )
        self._constraint = None

    def _set_save_slice_info(self, save_slice_info: _SliceInfo) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> _SliceInfo | None:
        return self._save_slice_info

    def experimental_ref(self) -> Any:
        """Return a hashable object that stands for this variable."""
        return Reference(self)

    def __getitem__(self, key: Any) -> Tensor:
        """Return a slice of its value; the result has a method `assign(value)`."""
        return ops.slice_helper(self.value(), key, self)

    def _strided_slice_assign(self, name: str | None, **options: Any) -> Any:
        """Give a slice a value: what `v[...].assign(value)` calls."""
        raise NotImplementedError

    def __iter__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be iterated over: use tf.unstack, tf.map_fn or tf.while_loop"
        )

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} shape={self.shape} dtype={self.dtype.name}>"

    def __copy__(self) -> Variable:
        return self

    def __deepcopy__(self, memo: Any) -> Variable:
        return self


def distribution_of(
    synchronization: Any, aggregation: Any, trainable: bool | None, name: str | None
) -> tuple[VariableSynchronization, VariableAggregation, bool]:
    """Check how a variable would be distributed, and tell whether it is trainable.

    Raises:
      ValueError: a value is none of its enumeration, or trainable contradicts it.
    """
    synchronization = synchronization or VariableSynchronization.AUTO
    aggregation = aggregation or VariableAggregation.NONE
    if not isinstance(synchronization, VariableSynchronization):
        raise ValueError(f"variable {name}: {synchronization!r} is no tf.VariableSynchronization")
    if not isinstance(aggregation, VariableAggregation):
        raise ValueError(f"variable {name}: {aggregation!r} is no tf.VariableAggregation")
    reads_join = synchronization is VariableSynchronization.ON_READ
    if trainable is None:
        trainable = not reads_join
    elif trainable and reads_join:
        raise ValueError(
            f"variable {name}: one that is synchronized when read cannot be trainable: "
            "set trainable=False"
        )
    return synchronization, aggregation, bool(trainable)


def collections_of(collections: Any, trainable: bool) -> list[Any]:
    """Return the collections that a variable enters.

    Raises:
      ValueError: `collections` is no list.
    """
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(collections, (list, tuple, set)):
        raise ValueError(f"collections is a list, tuple or set of names, not {collections!r}")
    names = list(collections)
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in names:
        names.append(GraphKeys.TRAINABLE_VARIABLES)
    return names


def declared_shape(shape: Any, initial: Tensor, validate_shape: bool) -> TensorShape:
    """The shape of a variable.

    Raises:
      ValueError: it must be known and is not, or `shape` contradicts the initial value.
    """
    if shape is not None:
        declared = as_shape(shape)
        if not declared.is_compatible_with(initial.shape):
            raise ValueError(
                f"the initial value has shape {initial.shape}, the variable's is {declared}"
            )
        return declared
    if not validate_shape:
        return TensorShape(None)
    if not initial.shape.is_fully_defined():
        raise ValueError(
            f"the initial value {initial!r} must have a known shape: set it (initial.set_shape), "
            "or make the variable with validate_shape=False"
        )
    return initial.shape


def initial_tensor(initial_value: Any, dtype: Any, convert: Callable[..., Tensor]) -> Tensor:
    """Convert an initial value, or what the function returns that stands for it."""
    if callable(initial_value):
        initial_value = initial_value()
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    return convert(initial_value, name="initial_value", dtype=wanted)


_OPERATORS = (
    "add", "radd", "sub", "rsub", "mul", "rmul", "div", "rdiv", "truediv", "rtruediv", "floordiv",
    "rfloordiv", "mod", "rmod", "lt", "le", "gt", "ge", "and", "rand", "or", "ror", "xor", "rxor",
    "pow", "rpow", "invert", "neg", "abs", "matmul", "rmatmul",
)  # fmt: skip


def _forwarded(operator: str) -> Callable[..., Any]:
    def run(self: Variable, *args: Any) -> Any:
        return getattr(Tensor, operator)(self.value(), *args)

    run.__name__ = operator
    run.__doc__ = f"Apply `Tensor.{operator}` to the variable's value."
    return run


for _name in _OPERATORS:
    setattr(Variable, f"__{_name}__", _forwarded(f"__{_name}__"))
