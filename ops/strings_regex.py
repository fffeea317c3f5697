"""Regular expressions in RE2's syntax: replacing and matching."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import bool as _bool, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._re2 import compiled, decoded, encoded
from graphflow.ops._static import check_rank
from graphflow.ops._text import as_bytes, item_of, map_text, texts

__all__ = [
    "RegexFullMatch",
    "RegexReplace",
    "StaticRegexFullMatch",
    "StaticRegexReplace",
    "regex_full_match",
    "regex_replace",
]

# -- kernels ---------------------------------------------------------------------------------------


def _replaced(input: Array, pattern: bytes, rewrite: bytes, everywhere: bool) -> Array:
    expression, may_be_empty = compiled(pattern)
    pieces = _pieces(rewrite)
    if any(isinstance(piece, int) and piece > expression.groups for piece in pieces):
        return input  # as in TensorFlow, a reference to no group replaces nothing
    if everywhere and not may_be_empty:
        substitute = functools.partial(expression.sub, _template(pieces))
        return map_text(lambda text: encoded(substitute(decoded(text))), input)
    rewritten = _rewriter(pieces)

    def replace(text: bytes) -> bytes:
        return encoded(_replace(expression, rewritten, decoded(text), everywhere))

    return map_text(replace, input)


def _template(pieces: list[str | int]) -> str:
    """What a match is rewritten to, as Python writes it."""
    return "".join(
        rf"\g<{piece}>" if isinstance(piece, int) else piece.replace("\\", r"\\")
        for piece in pieces
    )


def _pieces(rewrite: bytes) -> list[str | int]:
    r"""What a match is rewritten to: literal text and numbers of groups.

    As in TensorFlow, it ends before a backslash that neither a digit nor another one follows.
    """
    pieces: list[str | int] = []
    for literal, escape in re.findall(r"([^\\]+)|\\(.?)", decoded(rewrite), re.DOTALL):
        if literal:
            pieces.append(literal)
        elif escape == "\\":
            pieces.append(escape)
        elif escape.isascii() and escape.isdigit():
            pieces.append(int(escape))
        else:
            break
    return pieces


def _rewriter(pieces: list[str | int]) -> Callable[[re.Match[str]], str]:
    if all(isinstance(piece, str) for piece in pieces):
        fixed = "".join(map(str, pieces))
        return lambda match: fixed
    return lambda match: "".join(
        piece if isinstance(piece, str) else match[piece] or "" for piece in pieces
    )


def _replace(
    expression: re.Pattern[str],
    rewritten: Callable[[re.Match[str]], str],
    text: str,
    everywhere: bool,
) -> str:
    """Replace matches; unlike for Python, none is empty right behind another one."""
    parts = []
    end = 0
    has_match = False
    for match in expression.finditer(text):
        if has_match and match.start() == match.end() == end:
            continue
        parts += [text[end : match.start()], rewritten(match)]
        end, has_match = match.end(), True
        if not everywhere:
            break
    return "".join([*parts, text[end:]])


def _matched(input: Array, pattern: bytes) -> Array:
    match = compiled(pattern).pattern.fullmatch
    return map_text(lambda text: match(decoded(text)) is not None, input, dtype=np.bool_)


# -- replacing -------------------------------------------------------------------------------------

_REPLACEMENTS: tuple[tuple[Any, Any], ...] = (
    ("a", "b"),
    ("x*", "-"),
    ("(a)(n)", r"\2\1"),
    ("a", r"\0\0"),
    ("a", "\\\\"),
    ("a", r"<\q"),
    ("a", r"\3"),
    ("ö|.", "ä"),
    ("[[:alpha:]]", "x"),
    (r"\pL+", "x"),
    (r"\z", "x"),
    (r"\Qa.b\E", "x"),
    ("(?i)Ä|(B)", r"<\1>"),
    (r"[^\d\w]|\bb", "-"),
    (r"(?m)^|$", "x"),
    ("a{,2}", "x"),
    ("a{2,}?|(?P<n>n)", r"\1\1"),
    (r"[]a^\-]|\x{62}|\x0a", "X"),
    ("(?U)a+|(?s:b.)", "X"),
    ("n(?i)A|(?-i)B", "X"),
    (r"\s|[[:^ascii:]]|\D\B", "-"),
    ("$", "x"),
    ("(b)|a", r"[\1]"),
)
_TEXTS = ("banana", "abxd\nb ", "schön aa.b äÄ", b"a\xffb{,2}", "", "a]^-1")


@register
class RegexReplace(Op):
    """Strings with matches of a pattern replaced."""

    replace_global: bool = True

    inputs = "input: string, pattern: string, rewrite: string"

    def infer(self, input: TensorSpec, pattern: TensorSpec, rewrite: TensorSpec) -> TensorSpec:
        check_rank("pattern", pattern, 0)
        check_rank("rewrite", rewrite, 0)
        return TensorSpec(input.shape, _string)

    def kernel(self, input: Array, pattern: Array, rewrite: Array) -> Array:
        return _replaced(input, item_of(pattern), item_of(rewrite), self.replace_global)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([_TEXTS])
        yield Sample.of(cls(), a, texts("(a)(n)?"), texts(r"\2\1"))
        yield Sample.of(cls(False), a, texts("a"), texts("o"))
        yield Sample.of(cls(), texts("banana"), texts("n"), texts(""))
        yield Sample.of(cls(), a[:0], texts("n"), texts("m"))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = texts(["a"])
        yield ErrorSample(cls(), (a, texts(["a"]), texts("b")), "pattern must be a scalar")
        yield ErrorSample(cls(), (a, texts("a"), texts(["b"])), "rewrite must be a scalar")
        yield ErrorSample(
            cls(), (a, texts("(a"), texts("b")), "invalid pattern b'\\(a'",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


@register
class StaticRegexReplace(Op):
    """Strings with matches of a pattern replaced, both known while the graph is built."""

    pattern: bytes
    rewrite: bytes
    replace_global: bool = True

    inputs = "input: string"

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _string)

    def kernel(self, input: Array) -> Array:
        return _replaced(input, self.pattern, self.rewrite, self.replace_global)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([_TEXTS])
        for pattern, rewrite in _REPLACEMENTS:
            yield Sample.of(cls(as_bytes(pattern), as_bytes(rewrite)), a)
        yield Sample.of(cls(b"a", b"o", False), a)
        yield Sample.of(cls(b"a", b"o"), texts("banana"))
        yield Sample.of(cls(b"a", b"o"), a[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for pattern in (
            "(",
            "[a",
            "*",
            "a**",
            "a++",
            "(?=a)",
            r"(a)\1",
            r"a\Z",
            "(?<n>a)",
            r"\p{x",
        ):
            yield ErrorSample(
                cls(as_bytes(pattern), b""), (texts(["a"]),), "invalid pattern",
                error=InvalidArgumentError, when="run",
            )  # fmt: skip


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""Replace what a regular expression matches.

    Args:
      input: a string tensor.
      pattern: string scalar in RE2's syntax.
      rewrite: string scalar; `\1` to `\9` stand for what the groups matched, `\0` for the match.
      replace_global: whether to replace all matches, not only the first one of each string.
      name: the operation's name.

    Returns:
      A string tensor of the shape of `input`.

    Raises:
      InvalidArgumentError: (in the run) the pattern is not valid. `\C` and scripts such as
        `\p{Greek}` are refused as well.

    >>> import graphflow as tf
    >>> replaced = tf.regex_replace(["2019-11-25", "1-2"], r"(\d+)-(\d+)", r"\2/\1")
    >>> tf.Session().run(replaced)
    array([b'11/2019-25', b'2/1'], dtype=object)
    """
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        fixed = StaticRegexReplace(as_bytes(pattern), as_bytes(rewrite), bool(replace_global))
        return apply(fixed, input, name=name)
    return apply(RegexReplace(bool(replace_global)), input, pattern, rewrite, name=name)


