"""What a program needs to define ops of its own; docs/adding_an_op.md shows how."""

from __future__ import annotations

from graphflow.core.build import (
    apply as apply,
    apply_multi as apply_multi,
    apply_op as apply_op,
)
from graphflow.core.dtypes import dtype_set as dtype_set
from graphflow.core.op import (
    Array as Array,
    Context as Context,
    ErrorSample as ErrorSample,
    Op as Op,
    Sample as Sample,
    op_class as op_class,
    register as register,
)
from graphflow.core.spec import (
    TensorShape as TensorShape,
    TensorSpec as TensorSpec,
    broadcast_shape as broadcast_shape,
)
