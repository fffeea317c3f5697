"""Rebuild the operations of a `GraphDef` in the default graph."""

from __future__ import annotations

import heapq
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from graphflow.core.build import apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32, int32
from graphflow.core.errors import NotFoundError
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.op import Op, op_class, registered_ops
from graphflow.interop import protos
from graphflow.interop.attributes import attr_value, attribute_kinds, op_attributes
from graphflow.interop.op_defs import default_attributes, implied_kinds

# Attributes that ops got after TensorFlow 1.15, with the values under which they mean nothing.
_PADDINGS: Mapping[str, Any] = {"explicit_paddings": ()}
_POLICY: Mapping[str, Any] = {"bad_indices_policy": ""}
_SEGMENTS: Mapping[str, Any] = {"Tsegmentids": int32}
_SEGMENTED: Mapping[str, Any] = {**_SEGMENTS, "sparse_gradient": False}
# Datasets that can carry a description of themselves.
_METADATA: Mapping[str, Any] = {"metadata": ""}
_DESCRIBED = (
    "BatchDatasetV2",
    "CacheDataset",
    "ConcatenateDataset",
    "DatasetToSingleElement",
    "FilterDataset",
    "FixedLengthRecordDatasetV2",
    "FlatMapDataset",
    "GeneratorDataset",
    "GroupByWindowDataset",
    "InterleaveDataset",
    "MapAndBatchDataset",
    "PaddedBatchDatasetV2",
    "ParallelInterleaveDataset",
    "ParallelInterleaveDatasetV2",
    "ParallelMapDataset",
    "RandomDataset",
    "ReduceDataset",
    "RepeatDataset",
    "ShardDataset",
    "ShuffleDataset",
    "SkipDataset",
    "TFRecordDataset",
    "TakeDataset",
    "TakeWhileDataset",
    "TensorDataset",
    "TextLineDataset",
    "UnbatchDataset",
    "UniqueDataset",
    "WindowDataset",
    "ZipDataset",
)
LATER_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(_DESCRIBED, _METADATA),
    "AssignVariableOp": {"validate_shape": False},
    "BatchMatMul": {"grad_x": False, "grad_y": False},
    "BatchMatMulV2": {"grad_x": False, "grad_y": False},
    "CTCGreedyDecoder": {"blank_index": -1},
    "ConcatOffset": {"shape_type": int32},
    "DepthwiseConv2dNative": _PADDINGS,
    "DepthwiseConv2dNativeBackpropFilter": _PADDINGS,
    "DepthwiseConv2dNativeBackpropInput": _PADDINGS,
    "DatasetCardinality": {"cardinality_options": ""},
    "Dequantize": {"narrow_range": False, "axis": -1, "dtype": float32},
    "DirectedInterleaveDataset": {"stop_on_empty_dataset": False},
    "FusedBatchNorm": {"exponential_avg_factor": 1.0},
    "FusedBatchNormV2": {"exponential_avg_factor": 1.0},
    "FusedBatchNormV3": {"exponential_avg_factor": 1.0},
    "GatherNd": _POLICY,
    "IgnoreErrorsDataset": {"log_warning": False},
    "InitializeTableFromTextFileV2": {"offset": 0},
    "MapDataset": {**_METADATA, "force_synchronous": False},
    "MatMul": {"grad_a": False, "grad_b": False},
    "MaxPool": _PADDINGS,
    "MaxPoolGrad": _PADDINGS,
    "PrefetchDataset": {**_METADATA, "legacy_autotune": True, "buffer_size_min": 0},
    "QuantizeAndDequantizeV2": {"axis": -1},
    "QuantizeAndDequantizeV3": {"axis": -1},
    "QuantizeV2": {"narrow_range": False, "axis": -1, "ensure_minimum_range": 0.01},
    "RangeDataset": {**_METADATA, "replicate_on_split": False},
    "ResourceScatterNdAdd": _POLICY,
    "ResourceScatterNdSub": _POLICY,
    "ResourceScatterNdUpdate": _POLICY,
    "ScanDataset": {**_METADATA, "use_default_device": True},
    "ScatterNd": _POLICY,
    "ScatterNdAdd": _POLICY,
    "ScatterNdSub": _POLICY,
    "ScatterNdUpdate": _POLICY,
    "ShuffleAndRepeatDataset": {**_METADATA, "reshuffle_each_iteration": True},
    "SparseSegmentMean": _SEGMENTED,
    "SparseSegmentMeanGrad": _SEGMENTS,
    "SparseSegmentMeanWithNumSegments": _SEGMENTED,
    "SparseSegmentSqrtN": _SEGMENTED,
    "SparseSegmentSqrtNGrad": _SEGMENTS,
    "SparseSegmentSqrtNWithNumSegments": _SEGMENTED,
    "SparseSegmentSum": _SEGMENTED,
    "SparseSegmentSumWithNumSegments": _SEGMENTED,
    "TensorListGetItem": {"Tshape": int32},
    "TensorListSetItem": {"resize_if_index_out_of_bounds": False},
    "TensorScatterAdd": _POLICY,
    "TensorScatterSub": _POLICY,
    "TensorScatterUpdate": _POLICY,
    "TensorSliceDataset": {**_METADATA, "is_files": False, "replicate_on_split": False},
    "TridiagonalSolve": {"perturb_singular": False},
    "TopKV2": {"Tk": int32, "index_type": int32},
    "VarHandleOp": {"debug_name": "", "allowed_devices": ()},
}
_COLOCATION = b"loc:@"


