"""Many threads put into queues and take out, and fail at random: nothing is lost or doubled."""

from __future__ import annotations

import gc
import random
import threading
import time
import tracemalloc

import pytest

import graphflow as tf

KINDS = {
    "fifo": lambda: tf.FIFOQueue(20, [tf.int64], shapes=[[]]),
    "shuffle": lambda: tf.RandomShuffleQueue(20, 5, [tf.int64], shapes=[[]]),
    "priority": lambda: tf.PriorityQueue(20, [tf.int64], shapes=[[]]),
}


class Traffic:
    """Producers and consumers of one queue.

    Attributes:
      put: the numbers that were put in.
      taken: the numbers that were taken out.
    """

    def __init__(self, queue, session, coordinator, seed):
        self.session, self.coordinator = session, coordinator
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.next = 0
        self.put, self.taken = [], []
        self.number = tf.placeholder(tf.int64, [None])
        parts = [self.number] * len(queue.dtypes)
        self.put_op = queue.enqueue_many(parts)
        one, several = queue.dequeue(), queue.dequeue_up_to(7)
        self.takes = [one[-1] if isinstance(one, list) else one]
        self.takes.append(several[-1] if isinstance(several, list) else several)
        self.close, self.size = queue.close(), queue.size()

    def produce(self, end):
        while time.monotonic() < end:
            with self.lock:
                count = self.random.choice([1, 1, 3, 6])
                numbers = list(range(self.next, self.next + count))
                self.next += count
                fails = self.random.random() < 0.02
            if fails:
                return  # this producer gives up; others go on
            self.session.run(self.put_op, {self.number: numbers})
            with self.lock:
                self.put.extend(numbers)

    def consume(self):
        while not self.coordinator.should_stop():
            with self.lock:
                take = self.random.choice(self.takes)
                pause = self.random.random() * 0.002
                timeout = self.random.choice([0, 0, 1, 3])
            options = tf.RunOptions(timeout_in_ms=timeout) if timeout else None
            try:
                found = self.session.run(take, options=options)
            except tf.errors.DeadlineExceededError:
                continue  # whatever it held went back
            except tf.errors.OutOfRangeError:
                return
            with self.lock:
                self.taken.extend(found.tolist() if found.ndim else [int(found)])
            time.sleep(pause)


def traffic_jam(kind, seconds, producers, consumers, seed):
    before = set(threading.enumerate())
    with tf.Graph().as_default():
        queue = KINDS[kind]()
        coordinator = tf.train.Coordinator()
        with tf.Session() as session:
            traffic = Traffic(queue, session, coordinator, seed)
            end = time.monotonic() + seconds
            putting = [
                threading.Thread(target=traffic.produce, args=(end,)) for _ in range(producers)
            ]
            taking = [threading.Thread(target=traffic.consume) for _ in range(consumers)]
            for thread in (*putting, *taking):
                thread.start()
            for thread in putting:
                thread.join(seconds + 30)
            session.run(traffic.close)
            coordinator.join(taking, stop_grace_period_secs=30)
            assert not any(thread.is_alive() for thread in (*putting, *taking))
            assert session.run(traffic.size) == 0
    assert sorted(traffic.taken) == sorted(traffic.put)
    assert len(set(traffic.taken)) == len(traffic.taken)
    return before, len(traffic.taken)


def wait_for_threads(before):
    """Wait until only the threads from before run; those of sessions end when idle."""
    for _ in range(400):
        if not [t for t in threading.enumerate() if t not in before]:
            return
        time.sleep(0.05)
    raise AssertionError(f"still running: {[t for t in threading.enumerate() if t not in before]}")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_or_doubled(kind):
    before, count = traffic_jam(kind, 0.7, 5, 7, seed=3)
    assert count > 0
    wait_for_threads(before)


@pytest.mark.slow
def test_a_minute_of_fifty_threads_with_flat_memory():
    traffic_jam("fifo", 1, 20, 30, seed=0)
    gc.collect()
    tracemalloc.start()
    traffic_jam("fifo", 1, 20, 30, seed=1)
    gc.collect()
    first, _ = tracemalloc.get_traced_memory()
    end = time.monotonic() + 60
    seed = 2
    while time.monotonic() < end:
        for kind in KINDS:
            before, _ = traffic_jam(kind, 2, 20, 30, seed)
            seed += 1
    gc.collect()
    last, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    wait_for_threads(before)
    assert last < first + 500_000
