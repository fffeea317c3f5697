"""A program that saves again and again, until it is killed.

Arguments: a folder, and the number of the file operation at which it ends as if it were killed; 0
for never.  It prints the number of each step that has been saved, and counts on from the newest one
that it finds.  Both variables hold that number.
"""

from __future__ import annotations

import os
import sys
from itertools import count

import graphflow as tf

_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.listdir"}


def _die_at(folder: str, number: int) -> None:
    """Let the process end at an operation on files of a folder."""
    seen = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        concerns = event in _EVENTS and str(arguments[0]).startswith(folder)
        if concerns and next(seen) == number:
            os._exit(9)  # nothing is cleaned up

    sys.addaudithook(hook)


def _main() -> None:
    folder, number = sys.argv[1], int(sys.argv[2])
    v, w = (tf.get_variable(name, [50_000], initializer=tf.zeros_initializer()) for name in "vw")
    value = tf.placeholder(tf.float32, [])
    assign = tf.group(*(tf.assign(item, tf.fill([50_000], value)) for item in (v, w)))
    numbered = tf.train.Saver(max_to_keep=2)
    always_the_same = tf.train.Saver(name="other")
    newest = tf.train.latest_checkpoint(folder)
    first = int(newest.rpartition("-")[2]) + 1 if newest else 1
    with tf.Session() as session:
        if number:
            _die_at(folder, number)
        for step in count(first) if not number else [first]:
            session.run(assign, {value: step})
            numbered.save(session, f"{folder}/model", global_step=step, write_meta_graph=False)
            always_the_same.save(
                session, f"{folder}/same", write_state=False, write_meta_graph=False
            )
            sys.stdout.write(f"{step}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main()
