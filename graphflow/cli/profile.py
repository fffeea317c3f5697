"""`graphflow profile`: run a program, and tell where its time went."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graphflow.cli.program import status_of
from graphflow.launcher.run import run_module, run_script
from graphflow.profiler.program_report import SORTS, fetches_of, heaviest, program_report
from graphflow.profiler.recording import Recording
from graphflow.runtime.trace import Trace
from graphflow.viz.timeline import timeline

OPTIONS_WITH_VALUE = ("-o", "--output", "--chrome", "--sort", "--top", "--every")
_PICTURES = (".svg", ".png", ".html")


def add(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "profile",
        help="run a program, and tell where its time went",
        description="Run a program as `graphflow run` does, and print afterwards which operations,"
        " types of operations and lines of the program took how much time, the critical path and"
        " the achieved parallelism of a typical run, and how much time was spent inside and outside"
        " of session.run. The report is printed also if the program fails or ends itself; the exit"
        " status is the program's.",
    )
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module, as python -m")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the timeline of a typical run: .html (interactive), .svg or .png",
    )
    parser.add_argument(
        "--chrome", metavar="FILE", help="write its trace for chrome://tracing and Perfetto (JSON)"
    )
    parser.add_argument(
        "--sort",
        choices=tuple(SORTS),
        default="time",
        help="the order of the tables of operations (default: time)",
    )
    parser.add_argument(
        "--top", type=_positive, default=15, metavar="N", help="rows of a table (default: 15)"
    )
    parser.add_argument(
        "--every",
        type=_positive,
        default=10,
        metavar="N",
        help="trace the first of the runs with equal fetches, and each Nth after it; 1 traces all"
        " of them (default: 10)",
    )
    parser.usage = (
        "graphflow profile [-h] [-o FILE] [--chrome FILE] [--sort ORDER] [--top N] [--every N]\n"
        "                         (SCRIPT | NOTEBOOK | FOLDER | -m MODULE) [arguments ...]"
    )
    parser.set_defaults(execute=execute)


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1, 2, ...")
    return number


def execute(options: argparse.Namespace) -> int:
    """Run the program that was named, and report."""
    if options.module is None and not options.program:
        return _complain("name a script, a notebook, or a module with -m")
    problem = _why_not(options)
    if problem:
        return _complain(problem)
    recording = Recording(options.every)
    start = time.perf_counter_ns()
    try:
        with recording.on():
            status = status_of(_program(options))
    except (OSError, ModuleNotFoundError) as error:
        return _complain(str(error))
    elapsed = time.perf_counter_ns() - start
    sys.stdout.flush()
    name = options.module or options.program[0]
    print(f"\n{program_report(recording, elapsed, name, options.sort, options.top)}", end="")
    return _write_files(recording, options) or status


def _why_not(options: argparse.Namespace) -> str:
    """Return why the files that are wanted cannot be written, before a program runs for hours."""
    if options.output and Path(options.output).suffix.lower() not in _PICTURES:
        return f"-o writes {', '.join(_PICTURES)}: give {options.output!r} such an ending"
    for path in filter(None, (options.output, options.chrome)):
        if not Path(path).resolve().parent.is_dir():
            return f"there is no folder {str(Path(path).resolve().parent)!r} for {path!r}"
    return ""


def _program(options: argparse.Namespace) -> Callable[[], int]:
    if options.module is not None:
        return lambda: run_module(options.module, options.program)
    return lambda: run_script(options.program[0], options.program[1:])


def _write_files(recording: Recording, options: argparse.Namespace) -> int:
    """Write the timeline and the trace of a typical run, if they are wanted."""
    if not options.output and not options.chrome:
        return 0
    kind = heaviest(recording)
    trace = kind.typical if kind is not None else None
    if kind is None or trace is None or not trace.records:
        return _complain("no step was traced: there is no timeline to write")
    return _write(trace, f"A typical run of {fetches_of(kind)}", options)


def _write(trace: Trace, title: str, options: argparse.Namespace) -> int:
    drawn = timeline(trace, title=title)
    try:
        if options.output:
            print(f"The timeline of a typical run is {drawn.save(options.output)}")
        if options.chrome:
            Path(options.chrome).write_text(drawn.chrome_trace(), encoding="utf-8")
            print(f"Its trace for chrome://tracing and Perfetto is {options.chrome}")
    except OSError as error:
        return _complain(str(error))
    return 0


def _complain(message: str) -> int:
    print(f"graphflow profile: {message}", file=sys.stderr)
    return 2
