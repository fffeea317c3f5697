"""What an op is: its type, attributes, inputs, shape inference, kernel and gradient, in one class.

A subclass of `Op` decorated with `register` becomes a frozen dataclass when it is first used.  Its
fields are the op's GraphDef attributes.  Two ops are equal when type and attributes are, which is
what common subexpression elimination compares.  The class name is TensorFlow's op type name.

Inputs are declared in one line, the way the TensorFlow white paper writes op signatures::

    inputs = "a: T, b: T"                  # two inputs of one type, which is the attribute T
    inputs = "values: N*T, axis: Tidx"     # a list of N tensors of type T, then a tensor
    inputs = "data: [Tlist]"               # a list of tensors of any types: attribute Tlist
    inputs = "ref: &T, value: T"           # the first input must be a variable reference
    inputs = "x: float32, h: resource"     # fixed types

`infer`, `kernel` and `gradient` always see the inputs flattened: a list of N tensors is N
arguments.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias, TypeVar

import numpy as np

from graphflow.core import dtypes
from graphflow.core.dtypes import DType
from graphflow.core.errors import InvalidArgumentError, NotFoundError
from graphflow.core.handles import ResourceHandle, handle_in
from graphflow.core.spec import TensorSpec

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    from graphflow.core.func_graph import FuncGraph
    from graphflow.core.graph import Operation, Tensor
    from graphflow.core.loops import CompiledLoop
else:  # in typing from Python 3.11 on; only type checkers need it

    def dataclass_transform(**_options):  # noqa: D103
        return lambda decorator: decorator


Array: TypeAlias = Any  # np.ndarray or a numpy scalar; object arrays of bytes for strings
Specs: TypeAlias = "TensorSpec | Sequence[TensorSpec]"
Gradients: TypeAlias = "Tensor | Sequence[Any] | None"


@dataclass(frozen=True)
class InputArg:
    """One declared input of an op.

    Attributes:
      name: the argument's name, also the name of a constant made from a Python value.
      type_attr: the attribute that holds its dtype, or None if the dtype is fixed.
      dtype: the fixed dtype, or None.
      number_attr: the attribute that counts a list of tensors of one type, or None.
      is_mixed_list: a list of tensors, each with a dtype of its own.
      is_ref: the tensor must be a reference to a variable.
    """

    name: str
    type_attr: str | None = None
    dtype: DType | None = None
    number_attr: str | None = None
    is_mixed_list: bool = False
    is_ref: bool = False

    @property
    def is_list(self) -> bool:
        """Whether the argument is a list of tensors."""
        return self.is_mixed_list or self.number_attr is not None


_ARG = re.compile(r"(\w+)\s*:\s*(&)?(?:(\w+)\s*\*\s*)?(\[)?(\w+)\]?$")
_DTYPE_NAMES = frozenset({
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
    "uint16", "uint32", "uint64", "bool", "string", "resource", "variant", "complex64",
    "complex128", "qint8", "quint8", "qint16", "quint16", "qint32",
})  # fmt: skip


@cache
def parse_inputs(declaration: str) -> tuple[InputArg, ...]:
    """Parse an op's `inputs` declaration.

    >>> [(a.name, a.type_attr, a.number_attr) for a in parse_inputs("values: N*T, axis: int32")]
    [('values', 'T', 'N'), ('axis', None, None)]
    """
    return tuple(_parse_arg(text) for text in declaration.split(",") if text.strip())


def _parse_arg(text: str) -> InputArg:
    match = _ARG.match(text.strip())
    if match is None:
        raise ValueError(f"cannot read the input declaration {text.strip()!r}")
    name, ref, number, bracket, kind = match.groups()
    fixed = kind in _DTYPE_NAMES
    return InputArg(
        name=name,
        type_attr=None if fixed else kind,
        dtype=dtypes.as_dtype(kind) if fixed else None,
        number_attr=number,
        is_mixed_list=bracket is not None,
        is_ref=ref is not None,
    )


class Reduction(NamedTuple):
    """What a reduction does with the elements of its first input.

    Attributes:
      kind: "sum", "max" or "min".
      axes: along which axes, from 0 on.
      term: what is reduced, an expression in terms of the element `x`.
      divisor: what the sum is divided by.
    """

    kind: str
    axes: tuple[int, ...]
    term: str = "x"
    divisor: int = 1


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """Base class of all ops: attributes as fields, everything else as class attributes or methods.

    Class attributes a subclass may declare:
      inputs: the input declaration, see the module's docstring.
      outputs: names of the outputs, comma-separated (for exported functions).
      types: for each type attribute the dtypes it may take; absent means any.
      preferred: for some type attributes the dtype that numbers get which are no tensors.
      stateful: results depend on more than the inputs, or the op has effects: never merged,
        folded or reordered.
      differentiable: False means that gradients stop here silently (as through a comparison).
      commutative: inputs may be swapped without changing the value.
      cheap: a few microseconds at most whatever the inputs (metadata only).
      blocking: the kernel may wait for something other than the processor.
      has_out: the kernel takes `out=`, a buffer (tuple of buffers) for its result.
      inplace: index of the input whose buffer `out` may be, or None.
      makes_new: without `out=`, too, the outputs share no memory with an input, nor does the kernel
        keep one.
      is_reshape: the only output has the first input's elements, in the same order.
      keeps_elements: an output with as many elements as the first input has the same ones, in the
        same order.
      viewed: index of the input whose memory the outputs are parts of, given by its shape and the
        values of the other inputs; None if they are not.
      elementwise: a scalar expression for fusion, in terms of the input names, or None.
      elementwise32: the same for float32, with functions of compiler/elementary.py.
      rowwise32: for float32 what computes the outputs, a line for each result, in terms of the
        input names: expressions of elements, and `max(...)` or `sum(...)` over the last axis.
      writes: indices of the reference (or resource) inputs whose variables the op updates.  Its
        kernel receives their current values (None if uninitialized) and returns their new values
        first, then the outputs that are not references.
      reads_uninitialized: indices of variable inputs for which an uninitialized variable (None)
        is accepted.
      needs_context: the kernel's first argument is the run's `Context`.
      uses_blas: the kernel multiplies matrices, by the library that numpy uses for it.
      is_identity: the only output is the first input's value, unchanged: a plan leaves it out.
      is_check: it is there for the error that it may raise, and must run where others wait for it.
      is_variable: the only output is a reference (or resource handle) to a variable of the session.
      is_argument: it stands for an argument of a function's body, see `core/func_graph.py`.
      runs_bodies: its kernel runs bodies of functions, which write variables themselves; `writes`
        says which.
      internal: the fields that are no attributes in a GraphDef.
      computed: attributes by kind that follow from the op; `inferred_attributes` has them.
      takes_missing_gradients: `gradient` is given None, not zeros, for outputs without a gradient.
    """

    type: ClassVar[str] = "Op"
    inputs: ClassVar[str] = ""
    outputs: ClassVar[str] = "output"
    types: ClassVar[Mapping[str, frozenset[DType]]] = {}
    preferred: ClassVar[Mapping[str, DType]] = {}
    stateful: ClassVar[bool] = False
    differentiable: ClassVar[bool] = True
    commutative: ClassVar[bool] = False
    cheap: ClassVar[bool] = False
    blocking: ClassVar[bool] = False
    has_out: ClassVar[bool] = False
    inplace: ClassVar[int | None] = None
    makes_new: ClassVar[bool] = False
    is_reshape: ClassVar[bool] = False
    keeps_elements: ClassVar[bool] = False
    viewed: ClassVar[int | None] = None
    elementwise: ClassVar[str | None] = None
    elementwise32: ClassVar[str | None] = None
    rowwise32: ClassVar[str | None] = None
    writes: ClassVar[tuple[int, ...]] = ()
    reads_uninitialized: ClassVar[tuple[int, ...]] = ()
    needs_context: ClassVar[bool] = False
    uses_blas: ClassVar[bool] = False
    is_identity: ClassVar[bool] = False
    is_check: ClassVar[bool] = False
    is_variable: ClassVar[bool] = False
    is_argument: ClassVar[bool] = False
    takes_missing_gradients: ClassVar[bool] = False
    internal: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[Mapping[str, str]] = {}
    runs_bodies: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Finish the classes that a new one derives from: it inherits their attributes."""
        for base in cls.__bases__:
            _unfinished.finish(base)

    def infer(self, *args: Any, **kwargs: Any) -> Specs:
        """Return the spec of each output from the specs of the inputs, or raise ValueError."""
        raise NotImplementedError(f"{self.type}.infer")

    def kernel(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs from input arrays; never writes an input."""
        raise NotImplementedError(f"{self.type} has no kernel: it can be built but not run")

    def function(self) -> Callable[..., Any]:
        """Return the quickest callable that computes what `kernel` does without `out=`."""
        return self.kernel

    def ufunc_for(self, dtype: DType) -> np.ufunc | None:
        """Return the ufunc that computes what the kernel does, None if there is none.

        Args:
          dtype: of the first input.
        """
        function = self.function()
        return function if isinstance(function, np.ufunc) else None

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        """Return what computes one element of the only output, as text; None if the op cannot.

        Numbers in it are of the output's dtype.  It must give the bits that the kernel gives, but
        for functions such as `exp32`, which may differ in the last place.

        Args:
          names: of the inputs' elements; the inputs broadcast to the output's shape.
          specs: the concrete specs of the inputs.
        """
        is_single = all(spec.dtype.base_dtype == dtypes.float32 for spec in specs)
        text = self.elementwise32 if is_single and self.elementwise32 else self.elementwise
        if text is None:
            return None
        declared = [arg.name for arg in self.input_args()]
        mapping = dict(zip(declared, names, strict=True))
        return re.sub(r"[A-Za-z_]\w*", lambda m: mapping.get(m[0], m[0]), text)

    def reduction(self, *specs: TensorSpec) -> Reduction | None:
        """Return what the op does with the elements of its first input, None if it is no reduction.

        The only output has the elements that the axes leave, in order, whatever its shape.

        Args:
          specs: the concrete specs of the inputs.
        """
        return None

    def places(self, out: Array, *specs: TensorSpec) -> Sequence[tuple[int, Array]]:
        """Return for each input that the output consists of its index and its part of the output.

        Args:
          out: an array of the output's shape.
          specs: the concrete specs of the inputs.

        Returns:
          Views of `out` that do not overlap and fill it; none if the op does not join its inputs.
        """
        return ()

    def numba_kernel(self) -> Callable[..., Any]:
        """Return a function that numba can compile and that computes what `kernel` does.

        An op without one needs nothing here.  The function takes arrays, also for rank 0, and
        returns new arrays; it may refer to the op's attributes as variables around it.  Compiled in
        the background, it serves in place of `kernel` where that would be called without `out=`.
        """
        raise NotImplementedError(f"{self.type}.numba_kernel")

    def with_epilogue(self, followers: tuple[str, ...], specs: Sequence[TensorSpec]) -> Op | None:
        """Return an op that also does what others would do with its first output, or None.

        It gives the same bits.  The bias for "BiasAdd" is one more input: a number for each index
        of the last axis.  "ReluGrad" finds its features in the first input.

        Args:
          followers: types of the others, in order.
          specs: the concrete specs of this op's inputs.
        """
        return None

    @classmethod
    def varying_inputs(cls) -> tuple[int, ...]:
        """The inputs in which updates made at once may differ, () if there is no `update_all`."""
        return ()

    def update_all(
        self, states: Sequence[Sequence[Array]], inputs: Sequence[Sequence[Array]]
    ) -> None:
        """Make several updates of variables like this one at once, in place.

        Args:
          states: for each update the values of its variables, to be overwritten.
          inputs: for each the kernel's inputs; all but `varying_inputs` are the same.
        """
        raise NotImplementedError(f"{self.type}.update_all")

    def with_repeated_rows(self) -> RepeatedRows | None:
        """Return the op that updates rows as this one does, but adds up repeated ones, or None."""
        return None

    def summed(self, count: int) -> Op | None:
        """Return an op that adds up what several ops of this kind compute, or None.

        It adds in their order.  Its inputs are those of all of them.

        Args:
          count: how many ops.
        """
        return None

    def gradient(self, op: Operation, *args: Any, **kwargs: Any) -> Gradients:
        """Return the gradient for each input, given those of the outputs (None: no gradient)."""
        raise LookupError(
            f"no gradient is defined for op type {self.type}; "
            "use tf.stop_gradient on its input or tf.RegisterGradient"
        )

    def partial(self, *specs: TensorSpec) -> tuple[int | None, ...] | int | None:
        """Return what is statically known of an integer output's value: None for unknown parts."""
        return None

    def partial_output(self, index: int, *specs: TensorSpec) -> tuple[int | None, ...] | int | None:
        """Return what `partial` does, for one output of an op that has several."""
        return self.partial(*specs) if index == 0 else None

    def mutex(self, operation: Operation) -> ResourceHandle | None:
        """Return the key of the mutex that a run with this operation holds, None for most."""
        return None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        """Yield valid inputs for the generic checks."""
        yield from ()

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        """Yield invalid inputs, each with the message it must give."""
        yield from ()

    @classmethod
    def input_args(cls) -> tuple[InputArg, ...]:
        """The parsed input declaration."""
        return parse_inputs(cls.inputs)

    @classmethod
    def type_attr_names(cls) -> set[str]:
        """Names of the attributes that the inputs imply."""
        names = {name for arg in cls.input_args() for name in (arg.type_attr, arg.number_attr)}
        return {name for name in names if name is not None}

    @classmethod
    def output_names(cls) -> tuple[str, ...]:
        """The declared names of the outputs."""
        return tuple(name.strip() for name in cls.outputs.split(",") if name.strip())

    def attributes(self) -> dict[str, Any]:
        """The op's own attributes by name (without those that the inputs imply)."""
        return {name: getattr(self, field) for name, field in self.attribute_fields().items()}

    @classmethod
    def attribute_fields(cls) -> dict[str, str]:
        """The op's own attributes and the field that holds each.

        A field ends in '_' where the attribute's name is taken: `type_` holds `type`.
        """
        names = [field.name for field in cls.dataclass_fields() if field.name not in cls.internal]
        return {name.rstrip("_"): name for name in names}

    @classmethod
    def dataclass_fields(cls) -> tuple[dataclasses.Field[Any], ...]:
        """The fields of the dataclass: attributes and what is internal."""
        _unfinished.finish(cls)
        return dataclasses.fields(cls)

    @classmethod
    def from_attributes(cls, values: Mapping[str, Any]) -> Op:
        """Make the op from attributes by name; all others keep their defaults."""
        fields = cls.attribute_fields()
        return cls(**{fields[name]: value for name, value in values.items()})

    def group_inputs(self, items: Sequence[Any]) -> list[Any]:
        """Split a flat sequence of inputs into one item (or list) for each declared argument."""
        args = self.input_args()
        free = len(items) - sum(not arg.is_list for arg in args)
        lists = [arg for arg in args if arg.is_list]
        sizes = self.list_sizes(free, lists)
        grouped: list[Any] = []
        position = 0
        for arg in args:
            if not arg.is_list:
                grouped.append(items[position])
                position += 1
                continue
            size = sizes[arg.name]
            grouped.append(list(items[position : position + size]))
            position += size
        return grouped

    def list_sizes(self, total: int, lists: Sequence[InputArg]) -> dict[str, int]:
        """Length of each list argument, when together they hold `total` tensors.

        Lists that share a number attribute are equally long; ops with several independent lists
        override this.
        """
        if not lists:
            return {}
        return {arg.name: total // len(lists) for arg in lists}

    def inferred_attributes(self, input_dtypes: Sequence[DType]) -> dict[str, Any]:
        """The attributes that the inputs imply: types and list lengths."""
        attributes: dict[str, Any] = {}
        for arg, item in zip(self.input_args(), self.group_inputs(input_dtypes), strict=True):
            if arg.is_mixed_list and arg.type_attr is not None:
                attributes[arg.type_attr] = [dtype.base_dtype for dtype in item]
                continue
            if arg.number_attr is not None:
                attributes[arg.number_attr] = len(item)
                if arg.type_attr is not None and item:
                    attributes[arg.type_attr] = item[0].base_dtype
                continue
            if arg.type_attr is not None:
                attributes[arg.type_attr] = item.base_dtype
        return attributes

    def _key(self) -> tuple[Any, ...]:
        return tuple([getattr(self, field.name) for field in self.dataclass_fields()])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.type, *self._key()))

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in self.attributes().items())
        return f"{self.type}({inner})"


