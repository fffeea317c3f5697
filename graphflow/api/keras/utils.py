"""`tf.keras.utils`."""

from __future__ import annotations

from graphflow.keras.custom_objects import (
    CustomObjectScope as CustomObjectScope,
    custom_object_scope as custom_object_scope,
    get_custom_objects as get_custom_objects,
)
from graphflow.keras.names import (
    deserialize_keras_object as deserialize_keras_object,
    serialize_keras_object as serialize_keras_object,
)
from graphflow.keras.utils import normalize as normalize, to_categorical as to_categorical
