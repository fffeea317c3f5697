"""`tf.contrib.learn.monitors`: what is done beside training."""

from __future__ import annotations

from graphflow.contrib.learn.monitors import (
    BaseMonitor as BaseMonitor,
    CaptureVariable as CaptureVariable,
    CheckpointSaver as CheckpointSaver,
    EveryN as EveryN,
    NanLoss as NanLoss,
    PrintTensor as PrintTensor,
    RunHookAdapterForMonitors as RunHookAdapterForMonitors,
    StepCounter as StepCounter,
    StopAtStep as StopAtStep,
    SummarySaver as SummarySaver,
    ValidationMonitor as ValidationMonitor,
    replace_monitors_with_hooks as replace_monitors_with_hooks,
)
