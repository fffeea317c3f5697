"""The operations of a `Saver`, with TensorFlow's names."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import graphflow.checkpoints.kernels  # noqa: F401  provides what the kernels of the ops call
import graphflow.ops as ops
from graphflow.checkpoints.saveables import SaveableObject, shapes_of
from graphflow.core.build import apply, apply_op
from graphflow.core.defaults import control_dependencies
from graphflow.core.device import DeviceSpec
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.interop import protos


def add_saver(
    saveables: Sequence[SaveableObject],
    reshape: bool,
    sharded: bool,
    restore_sequentially: bool,
    name: str | None,
    filename: str,
    version: int,
) -> dict[str, str]:
    """Add the operations that save and restore.

    Args:
      saveables: what to save.
      reshape: whether restored tensors get the shapes of their variables.
      sharded: whether each device writes a file of its own.
      restore_sequentially: whether to restore one variable after the other.
      name: the name scope.
      filename: the default of the name of the checkpoint.
      version: the format.

    Returns:
      The fields of a `SaverDef` that name them.
    """
    with name_scope(name, "save", [saveable.op for saveable in saveables]):
        value = ops.placeholder_with_default(filename, (), name="filename")
        prefix = ops.placeholder_with_default(value, (), name="Const")
        groups = _by_device(saveables) if sharded else [("", list(saveables))]
        is_legacy = version != protos.SaverDef.V2
        if sharded:
            saved = (_save_legacy_shards if is_legacy else _save_shards)(prefix, groups)
        else:
            with control_dependencies([(_save_legacy if is_legacy else _save)(prefix, saveables)]):
                saved = ops.identity(prefix, name="control_dependency")
        restored = [
            _restore(prefix, group, device, reshape, restore_sequentially, sharded)
            for device, group in groups
        ]
        restore_all = ops.group(*(op for part in restored for op in part), name="restore_all")
    return {
        "filename_tensor_name": prefix.name,
        "save_tensor_name": saved.name,
        "restore_op_name": restore_all.name,
    }


def _by_device(saveables: Sequence[SaveableObject]) -> list[tuple[str, list[SaveableObject]]]:
    groups: dict[str, list[SaveableObject]] = {}
    for saveable in saveables:
        groups.setdefault(DeviceSpec.from_string(saveable.device).to_string(), []).append(saveable)
    return sorted(groups.items())


def _save(prefix: Tensor, saveables: Sequence[SaveableObject]) -> Operation:
    specs = [spec for saveable in saveables for spec in saveable.specs]
    with name_scope("SaveV2") as scope:
        names = ops.constant([spec.name for spec in specs], "string", name="tensor_names")
        parts = ops.constant([spec.slice_spec for spec in specs], "string", name="shape_and_slices")
    return apply_op(ops.SaveV2(), prefix, names, parts, [spec.tensor for spec in specs], name=scope)


def _save_legacy(filename: Tensor, saveables: Sequence[SaveableObject]) -> Operation:
    specs = [spec for saveable in saveables for spec in saveable.specs]
    tensors = [spec.tensor for spec in specs]
    with name_scope("SaveSlices") as scope:
        names = ops.constant([spec.name for spec in specs], "string", name="tensor_names")
        slices = [spec.slice_spec for spec in specs]
        parts = ops.constant(slices, "string", name="shapes_and_slices")
    return apply_op(ops.SaveSlices(), filename, names, parts, tensors, name=scope)


def _save_legacy_shards(
    filename: Tensor, groups: Sequence[tuple[str, list[SaveableObject]]]
) -> Tensor:
    count = ops.constant(len(groups), name="num_shards")
    saved: list[Operation] = []
    for shard, (device, group) in enumerate(groups):
        with get_default_graph().device(device or None):
            name = apply(ops.ShardedFilename(), filename, shard, count, name="ShardedFilename")
            with control_dependencies([_save_legacy(name, group)]):
                saved.append(ops.identity(name, name="control_dependency").op)
    with control_dependencies(saved):
        return apply(ops.ShardedFilespec(), filename, count, name="ShardedFilespec")


def _save_shards(prefix: Tensor, groups: Sequence[tuple[str, list[SaveableObject]]]) -> Tensor:
    # The shards are written aside and put together at the end.
    suffix = f"_temp_{uuid.uuid4().hex}/part"
    base = ops.string_join([prefix, suffix])
    count = ops.constant(len(groups), name="num_shards")
    names: list[Tensor] = []
    waits: list[Tensor] = []
    for shard, (device, group) in enumerate(groups):
        with get_default_graph().device(device or None):
            name = apply(ops.ShardedFilename(), base, shard, count, name="ShardedFilename")
            with control_dependencies([_save(name, group)]):
                waits.append(ops.identity(name, name="control_dependency"))
            names.append(name)
    with control_dependencies(waits):
        prefixes = ops.stack(names, name="MergeV2Checkpoints/checkpoint_prefixes")
        merged = apply_op(ops.MergeV2Checkpoints(), prefixes, prefix, name="MergeV2Checkpoints")
    with control_dependencies([merged, *waits]):
        return ops.identity(prefix)


def _restore(
    prefix: Tensor,
    saveables: Sequence[SaveableObject],
    device: str,
    reshape: bool,
    sequentially: bool,
    sharded: bool,
) -> list[Any]:
    """Add what restores a group; return its operations."""
    with get_default_graph().device(device or None):
        done: list[Any] = []
        if sequentially:
            for saveable in saveables:
                with control_dependencies(done[-1:]):
                    tensors = _read(prefix, [saveable])
                done.append(_assign(saveable, tensors, reshape))
        else:
            tensors = _read(prefix, saveables)
            for saveable in saveables:
                mine, tensors = tensors[: len(saveable.specs)], tensors[len(saveable.specs) :]
                done.append(_assign(saveable, mine, reshape))
        return [ops.group(*done, name="restore_shard")] if sharded else done


def _assign(saveable: SaveableObject, tensors: Sequence[Tensor], reshape: bool) -> Any:
    return saveable.restore(tensors, shapes_of(saveable) if reshape else None)


def _read(prefix: Tensor, saveables: Sequence[SaveableObject]) -> list[Tensor]:
    specs = [spec for saveable in saveables for spec in saveable.specs]
    with name_scope("RestoreV2") as scope:
        names = ops.constant([spec.name for spec in specs], "string", name="tensor_names")
        parts = ops.constant([spec.slice_spec for spec in specs], "string", name="shape_and_slices")
    op = ops.RestoreV2(tuple(spec.dtype.base_dtype for spec in specs))
    return list(apply_op(op, prefix, names, parts, name=scope).outputs)


def saver_def(names: dict[str, str], **settings: Any) -> Any:
    """Return a `SaverDef`.

    Args:
      names: the names of the operations; see `add_saver`.
      **settings: its other fields.
    """
    return protos.SaverDef(**names, **settings)
