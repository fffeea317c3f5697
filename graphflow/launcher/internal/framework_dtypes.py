"""`tensorflow.python.framework.dtypes`: the dtypes of references to variables."""

from __future__ import annotations

from graphflow.core.dtypes import as_dtype

float16_ref = as_dtype("float16_ref")
float32_ref = as_dtype("float32_ref")
float64_ref = as_dtype("float64_ref")
int8_ref = as_dtype("int8_ref")
int16_ref = as_dtype("int16_ref")
int32_ref = as_dtype("int32_ref")
int64_ref = as_dtype("int64_ref")
uint8_ref = as_dtype("uint8_ref")
uint16_ref = as_dtype("uint16_ref")
complex64_ref = as_dtype("complex64_ref")
complex128_ref = as_dtype("complex128_ref")
string_ref = as_dtype("string_ref")
bool_ref = as_dtype("bool_ref")
