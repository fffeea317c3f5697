"""Layers of columns of features: `tf.keras.layers.DenseFeatures` and `SequenceFeatures`."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from graphflow.core.defaults import get_collection
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.feature_columns.base import Features, Variables
from graphflow.feature_columns.models import checked_dense, dense_tensors
from graphflow.feature_columns.sequence import checked_sequences, sequence_tensors
from graphflow.layers.base import Layer
from graphflow.variables.scope import get_variable_scope


class _Columns(Layer):
    """A layer whose variables are those of columns."""

    def __init__(
        self, columns: list[Any], trainable: bool, name: str | None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, **{"dtype": "float32", **kwargs})
        self._columns = columns
        self._has_variables = False

    def _known(self, features: Any) -> Features:
        if not isinstance(features, Mapping):
            raise ValueError(f"the features are tensors by name, not {features!r}")
        return Features(features)

    def _keep_variables(self) -> None:
        """Take the variables that columns have made in the layer's scope for those of the layer."""
        if self._has_variables:
            return
        scope = get_variable_scope().name + "/"
        trained = get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=scope)
        self._trainable_weights += trained
        self._non_trainable_weights += [
            variable
            for variable in get_collection(GraphKeys.GLOBAL_VARIABLES, scope=scope)
            if not any(variable is other for other in trained)
        ]
        self._has_variables = True


class DenseFeatures(_Columns):
    """The values of columns, side by side, see `tf.feature_column.input_layer`.

    Args:
      feature_columns: columns of numbers, such as `numeric_column` and `embedding_column`.
      trainable: whether the variables are trained.
      name: what the layer is called.
      **kwargs: further arguments of `Layer`.

    Raises:
      ValueError: a column is of categories or sequences, or a name occurs twice.

    >>> import graphflow as tf
    >>> a, b = (tf.feature_column.numeric_column(name) for name in "ab")
    >>> with tf.Session() as sess:
    ...     print(sess.run(DenseFeatures([b, a])({"a": [[1.0]], "b": [[3.0]]})))
    [[1. 3.]]
    """

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(checked_dense(feature_columns), trainable, name, **kwargs)

    def call(
        self,
        features: Any,
        cols_to_output_tensors: MutableMapping[Any, Any] | None = None,
    ) -> Tensor:
        """Return the values.

        Args:
          features: from names to tensors [batch, ...] or SparseTensors.
          cols_to_output_tensors: gets the values of each column.

        Returns:
          A float32 tensor [batch, size], with the columns in the order of their names.
        """
        found = dense_tensors(
            self._columns,
            self._known(features),
            Variables.of(None, self.trainable),
            cols_to_output_tensors,
        )
        self._keep_variables()
        return found


class SequenceFeatures(_Columns):
    """The values of columns of sequences, see `tf.contrib.feature_column.sequence_input_layer`.

    Args:
      feature_columns: columns of sequences.
      trainable: whether the variables are trained.
      name: what the layer is called.
      **kwargs: further arguments of `Layer`.

    Raises:
      ValueError: a column is of no sequences, or a name occurs twice.
    """

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(checked_sequences(feature_columns), trainable, name, **kwargs)

    def call(self, features: Any) -> tuple[Tensor, Tensor]:
        """Return the values and the lengths of the sequences.

        Args:
          features: from names to SparseTensors [batch, steps, ...] or tensors.

        Returns:
          A float32 tensor [batch, steps, size], and an int64 tensor [batch].
        """
        found = sequence_tensors(
            self._columns, self._known(features), Variables.of(None, self.trainable)
        )
        self._keep_variables()
        return found
