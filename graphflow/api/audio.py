"""Sound."""

from __future__ import annotations

from graphflow.ops import (
    decode_wav as decode_wav,
    encode_wav as encode_wav,
)
