"""`tensorflow.python.framework.type_spec`."""

from __future__ import annotations

from graphflow.core.type_spec import TypeSpec as TypeSpec


class BatchableTypeSpec(TypeSpec):
    """Base of specs of values that batches are made of."""
