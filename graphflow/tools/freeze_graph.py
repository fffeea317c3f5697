"""Make one file of a graph and a checkpoint: variables become constants.

`python -m graphflow.tools.freeze_graph --help` lists the options; programs call `freeze_graph`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.checkpoints.reader import load_checkpoint
from graphflow.checkpoints.saver import Saver, import_meta_graph
from graphflow.checkpoints.state import checkpoint_exists
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.graph_util import convert_variables_to_constants
from graphflow.interop.meta_graph import read_meta_graph_file, write_message
from graphflow.saved_model import constants
from graphflow.saved_model.loader import load
from graphflow.session import Session
from graphflow.tools.arguments import read_message, split_names


def freeze_graph(
    input_graph: Any,
    input_saver: Any,
    input_binary: bool,
    input_checkpoint: Any,
    output_node_names: str,
    restore_op_name: str | None,
    filename_tensor_name: str | None,
    output_graph: Any,
    clear_devices: bool,
    initializer_nodes: str | None,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph: Any = None,
    input_saved_model_dir: Any = None,
    saved_model_tags: str = constants.SERVING,
    checkpoint_version: int = 2,
) -> Any:
    """Return a graph with the values of a checkpoint in place of its variables.

    The graph is that of `input_graph`, `input_meta_graph` or `input_saved_model_dir`.

    Args:
      input_graph: a file with a `GraphDef`.
      input_saver: a file with a `SaverDef` for it, or "".
      input_binary: whether the files are in protobuf's binary format.
      input_checkpoint: the path of the checkpoint; for a SavedModel it is not used.
      output_node_names: the names of the nodes to keep, separated by commas.
      restore_op_name: not used, as in TensorFlow.
      filename_tensor_name: not used, as in TensorFlow.
      output_graph: the file to write, or "".
      clear_devices: whether to leave out the devices of operations.
      initializer_nodes: names of nodes to run before, separated by commas, or "".
      variable_names_whitelist: the names of the variables to turn into constants, separated by
        commas, "" for all.
      variable_names_blacklist: the names of variables to leave as they are.
      input_meta_graph: a file with a `MetaGraphDef`.
      input_saved_model_dir: the folder of a SavedModel.
      saved_model_tags: the tags of its graph, separated by commas.
      checkpoint_version: the format of the checkpoint, which is found out without it.

    Returns:
      The `GraphDef`.

    Raises:
      ValueError: there is no checkpoint or graph, or no names of nodes are given.
      NotFoundError: a file does not exist.
    """
    graph_def = meta_graph_def = saver_def = None
    if input_saved_model_dir:
        pass  # read with its variables
    elif input_meta_graph:
        meta_graph_def = read_meta_graph_file(input_meta_graph)
    elif input_graph:
        graph_def = read_message(input_graph, protos.GraphDef(), input_binary)
    else:
        raise ValueError("give input_graph, input_meta_graph or input_saved_model_dir")
    if input_saver:
        saver_def = read_message(input_saver, protos.SaverDef(), input_binary)
    return freeze_graph_with_def_protos(
        graph_def, saver_def, input_checkpoint, output_node_names, restore_op_name,
        filename_tensor_name, output_graph, clear_devices, initializer_nodes,
        variable_names_whitelist, variable_names_blacklist, meta_graph_def, input_saved_model_dir,
        saved_model_tags.replace(" ", "").split(","), checkpoint_version,
    )  # fmt: skip


def freeze_graph_with_def_protos(
    input_graph_def: Any,
    input_saver_def: Any,
    input_checkpoint: Any,
    output_node_names: str,
    restore_op_name: str | None,  # noqa: ARG001  (TensorFlow has it and does not use it either)
    filename_tensor_name: str | None,  # noqa: ARG001
    output_graph: Any,
    clear_devices: bool,
    initializer_nodes: str | None,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph_def: Any = None,
    input_saved_model_dir: Any = None,
    saved_model_tags: Sequence[str] | None = None,
    checkpoint_version: int = 2,  # noqa: ARG001
) -> Any:
    """Return a graph with the values of a checkpoint in place of its variables.

    Args:
      input_graph_def: a `GraphDef`, or None.
      input_saver_def: a `SaverDef` for it, or None.
      input_checkpoint: see `freeze_graph`.
      output_node_names: see there.
      restore_op_name: see there.
      filename_tensor_name: see there.
      output_graph: see there.
      clear_devices: see there.
      initializer_nodes: see there.
      variable_names_whitelist: see there.
      variable_names_blacklist: see there.
      input_meta_graph_def: a `MetaGraphDef`, or None.
      input_saved_model_dir: the folder of a SavedModel, or None.
      saved_model_tags: the tags of its graph.
      checkpoint_version: see `freeze_graph`.

    Returns:
      The `GraphDef`.

    Raises:
      ValueError: there is no checkpoint, or no names of nodes are given.
    """
    names = split_names(output_node_names)
    if not names:
        raise ValueError("output_node_names is empty: which nodes are to be kept?")
    if not input_saved_model_dir and not checkpoint_exists(input_checkpoint):
        raise ValueError(f"there is no checkpoint {path_of(input_checkpoint)!r}")
    with Graph().as_default() as graph, Session(graph=graph) as session:
        if input_saved_model_dir:
            load(session, saved_model_tags or [constants.SERVING], input_saved_model_dir)
        elif input_meta_graph_def is not None:
            saver = import_meta_graph(input_meta_graph_def, clear_devices=clear_devices)
            if saver is not None:
                saver.restore(session, input_checkpoint)
        else:
            import_graph_def(_without_devices(input_graph_def, clear_devices), name="")
            if input_saver_def is not None:
                Saver(saver_def=input_saver_def).restore(session, input_checkpoint)
            else:
                _restore(session, input_checkpoint)
        session.run(split_names(initializer_nodes))
        frozen = convert_variables_to_constants(
            session,
            _without_devices(graph.as_graph_def(), clear_devices),
            names,
            split_names(variable_names_whitelist) or None,
            split_names(variable_names_blacklist) or None,
        )
    if output_graph:
        write_message(frozen, path_of(output_graph), as_text=False)
    return frozen


def _restore(session: Session, checkpoint: Any) -> None:
    """Give the variables of a graph that knows of no saver their values in a checkpoint."""
    reader = load_checkpoint(checkpoint)
    feeds: dict[Tensor, Any] = {}
    assigned: list[Operation] = []
    for operation in session.graph.get_operations():
        if not (type(operation.op).is_variable and reader.has_tensor(operation.name)):
            continue
        value = reader.get_tensor(operation.name)
        source = ops.placeholder(reader.get_variable_to_dtype_map()[operation.name], value.shape)
        variable = operation.outputs[0]
        assigned.append(
            ops.assign_variable_op(variable, source)
            if operation.type == "VarHandleOp"
            else ops.assign(variable, source).op
        )
        feeds[source] = value
    session.run(assigned, feeds)


def _without_devices(graph_def: Any, clear_devices: bool) -> Any:
    copy = protos.GraphDef.FromString(graph_def.SerializeToString())
    if clear_devices:
        for node in copy.node:
            node.device = ""
    return copy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
      arguments: the command line without the program's name; by default the process's own.

    Returns:
      The exit status: 0.
    """
    parser = argparse.ArgumentParser(description="Make one file of a graph and a checkpoint.")
    for name, help_text in _FILES.items():
        parser.add_argument(f"--{name}", default="", help=help_text)
    parser.add_argument("--saved_model_tags", default=constants.SERVING)
    parser.add_argument("--input_binary", default=False, type=_truth, nargs="?", const=True)
    parser.add_argument("--clear_devices", default=True, type=_truth, nargs="?", const=True)
    parser.add_argument("--checkpoint_version", default=2, type=int)
    freeze_graph(**vars(parser.parse_args(arguments)))
    return 0


def _truth(text: str) -> bool:
    return text.lower() not in ("false", "0", "no")


_FILES = {
    "input_graph": "a file with a GraphDef",
    "input_saver": "a file with a SaverDef",
    "input_checkpoint": "the path of the checkpoint",
    "output_graph": "the file to write",
    "output_node_names": "the nodes to keep, separated by commas",
    "restore_op_name": "not used",
    "filename_tensor_name": "not used",
    "initializer_nodes": "nodes to run before, separated by commas",
    "variable_names_whitelist": "the variables to turn into constants, all by default",
    "variable_names_blacklist": "the variables to leave as they are",
    "input_meta_graph": "a file with a MetaGraphDef",
    "input_saved_model_dir": "the folder of a SavedModel",
}


if __name__ == "__main__":
    sys.exit(main())
