"""Make the pictures of profiling.md: `python docs/make_timeline_images.py`.

The times are those of the machine, so that the pictures differ a little each time.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import graphflow as tf
from graphflow.viz import Timeline, timeline

IMAGES = Path(__file__).parent / "images"
FULL_TRACE = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)


def traced(session: Any, fetches: Any, feeds: Any = None) -> Any:
    """Run, and return the metadata."""
    metadata = tf.RunMetadata()
    session.run(fetches, feeds, options=FULL_TRACE, run_metadata=metadata)
    return metadata


def two_branches(size: int) -> Timeline:
    """Trace a graph of two chains of products that have nothing to do with each other."""
    x = tf.placeholder(tf.float32, [size, size], name="x")
    ends = []
    for name, length in (("left", 3), ("right", 4)):
        with tf.name_scope(name):
            value = x * (0.01 * length)
            for _ in range(length):
                value = tf.nn.relu(tf.matmul(value, x))
            ends.append(tf.reduce_sum(value))
    total = tf.add(*ends, name="total")
    value = np.random.rand(size, size)
    tries = []
    for _ in range(7):  # other programs disturb some
        with tf.Session() as session:
            metadata = traced(session, total, {x: value})
        tries.append(timeline(metadata, title="Two branches"))
    return min(tries, key=lambda drawn: drawn.history.span)


def training(runs: int) -> Timeline:
    """Trace a training step of a net, once its runs have become quick."""
    x = tf.placeholder(tf.float32, [None, 100], name="x")
    labels = tf.placeholder(tf.int32, [None], name="labels")
    hidden = tf.layers.dense(x, 300, activation=tf.nn.tanh, name="one")
    hidden = tf.layers.dense(hidden, 200, activation=tf.nn.relu, name="two")
    logits = tf.layers.dense(hidden, 10, name="logits")
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    step = tf.train.AdamOptimizer().minimize(tf.reduce_mean(losses))
    feeds = {x: np.random.rand(500, 100), labels: np.random.randint(0, 10, 500)}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(runs):
            session.run(step, feeds)
        metadata = traced(session, step, feeds)
    return timeline(metadata, title="A training step")


def loop(size: int) -> Timeline:
    """Trace a loop with a conditional in it."""
    value = tf.fill([size, size], 0.5)
    _, end = tf.while_loop(
        lambda i, v: i < 4,
        lambda i, v: (
            i + 1,
            tf.cond(tf.equal(i % 2, 0), lambda: tf.matmul(v, v) * 0.01, lambda: tf.exp(-v)),
        ),
        [0, value],
    )
    with tf.Session() as session:
        metadata = traced(session, tf.reduce_sum(end, name="sum"))
    return timeline(metadata, title="A loop with a conditional")


def main(folder: Path = IMAGES, size: int = 700, runs: int = 400) -> None:
    """Write the pictures as PNG files, that of the page only where there is a browser."""
    folder.mkdir(exist_ok=True)
    with tf.Graph().as_default():
        branches = two_branches(size)
        branches.save(folder / "timeline.png")
    with tf.Graph().as_default():
        training(runs).save(folder / "timeline_training.png")
    with tf.Graph().as_default():
        loop(size // 2).save(folder / "timeline_loop.png")
    if shutil.which("chromium") and shutil.which("chromedriver"):
        photograph(branches, folder / "timeline_page.png")


def photograph(drawn: Timeline, path: Path) -> None:
    """Open the interactive page in a browser, rest on a step, and save what is seen."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for switch in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(switch)
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(drawn.save(Path(folder) / "timeline.html"))
        browser.set_window_size(1200, 560)
        browser.get(page.as_uri())
        x, y = browser.execute_script("return window.timeline.place('left/MatMul')")
        actions = webdriver.ActionChains(browser)
        actions.w3c_actions.pointer_action.move_to_location(round(x), round(y))
        actions.w3c_actions.pointer_action.click()
        actions.perform()
        browser.save_screenshot(str(path))
    browser.quit()


if __name__ == "__main__":
    main(*[Path(argument) for argument in sys.argv[1:]])