class _Unfinished:
    """Registered classes that nobody has used yet: they become dataclasses at first use.

    Making a dataclass compiles source code, which takes half a millisecond, and there are hundreds
    of ops of which a program uses a few.
    """

    def __init__(self) -> None:
        self._classes: set[type[Op]] = set()
        self._lock = threading.RLock()

    def add(self, cls: type[Op]) -> None:
        """Enter a class whose attributes are its annotations; one without any needs nothing."""
        annotations = inspect.get_annotations(cls)
        if all("ClassVar" in str(annotation) for annotation in annotations.values()):
            return
        cls.__init__ = _finish_and_init  # type: ignore[method-assign, assignment]
        self._classes.add(cls)

    def finish(self, cls: type[Op]) -> None:
        """Make a class a frozen dataclass unless it is one."""
        if cls not in self._classes:
            return
        with self._lock:
            if cls in self._classes:
                del cls.__init__
                dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
                self._classes.remove(cls)


_unfinished = _Unfinished()


def _finish_and_init(self: Op, *args: Any, **kwargs: Any) -> None:
    """`__init__` until the class is a dataclass, which has one of its own."""
    _unfinished.finish(type(self))
    self.__init__(*args, **kwargs)  # type: ignore[misc]


_OpT = TypeVar("_OpT", bound=type[Op])
_REGISTRY: dict[str, type[Op]] = {}


