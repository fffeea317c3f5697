"""Training in which several workers compute gradients of the same step, which are then averaged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import IndexedSlices
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.monitored.session_run_hook import SessionRunHook
from graphflow.queues.coordinator import Coordinator
from graphflow.queues.kinds import FIFOQueue
from graphflow.queues.runner import QueueRunner
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.optimizer import Optimizer
from graphflow.variables.variable import (
    Variable,
    global_variables,
    report_uninitialized_variables,
)


class SyncReplicasOptimizer(DelegatingOptimizer):
    """Averages the gradients of several workers, then lets another optimizer make one step.

    Each worker adds its gradients to accumulators and waits for a token.  A queue runner, started
    by the chief, waits until `replicas_to_aggregate` gradients are there, updates the variables and
    puts out the tokens for the next step.  A gradient that was computed before the last step is
    dropped.  Here the workers are threads of one process: they share a graph and a session, and
    one variable with the step of their tokens.

    A worker's session must make ready what the optimizer keeps: see `make_session_run_hook`.

    Args:
      opt: the optimizer that updates the variables.
      replicas_to_aggregate: how many gradients make a step.
      total_num_replicas: how many workers there are, by default as many; with more of them a step
        does not wait for the slowest, with fewer each worker gives several gradients.
      variable_averages: an `ExponentialMovingAverage`, brought up to date after each step.
      variables_to_average: the variables it averages.
      use_locking: accepted; updates are always atomic.
      name: name of the operations that are made.

    >>> import graphflow as tf
    >>> w, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    >>> step = tf.train.get_or_create_global_step()
    >>> optimizer = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.5), 2)
    >>> train = optimizer.minimize(w * x, global_step=step)
    >>> hook = optimizer.make_session_run_hook(is_chief=True)
    >>> with tf.train.SingularMonitoredSession(hooks=[hook]) as sess:
    ...     for value in (1.0, 5.0, 3.0):  # the first two make a step, the third begins the next
    ...         _ = sess.run(train, {x: value})
    ...     print(*sess.run([w, step]))
    -0.5 1
    """

    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: Any = None,
        variables_to_average: Sequence[Any] | None = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        super().__init__(opt, use_locking, name)
        self._replicas_to_aggregate = replicas_to_aggregate
        self._total_num_replicas = (
            replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        )
        self._tokens_per_step = max(self._total_num_replicas, replicas_to_aggregate)
        self._variable_averages = variable_averages
        self._variables_to_average = variables_to_average
        self._global_step: Any = None
        self._local_step: Any = None
        self._token_queue: Any = None
        self._chief_queue_runner: QueueRunner | None = None
        self.local_step_init_op: Any = None
        self.chief_init_op: Any = None
        self.ready_for_local_init_op: Any = None

    # -- the step ---------------------------------------------------------------------------------

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Add what a worker does with its gradients, and what the chief does with all of them.

        Args:
          grads_and_vars: (gradient, variable) pairs.
          global_step: the variable that counts the steps.
          name: accepted as in TensorFlow, where it names nothing either.

        Returns:
          The operation of a worker: it hands in the gradients and waits for a token.

        Raises:
          ValueError: there are no pairs, or there is no global step.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("no variables provided")
        if global_step is None:
            raise ValueError("give global_step: it tells which gradients come too late")
        self._global_step = global_step
        self._make_local_step()
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        with name_scope(None, self._name):
            accumulators, given, averaged = self._accumulate(pairs)
            update = self._outside_scopes(
                lambda: self._opt.apply_gradients(averaged, self._global_step)
            )
            train_op = self._exchange_tokens(given, update)
            self._init_chief(accumulators)
        return train_op

    def _make_local_step(self) -> None:
        step = self._global_step
        with get_default_graph().colocate_with(ops.no_op()):
            self._local_step = Variable(
                0,
                trainable=False,
                collections=[GraphKeys.LOCAL_VARIABLES],
                dtype=step.dtype.base_dtype,
                name="sync_rep_local_step",
            )
        self.local_step_init_op = ops.assign(self._local_step, step)

    def _accumulate(self, pairs: list[tuple[Any, Any]]) -> tuple[list[Any], list[Any], list[Any]]:
        """Return the accumulators, what hands gradients in, and pairs of the averages."""
        accumulators, given, averaged = [], [], []
        for grad, var in pairs:
            if grad is None:
                averaged.append((None, var))
                continue
            with get_default_graph().device(var.device):
                accumulator, hand_in, average = self._accumulate_one(grad, var)
            accumulators.append((accumulator, var.device))
            given.append(hand_in)
            averaged.append((average, var))
        return accumulators, given, averaged

    def _accumulate_one(self, grad: Any, var: Any) -> tuple[Any, Operation, Any]:
        name = f"{var.name}/grad_accum"
        if isinstance(grad, Tensor):
            dense = ops.ConditionalAccumulator(grad.dtype, var.shape, shared_name=name)
            hand_in = dense.apply_grad(grad, local_step=self._local_step)
            return dense, hand_in, dense.take_grad(self._replicas_to_aggregate)
        if not isinstance(grad, IndexedSlices):
            raise ValueError(f"the gradient for {var.name} is neither tensor nor slices: {grad!r}")
        sparse = ops.SparseConditionalAccumulator(grad.dtype, shape=(), shared_name=name)
        hand_in = sparse.apply_indexed_slices_grad(grad, local_step=self._local_step)
        return sparse, hand_in, sparse.take_indexed_slices_grad(self._replicas_to_aggregate)

    def _exchange_tokens(self, given: list[Any], update: Operation) -> Any:
        """Add the queue of tokens, between a worker and the chief."""
        dtype = self._global_step.dtype.base_dtype
        queue = self._token_queue = self._outside_scopes(
            lambda: FIFOQueue(-1, dtype, shapes=(), name="sync_token_q", shared_name="sync_token_q")
        )

        def train() -> Any:
            with control_dependencies(given):
                return ops.assign(self._local_step, queue.dequeue())

        def synchronize() -> Any:
            with control_dependencies([update]):
                tokens = ops.fill([self._tokens_per_step], self._global_step)
                return queue.enqueue_many((tokens,))

        train_op = self._outside_scopes(train)
        sync_op = self._outside_scopes(synchronize)
        averages = self._variable_averages
        if averages is not None:
            with control_dependencies([sync_op]), get_default_graph().name_scope(""):
                sync_op = averages.apply(self._variables_to_average)
        self._chief_queue_runner = self._outside_scopes(lambda: _StepRunner(queue, [sync_op]))
        return train_op

    def _outside_scopes(self, build: Callable[[], Any]) -> Any:
        """Build something beside the global step, outside of name scopes."""
        graph = get_default_graph()
        with graph.device(self._global_step.device), graph.name_scope(""):
            return build()

    def _init_chief(self, accumulators: list[tuple[Any, str]]) -> None:
        init_ops = [self.local_step_init_op]
        for accumulator, device in accumulators:
            with get_default_graph().device(device):
                step = accumulator.set_global_step(self._global_step, name="SetGlobalStep")
            init_ops.append(step)
        self.chief_init_op = ops.group(*init_ops)

    # -- what the chief starts --------------------------------------------------------------------

    def _check_is_built(self, what: str) -> None:
        if self._chief_queue_runner is None:
            raise ValueError(f"{what} needs minimize or apply_gradients to be called before")

    def get_chief_queue_runner(self) -> QueueRunner:
        """Return the runner that makes the steps; `make_session_run_hook` starts it.

        Raises:
          ValueError: there is no step yet.
        """
        self._check_is_built("get_chief_queue_runner")
        assert self._chief_queue_runner is not None
        return self._chief_queue_runner

    def get_init_tokens_op(self, num_tokens: int = -1) -> Any:
        """Return the operation that puts the first tokens out, before any gradient is there.

        Args:
          num_tokens: how many, by default `replicas_to_aggregate`.

        Raises:
          ValueError: there is no step yet, or the workers could never give gradients enough for
            the first one.
        """
        self._check_is_built("get_init_tokens_op")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(
                f"the first step needs {needed} tokens, it would wait for ever with {num_tokens}"
            )
        if num_tokens <= 0:
            return ops.no_op(name="no_init_tokens")

        def put() -> Any:
            return self._token_queue.enqueue_many((ops.fill([num_tokens], self._global_step),))

        return self._outside_scopes(put)

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """Return a hook that makes a monitored session ready, and starts the chief's runner.

        Args:
          is_chief: whether this worker makes the steps; one of them must.
          num_tokens: see `get_init_tokens_op`.

        Returns:
          A `SessionRunHook`.
        """
        return _SyncReplicasHook(self, is_chief, num_tokens)


class _StepRunner(QueueRunner):
    """Makes one step after the other, on a thread that a coordinator does not wait for.

    The thread waits for gradients most of the time, and only the end of the session ends that.  The
    queue of tokens is closed when the coordinator stops, and with it end the workers that wait.
    """

    def _register(self, thread: threading.Thread, coord: Coordinator) -> None:
        pass

    def _report(self, error: Exception, coord: Coordinator | None) -> None:
        if coord is None or not coord.should_stop():
            super()._report(error, coord)


class _SyncReplicasHook(SessionRunHook):
    """Makes a session ready for synchronous training."""

    def __init__(self, optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int) -> None:
        self._optimizer = optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens
        self._init_op: Any = None
        self._tokens_op: Any = None

    def begin(self) -> None:
        optimizer = self._optimizer
        optimizer._check_is_built("the hook of SyncReplicasOptimizer")
        self._init_op = optimizer.local_step_init_op
        if self._is_chief:
            self._init_op = optimizer.chief_init_op
            self._tokens_op = optimizer.get_init_tokens_op(self._num_tokens)

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        if not self._is_chief:
            session.run(self._init_op)
            return
        missing = session.run(self._optimizer.ready_for_local_init_op)
        if missing.size:
            names = ", ".join(name.decode() for name in missing.tolist())
            raise RuntimeError(f"synchronous training cannot begin, not initialized are: {names}")
        session.run(self._init_op)
        session.run(self._tokens_op)
        runner = self._optimizer.get_chief_queue_runner()
        runner.create_threads(session, coord=coord, daemon=True, start=True)
