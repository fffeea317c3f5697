"""The errors of running graphs: one class for each status code of `tf.errors`.

Where Python has an exception of the same meaning, the class is one of those too, so that
`except ValueError` also catches an `InvalidArgumentError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """The base of all errors that the run of a graph raises.

    Args:
      node_def: the serialised form of the node that failed, or None.
      op: the `Operation` that failed, or None if there is none. It stays behind when the error is
        pickled.
      message: what went wrong.
      error_code: one of this module's codes.

    >>> error = OpError(None, None, "the disk is full", RESOURCE_EXHAUSTED)
    >>> str(error), error.error_code
    ('the disk is full', 8)
    """

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int) -> None:
        super().__init__(message)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    @property
    def node_def(self) -> Any:
        """The serialised form of the node that failed, or None."""
        return self._node_def

    @property
    def op(self) -> Any:
        """The `Operation` that failed, or None if it is not known."""
        return self._op

    @property
    def message(self) -> str:
        """What went wrong."""
        return self._message

    @property
    def error_code(self) -> int:
        """The status code, one of this module's constants."""
        return self._error_code

    def __str__(self) -> str:
        return self._message

    def __copy__(self) -> OpError:
        clone = _blank(type(self))
        clone.__dict__.update(self.__dict__)
        clone.args = self.args
        return clone

    def __reduce__(self) -> tuple[Any, ...]:
        return _blank, (type(self),), {**self.__dict__, "_op": None, "args": self.args}


def _blank(cls: type[OpError]) -> OpError:
    """Create an error without running its constructor, which may ask for anything."""
    builtin: Any = cls
    while builtin.__module__ != "builtins":  # only the base that fixes the layout may create it
        builtin = builtin.__base__
    error: OpError = builtin.__new__(cls)
    return error


class _StatusError(OpError):
    """An error whose class alone tells the code."""

    code: ClassVar[int]

    def __init__(self, node_def: Any, op: Any, message: str) -> None:
        super().__init__(node_def, op, message, self.code)


class CancelledError(_StatusError):
    """The operation was cancelled, for example because its session or queue was closed."""

    code = CANCELLED


class UnknownError(_StatusError):
    """Something failed in a way that no other class describes."""

    code = UNKNOWN


class InvalidArgumentError(_StatusError, ValueError):
    """An input or attribute has a value, shape or dtype that the operation cannot take."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_StatusError, TimeoutError):
    """The time allowed for the operation passed before it was done."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_StatusError, LookupError):
    """A file, a checkpoint entry or another named thing does not exist."""

    code = NOT_FOUND


class AlreadyExistsError(_StatusError):
    """Something that was to be created exists already."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_StatusError):
    """The caller may not do this, for example write into a protected file."""

    code = PERMISSION_DENIED


class UnauthenticatedError(_StatusError):
    """The request lacks valid credentials."""

    code = UNAUTHENTICATED


class ResourceExhaustedError(_StatusError, MemoryError):
    """Memory, disk space or another resource ran out."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_StatusError):
    """The state is not ready for the operation, for example a variable is read uninitialised."""

    code = FAILED_PRECONDITION


class AbortedError(_StatusError):
    """The operation was given up, mostly because another one came between."""

    code = ABORTED


class OutOfRangeError(_StatusError):
    """The operation went past the end of valid input, for example of a dataset."""

    code = OUT_OF_RANGE


class UnimplementedError(_StatusError, NotImplementedError):
    """The operation is not available for these inputs or on this platform."""

    code = UNIMPLEMENTED


class InternalError(_StatusError):
    """Something that always holds inside the system did not: a defect, please report it."""

    code = INTERNAL


class UnavailableError(_StatusError):
    """A service cannot be reached at the moment; trying again later may help."""

    code = UNAVAILABLE


class DataLossError(_StatusError):
    """Data is corrupt or lost beyond repair, for example in a truncated file."""

    code = DATA_LOSS


_BY_CODE: dict[int, type[_StatusError]] = {cls.code: cls for cls in _StatusError.__subclasses__()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """Return the class that stands for a status code.

    Args:
      error_code: one of this module's constants, `OK` excepted.

    Returns:
      The subclass of `OpError`.

    Raises:
      KeyError: no class has this code.

    >>> exception_type_from_error_code(11).__name__
    'OutOfRangeError'
    """
    return _BY_CODE[error_code]


def error_code_from_exception_type(cls: type[BaseException]) -> int:
    """Return the status code that a class stands for.

    Args:
      cls: a class of this module or a subclass of one.

    Returns:
      Its code, or `UNKNOWN` for a class without one, such as `OpError` itself.

    >>> error_code_from_exception_type(DataLossError)
    15
    """
    return cls.code if issubclass(cls, _StatusError) and cls is not _StatusError else UNKNOWN


_FOREIGN: tuple[tuple[type[BaseException], type[_StatusError]], ...] = (
    (StopIteration, OutOfRangeError),
    (NotImplementedError, UnimplementedError),
    (MemoryError, ResourceExhaustedError),
    (TimeoutError, DeadlineExceededError),
    (FileNotFoundError, NotFoundError),
    (FileExistsError, AlreadyExistsError),
    (PermissionError, PermissionDeniedError),
    (ValueError, InvalidArgumentError),
    (TypeError, InvalidArgumentError),
)


def error_from_exception(exc: BaseException) -> type[OpError]:
    """Return the class in which to report an exception that a kernel raised.

    Args:
      exc: any exception.

    Returns:
      The class itself if it is one of this module's with its own code, else the one of closest
      meaning, `UnknownError` at the last.

    >>> error_from_exception(StopIteration()).__name__
    'OutOfRangeError'
    """
    if isinstance(exc, _StatusError):
        return type(exc)
    if isinstance(exc, OpError):
        return _BY_CODE.get(exc.error_code, UnknownError)
    for foreign, ours in _FOREIGN:
        if isinstance(exc, foreign):
            return ours
    return UnknownError


@dataclass
class Status:
    """An outcome to be filled in: a code of this module and a message.

    Attributes:
      code: `OK` or the code of an error.
      message: what went wrong.
    """

    code: int = OK
    message: str = ""


class raise_exception_on_not_ok_status:
    """Hand a `Status` to the block and raise its error when the block ends with one set.

    Raises:
      OpError: the subclass of the status's code, unless the block itself raised.

    >>> with raise_exception_on_not_ok_status() as status:
    ...     status.code, status.message = NOT_FOUND, "no such table"
    Traceback (most recent call last):
    ...
    graphflow.core.errors.NotFoundError: no such table
    """

    def __enter__(self) -> Status:
        self.status = Status()
        return self.status

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        status = self.status
        if kind is None and status.code != OK:
            raise _BY_CODE.get(status.code, UnknownError)(None, None, status.message)
