"""`tf.estimator`: models that train, evaluate, predict and export themselves."""

from __future__ import annotations

from graphflow.api.estimator import (
    experimental as experimental,
    export as export,
    inputs as inputs,
    tpu as tpu,
)
from graphflow.checkpoints.vocabularies import VocabInfo as VocabInfo
from graphflow.estimator.boosted_trees import (
    BoostedTreesClassifier as BoostedTreesClassifier,
    BoostedTreesEstimator as BoostedTreesEstimator,
    BoostedTreesRegressor as BoostedTreesRegressor,
)
from graphflow.estimator.canned import (
    BaselineClassifier as BaselineClassifier,
    BaselineRegressor as BaselineRegressor,
    DNNClassifier as DNNClassifier,
    DNNLinearCombinedClassifier as DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor as DNNLinearCombinedRegressor,
    DNNRegressor as DNNRegressor,
    LinearClassifier as LinearClassifier,
    LinearRegressor as LinearRegressor,
)
from graphflow.estimator.canned_with_head import (
    BaselineEstimator as BaselineEstimator,
    DNNEstimator as DNNEstimator,
    DNNLinearCombinedEstimator as DNNLinearCombinedEstimator,
    LinearEstimator as LinearEstimator,
)
from graphflow.estimator.class_heads import (
    BinaryClassHead as BinaryClassHead,
    MultiClassHead as MultiClassHead,
    MultiLabelHead as MultiLabelHead,
)
from graphflow.estimator.estimator import Estimator as Estimator
from graphflow.estimator.exporters import (
    BestExporter as BestExporter,
    Exporter as Exporter,
    FinalExporter as FinalExporter,
    LatestExporter as LatestExporter,
)
from graphflow.estimator.extenders import add_metrics as add_metrics
from graphflow.estimator.heads import Head as Head
from graphflow.estimator.multi_head import MultiHead as MultiHead
from graphflow.estimator.parsing import (
    classifier_parse_example_spec as classifier_parse_example_spec,
    regressor_parse_example_spec as regressor_parse_example_spec,
)
from graphflow.estimator.regression_heads import (
    LogisticRegressionHead as LogisticRegressionHead,
    PoissonRegressionHead as PoissonRegressionHead,
    RegressionHead as RegressionHead,
)
from graphflow.estimator.run_config import RunConfig as RunConfig
from graphflow.estimator.specs import (
    EstimatorSpec as EstimatorSpec,
    EvalSpec as EvalSpec,
    ModeKeys as ModeKeys,
    TrainSpec as TrainSpec,
    WarmStartSettings as WarmStartSettings,
)
from graphflow.estimator.training import train_and_evaluate as train_and_evaluate
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
from graphflow.monitored.session_run_hook import (
    SessionRunArgs as SessionRunArgs,
    SessionRunContext as SessionRunContext,
    SessionRunHook as SessionRunHook,
    SessionRunValues as SessionRunValues,
)
from graphflow.monitored.timer import SecondOrStepTimer as SecondOrStepTimer
