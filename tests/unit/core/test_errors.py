"""The tree of errors: codes, bases, copies and the mapping of foreign exceptions."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from graphflow.core import errors

CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}


class QueueFullError(errors.ResourceExhaustedError):
    """A class of a user, with a constructor of its own."""

    def __init__(self, queue: str) -> None:
        super().__init__(None, None, f"{queue} is full")
        self.queue = queue


@pytest.mark.parametrize("name", CODES)
def test_each_class(name: str) -> None:
    cls, op = getattr(errors, name), object()
    error = cls(node_def="node", op=op, message="it broke")
    assert isinstance(error, errors.OpError)
    assert (error.node_def, error.op, error.message) == ("node", op, "it broke")
    assert error.error_code == CODES[name]
    assert str(error) == "it broke"
    assert repr(error) == f"{name}('it broke')"
    assert errors.exception_type_from_error_code(CODES[name]) is cls
    assert errors.error_code_from_exception_type(cls) == CODES[name]


def test_constants() -> None:
    constants = [value for name, value in vars(errors).items() if name.isupper() and name[0] != "_"]
    assert sorted(constants) == list(range(17))
    assert (errors.OK, errors.INVALID_ARGUMENT, errors.DATA_LOSS) == (0, 3, 15)


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.InvalidArgumentError, ValueError),
        (errors.DeadlineExceededError, TimeoutError),
        (errors.NotFoundError, LookupError),
        (errors.UnimplementedError, NotImplementedError),
        (errors.ResourceExhaustedError, MemoryError),
    ],
)
def test_python_finds_its_own(cls: Any, builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match=r"^late$"):
        raise cls(None, None, "late")


def test_the_end_of_data_is_neither_index_nor_iteration_error() -> None:
    assert not issubclass(errors.OutOfRangeError, (LookupError, StopIteration))


def test_base_class_takes_any_code() -> None:
    error = errors.OpError(None, None, "odd", 42)
    assert error.error_code == 42
    assert pickle.loads(pickle.dumps(error)).error_code == 42


@pytest.mark.parametrize("name", CODES)
def test_pickle_keeps_all_but_the_operation(name: str) -> None:
    operation = lambda: None  # noqa: E731 - something that cannot be pickled
    error = getattr(errors, name)({"name": "x"}, operation, "it broke")
    for clone in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(clone) is type(error)
        assert clone.op is None
        assert (clone.node_def, clone.message) == ({"name": "x"}, "it broke")
        assert (clone.error_code, clone.args) == (CODES[name], ("it broke",))
        assert (str(clone), repr(clone)) == (str(error), repr(error))


@pytest.mark.parametrize("name", CODES)
def test_copy_keeps_the_operation(name: str) -> None:
    operation = object()
    clone = copy.copy(getattr(errors, name)("node", operation, "it broke"))
    assert clone.op is operation
    assert (clone.node_def, str(clone), clone.args) == ("node", "it broke", ("it broke",))


def test_subclasses_of_users() -> None:
    error = QueueFullError("images")
    assert error.error_code == errors.error_code_from_exception_type(QueueFullError) == 8
    assert errors.error_from_exception(error) is QueueFullError
    for clone in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (type(clone), clone.queue, str(clone)) == (
            QueueFullError,
            "images",
            "images is full",
        )


def test_unknown_codes_and_classes() -> None:
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(77)
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(errors.OK)
    assert errors.error_code_from_exception_type(errors.OpError) == errors.UNKNOWN
    assert errors.error_code_from_exception_type(KeyError) == errors.UNKNOWN


@pytest.mark.parametrize(
    ("exc", "name"),
    [
        (ValueError("x"), "InvalidArgumentError"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "InvalidArgumentError"),
        (TypeError("x"), "InvalidArgumentError"),
        (StopIteration(), "OutOfRangeError"),
        (MemoryError(), "ResourceExhaustedError"),
        (NotImplementedError(), "UnimplementedError"),
        (TimeoutError(), "DeadlineExceededError"),
        (FileNotFoundError(), "NotFoundError"),
        (FileExistsError(), "AlreadyExistsError"),
        (PermissionError(), "PermissionDeniedError"),
        (OSError(), "UnknownError"),
        (RuntimeError(), "UnknownError"),
        (KeyError("x"), "UnknownError"),
        (ZeroDivisionError(), "UnknownError"),
        (KeyboardInterrupt(), "UnknownError"),
        (errors.DataLossError(None, None, "x"), "DataLossError"),
        (errors.InvalidArgumentError(None, None, "x"), "InvalidArgumentError"),
        (errors.OpError(None, None, "x", 10), "AbortedError"),
        (errors.OpError(None, None, "x", 99), "UnknownError"),
    ],
    ids=repr,
)
def test_foreign_exceptions(exc: BaseException, name: str) -> None:
    assert errors.error_from_exception(exc).__name__ == name


def test_status_block() -> None:
    with errors.raise_exception_on_not_ok_status() as status:
        assert (status.code, status.message) == (errors.OK, "")
    with (
        pytest.raises(errors.AbortedError, match="given up"),
        errors.raise_exception_on_not_ok_status() as status,
    ):
        status.code, status.message = errors.ABORTED, "given up"


def test_an_error_of_the_status_block_itself_goes_first() -> None:
    def fail() -> None:
        with errors.raise_exception_on_not_ok_status() as status:
            status.code = errors.ABORTED
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
