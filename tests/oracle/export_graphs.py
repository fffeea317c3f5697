"""Run by TensorFlow's interpreter: writes graphs with branches and loops, and their values.

Input: JSON, the folder for the graphs.  Output: JSON, for each form ("v1": Switch and Merge, "v2":
functions) and program the name of the initializer, the names of the tensors, and their values; an
error text for programs that TensorFlow refuses.
"""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def _programs() -> dict[str, Any]:
    found = {}
    for name in ("control_flow_programs", "imported_programs"):
        spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found.update(module.PROGRAMS)
    return found


def _export(tf: Any, program: Any, path: Path) -> list[Any]:
    import numpy as np

    with tf.Graph().as_default() as graph:
        tensors = [tf.convert_to_tensor(item) for item in program(tf)]
        initializer = tf.global_variables_initializer()
        with tf.Session() as session:
            session.run(initializer)
            values = session.run(tensors)
    path.write_bytes(graph.as_graph_def(add_shapes=True).SerializeToString())
    names = [tensor.name for tensor in tensors]
    return [initializer.name, names, [_plain(np.asarray(value)) for value in values]]


def _plain(value: Any) -> Any:
    if value.dtype.kind in "OS":
        return [item.decode() for item in value.ravel()]
    return value.tolist()


def _main() -> None:
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    folder = Path(json.load(sys.stdin))
    answers: dict[str, Any] = {}
    for form, switch in (("v1", tf.disable_control_flow_v2), ("v2", tf.enable_control_flow_v2)):
        switch()
        for name, program in _programs().items():
            try:
                answers[f"{form}-{name}"] = _export(tf, program, folder / f"{form}-{name}.pb")
            except Exception as error:
                answers[f"{form}-{name}"] = f"{type(error).__name__}: {error}"
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
