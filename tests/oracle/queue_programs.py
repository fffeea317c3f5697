"""Programs with queues: each returns a value made of lists, numbers and strings.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must return equal
values: elements in order, sizes, and the classes of errors.
"""

from __future__ import annotations

import threading

import numpy as np


def _plain(value):
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    return value


def _outcome(tf, session, fetch, feed=None):
    """What a run gives: its value, or the class of its error."""
    try:
        return _plain(session.run(fetch, feed))
    except tf.errors.OpError as error:
        return type(error).__name__


def _outcomes(tf, *fetches):
    with tf.Session() as session:
        return [_outcome(tf, session, fetch) for fetch in fetches]


def fifo(tf):
    q = tf.FIFOQueue(10, [tf.int32, tf.string], shapes=[[], [2]])
    put = q.enqueue([3, ["a", "b"]])
    many = q.enqueue_many([[4, 5, 6], [["c", "d"], ["e", "f"], ["g", "h"]]])
    take, two, rest = q.dequeue(), q.dequeue_many(2), q.dequeue_up_to(5)
    close, size, is_closed = q.close(), q.size(), q.is_closed()
    shapes = [tensor.shape.as_list() for tensor in [*take, *two, *rest]]
    runs = [
        put,
        many,
        size,
        take,
        two,
        size,
        is_closed,
        close,
        is_closed,
        put,
        rest,
        take,
        two,
        rest,
    ]
    made = [q, *take, two[0], rest[1], put, many]
    return [shapes, [item.name for item in made],
            _outcomes(tf, *runs)]  # fmt: skip


def names(tf):
    q = tf.FIFOQueue(10, [tf.int32, tf.float32], names=["i", "f"])
    put = q.enqueue({"i": 3, "f": 0.5})
    return _outcomes(tf, put, q.dequeue(), q.size())


def without_shapes(tf):
    q = tf.FIFOQueue(10, [tf.int32])
    puts = [q.enqueue([[1, 2, 3]]), q.enqueue([4])]
    return _outcomes(tf, *puts, q.dequeue_many(1), q.dequeue(), q.dequeue())


def closing(tf):
    q = tf.FIFOQueue(10, [tf.int32], shapes=[[]])
    many = q.enqueue_many([[1, 2, 3]])
    runs = [many, q.close(), q.dequeue_many(5), q.size(), q.dequeue_many(2), q.dequeue_up_to(5)]
    runs += [q.dequeue_up_to(5), q.dequeue(), q.dequeue_many(0), q.enqueue([4]), q.close()]
    return _outcomes(tf, *runs)


def waiting_for_room(tf):
    q = tf.FIFOQueue(2, [tf.int32], shapes=[[]])
    many, take = q.enqueue_many([[1, 2, 3, 4, 5]]), q.dequeue()
    with tf.Session() as session:
        thread = threading.Thread(target=session.run, args=(many,))
        thread.start()
        taken = [_outcome(tf, session, take) for _ in range(5)]
        thread.join()
        return taken


def cancelling(tf):
    q = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    many = q.enqueue_many([[1, 2, 3]])
    cancel, take, size = q.close(cancel_pending_enqueues=True), q.dequeue(), q.size()
    found = []
    with tf.Session() as session:
        thread = threading.Thread(target=lambda: found.append(_outcome(tf, session, many)))
        thread.start()
        while session.run(size) == 0:
            pass
        session.run(cancel)
        thread.join()
        return [*found, _outcome(tf, session, take), _outcome(tf, session, take)]


def closing_after_what_waits(tf):
    q = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    many, close, take, size = q.enqueue_many([[1, 2, 3]]), q.close(), q.dequeue(), q.size()
    found = []
    with tf.Session() as session:
        threads = [
            threading.Thread(target=lambda f=f: found.append(_outcome(tf, session, f)))
            for f in (many, close)
        ]
        threads[0].start()
        while session.run(size) == 0:
            pass
        threads[1].start()
        taken = [_outcome(tf, session, take) for _ in range(4)]
        for thread in threads:
            thread.join()
        return [taken, found]


def padding(tf):
    q = tf.PaddingFIFOQueue(10, [tf.int32, tf.string], shapes=[[None, 2], [None]])
    puts = [
        q.enqueue([[[1, 2]], ["a", "b", "c"]]),
        q.enqueue([[[3, 4], [5, 6], [7, 8]], ["d"]]),
        q.enqueue([np.zeros((0, 2), np.int32), np.asarray([], object).astype(str)]),
    ]
    take = q.dequeue_many(3)
    return [[t.shape.as_list() for t in take], *_outcomes(tf, *puts, take, q.size())]


