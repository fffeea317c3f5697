"""Which tensors of a checkpoint TensorBoard's projector shows, and what it knows of their rows."""

from __future__ import annotations

import os
from typing import Any

from graphflow.files.gfile import GFile
from graphflow.interop import protos

# TensorBoard looks for this name.
_FILE = "projector_config.pbtxt"


def visualize_embeddings(summary_writer: Any, config: Any) -> None:
    """Tell TensorBoard's projector which embeddings to show, in a file beside the events.

    Args:
      summary_writer: a `tf.summary.FileWriter`; the file goes to its folder.
      config: a `ProjectorConfig` message. If it names no checkpoint, TensorBoard takes the newest
        one of the folder.

    Raises:
      ValueError: the writer has no folder.

    >>> import tempfile
    >>> import graphflow as tf
    >>> config = protos.ProjectorConfig()
    >>> embedding = config.embeddings.add()
    >>> embedding.tensor_name, embedding.metadata_path = "words", "words.tsv"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with tf.summary.FileWriter(folder) as writer:
    ...         visualize_embeddings(writer, config)
    ...     print(GFile(os.path.join(folder, "projector_config.pbtxt")).read())
    embeddings {
      tensor_name: "words"
      metadata_path: "words.tsv"
    }
    <BLANKLINE>
    """
    folder = summary_writer.get_logdir()
    if folder is None:
        raise ValueError("the summary writer has no folder to put the configuration into")
    with GFile(os.path.join(folder, _FILE), "w") as file:
        file.write(protos.to_text(config))
