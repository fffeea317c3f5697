"""What is made of columns: the input of a network, a linear model, and how examples are parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.defaults import get_collection
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    Features,
    Variables,
)
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope


def sorted_columns(feature_columns: Any, kinds: tuple[type, ...], hint: str) -> list[Any]:
    """Return columns in the order of their names.

    Args:
      feature_columns: one or several columns.
      kinds: the classes that they may have.
      hint: what an error says about others.

    Raises:
      ValueError: there are none, one is of another class, or a name occurs twice.
    """
    columns = (
        [feature_columns] if isinstance(feature_columns, FeatureColumn) else list(feature_columns)
    )
    if not columns:
        raise ValueError("feature_columns is empty")
    for column in columns:
        if not isinstance(column, kinds):
            raise ValueError(f"{hint}, not {column!r}")
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"several columns are called {twice}")
    return sorted(columns, key=lambda column: str(column.name))


def _own_variables() -> list[Any]:
    """The variables of the current scope."""
    found = get_collection(GraphKeys.GLOBAL_VARIABLES, scope=get_variable_scope().name + "/")
    return list(found)


def checked_dense(feature_columns: Any) -> list[Any]:
    """Return columns of numbers in the order of their names.

    Args:
      feature_columns: one or several columns.

    Raises:
      ValueError: one is of categories or sequences, or a name occurs twice.
    """
    columns = sorted_columns(
        feature_columns,
        (DenseColumn,),
        "an input layer is of numbers: wrap categories in indicator_column or embedding_column",
    )
    for column in columns:
        if column.is_of_sequences:
            raise ValueError(f"{column.name!r} is of sequences: take a sequence_input_layer")
    return columns


def dense_tensors(
    columns: Iterable[Any],
    features: Features,
    variables: Variables,
    cols_to_output_tensors: MutableMapping[Any, Any] | None,
) -> Tensor:
    """Return the values of columns, side by side.

    Args:
      columns: the columns in order.
      features: the features of the examples.
      variables: how variables are made.
      cols_to_output_tensors: gets the values of each column.
    """
    outputs = []
    for column in columns:
        with variable_scope(column.scope_name):
            flat = _flat(column.dense_tensor(features, variables), column)
        outputs.append(flat)
        if cols_to_output_tensors is not None:
            cols_to_output_tensors[column] = flat
    return ops.concat(outputs, 1)


def input_layer(
    features: Mapping[str, Any],
    feature_columns: Any,
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
    cols_to_vars: MutableMapping[Any, Any] | None = None,
    cols_to_output_tensors: MutableMapping[Any, Any] | None = None,
) -> Tensor:
    """Return the values of columns, side by side.

    Args:
      features: from names to tensors [batch, ...] or SparseTensors.
      feature_columns: columns of numbers, such as `numeric_column` and `embedding_column`.
      weight_collections: collections that variables are added to.
      trainable: whether they are trained.
      cols_to_vars: gets the variables of each column.
      cols_to_output_tensors: gets the values of each column.

    Returns:
      A float32 tensor [batch, size], with the columns in the order of their names.

    Raises:
      ValueError: a column is of categories, a name occurs twice, or a feature is missing.

    >>> import graphflow as tf
    >>> a = tf.feature_column.numeric_column("a", shape=2)
    >>> b = tf.feature_column.numeric_column("b")
    >>> with tf.Session() as sess:
    ...     layer = tf.feature_column.input_layer({"a": [[1.0, 2.0]], "b": [[3.0]]}, [b, a])
    ...     print(sess.run(layer))
    [[1. 2. 3.]]
    """
    columns = checked_dense(feature_columns)
    known = Features(features)
    variables = Variables.of(weight_collections, trainable)
    outputs = []
    with variable_scope(None, "input_layer", list(features.values())):
        for column in columns:
            with variable_scope(None, column.scope_name):
                tensor = column.dense_tensor(known, variables)
                flat = _flat(tensor, column)
                outputs.append(flat)
                if cols_to_vars is not None:
                    cols_to_vars[column] = _variables_of(column)
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = flat
        return ops.concat(outputs, 1)


def _variables_of(column: Any) -> list[Any]:
    shared = getattr(column, "shared_name", None)
    return list(get_collection(shared)) if shared is not None else _own_variables()


def _flat(tensor: Tensor, column: DenseColumn) -> Tensor:
    size = column.variable_shape.num_elements()
    assert size is not None
    return ops.reshape(tensor, [ops.shape(tensor)[0], size])


def linear_model(
    features: Mapping[str, Any],
    feature_columns: Any,
    units: int = 1,
    sparse_combiner: str = "sum",
    weight_collections: Iterable[str] | None = None,
    trainable: bool = True,
    cols_to_vars: MutableMapping[Any, Any] | None = None,
) -> Tensor:
    """Return a linear function of the values of columns.

    Args:
      features: from names to tensors [batch, ...] or SparseTensors.
      feature_columns: columns of numbers or categories.
      units: how many functions.
      sparse_combiner: how the weights of the categories of an example are combined: "sum", "mean"
        or "sqrtn".
      weight_collections: collections that variables are added to.
      trainable: whether they are trained.
      cols_to_vars: gets the variables of each column, and the bias as "bias".

    Returns:
      A float32 tensor [batch, units].

    Raises:
      ValueError: a name occurs twice, or a feature is missing.

    >>> import graphflow as tf
    >>> x = tf.feature_column.numeric_column("x")
    >>> y = tf.feature_column.linear_model({"x": [[2.0], [4.0]]}, [x])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(tf.assign(tf.global_variables("linear_model/x")[0], [[0.5]]))
    ...     print(sess.run(y).ravel())
    array([[0.5]], dtype=float32)
    [1. 2.]
    """
    columns = sorted_columns(
        feature_columns,
        (DenseColumn, CategoricalColumn),
        "a linear model is of columns of numbers or categories",
    )
    known = Features(features)
    variables = Variables.of(weight_collections, trainable)
    scopes = [_unique_scope(column.name) for column in columns]
    sums = []
    with variable_scope(None, "linear_model"):
        for column, scope in zip(columns, scopes, strict=True):
            with variable_scope(scope):
                sums.append(_weighted(column, known, variables, units, sparse_combiner))
                if cols_to_vars is not None:
                    cols_to_vars[column] = _own_variables()
        bias = _variable("bias_weights", [units], variables)
        if cols_to_vars is not None:
            cols_to_vars["bias"] = [bias]
        total = ops.add_n(sums, name="weighted_sum_no_bias")
        return ops.bias_add(total, bias, name="weighted_sum")


def _unique_scope(name: str) -> str:
    """The name of a scope, numbered like a scope beside that of the model, as TensorFlow does."""
    with variable_scope(None, name) as scope:
        return str(scope.name).rsplit("/", maxsplit=1)[-1]


def _variable(name: str, shape: list[int], variables: Variables) -> Any:
    return get_variable(
        name,
        shape,
        float32,
        Zeros(),
        trainable=variables.trainable,
        collections=list(variables.collections),
    )


def _weighted(
    column: Any, features: Features, variables: Variables, units: int, combiner: str
) -> Tensor:
    if isinstance(column, CategoricalColumn):
        found = column.ids_and_weights(features)
        weights = _variable("weights", [column.num_buckets, units], variables)
        return ops.safe_embedding_lookup_sparse(
            weights, found.ids, found.weights, combiner, name="weighted_sum"
        )
    tensor = _flat(column.dense_tensor(features, variables), column)
    weights = _variable("weights", [column.variable_shape.num_elements(), units], variables)
    return ops.matmul(tensor, weights, name="weighted_sum")


def make_parse_example_spec(feature_columns: Iterable[FeatureColumn]) -> dict[str, Any]:
    """Return how the features of columns are parsed, for `tf.io.parse_example`.

    Args:
      feature_columns: the columns.

    Raises:
      ValueError: something is no column, or two parse a feature in different ways.

    >>> import graphflow as tf
    >>> x = tf.feature_column.numeric_column("x", shape=3)
    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 50)
    >>> spec = tf.feature_column.make_parse_example_spec([x, word])
    >>> spec["x"].shape, spec["word"].dtype.name
    ((3,), 'string')
    """
    spec: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"a column is expected, not {column!r}")
        for name, how in column.parse_example_spec.items():
            if spec.setdefault(name, how) != how:
                raise ValueError(f"the feature {name!r} is parsed as {spec[name]} and as {how}")
    return spec
