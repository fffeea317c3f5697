from __future__ import annotations

import re

import numpy as np
import pytest

import graphflow as tf
from graphflow.viz import plan_diagram, schedule, stages
from graphflow.viz.picture import Item, Kind, Link, LinkKind, Picture
from graphflow.viz.stacking import stack, without_implied


def deep_model(layers=5):
    """A net with a training step that has two updates for each layer."""
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    hidden = x
    for index in range(layers):
        hidden = tf.layers.dense(hidden, 4, tf.nn.relu, name=f"layer{index}")
    loss = tf.reduce_mean(hidden, name="loss")
    return x, loss, tf.train.AdamOptimizer(name="train").minimize(loss)


def picture_of(edges, kinds=()):
    """A picture of items `a`, `b`, ... and links `ab` (data), `a.b` (order)."""
    made = Picture()
    for name in sorted({name for edge in edges for name in edge if name != "."}):
        made.add(Item(name, (), name, dict(kinds).get(name, Kind.COMPUTE)))
    for edge in edges:
        kind = LinkKind.CONTROL if "." in edge else LinkKind.DATA
        made.link(Link(edge[0], edge[-1], kind, edge))
    return made


class TestStacking:
    def test_like_updates_are_one_box(self):
        x, _, step = deep_model()
        with tf.Session() as session:
            drawing = plan_diagram(session, step, [x], expand=["train"])
            assert "10 × ApplyAdam" in drawing.source
            assert "slots train, train_1" in drawing.source
            everything = plan_diagram(session, step, [x], fold=None, fold_variables=False)
        assert everything.source.count("ApplyAdam</B>") == 10
        assert "×" not in re.sub(r"\d×\d|\?×\d", "", everything.source)
        assert everything.boxes > drawing.boxes + 25

    def test_the_steps_and_their_time_are_told(self):
        x, _, step = deep_model(2)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(step, {x: np.ones([2, 4])})
            source = plan_diagram(session, step, [x], expand=["train"]).source
        label = re.search(r"<B>4 × ApplyAdam</B>(.*?)>, *shape|<B>4 × ApplyAdam</B>(.*)", source)
        assert label is not None
        assert re.search(r"steps \d+ to \d+", label[0])
        assert "in all" in label[0]

    def test_two_updates_stay(self):
        x = tf.placeholder(tf.float32, [], name="x")
        first, second = tf.Variable(1.0, name="first"), tf.Variable(2.0, name="second")
        step = tf.train.GradientDescentOptimizer(0.1).minimize(first * x + second)
        with tf.Session() as session:
            assert "×" not in plan_diagram(session, step, [x]).source

    def test_counts_stay_right(self):
        items = Picture()
        for number in range(4):
            item = Item(f"u{number}", ("opt", f"update_{number}"), "Apply", Kind.TRAINING)
            item.types["ApplyAdam"] += 1
            items.add(item)
        (stacked,) = stack(items).items.values()
        assert (stacked.types["ApplyAdam"], stacked.copies, stacked.scope) == (4, 4, ("opt",))

    def test_implied_orders_are_left_out(self):
        kept = {link.tensor for link in without_implied(picture_of(["ab", "bc", "a.c"])).links}
        assert kept == {"ab", "bc"}

    def test_orders_that_nothing_implies_stay(self):
        kept = {link.tensor for link in without_implied(picture_of(["ab", "b.c", "a.d"])).links}
        assert kept == {"ab", "b.c", "a.d"}

    def test_tensors_are_never_left_out(self):
        kept = [link.tensor for link in without_implied(picture_of(["ab", "bc", "ac"])).links]
        assert kept == ["ab", "bc", "ac"]


class TestStages:
    def test_counts_of_the_three_parts(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.exp(tf.identity(x, name="same"), name="y")
        tf.log(y, name="more")
        with tf.Session() as session:
            source = stages(session, y, [x], title="Three").source
        assert "1. what you built (4 operations)" in source
        assert "2. what y needs (2 operations)" in source  # x is fed
        assert "3. what is run (1 step)" in source  # an identity is none
        assert "Three" in source
        first, second, third = (source.index(f'"{n}. what') for n in (1, 2, 3))
        assert "more" in source[first:second]
        assert "more" not in source[second:third]

    def test_what_was_compiled(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.exp(x, name="y")
        with tf.Session() as session:
            for _ in range(8):
                session.run(y, {x: [1, 2]})
            assert "what is run (1 call)" in stages(session, y, [x]).source

    def test_links_stay_within_their_part(self):
        x, _, step = deep_model(2)
        with tf.Session() as session:
            drawing = stages(session, step, [x])
        ends = re.findall(r'"(\d)\. [^"]*" -> "(\d)\. [^"]*"', drawing.source)
        assert {begin for begin, _ in ends} == {"1", "2", "3"}
        assert all(begin == end for begin, end in ends)

    def test_the_picture_is_drawn_and_its_width_is_bounded(self):
        x, _, step = deep_model(10)
        with tf.Session() as session:
            svg = stages(session, step, [x]).svg()
            plan = plan_diagram(session, step, [x]).svg()
        for text, most in ((svg, 3000), (plan, 2000)):
            width = float(re.search(r'<svg width="([\d.]+)pt"', text)[1])
            assert width < most

    def test_scopes_can_be_opened(self):
        x, _, step = deep_model(10)
        with tf.Session() as session:
            closed = stages(session, step, [x])
            opened = stages(session, step, [x], expand=["layer3"])
        assert opened.boxes > closed.boxes

    def test_wrong_arguments(self):
        with pytest.raises(TypeError, match="session"):
            stages(None, tf.constant(1.0))
        tf.constant(1.0)
        with tf.Session() as session, pytest.raises(ValueError, match="nowhere"):
            stages(session, "nowhere")


class TestSchedule:
    def branches(self):
        x = tf.placeholder(tf.float32, [2, 2], name="x")
        left, right = tf.exp(x, name="left"), tf.matmul(x, x, name="right")
        return x, tf.add(left, right, name="both")

    def test_who_waits_for_whom(self):
        x, both = self.branches()
        with tf.Session() as session:
            table = schedule(session, both, [x])
        assert [(step.name, step.waits_for) for step in table.steps] == [
            ("left", ()),
            ("right", ()),
            ("both", (1, 2)),
        ]
        assert table.depth == 2
        assert repr(table) == "<Schedule of 3 steps, the longest chain 2>"

    def test_times_and_threads_of_a_trace(self):
        x, both = self.branches()
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        with tf.Session() as session:
            session.run(both, {x: np.ones([2, 2])}, options, metadata)
            table = schedule(session, both, [x], trace=metadata)
        assert all(step.micros is not None and step.thread for step in table.steps)
        assert "µs" in str(table)
        assert table.steps[0].thread in table._repr_html_()

    def test_what_shapes_determine_is_no_work(self):
        x = tf.placeholder(tf.float32, [None], name="x")
        y = tf.fill(tf.shape(x, name="shape"), 3.0)
        with tf.Session() as session:
            session.run(y, {x: [1.0, 2.0]})
            table = schedule(session, y, [x])
        (step,) = [step for step in table.steps if step.name == "shape"]
        assert step.is_known
        assert "known from the shapes" in str(table)

    def test_names_are_escaped_in_html_and_empty_plans_have_a_head(self):
        x = tf.placeholder(tf.float32, [], name="x")
        with tf.Session() as session:
            table = schedule(session, x, [x])
        assert table.steps == []
        assert str(table) == "step  operation  type  waits for"
        assert table.depth == 0
        with pytest.raises(TypeError, match="session"):
            schedule(None, x)