def import_graph_def(
    graph_def: Any,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Tensor | Operation] | None:
    """Add the nodes of a `GraphDef` to the default graph.

    Args:
      graph_def: a `GraphDef`.
      input_map: from names of tensors in `graph_def` ("x" or "x:0") to tensors, or values that
        convert to tensors, which its nodes take instead; "^x" stands for a control input.
      return_elements: names of operations ("x") and tensors ("x:0") of `graph_def` to return.
      name: the name scope of the new operations, "import" by default, "" for none.
      op_dict: deprecated in TensorFlow and without effect.
      producer_op_list: an `OpList` with the ops of the program that made `graph_def`: attributes
        that are unknown here but have their default value there are left out.

    Returns:
      The operations and tensors named in `return_elements`, or None.

    Raises:
      TypeError: an argument is of the wrong type.
      NotFoundError: graphflow has no op of the type of a node.
      ValueError: the graph is not valid, a name in `input_map` or `return_elements` is not in it,
        or a name is taken.

    >>> import graphflow as tf
    >>> with tf.Graph().as_default() as part:
    ...     _ = tf.identity(tf.placeholder(tf.float32, [2, 3], name="x"), name="y")
    >>> with tf.Graph().as_default():
    ...     z = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    ...     (y,) = tf.import_graph_def(part.as_graph_def(), {"x": z}, ["y:0"], name="copy")
    ...     print(y.name, tf.Session().run(y)[1])
    copy/y:0 [4. 5. 6.]
    """
    if op_dict is not None:
        warnings.warn("op_dict has no effect and is deprecated", DeprecationWarning, stacklevel=2)
    graph_def = protos.adopted(graph_def, "GraphDef")
    mapped = _checked_input_map(input_map)
    wanted = _checked_return_elements(return_elements)
    _check_versions(graph_def.versions)
    _check_functions(graph_def.library)
    produced = _producer_defaults(producer_op_list)
    graph = get_default_graph()
    with graph.name_scope("import" if name is None else name) as scope:
        importer = _Importer(graph, scope, graph_def.node, produced)
        importer.map_inputs(_as_tensors(graph, mapped, name))
        importer.add_all()
    return None if wanted is None else [importer.element(item) for item in wanted]


class _Input(NamedTuple):
    """One input of a node: an output of another node, or (output -1) the node as control input."""

    node: str
    output: int

    @classmethod
    def parse(cls, text: str) -> _Input:
        """Read "x", "x:1" or "^x"."""
        if text.startswith("^"):
            return cls(text[1:], -1)
        node, colon, index = text.rpartition(":")
        return cls(node, int(index)) if colon and index.isdigit() else cls(text, 0)

    def __str__(self) -> str:
        return f"^{self.node}" if self.output < 0 else f"{self.node}:{self.output}"


