"""How an experiment exports its model."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from graphflow.estimator.estimator import Estimator as CoreEstimator
from graphflow.estimator.exporters import keep_newest


class _ExportStrategy(NamedTuple):
    name: str
    export_fn: Callable[..., Any]
    strip_default_attrs: bool | None


class ExportStrategy(_ExportStrategy):
    """How an experiment exports its model.

    Args:
      name: the folder of the exports.
      export_fn: called with the estimator and the folder, and those of `checkpoint_path`,
        `eval_result` and `strip_default_attrs` that it takes.
      strip_default_attrs: what `export_fn` gets as such.
    """

    __slots__ = ()

    def __new__(
        cls, name: str, export_fn: Callable[..., Any], strip_default_attrs: bool | None = None
    ) -> ExportStrategy:
        """Keep what is given."""
        return super().__new__(cls, name, export_fn, strip_default_attrs)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str | None = None,
        eval_result: Any = None,
    ) -> Any:
        """Export a model.

        Args:
          estimator: the estimator.
          export_path: the folder.
          checkpoint_path: the checkpoint.
          eval_result: what evaluation gave.
        """
        takes = inspect.signature(self.export_fn).parameters
        given = {
            "checkpoint_path": checkpoint_path, "eval_result": eval_result,
            "strip_default_attrs": self.strip_default_attrs,
        }  # fmt: skip
        return self.export_fn(
            estimator, export_path, **{name: given[name] for name in given if name in takes}
        )


def make_export_strategy(
    serving_input_fn: Callable[[], Any],
    default_output_alternative_key: Any = None,
    assets_extra: Any = None,
    as_text: bool = False,
    exports_to_keep: int | None = 5,
    strip_default_attrs: bool | None = None,
) -> ExportStrategy:
    """Return a strategy that exports a `SavedModel`.

    Args:
      serving_input_fn: returns `InputFnOps`; for a `tf.estimator.Estimator` a
        `ServingInputReceiver`.
      default_output_alternative_key: see `tf.contrib.learn.Estimator.export_savedmodel`.
      assets_extra: see there.
      as_text: see there.
      exports_to_keep: how many exports are kept, None for all.
      strip_default_attrs: accepted; attributes with their default values are left out.
    """

    def export_fn(estimator: Any, export_dir_base: str, checkpoint_path: Any = None) -> Any:
        more = {}
        if not isinstance(estimator, CoreEstimator):
            more["default_output_alternative_key"] = default_output_alternative_key
        exported = estimator.export_savedmodel(
            export_dir_base,
            serving_input_fn,
            assets_extra=assets_extra,
            as_text=as_text,
            checkpoint_path=checkpoint_path,
            **more,
        )
        keep_newest(export_dir_base, exports_to_keep)
        return exported

    return ExportStrategy("Servo", export_fn, strip_default_attrs)
