"""Files and folders, under the names of TensorFlow 2."""

from __future__ import annotations

from graphflow.files.folders import (
    copy as copy,
    exists as exists,
    glob as glob,
    isdir as isdir,
    listdir as listdir,
    makedirs as makedirs,
    mkdir as mkdir,
    remove as remove,
    rename as rename,
    rmtree as rmtree,
    stat as stat,
    walk as walk,
)
from graphflow.files.gfile import GFile as GFile
