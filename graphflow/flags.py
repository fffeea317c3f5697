"""`tf.flags`: options of the command line, declared where they are used.

The flags are those of absl, as in TensorFlow 1.15.  Two things are added, as there: the names that
the arguments of `DEFINE_string` and its relatives had before, and that `FLAGS` reads the command
line by itself when a program first asks for a value.
"""

from __future__ import annotations

import functools as _functools
import sys as _sys
from collections.abc import Callable as _Callable
from typing import Any as _Any

from absl import flags as _flags
from absl.flags import (
    DEFINE as DEFINE,
    ArgumentParser as ArgumentParser,
    ArgumentSerializer as ArgumentSerializer,
    BaseListParser as BaseListParser,
    BooleanFlag as BooleanFlag,
    BooleanParser as BooleanParser,
    CantOpenFlagFileError as CantOpenFlagFileError,
    CsvListSerializer as CsvListSerializer,
    DEFINE_alias as DEFINE_alias,
    DEFINE_enum_class as DEFINE_enum_class,
    DEFINE_flag as DEFINE_flag,
    DEFINE_multi as DEFINE_multi,
    DEFINE_multi_enum as DEFINE_multi_enum,
    DEFINE_multi_float as DEFINE_multi_float,
    DEFINE_multi_integer as DEFINE_multi_integer,
    DEFINE_multi_string as DEFINE_multi_string,
    DEFINE_spaceseplist as DEFINE_spaceseplist,
    DuplicateFlagError as DuplicateFlagError,
    EnumClassFlag as EnumClassFlag,
    EnumClassParser as EnumClassParser,
    EnumFlag as EnumFlag,
    EnumParser as EnumParser,
    Error as Error,
    Flag as Flag,
    FlagNameConflictsWithMethodError as FlagNameConflictsWithMethodError,
    FlagValues as FlagValues,
    FloatParser as FloatParser,
    IllegalFlagValueError as IllegalFlagValueError,
    IntegerParser as IntegerParser,
    ListParser as ListParser,
    ListSerializer as ListSerializer,
    MultiEnumClassFlag as MultiEnumClassFlag,
    MultiFlag as MultiFlag,
    UnparsedFlagAccessError as UnparsedFlagAccessError,
    UnrecognizedFlagError as UnrecognizedFlagError,
    ValidationError as ValidationError,
    WhitespaceSeparatedListParser as WhitespaceSeparatedListParser,
    adopt_module_key_flags as adopt_module_key_flags,
    declare_key_flag as declare_key_flag,
    disclaim_key_flags as disclaim_key_flags,
    doc_to_help as doc_to_help,
    flag_dict_to_args as flag_dict_to_args,
    get_help_width as get_help_width,
    mark_bool_flags_as_mutual_exclusive as mark_bool_flags_as_mutual_exclusive,
    mark_flag_as_required as mark_flag_as_required,
    mark_flags_as_mutual_exclusive as mark_flags_as_mutual_exclusive,
    mark_flags_as_required as mark_flags_as_required,
    multi_flags_validator as multi_flags_validator,
    register_multi_flags_validator as register_multi_flags_validator,
    register_validator as register_validator,
    text_wrap as text_wrap,
    validator as validator,
)

# Flags are attributed to the module that declares them, which is not this one.
disclaim_key_flags()

_OLD_NAMES = {"flag_name": "name", "default_value": "default", "docstring": "help"}


def _with_old_names(define: _Callable[..., _Any]) -> _Callable[..., _Any]:
    """Let a function that declares a flag take the old names of its arguments too."""

    @_functools.wraps(define)
    def declare(*args: _Any, **kwargs: _Any) -> _Any:
        return define(*args, **{_OLD_NAMES.get(key, key): item for key, item in kwargs.items()})

    return declare


DEFINE_string = _with_old_names(_flags.DEFINE_string)
DEFINE_boolean = _with_old_names(_flags.DEFINE_boolean)
DEFINE_bool = DEFINE_boolean
DEFINE_float = _with_old_names(_flags.DEFINE_float)
DEFINE_integer = _with_old_names(_flags.DEFINE_integer)
DEFINE_list = _with_old_names(_flags.DEFINE_list)
DEFINE_enum = _with_old_names(_flags.DEFINE_enum)


class _Flags:
    """The values of all flags; the command line is read at the first question for one."""

    def __init__(self, values: FlagValues) -> None:
        object.__setattr__(self, "_values", values)

    def __getattribute__(self, name: str) -> _Any:
        if name in ("__dict__", "__class__"):
            return object.__getattribute__(self, name)
        values = object.__getattribute__(self, "_values")
        if name == "_parse_flags":  # programs for TensorFlow before 1.5 call it
            return lambda: values(_sys.argv, known_only=True)
        if not values.is_parsed() and not name.startswith("_") and name in values:
            values(_sys.argv, known_only=True)
        return getattr(values, name)

    def __setattr__(self, name: str, value: _Any) -> None:
        setattr(object.__getattribute__(self, "_values"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_values"), name)

    def __call__(self, *args: _Any, **kwargs: _Any) -> _Any:
        return object.__getattribute__(self, "_values")(*args, **kwargs)

    def __getitem__(self, name: str) -> _Any:
        return object.__getattribute__(self, "_values")[name]

    def __setitem__(self, name: str, flag: _Any) -> None:
        object.__getattribute__(self, "_values")[name] = flag

    def __contains__(self, name: str) -> bool:
        return name in object.__getattribute__(self, "_values")

    def __iter__(self) -> _Any:
        return iter(object.__getattribute__(self, "_values"))

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "_values"))

    def __dir__(self) -> list[str]:
        return dir(object.__getattribute__(self, "_values"))


FLAGS: _Any = _Flags(_flags.FLAGS)
