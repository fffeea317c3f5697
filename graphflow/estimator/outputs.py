"""What an exported model gives: predictions, classes or a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.saved_model import constants
from graphflow.saved_model.signatures import build_signature_def, build_tensor_info


class ExportOutput:
    """Base of what an exported model gives."""

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Return the signature for inputs.

        Args:
          receiver_tensors: the inputs by name.
        """
        raise NotImplementedError

    @staticmethod
    def _example(receiver_tensors: Mapping[str, Any]) -> Any:
        """The only input, serialized examples."""
        if len(receiver_tensors) != 1:
            raise ValueError(
                f"classes and numbers are served for one input, not for {sorted(receiver_tensors)}"
            )
        (tensor,) = receiver_tensors.values()
        if tensor.dtype.base_dtype != as_dtype("string"):
            raise ValueError(
                f"classes and numbers are served for serialized examples, strings, not for {tensor}"
            )
        return tensor


def _signature(inputs: Mapping[str, Any], outputs: Mapping[str, Any], method: str) -> Any:
    described_inputs = {name: build_tensor_info(tensor) for name, tensor in inputs.items()}
    described_outputs = {name: build_tensor_info(tensor) for name, tensor in outputs.items()}
    return build_signature_def(described_inputs, described_outputs, method)


class PredictOutput(ExportOutput):
    """Any outputs.

    Args:
      outputs: a tensor, or tensors by name.

    Raises:
      ValueError: something else is among them.
    """

    def __init__(self, outputs: Any) -> None:
        if not isinstance(outputs, Mapping):
            outputs = {"output": outputs}
        for name, tensor in outputs.items():
            if not isinstance(name, str) or not isinstance(tensor, (Tensor, SparseTensor)):
                raise ValueError(f"outputs are tensors by name, not {tensor!r} for {name!r}")
        self._outputs = dict(outputs)

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Return the signature for inputs.

        Args:
          receiver_tensors: the inputs by name.
        """
        return _signature(receiver_tensors, self._outputs, constants.PREDICT_METHOD_NAME)


class ClassificationOutput(ExportOutput):
    """Classes with their scores.

    Args:
      scores: floats [batch, classes], or None.
      classes: strings [batch, classes], or None; one of the two is needed.

    Raises:
      ValueError: both are missing, or of another dtype.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is None and classes is None:
            raise ValueError("a classification has scores, classes or both")
        if scores is not None and not convert_to_tensor(scores).dtype.is_floating:
            raise ValueError(f"scores are floats, not {scores}")
        if classes is not None and convert_to_tensor(classes).dtype != as_dtype("string"):
            raise ValueError(f"classes are strings, not {classes}")
        self._scores = scores
        self._classes = classes

    @property
    def scores(self) -> Any:
        """The scores, or None."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The classes, or None."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Return the signature for serialized examples.

        Args:
          receiver_tensors: the input by name.

        Raises:
          ValueError: there are other inputs.
        """
        outputs = {
            constants.CLASSIFY_OUTPUT_CLASSES: self._classes,
            constants.CLASSIFY_OUTPUT_SCORES: self._scores,
        }
        return _signature(
            {constants.CLASSIFY_INPUTS: self._example(receiver_tensors)},
            {name: tensor for name, tensor in outputs.items() if tensor is not None},
            constants.CLASSIFY_METHOD_NAME,
        )


class RegressionOutput(ExportOutput):
    """A number for each example.

    Args:
      value: floats.

    Raises:
      ValueError: it is of another dtype.
    """

    def __init__(self, value: Any) -> None:
        if not isinstance(value, Tensor) or not value.dtype.is_floating:
            raise ValueError(f"the value of a regression is a tensor of floats, not {value!r}")
        self._value = value

    @property
    def value(self) -> Tensor:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: Mapping[str, Any]) -> Any:
        """Return the signature for serialized examples.

        Args:
          receiver_tensors: the input by name.

        Raises:
          ValueError: there are other inputs.
        """
        return _signature(
            {constants.REGRESS_INPUTS: self._example(receiver_tensors)},
            {constants.REGRESS_OUTPUTS: self._value},
            constants.REGRESS_METHOD_NAME,
        )
