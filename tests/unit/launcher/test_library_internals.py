"""Internal names that whole libraries, such as TensorFlow Probability, import."""

from __future__ import annotations

import collections
import sys
import types
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of


def internal(path: str) -> Any:
    return module_of(f"python.{path}")


def run(fetches: Any) -> Any:
    with tf.Session() as session:
        return session.run(fetches)


def test_sparse_tensors_are_composite():
    composite = internal("framework.composite_tensor").CompositeTensor
    sparse = tf.SparseTensor([[0, 1]], [2.5], [4, 3])
    assert isinstance(sparse, composite)
    assert not isinstance(sparse.values, composite)

    class Pair(composite):
        @property
        def _type_spec(self):
            return types.SimpleNamespace(_to_components=lambda value: (value, 3))

    pair = Pair()
    assert pair._to_components() == (pair, 3)
    with pytest.raises(NotImplementedError, match=r"Pair.consumers"):
        pair.consumers()


def test_shapes_broadcast():
    broadcast = internal("framework.common_shapes").broadcast_shape
    assert broadcast(tf.TensorShape([3, 1]), tf.TensorShape([None, 4])).as_list() == [3, 4]
    with pytest.raises(ValueError, match=r"\(3,\).*\(4,\)"):
        broadcast(tf.TensorShape([3]), tf.TensorShape([4]))


def test_a_lazy_module_is_imported_at_first_use(monkeypatch):
    module = types.ModuleType("heavy")
    module.weight = 7
    names: dict[str, Any] = {}
    lazy = internal("util.lazy_loader").LazyLoader("heavy", names, "heavy", warning="old")
    assert names == {}
    monkeypatch.setitem(sys.modules, "heavy", module)
    assert lazy.weight == 7
    assert names == {"heavy": module}
    assert "weight" in dir(lazy)


def test_functions_as_text():
    utils = internal("keras.utils.generic_utils")
    offset = 5

    def scaled(x, by=3):
        return x * by + offset

    dumped = utils.func_dump(scaled)
    assert isinstance(dumped[0], str)
    assert utils.func_load(*dumped)(2) == 11
    assert utils.func_load([dumped[0], [4], dumped[2]])(2) == 13
    assert utils.has_arg(scaled, "by")
    assert not utils.has_arg(scaled, "offset", accept_all=True)


def test_symbolic_tensors():
    utils = internal("keras.utils.tf_utils")

    class Stand:
        pass

    assert utils.is_symbolic_tensor(tf.constant(1.0))
    assert not utils.is_symbolic_tensor(Stand())
    utils.register_symbolic_tensor_type(Stand)
    assert utils.is_symbolic_tensor(Stand())
    with pytest.raises(TypeError, match="is not a class"):
        utils.register_symbolic_tensor_type(3)


def test_transformers_of_source_cannot_be_made():
    class Mine(internal("autograph.pyct.transformer").Base):
        pass

    with pytest.raises(NotImplementedError, match=r"Mine: .*autograph"):
        Mine()


def test_the_value_that_a_graph_determines():
    wrapper = internal("pywrap_tensorflow").TF_TryEvaluateConstant_wrapper
    for tensor, value in ((tf.constant(3) + 4, 7), (tf.placeholder(tf.int32), None)):
        assert wrapper(tensor.graph._c_graph, tensor._as_tf_output()) == value


def operators() -> dict[str, Any]:
    linalg = tf.linalg
    return {
        "one": linalg.LinearOperatorIdentity(2),
        "scaled": linalg.LinearOperatorScaledIdentity(2, 3.0, is_positive_definite=True),
        "diag": linalg.LinearOperatorDiag([1.0, 2.0], is_positive_definite=True),
        "tril": linalg.LinearOperatorLowerTriangular([[1.0, 0.0], [4.0, 2.0]]),
        "full": linalg.LinearOperatorFullMatrix([[1.0, 5.0], [4.0, 2.0]]),
    }


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("one", "scaled"), "ScaledIdentity"),
        (("diag", "scaled", "one"), "Diag"),
        (("one", "tril", "diag"), "LowerTriangular"),
        (("tril", "full"), "FullMatrix"),
        (("full", "diag"), "FullMatrix"),
    ],
)
def test_linear_operators_are_added(names: tuple[str, ...], kind: str):
    parts = [operators()[name] for name in names]
    (total,) = internal("ops.linalg.linear_operator_addition").add_operators(parts)
    assert type(total).__name__ == f"LinearOperator{kind}"
    got, *matrices = run([total.to_dense(), *(part.to_dense() for part in parts)])
    np.testing.assert_array_equal(got, sum(matrices))
    definite = all(part.is_positive_definite for part in parts)
    assert bool(total.is_positive_definite) == definite


