"""import_graph_def: names, replaced inputs, devices, and graphs that are not valid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.errors import NotFoundError
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.op import op_class
from graphflow.interop import protos
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.graphdef import graph_def_of
from graphflow.interop.op_defs import op_list
from graphflow.ops.constant import Const

NODES = """
    node { name: "m" op: "MatMul" input: "a" input: "b:0" input: "^c"
           attr { key: "T" value { type: DT_FLOAT } }
           attr { key: "transpose_b" value { b: true } } }
    node { name: "a" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
    node { name: "b" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
           attr { key: "shape" value { shape { dim { size: 4 } dim { size: -1 } } } } }
    node { name: "c" op: "Placeholder" attr { key: "dtype" value { type: DT_INT64 } } }
"""


def graph_def(text: str = NODES) -> Any:
    return protos.from_text(text, protos.GraphDef())


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def matrix(name: str = "z") -> Tensor:
    return apply(Const(np.ones((2, 3), np.float32), dtypes.float32), name=name)


def imported(text: str = NODES, **arguments: Any) -> Any:
    return import_graph_def(graph_def(text), **arguments)


class TestNames:
    def test_default_scope(self, graph: Graph):
        assert imported() is None
        imported()
        assert [operation.name for operation in graph.get_operations()] == [
            "import/a", "import/b", "import/c", "import/m",
            "import_1/a", "import_1/b", "import_1/c", "import_1/m",
        ]  # fmt: skip

    def test_given_scope_inside_another(self, graph: Graph):
        with graph.name_scope("outer"):
            (m,) = imported(name="part", return_elements=["m"])
        assert m.name == "outer/part/m"

    def test_no_scope(self, graph: Graph):
        assert imported(name="", return_elements=["m"])[0].name == "m"
        assert ops.placeholder(dtypes.float32, name="m").name == "m_1:0"

    def test_taken_name(self, graph: Graph):
        imported(name="")
        with pytest.raises(ValueError, match="called 'm' already"):
            imported(name="")
        assert graph.version == 4

    def test_names_that_differ_in_case(self):
        nodes = 'node { name: "n" op: "NoSuchOp" } node { name: "N" op: "NoSuchOp" }'.replace(
            'op: "NoSuchOp"', 'op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }'
        )
        assert [item.name for item in imported(nodes, return_elements=["n", "N"])] == [
            "import/n",
            "import/N",
        ]


class TestNodes:
    def test_inputs_and_attributes(self):
        a, b, c, m = imported(return_elements=["a:0", "b", "c", b"m"])
        assert isinstance(a, Tensor)
        assert isinstance(m, Operation)
        assert m.inputs == (a, b.outputs[0])
        assert m.control_inputs == [c]
        assert (m.op.transpose_a, m.op.transpose_b) == (False, True)
        assert m.outputs[0].shape.as_list() == [None, 4]

    def test_goes_both_ways(self, graph: Graph):
        with graph.device("/job:w"), graph._attr_scope({"_x": [1, 2], "_kind": "s"}):
            x = ops.placeholder(dtypes.float32, [None, 2], name="x")
            ops.matmul(matrix(), x, transpose_a=True, transpose_b=True, name="m")
        exported = graph_def_of(graph, add_shapes=True)
        with Graph().as_default() as other:
            import_graph_def(exported, name="")
        assert graph_def_of(other, add_shapes=True) == exported
        assert other.get_operation_by_name("m").get_attr("_x") == [1, 2]

    def test_known_shapes_are_added(self):
        shape = "list { shape { dim { size: 2 } dim { size: 3 } } }"
        nodes = NODES.replace(
            'name: "a"', f'name: "a" attr {{ key: "_output_shapes" value {{ {shape} }} }}'
        )
        a, m = imported(nodes, return_elements=["a:0", "m:0"])
        assert a.shape.as_list() == [2, 3]
        assert m.shape.as_list() == [2, 4]
        assert "_output_shapes" not in a.op.attributes()

    def test_wrong_known_shape(self):
        shape = "list { shape { dim { size: 2 } dim { size: 5 } } }"
        nodes = NODES.replace(
            'name: "m"', f'name: "m" attr {{ key: "_output_shapes" value {{ {shape} }} }}'
        )
        with pytest.raises(ValueError, match=r"node 'm' \(MatMul\): _output_shapes says \(2, 5\)"):
            imported(nodes)

    def test_control_dependencies_around(self, graph: Graph):
        z = matrix()
        with graph.control_dependencies([z]):
            a, m = imported(return_elements=["a", "m"])
        assert a.control_inputs == [z.op]
        assert [operation.name for operation in m.control_inputs] == ["import/c"]

    def test_gradient_override_around(self, graph: Graph):
        with graph.gradient_override_map({"MatMul": "Mine"}):
            (m,) = imported(return_elements=["m"])
        assert m.get_attr("_gradient_op_type") == b"Mine"

    def test_message_of_another_program(self):
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

        # A GraphDef that is not of our class, with an empty schema: all its fields are unknown.
        file = descriptor_pb2.FileDescriptorProto(name="other.proto", package="other")
        file.message_type.add(name="GraphDef")
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        other = message_factory.GetMessageClass(pool.FindMessageTypeByName("other.GraphDef"))()
        other.ParseFromString(graph_def().SerializeToString())
        assert import_graph_def(other, return_elements=["m"])[0].name == "import/m"


class TestInputMap:
    def test_tensors(self):
        z = matrix()
        m, b = imported(input_map={"b:0": z}, return_elements=["m", "b"])
        assert [tensor.name for tensor in m.inputs] == ["import/a:0", "z:0"]
        assert b.name == "import/b"

    def test_returned_tensor_is_the_replacement(self):
        z = matrix()
        assert imported(input_map={"b": z}, return_elements=["b:0"])[0] is z

    @pytest.mark.parametrize("as_operation", [True, False])
    def test_control_input(self, as_operation: bool):
        z = matrix()
        replacement = z.op if as_operation else z
        (m,) = imported(input_map={"^c": replacement}, return_elements=["m"])
        assert m.control_inputs == [z.op]

    def test_cuts_a_circle(self):
        nodes = """
            node { name: "p" op: "MatMul" input: "q" input: "q" }
            node { name: "q" op: "MatMul" input: "p" input: "p" }
        """
        with pytest.raises(ValueError, match="'p', 'q' wait for each other in a circle"):
            imported(nodes)
        z = apply(Const(np.ones((2, 2), np.float32), dtypes.float32), name="square")
        (q,) = imported(nodes, input_map={"q": z}, return_elements=["q"])
        assert q.inputs[0].op.inputs == (z, z)

    def test_input_that_only_the_map_has(self):
        nodes = 'node { name: "m" op: "MatMul" input: "left" input: "right:2" }'
        z = apply(Const(np.ones((2, 2), np.float32), dtypes.float32), name="square")
        (m,) = imported(nodes, input_map={"left": z, "right:2": z}, return_elements=["m"])
        assert m.inputs == (z, z)

    def test_unknown_names(self):
        with pytest.raises(ValueError, match=r"does not have: nothing:0, \^none$"):
            imported(input_map={"nothing": matrix(), "^none": matrix(), "a": matrix()})

    def test_unknown_output(self):
        with pytest.raises(ValueError, match="input_map names a:1, but 'a' has fewer outputs"):
            imported(input_map={"a:1": matrix()})

    def test_wrong_dtype(self):
        z = apply(Const(np.ones((2, 2)), dtypes.float64), name="z")
        with pytest.raises(ValueError, match=r"node 'm' \(MatMul\): its attribute T is .*float32"):
            imported(input_map={"a": z, "b": z})

    def test_values_are_converted_in_a_scope_of_their_own(self):
        m = imported(input_map={"b": [[1.0, 2.0]]}, return_elements=["m"])[0]
        assert [tensor.name for tensor in m.inputs] == ["import/a:0", "import/_inputs/Const:0"]
        assert m.outputs[0].shape.as_list() == [None, 1]

    def test_values_that_are_no_tensors_need_a_scope(self):
        with pytest.raises(ValueError, match="values of b in input_map are no tensors"):
            imported(input_map={"b": [[1.0]]}, name="")


class TestDevices:
    def test_outer_device_fills_in(self, graph: Graph):
        nodes = NODES.replace('name: "m"', 'name: "m" device: "/device:CPU:1"')
        with graph.device("/job:w/device:CPU:0"):
            a, m = imported(nodes, return_elements=["a", "m"])
        assert a.device == "/job:w/device:CPU:0"
        assert m.device == "/job:w/device:CPU:1"

    def test_colocated_operations(self, graph: Graph):
        colocation = 'attr { key: "_class" value { list { s: "loc:@b" s: "other" } } }'
        nodes = NODES.replace('name: "m"', f'name: "m" device: "/device:CPU:5" {colocation}')
        nodes = nodes.replace('name: "b"', 'name: "b" device: "/device:CPU:1"')
        with graph.device("/job:w"):
            b, m = imported(nodes, return_elements=["b", "m"])
        assert m.get_attr("_class") == [b"loc:@import/b", b"other"]
        assert m.colocation_groups()[0] == b"loc:@import/b"
        assert m.device == b.device == "/job:w/device:CPU:1"

    def test_colocated_with_nothing(self):
        nodes = NODES.replace(
            'name: "m"', 'name: "m" attr { key: "_class" value { list { s: "loc:@none" } } }'
        )
        with pytest.raises(ValueError, match="'import/m' is colocated with 'import/none'"):
            imported(nodes)


class TestInvalidGraphs:
    def test_unknown_op_types_are_named_before_anything_is_added(self, graph: Graph):
        nodes = NODES + 'node { name: "u" op: "Foo" } node { name: "v" op: "Bar" }'
        with pytest.raises(NotFoundError, match=r"types: Foo \(node 'u'\), Bar \(node 'v'\)"):
            imported(nodes)
        assert graph.version == 0

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('input: "a"', 'input: "q"', "node 'm' has the input 'q', which is not in graph_def"),
            ('input: "^c"', 'input: "^q"', "node 'm' has the input 'q', which is not in graph_def"),
            ('input: "b:0"', 'input: "b:1"', "'m' .*: its input b:1 does not exist: .* 1 outputs"),
            ('input: "b:0"', "", "'m' .*: it has 1 inputs, but its attributes ask for 2"),
            ("type: DT_INT64", "", "'c' .*: it lacks the attribute dtype"),
            ('name: "c"', 'name: "b"', "two nodes called 'b'"),
            ("type: DT_FLOAT", "type: DT_INT32", "'m' .*: its attribute T is .*int32"),
            ("transpose_b", "transpose_c", "'m' .*: the op has no attribute 'transpose_c'"),
            ("b: true", "i: 1", "'m' .*: 1 is neither True nor False"),
            ('name: "c"', 'name: "c!"', "'import/c!' is not a valid operation name"),
        ],
    )
    def test_message(self, old: str, new: str, message: str):
        nodes = NODES.replace(old, new, 1)
        if old == 'name: "c"':
            nodes = nodes.replace('input: "^c"', "")
        with pytest.raises(ValueError, match=message):
            imported(nodes)

    @pytest.mark.parametrize("versions", ["min_consumer: 135", "bad_consumers: 134"])
    def test_versions(self, versions: str):
        with pytest.raises(ValueError, match="not for consumers of version 134"):
            imported(f"versions {{ {versions} }}")

    def test_newer_attributes_with_their_default(self):
        node = """
            node { name: "v" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } }
                   attr { key: "shape" value { shape {} } }
                   attr { key: "debug_name" value { s: "whatever" } }
                   attr { key: "allowed_devices" value { list { %s } } } }
        """
        imported(node % "")
        with pytest.raises(ValueError, match="no attribute 'allowed_devices'"):
            imported(node % 's: "/cpu:0"')

    def test_producers_defaults(self):
        producer = op_list([op_class("MatMul")])
        attribute = producer.op[0].attr.add(name="precision", type="int")
        attribute.default_value.i = 3
        grown = 'name: "m" attr { key: "precision" value { i: %d } }'
        imported(NODES.replace('name: "m"', grown % 3), producer_op_list=producer)
        with pytest.raises(ValueError, match="no attribute 'precision'"):
            imported(NODES.replace('name: "m"', grown % 4), producer_op_list=producer)


class TestArguments:
    def test_not_a_graph_def(self):
        with pytest.raises(TypeError, match="expected the message GraphDef, got 'text'"):
            import_graph_def("text")

    def test_not_an_op_list(self):
        with pytest.raises(TypeError, match="expected the message OpList"):
            imported(producer_op_list=[])

    @pytest.mark.parametrize("input_map", [["a"], {3: 4}])
    def test_input_map(self, input_map: Any):
        with pytest.raises(TypeError, match="input_map must map names"):
            imported(input_map=input_map)

    @pytest.mark.parametrize("return_elements", ["m", [3]])
    def test_return_elements(self, return_elements: Any):
        with pytest.raises(TypeError, match="return_elements must be a list of names"):
            imported(return_elements=return_elements)

    @pytest.mark.parametrize("name", ["nothing", "nothing:0", "a:1"])
    def test_unknown_return_element(self, name: str):
        with pytest.raises(ValueError, match=f"return_elements names '{name}'"):
            imported(return_elements=[name])

    def test_op_dict_is_deprecated(self):
        with pytest.warns(DeprecationWarning, match="op_dict"):
            imported(op_dict={})
