"""`tf.data.Options`: how pipelines are to be run.  They influence speed alone."""

from __future__ import annotations

from typing import Any, ClassVar


def _option(name: str, kinds: Any, default: Any) -> property:
    """A property that holds an option."""

    def get(self: OptionsBase) -> Any:
        if name not in self._values:
            self._values[name] = default() if isinstance(default, type) else default
        return self._values[name]

    def set_(self: OptionsBase, value: Any) -> None:
        if value is not None and not isinstance(value, kinds):
            raise TypeError(f"the option {name} cannot be {value!r}")
        self._values[name] = value

    return property(get, set_, doc=f"The option {name}, None if it is not set.")


class OptionsBase:
    """Base of classes whose attributes are options, None unless they are set."""

    _defaults: ClassVar[dict[str, tuple[Any, Any]]] = {}
    _values: dict[str, Any]

    def __init__(self) -> None:
        object.__setattr__(self, "_values", {})

    def __init_subclass__(cls) -> None:
        for name, (kinds, default) in cls._defaults.items():
            setattr(cls, name, _option(name, kinds, default))

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._defaults:
            raise AttributeError(
                f"{type(self).__name__} has no option {name!r}; it has "
                f"{', '.join(sorted(self._defaults))}"
            )
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in self._defaults
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def _merged(self, other: OptionsBase) -> OptionsBase:
        merged = type(self)()
        for name in self._defaults:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, OptionsBase) and isinstance(theirs, OptionsBase):
                merged._values[name] = mine._merged(theirs)
                continue
            if mine is not None and theirs is not None and mine != theirs:
                raise ValueError(f"the option {name} is set to {mine!r} and to {theirs!r}")
            merged._values[name] = mine if theirs is None else theirs
        return merged


class MapVectorizationOptions(OptionsBase):
    """Options for maps of batches."""

    _defaults: ClassVar[Any] = {"enabled": (bool, None), "use_choose_fastest": (bool, None)}


class OptimizationOptions(OptionsBase):
    """Options for the rewriting of pipelines, which graphflow does not do: all are accepted."""

    _defaults: ClassVar[Any] = {
        "apply_default_optimizations": (bool, None),
        "autotune": (bool, None),
        "autotune_algorithm": (object, None),
        "autotune_buffers": (bool, None),
        "autotune_cpu_budget": (int, None),
        "filter_fusion": (bool, None),
        "filter_with_random_uniform_fusion": (bool, None),
        "hoist_random_uniform": (bool, None),
        "map_and_batch_fusion": (bool, None),
        "map_and_filter_fusion": (bool, None),
        "map_fusion": (bool, None),
        "map_parallelization": (bool, None),
        "map_vectorization": (MapVectorizationOptions, MapVectorizationOptions),
        "noop_elimination": (bool, None),
        "parallel_batch": (bool, None),
        "prefetch_to_device": (object, None),
        "shuffle_and_repeat_fusion": (bool, None),
    }


class ThreadingOptions(OptionsBase):
    """Options for threads: the session's threads serve, whatever is set."""

    _defaults: ClassVar[Any] = {
        "max_intra_op_parallelism": (int, None),
        "private_threadpool_size": (int, None),
    }


class DistributeOptions(OptionsBase):
    """Options for several workers: there is one."""

    _defaults: ClassVar[Any] = {"auto_shard": (bool, True), "num_devices": (int, None)}


class StatsOptions(OptionsBase):
    """Options for statistics: none are collected."""

    _defaults: ClassVar[Any] = {
        "aggregator": (object, None),
        "prefix": (str, ""),
        "counter_prefix": (str, ""),
        "latency_all_edges": (bool, None),
    }


class Options(OptionsBase):
    """How a pipeline is to be run.

    They are hints: elements and their order never depend on them, as everything is deterministic
    (which `experimental_deterministic=False` allows too).

    >>> options = Options()
    >>> options.experimental_deterministic = False
    >>> options.experimental_threading.private_threadpool_size = 4
    >>> options.experimental_slack is None
    True
    """

    _defaults: ClassVar[Any] = {
        "experimental_deterministic": (bool, None),
        "experimental_distribute": (DistributeOptions, DistributeOptions),
        "experimental_optimization": (OptimizationOptions, OptimizationOptions),
        "experimental_slack": (bool, None),
        "experimental_stats": (StatsOptions, StatsOptions),
        "experimental_threading": (ThreadingOptions, ThreadingOptions),
        "experimental_stateful_whitelist": (list, None),
    }

    def merge(self, options: Options) -> Options:
        """Return options that hold what is set in either.

        Args:
          options: others.

        Raises:
          ValueError: both set an option to different values.
        """
        merged = self._merged(options)
        assert isinstance(merged, Options)
        return merged
