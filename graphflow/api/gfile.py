"""Files and folders, under the names of TensorFlow 1."""

from __future__ import annotations

from graphflow.files.folders import (
    Copy as Copy,
    DeleteRecursively as DeleteRecursively,
    Exists as Exists,
    Glob as Glob,
    IsDirectory as IsDirectory,
    ListDirectory as ListDirectory,
    MakeDirs as MakeDirs,
    MkDir as MkDir,
    Remove as Remove,
    Rename as Rename,
    Stat as Stat,
    Walk as Walk,
)
from graphflow.files.gfile import FastGFile as FastGFile, GFile as GFile

Open = GFile
