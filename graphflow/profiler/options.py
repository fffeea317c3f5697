"""`tf.profiler.ProfileOptionBuilder`: what a profile counts and shows."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

# The type that the operations of trainable variables have beside their own.
TRAINABLE_VARIABLES = "_trainable_variables"

_DEFAULTS: Mapping[str, Any] = {
    "max_depth": 100,
    "min_bytes": 0,
    "min_micros": 0,
    "min_params": 0,
    "min_float_ops": 0,
    "min_occurrence": 0,
    "order_by": "name",
    "account_type_regexes": [".*"],
    "start_name_regexes": [".*"],
    "trim_name_regexes": [],
    "show_name_regexes": [".*"],
    "hide_name_regexes": [],
    "account_displayed_op_only": False,
    "select": ["micros"],
    "step": -1,
    "output": "stdout",
}


def with_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the defaults of those that are missing.

    Args:
      options: some options by name.

    Returns:
      A new dictionary.
    """
    return copy.deepcopy({**_DEFAULTS, **options})


class ProfileOptionBuilder:
    """Collects options for `tf.profiler.profile`; methods return the builder itself.

    Args:
      options: options to begin with, such as `ProfileOptionBuilder.float_operation()`.

    >>> builder = ProfileOptionBuilder(ProfileOptionBuilder.float_operation())
    >>> builder.with_empty_output().order_by("name").build()["min_float_ops"]
    1
    """

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        self._options: dict[str, Any] = copy.deepcopy(
            dict(_DEFAULTS if options is None else options)
        )

    @staticmethod
    def trainable_variables_parameter() -> dict[str, Any]:
        """Return options to count the parameters of trainable variables."""
        return with_defaults(
            {
                "max_depth": 10000,
                "account_type_regexes": [TRAINABLE_VARIABLES],
                "account_displayed_op_only": True,
                "select": ["params"],
            }
        )

    @staticmethod
    def float_operation() -> dict[str, Any]:
        """Return options to count float operations."""
        return with_defaults(
            {
                "max_depth": 10000,
                "min_float_ops": 1,
                "order_by": "float_ops",
                "account_displayed_op_only": True,
                "select": ["float_ops"],
            }
        )

    @staticmethod
    def time_and_memory(
        min_micros: int = 1,
        min_bytes: int = 1,
        min_accelerator_micros: int = 0,
        min_cpu_micros: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> dict[str, Any]:
        """Return options to measure time and memory; they need the metadata of a traced run.

        Args:
          min_micros: the least time of what is shown.
          min_bytes: the least memory of what is shown.
          min_accelerator_micros: the least time on other devices than the processor.
          min_cpu_micros: the least time on the processor.
          min_peak_bytes: the least memory at the peak.
          min_residual_bytes: the least memory that stays in use.
          min_output_bytes: the least memory of results.
        """
        return with_defaults(
            {
                "max_depth": 10000,
                "min_bytes": min_bytes,
                "min_peak_bytes": min_peak_bytes,
                "min_residual_bytes": min_residual_bytes,
                "min_output_bytes": min_output_bytes,
                "min_micros": min_micros,
                "min_accelerator_micros": min_accelerator_micros,
                "min_cpu_micros": min_cpu_micros,
                "order_by": "micros",
                "account_displayed_op_only": True,
                "select": ["micros", "bytes"],
            }
        )

    def build(self) -> dict[str, Any]:
        """Return the options."""
        return copy.deepcopy(self._options)

    def _set(self, **options: Any) -> ProfileOptionBuilder:
        self._options.update(options)
        return self

    def with_max_depth(self, max_depth: int) -> ProfileOptionBuilder:
        """Show so many levels.

        Args:
          max_depth: of name scopes, inputs, calls or types of operations.
        """
        return self._set(max_depth=max_depth)

    def with_min_memory(
        self,
        min_bytes: int = 0,
        min_peak_bytes: int = 0,
        min_residual_bytes: int = 0,
        min_output_bytes: int = 0,
    ) -> ProfileOptionBuilder:
        """Show what takes so much memory.

        Args:
          min_bytes: the least memory that is asked for.
          min_peak_bytes: the least memory at the peak.
          min_residual_bytes: the least memory that stays in use.
          min_output_bytes: the least memory of results.
        """
        return self._set(
            min_bytes=min_bytes,
            min_peak_bytes=min_peak_bytes,
            min_residual_bytes=min_residual_bytes,
            min_output_bytes=min_output_bytes,
        )

    def with_min_execution_time(
        self, min_micros: int = 0, min_accelerator_micros: int = 0, min_cpu_micros: int = 0
    ) -> ProfileOptionBuilder:
        """Show what takes so much time.

        Args:
          min_micros: the least time in microseconds.
          min_accelerator_micros: the least time on other devices than the processor.
          min_cpu_micros: the least time on the processor.
        """
        return self._set(
            min_micros=min_micros,
            min_accelerator_micros=min_accelerator_micros,
            min_cpu_micros=min_cpu_micros,
        )

    def with_min_parameters(self, min_params: int) -> ProfileOptionBuilder:
        """Show what has so many parameters itself.

        Args:
          min_params: the least number.
        """
        return self._set(min_params=min_params)

    def with_min_occurrence(self, min_occurrence: int) -> ProfileOptionBuilder:
        """Show what stands for so many operations.

        Args:
          min_occurrence: the least number.
        """
        return self._set(min_occurrence=min_occurrence)

    def with_min_float_operations(self, min_float_ops: int) -> ProfileOptionBuilder:
        """Show what takes so many float operations itself.

        Args:
          min_float_ops: the least number.
        """
        return self._set(min_float_ops=min_float_ops)

    def with_accounted_types(self, account_type_regexes: Sequence[str]) -> ProfileOptionBuilder:
        """Count only operations of certain types.

        Args:
          account_type_regexes: regular expressions, one of which matches an operation's type, its
            device, or a type of the log.
        """
        return self._set(account_type_regexes=list(account_type_regexes))

    def with_node_names(
        self,
        start_name_regexes: Sequence[str] | None = None,
        show_name_regexes: Sequence[str] | None = None,
        hide_name_regexes: Sequence[str] | None = None,
        trim_name_regexes: Sequence[str] | None = None,
    ) -> ProfileOptionBuilder:
        """Show only certain names.

        Args:
          start_name_regexes: at which names the view begins.
          show_name_regexes: which names are shown.
          hide_name_regexes: which are not.
          trim_name_regexes: below which names nothing is shown.
        """
        given = {
            "start_name_regexes": start_name_regexes,
            "show_name_regexes": show_name_regexes,
            "hide_name_regexes": hide_name_regexes,
            "trim_name_regexes": trim_name_regexes,
        }
        return self._set(**{key: list(value) for key, value in given.items() if value is not None})

    def account_displayed_op_only(self, is_true: bool) -> ProfileOptionBuilder:
        """Choose whether totals are those of what is shown.

        Args:
          is_true: False for totals of all that is counted.
        """
        return self._set(account_displayed_op_only=is_true)

    def with_empty_output(self) -> ProfileOptionBuilder:
        """Print nothing."""
        return self._set(output="none")

    def with_stdout_output(self) -> ProfileOptionBuilder:
        """Print the report."""
        return self._set(output="stdout")

    def with_file_output(self, outfile: str) -> ProfileOptionBuilder:
        """Write the report to a file.

        Args:
          outfile: its path.
        """
        return self._set(output=f"file:outfile={outfile}")

    def with_timeline_output(self, timeline_file: str) -> ProfileOptionBuilder:
        """Ask for a timeline, which `profile` refuses: `tf.viz` and `timeline.Timeline` write one.

        Args:
          timeline_file: its path.
        """
        return self._set(output=f"timeline:outfile={timeline_file}")

    def with_pprof_output(self, pprof_file: str) -> ProfileOptionBuilder:
        """Ask for a file of pprof, which `profile` refuses.

        Args:
          pprof_file: its path.
        """
        return self._set(output=f"pprof:outfile={pprof_file}")

    def order_by(self, attribute: str) -> ProfileOptionBuilder:
        """Choose the order of what is shown.

        Args:
          attribute: "name", or what to begin with the most of: "micros", "bytes", "params",
            "float_ops", "occurrence", ...
        """
        return self._set(order_by=attribute)

    def select(self, attributes: Sequence[str]) -> ProfileOptionBuilder:
        """Choose what the report shows.

        Args:
          attributes: some of "micros", "bytes", "params", "float_ops", "occurrence", "device",
            "op_types", ...
        """
        return self._set(select=list(attributes))

    def with_step(self, step: int) -> ProfileOptionBuilder:
        """Choose a step of a `Profiler`.

        Args:
          step: its number; -1 for the mean of all.
        """
        return self._set(step=step)
