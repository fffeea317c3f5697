"""What TensorFlow 2 has at its top."""

from __future__ import annotations

from graphflow import train as train
from graphflow.api import (
    data as data,
    keras as keras,
    test as test,
)
from graphflow.api.compat_v2 import (
    bitwise as bitwise,
    compat as compat,
    debugging as debugging,
    dtypes as dtypes,
    image as image,
    io as io,
    linalg as linalg,
    math as math,
    nn as nn,
    random as random,
    sets as sets,
    signal as signal,
    sparse as sparse,
    strings as strings,
)
from graphflow.api.keras import (
    losses as losses,
    optimizers as optimizers,
)
from graphflow.core import errors as errors, nest as nest
from graphflow.core.convert import (
    IndexedSlices as IndexedSlices,
    register_tensor_conversion_function as register_tensor_conversion_function,
)
from graphflow.core.defaults import (
    control_dependencies as control_dependencies,
    device as device,
    get_static_value as get_static_value,
    init_scope as init_scope,
    is_tensor as is_tensor,
)
from graphflow.core.device import (
    DeviceSpec as DeviceSpec,
)
from graphflow.core.dtypes import (
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
from graphflow.core.gradients import (
    AggregationMethod as AggregationMethod,
    RegisterGradient as RegisterGradient,
    UnconnectedGradients as UnconnectedGradients,
    no_gradient as no_gradient,
)
from graphflow.core.graph import (
    Graph as Graph,
    Operation as Operation,
    Tensor as Tensor,
)
from graphflow.core.scopes import (
    name_scope as name_scope,
)
from graphflow.core.sparse import (
    SparseTensor as SparseTensor,
)
from graphflow.core.spec import (
    TensorShape as TensorShape,
    TensorSpec as TensorSpec,
)
from graphflow.core.type_spec import (
    IndexedSlicesSpec as IndexedSlicesSpec,
    SparseTensorSpec as SparseTensorSpec,
    TypeSpec as TypeSpec,
)
from graphflow.core.version2 import (
    enable_v2_behavior as enable_v2_behavior,
    executing_eagerly as executing_eagerly,
)
from graphflow.interop.graph_import import (
    import_graph_def as import_graph_def,
)
from graphflow.interop.tensor_proto import (
    make_ndarray as make_ndarray,
    make_tensor_proto as make_tensor_proto,
)
from graphflow.ops import (
    CriticalSection as CriticalSection,
    GradientTape as GradientTape,
    TensorArray as TensorArray,
    abs as abs,
    acos as acos,
    acosh as acosh,
    add as add,
    add_n as add_n,
    argsort as argsort,
    as_string as as_string,
    asin as asin,
    asinh as asinh,
    assert_ as Assert,
    atan as atan,
    atan2 as atan2,
    atanh as atanh,
    bitcast as bitcast,
    broadcast_dynamic_shape as broadcast_dynamic_shape,
    broadcast_static_shape as broadcast_static_shape,
    broadcast_to as broadcast_to,
    case as case,
    cast as cast,
    clip_by_global_norm as clip_by_global_norm,
    clip_by_norm as clip_by_norm,
    clip_by_value as clip_by_value,
    complex as complex,
    concat as concat,
    cos as cos,
    cosh as cosh,
    cumsum as cumsum,
    custom_gradient as custom_gradient,
    divide as divide,
    dynamic_partition as dynamic_partition,
    dynamic_stitch as dynamic_stitch,
    edit_distance as edit_distance,
    einsum as einsum,
    ensure_shape as ensure_shape,
    equal as equal,
    exp as exp,
    extract_volume_patches as extract_volume_patches,
    eye as eye,
    fill as fill,
    fingerprint as fingerprint,
    floor as floor,
    foldl as foldl,
    foldr as foldr,
    grad_pass_through as grad_pass_through,
    greater as greater,
    greater_equal as greater_equal,
    group as group,
    guarantee_const as guarantee_const,
    histogram_fixed_width as histogram_fixed_width,
    histogram_fixed_width_bins as histogram_fixed_width_bins,
    identity as identity,
    identity_n as identity_n,
    less as less,
    less_equal as less_equal,
    linspace as linspace,
    logical_and as logical_and,
    logical_not as logical_not,
    logical_or as logical_or,
    map_fn as map_fn,
    matmul as matmul,
    matrix_square_root as matrix_square_root,
    maximum as maximum,
    meshgrid as meshgrid,
    minimum as minimum,
    multiply as multiply,
    negative as negative,
    no_op as no_op,
    norm as norm,
    not_equal as not_equal,
    numpy_function as numpy_function,
    one_hot as one_hot,
    ones as ones,
    parallel_stack as parallel_stack,
    pow as pow,
    print_v2 as print,
    py_function as py_function,
    range as range,
    rank as rank,
    realdiv as realdiv,
    recompute_grad as recompute_grad,
    repeat as repeat,
    required_space_to_batch_paddings as required_space_to_batch_paddings,
    reshape as reshape,
    reverse as reverse,
    reverse_sequence as reverse_sequence,
    roll as roll,
    round as round,
    saturate_cast as saturate_cast,
    scalar_mul as scalar_mul,
    scan as scan,
    scatter_nd as scatter_nd,
    searchsorted as searchsorted,
    sequence_mask as sequence_mask,
    shape_n as shape_n,
    sigmoid as sigmoid,
    sign as sign,
    sin as sin,
    sinh as sinh,
    slice as slice,
    sort as sort,
    space_to_batch_nd as space_to_batch_nd,
    split as split,
    sqrt as sqrt,
    square as square,
    squeeze as squeeze,
    stack as stack,
    stop_gradient as stop_gradient,
    strided_slice as strided_slice,
    subtract as subtract,
    switch_case as switch_case,
    tan as tan,
    tanh as tanh,
    tensor_scatter_add as tensor_scatter_nd_add,
    tensor_scatter_sub as tensor_scatter_nd_sub,
    tensor_scatter_update as tensor_scatter_nd_update,
    tensordot as tensordot,
    tile as tile,
    timestamp as timestamp,
    truediv as truediv,
    truncatediv as truncatediv,
    truncatemod as truncatemod,
    unique as unique,
    unique_with_counts as unique_with_counts,
    unravel_index as unravel_index,
    unstack as unstack,
    vectorized_map as vectorized_map,
    where_v2 as where,
    zeros as zeros,
)
from graphflow.variables.initializers import (
    Constant as constant_initializer,
    Ones as ones_initializer,
    Zeros as zeros_initializer,
)
from graphflow.variables.module import (
    Module as Module,
)
from graphflow.variables.variable import (
    VariableAggregation as VariableAggregation,
    VariableSynchronization as VariableSynchronization,
    variable_creator_scope as variable_creator_scope,
)
from graphflow.version import TENSORFLOW_VERSION as __version__
from graphflow.version2.arrays import (
    argmax as argmax,
    argmin as argmin,
    boolean_mask as boolean_mask,
    constant as constant,
    convert_to_tensor as convert_to_tensor,
    expand_dims as expand_dims,
    gather as gather,
    gather_nd as gather_nd,
    ones_like as ones_like,
    pad as pad,
    shape as shape,
    size as size,
    transpose as transpose,
    tuple as tuple,
    zeros_like as zeros_like,
)
from graphflow.version2.checks import (
    assert_equal as assert_equal,
    assert_greater as assert_greater,
    assert_less as assert_less,
    assert_rank as assert_rank,
)
from graphflow.version2.control_flow import (
    cond as cond,
    while_loop as while_loop,
)
from graphflow.version2.derivatives import (
    gradients as gradients,
    hessians as hessians,
)
from graphflow.version2.initializers import (
    random_normal_initializer as random_normal_initializer,
    random_uniform_initializer as random_uniform_initializer,
)
from graphflow.version2.reductions import (
    reduce_all as reduce_all,
    reduce_any as reduce_any,
    reduce_logsumexp as reduce_logsumexp,
    reduce_max as reduce_max,
    reduce_mean as reduce_mean,
    reduce_min as reduce_min,
    reduce_prod as reduce_prod,
    reduce_sum as reduce_sum,
)
from graphflow.version2.variables import (
    Variable as Variable,
)

newaxis = None
