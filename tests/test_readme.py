"""README.md is right: its code prints what is written there, its links lead somewhere."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from graphflow.cli.command_line import command_parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_code_prints_what_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = [(index, text) for index, (kind, text) in enumerate(BLOCKS) if kind == "python"]
    assert code
    for index, text in code:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, f"<README.md, block {index}>", "exec"), {"__name__": "__main__"})
        kind, expected = BLOCKS[index + 1]
        assert (kind, printed.getvalue()) == ("text", expected)
    assert "<svg" in (tmp_path / "training.svg").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (page.parent / link).exists()]
    assert missing == []


def test_commands_exist():
    (command,) = [text for _, text in BLOCKS if "graphflow mnist" in text]
    arguments = command.split("graphflow ")[-1].split()
    assert command_parser().parse_args(arguments).command == "mnist"