class _Importer:
    """One call of `import_graph_def`.

    Attributes:
      graph: where the operations go.
      prefix: what their names begin with: a scope with a final "/", or nothing.
      nodes: the `NodeDef`s by their names in the `GraphDef`.
      inputs: the parsed inputs of each node.
      replaced: what nodes take instead of outputs (or control inputs) of other nodes.
      used: the keys of `replaced` that some node asked for.
      made: the new operations by the names of their nodes.
    """

    def __init__(
        self,
        graph: Graph,
        prefix: str,
        nodes: Sequence[Any],
        producer_defaults: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.graph = graph
        self.prefix = prefix
        self.producer_defaults = producer_defaults
        self.nodes = self._by_name(nodes)
        self.inputs = {node.name: [_Input.parse(text) for text in node.input] for node in nodes}
        self.replaced: dict[_Input, Any] = {}
        self.used: set[_Input] = set()
        self.made: dict[str, Operation] = {}
        _check_op_types(nodes)

    def _by_name(self, nodes: Sequence[Any]) -> dict[str, Any]:
        by_name: dict[str, Any] = {}
        for node in nodes:
            if node.name in by_name:
                raise ValueError(f"graph_def has two nodes called {node.name!r}")
            if self.prefix + node.name in self.graph._by_name:
                raise ValueError(
                    f"the graph has an operation called {self.prefix + node.name!r} already: "
                    "import under another name"
                )
            by_name[node.name] = node
        return by_name

    def map_inputs(self, input_map: Mapping[str, Any]) -> None:
        """Set what nodes take instead of outputs of other nodes."""
        self.replaced = {_Input.parse(key): value for key, value in input_map.items()}
        missing = [str(item) for item in self.replaced if item.node not in self.nodes
                   and not any(item in inputs for inputs in self.inputs.values())]  # fmt: skip
        if missing:
            raise ValueError(f"input_map names what graph_def does not have: {', '.join(missing)}")

    def add_all(self) -> None:
        """Add all nodes to the graph, each after its inputs."""
        for name in self._in_order():
            self._add(self.nodes[name])
        for item in self.replaced:
            if item not in self.used and item.output >= len(self.made[item.node].outputs):
                raise ValueError(f"input_map names {item}, but {item.node!r} has fewer outputs")
        self._place_with_colocated()

    def element(self, name: str) -> Tensor | Operation:
        """Return the operation "x" or the tensor "x:0" of the imported part."""
        if ":" not in name:
            if name not in self.made:
                raise ValueError(f"return_elements names {name!r}, which graph_def does not have")
            return self.made[name]
        item = _Input.parse(name)
        if item in self.replaced:
            replacement: Tensor = self.replaced[item]
            return replacement
        if item.node not in self.made or item.output >= len(self.made[item.node].outputs):
            raise ValueError(f"return_elements names {name!r}, which graph_def does not have")
        return self.made[item.node].outputs[item.output]

    # -- order ----------------------------------------------------------------------------------

    def _in_order(self) -> Iterator[str]:
        """Yield the names of the nodes, each after its inputs, otherwise in the given order."""
        position = {name: index for index, name in enumerate(self.nodes)}
        names = list(self.nodes)
        waiting: dict[str, int] = {}
        consumers: dict[str, list[str]] = {}
        for name, inputs in self.inputs.items():
            needed = {item.node for item in inputs if item not in self.replaced}
            waiting[name] = len(needed)
            for other in needed:
                if other not in self.nodes:
                    raise ValueError(
                        f"node {name!r} has the input {other!r}, which is not in graph_def"
                    )
                consumers.setdefault(other, []).append(name)
        ready = [position[name] for name, count in waiting.items() if count == 0]
        while ready:
            name = names[heapq.heappop(ready)]
            del waiting[name]
            yield name
            for consumer in consumers.get(name, ()):
                waiting[consumer] -= 1
                if waiting[consumer] == 0:
                    heapq.heappush(ready, position[consumer])
        if waiting:
            some = ", ".join(map(repr, list(waiting)[:5]))
            raise ValueError(f"the nodes {some} wait for each other in a circle")

    # -- one node -------------------------------------------------------------------------------

    def _add(self, node: Any) -> None:
        cls = op_class(node.op)
        try:
            attributes = self._attributes(cls, node)
            shapes = attributes.pop("_output_shapes", None)
            op = _make_op(cls, attributes)
            tensors = [self._tensor(item) for item in self.inputs[node.name] if item.output >= 0]
            _check_inputs(op, tensors, attributes)
            operation = self._apply(op, tensors, node, "_class" in attributes)
            _refine_shapes(operation, shapes)
        except (TypeError, ValueError) as error:
            raise ValueError(f"cannot import node {node.name!r} ({node.op}): {error}") from error
        operation._add_control_inputs(
            self._control_input(item) for item in self.inputs[node.name] if item.output < 0
        )
        extra = {key: value for key, value in attributes.items() if key.startswith("_")}
        if "_class" in extra:
            groups = {*operation.extra_attrs.get("_class", ()), *extra["_class"]}
            extra["_class"] = sorted(groups)
        operation.extra_attrs.update(extra)
        self.made[node.name] = operation

    def _apply(self, op: Op, tensors: list[Tensor], node: Any, is_colocated: bool) -> Operation:
        full_name = self.prefix + node.name
        with self._device(node, is_colocated):
            operation = apply_op(op, *op.group_inputs(tensors), name=full_name + "/")
        # A name that is given with "/" is not reserved by the graph.
        self.graph._names_in_use.setdefault(full_name.lower(), 1)
        return operation

    def _device(self, node: Any, is_colocated: bool) -> Any:
        """Let the node's device refine those of `with tf.device` blocks around the import."""
        if is_colocated:
            return _own_device_only(self.graph, node.device)
        return self.graph.device(node.device) if node.device else nullcontext()

    def _tensor(self, item: _Input) -> Tensor:
        if item in self.replaced:
            self.used.add(item)
            replacement: Tensor = self.replaced[item]
            return replacement
        outputs = self.made[item.node].outputs
        if item.output >= len(outputs):
            raise ValueError(
                f"its input {item} does not exist: the node has {len(outputs)} outputs"
            )
        return outputs[item.output]

    def _control_input(self, item: _Input) -> Operation:
        if item not in self.replaced:
            return self.made[item.node]
        self.used.add(item)
        replacement = self.replaced[item]
        return replacement if isinstance(replacement, Operation) else replacement.op

    def _attributes(self, cls: type[Op], node: Any) -> dict[str, Any]:
        """Return the node's attributes as Python values, checked, names in them prefixed."""
        known = attribute_kinds(cls).keys() | implied_kinds(cls).keys()
        later = LATER_ATTRIBUTES.get(node.op, {})
        ignorable = {name: attr_value(default) for name, default in later.items()}
        ignorable |= self.producer_defaults.get(node.op, {})
        kept = {}
        for key, value in node.attr.items():
            if key in known or key.startswith("_"):
                kept[key] = value
            elif key not in ignorable or value != ignorable[key]:
                raise ValueError(f"the op has no attribute {key!r} here")
        attributes = op_attributes(cls, kept)
        if "_class" in attributes:
            attributes["_class"] = [self._prefixed_group(group) for group in attributes["_class"]]
        return attributes

    def _prefixed_group(self, group: bytes) -> bytes:
        if not group.startswith(_COLOCATION):
            return group
        return _COLOCATION + self.prefix.encode() + group.removeprefix(_COLOCATION)

    def _place_with_colocated(self) -> None:
        """Give each colocated operation the device of the first one of its groups that has one."""
        for operation in self.made.values():
            groups = operation.extra_attrs.get("_class", ())
            others = [self._named_in(group, operation) for group in groups
                      if group.startswith(_COLOCATION)]  # fmt: skip
            device = next((other.device for other in others if other.device), "")
            if device:
                operation._set_device(device)

    def _named_in(self, group: bytes, operation: Operation) -> Operation:
        name = group.removeprefix(_COLOCATION).decode()
        found = self.graph._by_name.get(name)
        if found is None:
            raise ValueError(f"{operation.name!r} is colocated with {name!r}, which does not exist")
        return found


def _make_op(cls: type[Op], attributes: Mapping[str, Any]) -> Op:
    fields = {
        key: attributes[key] for key in attribute_kinds(cls) if attributes.get(key) is not None
    }
    try:
        return cls.from_attributes(fields)
    except TypeError:
        missing = attribute_kinds(cls).keys() - fields.keys() - default_attributes(cls).keys()
        raise ValueError(f"it lacks the attribute {' and '.join(sorted(missing))}") from None


def _check_inputs(op: Op, tensors: Sequence[Tensor], attributes: Mapping[str, Any]) -> None:
    """Compare number and dtypes of the inputs with what the node's attributes say of them."""
    expected = 0
    for arg in op.input_args():
        count: Any = 1
        if arg.is_mixed_list:
            count = len(attributes.get(arg.type_attr or "", ()))
        elif arg.number_attr is not None:
            count = attributes.get(arg.number_attr, 0)
        expected += count
    if len(tensors) != expected:
        raise ValueError(f"it has {len(tensors)} inputs, but its attributes ask for {expected}")
    for key, value in op.inferred_attributes([tensor.dtype for tensor in tensors]).items():
        if key in attributes and attributes[key] != value:
            given = ", ".join(f"{tensor.name}: {tensor.spec}" for tensor in tensors)
            raise ValueError(f"its attribute {key} is {attributes[key]}, its inputs are {given}")


def _refine_shapes(operation: Operation, shapes: Sequence[Any] | None) -> None:
    """Add what the exporting program knew of the shapes."""
    for tensor, shape in zip(operation.outputs, shapes or (), strict=False):
        if not tensor.shape.is_compatible_with(shape):
            raise ValueError(
                f"_output_shapes says {shape} of output {tensor.value_index}, but it is "
                f"{tensor.shape}"
            )
        tensor.set_shape(shape)


@contextmanager
def _own_device_only(graph: Graph, device: str) -> Iterator[None]:
    with graph.device(None), graph.device(device) if device else nullcontext():
        yield


def _check_op_types(nodes: Iterable[Any]) -> None:
    known = registered_ops()
    unknown: dict[str, str] = {}
    for node in nodes:
        if node.op not in known:
            unknown.setdefault(node.op, node.name)
    if unknown:
        listed = ", ".join(f"{op} (node {name!r})" for op, name in unknown.items())
        raise NotFoundError(None, None, f"graphflow has no op of these types: {listed}")


def _check_versions(versions: Any) -> None:
    ours = Graph()._producer_version
    if versions.min_consumer > ours or ours in versions.bad_consumers:
        raise ValueError(
            f"the GraphDef is not for consumers of version {ours}: it asks for version "
            f"{versions.min_consumer} or higher and excludes {list(versions.bad_consumers)}"
        )


def _check_functions(library: Any) -> None:
    if library.function:
        names = ", ".join(function.signature.name for function in library.function)
        raise NotImplementedError(f"graph_def has functions, which cannot be imported: {names}")


def _checked_input_map(input_map: Mapping[str, Any] | None) -> dict[str, Any]:
    if input_map is None:
        return {}
    if not isinstance(input_map, Mapping) or not all(isinstance(key, str) for key in input_map):
        raise TypeError(f"input_map must map names (str) to tensors, but is {input_map!r}")
    return dict(input_map)


def _checked_return_elements(return_elements: Any) -> list[str] | None:
    if return_elements is None:
        return None
    is_list = isinstance(return_elements, (list, tuple))
    if not is_list or not all(isinstance(item, (str, bytes)) for item in return_elements):
        raise TypeError(f"return_elements must be a list of names, but is {return_elements!r}")
    return [item.decode() if isinstance(item, bytes) else item for item in return_elements]


def _as_tensors(graph: Graph, input_map: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """Convert the values of an input map, in a name scope of their own."""
    others = {
        key: value
        for key, value in input_map.items()
        if not isinstance(value, Tensor)
        and not (key.startswith("^") and isinstance(value, Operation))
    }
    if not others:
        return dict(input_map)
    if name == "":
        raise ValueError(
            f"the values of {', '.join(others)} in input_map are no tensors: convert them with "
            "tf.convert_to_tensor, or give import_graph_def a name under which to do so"
        )
    with graph.name_scope("_inputs"):
        converted = {key: convert_to_tensor(value) for key, value in others.items()}
    return {**input_map, **converted}


def _producer_defaults(producer_op_list: Any) -> dict[str, dict[str, Any]]:
    if producer_op_list is None:
        return {}
    return {
        op.name: {
            attr.name: attr.default_value for attr in op.attr if attr.HasField("default_value")
        }
        for op in protos.adopted(producer_op_list, "OpList").op
    }