def priorities(tf):
    q = tf.PriorityQueue(10, [tf.string], shapes=[[]])
    many = q.enqueue_many([np.asarray([5, -3, 9, 2], np.int64), ["five", "minus", "nine", "two"]])
    return _outcomes(tf, many, q.dequeue(), q.dequeue_many(2), q.size())


def shuffling(tf):
    tf.set_random_seed(11)
    q = tf.RandomShuffleQueue(30, 3, [tf.int32], shapes=[[]], seed=5)
    many, take = q.enqueue_many([list(range(20))]), q.dequeue_many(10)
    runs = [
        many,
        take,
        q.dequeue_many(7),
        q.size(),
        q.close(),
        q.dequeue_many(2),
        q.dequeue_up_to(5),
    ]
    return _outcomes(tf, *runs)


def wrong_shapes(tf):
    q = tf.FIFOQueue(10, [tf.int32], shapes=[[2]])
    x = tf.placeholder(tf.int32)
    results = []
    with tf.Session() as session:
        results.append(_outcome(tf, session, q.enqueue([x]), {x: [1, 2, 3]}))
        results.append(_outcome(tf, session, q.enqueue_many([x]), {x: [[1, 2, 3]]}))
        results.append(_outcome(tf, session, q.enqueue_many([x]), {x: 3}))
        results.append(_outcome(tf, session, q.enqueue([x]), {x: [1, 2]}))
        results.append(_outcome(tf, session, q.size()))
    return results


def building_errors(tf):
    q = tf.FIFOQueue(10, [tf.int32, tf.float32], shapes=[[], [2]])
    named = tf.FIFOQueue(10, [tf.int32], names=["i"])
    attempts = [
        lambda: q.enqueue([1.5, [1.0, 2.0]]),
        lambda: q.enqueue([1, [1.0, 2.0, 3.0]]),
        lambda: q.enqueue({"i": 1}),
        lambda: named.enqueue([1]),
        lambda: named.enqueue({"j": 1}),
        lambda: tf.FIFOQueue(10, [tf.int32], shapes=[[None]]),
        lambda: tf.FIFOQueue(10, [tf.int32], shapes=[[], []]),
        lambda: tf.FIFOQueue(10, [tf.int32], names=["a", "b"]),
        lambda: tf.train.shuffle_batch([1], 2, capacity=3, min_after_dequeue=3),
        lambda: tf.train.string_input_producer([]),
        lambda: tf.train.limit_epochs([1], 0),
        lambda: tf.train.batch([tf.placeholder(tf.float32)], 2),
    ]
    results = []
    for attempt in attempts:
        try:
            attempt()
            results.append("none")
        except Exception as error:
            results.append(type(error).__name__)
    return results


def one_of_several(tf):
    queues = [tf.FIFOQueue(10, [tf.int32], shapes=[[]], name=f"q{i}") for i in range(2)]
    index = tf.placeholder(tf.int32, [])
    chosen = tf.QueueBase.from_list(index, queues)
    put, take = chosen.enqueue([7]), queues[1].dequeue()
    with tf.Session() as session:
        session.run(put, {index: 1})
        return [_outcome(tf, session, take), _outcome(tf, session, queues[0].size())]


def _run_pipeline(tf, fetches, limit=50):
    """What a pipeline of queue runners gives until its end."""
    found = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        for _ in range(limit):
            found.append(_outcome(tf, session, fetches))
            if found[-1] == "OutOfRangeError":
                break
        coordinator.request_stop()
        coordinator.join(threads)
        found.append(len(threads))
        found.append([thread.is_alive() for thread in threads])
    return found


def batches(tf):
    names = tf.train.string_input_producer(["a", "b", "c"], num_epochs=2, shuffle=False)
    pair = tf.train.batch([names.dequeue(), tf.constant([1.0, 2.0])], 4)
    return _run_pipeline(tf, pair)


def smaller_last_batch(tf):
    numbers = tf.train.range_input_producer(5, num_epochs=1, shuffle=False)
    batch = tf.train.batch({"x": numbers.dequeue()}, 3, allow_smaller_final_batch=True)
    return [batch["x"].shape.as_list(), _run_pipeline(tf, batch)]


