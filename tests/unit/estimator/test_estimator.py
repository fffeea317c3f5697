"""Models that train, evaluate, predict and export themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf

X = np.asarray([1.0, 2.0, 3.0], np.float32)
Y = np.asarray([2.0, 4.0, 6.0], np.float32)


def line(
    features: Any, labels: Any, mode: str, params: dict[str, Any]
) -> tf.estimator.EstimatorSpec:
    """A line through the origin, trained by gradient descent."""
    x = features["x"] if isinstance(features, dict) else features
    w = tf.get_variable("w", initializer=params.get("start", 0.0))
    predictions = {"y": w * x, "x": x}
    if mode == tf.estimator.ModeKeys.PREDICT:
        outputs = {"line": tf.estimator.export.PredictOutput({"y": predictions["y"]})}
        return tf.estimator.EstimatorSpec(mode, predictions, export_outputs=outputs)
    loss = tf.losses.mean_squared_error(labels, predictions["y"])
    train = tf.train.GradientDescentOptimizer(params["rate"]).minimize(
        loss, tf.train.get_global_step()
    )
    metrics = {"error": tf.metrics.mean_absolute_error(labels, predictions["y"])}
    return tf.estimator.EstimatorSpec(mode, predictions, loss, train, metrics)


def data(num_epochs: int | None = None) -> Any:
    return tf.estimator.inputs.numpy_input_fn(
        {"x": X}, Y, batch_size=3, num_epochs=num_epochs, shuffle=False
    )


@pytest.fixture
def estimator(tmp_path: Path) -> tf.estimator.Estimator:
    return tf.estimator.Estimator(line, str(tmp_path / "model"), params={"rate": 0.05})


def test_training_goes_on_from_the_checkpoint(estimator: tf.estimator.Estimator):
    # The gradient of mean((w x - 2 x)**2) is 2 (w - 2) mean(x**2) = 28/3 (w - 2).
    factor = 1 - 0.05 * 28 / 3
    assert estimator.train(data(), steps=2) is estimator
    assert estimator.get_variable_value("w") == pytest.approx(2 - 2 * factor**2, rel=1e-5)
    again = tf.estimator.Estimator(line, estimator.model_dir, params={"rate": 0.05})
    again.train(data(), max_steps=5)
    assert again.get_variable_value("w") == pytest.approx(2 - 2 * factor**5, rel=1e-5)
    assert again.get_variable_value("global_step") == 5
    assert set(again.get_variable_names()) == {"global_step", "w"}
    newest = again.latest_checkpoint()
    assert newest is not None
    assert newest.endswith("model.ckpt-5")
    again.train(data(), max_steps=5)  # nothing to do
    assert again.latest_checkpoint() == newest


def test_training_ends_with_the_data(estimator: tf.estimator.Estimator):
    estimator.train(data(num_epochs=4))
    assert estimator.get_variable_value("global_step") == 4


def test_evaluation(estimator: tf.estimator.Estimator):
    untrained = estimator.evaluate(data(1))
    assert untrained == {"loss": pytest.approx(56 / 3), "error": pytest.approx(4), "global_step": 0}
    estimator.train(data(), steps=1)
    w = 2 * 0.05 * 28 / 3
    for name, folder in ((None, "eval"), ("test", "eval_test")):
        found = estimator.evaluate(data(2), name=name)
        assert found["global_step"] == 1
        assert found["error"] == pytest.approx(2 * (2 - w), rel=1e-5)
        assert found["loss"] == pytest.approx((2 - w) ** 2 * 14 / 3, rel=1e-5)
        (path,) = Path(estimator.model_dir, folder).iterdir()
        events = list(tf.train.summary_iterator(str(path)))
        values = {v.tag: v.simple_value for event in events for v in event.summary.value}
        assert values["error"] == pytest.approx(found["error"])
        assert estimator.eval_dir(name) == str(path.parent)
    assert estimator.evaluate(data(), steps=3)["error"] == pytest.approx(2 * (2 - w), rel=1e-5)


def test_prediction(estimator: tf.estimator.Estimator):
    estimator.train(data(), steps=1)
    w = 2 * 0.05 * 28 / 3
    inputs = tf.estimator.inputs.numpy_input_fn({"x": X}, batch_size=2, shuffle=False)
    singles = list(estimator.predict(inputs))
    assert [single["y"] for single in singles] == pytest.approx([w, 2 * w, 3 * w], rel=1e-5)
    assert set(singles[0]) == {"x", "y"}
    batches = list(estimator.predict(inputs, predict_keys="y", yield_single_examples=False))
    assert [batch["y"].shape for batch in batches] == [(2,), (1,)]
    assert set(batches[0]) == {"y"}
    with pytest.raises(ValueError, match=r"no prediction is called \['z'\]"):
        next(estimator.predict(inputs, predict_keys=["z"]))


def test_datasets_and_what_functions_are_given(tmp_path: Path):
    seen = []

    def input_fn(mode: str, params: Any, config: Any) -> tf.data.Dataset:
        seen.append((mode, params["rate"], config.tf_random_seed))
        return tf.data.Dataset.from_tensors((X, Y)).repeat(2)

    config = tf.estimator.RunConfig(model_dir=str(tmp_path), tf_random_seed=7)
    estimator = tf.estimator.Estimator(line, config=config, params={"rate": 0.01})
    assert estimator.model_dir == str(tmp_path)
    estimator.train(input_fn)
    assert estimator.get_variable_value("global_step") == 2
    assert len(list(estimator.predict(input_fn))) == 6
    assert seen == [("train", 0.01, 7), ("infer", 0.01, 7)]


def test_variables_start_from_another_model(estimator: tf.estimator.Estimator, tmp_path: Path):
    estimator.train(data(), steps=3)
    other = tf.estimator.Estimator(
        line, str(tmp_path / "other"), params={"rate": 0.05}, warm_start_from=estimator.model_dir
    )
    other.train(data(), steps=1)
    assert other.get_variable_value("w") == pytest.approx(
        2 - 2 * (1 - 0.05 * 28 / 3) ** 4, rel=1e-5
    )
    assert other.get_variable_value("global_step") == 1


class Counting(tf.estimator.SessionRunHook):  # type: ignore[misc,name-defined]
    def __init__(self) -> None:
        self.runs = 0

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self.runs += 1


class Listening(tf.estimator.CheckpointSaverListener):  # type: ignore[misc,name-defined]
    def __init__(self) -> None:
        self.steps: list[int] = []

    def after_save(self, session: Any, global_step_value: int) -> None:
        self.steps.append(global_step_value)


def test_hooks_and_listeners(tmp_path: Path):
    config = tf.estimator.RunConfig(save_checkpoints_steps=2, keep_checkpoint_max=2)
    estimator = tf.estimator.Estimator(line, str(tmp_path), config, {"rate": 0.01})
    hook, listener = Counting(), Listening()
    estimator.train(data(), [hook], steps=5, saving_listeners=[listener])
    assert hook.runs == 5
    assert listener.steps == [0, 2, 4, 5]
    kept = {path.name for path in tmp_path.glob("*.index")}
    assert kept == {"model.ckpt-4.index", "model.ckpt-5.index"}
    silent = tf.estimator.RunConfig(save_checkpoints_secs=None)
    other = tf.estimator.Estimator(line, str(tmp_path / "other"), silent, {"rate": 0.01})
    with pytest.raises(ValueError, match="saving_listeners need checkpoints"):
        other.train(data(), steps=1, saving_listeners=[listener])


def test_training_with_evaluations(tmp_path: Path):
    config = tf.estimator.RunConfig(str(tmp_path), save_checkpoints_steps=5)
    estimator = tf.estimator.Estimator(line, config=config, params={"rate": 0.05})
    receive = tf.estimator.export.build_raw_serving_input_receiver_fn(
        {"x": tf.placeholder(tf.float32, [None], name="x")}
    )
    exporters = [
        tf.estimator.LatestExporter("latest", receive, exports_to_keep=2),
        tf.estimator.FinalExporter("final", receive),
        tf.estimator.BestExporter("best", receive),
    ]
    train = tf.estimator.TrainSpec(data(), max_steps=12)
    evaluation = tf.estimator.EvalSpec(data(1), steps=None, exporters=exporters, throttle_secs=0)
    result, exports = tf.estimator.train_and_evaluate(estimator, train, evaluation)
    assert result["global_step"] == 12
    assert result["loss"] < 1e-5
    assert len(exports) == 3
    counts = {name: len(os.listdir(tmp_path / "export" / name)) for name in ("latest", "final")}
    assert counts == {"latest": 2, "final": 1}
    steps = []
    for path in (tmp_path / "eval").iterdir():
        steps += [event.step for event in tf.train.summary_iterator(str(path)) if event.step]
    assert sorted(set(steps)) == [5, 10, 12]
    assert tf.estimator.train_and_evaluate(estimator, train, evaluation) == (None, [])


def test_exported_models(estimator: tf.estimator.Estimator, tmp_path: Path):
    estimator.train(data(), steps=1)
    note = tmp_path / "note.txt"
    note.write_text("hello")
    parse = tf.estimator.export.build_parsing_serving_input_receiver_fn(
        {"x": tf.FixedLenFeature([], tf.float32)}
    )
    folder = estimator.export_saved_model(
        str(tmp_path / "export"), parse, assets_extra={"a/note.txt": str(note)}
    )
    assert Path(folder.decode(), "assets.extra/a/note.txt").read_text() == "hello"
    assert [path.name for path in (tmp_path / "export").iterdir()] == [Path(folder.decode()).name]
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.append(4.0)
    with tf.Session(graph=tf.Graph()) as session:
        meta = tf.saved_model.loader.load(session, ["serve"], folder.decode())
        assert set(meta.signature_def) == {"line", "serving_default"}
        signature = meta.signature_def["line"]
        y = session.run(
            signature.outputs["y"].name,
            {signature.inputs["examples"].name: [example.SerializeToString()]},
        )
    assert y == pytest.approx([8 * 0.05 * 28 / 3], rel=1e-5)


def test_classes_and_numbers_are_served_for_examples():
    export = tf.estimator.export
    scores, texts = tf.constant([[0.25, 0.75]]), tf.constant([["a", "b"]])
    examples = {"examples": tf.placeholder(tf.string, [None])}
    classes = export.ClassificationOutput(scores, texts).as_signature_def(examples)
    assert set(classes.outputs) == {"scores", "classes"}
    assert classes.method_name == "tensorflow/serving/classify"
    number = export.RegressionOutput(scores).as_signature_def(examples)
    assert (set(number.inputs), set(number.outputs)) == ({"inputs"}, {"outputs"})
    for wrong in ({"x": scores}, {**examples, "x": texts}):
        with pytest.raises(ValueError, match=r"serialized examples|one input"):
            export.RegressionOutput(scores).as_signature_def(wrong)
    with pytest.raises(ValueError, match="scores, classes or both"):
        export.ClassificationOutput()
    with pytest.raises(ValueError, match="scores are floats"):
        export.ClassificationOutput(texts)
    with pytest.raises(ValueError, match="tensor of floats"):
        export.RegressionOutput(texts)


def test_models_that_lack_something():
    mode = tf.estimator.ModeKeys
    spec = tf.estimator.EstimatorSpec
    one = tf.constant(1.0)
    with pytest.raises(ValueError, match="lacks its train_op"):
        spec(mode.TRAIN, loss=one)
    with pytest.raises(ValueError, match="lacks its loss"):
        spec(mode.EVAL, predictions=one)
    with pytest.raises(ValueError, match="lacks its predictions"):
        spec(mode.PREDICT)
    with pytest.raises(ValueError, match="must be a scalar"):
        spec(mode.EVAL, loss=tf.constant([1.0, 2.0]))
    with pytest.raises(TypeError, match="a pair of a value and its update"):
        spec(mode.EVAL, loss=one, eval_metric_ops={"m": one})
    with tf.Graph().as_default(), pytest.raises(ValueError, match="another graph"):
        spec(mode.PREDICT, predictions={"y": one})
    assert spec(mode.EVAL, loss=tf.constant([3.0])).loss.shape.as_list() == []


def test_bad_arguments(estimator: tf.estimator.Estimator, tmp_path: Path):
    with pytest.raises(ValueError, match="steps or max_steps"):
        estimator.train(data(), steps=1, max_steps=1)
    with pytest.raises(ValueError, match="steps must be positive"):
        estimator.evaluate(data(), steps=0)
    with pytest.raises(ValueError, match="no checkpoint"):
        estimator.get_variable_names()
    with pytest.raises(ValueError, match="must take `features`"):
        tf.estimator.Estimator(lambda x: x)
    with pytest.raises(ValueError, match="params are given"):
        tf.estimator.Estimator(lambda features: features, params={"rate": 1})
    with pytest.raises(ValueError, match="must return an EstimatorSpec"):
        tf.estimator.Estimator(lambda features: 7).train(lambda: tf.constant(1.0), steps=1)
    with pytest.raises(ValueError, match="does not take them"):
        tf.estimator.Estimator(lambda features: 7).train(data(), steps=1)
    config = tf.estimator.RunConfig(str(tmp_path / "other"))
    with pytest.raises(ValueError, match="give one of them"):
        tf.estimator.Estimator(line, estimator.model_dir, config)


def test_settings(monkeypatch: pytest.MonkeyPatch):
    config = tf.estimator.RunConfig()
    assert (config.save_checkpoints_secs, config.save_checkpoints_steps) == (600, None)
    changed = config.replace(save_checkpoints_steps=10, keep_checkpoint_max=None)
    assert (changed.save_checkpoints_secs, changed.save_checkpoints_steps) == (None, 10)
    assert config.is_chief
    assert config.task_id == 0
    assert config.num_worker_replicas == 1
    with pytest.raises(ValueError, match="not both"):
        tf.estimator.RunConfig(save_checkpoints_steps=1, save_checkpoints_secs=1)
    with pytest.raises(ValueError, match="no setting 'colour'"):
        config.replace(colour=1)
    with pytest.raises(ValueError, match="keep_checkpoint_max must not be negative"):
        tf.estimator.RunConfig(keep_checkpoint_max=-1)
    with pytest.raises(NotImplementedError, match="experimental_distribute"):
        tf.estimator.RunConfig(experimental_distribute=object())
    strategy = tf.distribute.MirroredStrategy()
    assert tf.estimator.RunConfig(train_distribute=strategy).train_distribute is strategy
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1", "b:2"]}}')
    with pytest.raises(NotImplementedError, match="2 processes"):
        tf.estimator.RunConfig()


def test_inputs():
    numpy_input_fn = tf.estimator.inputs.numpy_input_fn
    x = {"a": np.arange(5), "b": np.asarray(["p", "q", "r", "s", "t"])}
    with tf.Session() as session:
        batch = numpy_input_fn(x, batch_size=2, num_epochs=2, shuffle=False)()
        rows = []
        while True:
            try:
                rows.append(session.run(batch)["a"].tolist())
            except tf.errors.OutOfRangeError:
                break
        assert rows == [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]  # on from one epoch to the next
        shuffled = session.run(numpy_input_fn(x, batch_size=5, shuffle=True)())
        assert sorted(shuffled["a"].tolist()) == [0, 1, 2, 3, 4]
        letters = np.asarray([b"p", b"q", b"r", b"s", b"t"], object)
        assert shuffled["b"].tolist() == letters[shuffled["a"]].tolist()
    for arguments, message in (
        ((x, None, 2), "shuffle must be given"),
        (({}, None, 2, 1, True), "no arrays"),
        ((np.zeros(3), np.zeros(2), 2, 1, True), "same number of examples"),
        ((np.zeros((0, 2)), None, 2, 1, True), "no examples"),
    ):
        with pytest.raises(ValueError, match=message):
            numpy_input_fn(*arguments)
    with pytest.raises(TypeError, match="arrays by name, not list"):
        numpy_input_fn([1, 2], shuffle=True)


def test_tables():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.5, 2.5], "b": ["u", "v"]})
    labels = pandas.Series([7, 9])
    pandas_input_fn = tf.estimator.inputs.pandas_input_fn
    features, target = pandas_input_fn(table, labels, batch_size=2, shuffle=False)()
    with tf.Session() as session:
        values = session.run([features, target])
    assert (values[0]["a"].tolist(), values[0]["b"].tolist()) == ([1.5, 2.5], [b"u", b"v"])
    assert values[1].tolist() == [7, 9]
    with pytest.raises(ValueError, match="rename the labels"):
        pandas_input_fn(table, labels, shuffle=False, target_column="a")
    with pytest.raises(ValueError, match="rows of x and y differ"):
        pandas_input_fn(table, labels[:1], shuffle=False)
