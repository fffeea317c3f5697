"""Hyperparameters: values, their types, texts and messages."""

from __future__ import annotations

import pytest

import graphflow as tf
from graphflow.interop import protos

HParams = tf.contrib.training.HParams
parse_values = tf.contrib.training.parse_values


def settings():
    return HParams(rate=0.5, steps=7, sizes=[3, 5], name="a", fast=False, extra=None)


def test_values_are_attributes_in_order():
    hparams = settings()
    assert (hparams.rate, hparams.sizes, hparams.extra) == (0.5, [3, 5], None)
    assert list(hparams.values()) == ["rate", "steps", "sizes", "name", "fast", "extra"]
    assert str(HParams(b=1, a=[2])) == "b=1,a=[2]"
    assert repr(HParams(b=1, a=[2])) == "HParams([('a', [2]), ('b', 1)])"
    assert "rate" in hparams
    assert "depth" not in hparams
    assert not hasattr(hparams, "depth")


def test_text_changes_values_in_their_types():
    hparams = settings()
    assert hparams.parse("rate=2, sizes=[1,2, 4],fast=true,name=b c") is hparams
    assert (hparams.rate, hparams.sizes, hparams.fast) == (2.0, [1, 2, 4], True)
    assert type(hparams.rate) is float
    assert hparams.name == "b c"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rate", "is no assignment"),
        ("rate=fast", "'rate' of type float cannot have the value 'fast'"),
        ("steps=1.5", "'steps' of type int"),
        ("fast=maybe", "'fast' of type bool"),
        ("depth=3", "no hyperparameter 'depth'"),
        ("steps=[1,2]", "'steps' must be a single value"),
        ("sizes=1", "'sizes' must be a list"),
        ("sizes[0]=1", "'sizes' must be a list"),
        ("steps=1,steps=2", "assigns steps twice"),
        ("sizes[0]=1,sizes[0]=2", r"assigns sizes\[0\] twice"),
        ("sizes=[1],sizes[0]=2", r"assigns sizes\[0\] twice"),
        ("sizes[0]=[1]", "is no list"),
    ],
)
def test_refused_texts(text, message):
    hparams = settings()
    with pytest.raises(ValueError, match=message):
        hparams.parse(text)
    assert hparams.values() == settings().values()


def test_items_by_index_and_unknown_names():
    kinds = {"sizes": int, "a.b": str}
    assert parse_values("sizes[1]=3,sizes[4]=2,a.b=c", kinds) == {
        "sizes": {1: 3, 4: 2}, "a.b": "c",
    }  # fmt: skip
    assert parse_values("depth=2,a.b=c", kinds, ignore_unknown=True) == {"a.b": "c"}


def test_types_that_fit():
    hparams = settings()
    hparams.set_hparam("rate", 3)
    assert hparams.rate == 3.0
    hparams.set_hparam("extra", "anything")
    for name, value in [("steps", 1.5), ("steps", True), ("fast", 1), ("name", 3), ("rate", "1")]:
        with pytest.raises(ValueError, match=f"'{name}' has the type"):
            hparams.set_hparam(name, value)
    with pytest.raises(KeyError, match="depth"):
        hparams.set_hparam("depth", 3)
    with pytest.raises(ValueError, match="'sizes' has the type int"):
        hparams.override_from_dict({"sizes": [1, 2.5]})
    assert hparams.sizes == [3, 5]


def test_names():
    hparams = HParams(rate=0.5)
    with pytest.raises(ValueError, match="'values'"):
        hparams.add_hparam("values", 3)
    with pytest.raises(ValueError, match="'rate'"):
        hparams.add_hparam("rate", 3)
    with pytest.raises(ValueError, match="is empty"):
        hparams.add_hparam("sizes", [])
    hparams.del_hparam("rate")
    hparams.del_hparam("rate")
    hparams.add_hparam("rate", "slow")
    assert hparams.values() == {"rate": "slow"}
    with pytest.raises(AttributeError, match="there are rate"):
        _ = hparams.depth


def test_defaults_must_fit():
    hparams = settings()
    assert hparams.get("sizes", [1]) == [3, 5]
    assert hparams.get("depth") is None
    for name, default in [("rate", "fast"), ("sizes", 3), ("rate", [1.0])]:
        with pytest.raises(ValueError, match=name):
            hparams.get(name, default)


def test_json():
    hparams = HParams(rate=0.5, sizes=[3], name="a")
    assert hparams.to_json(sort_keys=True, separators=(",", ":")) == (
        '{"name":"a","rate":0.5,"sizes":[3]}'
    )
    assert hparams.parse_json('{"rate": 2, "name": "b"}').values() == {
        "rate": 2.0, "sizes": [3], "name": "b",
    }  # fmt: skip
    with pytest.raises(KeyError, match="depth"):
        hparams.parse_json('{"depth": 2}')


def test_messages():
    hparams = HParams(rate=0.5, steps=7, sizes=[3, 5], names=["a", "b"], fast=[True], name="é")
    message = hparams.to_proto()
    assert message.hparam["names"].bytes_list.value == [b"a", b"b"]
    read = HParams.from_proto(protos.HParamDef.FromString(message.SerializeToString()))
    assert read.values() == hparams.values()
    with pytest.raises(ValueError, match="cannot be put in a message"):
        HParams(call=len).to_proto()
    with pytest.raises(ValueError, match="not both"):
        HParams(message, rate=0.5)


def test_a_structure_beside():
    hparams = HParams(model_structure="deep")
    assert hparams.get_model_structure() == "deep"
    hparams.set_model_structure("wide")
    assert (hparams.get_model_structure(), hparams.values()) == ("wide", {})


def test_meta_graphs_hold_them(tmp_path):
    tf.add_to_collection("hparams", HParams(rate=0.5, sizes=[3]))
    tf.train.export_meta_graph(str(tmp_path / "model.meta"))
    tf.reset_default_graph()
    tf.train.import_meta_graph(str(tmp_path / "model.meta"))
    (read,) = tf.get_collection("hparams")
    assert read.values() == {"rate": 0.5, "sizes": [3]}
