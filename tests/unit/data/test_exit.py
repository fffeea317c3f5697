"""A program ends although a generator was not read to its end."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import graphflow as tf

def numbers():
    for number in range(1000):
        yield number

dataset = tf.data.Dataset.from_generator(numbers, tf.int64, []).prefetch(2)
session = tf.Session()
element = dataset.make_one_shot_iterator().get_next()
print(session.run(element), session.run(element))
"""


def test_a_program_ends_in_the_middle_of_a_generator():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "0 1\n"), done.stderr
