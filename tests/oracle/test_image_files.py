"""Files of images are decoded and encoded as in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.expression_values import evaluate
from tests.oracle.image_file_expressions import IMAGE_FILES, JPEG_FILES
from tests.oracle.ops_in_tensorflow import decoded

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_expressions.py")
EXPRESSIONS = [*IMAGE_FILES, *JPEG_FILES]
JPEG_TOLERANCE = 8  # of 255: TensorFlow decodes with a transform that is quick, not exact


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> list[Any]:
    return in_tensorflow(SCRIPT, EXPRESSIONS)  # type: ignore[no-any-return]


@pytest.mark.parametrize("index", range(len(EXPRESSIONS)))
def test_value(theirs: list[Any], index: int):
    expression, answer = EXPRESSIONS[index], theirs[index]
    if isinstance(answer, dict):
        with pytest.raises(ValueError, match=r"."):
            evaluate(tf, expression)
        return
    ours = [value for value in evaluate(tf, expression) if value is not None]
    tolerance = 0 if expression in IMAGE_FILES else JPEG_TOLERANCE
    for value, tensor in zip(ours, answer, strict=True):
        expected = decoded(tensor)
        np.testing.assert_allclose(value, expected, rtol=1e-6, atol=tolerance, err_msg=expression)
        if not isinstance(value, int):
            assert value.dtype == expected.dtype
