"""The code of notebooks, as IPython would run it, without its commands."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from types import CodeType
from typing import Any

_RUN_CELL = {"time", "timeit", "prun", "capture"}
"""Commands for a whole cell that run its code; the cells of others hold something else."""

_HELP = re.compile(r"\s*[\w.]+\?{1,2}\s*")
_RUN_LINE = re.compile(r"%(?:time|prun)\s+(.*)", re.DOTALL)
_WRITE = re.compile(r"%%(?:writefile|file)\s+(-a\s+)?(\S+)\s*\n(.*)", re.DOTALL)


def code_cells(text: str) -> Iterator[tuple[int, str]]:
    r"""Yield numbers and Python code of the cells of a notebook.

    Commands to IPython and the shell are left out, but for those that run Python code or write a
    file.

    Args:
      text: the contents of an `.ipynb` file, of format 3 or 4.

    Examples:
      >>> cell = {"cell_type": "code", "source": ["%matplotlib inline\n", "%time x = 3"]}
      >>> list(code_cells(json.dumps({"cells": [{"cell_type": "markdown"}, cell]})))
      [(2, 'pass\nx = 3')]
    """
    for number, cell in enumerate(_cells(json.loads(text)), 1):
        if cell["cell_type"] == "code":
            yield number, _python("".join(cell["source"] if "source" in cell else cell["input"]))


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for sheet in notebook.get("worksheets", [notebook]):
        yield from sheet["cells"]


def compile_cell(source: str, name: str) -> Iterator[CodeType]:
    """Yield the code of a cell, and that of the expression at its end, which prints its value.

    Args:
      source: the cell's code, without commands.
      name: what tracebacks call it.

    Raises:
      SyntaxError: it is not of Python 3.
    """
    body = ast.parse(source, name).body
    body.sort(key=lambda node: not _is_future(node))  # in a cell they may come late
    quiet = source.rstrip().endswith(";")
    last = [body.pop()] if body and isinstance(body[-1], ast.Expr) and not quiet else []
    yield compile(ast.Module(body, type_ignores=[]), name, "exec", dont_inherit=True)
    yield compile(ast.Interactive(last), name, "single", dont_inherit=True)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _python(source: str) -> str:
    """The Python code of a cell."""
    if source.lstrip().startswith("%%"):
        return _of_cell_command(source.lstrip())
    lines: list[str] = []
    is_continued = False  # whether a command that is left out goes on
    for line in source.splitlines(keepends=True):
        if is_continued:
            code = "\n"
        elif _looks_like_command(line) and _is_complete("".join(lines)):
            code = _of_command(line)
        else:
            lines.append(line)
            continue
        lines.append(code)
        is_continued = line.rstrip().endswith("\\") and code.strip() in ("pass", "")
    return "".join(lines)


def _of_cell_command(source: str) -> str:
    write = _WRITE.fullmatch(source)
    if write is not None:
        append, path, text = write.groups()
        return f"with open({path!r}, {'a' if append else 'w'!r}) as _file: _file.write({text!r});"
    command, _, rest = source.partition("\n")
    runs = re.match(r"%%(\w*)", command)
    # The empty line keeps the numbers of the others.
    return "\n" + _python(rest) if runs is not None and runs[1] in _RUN_CELL else ""


def _looks_like_command(line: str) -> bool:
    return line.lstrip().startswith(("%", "!", "?")) or _HELP.fullmatch(line) is not None


def _is_complete(source: str) -> bool:
    """Whether a new statement begins after a text: no bracket and no string is open."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO(source).readline):
            pass
    except tokenize.TokenError as error:
        return "EOF" not in str(error) and "triple-quoted" not in str(error)
    except IndentationError:
        return True
    return True


def _of_command(line: str) -> str:
    """The Python code of a line with a command."""
    command = line.lstrip()
    indent = line[: len(line) - len(command)]
    run = _RUN_LINE.fullmatch(command)
    return f"{indent}{run[1]}" if run is not None else f"{indent}pass\n"