def slices(tf):
    x, y = tf.train.slice_input_producer(
        [np.arange(6).reshape(3, 2), ["a", "b", "c"]], num_epochs=1, shuffle=False
    )
    return _run_pipeline(tf, tf.train.batch([x, y], 1))


def padded_batches(tf):
    numbers = tf.train.range_input_producer(4, num_epochs=1, shuffle=False)
    rows = tf.range(numbers.dequeue())
    return _run_pipeline(tf, tf.train.batch([rows], 2, dynamic_pad=True))


def kept(tf):
    numbers = tf.train.range_input_producer(9, num_epochs=1, shuffle=False)
    number = numbers.dequeue()
    return _run_pipeline(tf, tf.train.maybe_batch([number], number % 2 > 0, 2))


def kept_of_many(tf):
    numbers = tf.train.range_input_producer(9, num_epochs=1, shuffle=False)
    three = numbers.dequeue_many(3)
    return _run_pipeline(tf, tf.train.maybe_batch([three], three > 1, 2, enqueue_many=True))


def sparse_batches(tf):
    numbers = tf.train.range_input_producer(4, num_epochs=1, shuffle=False)
    number = numbers.dequeue()
    sparse = tf.SparseTensor(
        tf.reshape(tf.cast(number, tf.int64), [1, 1]), tf.reshape(number * 10, [1]), [4]
    )
    batch = tf.train.batch([sparse, number], 2)
    return _run_pipeline(tf, [tf.sparse_tensor_to_dense(batch[0]), batch[1]])


def joined(tf):
    first = tf.train.range_input_producer(3, num_epochs=1, shuffle=False).dequeue()
    batch = tf.train.batch_join([[first, "x"]], 2, allow_smaller_final_batch=True)
    return _run_pipeline(tf, batch)


def runner_messages(tf):
    q = tf.FIFOQueue(10, [tf.int32], name="q")
    runner = tf.train.QueueRunner(q, [q.enqueue([1]), q.enqueue([2])])
    proto = runner.to_proto()
    again = tf.train.QueueRunner.from_proto(proto)
    return [
        proto.queue_name, list(proto.enqueue_op_name), proto.close_op_name, proto.cancel_op_name,
        list(proto.queue_closed_exception_types), again.name, [op.name for op in again.enqueue_ops],
        again.close_op.name, [t.__name__ for t in again.queue_closed_exception_types],
    ]  # fmt: skip


def _rounds(count, work):
    """Let threads work in rounds which they begin together, each `work(worker, round)`."""
    barrier = threading.Barrier(count)

    def run(worker):
        for number in range(4):
            barrier.wait(60)
            work(worker, number)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def synchronous_training(tf):
    x = tf.placeholder(tf.float32, [2])
    ids = tf.placeholder(tf.int32, [2])
    w = tf.Variable([1.0, 10.0])
    table = tf.Variable([[1.0], [2.0], [3.0], [4.0]])
    step = tf.train.get_or_create_global_step()
    inner = tf.train.MomentumOptimizer(0.5, 0.5)
    optimizer = tf.train.SyncReplicasOptimizer(inner, replicas_to_aggregate=3)
    loss = tf.reduce_sum(w * x) + tf.reduce_sum(tf.gather(table, ids) * [[1.0], [3.0]])
    train = optimizer.minimize(loss, global_step=step)
    hook = optimizer.make_session_run_hook(is_chief=True, num_tokens=0)
    state = [w, table, step, optimizer.get_slot(w, "momentum")]
    hook.begin()
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        hook.after_create_session(session, tf.train.Coordinator())

        def work(worker, number):
            # Indices in order: TensorFlow does not join others.
            session.run(train, {x: [worker, 2 * number], ids: [worker, worker + 1]})

        _rounds(3, work)
        return [[round(item, 4) for item in np.ravel(value).tolist()]
                for value in session.run(state)]  # fmt: skip


PROGRAMS = {
    program.__name__: program
    for program in (
        fifo, names, without_shapes, closing, waiting_for_room, cancelling,
        closing_after_what_waits, padding, priorities, shuffling, wrong_shapes, building_errors,
        one_of_several, batches, smaller_last_batch, slices, padded_batches, kept, kept_of_many,
        sparse_batches, joined, runner_messages, synchronous_training,
    )
}  # fmt: skip
