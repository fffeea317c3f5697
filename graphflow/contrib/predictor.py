"""`tf.contrib.predictor`: a trained model as a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphflow.contrib.learn.estimator import Estimator as OldEstimator
from graphflow.core.graph import Graph, Tensor
from graphflow.estimator.receivers import ServingInputReceiver
from graphflow.estimator.specs import ModeKeys
from graphflow.monitored.sessions import ChiefSessionCreator, MonitoredSession
from graphflow.saved_model import constants
from graphflow.saved_model.loader import load
from graphflow.session import Session


class Predictor:
    """A function from arrays by name to predictions by name.

    Args:
      session: the session in which the model runs, with the values of its variables.
      graph: its graph.
      inputs: names of the input tensors, by the names that a call uses.
      outputs: names of the output tensors, by the names that a call returns.
    """

    def __init__(
        self, session: Any, graph: Graph, inputs: Mapping[str, str], outputs: Mapping[str, str]
    ) -> None:
        self._session, self._graph = session, graph
        self._feed_tensors = _tensors(graph, inputs)
        self._fetch_tensors = _tensors(graph, outputs)

    @property
    def graph(self) -> Graph:
        """The graph of the model."""
        return self._graph

    @property
    def session(self) -> Any:
        """The session in which it runs."""
        return self._session

    @property
    def feed_tensors(self) -> dict[str, Tensor]:
        """The inputs by name."""
        return self._feed_tensors

    @property
    def fetch_tensors(self) -> dict[str, Tensor]:
        """The outputs by name."""
        return self._fetch_tensors

    def __call__(self, input_dict: Mapping[str, Any]) -> dict[str, Any]:
        """Return the predictions for inputs.

        Args:
          input_dict: arrays by the names of the inputs. One may be left out if nothing needs it.

        Returns:
          The outputs by name.

        Raises:
          ValueError: a name is not that of an input.
        """
        unknown = sorted(set(input_dict) - set(self._feed_tensors))
        if unknown:
            raise ValueError(f"the model has no inputs {unknown}, but {sorted(self._feed_tensors)}")
        feeds = {
            self._feed_tensors[name]: value
            for name, value in input_dict.items()
            if value is not None
        }
        predictions: dict[str, Any] = self._session.run(self._fetch_tensors, feeds)
        return predictions

    def __repr__(self) -> str:
        return f"<Predictor from {sorted(self._feed_tensors)} to {sorted(self._fetch_tensors)}>"


def _tensors(graph: Graph, names: Mapping[str, str]) -> dict[str, Tensor]:
    return {key: graph.get_tensor_by_name(name) for key, name in names.items()}


def from_saved_model(
    export_dir: Any,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: Mapping[str, str] | None = None,
    output_names: Mapping[str, str] | None = None,
    tags: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> Predictor:
    """Return a predictor from a SavedModel.

    Args:
      export_dir: the folder of the model.
      signature_def_key: which of its signatures tells inputs and outputs; "serving_default" unless
        another way is given.
      signature_def: a `SignatureDef` that tells them.
      input_names: names of the input tensors, by the names to call them; goes with `output_names`.
      output_names: names of the output tensors in the same way.
      tags: what the graph is called in the model, its tags separated by commas; "serve" by default.
      graph: the graph to put the model into; a new one by default.
      config: a `ConfigProto` for the session.

    Raises:
      ValueError: there is more than one way to tell inputs and outputs, only one half of the names,
        or no such signature.
      OSError: there is no model in the folder.
      RuntimeError: it has no graph with these tags.

    >>> import tempfile
    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None])
    >>> folder = tempfile.mkdtemp() + "/model"
    >>> with tf.Session() as session:
    ...     tf.saved_model.simple_save(session, folder, {"x": x}, {"y": 2 * x + 1})
    >>> from_saved_model(folder)({"x": [3.0, 5.0]})
    {'y': array([ 7., 11.], dtype=float32)}
    """
    if (input_names is None) != (output_names is None):
        raise ValueError("from_saved_model: input_names and output_names go together")
    ways = [way for way in (signature_def_key, signature_def, input_names) if way is not None]
    if len(ways) > 1:
        raise ValueError(
            "from_saved_model: give one of signature_def_key, signature_def, and input_names with "
            "output_names"
        )
    graph = Graph() if graph is None else graph
    session = Session(graph=graph, config=config)
    wanted = [tag.strip() for tag in (tags or "serve").split(",")]
    meta = load(session, wanted, export_dir)
    if input_names is None or output_names is None:
        signature = signature_def or _signature(meta, signature_def_key)
        input_names = {key: info.name for key, info in signature.inputs.items()}
        output_names = {key: info.name for key, info in signature.outputs.items()}
    return Predictor(session, graph, input_names, output_names)


def _signature(meta: Any, key: str | None) -> Any:
    key = key or constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    # Estimators of `tf.contrib.learn` wrote the second form.
    for name in (key, f"default_input_alternative:{key}"):
        if name in meta.signature_def:
            return meta.signature_def[name]
    raise ValueError(
        f"from_saved_model: the model has no signature {key!r}, but {sorted(meta.signature_def)}"
    )


def from_estimator(
    estimator: Any,
    serving_input_receiver_fn: Callable[[], Any],
    output_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> Predictor:
    """Return a predictor from a trained estimator, with its newest checkpoint.

    Args:
      estimator: a `tf.estimator.Estimator`.
      serving_input_receiver_fn: a function that builds the inputs and returns a
        `ServingInputReceiver`.
      output_key: which of the outputs for export; "serving_default" by default.
      graph: the graph to build the model in; a new one by default.
      config: a `ConfigProto` for the session.

    Raises:
      KeyError: the model has no such output.
    """
    key = output_key or constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    graph = Graph() if graph is None else graph
    with graph.as_default():
        receiver = serving_input_receiver_fn()
        spec = estimator.model_fn(receiver.features, None, ModeKeys.PREDICT, estimator.config)
        outputs = spec.export_outputs or {}
        if key not in outputs:
            raise KeyError(f"the model has no output {key!r} for export, but {sorted(outputs)}")
        signature = outputs[key].as_signature_def(receiver.receiver_tensors)
        creator = ChiefSessionCreator(config=config, checkpoint_dir=estimator.model_dir)
        session = MonitoredSession(session_creator=creator)
    inputs = {key: info.name for key, info in signature.inputs.items()}
    names = {key: info.name for key, info in signature.outputs.items()}
    return Predictor(session, graph, inputs, names)


def from_contrib_estimator(
    estimator: OldEstimator,
    prediction_input_fn: Callable[[], Any],
    input_alternative_key: str | None = None,
    output_alternative_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> Predictor:
    """Return a predictor from an estimator of `tf.contrib.learn`, with its newest checkpoint.

    Args:
      estimator: a `tf.contrib.learn.Estimator`.
      prediction_input_fn: a function that builds the inputs and returns `InputFnOps`.
      input_alternative_key: must be None.
      output_alternative_key: which of the outputs for export; "serving_default" by default.
      graph: the graph to build the model in; a new one by default.
      config: a `ConfigProto` for the session.

    Raises:
      TypeError: the estimator is of another kind.
      KeyError: the model has no such output.
      NotImplementedError: an alternative of the inputs is asked for.
    """
    if input_alternative_key is not None:
        raise NotImplementedError("from_contrib_estimator: input_alternative_key")
    if not isinstance(estimator, OldEstimator):
        raise TypeError(f"estimator is a tf.contrib.learn.Estimator, not {estimator!r}")

    def receive() -> ServingInputReceiver:
        inputs = prediction_input_fn()
        return ServingInputReceiver(inputs.features, inputs.default_inputs)

    return from_estimator(estimator._runner, receive, output_alternative_key, graph, config)
