"""Strings and numbers whatever the version of Python, and TensorFlow 2's names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from graphflow.core.compat import (
    as_bytes as as_bytes,
    as_str as as_str,
    as_str_any as as_str_any,
    as_text as as_text,
    bytes_or_text_types as bytes_or_text_types,
    complex_types as complex_types,
    forward_compatibility_horizon as forward_compatibility_horizon,
    forward_compatible as forward_compatible,
    integral_types as integral_types,
    path_to_str as path_to_str,
    real_types as real_types,
)
from graphflow.core.late import late_names
from graphflow.core.spec import (
    dimension_at_index as dimension_at_index,
    dimension_value as dimension_value,
)

# Programs that also run on TensorFlow 2 say `tf.compat.v1`.
v1 = sys.modules["graphflow"]

if TYPE_CHECKING:
    from graphflow.api import compat_v2 as v2
else:
    __getattr__, __dir__, __all__ = late_names(__name__, {"v2": "graphflow.api.compat_v2"})
