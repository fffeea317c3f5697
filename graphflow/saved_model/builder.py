"""Writing SavedModels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graphflow.checkpoints.saver import Saver
from graphflow.core.dtypes import string
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.files.names import errors_about, path_of
from graphflow.interop import protos
from graphflow.interop.meta_graph import write_message
from graphflow.saved_model import constants
from graphflow.saved_model.signatures import build_tensor_info, predict_signature_def

_ASSET_TYPE = "type.googleapis.com/tensorflow.AssetFileDef"


class SavedModelBuilder:
    """Writes graphs with their variables, files and signatures to a folder.

    Args:
      export_dir: the folder, which is made; one that exists must be empty.

    Raises:
      AssertionError: the folder is not empty.

    >>> import tempfile
    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> y = tf.multiply(x, tf.get_variable("w", initializer=2.5), name="y")
    >>> folder = tempfile.mkdtemp()
    >>> builder = tf.saved_model.Builder(folder)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     builder.add_meta_graph_and_variables(sess, ["serve"])
    >>> path = builder.save()
    >>> with tf.Session(graph=tf.Graph()) as sess:
    ...     _ = tf.saved_model.load(sess, ["serve"], folder)
    ...     print(sess.run("y:0", {"x:0": [2.0, 4.0]}))
    [ 5. 10.]
    """

    def __init__(self, export_dir: Any) -> None:
        self._export_dir = path_of(export_dir)
        self._saved_model = protos.SavedModel(
            saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
        )
        self._has_variables = False
        self._assets: dict[str, str] = {}  # the sources of files by their names in the model
        if os.path.isdir(self._export_dir) and os.listdir(self._export_dir):
            raise AssertionError(
                f"the folder {self._export_dir} is not empty: give another one for the model"
            )
        with errors_about(self._export_dir):
            os.makedirs(self._export_dir, exist_ok=True)

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Tensor] | None = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Add the default graph, and write the values of its variables: the first thing to do.

        Args:
          sess: the session with the values.
          tags: what the graph is called.
          signature_def_map: from names to `SignatureDef`s.
          assets_collection: constants with the paths of files to copy.
          legacy_init_op: an older name of `main_op`.
          clear_devices: whether to leave out the devices of operations.
          main_op: the operation to run when the model has been loaded.
          strip_default_attrs: see `tf.train.export_meta_graph`.
          saver: what saves the variables, by default all of them.

        Raises:
          AssertionError: variables have been added, or a signature is not complete.
          TypeError: `main_op` is no operation.
        """
        if self._has_variables:
            raise AssertionError("the variables have been added: add further graphs alone")
        self._check_signatures(signature_def_map)
        saver = saver or _saver()
        folder = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, constants.VARIABLES_FILENAME)
        saver.save(sess, path, write_meta_graph=False, write_state=False)
        self._has_variables = True
        self.add_meta_graph(
            tags, signature_def_map, assets_collection, legacy_init_op, clear_devices, main_op,
            strip_default_attrs, saver,
        )  # fmt: skip

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Iterable[Tensor] | None = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Saver | None = None,
    ) -> None:
        """Add the default graph, for the variables that have been written.

        Args:
          tags: see `add_meta_graph_and_variables`.
          signature_def_map: see there.
          assets_collection: see there.
          legacy_init_op: see there.
          clear_devices: see there.
          main_op: see there.
          strip_default_attrs: see there.
          saver: see there.

        Raises:
          AssertionError: no variables have been added, or a signature is not complete.
          TypeError: `main_op` is no operation.
        """
        if not self._has_variables:
            raise AssertionError("no variables yet: add_meta_graph_and_variables comes first")
        self._check_signatures(signature_def_map)
        operation = legacy_init_op if main_op is None else main_op
        if operation is not None and not isinstance(operation, Operation):
            raise TypeError(f"main_op is an operation, not {operation!r}")
        meta = (saver or _saver()).export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        self._add_assets(meta, assets_collection or ())
        if operation is not None:
            names = protos.CollectionDef.NodeList(value=[operation.name])
            meta.collection_def[constants.MAIN_OP_KEY].node_list.CopyFrom(names)
        meta.meta_info_def.tags.extend(tags)
        for name, signature in (signature_def_map or {}).items():
            meta.signature_def[name].CopyFrom(protos.adopted(signature, "SignatureDef"))
        self._saved_model.meta_graphs.append(meta)

    def _check_signatures(self, signature_def_map: Mapping[str, Any] | None) -> None:
        for key, signature in (signature_def_map or {}).items():
            for name, info in (*signature.inputs.items(), *signature.outputs.items()):
                if info.WhichOneof("encoding") is None or not info.dtype:
                    raise AssertionError(
                        f"{name!r} in the signature {key!r} lacks the name or dtype of its tensor: "
                        "use tf.saved_model.build_tensor_info"
                    )

    def _add_assets(self, meta: Any, tensors: Iterable[Tensor]) -> None:
        """Copy files, and let the graph know where they are."""
        for tensor in tensors:
            asset = protos.AssetFileDef(filename=self._copied(_path_in(tensor)))
            asset.tensor_info.CopyFrom(protos.TensorInfo(name=build_tensor_info(tensor).name))
            meta.asset_file_def.append(asset)
            # Older programs look for them here.
            meta.collection_def[constants.ASSETS_KEY].any_list.value.add(
                type_url=_ASSET_TYPE, value=asset.SerializeToString()
            )

    def _copied(self, source: str) -> str:
        """Copy a file once; return its name, which no other file has."""
        for name, other in self._assets.items():
            if other == source:
                return name
        first = name = os.path.basename(source)
        number = 0
        while name in self._assets:
            number += 1
            name = f"{first}_{number}"
        folder = os.path.join(self._export_dir, constants.ASSETS_DIRECTORY)
        with errors_about(source):
            os.makedirs(folder, exist_ok=True)
            shutil.copyfile(source, os.path.join(folder, name))
        self._assets[name] = source
        return name

    def save(self, as_text: bool = False) -> bytes:
        """Write the model: it is complete from now on.

        Args:
          as_text: whether to write protobuf's text format.

        Returns:
          The path of the file, as bytes.
        """
        name = (
            constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        )
        path = os.path.join(self._export_dir, name)
        write_message(self._saved_model, path, as_text)
        return os.fsencode(path)


