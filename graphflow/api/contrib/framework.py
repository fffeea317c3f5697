"""`tf.contrib.framework`: default arguments by scope, variables of models, checks of tensors."""

from __future__ import annotations

from graphflow.checkpoints.initialization import init_from_checkpoint as init_from_checkpoint
from graphflow.checkpoints.reader import (
    list_variables as list_variables,
    load_checkpoint as load_checkpoint,
    load_variable as load_variable,
)
from graphflow.contrib.framework import nest as nest
from graphflow.contrib.framework.arg_scope import (
    add_arg_scope as add_arg_scope,
    arg_scope as arg_scope,
    arg_scope_func_key as arg_scope_func_key,
    arg_scoped_arguments as arg_scoped_arguments,
    current_arg_scope as current_arg_scope,
    has_arg_scope as has_arg_scope,
)
from graphflow.contrib.framework.deprecation import (
    deprecated as deprecated,
    deprecated_arg_values as deprecated_arg_values,
    deprecated_args as deprecated_args,
)
from graphflow.contrib.framework.restoring import (
    assign_from_checkpoint as assign_from_checkpoint,
    assign_from_checkpoint_fn as assign_from_checkpoint_fn,
)
from graphflow.contrib.framework.tensors import (
    assert_scalar_int as assert_scalar_int,
    get_graph_from_inputs as get_graph_from_inputs,
    get_name_scope as get_name_scope,
    get_placeholders as get_placeholders,
    prepend_name_scope as prepend_name_scope,
    reduce_sum_n as reduce_sum_n,
    remove_squeezable_dimensions as remove_squeezable_dimensions,
    smart_cond as smart_cond,
    smart_constant_value as smart_constant_value,
    strip_name_scope as strip_name_scope,
    with_same_shape as with_same_shape,
    with_shape as with_shape,
)
from graphflow.contrib.framework.variables import (
    VariableDeviceChooser as VariableDeviceChooser,
    add_model_variable as add_model_variable,
    assert_or_get_global_step as assert_or_get_global_step,
    assign_from_values as assign_from_values,
    assign_from_values_fn as assign_from_values_fn,
    filter_variables as filter_variables,
    get_local_variables as get_local_variables,
    get_model_variables as get_model_variables,
    get_trainable_variables as get_trainable_variables,
    get_unique_variable as get_unique_variable,
    get_variable_full_name as get_variable_full_name,
    get_variables as get_variables,
    get_variables_by_name as get_variables_by_name,
    get_variables_by_suffix as get_variables_by_suffix,
    get_variables_to_restore as get_variables_to_restore,
    global_variable as global_variable,
    local_variable as local_variable,
    model_variable as model_variable,
    variable as variable,
    zero_initializer as zero_initializer,
)
from graphflow.core.defaults import is_tensor as is_tensor
from graphflow.core.sparse import (
    convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor,
)
from graphflow.core.spec import TensorSpec as TensorSpec
from graphflow.ops import (
    argsort as argsort,
    assert_same_float_dtype as assert_same_float_dtype,
    assert_scalar as assert_scalar,
    broadcast_to as broadcast_to,
    is_non_decreasing as is_non_decreasing,
    is_numeric_tensor as is_numeric_tensor,
    is_strictly_increasing as is_strictly_increasing,
    py_func as py_func,
    sort as sort,
)
from graphflow.train.global_step import (
    assert_global_step as assert_global_step,
    create_global_step as create_global_step,
    get_global_step as get_global_step,
    get_or_create_global_step as get_or_create_global_step,
)
