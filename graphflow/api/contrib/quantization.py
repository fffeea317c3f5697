"""`tf.contrib.quantization`: numbers as small integers."""

from __future__ import annotations

from graphflow.ops import (
    dequantize as dequantize,
    quantize_v2 as quantize_v2,
    quantized_concat as quantized_concat,
)