def _saver() -> Saver:
    return Saver(sharded=True, allow_empty=True)


def _path_in(tensor: Any) -> str:
    """The path that a constant holds."""
    value = tensor.constant_value() if isinstance(tensor, Tensor) else None
    if value is None or tensor.dtype != string or np.size(value) != 1:
        raise ValueError(f"the path of a file to copy is a constant string, not {tensor!r}")
    return os.fsdecode(np.asarray(value, object).item())


def simple_save(
    session: Any,
    export_dir: Any,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    legacy_init_op: Operation | None = None,
) -> None:
    """Write a model that computes outputs from inputs, to be served.

    Args:
      session: the session with the values of the variables.
      export_dir: the folder, which is made.
      inputs: from names to tensors.
      outputs: from names to tensors.
      legacy_init_op: the operation to run when the model has been loaded.

    Raises:
      AssertionError: the folder is not empty.

    >>> import tempfile
    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> y = tf.multiply(x, tf.get_variable("w", initializer=2.5), name="y")
    >>> folder = tempfile.mkdtemp()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})
    >>> with tf.Session(graph=tf.Graph()) as sess:
    ...     model = tf.saved_model.load(sess, ["serve"], folder)
    ...     signature = model.signature_def["serving_default"]
    ...     print(sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: [4.0]}))
    [10.]
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        [constants.SERVING],
        {constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        get_default_graph().get_collection(GraphKeys.ASSET_FILEPATHS),
        main_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