@dataclass_transform(frozen_default=True)
def register(cls: _OpT) -> _OpT:
    """Make an `Op` subclass a frozen dataclass and enter it in the registry under its class name.

    Raises:
      ValueError: another class is registered under that name.
    """
    name = cls.__dict__.get("type", cls.__name__)
    if name in _REGISTRY:
        raise ValueError(f"an op of type {name!r} is registered already: {_REGISTRY[name]}")
    _unfinished.add(cls)
    cls.type = name
    parse_inputs(cls.inputs)
    _REGISTRY[name] = cls
    return cls


@dataclass_transform(frozen_default=True)
def internal_op(cls: _OpT) -> _OpT:
    """Make an `Op` subclass a frozen dataclass for steps of plans alone: no graph holds it."""
    _unfinished.add(cls)
    cls.type = cls.__name__
    return cls


def op_class(op_type: str) -> type[Op]:
    """Look up a registered op class.

    Raises:
      KeyError: there is no op of that type.
    """
    try:
        return _REGISTRY[op_type]
    except KeyError:
        raise KeyError(f"graphflow has no op of type {op_type!r}") from None


def registered_ops() -> dict[str, type[Op]]:
    """All registered op classes by type name, sorted."""
    return dict(sorted(_REGISTRY.items()))


class RepeatedRows(NamedTuple):
    """An update of rows that first adds up the slices of equal indices.

    Attributes:
      op: takes slices and indices as they come in the place of distinct ones.
      slices: which input the slices are.
      indices: which input the indices are.
    """

    op: Op
    slices: int
    indices: int


