"""Reading SavedModels."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from graphflow.checkpoints.saver import import_meta_graph
from graphflow.checkpoints.state import checkpoint_exists
from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.saved_model import constants
from graphflow.variables.base import prepend_scope


def maybe_saved_model_directory(export_dir: Any) -> bool:
    """Tell whether a folder seems to hold a SavedModel.

    Args:
      export_dir: the folder.
    """
    return any(os.path.isfile(path) for path in _files(export_dir))


def _files(export_dir: Any) -> list[str]:
    folder = path_of(export_dir)
    names = (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT)
    return [os.path.join(folder, name) for name in names]


def parse_saved_model(export_dir: Any) -> Any:
    """Read the message of a SavedModel.

    Args:
      export_dir: its folder.

    Returns:
      A `SavedModel`.

    Raises:
      OSError: there is none, or it cannot be read.
    """
    from google.protobuf.message import DecodeError

    binary, text = _files(export_dir)
    try:
        if os.path.isfile(binary):
            return protos.SavedModel.FromString(Path(binary).read_bytes())
        if os.path.isfile(text):
            return protos.from_text(Path(text).read_bytes(), protos.SavedModel())
    except (DecodeError, ValueError) as error:
        raise OSError(f"the SavedModel in {path_of(export_dir)} cannot be read: {error}") from error
    raise OSError(f"SavedModel file does not exist at: {path_of(export_dir)}")


def meta_graph_with_tags(saved_model: Any, tags: Iterable[str], export_dir: Any = "") -> Any:
    """Return the graph of a model that has exactly some tags.

    Args:
      saved_model: a `SavedModel`.
      tags: the tags.
      export_dir: where the model is, for the error.

    Raises:
      RuntimeError: there is none.
    """
    wanted = {tags} if isinstance(tags, str) else set(tags)
    known = [set(meta.meta_info_def.tags) for meta in saved_model.meta_graphs]
    for meta, found in zip(saved_model.meta_graphs, known, strict=True):
        if found == wanted:
            return meta
    has = ", ".join(str(sorted(found)) for found in known) or "no graphs"
    raise RuntimeError(
        f"the SavedModel {path_of(export_dir)} has no graph with the tags {sorted(wanted)}; "
        f"it has {has}"
    )


def load(
    sess: Any,
    tags: Iterable[str],
    export_dir: Any,
    import_scope: str | None = None,
    **saver_kwargs: Any,
) -> Any:
    """Add a graph of a SavedModel to the graph of a session, with the values of its variables.

    Args:
      sess: the session.
      tags: what the graph is called, all its tags.
      export_dir: the folder of the model.
      import_scope: a name scope for the operations.
      **saver_kwargs: further arguments of `tf.train.import_meta_graph`.

    Returns:
      The `MetaGraphDef`.

    Raises:
      OSError: there is no model in the folder.
      RuntimeError: it has no graph with these tags.
    """
    folder = path_of(export_dir)
    meta = meta_graph_with_tags(parse_saved_model(folder), tags, folder)
    with sess.graph.as_default():
        saver = import_meta_graph(meta, import_scope=import_scope, **saver_kwargs)
        variables = os.path.join(
            folder, constants.VARIABLES_DIRECTORY, constants.VARIABLES_FILENAME
        )
        if saver is not None and checkpoint_exists(variables):
            saver.restore(sess, variables)
        main_op = _main_op(meta)
        if main_op is not None:
            operation = sess.graph.as_graph_element(prepend_scope(main_op, import_scope))
            sess.run(operation, _asset_feeds(meta, folder, import_scope))
    return meta


def _main_op(meta: Any) -> str | None:
    """The name of what is to be run when the model has been loaded."""
    if constants.INIT_OP_SIGNATURE_KEY in meta.signature_def:
        outputs = meta.signature_def[constants.INIT_OP_SIGNATURE_KEY].outputs
        return str(outputs[constants.INIT_OP_SIGNATURE_KEY].name)
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if key in meta.collection_def:
            names = meta.collection_def[key].node_list.value
            if len(names) != 1:
                raise RuntimeError(f"one operation is expected in {key!r}, not {len(names)}")
            return str(names[0])
    return None


def _asset_feeds(meta: Any, folder: str, import_scope: str | None) -> dict[str, str]:
    """The paths of the files that come with the model, by the tensors that hold them."""
    assets = list(meta.asset_file_def)
    if not assets and constants.ASSETS_KEY in meta.collection_def:
        packed = meta.collection_def[constants.ASSETS_KEY].any_list.value
        assets = [protos.AssetFileDef.FromString(item.value) for item in packed]
    return {
        prepend_scope(asset.tensor_info.name, import_scope): os.path.join(
            folder, constants.ASSETS_DIRECTORY, asset.filename
        )
        for asset in assets
    }
