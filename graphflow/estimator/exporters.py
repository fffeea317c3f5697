"""When a model that is trained and evaluated is exported, and which exports are kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphflow import logging
from graphflow.summary.writer import summary_iterator


class Exporter:
    """Base of what exports a model after evaluations."""

    @property
    def name(self) -> str:
        """The folder of the exports, below `export` in that of the model."""
        raise NotImplementedError

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Export a model, or not.

        Args:
          estimator: the estimator.
          export_path: the folder of the exports.
          checkpoint_path: the checkpoint that was evaluated.
          eval_result: what evaluation gave.
          is_the_final_export: whether training is at its end.

        Returns:
          The folder of the export, None if there is none.
        """
        raise NotImplementedError


class _SavedModelExporter(Exporter):
    """Exports a `SavedModel`."""

    def __init__(
        self, name: str, serving_input_receiver_fn: Any, assets_extra: Any, as_text: bool
    ) -> None:
        if not name or not isinstance(name, str):
            raise ValueError(f"an exporter needs a name, not {name!r}")
        self._name = name
        self._receiver_fn = serving_input_receiver_fn
        self._assets_extra = assets_extra
        self._as_text = as_text

    @property
    def name(self) -> str:
        """The folder of the exports."""
        return self._name

    def _export(self, estimator: Any, export_path: str, checkpoint_path: str) -> bytes:
        exported: bytes = estimator.export_saved_model(
            export_path,
            self._receiver_fn,
            assets_extra=self._assets_extra,
            as_text=self._as_text,
            checkpoint_path=checkpoint_path,
        )
        return exported


class FinalExporter(_SavedModelExporter):
    """Exports the model at the end of training.

    Args:
      name: the folder of the exports.
      serving_input_receiver_fn: see `Estimator.export_saved_model`.
      assets_extra: see there.
      as_text: see there.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Any,
        assets_extra: Any = None,
        as_text: bool = False,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Export the model if training is at its end; see `Exporter.export`."""
        if not is_the_final_export:
            return None
        return self._export(estimator, export_path, checkpoint_path)


class LatestExporter(_SavedModelExporter):
    """Exports the model after each evaluation.

    Args:
      name: the folder of the exports.
      serving_input_receiver_fn: see `Estimator.export_saved_model`.
      assets_extra: see there.
      as_text: see there.
      exports_to_keep: how many exports are kept, None for all.

    Raises:
      ValueError: `exports_to_keep` is not positive.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Any,
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._exports_to_keep = _checked_count(exports_to_keep)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Export the model; see `Exporter.export`."""
        exported = self._export(estimator, export_path, checkpoint_path)
        keep_newest(export_path, self._exports_to_keep)
        return exported


class BestExporter(_SavedModelExporter):
    """Exports the model whenever an evaluation is the best one so far.

    Args:
      name: the folder of the exports.
      serving_input_receiver_fn: see `Estimator.export_saved_model`.
      event_file_pattern: the event files of earlier evaluations, below the folder of the model,
        such as "eval/*.tfevents.*"; the best of them is to be beaten.
      compare_fn: called with `best_eval_result` and `current_eval_result`, tells whether the latter
        is better; by default the smaller loss is.
      assets_extra: see `Estimator.export_saved_model`.
      as_text: see there.
      exports_to_keep: how many exports are kept, None for all.

    Raises:
      ValueError: `exports_to_keep` is not positive, or there is nothing to compare by.
    """

    def __init__(
        self,
        name: str = "best_exporter",
        serving_input_receiver_fn: Any = None,
        event_file_pattern: str | None = None,
        compare_fn: Callable[..., bool] | None = None,
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._event_file_pattern = event_file_pattern
        self._compare = compare_fn or _has_smaller_loss
        self._exports_to_keep = _checked_count(exports_to_keep)
        self._best: Mapping[str, Any] | None = None
        self._has_exported = False

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Mapping[str, Any],
        is_the_final_export: bool,
    ) -> bytes | None:
        """Export the model if it is the best one; see `Exporter.export`."""
        if self._best is None and not self._has_exported and self._event_file_pattern:
            pattern = os.path.join(estimator.model_dir, self._event_file_pattern)
            self._best = self._best_of(pattern)
        is_better = self._best is None or self._compare(
            best_eval_result=self._best, current_eval_result=eval_result
        )
        if not is_better:
            return None
        logging.info("the best model so far is exported: %s", eval_result)
        self._best, self._has_exported = eval_result, True
        exported = self._export(estimator, export_path, checkpoint_path)
        keep_newest(export_path, self._exports_to_keep)
        return exported

    def _best_of(self, pattern: str) -> dict[str, Any] | None:
        """The best of the evaluations in event files."""
        best: dict[str, Any] | None = None
        folder, name = os.path.split(pattern)
        for path in sorted(Path(folder).glob(name)):
            for event in summary_iterator(str(path)):
                found = {
                    value.tag: value.simple_value
                    for value in event.summary.value
                    if value.HasField("simple_value")
                }
                if found and (
                    best is None or self._compare(best_eval_result=best, current_eval_result=found)
                ):
                    best = found
        return best


def _has_smaller_loss(
    best_eval_result: Mapping[str, Any], current_eval_result: Mapping[str, Any]
) -> bool:
    for what, result in (("best", best_eval_result), ("current", current_eval_result)):
        if not result or "loss" not in result:
            raise ValueError(f"the {what} evaluation has no loss to compare by: {result}")
    return bool(best_eval_result["loss"] > current_eval_result["loss"])


def _checked_count(exports_to_keep: int | None) -> int | None:
    if exports_to_keep is not None and exports_to_keep <= 0:
        raise ValueError(f"exports_to_keep must be positive, it is {exports_to_keep}")
    return exports_to_keep


def keep_newest(folder: Any, count: int | None) -> None:
    """Remove all exports of a folder but the newest ones; their names are times.

    Args:
      folder: the folder.
      count: how many are kept, None for all.
    """
    if count is None:
        return
    exports = sorted((path for path in Path(folder).iterdir() if path.name.isdigit()), key=_time)
    for path in exports[:-count]:
        shutil.rmtree(path, ignore_errors=True)


def _time(path: Path) -> int:
    return int(path.name)
