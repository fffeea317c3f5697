"""The variable scope of a layer's function: its variables are model variables, in collections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphflow.contrib.framework.variables import model_variable
from graphflow.contrib.layers.utils import get_variable_collections
from graphflow.core.graph import get_default_graph
from graphflow.variables.partitioned import PartitionedVariable
from graphflow.variables.scope import variable_scope


def layer_scope(
    scope: Any,
    default_name: str,
    inputs: Any,
    reuse: Any = None,
    rename: Mapping[str, str] | None = None,
) -> variable_scope:
    """Return the scope of a layer, all variables of which are model variables.

    Args:
      scope: name or scope, None for the default name, made unique.
      default_name: the default name.
      inputs: the inputs of the layer.
      reuse: whether to share variables.
      rename: other names for variables of `tf.layers`, such as "weights" for "kernel".
    """
    return variable_scope(
        scope, default_name, [inputs], reuse=reuse, custom_getter=_model_variable_getter(rename)
    )


def _model_variable_getter(rename: Mapping[str, str] | None) -> Callable[..., Any]:
    names = rename or {}

    def get(
        getter: Any,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        **_: Any,
    ) -> Any:
        outer, slash, short = name.rpartition("/")
        return model_variable(
            outer + slash + names.get(short, short),
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=collections,
            trainable=trainable,
            caching_device=caching_device,
            partitioner=partitioner,
            custom_getter=getter,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )

    return get


def add_to_collections(variable: Any, variables_collections: Any, name: str) -> None:
    """Add a variable of a layer to the collections given for it, where it is not in them.

    Args:
      variable: the variable; None for none.
      variables_collections: collections for all variables, or a dictionary of those by name.
      name: such as "weights".
    """
    if variable is None:
        return
    parts = list(variable) if isinstance(variable, PartitionedVariable) else [variable]
    for collection in get_variable_collections(variables_collections, name) or []:
        known = get_default_graph().get_collection_ref(collection)
        known.extend(part for part in parts if not any(part is other for other in known))
