"""The same programs build the same graphs here and in TensorFlow: names, types, inputs of nodes.

TensorFlow 1.15 is the model, but the oracle is a later release, whose graphs differ in places;
where it does, and where we differ on purpose, a line below says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphflow as tf
from tests.oracle import graph_programs, layer_graph_programs

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("run_graph_programs.py")
FILES = ["graph_programs.py", "layer_graph_programs.py"]
PROGRAMS: dict[str, Any] = {**graph_programs.PROGRAMS, **layer_graph_programs.PROGRAMS}

# Nodes (by regular expression) that differ, with the reason.
LATER_RELEASE = "TensorFlow 1.15 builds what we build; later releases do not"
INSIDE_GRADIENTS = "how a gradient is computed is nobody's interface"
LOSSES = r"far|absolute_difference|mean_\w+_error|\w+_loss"
KNOWN_NODES: dict[str, str] = {
    r"gradients(_\d+)?/.*": INSIDE_GRADIENTS,
    r"dropout/.*|(linspace|LinSpace|ReduceLogSumExp)(/.*)?|eye/diag(/.*)?": LATER_RELEASE,
    r"(.*/)?ones_like/Shape(/shape_as_tensor)?|transpose_1(/(Range(/.*)?|sub_1))?": LATER_RELEASE,
    r"clip_by_global_norm/(sub|add|Const_1|IsFinite|Select)|Tensordot(/shape)?": LATER_RELEASE,
    r"triangular_solve/.*|MatrixTriangularSolve": LATER_RELEASE,
    r"(i?rfft(2d)?(_\d+)?|two)/.*": "sizes and paddings are computed otherwise",
    r"hash_table(_\d+)?_Lookup/Select(V2)?": LATER_RELEASE,
    r"(separable_conv\dd/)?(depthwise|separable_conv2d)/(Shape|dilation_rate)": (
        "holes are an attribute here"
    ),
    r"meshgrid/.*": "tensors are repeated by broadcasting, not by multiplying with ones",
    rf"({LOSSES})(_\d+)?/(Rank(_\d+)?|range(_\d+)?(/.*)?|Const(_\d+)?)": LATER_RELEASE,
    r"conv1d(_1)?/[cC]onv1[dD](/.*)?": "our scope is conv1d, as that of TensorFlow 1.15",
    r"conv[23]d_transpose(_1)?/(stack.*|strided_slice.*|mul.*|add.*|Shape)": LATER_RELEASE,
    r"batch_normalization(_\d)?/(Const(_\d)?|FusedBatchNormV3)": LATER_RELEASE,
    r"flatten(_\d)?/.*|net/dropout/dropout/.*": LATER_RELEASE,
    r"cond/.*|IsVariableInitialized_1": "a branch is the body of a function here",
}
# Op types where the oracle has the first and we, as TensorFlow 1.15, the second.
LATER_TYPES = {("AddV2", "Add")}


@pytest.fixture(scope="module")
def theirs(in_tensorflow: Callable[[Path, Any], Any]) -> dict[str, Any]:
    return in_tensorflow(SCRIPT, FILES)  # type: ignore[no-any-return]


def our_nodes(name: str) -> dict[str, list[Any]]:
    with tf.Graph().as_default() as graph:
        PROGRAMS[name](tf)
    return {
        operation.name: [
            operation.type,
            [tensor.name for tensor in operation.inputs],
            sorted(other.name for other in operation.control_inputs),
        ]
        for operation in graph.get_operations()
    }


def is_known(node: str) -> bool:
    return any(re.fullmatch(pattern, node) for pattern in KNOWN_NODES)


@pytest.mark.parametrize("name", PROGRAMS)
def test_nodes_agree(theirs: dict[str, Any], name: str):
    expected = theirs[name]
    assert isinstance(expected, dict), f"TensorFlow cannot build it: {expected}"
    ours = our_nodes(name)
    unknown = {node for node in expected.keys() ^ ours.keys() if not is_known(node)}
    missing = {node: expected[node][0] for node in sorted(unknown - ours.keys())}
    extra = {node: ours[node][0] for node in sorted(unknown - expected.keys())}
    assert (missing, extra) == ({}, {})
    for node, (op_type, inputs, control) in expected.items():
        if node not in ours or is_known(node):
            continue
        if (op_type, ours[node][0]) not in LATER_TYPES:
            assert ours[node][0] == op_type, node
        if not any(is_known(tensor.partition(":")[0]) for tensor in [*inputs, *control]):
            assert ours[node][1:] == [inputs, control], node


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_operations_are_differentiated(theirs: dict[str, Any], name: str):
    """Gradients have scopes named after the operations that they belong to."""
    assert differentiated(our_nodes(name)) == differentiated(theirs[name])


def differentiated(nodes: dict[str, Any]) -> set[str]:
    found = (re.match(r"gradients(_\d+)?/(.*?)_grad(?=/)", node) for node in nodes)
    return {match[0] for match in found if match is not None and not is_known(match[2])}
