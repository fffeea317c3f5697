"""Where the features of an exported model come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor

_FEATURE = "feature"
_RECEIVER = "input"


class _Receiver(NamedTuple):
    features: Any
    receiver_tensors: dict[str, Any]
    receiver_tensors_alternatives: dict[str, dict[str, Any]] | None


class ServingInputReceiver(_Receiver):
    """The features of an exported model, and the tensors that are fed for them.

    Args:
      features: a tensor, or tensors by name; a single one is passed as {"feature": it}.
      receiver_tensors: a tensor, or tensors by name, that is fed.
      receiver_tensors_alternatives: further groups of tensors to be fed instead, by name.

    Raises:
      ValueError: something else is among them.
    """

    __slots__ = ()

    def __new__(
        cls,
        features: Any,
        receiver_tensors: Any,
        receiver_tensors_alternatives: Mapping[str, Any] | None = None,
    ) -> ServingInputReceiver:
        """Check what is given."""
        return super().__new__(
            cls,
            _named("features", features, _FEATURE),
            _named("receiver_tensors", receiver_tensors, _RECEIVER),
            _alternatives(receiver_tensors_alternatives),
        )


class TensorServingInputReceiver(_Receiver):
    """The same for a model whose features are one tensor, which is passed as it is.

    Args:
      features: the tensor.
      receiver_tensors: a tensor, or tensors by name, that is fed.
      receiver_tensors_alternatives: further groups of tensors to be fed instead, by name.

    Raises:
      ValueError: something else is among them.
    """

    __slots__ = ()

    def __new__(
        cls,
        features: Any,
        receiver_tensors: Any,
        receiver_tensors_alternatives: Mapping[str, Any] | None = None,
    ) -> TensorServingInputReceiver:
        """Check what is given."""
        _check_tensor("features", features)
        return super().__new__(
            cls,
            features,
            _named("receiver_tensors", receiver_tensors, _RECEIVER),
            _alternatives(receiver_tensors_alternatives),
        )


def _named(what: str, tensors: Any, name: str) -> dict[str, Any]:
    if tensors is None:
        raise ValueError(f"{what} must be given")
    found = dict(tensors) if isinstance(tensors, Mapping) else {name: tensors}
    for key, tensor in found.items():
        if not isinstance(key, (str, int)):
            raise ValueError(f"the names of {what} are strings, not {key!r}")
        _check_tensor(f"{what}[{key!r}]", tensor)
    return found


def _check_tensor(what: str, tensor: Any) -> None:
    if not isinstance(tensor, (Tensor, SparseTensor)):
        raise ValueError(f"{what} is a tensor, not {tensor!r}")


def _alternatives(groups: Mapping[str, Any] | None) -> dict[str, dict[str, Any]] | None:
    if groups is None:
        return None
    if not isinstance(groups, Mapping):
        raise ValueError(f"receiver_tensors_alternatives is a dictionary, not {groups!r}")
    return {
        name: _named(f"receiver_tensors_alternatives[{name!r}]", group, _RECEIVER)
        for name, group in groups.items()
    }


def build_raw_serving_input_receiver_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """Return a function that makes a placeholder for each feature.

    Args:
      features: tensors by name, whose dtypes and shapes count.
      default_batch_size: the size of the first axis, None for any.
    """

    def receive() -> ServingInputReceiver:
        placeholders = {}
        for name, tensor in features.items():
            shape = tensor.shape.as_list()
            shape[:1] = [default_batch_size]
            placeholders[name] = ops.placeholder(tensor.dtype.base_dtype, shape, tensor.op.name)
        return ServingInputReceiver(placeholders, placeholders)

    return receive


def build_parsing_serving_input_receiver_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], ServingInputReceiver]:
    """Return a function that makes a placeholder for serialized examples, and parses them.

    Args:
      feature_spec: how to parse them, see `tf.parse_example`.
      default_batch_size: how many there are, None for any number.
    """

    def receive() -> ServingInputReceiver:
        examples = ops.placeholder("string", [default_batch_size], name="input_example_tensor")
        features = ops.parse_example(examples, dict(feature_spec))
        return ServingInputReceiver(features, {"examples": examples})

    return receive
