"""Sphinx extension: write the pages of the API reference from the docstrings, before the build.

Each public namespace gets a page with a table of all its names and an entry for each thing whose
own name stands there; other names of a thing link to its entry.
"""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

from public_names import Entry, Namespace, namespaces
from source_pages import source_of
from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

import graphflow

# Functions that are made from the op types, all with the same text: the table is enough.
_TABLE_ONLY = "tf.raw_ops"
_NAPOLEON = Config(
    napoleon_use_ivar=True,
    napoleon_use_rtype=False,
    napoleon_custom_sections=[
        ("Class attributes a subclass may declare", "params_style"),
        ("Class attributes of a family", "params_style"),
        ("State", "params_style"),
    ],
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write a page for each namespace, and a page that lists them."""
    folder = Path(app.srcdir) / "reference"
    folder.mkdir(exist_ok=True)
    spaces = namespaces()
    pages = {f"{space.name}.rst": page(space) for space in spaces}
    pages["index.rst"] = contents(spaces)
    for old in folder.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def contents(spaces: list[Namespace]) -> str:
    """Return the page that lists the namespaces."""
    rows = [
        (f":doc:`{space.name}`", str(len(space.members)), summary(space.module)) for space in spaces
    ]
    groups = {
        "TensorFlow's namespaces": [s for s in spaces if s.name.startswith("tf")],
        "graphflow's own": [s for s in spaces if s.name.startswith("graphflow")],
    }
    parts = [
        _title("API reference", "="),
        "All public names, written ``tf.`` for ``import graphflow as tf``. Where a thing has\n"
        "several names, all lead to one entry.",
        _table(("Namespace", "Names", "What it holds"), rows, "34 8 58"),
    ]
    for caption, group in groups.items():
        lines = "\n".join(f"   {space.name}" for space in group)
        parts.append(f".. toctree::\n   :hidden:\n   :caption: {caption}\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def page(space: Namespace) -> str:
    """Return the page of a namespace."""
    parts = [_title(space.name, "="), documentation(space.module, "module")]
    rows = []
    for name, entry in space.members.items():
        link = f":py:obj:`{name} <{entry.name}>`"
        if space.name == _TABLE_ONLY:
            link = f"``{name}``"
        rows.append((link, summary(entry.value) if entry.kind != "data" else _value(entry.value)))
    parts.append(_table(("Name", "What it is"), rows, "40 60"))
    own = [e for n, e in space.members.items() if e.name == f"{space.name}.{n}"]
    if own and space.name != _TABLE_ONLY:
        parts.append(_title("Entries", "-"))
        parts += [described(entry) for entry in own]
    return "\n\n".join(parts) + "\n"


def described(entry: Entry) -> str:
    """Return the entry of a thing."""
    head = f"{entry.name}{signature(entry.value)}" if entry.kind != "data" else entry.name
    body = []
    if entry.aliases:
        names = ", ".join(f"``{name}``" for name in sorted(entry.aliases))
        body.append(f"*Also* {names}.")
    if entry.kind == "data":
        body.insert(0, f"The value is {_value(entry.value)}.")
    else:
        body.append(documentation(entry.value, entry.kind))
    if source := source_of(entry.value):
        body.append(f":source:`{source}`")
    if entry.kind == "class":
        body += members(entry)
    directive = f".. py:{entry.kind}:: {head}"
    return directive + "\n\n" + textwrap.indent("\n\n".join(body), "   ")


def members(entry: Entry) -> list[str]:
    """Return the entries of methods and properties of a class, and a line on what it inherits."""
    found = []
    for name, value in vars(entry.value).items():
        if name.startswith("_") or not _documented(value):
            continue
        kind, head = "attribute", name
        target = getattr(value, "__func__", value)
        if inspect.isfunction(target):
            kind, head = (
                "method",
                name + signature(target, bound=not isinstance(value, staticmethod)),
            )
        elif isinstance(value, (property, functools.cached_property)):
            kind, head = "property", name
        text = documentation(value, "method")
        found.append(f".. py:{kind}:: {head}\n\n" + textwrap.indent(text, "   "))
    inherited = [
        f"``{name}``"
        for name in sorted(dir(entry.value))
        if not name.startswith("_")
        and name not in vars(entry.value)
        and _documented(inspect.getattr_static(entry.value, name))
    ]
    if inherited:
        found.append(f"*Inherited:* {', '.join(inherited)}.")
    return found


def _documented(value: Any) -> bool:
    if isinstance(value, (property, functools.cached_property, classmethod, staticmethod)):
        return bool(value.__doc__)
    return inspect.isfunction(value) and bool(value.__doc__)


def documentation(value: Any, kind: str) -> str:
    """Return a docstring as reStructuredText."""
    text = escaped(_docstring(value))
    return str(GoogleDocstring(text, _NAPOLEON, what=kind)).strip()


def escaped(text: str) -> str:
    r"""Write a docstring, plain text with code in backticks, as docutils understands it.

    >>> print(escaped("The |x| of `a`s and `b*c`, *new* and *rest."))
    The \|x\| of `a`\ s and ``b*c``, *new* and \*rest.
    """
    lines = []
    is_code = False
    margin: int | None = None  # of the line that ended in two colons
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if margin is not None and line.strip() and indent <= margin:
            margin = None
        is_code = bool(line.strip()) and (is_code or line.lstrip().startswith(">>> "))
        lines.append(line if is_code or margin is not None else _escaped_line(line))
        if margin is None and line.endswith("::"):
            margin = indent
    return "\n".join(lines)


def _escaped_line(line: str) -> str:
    parts = re.split(r"(``.+?``|`[^`]+`|(?<!\S)\*[A-Za-z][A-Za-z ]*\*(?!\w))", line)
    for place, part in enumerate(parts):
        if place % 2 == 0:
            parts[place] = re.sub(r"([|*])", r"\\\1", part)
            continue
        if not re.fullmatch(r"`[A-Za-z][\w.]*`", part) and not part.startswith(("``", "*")):
            parts[place] = f"`{part}`"
        if re.match(r"\w", parts[place + 1]):
            parts[place] += "\\ "
    return "".join(parts)


def _docstring(value: Any) -> str:
    descriptor = getattr(value, "DESCRIPTOR", None)
    if descriptor is not None and not value.__doc__:
        fields = ", ".join(f"`{field.name}`" for field in descriptor.fields)
        return f"The protocol buffer message `{descriptor.full_name}`.\n\nFields: {fields}."
    if isinstance(value, functools.partial):
        value = value.func
    return inspect.cleandoc(value.__doc__ or "")


def summary(value: Any) -> str:
    """Return the first sentence of a docstring."""
    first = _docstring(value).partition("\n\n")[0].replace("\n", " ")
    return escaped(first.removesuffix("::"))


def signature(value: Any, bound: bool = False) -> str:
    """Return the arguments of a function or class, with defaults and without types."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "()"
    parameters = [
        parameter.replace(
            annotation=inspect.Parameter.empty,
            default=parameter.default
            if parameter.default is inspect.Parameter.empty
            else _Text(_default(parameter.default)),
        )
        for parameter in found.parameters.values()
    ]
    if bound:
        parameters = parameters[1:]
    return str(inspect.Signature(parameters))


class _Text:
    """Prints as the text it is made of."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _default(value: Any) -> str:
    """Write a default value as programs would."""
    if isinstance(value, graphflow.DType):
        return f"tf.{value.name}"
    if isinstance(value, type) or inspect.isfunction(value):
        return value.__name__
    text = repr(value)
    return "..." if re.search("[<\n]", text) else text


def _value(value: Any) -> str:
    text = repr(value)
    if len(text) > 70 or "\n" in text:
        text = f"a {type(value).__name__}"
    return f"``{text}``"


def _title(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]], widths: str) -> str:
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        f"   :widths: {widths}",
        "   :class: names",
        "",
    ]
    for row in [heads, *rows]:
        for place, cell in enumerate(row):
            lines.append(f"   {'*' if place == 0 else ' '} - {cell}")
    return "\n".join(lines)
