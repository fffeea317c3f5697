"""Records of which samples of the ops that parse them are made."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from graphflow.core.extensions import provided
from graphflow.ops._text import as_bytes

RECORDS: tuple[dict[str, list[Any]], ...] = (
    {"words": ["a", "bc"], "n": [5], "x": [1.5, -2.0, 0.25, 3.0], "pair": [1.0, 2.0]},
    {"words": [], "n": [-(2**40)], "pair": [0.5, -7.0], "name": ["rex"]},
    {"words": ["d"], "x": [4.0, 8.0], "pair": [9.0, 1.0], "name": ["ann"]},
)
SEQUENCES: tuple[tuple[dict[str, list[Any]], dict[str, list[list[Any]]]], ...] = (
    ({"words": ["a", "b"], "n": [3], "s": ["q"]}, {"tags": [["p"], ["q", "r"]], "x": [[1.0, 2.0]]}),
    (
        {"f": [4.0, 8.0]},
        {"tags": [[], ["s"], ["t"]], "x": [[3.0, 4.0], [5.0, 6.0]], "may": [[1], [2], [300]]},
    ),
)


def _message(values: Sequence[Any]) -> dict[str, Any]:
    """A Feature in JSON."""
    if not values:
        return {}
    if isinstance(values[0], str):
        items = [base64.b64encode(as_bytes(value)).decode() for value in values]
        return {"bytesList": {"value": items}}
    return {"floatList" if isinstance(values[0], float) else "int64List": {"value": list(values)}}


def _messages(features: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    return {"feature": {key: _message(values) for key, values in features.items()}}


def example_bytes(features: Mapping[str, Sequence[Any]]) -> bytes:
    """A serialized Example."""
    data: bytes = provided("bytes_from_json")(
        json.dumps({"features": _messages(features)}), "Example"
    )
    return data


def sequence_bytes(
    context: Mapping[str, Sequence[Any]], lists: Mapping[str, Sequence[Sequence[Any]]]
) -> bytes:
    """A serialized SequenceExample."""
    feature_lists = {
        key: {"feature": [_message(values) for values in steps]} for key, steps in lists.items()
    }
    message = {"context": _messages(context), "featureLists": {"featureList": feature_lists}}
    data: bytes = provided("bytes_from_json")(json.dumps(message), "SequenceExample")
    return data
