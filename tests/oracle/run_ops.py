"""Run by TensorFlow's interpreter: imports graphs of ours, runs and differentiates them.

Input: lines of JSON, each either {"op": type} or a case:
{"graph": base64 of a GraphDef, "before": [operations to run first],
"feeds": {placeholder: tensor whose value it gets}, "fetches": [tensors], "after": [tensors to fetch
in a later run], "ys", "xs", "grad_ys": [tensors] to differentiate, "shapes": [tensors]}.
Output: a line of JSON for each.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any


def _main() -> None:
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    for line in sys.stdin:
        given = json.loads(line)
        _write(_op(given["op"]) if "op" in given else _answer(tf, given))


def _write(answer: Any) -> None:
    json.dump(answer, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()


def _answer(tf: Any, case: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"values": {}, "gradients": None, "shapes": {}, "errors": {}}
    graph_def = tf.GraphDef.FromString(base64.b64decode(case["graph"]))
    with tf.Graph().as_default() as graph:
        try:
            tf.import_graph_def(graph_def, name="")
        except Exception as error:
            answer["errors"]["import"] = _text(error)
            return answer
        for name in case["shapes"]:
            shape = graph.get_tensor_by_name(name).shape
            answer["shapes"][name] = None if shape.rank is None else shape.as_list()
        gradients = _gradients(tf, graph, case, answer)
        try:
            _run(tf, case, gradients, answer)
        except Exception as error:
            answer["errors"]["run"] = _text(error)
    return answer


def _gradients(tf: Any, graph: Any, case: dict[str, Any], answer: dict[str, Any]) -> list[Any]:
    if not case["xs"]:
        return []
    ys, xs, grad_ys = (
        [graph.get_tensor_by_name(name) for name in case[key]] for key in ("ys", "xs", "grad_ys")
    )
    try:
        found = tf.gradients(ys, xs, grad_ys)
    except Exception as error:
        answer["errors"]["gradients"] = _text(error)
        return []
    if not any(grad is not None for grad in found):
        return found
    try:
        tf.gradients([_values(tf, grad) for grad in found if grad is not None], [*xs, *grad_ys])
        answer["has_second_gradients"] = True
    except Exception as error:
        answer["errors"]["second gradients"] = _text(error)
    return found


def _values(tf: Any, grad: Any) -> Any:
    return grad.values if isinstance(grad, tf.IndexedSlices) else grad


def _run(tf: Any, case: dict[str, Any], gradients: list[Any], answer: dict[str, Any]) -> None:
    config = tf.ConfigProto(inter_op_parallelism_threads=1, intra_op_parallelism_threads=1)
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = -1
    with tf.Session(config=config) as session:
        session.run(case["before"])
        sources = session.run(list(case["feeds"].values()))
        feeds = dict(zip(case["feeds"], sources, strict=True))
        present = [
            tf.convert_to_tensor(grad) if isinstance(grad, tf.IndexedSlices) else grad
            for grad in gradients
            if grad is not None
        ]
        values = session.run(case["fetches"], feeds)
        answer["values"].update(_encoded(tf, case["fetches"], values))
        after = session.run(case["after"])
        answer["values"].update(_encoded(tf, case["after"], after))
        session.run(case["before"])
        found = iter(session.run(present, feeds))
        answer["gradients"] = [
            None if grad is None else _tensor(tf, next(found)) for grad in gradients
        ]


def _encoded(tf: Any, names: list[str], values: list[Any]) -> dict[str, str]:
    return {
        name: _tensor(tf, value)
        for name, value in zip(names, values, strict=True)
        if value is not None
    }


def _tensor(tf: Any, value: Any) -> str:
    proto = tf.make_tensor_proto(value)
    return base64.b64encode(proto.SerializeToString()).decode()


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]


def _op(name: str) -> Any:
    """What TensorFlow's processor kernels take: for each type attribute the dtypes' numbers."""
    from tensorflow.python.framework import kernels, op_def_registry

    op_def = op_def_registry.get(name)
    if op_def is None:
        return None
    registered = [
        kernel
        for kernel in kernels.get_registered_kernels_for_op(name).kernel
        if kernel.device_type == "CPU"
    ]
    types = {}
    for attr in op_def.attr:
        if attr.type not in ("type", "list(type)"):
            continue
        allowed = set(attr.allowed_values.list.type) or None
        from_kernels = _constrained(registered, attr.name)
        if from_kernels is not None:
            allowed = from_kernels if allowed is None else allowed & from_kernels
        types[attr.name] = None if allowed is None else sorted(allowed)
    return types


def _constrained(registered: list[Any], attr: str) -> set[int] | None:
    """The dtypes that some kernel takes, None for any."""
    if not registered:
        return None
    found: set[int] = set()
    for kernel in registered:
        types = [c.allowed_values.list.type for c in kernel.constraint if c.name == attr]
        if not types:
            return None
        found.update(types[0])
    return found


if __name__ == "__main__":
    _main()