class Context:
    """What a run gives to kernels that need more than their inputs.

    Attributes:
      node: the operation that runs; its name keys the state it keeps.
      resources: the session's `ResourceManager` (queues, tables, generators...).
      cancellation: the run's token: `cancellation.check()` raises once the run is cancelled.
      step_id: number of the run within its session.
    """

    __slots__ = ("_run", "cancellation", "node", "resources", "step_id")

    def __init__(self, node: Operation, run: Any) -> None:
        self.node = node
        self.resources = run.resources
        self.cancellation = run.cancellation
        self.step_id = run.step_id
        self._run = run

    def function(
        self, body: FuncGraph, is_inside: bool = False, is_of_dataset: bool = False
    ) -> Callable[..., list[Array]]:
        """Return a function that runs a body in this session, also after the run has ended.

        It takes the list of the body's input values, and by keyword a `cancellation` of its own;
        it returns the list of the output values.  Any thread may call it.

        Args:
          body: the body.
          is_inside: whether only the kernel itself will call it, on its thread, which is quicker.
          is_of_dataset: whether it belongs to a dataset: then its nodes keep states of their own,
            and streams of random numbers start anew with each dataset.
        """
        return self._run.function(body, is_inside, is_of_dataset)  # type: ignore[no-any-return]

    def compiled_loop(self, test: FuncGraph, body: FuncGraph, variables: int) -> CompiledLoop:
        """Return what runs a loop as machine code, once there is any.

        Args:
          test: the condition.
          body: the body.
          variables: how many loop variables there are.
        """
        return self._run.compiled_loop(test, body, variables)  # type: ignore[no-any-return]

    def on_drop(self, undo: Callable[[], None]) -> None:
        """Call `undo` if the result of this blocking kernel comes too late for its run."""
        self._run.undo[self.node] = undo

    def spawn(self, job: Callable[[], None]) -> None:
        """Run `job`, which may wait long and must not raise, on a thread of the session's."""
        self._run.spawn(job)

    def state(self, factory: Callable[[], Any]) -> Any:
        """Return the state that this node keeps in the session, made by `factory` at first use."""
        return self.resources.state(self.node.state_name, factory)

    def make_handle(
        self,
        kind: str,
        factory: Callable[[], Any],
        container: str = "",
        shared_name: str = "",
        use_node_name: bool = True,
    ) -> tuple[Array, Any]:
        """Return the handle of a resource, and the resource, made by `factory` at first use.

        Args:
          kind: what it is, such as "table".
          factory: makes the resource.
          container: the container that it is in.
          shared_name: its name; all nodes that give the same one share the resource.
          use_node_name: whether, without a shared name, the node's name serves as one; else the
            resource is the node's own.
        """
        name = self.node.state_name
        own = name if use_node_name else f"_own/{name}"
        handle = ResourceHandle(kind, container, shared_name or own)
        return handle.as_array(), self.resources.lookup_or_create(handle, factory)

    def resource(self, kind: str, value: Array) -> Any:
        """Return the resource behind the handle in a tensor's value.

        Raises:
          InvalidArgumentError: the value is no handle, or that of another kind of resource.
          NotFoundError: the session has no such resource (any more).
        """
        handle = handle_in(value)
        if handle is None or handle.kind != kind:
            found = "no handle" if handle is None else f"the handle of {handle}"
            raise InvalidArgumentError(
                None, None, f"{self.node.type} needs the handle of a {kind}, this is {found}"
            )
        resource = self.resources.lookup(handle)
        if resource is None:
            raise NotFoundError(None, None, f"this session has no {handle}")
        return resource