def test_a_sum_of_operators_has_a_name_of_its_parts():
    add = internal("ops.linalg.linear_operator_addition").add_operators
    parts = [tf.linalg.LinearOperatorDiag([float(i)], name=f"A{i}") for i in (1, 2)]
    assert add(parts)[0].name == "Add/A1__A2/"
    assert add(parts, operator_name="both")[0].name == "both"
    with pytest.raises(NotImplementedError, match="addition_tiers"):
        add(parts, addition_tiers=[[]])
    with pytest.raises(ValueError, match="no operator"):
        add([])
    with pytest.raises(ValueError, match=r"different dimensions: A1 \(1, 1\) and"):
        add([parts[0], tf.linalg.LinearOperatorIdentity(2)])
    with pytest.raises(TypeError, match="LinearOperatorZeros"):
        add([tf.linalg.LinearOperatorZeros(1), parts[0]])


def test_triangular_systems_whose_batches_broadcast():
    solve = internal("ops.linalg.linear_operator_util").matrix_triangular_solve_with_broadcast
    matrix = np.array([[[2.0, 0.0], [1.0, 4.0]]])
    rhs = np.arange(12.0).reshape(3, 2, 2)
    np.testing.assert_allclose(run(solve(matrix, rhs)), np.linalg.solve(matrix, rhs))
    np.testing.assert_allclose(
        run(solve(matrix, rhs, adjoint=True)), np.linalg.solve(matrix.swapaxes(1, 2), rhs)
    )


def test_names_of_a_program_are_known_to_keras():
    utils = tf.keras.utils

    def triple(x):
        return 3 * x

    with utils.custom_object_scope({"triple": triple}):
        assert tf.keras.activations.get("triple") is triple
    with pytest.raises(ValueError, match="unknown activation function 'triple'"):
        tf.keras.activations.get("triple")
    assert utils.serialize_keras_object(triple) == "triple"
    assert utils.deserialize_keras_object("triple", custom_objects={"triple": triple}) is triple


def test_a_layer_of_a_function():
    layer = tf.keras.layers.Lambda(lambda x, training: 2.0 * x if training else x, output_shape=[3])
    x = tf.constant([[1.0, 2.0, 4.0]])
    assert run([layer(x), layer(x, training=True)])[1].tolist() == [[2.0, 4.0, 8.0]]
    assert layer.compute_output_shape([None, 3]).as_list() == [None, 3]
    doubled = tf.keras.layers.Lambda(lambda x: x, output_shape=lambda shape: [shape[0], 6])
    assert doubled.compute_output_shape([2, 3]).as_list() == [2, 6]
    with pytest.raises(NotImplementedError, match="mask"):
        tf.keras.layers.Lambda(lambda x: x, mask=x)


def test_version_2_has_dimensions_and_new_axes():
    v2 = tf.compat.v2
    assert v2.newaxis is None
    assert v2.compat.dimension_value(tf.Dimension(3)) == 3
    assert v2.__version__ == tf.__version__


def test_named_tuples_are_told_from_tuples():
    is_namedtuple = internal("util.nest")._is_namedtuple
    Point = collections.namedtuple("Point", "x y")

    class Named(Point):
        pass

    found = [is_namedtuple(value) for value in (Point(1, 2), Named(1, 2), (1, 2), [1])]
    assert found == [True, True, False, False]
    assert is_namedtuple(Point(1, 2), strict=True)
    assert not is_namedtuple(Named(1, 2), strict=True)


def test_shapes_as_values_of_tensors():
    as_shape = internal("framework.tensor_util").constant_value_as_shape
    x = tf.placeholder(tf.float32, [None, 3])
    assert as_shape(tf.shape(x)).as_list() == [None, 3]
    assert as_shape(tf.constant([4, -1])).as_list() == [4, None]
    assert as_shape(tf.placeholder(tf.int32, [2])).as_list() == [None, None]
    assert as_shape(tf.placeholder(tf.int32, [None])).ndims is None
    assert as_shape(tf.constant(-1)).ndims is None
    with pytest.raises(ValueError, match="known to be -1"):
        as_shape(tf.constant(3))


