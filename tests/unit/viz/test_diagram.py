from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

import graphflow as tf
from graphflow.compiler.compile import compile_plan
from graphflow.viz import diagram

EDGE = re.compile(r'^\s*"?([^"\[\n]+?)"? -> "?([^"\[\n]+?)"? \[(.*)\]$', re.MULTILINE)


def edges(drawing):
    """Return the attributes of each edge outside the legend, by its ends."""
    found = {}
    for source, target, attributes in EDGE.findall(drawing.source):
        if not source.startswith("#"):
            found.setdefault((source, target), []).append(attributes)
    return found


def nodes(drawing):
    """Return the attributes of each node outside the legend, by its name."""
    pattern = re.compile(r'^\s*"?([^"\[>\n]+?)"? \[(label=.*)\]$', re.MULTILINE)
    return {k: v for k, v in pattern.findall(drawing.source) if not k.startswith("#")}


def clusters(drawing):
    return re.findall(r'subgraph "?cluster_([\w/]+)"?', drawing.source)


def model():
    """A layer and a loss in scopes, with a training step."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    with tf.name_scope("layer"):
        w = tf.Variable(tf.ones([3, 2]), name="w")
        y = tf.nn.relu(tf.matmul(x, w), name="y")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(y, name="mean")
        penalty = tf.identity(loss, name="same")
    return x, w, y, loss, penalty


class TestStructure:
    def test_links_bear_dtype_and_shape(self):
        model()
        found = edges(diagram())
        assert 'label=" float32 ?×3 "' in found["x", "layer/MatMul"][0]
        assert 'label=" float32 3×2 "' in found["layer/w", "layer/MatMul"][0]
        assert 'label=" float32 ?×2 "' in found["layer/MatMul", "layer/y"][0]
        assert 'label=" float32 scalar "' in found["loss/mean", "loss/same"][0]

    def test_shapes_can_be_left_out(self):
        model()
        assert "float32" not in re.sub(r'tooltip="[^"]*"', "", diagram(show_shapes=False).source)

    def test_scopes_are_clusters(self):
        model()
        assert clusters(diagram(legend=False)) == ["layer", "loss"]

    def test_inner_scopes_are_inner_clusters(self):
        with tf.name_scope("outer"):
            a = tf.placeholder(tf.float32, [], name="a")
            with tf.name_scope("inner"):
                tf.negative(tf.negative(a))
        assert clusters(diagram(legend=False)) == ["outer", "outer/inner"]

    def test_a_scope_with_one_box_has_no_frame(self):
        with tf.name_scope("lonely"):
            tf.placeholder(tf.float32, [], name="a")
        drawing = diagram(legend=False)
        assert clusters(drawing) == []
        assert "in lonely/" in nodes(drawing)["lonely/a"]

    def test_a_variable_is_one_box(self):
        tf.Variable(tf.random_normal([3, 2], stddev=0.5), name="w")
        assert list(nodes(diagram())) == ["w"]

    def test_a_resource_variable_is_one_box_with_its_reads(self):
        w = tf.get_variable("w", [3, 2], use_resource=True)
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        tf.matmul(x, w, name="y")
        drawing = diagram()
        assert set(nodes(drawing)) == {"w", "x", "y"}
        assert "float32 3×2" in edges(drawing)["w", "y"][0]

    def test_a_read_that_waits_for_a_write_has_its_own_box(self):
        w = tf.get_variable("w", [3], use_resource=True)
        with tf.control_dependencies([w.assign_add([1.0, 2.0, 5.0], read_value=False)]):
            w.read_value()
        assert sum("ReadVariableOp" in name for name in nodes(diagram())) == 1

    def test_accumulators_of_an_optimizer_are_drawn_with_it(self):
        _, _, _, loss, _ = model()
        tf.train.AdamOptimizer(0.1).minimize(loss)
        assert "beta1_power" not in nodes(diagram(depth=0))
        assert "2 variables" in nodes(diagram(depth=0))["Adam/"]

    def test_a_variable_can_be_drawn_with_all_its_parts(self):
        tf.Variable(tf.ones([3, 2]), name="w")
        found = nodes(diagram(fold_variables=False))
        assert {"w", "w/read", "w/Assign"} <= set(found)

    def test_an_initial_value_that_is_used_elsewhere_has_its_own_box(self):
        start = tf.placeholder_with_default(tf.ones([2]), [2], name="start")
        doubled = tf.add(start, start, name="doubled")
        tf.Variable(doubled, name="w")
        tf.negative(doubled, name="other")
        drawing = diagram()
        assert set(nodes(drawing)) >= {"doubled", "w", "other"}
        assert ("doubled", "w") in edges(drawing)

    def test_slots_are_part_of_their_variable(self):
        _, _, _, loss, _ = model()
        tf.train.AdamOptimizer(0.1).minimize(loss)
        drawing = diagram(fold=None)
        assert "slots Adam, Adam_1" in nodes(drawing)["layer/w"]
        assert not any(name.startswith("layer/w/") for name in nodes(drawing))

    def test_parameters_are_written_into_the_box(self):
        x = tf.placeholder(tf.float32, [2, 3], name="x")
        tf.reduce_sum(x, axis=1, name="total")
        assert "1" in nodes(diagram())["total"]
        assert "total/reduction_indices" not in nodes(diagram())
        assert "total/reduction_indices" in nodes(diagram(show_constants=True))

    def test_constants_without_which_nothing_is_left_are_drawn(self):
        tf.multiply(tf.constant(5.0, name="a"), tf.constant(6.0, name="b"), name="c")
        found = nodes(diagram())
        assert set(found) == {"a", "b", "c"}
        assert "5.0" in found["a"]
        assert "shape=note" in found["a"]

    def test_control_edges_are_dashed(self):
        first = tf.placeholder(tf.float32, [], name="first")
        other = tf.placeholder(tf.float32, [], name="other")
        with tf.control_dependencies([first]):
            tf.negative(other, name="after")
        found = edges(diagram())
        assert "style=dashed" in found["first", "after"][0]
        assert "style=solid" in found["other", "after"][0]

    def test_an_update_points_at_its_variable(self):
        v = tf.Variable(tf.zeros([3]), name="v")
        tf.assign_add(v, tf.placeholder(tf.float32, [3], name="x"), name="grow")
        attributes = edges(diagram())["v", "grow"][0]
        assert "dir=back" in attributes
        assert "arrowtail=diamond" in attributes

    def test_links_between_two_boxes_are_bundled(self):
        x = tf.placeholder(tf.float32, [4, 3], name="x")
        with tf.name_scope("cut"):
            parts = tf.unstack(x, axis=1)
        with tf.name_scope("sum"):
            total = tf.add(parts[0], parts[2])
            tf.add(total, parts[2])
        found = edges(diagram(depth=0))
        assert list(found) == [("x", "cut/"), ("cut/", "sum/")]
        assert 'label=" 2 tensors "' in found["cut/", "sum/"][0]

    def test_long_names_are_shortened(self):
        tf.placeholder(tf.float32, [], name="a_very_long_name_that_nobody_can_read")
        assert "<B>a_very_long...ody_can_read</B>" in diagram().source

    def test_names_are_no_markup(self):
        tf.placeholder(tf.float32, [], name="x")
        drawing = diagram(title=r"a < b & c \ d")
        assert "a &lt; b &amp; c \\ d" in drawing.svg()

    def test_an_empty_graph_is_drawn_empty(self):
        assert diagram(tf.Graph()).boxes == 0


class TestKinds:
    def test_each_has_its_shape(self):
        _, w, _, loss, _ = model()
        tf.gradients(loss, [w])
        tf.assign(w, tf.placeholder(tf.float32, [3, 2], name="new"), name="write")
        tf.global_variables_initializer()
        found = nodes(diagram(fold=None))
        for name, shape in [
            ("x", "invhouse"),
            ("layer/w", "cylinder"),
            ("layer/MatMul", "box"),
            ("gradients/layer/MatMul_grad/MatMul_1", "hexagon"),
            ("write", "octagon"),
        ]:
            assert f"shape={shape}" in found[name], name
        assert "dashed" in found["init"]

    def test_the_initializer_counts_its_variables_instead_of_links(self):
        for name in "abc":
            tf.Variable(1.0, name=name)
        tf.global_variables_initializer()
        drawing = diagram()
        assert "3 variables" in nodes(drawing)["init"]
        assert edges(drawing) == {}

    def test_all_under_a_train_operation_is_training(self):
        _, _, _, loss, _ = model()
        tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        found = nodes(diagram(fold=None))
        training = {name: text for name, text in found.items() if name.startswith("Gradient")}
        assert "GradientDescent" in training
        assert all("octagon" in text for text in training.values())

    def test_the_legend_explains_what_is_there_and_nothing_else(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        tf.negative(x)
        text = diagram().source
        assert "placeholder (fed)" in text
        assert "runs before" not in text
        assert "gradient" not in text
        assert "#legend" not in diagram(legend=False).source


class TestFolding:
    def build(self, count=6, name="big"):
        x = tf.placeholder(tf.float32, [2], name="x_" + name)
        with tf.name_scope(name):
            for _ in range(count):
                x = tf.negative(x)
        return tf.identity(x, name="end_" + name)

    def test_a_large_scope_is_one_box_with_its_counts(self):
        self.build(6)
        drawing = diagram(fold=5)
        found = nodes(drawing)
        assert set(found) == {"x_big", "big/", "end_big"}
        assert "6 operations" in found["big/"]
        assert "6 Neg" in found["big/"]
        assert "box3d" in found["big/"]

    def test_a_scope_of_the_limit_stays_open(self):
        self.build(5)
        assert clusters(diagram(fold=5, legend=False)) == ["big"]

    def test_inner_scopes_are_folded_first(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        with tf.name_scope("outer"):
            x = tf.negative(x)
            with tf.name_scope("inner"):
                for _ in range(4):
                    x = tf.negative(x)
        drawing = diagram(fold=4, legend=False)
        assert clusters(drawing) == ["outer"]
        assert set(nodes(drawing)) == {"x", "outer/Neg", "outer/inner/"}

    def test_expand_keeps_a_scope_and_those_around_it_open(self):
        with tf.name_scope("outer"):
            self.build(6)
        drawing = diagram(fold=2, depth=0, expand=["outer/big"], legend=False)
        assert clusters(drawing) == ["outer", "outer/big"]

    def test_nothing_is_folded_without_a_limit(self):
        self.build(40)
        assert diagram(fold=None).boxes == 42

    def test_depth_folds_what_is_nested_deeper(self):
        with tf.name_scope("a"):
            self.build(2)
        assert "a/" in nodes(diagram(depth=0))
        assert "a/big/" in nodes(diagram(depth=1))
        assert "a/big/Neg" in nodes(diagram(depth=2))

    def test_the_whole_is_kept_small(self):
        for name in "abcdefgh":
            self.build(5, name)
        assert diagram(fold=5).boxes == 24
        assert diagram(fold=6).boxes <= 24

    def test_gradients_are_folded_before_the_model(self):
        _, w, _, loss, _ = model()
        tf.gradients(loss, [w])
        found = nodes(diagram(fold=5))
        assert "layer/MatMul" in found
        assert "gradients/" in found
        assert "#E6DAF2" in found["gradients/"]

    def test_many_links_into_a_folded_training_step_become_a_note(self):
        x = tf.placeholder(tf.float32, [2], name="x")
        variables = [tf.Variable(tf.ones([2]), name=f"v{i}") for i in range(8)]
        for variable in variables:
            x = tf.multiply(x, variable)
        tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(x, name="loss"))
        drawing = diagram(depth=0, fold=30)
        assert "updates 8 variables" in nodes(drawing)["GradientDescent/"]
        assert "tensors of the model" in nodes(drawing)["gradients/"]
        assert not any(ends == ("v0", "GradientDescent/") for ends in edges(drawing))
        complete = edges(diagram(depth=0, fold=None))
        assert all((f"v{i}", "GradientDescent/") in complete for i in range(8))


class TestSelection:
    def test_a_tensor_shows_what_it_needs(self):
        _, _, y, _, _ = model()
        assert set(nodes(diagram(y))) == {"x", "layer/w", "layer/MatMul", "layer/y"}

    def test_what_is_fetched_has_a_double_outline(self):
        _, _, y, _, _ = model()
        found = nodes(diagram(y))
        assert "peripheries=2" in found["layer/y"]
        assert "peripheries" not in found["layer/MatMul"]

    def test_fetches_select_from_a_graph(self):
        _, _, y, loss, _ = model()
        graph = tf.get_default_graph()
        assert nodes(diagram(graph, fetches=[y])) == nodes(diagram([y]))
        assert "loss/mean" in nodes(diagram(graph, fetches={"loss": loss}))

    def test_feeds_cut(self):
        _, _, y, loss, _ = model()
        drawing = diagram(loss, feeds=[y])
        assert set(nodes(drawing)) == {"layer/y#0", "loss/mean"}
        assert "fed for Relu" in nodes(drawing)["layer/y#0"]
        assert ("layer/y#0", "loss/mean") in edges(drawing)

    def test_a_variable_is_drawn(self):
        _, w, _, _, _ = model()
        assert "layer/w" in nodes(diagram(w))

    def test_a_plan(self):
        x, _, y, _, _ = model()
        plan = compile_plan([y], [], [x])
        found = nodes(diagram(plan))
        assert "<B>1. MatMul</B>" in found["layer/MatMul@1"]
        with pytest.raises(TypeError, match="has its fetches and feeds already"):
            diagram(plan, fetches=y)

    @pytest.mark.parametrize("what", [42, [], "x"])
    def test_anything_else_is_refused(self, what):
        with pytest.raises(TypeError, match="cannot draw"):
            diagram(what)


class TestFiles:
    def test_svg_is_well_formed(self):
        model()
        root = ET.fromstring(diagram(title="A & B").svg())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        titles = {node.text for node in root.iter("{http://www.w3.org/2000/svg}title")}
        assert {"x", "layer/w", "layer/MatMul"} <= titles

    def test_png(self):
        model()
        assert diagram().png(dpi=50).startswith(b"\x89PNG\r\n\x1a\n")

    def test_resolution(self):
        model()
        widths = [int.from_bytes(diagram().png(dpi=dpi)[16:20], "big") for dpi in (50, 100)]
        assert widths[1] == pytest.approx(2 * widths[0], abs=3)

    def test_save_goes_by_the_ending(self, tmp_path):
        model()
        drawing = diagram()
        assert drawing.save(tmp_path / "a.svg").read_text(encoding="utf-8") == drawing.svg()
        assert drawing.save(str(tmp_path / "a.png")).read_bytes().startswith(b"\x89PNG")
        assert drawing.save(tmp_path / "a.gv").read_text(encoding="utf-8") == drawing.source
        with pytest.raises(ValueError, match=r"cannot save 'a\.pdf'"):
            drawing.save(tmp_path / "a.pdf")

    def test_html_holds_the_svg_without_its_prologue(self):
        model()
        html = diagram()._repr_html_()
        assert html.startswith("<div")
        assert "<?xml" not in html
        assert html.count("<svg") == 1
