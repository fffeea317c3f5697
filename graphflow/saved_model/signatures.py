"""Signatures: which tensors of a graph a served computation takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.core import dtypes
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Graph, Tensor, get_default_graph
from graphflow.core.sparse import SparseTensor
from graphflow.interop import protos
from graphflow.interop.tensor_proto import shape_proto
from graphflow.saved_model import constants
from graphflow.variables.base import prepend_scope


def build_tensor_info(tensor: Any) -> Any:
    """Return the name, dtype and shape of a tensor.

    Args:
      tensor: a `Tensor` or `SparseTensor`.

    Returns:
      A `TensorInfo`.

    Raises:
      TypeError: it is something else.

    >>> import graphflow as tf
    >>> info = build_tensor_info(tf.placeholder(tf.float32, [None, 3], name="x"))
    >>> info.name, [dim.size for dim in info.tensor_shape.dim]
    ('x:0', [-1, 3])
    """
    if isinstance(tensor, SparseTensor):
        info = protos.TensorInfo(
            dtype=tensor.dtype.as_datatype_enum, tensor_shape=shape_proto(tensor.get_shape())
        )
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
        return info
    if not isinstance(tensor, Tensor):
        raise TypeError(f"expected a Tensor or SparseTensor, got {tensor!r}")
    return protos.TensorInfo(
        name=tensor.name,
        dtype=tensor.dtype.base_dtype.as_datatype_enum,
        tensor_shape=shape_proto(tensor.shape),
    )


def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """Return the tensor that a `TensorInfo` names.

    Args:
      tensor_info: the `TensorInfo`.
      graph: the graph, by default the default one.
      import_scope: the name scope that the graph was loaded into.

    Returns:
      A `Tensor` or `SparseTensor`.

    Raises:
      KeyError: the graph has no such tensor.
      ValueError: the message names no tensor.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> get_tensor_from_tensor_info(build_tensor_info(x)) is x
    True
    """
    graph = graph or get_default_graph()

    def found(name: str) -> Tensor:
        return graph.get_tensor_by_name(prepend_scope(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return found(tensor_info.name)
    if encoding == "coo_sparse":
        parts = tensor_info.coo_sparse
        return SparseTensor(
            found(parts.indices_tensor_name),
            found(parts.values_tensor_name),
            found(parts.dense_shape_tensor_name),
        )
    raise ValueError(f"this TensorInfo names no tensor that can be found: {tensor_info}")


def build_signature_def(
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    method_name: str | None = None,
) -> Any:
    """Return a `SignatureDef`.

    Args:
      inputs: from names to `TensorInfo`s.
      outputs: from names to `TensorInfo`s.
      method_name: which kind of computation it is.
    """
    signature = protos.SignatureDef(method_name=method_name or "")
    for field, infos in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for name, info in (infos or {}).items():
            field[name].CopyFrom(protos.adopted(info, "TensorInfo"))
    return signature


def predict_signature_def(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
    """Return the signature of any computation.

    Args:
      inputs: from names to tensors.
      outputs: from names to tensors.

    Raises:
      ValueError: there are no inputs, or no outputs.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> signature = predict_signature_def({"number": x}, {"root": tf.sqrt(x, name="y")})
    >>> signature.outputs["root"].name, signature.method_name
    ('y:0', 'tensorflow/serving/predict')
    """
    if not inputs or not outputs:
        raise ValueError("the signature of a prediction needs inputs and outputs")
    return build_signature_def(
        {name: build_tensor_info(tensor) for name, tensor in inputs.items()},
        {name: build_tensor_info(tensor) for name, tensor in outputs.items()},
        constants.PREDICT_METHOD_NAME,
    )


def regression_signature_def(examples: Any, predictions: Any) -> Any:
    """Return the signature of a regression.

    Args:
      examples: string tensor of serialized `Example`s.
      predictions: float32 tensor.

    Raises:
      ValueError: a tensor is missing or of another dtype.
    """
    if examples is None or predictions is None:
        raise ValueError("the signature of a regression needs examples and predictions")
    return build_signature_def(
        {constants.REGRESS_INPUTS: _info(examples, "examples", dtypes.string)},
        {constants.REGRESS_OUTPUTS: _info(predictions, "predictions", dtypes.float32)},
        constants.REGRESS_METHOD_NAME,
    )


def classification_signature_def(examples: Any, classes: Any, scores: Any) -> Any:
    """Return the signature of a classification.

    Args:
      examples: string tensor of serialized `Example`s.
      classes: string tensor of labels, or None.
      scores: float32 tensor, or None; not both.

    Raises:
      ValueError: a tensor is missing or of another dtype.
    """
    if examples is None or (classes is None and scores is None):
        raise ValueError("the signature of a classification needs examples, and classes or scores")
    outputs = {}
    if classes is not None:
        outputs[constants.CLASSIFY_OUTPUT_CLASSES] = _info(classes, "classes", dtypes.string)
    if scores is not None:
        outputs[constants.CLASSIFY_OUTPUT_SCORES] = _info(scores, "scores", dtypes.float32)
    inputs = {constants.CLASSIFY_INPUTS: _info(examples, "examples", dtypes.string)}
    return build_signature_def(inputs, outputs, constants.CLASSIFY_METHOD_NAME)


def _info(tensor: Any, what: str, dtype: DType) -> Any:
    if not isinstance(tensor, Tensor):
        raise ValueError(f"{what} is a tensor, not {tensor!r}")
    if tensor.dtype.base_dtype != dtype:
        raise ValueError(f"{what} must be of dtype {dtype.name}, not {tensor.dtype.name}")
    return build_tensor_info(tensor)


def is_valid_signature(signature_def: Any) -> bool:
    """Tell whether a signature is one of a classification, regression or prediction.

    Args:
      signature_def: a `SignatureDef`; its inputs and outputs must be what its kind asks for.
    """
    inputs = {name: as_dtype(info.dtype) for name, info in signature_def.inputs.items()}
    outputs = {name: as_dtype(info.dtype) for name, info in signature_def.outputs.items()}
    if signature_def.method_name == constants.PREDICT_METHOD_NAME:
        return bool(inputs and outputs)
    if signature_def.method_name == constants.REGRESS_METHOD_NAME:
        return inputs == {constants.REGRESS_INPUTS: dtypes.string} and outputs == {
            constants.REGRESS_OUTPUTS: dtypes.float32
        }
    allowed = {
        constants.CLASSIFY_OUTPUT_CLASSES: dtypes.string,
        constants.CLASSIFY_OUTPUT_SCORES: dtypes.float32,
    }
    return (
        signature_def.method_name == constants.CLASSIFY_METHOD_NAME
        and inputs == {constants.CLASSIFY_INPUTS: dtypes.string}
        and bool(outputs)
        and outputs.items() <= allowed.items()
    )
