"""The thread that compiles."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from graphflow.core.jit import Compiler


def test_orders_are_carried_out_one_after_the_other_on_one_thread():
    compiler = Compiler()
    futures = [compiler.submit(lambda n: (n, threading.current_thread().name), n) for n in (3, 5)]
    assert [future.result() for future in futures] == [(3, "numba-compiler"), (5, "numba-compiler")]
    compiler.close()


def test_urgent_orders_come_first_and_between_the_parts_of_others():
    compiler = Compiler()
    begun, go = threading.Event(), threading.Event()
    done = []

    def in_parts():
        begun.set()
        go.wait()
        compiler.do_urgent()
        done.append("the rest")

    compiler.submit(in_parts)
    begun.wait()
    last = compiler.submit(done.append, "another")
    for number in (1, 2):
        compiler.submit(done.append, number, is_urgent=True)
    go.set()
    last.result()
    assert done == [1, 2, "the rest", "another"]
    assert compiler.submit(int, is_urgent=True).result() == 0
    compiler.close()


def test_an_error_is_the_callers():
    compiler = Compiler()
    with pytest.raises(ZeroDivisionError):
        compiler.submit(lambda: 1 / 0).result()
    assert compiler.submit(int).result() == 0
    compiler.close()


def test_what_waits_at_the_end_is_dropped():
    compiler = Compiler()
    begun, go = threading.Event(), threading.Event()
    done = []

    def work(number):
        begun.set()
        go.wait()
        done.append(number)

    first = compiler.submit(work, 1)
    second = compiler.submit(work, 2)
    begun.wait()
    threading.Timer(0.05, go.set).start()
    compiler.close()
    assert done == [1]
    assert first.done()
    assert second.cancelled()


def test_a_program_ends_although_much_is_to_be_compiled():
    code = """
import sys, numpy as np
from graphflow.core import code_cache, compile_process as p
from graphflow.core.jit import compiler
source = '''
from graphflow.core.code_cache import machine_code
@machine_code
def endless(x):
    return %d * x
'''
for n in range(60):
    compiler().submit(p.compile_apart, code_cache.load(source % n, "endless").endless, [n])
print("end")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("end\n", "")


@pytest.mark.parametrize(
    ("text", "expected"), [("2.5", "2500000000\n"), ("", None), ("soon", None)]
)
def test_when_compiling_is_worth_it(text, expected):
    done = subprocess.run(
        [sys.executable, "-c", "from graphflow.core import jit; print(jit.WORTH_COMPILING_NS)"],
        capture_output=True, text=True, env={**os.environ, "GRAPHFLOW_JIT_AFTER": text},
    )  # fmt: skip
    if expected is None:
        assert "GRAPHFLOW_JIT_AFTER must be a number of seconds" in done.stderr
    else:
        assert done.stdout == expected