@dataclass(frozen=True, eq=False)
class Sample:
    """Valid inputs of an op, on which the generic checks run it.

    Attributes:
      op: the op with its attributes.
      inputs: one array (or list of arrays for a list argument) for each declared input.
      gradient: indices of the flattened inputs whose gradient is checked numerically; None means
        all floating ones, () means none (say why in `note`).
      gradient_outputs: indices of the outputs that may be differentiated; None means all (others,
        say why in `note`).
      rtol: relative tolerance of comparisons, None for the dtype's default.
      atol: absolute tolerance, None for the dtype's default.
      oracle: whether TensorFlow must give the same value (False, say why in `note`).
      note: a word on what is special.
    """

    op: Op
    inputs: tuple[Any, ...]
    gradient: tuple[int, ...] | None = None
    gradient_outputs: tuple[int, ...] | None = None
    rtol: float | None = None
    atol: float | None = None
    oracle: bool = True
    note: str = ""

    @classmethod
    def of(cls, op: Op, *inputs: Any, **options: Any) -> Sample:
        """Make a sample from positional inputs, each made an array (lists of arrays stay lists)."""
        args = op.input_args()
        arrays = tuple(
            [np.asarray(item) for item in value] if arg.is_list else np.asarray(value)
            for arg, value in zip(args, inputs, strict=True)
        )
        return cls(op, arrays, **options)

    def flat(self) -> list[Array]:
        """The inputs as the kernel sees them."""
        flat: list[Array] = []
        for value in self.inputs:
            if isinstance(value, list):
                flat.extend(value)
            else:
                flat.append(value)
        return flat


@dataclass(frozen=True, eq=False)
class ErrorSample:
    """Invalid inputs of an op and the error they must give.

    Attributes:
      op: the op, or a function that makes it when making it is what fails.
      inputs: one value for each declared input: an array, or a `TensorSpec` for a placeholder.
      message: a regular expression that the error's text must match.
      error: the exception class.
      when: "build" if the shapes already tell, "run" if only the values do.
    """

    op: Op | Callable[[], Op]
    inputs: tuple[Any, ...]
    message: str
    error: type[Exception] = ValueError
    when: str = "build"
