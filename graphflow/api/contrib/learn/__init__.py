"""`tf.contrib.learn`: estimators from before `tf.estimator`, and data sets to learn from."""

from __future__ import annotations

from graphflow.api.contrib.learn import (
    datasets as datasets,
    io as io,
    learn_runner as learn_runner,
    monitors as monitors,
    preprocessing as preprocessing,
    utils as utils,
)
from graphflow.contrib.learn.canned import (
    DNNClassifier as DNNClassifier,
    DNNLinearCombinedClassifier as DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor as DNNLinearCombinedRegressor,
    DNNRegressor as DNNRegressor,
    LinearClassifier as LinearClassifier,
    LinearRegressor as LinearRegressor,
)
from graphflow.contrib.learn.estimator import (
    BaseEstimator as BaseEstimator,
    Estimator as Estimator,
    NotFittedError as NotFittedError,
    SKCompat as SKCompat,
)
from graphflow.contrib.learn.experiment import Experiment as Experiment
from graphflow.contrib.learn.export_strategy import (
    ExportStrategy as ExportStrategy,
    make_export_strategy as make_export_strategy,
)
from graphflow.contrib.learn.inputs import (
    infer_real_valued_columns_from_input as infer_real_valued_columns_from_input,
    infer_real_valued_columns_from_input_fn as infer_real_valued_columns_from_input_fn,
)
from graphflow.contrib.learn.model_keys import ModeKeys as ModeKeys
from graphflow.contrib.learn.reading import (
    read_batch_examples as read_batch_examples,
    read_batch_features as read_batch_features,
    read_batch_record_features as read_batch_record_features,
    read_keyed_batch_examples as read_keyed_batch_examples,
    read_keyed_batch_features as read_keyed_batch_features,
)
from graphflow.contrib.learn.run_config import RunConfig as RunConfig
from graphflow.contrib.learn.specs import (
    InputFnOps as InputFnOps,
    MetricKey as MetricKey,
    MetricSpec as MetricSpec,
    ModelFnOps as ModelFnOps,
    PredictionKey as PredictionKey,
    ProblemType as ProblemType,
    TaskType as TaskType,
)
from graphflow.contrib.learn.tables import (
    extract_pandas_data as extract_pandas_data,
    extract_pandas_labels as extract_pandas_labels,
    extract_pandas_matrix as extract_pandas_matrix,
)
