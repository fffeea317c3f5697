"""`tf.keras.backend`: what needs no model."""

from __future__ import annotations

from typing import NoReturn

from graphflow.core.scopes import (
    name_scope as name_scope,
)
from graphflow.keras.activations import (
    elu as elu,
    hard_sigmoid as hard_sigmoid,
    relu as relu,
    softmax as softmax,
    softplus as softplus,
    softsign as softsign,
)
from graphflow.keras.backend import (
    argmax as argmax,
    argmin as argmin,
    batch_flatten as batch_flatten,
    binary_crossentropy as binary_crossentropy,
    cast_to_floatx as cast_to_floatx,
    clip as clip,
    concatenate as concatenate,
    constant as constant,
    dot as dot,
    dtype as dtype,
    flatten as flatten,
    get_value as get_value,
    gradients as gradients,
    int_shape as int_shape,
    l2_normalize as l2_normalize,
    mean as mean,
    ndim as ndim,
    one_hot as one_hot,
    permute_dimensions as permute_dimensions,
    placeholder as placeholder,
    set_value as set_value,
    sqrt as sqrt,
    std as std,
    switch as switch,
    var as var,
    variable as variable,
)
from graphflow.keras.renamed import (
    all as all,
    any as any,
    expand_dims as expand_dims,
    gather as gather,
    max as max,
    min as min,
    ones_like as ones_like,
    pow as pow,
    prod as prod,
    repeat as repeat,
    reshape as reshape,
    reverse as reverse,
    shape as shape,
    squeeze as squeeze,
    stack as stack,
    stop_gradient as stop_gradient,
    sum as sum,
    tile as tile,
    transpose as transpose,
    zeros_like as zeros_like,
)
from graphflow.keras.settings import (
    backend as backend,
    epsilon as epsilon,
    floatx as floatx,
    image_data_format as image_data_format,
    set_epsilon as set_epsilon,
    set_floatx as set_floatx,
    set_image_data_format as set_image_data_format,
)
from graphflow.ops import (
    abs as abs,
    cast as cast,
    cos as cos,
    cumprod as cumprod,
    cumsum as cumsum,
    equal as equal,
    exp as exp,
    greater as greater,
    greater_equal as greater_equal,
    in_top_k as in_top_k,
    less as less,
    less_equal as less_equal,
    log as log,
    maximum as maximum,
    minimum as minimum,
    not_equal as not_equal,
    random_normal as random_normal,
    random_uniform as random_uniform,
    round as round,
    sigmoid as sigmoid,
    sign as sign,
    sin as sin,
    square as square,
    tanh as tanh,
    truncated_normal as truncated_normal,
)


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"graphflow has no tf.keras.backend.{name}: only functions that need no model are there; "
        "use those of tf"
    )
