"""`tf.train`: optimizers, learning-rate decay, checkpoints, sessions that recover, input queues."""

from __future__ import annotations

from typing import Any as _Any

from graphflow.api.old_names import SummaryWriter as SummaryWriter
from graphflow.checkpoints.initialization import (
    init_from_checkpoint as init_from_checkpoint,
    warm_start as warm_start,
)
from graphflow.checkpoints.reader import (
    list_variables as list_variables,
    load_checkpoint as load_checkpoint,
    load_variable as load_variable,
    new_checkpoint_reader as NewCheckpointReader,
)
from graphflow.checkpoints.saver import Saver as Saver, import_meta_graph as import_meta_graph
from graphflow.checkpoints.state import (
    checkpoint_exists as checkpoint_exists,
    generate_checkpoint_state_proto as generate_checkpoint_state_proto,
    get_checkpoint_mtimes as get_checkpoint_mtimes,
    get_checkpoint_state as get_checkpoint_state,
    latest_checkpoint as latest_checkpoint,
    remove_checkpoint as remove_checkpoint,
    update_checkpoint_state as update_checkpoint_state,
)
from graphflow.checkpoints.vocabularies import VocabInfo as VocabInfo
from graphflow.checkpoints.waiting import checkpoints_iterator as checkpoints_iterator
from graphflow.interop import protos as _protos
from graphflow.interop.graphdef import write_graph as write_graph
from graphflow.interop.meta_graph import export_meta_graph as export_meta_graph
from graphflow.monitored.hooks import (
    CheckpointSaverHook as CheckpointSaverHook,
    CheckpointSaverListener as CheckpointSaverListener,
    FeedFnHook as FeedFnHook,
    FinalOpsHook as FinalOpsHook,
    GlobalStepWaiterHook as GlobalStepWaiterHook,
    LoggingTensorHook as LoggingTensorHook,
    NanLossDuringTrainingError as NanLossDuringTrainingError,
    NanTensorHook as NanTensorHook,
    ProfilerHook as ProfilerHook,
    StepCounterHook as StepCounterHook,
    StopAtStepHook as StopAtStepHook,
    SummarySaverHook as SummarySaverHook,
)
from graphflow.monitored.scaffold import Scaffold as Scaffold
from graphflow.monitored.session_manager import SessionManager as SessionManager
from graphflow.monitored.session_run_hook import (
    SessionRunArgs as SessionRunArgs,
    SessionRunContext as SessionRunContext,
    SessionRunHook as SessionRunHook,
    SessionRunValues as SessionRunValues,
)
from graphflow.monitored.sessions import (
    ChiefSessionCreator as ChiefSessionCreator,
    MonitoredSession as MonitoredSession,
    MonitoredTrainingSession as MonitoredTrainingSession,
    SessionCreator as SessionCreator,
    SingularMonitoredSession as SingularMonitoredSession,
    WorkerSessionCreator as WorkerSessionCreator,
)
from graphflow.monitored.supervisor import (
    Supervisor as Supervisor,
    basic_train_loop as basic_train_loop,
)
from graphflow.monitored.timer import SecondOrStepTimer as SecondOrStepTimer
from graphflow.queues.batching import (
    batch as batch,
    batch_join as batch_join,
    maybe_batch as maybe_batch,
    maybe_batch_join as maybe_batch_join,
    maybe_shuffle_batch as maybe_shuffle_batch,
    maybe_shuffle_batch_join as maybe_shuffle_batch_join,
    shuffle_batch as shuffle_batch,
    shuffle_batch_join as shuffle_batch_join,
)
from graphflow.queues.coordinator import (
    Coordinator as Coordinator,
    LooperThread as LooperThread,
)
from graphflow.queues.producers import (
    input_producer as input_producer,
    limit_epochs as limit_epochs,
    match_filenames_once as match_filenames_once,
    range_input_producer as range_input_producer,
    slice_input_producer as slice_input_producer,
    string_input_producer as string_input_producer,
)
from graphflow.queues.runner import (
    QueueRunner as QueueRunner,
    add_queue_runner as add_queue_runner,
    start_queue_runners as start_queue_runners,
)
from graphflow.summary.writer import summary_iterator as summary_iterator
from graphflow.train import experimental as experimental, queue_runner as queue_runner
from graphflow.train.adadelta import AdadeltaOptimizer as AdadeltaOptimizer
from graphflow.train.adagrad import AdagradOptimizer as AdagradOptimizer
from graphflow.train.adagrad_da import AdagradDAOptimizer as AdagradDAOptimizer
from graphflow.train.adam import AdamOptimizer as AdamOptimizer
from graphflow.train.cluster import ClusterSpec as ClusterSpec
from graphflow.train.decay import (
    cosine_decay as cosine_decay,
    cosine_decay_restarts as cosine_decay_restarts,
    exponential_decay as exponential_decay,
    inverse_time_decay as inverse_time_decay,
    linear_cosine_decay as linear_cosine_decay,
    natural_exp_decay as natural_exp_decay,
    noisy_linear_cosine_decay as noisy_linear_cosine_decay,
    piecewise_constant as piecewise_constant,
    piecewise_constant_decay as piecewise_constant_decay,
    polynomial_decay as polynomial_decay,
)
from graphflow.train.device_setter import replica_device_setter as replica_device_setter
from graphflow.train.ftrl import FtrlOptimizer as FtrlOptimizer
from graphflow.train.global_step import (
    assert_global_step as assert_global_step,
    create_global_step as create_global_step,
    get_global_step as get_global_step,
    get_or_create_global_step as get_or_create_global_step,
    global_step as global_step,
)
from graphflow.train.gradient_descent import GradientDescentOptimizer as GradientDescentOptimizer
from graphflow.train.momentum import MomentumOptimizer as MomentumOptimizer
from graphflow.train.moving_averages import (
    ExponentialMovingAverage as ExponentialMovingAverage,
)
from graphflow.train.optimizer import Optimizer as Optimizer
from graphflow.train.proximal import (
    ProximalAdagradOptimizer as ProximalAdagradOptimizer,
    ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer,
)
from graphflow.train.rmsprop import RMSPropOptimizer as RMSPropOptimizer
from graphflow.train.server import Server as Server
from graphflow.train.sync_replicas import SyncReplicasOptimizer as SyncReplicasOptimizer

# Messages are built when first asked for: protobuf takes time to import.
_MESSAGES = frozenset(
    {
        "BytesList",
        "CheckpointState",
        "ClusterDef",
        "Example",
        "Feature",
        "FeatureList",
        "FeatureLists",
        "Features",
        "FloatList",
        "Int64List",
        "JobDef",
        "QueueRunnerDef",
        "SaverDef",
        "SequenceExample",
        "ServerDef",
    }
)


def __getattr__(name: str) -> _Any:
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow.train' has no attribute {name!r}")
