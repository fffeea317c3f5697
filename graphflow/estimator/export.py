"""Models written as `SavedModel`s."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphflow import logging
from graphflow.checkpoints.saver import Saver
from graphflow.core.defaults import get_collection
from graphflow.core.keys import GraphKeys
from graphflow.estimator.outputs import ExportOutput, PredictOutput
from graphflow.estimator.specs import EstimatorSpec
from graphflow.files.names import path_of
from graphflow.saved_model import constants
from graphflow.saved_model.builder import SavedModelBuilder
from graphflow.session import Session


def export_model(
    spec: EstimatorSpec,
    receiver: Any,
    checkpoint_path: str,
    export_dir_base: Any,
    assets_extra: Mapping[str, Any] | None,
    as_text: bool,
    session_config: Any,
) -> bytes:
    """Write the model in the default graph; see `Estimator.export_saved_model`.

    Args:
      spec: what the model function returned.
      receiver: a `ServingInputReceiver`.
      checkpoint_path: the checkpoint with the variables.
      export_dir_base: the folder that gets a folder named after the time.
      assets_extra: further files.
      as_text: whether the graph is written as text.
      session_config: the configuration of the session.

    Returns:
      The folder, as bytes.
    """
    signatures = _signatures(spec, receiver)
    base = path_of(export_dir_base)
    final = _folder_of_now(base)
    # An export is complete or not there.
    unfinished = os.path.join(base, f"temp-{os.path.basename(final)}")
    with Session(config=session_config) as session:
        saver = spec.scaffold.saver or Saver(sharded=True)
        saver.restore(session, checkpoint_path)
        builder = SavedModelBuilder(unfinished)
        builder.add_meta_graph_and_variables(
            session,
            [constants.SERVING],
            signature_def_map=signatures,
            assets_collection=get_collection(GraphKeys.ASSET_FILEPATHS),
            main_op=spec.scaffold.local_init_op or spec.scaffold.default_local_init_op(),
            saver=saver,
            strip_default_attrs=True,
        )
        builder.save(as_text)
    for target, source in (assets_extra or {}).items():
        place = Path(unfinished, "assets.extra", path_of(target))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path_of(source), place)
    os.rename(unfinished, final)
    logging.info("SavedModel written to: %s", final)
    return final.encode()


def _signatures(spec: EstimatorSpec, receiver: Any) -> dict[str, Any]:
    """The signatures of all outputs, for all groups of inputs that they can be served for."""
    default = constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    outputs: Mapping[str, ExportOutput] = spec.export_outputs or {
        default: PredictOutput(spec.predictions)
    }
    groups = {None: receiver.receiver_tensors, **(receiver.receiver_tensors_alternatives or {})}
    found: dict[str, Any] = {}
    refused: dict[str, ValueError] = {}
    for group, tensors in groups.items():
        for name, output in outputs.items():
            key = name if group is None else f"{group}:{name}"
            try:
                found[key] = output.as_signature_def(tensors)
            except ValueError as error:
                refused[key] = error
    for key, reason in refused.items():
        logging.warning("The model is exported without the signature %r: %s", key, reason)
    if not found:
        raise ValueError(f"the model has no signature to export: {next(iter(refused.values()))}")
    return found


def _folder_of_now(base: str) -> str:
    """A folder named after the time in seconds, later if there is one of that name."""
    stamp = int(time.time())
    while os.path.exists(os.path.join(base, str(stamp))):
        stamp += 1
    return os.path.join(base, str(stamp))