def test_what_is_no_tensor_is_its_own_static_value():
    array = np.array([3, 4])
    assert tf.get_static_value(array) is array
    assert tf.get_static_value(None) is None
    assert tf.get_static_value(tf.Variable(3)) is None
    assert tf.contrib.util.constant_value(7) == 7
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    assert tf.is_tensor(slices)
    assert tf.get_static_value(slices) is None


def test_layers_and_their_arguments():
    utils = internal("layers.utils")
    assert utils.normalize_padding("VALID") == "valid"
    assert utils.normalize_data_format("Channels_First") == "channels_first"
    lengths = [utils.conv_output_length(11, 3, how, 2, 2) for how in ("same", "valid", "full")]
    assert lengths == [6, 4, 8]
    assert utils.conv_output_length(None, 3, "full", 2) is None
    with pytest.raises(ValueError, match="padding must be one of"):
        utils.normalize_padding("full")


def test_cases_of_another_condition():
    case = internal("ops.control_flow_ops")._case_helper
    asked = []

    def static_cond(pred, true_fn, false_fn, note):
        asked.append((pred, note))
        return true_fn() if pred else false_fn()

    pairs = [(False, lambda: 1), (True, lambda: 2), (True, lambda: 3)]
    found = case(static_cond, pairs, lambda: 4, False, "c", allow_python_preds=True, note="n")
    assert found == 2
    assert asked == [(False, "n"), (True, "n")]
    with pytest.raises(TypeError, match="must be a bool tensor, not False"):
        case(static_cond, pairs, None, False, "c", note="n")


def test_a_convolution_that_is_decided_beforehand():
    x, w = np.arange(12.0).reshape(1, 6, 2), np.ones((2, 2, 3))
    make = internal("ops.nn_ops").Convolution
    convolve = make([None, None, 2], [2, 2, 3], "VALID", dilation_rate=[2], data_format="NWC")
    direct = tf.nn.convolution(x, w, "VALID", dilation_rate=[2])
    np.testing.assert_array_equal(*run([convolve(x, w), direct]))
    with pytest.raises(ValueError, match="are not compatible"):
        convolve(x, w[:1])


@pytest.mark.parametrize(
    ("name", "changed"),
    [("update", [7.0, 8.0]), ("add", [10.0, 12.0]), ("sub", [-4.0, -4.0])],
)
def test_changes_in_place_return_new_tensors(name: str, changed: list[float]):
    change = getattr(internal("ops.inplace_ops"), f"alias_inplace_{name}")
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    row = [7.0, 8.0]
    results = [change(x, 1, row), change(x, [1], [row]), change(x, tf.constant(1), row)]
    for got in run(results):
        assert got.tolist() == [[1.0, 2.0], changed]
    both = run(change(x[1], None, row))
    assert both.tolist() == changed
    assert run(x).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert run(internal("ops.inplace_ops").empty_like(x)).shape == (2, 2)


def test_graphs_have_no_contexts_of_control_flow():
    x = tf.constant(1.0)
    assert x.graph._get_control_flow_context() is None
    assert x.op._get_control_flow_context() is None


def test_there_is_one_class_of_datasets_and_one_base_of_dense_columns():
    datasets = internal("data.ops.dataset_ops")
    made = tf.data.Dataset.range(3)
    assert isinstance(made, datasets.DatasetV1)
    assert isinstance(made, datasets.DatasetV2)
    columns = internal("feature_column.feature_column")
    assert isinstance(tf.feature_column.numeric_column("x"), columns._DenseColumn)
    vocabulary = tf.feature_column.categorical_column_with_hash_bucket("x", 3)
    assert isinstance(vocabulary, columns._CategoricalColumn)


def test_the_base_of_callbacks_does_nothing():
    callback = tf.keras.callbacks.Callback()
    callback.set_params({"epochs": 3})
    callback.set_model("model")
    assert (callback.params, callback.model) == ({"epochs": 3}, "model")
    assert callback.on_epoch_end(1, logs={"loss": 2.0}) is None


def test_declarations_of_all_ops():
    known = internal("framework.op_def_registry").get_registered_ops()
    assert known["MatMul"] == tf.matmul([[1.0]], [[1.0]]).op.op_def
    assert not known["MatMul"].is_stateful
    assert known["VarHandleOp"].is_stateful
    assert not known["VarHandleOp"].input_arg