# -- matching --------------------------------------------------------------------------------------


@register
class RegexFullMatch(Op):
    """Whether a pattern matches whole strings."""

    inputs = "input: string, pattern: string"
    differentiable = False

    def infer(self, input: TensorSpec, pattern: TensorSpec) -> TensorSpec:
        check_rank("pattern", pattern, 0)
        return TensorSpec(input.shape, _bool)

    def kernel(self, input: Array, pattern: Array) -> Array:
        return _matched(input, item_of(pattern))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["abc", "xabc", "ab\n", "ab"]])
        yield Sample.of(cls(), a, texts("ab.?"))
        yield Sample.of(cls(), texts("ab"), texts("a|ab"))
        yield Sample.of(cls(), a[:0], texts(""))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = texts(["a"])
        yield ErrorSample(cls(), (a, texts(["a"])), "pattern must be a scalar")
        yield ErrorSample(
            cls(), (a, texts("a)")), "unexpected \\)", error=InvalidArgumentError, when="run"
        )


@register
class StaticRegexFullMatch(Op):
    """Whether a pattern that is known while the graph is built matches whole strings."""

    pattern: bytes

    inputs = "input: string"
    differentiable = False

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, _bool)

    def kernel(self, input: Array) -> Array:
        return _matched(input, self.pattern)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = texts([["abc", "xabc", "ab\n", "aé"]])
        for pattern in ("ab.?", r"[^a]*(a.|b)c|a[^b]", "", r"\w+"):
            yield Sample.of(cls(as_bytes(pattern)), a)
        yield Sample.of(cls(b"a"), texts("a"))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(
            cls(b"a("), (texts(["a"]),), "missing \\)", error=InvalidArgumentError, when="run"
        )


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Tell whether a regular expression matches whole strings.

    Args:
      input: a string tensor.
      pattern: string scalar in RE2's syntax.
      name: the operation's name.

    Returns:
      A bool tensor of the shape of `input`.

    Raises:
      InvalidArgumentError: (in the run) the pattern is not valid.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.strings.regex_full_match(["abc", "abcd"], "a.*c"))
    array([ True, False])
    """
    if isinstance(pattern, (str, bytes)):
        return apply(StaticRegexFullMatch(as_bytes(pattern)), input, name=name)
    return apply(RegexFullMatch(), input, pattern, name=name)
