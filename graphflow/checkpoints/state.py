"""The file `checkpoint` of a folder, which names its checkpoints, and the files of checkpoints."""

from __future__ import annotations

import glob
import os
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graphflow.checkpoints.bundle import index_path
from graphflow.files.names import errors_about, path_of
from graphflow.interop import protos

_NAME = "checkpoint"


def generate_checkpoint_state_proto(
    save_dir: Any,
    model_checkpoint_path: Any,
    all_model_checkpoint_paths: Sequence[Any] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> Any:
    """Return the message that a folder's file `checkpoint` holds.

    Args:
      save_dir: the folder.
      model_checkpoint_path: the newest checkpoint.
      all_model_checkpoint_paths: all checkpoints, the oldest first.
      all_model_checkpoint_timestamps: when each was written, in seconds since 1970.
      last_preserved_timestamp: when the last one was written that is kept for good.

    Returns:
      A `CheckpointState`; paths are relative to `save_dir` if it is.

    Raises:
      ValueError: there are not as many timestamps as paths.
    """
    folder, newest = path_of(save_dir), path_of(model_checkpoint_path)
    paths = [path_of(path) for path in all_model_checkpoint_paths or ()]
    if all_model_checkpoint_timestamps is not None and len(all_model_checkpoint_timestamps) != len(
        paths
    ):
        raise ValueError(
            f"there are {len(all_model_checkpoint_timestamps)} timestamps for {len(paths)} paths"
        )
    if newest not in paths:
        paths.append(newest)
    if not os.path.isabs(folder):
        paths = [_relative(path, folder) for path in paths]
        newest = _relative(newest, folder)
    return protos.CheckpointState(
        model_checkpoint_path=newest,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def _relative(path: str, folder: str) -> str:
    return path if os.path.isabs(path) else os.path.relpath(path, folder)


def update_checkpoint_state(
    save_dir: Any,
    model_checkpoint_path: Any,
    all_model_checkpoint_paths: Sequence[Any] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
    *,
    save_relative_paths: bool = False,
) -> None:
    """Write a folder's file `checkpoint`.

    Args:
      save_dir: the folder.
      model_checkpoint_path: the newest checkpoint.
      all_model_checkpoint_paths: all checkpoints, the oldest first.
      latest_filename: the name of the file, by default "checkpoint".
      all_model_checkpoint_timestamps: when each was written, in seconds since 1970.
      last_preserved_timestamp: when the last one was written that is kept for good.
      save_relative_paths: whether to write paths relative to the folder, so that it can be moved.

    Raises:
      RuntimeError: a checkpoint has the name of the file itself.
    """
    folder, newest = path_of(save_dir), path_of(model_checkpoint_path)
    paths = [path_of(path) for path in all_model_checkpoint_paths or ()]
    target = os.path.join(folder, latest_filename or _NAME)
    if target == newest:
        raise RuntimeError(f"the checkpoint {newest!r} has the name of the file with its state")
    if save_relative_paths:
        newest = os.path.relpath(newest, folder)
        paths = [os.path.relpath(path, folder) for path in paths]
        folder = os.path.abspath(folder)
    state = generate_checkpoint_state_proto(
        folder, newest, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )
    unfinished = f"{target}.tmp{uuid.uuid4().hex}"
    with errors_about(target):
        Path(unfinished).write_text(protos.to_text(state), encoding="utf-8")
        os.replace(unfinished, target)


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> Any:
    """Return what a folder's file `checkpoint` says.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the file, by default "checkpoint".

    Returns:
      A `CheckpointState` with paths that hold from the working directory; None if there is none.

    Raises:
      ValueError: the file does not name a checkpoint.
    """
    folder = path_of(checkpoint_dir)
    file = Path(folder, latest_filename or _NAME)
    if not file.is_file():
        return None
    state = protos.from_text(file.read_text(encoding="utf-8"), protos.CheckpointState())
    if not state.model_checkpoint_path:
        raise ValueError(f"{file} names no checkpoint")
    state.model_checkpoint_path = os.path.join(folder, state.model_checkpoint_path)
    for index, path in enumerate(state.all_model_checkpoint_paths):
        state.all_model_checkpoint_paths[index] = os.path.join(folder, path)
    return state


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """Return the path of a folder's newest checkpoint, None if it has none.

    Args:
      checkpoint_dir: the folder.
      latest_filename: the name of the file that says so, by default "checkpoint".
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not checkpoint_exists(state.model_checkpoint_path):
        return None
    newest: str = state.model_checkpoint_path
    return newest


def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Tell whether there is a checkpoint.

    Args:
      checkpoint_prefix: its path, as `Saver.save` returns it.
    """
    path = path_of(checkpoint_prefix)
    return os.path.exists(index_path(path)) or bool(legacy_files(path))


def legacy_files(prefix: str) -> list[str]:
    """Return the files of a checkpoint of format V1; none if there is no such checkpoint.

    Args:
      prefix: its path, or a pattern such as "model-?????-of-00002".
    """
    if os.path.isfile(prefix):
        return [prefix]
    return sorted(glob.glob(prefix)) if "?" in prefix or "*" in prefix else []


def get_checkpoint_mtimes(checkpoint_prefixes: Iterable[Any]) -> list[float]:
    """Return when those of some checkpoints that exist were written, in seconds since 1970.

    Args:
      checkpoint_prefixes: their paths.
    """
    paths = [path_of(prefix) for prefix in checkpoint_prefixes]
    candidates = [[index_path(path), *legacy_files(path)] for path in paths]
    found = [next(filter(os.path.exists, files), None) for files in candidates]
    return [os.path.getmtime(file) for file in found if file is not None]


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """Return the name of the file with the graph of a checkpoint.

    Args:
      checkpoint_filename: the path of the checkpoint, which may be one of several shards.
      meta_graph_suffix: what the name ends with.

    >>> meta_graph_filename("model-3-?????-of-00004")
    'model-3.meta'
    """
    base = re.sub(r"-[\d\?]+-of-\d+$", "", checkpoint_filename)
    return f"{base}.{meta_graph_suffix}"


def remove_checkpoint(
    checkpoint_prefix: Any, checkpoint_format_version: int = 2, meta_graph_suffix: str = "meta"
) -> None:
    """Remove the files of a checkpoint.

    Args:
      checkpoint_prefix: its path.
      checkpoint_format_version: its format, that of `SaverDef`.
      meta_graph_suffix: how the name of the file with its graph ends.
    """
    prefix = path_of(checkpoint_prefix)
    Path(meta_graph_filename(prefix, meta_graph_suffix)).unlink(missing_ok=True)
    if checkpoint_format_version != protos.SaverDef.V2:
        for file in legacy_files(prefix):
            Path(file).unlink(missing_ok=True)
        return
    folder, name = os.path.split(prefix)
    shard = re.compile(re.escape(name) + r"\.data-\d{5}-of-\d{5}$")
    # Without the index the checkpoint is gone for everybody.
    Path(index_path(prefix)).unlink(missing_ok=True)
    for file in os.listdir(folder or "."):
        if shard.match(file):
            Path(folder, file).unlink(missing_ok=True)


def wait_for_checkpoint(
    checkpoint_dir: Any, last_checkpoint: str | None, seconds_to_sleep: float, timeout: float | None
) -> str | None:
    """Wait until a folder has another newest checkpoint; return it, None if it takes too long.

    Args:
      checkpoint_dir: the folder.
      last_checkpoint: the newest checkpoint so far, None if there was none.
      seconds_to_sleep: how long to wait between two looks.
      timeout: in seconds; None to wait for ever.
    """
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        newest = latest_checkpoint(checkpoint_dir)
        if newest is not None and newest != last_checkpoint:
            return newest
        if end is not None and time.monotonic() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)
