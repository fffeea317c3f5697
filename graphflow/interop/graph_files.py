"""Read the graph in a file, whatever kind of file TensorFlow has put it into.

The content says what a file is, not its name: binary or text, `GraphDef`, `MetaGraphDef` or
`SavedModel`. A checkpoint and the folder of a model lead to the file beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphflow.interop import protos

_OP_TYPE = re.compile(r"^[A-Za-z_][A-Za-z0-9_.\\/>-]*$")
_CHECKPOINT_PART = re.compile(r"\.(index|data-\d{5}-of-\d{5})$")
_SAVED_MODELS = ("saved_model.pb", "saved_model.pbtxt")
_KINDS = ("SavedModel", "MetaGraphDef", "GraphDef")
# How files begin that are sometimes taken for graphs.
_MAGIC = (
    (b"\x89HDF\r\n", "an HDF5 file, as Keras writes"),
    (b"PK\x03\x04", "a zip archive, as Keras and PyTorch write"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\x93NUMPY", "an array of numpy"),
    (b"\x80\x04", "a pickled object of Python"),
    (b"version https://git-lfs", "a pointer of Git LFS: fetch the file itself with git lfs pull"),
    (b"{", "JSON"),
    (b"<", "HTML or XML"),
)


class GraphFileError(ValueError):
    """A file does not hold a graph."""


def read_graph_file(path: str | Path) -> Any:
    """Return the graph that a file holds.

    Args:
      path: a `GraphDef`, `MetaGraphDef` or `SavedModel`, binary or text; a checkpoint (its prefix
        or one of its files), which must have a `.meta` file; or the folder of a `SavedModel` or of
        checkpoints. Of several graphs in a model it is the first.

    Returns:
      A `GraphDef`.

    Raises:
      OSError: there is no such file.
      GraphFileError: it holds no graph, or is damaged.
    """
    file = _file_of(Path(path))
    content = file.read_bytes()
    if not content:
        raise GraphFileError(f"{file} is empty")
    for message in _readings(content):
        graph_def = _graph_in(message)
        if graph_def is not None:
            return graph_def
    raise GraphFileError(f"{file} holds no graph: {_impression(content)}")


def _file_of(path: Path) -> Path:
    if path.is_dir():
        return _file_in(path)
    if _CHECKPOINT_PART.search(path.name):
        return _meta_beside(path, path.with_name(_CHECKPOINT_PART.sub("", path.name)))
    if not path.exists() and path.with_name(f"{path.name}.index").exists():
        return _meta_beside(path, path)
    return path


def _file_in(folder: Path) -> Path:
    for name in _SAVED_MODELS:
        if (folder / name).exists():
            return folder / name
    metas = sorted(folder.glob("*.meta"), key=lambda file: file.stat().st_mtime)
    if metas:
        return metas[-1]
    raise GraphFileError(f"{folder} is a folder without a saved_model.pb or a .meta file")


def _meta_beside(path: Path, prefix: Path) -> Path:
    meta = prefix.with_name(f"{prefix.name}.meta")
    if meta.exists():
        return meta
    raise GraphFileError(
        f"{path} is a checkpoint, which holds the values of variables but no graph: the graph is in"
        f" {meta.name}, which is not beside it"
    )


def _readings(content: bytes) -> Iterator[Any]:
    """Yield the messages as which the content can be read."""
    for kind in _KINDS:
        message = _as_binary(content, kind)
        if message is not None:
            yield message
    if _is_text(content):
        for kind in _KINDS:
            message = _as_text(content, kind)
            if message is not None:
                yield message


def _as_binary(content: bytes, kind: str) -> Any | None:
    try:
        return getattr(protos, kind).FromString(content)
    except Exception:  # protobuf's DecodeError, which is not to be imported here
        return None


def _is_text(content: bytes) -> bool:
    return b"\0" not in content[:4096] and b"{" in content


def _as_text(content: bytes, kind: str) -> Any | None:
    try:
        return protos.from_text(content, getattr(protos, kind)())
    except (ValueError, UnicodeDecodeError):
        return None


def _graph_in(message: Any) -> Any | None:
    """Return the graph in a message, None if what was read makes no sense."""
    kind = message.DESCRIPTOR.name
    if kind == "SavedModel":
        graphs = [_graph_in(meta) for meta in message.meta_graphs]
        return next((graph for graph in graphs if graph is not None), None)
    if kind == "MetaGraphDef":
        return _graph_in(message.graph_def)
    # Any bytes of the right form make a message; the types of operations tell whether it is one.
    if message.node and all(node.name and _OP_TYPE.match(node.op) for node in message.node):
        return message
    is_empty_graph = not message.node and message.versions.producer > 0
    return message if is_empty_graph else None


def _impression(content: bytes) -> str:
    for magic, what in _MAGIC:
        if content.startswith(magic):
            return f"it looks like {what}"
    if content[4:8] == b"TFL3":
        return "it looks like a model of TensorFlow Lite, which has another format"
    if _is_text(content):
        return _text_problem(content)
    if content.startswith(b"\n"):  # the first field of a message, a node
        return "it begins like a GraphDef, but breaks off or is damaged"
    return f"it is no GraphDef, MetaGraphDef or SavedModel (it begins with {content[:8].hex(' ')})"


def _text_problem(content: bytes) -> str:
    """Tell where a text that seems to be a graph cannot be read."""
    kind = "GraphDef"
    if re.match(rb"\s*(meta_info_def|graph_def|saver_def)\b", content):
        kind = "MetaGraphDef"
    elif re.match(rb"\s*(saved_model_schema_version|meta_graphs)\b", content):
        kind = "SavedModel"
    try:
        protos.from_text(content, getattr(protos, kind)())
    except UnicodeDecodeError:
        return "it is neither text in UTF-8 nor a binary graph"
    except ValueError as error:
        return str(error)
    return f"as a {kind} it has no operations"
