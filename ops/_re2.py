r"""RE2's regular expressions, by Python's `re`.

`compiled` translates RE2's syntax.  Texts are decoded from UTF-8 with the `surrogateescape`
handler: a byte that belongs to no character becomes a lone surrogate, which, as in RE2, no class
and no dot matches.  What RE2 refuses (references to groups, looking ahead and behind, possessive
repetition) is refused here too.  Not available are `\C`, which matches one byte, and the names of
scripts in `\p{...}`.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from graphflow.ops._static import invalid

# Bytes that belong to no character, as decoding gives them.
_STRAY = "\udc80-\udcff"
_WORD = "0-9A-Za-z_"
_CLASSES = {"d": "0-9", "s": r"\t\n\f\r ", "w": _WORD}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": _WORD,
    "xdigit": "0-9A-Fa-f",
}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_AT_WORD = rf"(?:(?<![{_WORD}])(?=[{_WORD}])|(?<=[{_WORD}])(?![{_WORD}]))"
_NOT_AT_WORD = rf"(?:(?<![{_WORD}])(?![{_WORD}])|(?<=[{_WORD}])(?=[{_WORD}]))"
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": _AT_WORD, "B": _NOT_AT_WORD}
_REPEAT = re.compile(r"[*+?]|\{(\d+)(,(\d*))?\}")
_MAX_REPEAT = 1000
_GROUP = re.compile(r"\(\?(?:P<(\w+)>|([imsU]*)(?:-([imsU]+))?([:)]))")


class Expression(NamedTuple):
    """A compiled pattern.

    Attributes:
      pattern: Python's pattern of the same meaning.
      may_be_empty: whether it may match nothing at some place.
    """

    pattern: re.Pattern[str]
    may_be_empty: bool


@lru_cache(maxsize=256)
def compiled(pattern: bytes) -> Expression:
    """Return the compiled form of an RE2 pattern.

    Raises:
      InvalidArgumentError: it is no valid pattern.
    """
    try:
        translator = _Translator(pattern.decode())
        found = re.compile(translator.translated())
    except UnicodeDecodeError:
        raise invalid(f"the pattern {pattern!r} is not UTF-8") from None
    except (re.error, _Refused, OverflowError) as error:
        raise invalid(f"invalid pattern {pattern!r}: {error}") from None
    # Without conditions on what stands around, what matches nothing does so in an empty text.
    return Expression(found, translator.looks_around or found.fullmatch("") is not None)


def decoded(text: bytes) -> str:
    """A text as patterns take it."""
    return text.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """The bytes of a text that `decoded` gave."""
    return text.encode("utf-8", "surrogateescape")


class _Refused(Exception):
    """What RE2 does not take although Python does."""


@dataclass(frozen=True)
class _Flags:
    ignore_case: bool = False
    multiline: bool = False
    dot_all: bool = False
    ungreedy: bool = False


_FLAG_NAMES = {"i": "ignore_case", "m": "multiline", "s": "dot_all", "U": "ungreedy"}


class _Translator:
    """Reads a pattern from left to right.

    Attributes:
      pattern: RE2's pattern.
      at: the position of the next character.
      parts: what was translated.
      flags: those in force.
      looks_around: whether there are conditions on what stands around, such as anchors.
      groups: for each open group the flags outside of it and whether `(?i:` is open in them.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.parts: list[str] = []
        self.flags = _Flags()
        self.looks_around = False
        self.groups: list[tuple[_Flags, bool]] = []
        self.in_case = False  # whether (?i: was opened in the current group
        self.can_repeat = False

    def translated(self) -> str:
        while self.at < len(self.pattern):
            self._step()
        if self.groups:
            raise _Refused("missing )")
        self._close_case()
        return "".join(self.parts)

    def _take(self, count: int = 1) -> str:
        taken = self.pattern[self.at : self.at + count]
        if len(taken) < count:
            raise _Refused("it ends too early")
        self.at += count
        return taken

    def _emit(self, text: str, can_repeat: bool = True) -> None:
        self.parts.append(text)
        self.can_repeat = can_repeat

    def _step(self) -> None:
        repeat = _REPEAT.match(self.pattern, self.at)
        if repeat is not None:
            self._repeat(repeat)
            return
        char = self._take()
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self._alternative()
        elif char == "[":
            self._emit(self._class())
        elif char == "\\":
            self._escape()
        elif char == ".":
            self._emit(f"[^{_STRAY}]" if self.flags.dot_all else rf"[^\n{_STRAY}]")
        elif char in "^$":
            self._emit(self._anchor(char))
        else:
            self._emit(re.escape(char))

    def _anchor(self, char: str) -> str:
        self.looks_around = True
        if self.flags.multiline:
            return f"(?m:{char})"
        return r"\A" if char == "^" else r"\Z"

    def _repeat(self, repeat: re.Match[str]) -> None:
        if not self.can_repeat:
            raise _Refused(f"nothing to repeat before {repeat[0]}")
        if any(int(bound) > _MAX_REPEAT for bound in repeat.group(1, 3) if bound):
            raise _Refused(f"bad repetition operator {repeat[0]}: more than {_MAX_REPEAT} times")
        self.at = repeat.end()
        is_lazy = self.pattern.startswith("?", self.at)
        self.at += is_lazy
        self._emit(repeat[0] + "?" * (is_lazy != self.flags.ungreedy), can_repeat=False)

    # -- groups and flags ----------------------------------------------------------------------

    def _open(self) -> None:
        self.at -= 1
        if not self.pattern.startswith("(?", self.at):
            self.at += 1
            self._enter("(")
            return
        match = _GROUP.match(self.pattern, self.at)
        if match is None:
            raise _Refused(f"invalid group {self.pattern[self.at : self.at + 4]!r}")
        self.at = match.end()
        name, on, off, end = match.groups()
        if name is not None:
            self._enter(f"(?P<{name}>")
            return
        wanted = {**dict.fromkeys(on, True), **dict.fromkeys(off or "", False)}
        flags = replace(self.flags, **{_FLAG_NAMES[flag]: value for flag, value in wanted.items()})
        if end == ":":
            self._enter("(?:")
        self._set_flags(flags)

    def _enter(self, text: str) -> None:
        self._emit(text, can_repeat=False)
        self.groups.append((self.flags, self.in_case))
        self.in_case = False

    def _set_flags(self, flags: _Flags) -> None:
        """Change the flags from here to the end of the group."""
        if flags.ignore_case != self.flags.ignore_case:
            self._close_case()
            self._emit("(?i:" if flags.ignore_case else "(?-i:", can_repeat=False)
            self.in_case = True
        self.flags = flags

    def _close_case(self) -> None:
        if self.in_case:
            self.parts.append(")")
        self.in_case = False

    def _close(self) -> None:
        if not self.groups:
            raise _Refused("unexpected )")
        self._close_case()
        self._emit(")")
        self.flags, self.in_case = self.groups.pop()

    def _alternative(self) -> None:
        was_in_case = self.in_case
        self._close_case()
        self._emit("|", can_repeat=False)
        if was_in_case:
            self._emit("(?i:" if self.flags.ignore_case else "(?-i:", can_repeat=False)
            self.in_case = True

    # -- escapes and classes -------------------------------------------------------------------

    def _escape(self) -> None:
        char = self._take()
        if char == "Q":
            end = self.pattern.find(r"\E", self.at)
            end = len(self.pattern) if end < 0 else end
            for literal in self.pattern[self.at : end]:
                self._emit(re.escape(literal))
            self.at = end + 2
        elif char in _ANCHORS:
            self.looks_around = True
            self._emit(_ANCHORS[char])
        elif char.lower() in _CLASSES:
            negated = "^" + _STRAY if char.isupper() else ""
            self._emit(f"[{negated}{_CLASSES[char.lower()]}]")
        elif char in "pP":
            self._emit(f"[{self._category(char == 'P')}]")
        else:
            self._emit(re.escape(self._literal(char)))

    def _literal(self, char: str) -> str:
        """The character that an escape stands for."""
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "x":
            return self._hexadecimal()
        if char == "0" or (char in "1234567" and self.pattern[self.at : self.at + 1].isdigit()):
            digits = re.compile("[0-7]{0,2}").match(self.pattern, self.at)
            assert digits is not None
            self.at = digits.end()
            return chr(int(char + digits[0], 8))
        if char.isascii() and char.isalnum():
            raise _Refused(rf"invalid escape sequence \{char}")
        return char

    def _hexadecimal(self) -> str:
        match = re.compile(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\}").match(self.pattern, self.at)
        if match is None or int(match[1] or match[2], 16) > sys.maxunicode:
            raise _Refused(r"invalid escape sequence \x")
        self.at = match.end()
        return chr(int(match[1] or match[2], 16))

    def _category(self, negated: bool) -> str:
        r"""What \pN or \p{Nd} stands for, as the inside of a class."""
        name = self._take()
        if name == "{":
            end = self.pattern.find("}", self.at)
            if end < 0:
                raise _Refused("missing }")
            name = self.pattern[self.at : end]
            self.at = end + 1
        if name.startswith("^"):
            name, negated = name[1:], not negated
        return _characters_of(name, negated)

    def _class(self) -> str:
        r"""A class such as [^a-z\d[:punct:]], behind its bracket."""
        parts = []
        if self.pattern.startswith("^", self.at):
            self.at += 1
            parts.append("^" + _STRAY)
        is_first = True
        while is_first or not self.pattern.startswith("]", self.at):
            parts.append(self._class_item())
            is_first = False
        self.at += 1
        return f"[{''.join(parts)}]"

    def _class_item(self) -> str:
        named = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.at)
        if named is not None:
            if named[2] not in _POSIX:
                raise _Refused(f"invalid character class {named[0]}")
            self.at = named.end()
            return _complement(_POSIX[named[2]]) if named[1] else _POSIX[named[2]]
        if self.pattern.startswith("\\", self.at):
            char = self.pattern[self.at + 1 : self.at + 2]
            if char and char.lower() in _CLASSES:
                self.at += 2
                inside = _CLASSES[char.lower()]
                return _complement(inside) if char.isupper() else inside
            if char and char in "pP":
                self.at += 2
                return self._category(char == "P")
        low = self._class_character()
        is_range = self.pattern.startswith("-", self.at) and self.pattern[self.at + 1 : self.at + 2]
        if not is_range or is_range == "]":
            return _escaped(low)
        self.at += 1
        return f"{_escaped(low)}-{_escaped(self._class_character())}"

    def _class_character(self) -> str:
        char = self._take()
        return self._literal(self._take()) if char == "\\" else char


def _escaped(char: str) -> str:
    """A character as it stands in a class."""
    return f"\\{char}" if char in r"\]^[-&~|" else char


@lru_cache(maxsize=64)
def _complement(inside: str) -> str:
    """All characters that the class [inside] does not match."""
    matches = re.compile(f"[{inside}{_STRAY}]").match
    return _as_ranges([code for code in range(sys.maxunicode + 1) if not matches(chr(code))])


@lru_cache(maxsize=64)
def _characters_of(name: str, negated: bool) -> str:
    """The characters of a Unicode category such as Lu or L, or all but those."""
    categories = {unicodedata.category(chr(code)) for code in range(0x3000)} | {"Co", "Cs", "Cn"}
    if not any(category.startswith(name) for category in categories):
        raise _Refused(rf"\p{{{name}}} is no known Unicode category")
    codes = [
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)).startswith(name) != negated
    ]
    return _as_ranges([code for code in codes if not 0xDC80 <= code <= 0xDCFF])


def _as_ranges(codes: list[int]) -> str:
    """Ascending codes of characters as the inside of a class."""
    parts = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code != previous + 1:
            parts.append(f"{_escaped(chr(start))}-{_escaped(chr(previous))}")
            start = code
        previous = code
    return "".join(parts)
