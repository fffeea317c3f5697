"""Expressions have the values that they have in TensorFlow, or are refused as there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.oracle.expression_values import evaluate
from tests.oracle.expressions import EXPRESSIONS
from tests.oracle.ops_in_tensorflow import decoded

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_expressions.py")


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> dict[str, Any]:
    return dict(zip(EXPRESSIONS, in_tensorflow(SCRIPT, EXPRESSIONS), strict=True))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_value(theirs: dict[str, Any], expression: str):
    answer = theirs[expression]
    if isinstance(answer, dict):
        _check_refused(expression, answer)
        return
    ours = [value for value in evaluate(tf, expression) if value is not None]
    assert len(ours) == len(answer)
    for value, tensor in zip(ours, answer, strict=True):
        _compare(value, decoded(tensor))


def _check_refused(expression: str, answer: dict[str, str]) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011
        evaluate(tf, expression)
    classes = [cls.__name__ for cls in type(refused.value).__mro__]
    # What a run refuses there may be refused while building here.
    expected = {answer["error"], answer["error"].replace("InvalidArgumentError", "ValueError")}
    assert expected & set(classes), f"{refused.value!r}, theirs: {answer}"


def _compare(ours: Any, theirs: Any) -> None:
    if theirs.dtype == object:
        ours = np.asarray(ours.encode() if isinstance(ours, str) else ours, object)
        np.testing.assert_array_equal(ours, theirs)
        return
    if not isinstance(ours, (bool, int, float)):
        assert np.asarray(ours).dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)
