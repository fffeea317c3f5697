"""`tf.contrib.layers`: what is made of columns: the input of a network, and linear models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    Features,
    Variables,
)
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, variable_scope


def _sorted(feature_columns: Any) -> list[Any]:
    """The columns in the order of their names."""
    columns = list(feature_columns)
    for column in columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"a column is expected, not {column!r}")
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"several columns are called {twice}")
    return sorted(columns, key=lambda column: str(column.name))


def _tensors(columns_to_tensors: Mapping[Any, Any]) -> list[Any]:
    return list(columns_to_tensors.values())


def input_from_feature_columns(
    columns_to_tensors: Mapping[Any, Any],
    feature_columns: Any,
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
    scope: Any = None,
    cols_to_outs: MutableMapping[Any, Any] | None = None,
) -> Tensor:
    """Return the values of columns, side by side.

    Args:
      columns_to_tensors: the features by name.
      feature_columns: columns of numbers, such as `real_valued_column` and `embedding_column`.
      weight_collections: collections that variables are added to.
      trainable: whether they are trained.
      scope: the scope.
      cols_to_outs: gets the values of each column.

    Returns:
      A float32 tensor [batch, size], with the columns in the order of their names.

    Raises:
      ValueError: a column is of categories, a name occurs twice, or a feature is missing.

    >>> import graphflow as tf
    >>> layers = tf.contrib.layers
    >>> columns = [layers.real_valued_column("b"), layers.real_valued_column("a", 2)]
    >>> features = {"a": [[1.0, 2.0]], "b": [[3.0]]}
    >>> with tf.Session() as sess:
    ...     print(sess.run(layers.input_from_feature_columns(features, columns)))
    [[1. 2. 3.]]
    """
    columns = _sorted(feature_columns)
    known = Features(columns_to_tensors)
    variables = Variables.of(weight_collections, trainable)
    outputs = []
    with variable_scope(scope, "input_from_feature_columns", _tensors(columns_to_tensors)):
        for column in columns:
            if not isinstance(column, DenseColumn):
                raise ValueError(
                    f"{column.name!r} is of categories: wrap it in one_hot_column or "
                    "embedding_column"
                )
            with variable_scope(None, column.scope_name):
                output = _flat(column.dense_tensor(known, variables), column)
            outputs.append(output)
            if cols_to_outs is not None:
                cols_to_outs[column] = output
        return ops.concat(outputs, 1)


def _flat(tensor: Tensor, column: DenseColumn) -> Tensor:
    size = column.variable_shape.num_elements()
    assert size is not None
    return ops.reshape(tensor, [ops.shape(tensor)[0], size])


def _variable(name: str, shape: list[Any], variables: Variables) -> Any:
    return get_variable(
        name,
        shape,
        float32,
        Zeros(),
        trainable=variables.trainable,
        collections=list(variables.collections),
    )


def weighted_sum_from_feature_columns(
    columns_to_tensors: Mapping[Any, Any],
    feature_columns: Any,
    num_outputs: int,
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Tensor, dict[Any, list[Any]], Any]:
    """Return a linear function of the values of columns.

    Args:
      columns_to_tensors: the features by name.
      feature_columns: columns of numbers or categories.
      num_outputs: how many functions.
      weight_collections: collections that variables are added to.
      trainable: whether they are trained.
      scope: the scope.

    Returns:
      A float32 tensor [batch, num_outputs], the variables of each column, and the bias.

    Raises:
      ValueError: a name occurs twice, or a feature is missing.

    >>> import graphflow as tf
    >>> x = tf.contrib.layers.real_valued_column("x", dimension=3)
    >>> logits, _, bias = weighted_sum_from_feature_columns({"x": tf.zeros([5, 3])}, [x], 2)
    >>> logits.shape.as_list(), bias.op.name
    ([5, 2], 'weighted_sum_from_feature_columns/bias_weight')
    """
    columns = _sorted(feature_columns)
    known = Features(columns_to_tensors)
    variables = Variables.of(weight_collections, trainable)
    sums, by_column = [], {}
    with variable_scope(scope, "weighted_sum_from_feature_columns", _tensors(columns_to_tensors)):
        for column in columns:
            with variable_scope(None, column.name):
                output, weights = _weighted(column, known, variables, num_outputs)
            sums.append(output)
            by_column[column] = [weights]
        return _with_bias(sums, num_outputs, variables, by_column)


def joint_weighted_sum_from_feature_columns(
    columns_to_tensors: Mapping[Any, Any],
    feature_columns: Any,
    num_outputs: int,
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
    scope: Any = None,
) -> tuple[Tensor, dict[Any, list[Any]], Any]:
    """Return a linear function of the categories of columns, with one variable for all weights.

    Args:
      columns_to_tensors: the features by name.
      feature_columns: columns of categories.
      num_outputs: see `weighted_sum_from_feature_columns`.
      weight_collections: see there.
      trainable: see there.
      scope: see there.

    Returns:
      What `weighted_sum_from_feature_columns` returns.

    Raises:
      ValueError: a column is not of categories, a name occurs twice, or a feature is missing.
    """
    columns = _sorted(feature_columns)
    for column in columns:
        if not isinstance(column, CategoricalColumn):
            raise ValueError(f"{column.name!r} is not of categories")
    known = Features(columns_to_tensors)
    variables = Variables.of(weight_collections, trainable)
    with variable_scope(
        scope, "joint_weighted_sum_from_feature_columns", _tensors(columns_to_tensors)
    ):
        size = sum(column.num_buckets for column in columns)
        weights = _variable("weights", [size, num_outputs], variables)
        sums, begin = [], 0
        for column in columns:
            part = weights[begin : begin + column.num_buckets]
            begin += column.num_buckets
            found = column.ids_and_weights(known)
            sums.append(
                ops.safe_embedding_lookup_sparse(
                    part, found.ids, found.weights, _combiner(column), name=column.name
                )
            )
        return _with_bias(sums, num_outputs, variables, {column: [weights] for column in columns})


def _with_bias(
    sums: list[Tensor], num_outputs: int, variables: Variables, by_column: dict[Any, list[Any]]
) -> tuple[Tensor, dict[Any, list[Any]], Any]:
    total = ops.add_n(sums)
    bias = _variable("bias_weight", [num_outputs], variables)
    return ops.bias_add(total, bias), by_column, bias


def _combiner(column: Any) -> str:
    """How categories are combined; columns of `tf.feature_column` add them."""
    return str(getattr(column, "combiner", "sum"))


def _weighted(
    column: Any, features: Features, variables: Variables, num_outputs: int
) -> tuple[Tensor, Any]:
    """The product with weights, and these."""
    if isinstance(column, CategoricalColumn):
        found = column.ids_and_weights(features)
        weights = _variable("weights", [column.num_buckets, num_outputs], variables)
        output = ops.safe_embedding_lookup_sparse(
            weights, found.ids, found.weights, _combiner(column), name="weighted_sum"
        )
        return output, weights
    tensor = _flat(column.dense_tensor(features, variables), column)
    weights = _variable("weight", [tensor.shape.as_list()[1], num_outputs], variables)
    return ops.matmul(tensor, weights, name="weighted_sum"), weights
