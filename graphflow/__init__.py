"""graphflow: lazy dataflow graphs with the interface of TensorFlow 1.15.

>>> import graphflow as tf
>>> x = tf.placeholder(tf.float32, [None, 2])
>>> y = tf.reduce_sum(x * x, axis=1)
>>> with tf.Session() as sess:
...     print(sess.run(y, {x: [[1.0, 2.0], [3.0, 4.0]]}))
[ 5. 25.]
"""

from __future__ import annotations

from typing import Any as _Any

from graphflow import train as train, viz as viz
from graphflow.api import (
    debugging as debugging,
    linalg as linalg,
    manip as manip,
    math as math,
    nn as nn,
)
from graphflow.core import errors as errors
from graphflow.core.convert import (
    IndexedSlices as IndexedSlices,
    convert_to_tensor as convert_to_tensor,
    convert_to_tensor_or_indexed_slices as convert_to_tensor_or_indexed_slices,
    register_tensor_conversion_function as register_tensor_conversion_function,
)
from graphflow.core.defaults import (
    add_to_collection as add_to_collection,
    add_to_collections as add_to_collections,
    colocate_with as colocate_with,
    container as container,
    control_dependencies as control_dependencies,
    device as device,
    disable_eager_execution as disable_eager_execution,
    executing_eagerly as executing_eagerly,
    get_collection as get_collection,
    get_collection_ref as get_collection_ref,
    get_static_value as get_static_value,
    init_scope as init_scope,
    is_tensor as is_tensor,
)
from graphflow.core.device import DeviceSpec as DeviceSpec
from graphflow.core.dtypes import (
    QUANTIZED_DTYPES as QUANTIZED_DTYPES,
    DType as DType,
    as_dtype as as_dtype,
    bfloat16 as bfloat16,
    bool as bool,
    complex64 as complex64,
    complex128 as complex128,
    double as double,
    float16 as float16,
    float32 as float32,
    float64 as float64,
    half as half,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    qint8 as qint8,
    qint16 as qint16,
    qint32 as qint32,
    quint8 as quint8,
    quint16 as quint16,
    resource as resource,
    string as string,
    uint8 as uint8,
    uint16 as uint16,
    uint32 as uint32,
    uint64 as uint64,
    variant as variant,
)
from graphflow.core.errors import OpError as OpError
from graphflow.core.gradients import (
    AggregationMethod as AggregationMethod,
    RegisterGradient as RegisterGradient,
    UnconnectedGradients as UnconnectedGradients,
    gradients as gradients,
    no_gradient as no_gradient,
)
from graphflow.core.graph import (
    Graph as Graph,
    Operation as Operation,
    Tensor as Tensor,
    get_default_graph as get_default_graph,
    reset_default_graph as reset_default_graph,
)
from graphflow.core.keys import GraphKeys as GraphKeys
from graphflow.core.op import register as register_op
from graphflow.core.scopes import name_scope as name_scope
from graphflow.core.sparse import (
    SparseTensor as SparseTensor,
    SparseTensorValue as SparseTensorValue,
)
from graphflow.core.spec import (
    Dimension as Dimension,
    TensorShape as TensorShape,
    TensorSpec as TensorSpec,
    dimension_at_index as dimension_at_index,
    dimension_value as dimension_value,
)
from graphflow.fetches import (
    register_session_run_conversion_functions as register_session_run_conversion_functions,
)
from graphflow.interop import protos as _protos
from graphflow.interop.graph_import import import_graph_def as import_graph_def
from graphflow.interop.tensor_proto import (
    make_ndarray as make_ndarray,
    make_tensor_proto as make_tensor_proto,
)
from graphflow.ops import (
    abs as abs,
    accumulate_n as accumulate_n,
    acos as acos,
    acosh as acosh,
    add as add,
    add_n as add_n,
    angle as angle,
    asin as asin,
    asinh as asinh,
    assert_ as Assert,
    assign as assign,
    assign_add as assign_add,
    assign_sub as assign_sub,
    atan as atan,
    atan2 as atan2,
    atanh as atanh,
    bitcast as bitcast,
    broadcast_dynamic_shape as broadcast_dynamic_shape,
    broadcast_static_shape as broadcast_static_shape,
    broadcast_to as broadcast_to,
    cast as cast,
    ceil as ceil,
    check_numerics as check_numerics,
    clip_by_average_norm as clip_by_average_norm,
    clip_by_global_norm as clip_by_global_norm,
    clip_by_norm as clip_by_norm,
    clip_by_value as clip_by_value,
    complex as complex,
    concat as concat,
    conj as conj,
    constant as constant,
    cos as cos,
    cosh as cosh,
    count_nonzero as count_nonzero,
    count_up_to as count_up_to,
    cumprod as cumprod,
    cumsum as cumsum,
    custom_gradient as custom_gradient,
    diag as diag,
    diag_part as diag_part,
    div as div,
    div_no_nan as div_no_nan,
    divide as divide,
    ensure_shape as ensure_shape,
    equal as equal,
    exp as exp,
    expand_dims as expand_dims,
    expm1 as expm1,
    eye as eye,
    fill as fill,
    floor as floor,
    floor_div as floor_div,
    floordiv as floordiv,
    floormod as floormod,
    global_norm as global_norm,
    grad_pass_through as grad_pass_through,
    greater as greater,
    greater_equal as greater_equal,
    group as group,
    guarantee_const as guarantee_const,
    hessians as hessians,
    identity as identity,
    identity_n as identity_n,
    imag as imag,
    invert_permutation as invert_permutation,
    is_finite as is_finite,
    is_inf as is_inf,
    is_nan as is_nan,
    is_variable_initialized as is_variable_initialized,
    less as less,
    less_equal as less_equal,
    lin_space as lin_space,
    linspace as linspace,
    log as log,
    log1p as log1p,
    log_sigmoid as log_sigmoid,
    logical_and as logical_and,
    logical_not as logical_not,
    logical_or as logical_or,
    logical_xor as logical_xor,
    matmul as matmul,
    matrix_band_part as matrix_band_part,
    matrix_diag as matrix_diag,
    matrix_diag_part as matrix_diag_part,
    matrix_set_diag as matrix_set_diag,
    matrix_transpose as matrix_transpose,
    maximum as maximum,
    meshgrid as meshgrid,
    minimum as minimum,
    mod as mod,
    multiply as multiply,
    negative as negative,
    no_op as no_op,
    not_equal as not_equal,
    numpy_function as numpy_function,
    one_hot as one_hot,
    ones as ones,
    ones_like as ones_like,
    pad as pad,
    parallel_stack as parallel_stack,
    placeholder as placeholder,
    placeholder_with_default as placeholder_with_default,
    pow as pow,
    print_ as Print,
    py_func as py_func,
    range as range,
    rank as rank,
    real as real,
    realdiv as realdiv,
    reciprocal as reciprocal,
    reduce_all as reduce_all,
    reduce_any as reduce_any,
    reduce_logsumexp as reduce_logsumexp,
    reduce_max as reduce_max,
    reduce_mean as reduce_mean,
    reduce_min as reduce_min,
    reduce_prod as reduce_prod,
    reduce_sum as reduce_sum,
    reshape as reshape,
    reverse as reverse,
    reverse_v2 as reverse_v2,
    rint as rint,
    round as round,
    rsqrt as rsqrt,
    saturate_cast as saturate_cast,
    scalar_mul as scalar_mul,
    shape as shape,
    shape_n as shape_n,
    sigmoid as sigmoid,
    sign as sign,
    sin as sin,
    sinh as sinh,
    size as size,
    slice as slice,
    split as split,
    sqrt as sqrt,
    square as square,
    squared_difference as squared_difference,
    squeeze as squeeze,
    stack as stack,
    stop_gradient as stop_gradient,
    strided_slice as strided_slice,
    subtract as subtract,
    tan as tan,
    tanh as tanh,
    tile as tile,
    to_bfloat16 as to_bfloat16,
    to_complex64 as to_complex64,
    to_complex128 as to_complex128,
    to_double as to_double,
    to_float as to_float,
    to_int32 as to_int32,
    to_int64 as to_int64,
    transpose as transpose,
    truediv as truediv,
    truncatediv as truncatediv,
    truncatemod as truncatemod,
    tuple as tuple,
    unique as unique,
    unsorted_segment_sum as unsorted_segment_sum,
    unstack as unstack,
    zeros as zeros,
    zeros_like as zeros_like,
)
from graphflow.session import (
    InteractiveSession as InteractiveSession,
    Session as Session,
    get_default_session as get_default_session,
)
from graphflow.variables.variable import (
    Variable as Variable,
    VariableAggregation as VariableAggregation,
    VariableSynchronization as VariableSynchronization,
    all_variables as all_variables,
    assert_variables_initialized as assert_variables_initialized,
    global_variables as global_variables,
    global_variables_initializer as global_variables_initializer,
    initialize_all_variables as initialize_all_variables,
    initialize_local_variables as initialize_local_variables,
    initialize_variables as initialize_variables,
    local_variables as local_variables,
    local_variables_initializer as local_variables_initializer,
    model_variables as model_variables,
    moving_average_variables as moving_average_variables,
    report_uninitialized_variables as report_uninitialized_variables,
    resource_variables_enabled as resource_variables_enabled,
    trainable_variables as trainable_variables,
    variable_creator_scope as variable_creator_scope,
    variables_initializer as variables_initializer,
)
from graphflow.version import __version__ as graphflow_version

# Programs ask for the version of the interface.
__version__ = "1.15.0"
VERSION = __version__
COMPILER_VERSION = "numpy"
GIT_VERSION = "graphflow-" + graphflow_version
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
newaxis = None
NoGradient = NotDifferentiable = no_gradient

# Messages are built when first asked for: protobuf takes time to import.
_MESSAGES = frozenset(
    [
        "AttrValue",
        "ConfigProto",
        "Event",
        "GPUOptions",
        "GraphDef",
        "GraphOptions",
        "HistogramProto",
        "LogMessage",
        "MetaGraphDef",
        "NameAttrList",
        "NodeDef",
        "OptimizerOptions",
        "RunMetadata",
        "RunOptions",
        "SessionLog",
        "Summary",
        "SummaryMetadata",
        "TensorInfo",
    ]
)


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow' has no attribute {name!r}")
