"""Programs with embeddings, random numbers, losses and sampled classes: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values. Random numbers get seeds of their own, since TensorFlow 2 has others where only the graph
has one.
"""

from __future__ import annotations


def embedding_values(tf):
    ids = tf.constant([[3, 0], [4, 4]])
    rows = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [-7.0, 8.0], [0.0, 0.5]])
    by_mod = [tf.gather(rows, places) for places in ([0, 3], [1, 4], [2])]
    by_div = [rows[:2], rows[2:4], rows[4:]]
    return [
        tf.nn.embedding_lookup(rows, ids),
        tf.nn.embedding_lookup([rows], 2),
        tf.nn.embedding_lookup(by_mod, ids),
        tf.nn.embedding_lookup(by_div, ids, "div"),
        tf.nn.embedding_lookup(by_div, tf.range(5), partition_strategy="div", max_norm=3.0),
        tf.nn.embedding_lookup(rows, ids, max_norm=2.5),
    ]


def embedding_gradients(tf):
    ids = tf.constant([[2, 0], [4, 2]], tf.int64)
    tables = [tf.constant([[float(row), 1.5, -2.0] for row in range(n)]) for n in (2, 2, 1)]
    results = []
    for strategy in ("mod", "div"):
        found = tf.nn.embedding_lookup(tables, ids, strategy, max_norm=1.75)
        results += tf.gradients(tf.square(found), tables)
    return [tf.convert_to_tensor(grad) for grad in results]


def sparse_embeddings(tf):
    table = tf.sin(tf.reshape(tf.range(0.0, 20.0), [10, 2]))
    shards = [table[:4], table[4:7], table[7:]]
    places = tf.constant([[0, 0], [0, 2], [1, 0], [3, 1], [3, 2]], tf.int64)
    ids = tf.SparseTensor(places, tf.constant([3, 9, 3, 0, 5], tf.int64), [5, 3])
    weights = tf.SparseTensor(places, tf.constant([1.5, 0.5, 2.0, 3.0, 0.25]), [5, 3])
    results = []
    for combiner in ("sum", "mean", "sqrtn"):
        one = tf.nn.embedding_lookup_sparse(table, ids, None, combiner=combiner)
        two = tf.nn.embedding_lookup_sparse(
            shards, ids, weights, "div", combiner=combiner, max_norm=1.0
        )
        results += [one, tf.gather(two, [0, 1, 3]), *tf.gradients(one, table)]
    places = tf.constant([[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 1, 0], [1, 1, 1]], tf.int64)
    ids = tf.SparseTensor(places, tf.constant([3, -9, 3, 0, 5]), [2, 2, 3])
    weights = tf.SparseTensor(places, tf.constant([1.5, 0.5, 0.0, -3.0, 0.25]), [2, 2, 3])
    for combiner in ("sum", "mean", "sqrtn"):
        results += [
            tf.nn.safe_embedding_lookup_sparse(shards, ids, combiner=combiner),
            tf.nn.safe_embedding_lookup_sparse(table, ids, weights, combiner, default_id=7),
            tf.nn.safe_embedding_lookup_sparse(table, ids, weights, combiner, max_norm=0.5),
        ]
    return [tf.convert_to_tensor(result) for result in results]


def gamma_and_poisson(tf):
    tf.set_random_seed(17)
    alpha = tf.constant([[0.3, 1.0, 4.0]])
    beta = tf.constant([[0.5], [2.0]])
    gamma = tf.random_gamma([4], alpha, beta, seed=2)
    both = tf.random_gamma([2, 2], [0.01, 9.0], seed=5, dtype=tf.float64)
    return [
        gamma,
        *tf.gradients(tf.square(gamma), [alpha, beta]),
        both,
        tf.random_gamma([], 3.5, seed=5),
        tf.random_poisson([0.5, 20.0], [3], seed=8),
        tf.random_poisson(lam=6.0, shape=[4], dtype=tf.int32, seed=1),
    ]


def stateless_numbers(tf):
    random = tf.random
    seed = tf.constant([17, -3], tf.int64)
    return [
        random.stateless_uniform([2, 3], [1, 2]),
        random.stateless_uniform([2], seed, -3, 5, tf.float16),
        random.stateless_uniform([5], seed, minval=-7, maxval=100, dtype=tf.int64),
        random.stateless_uniform([5], seed=[5, 6], minval=None, maxval=None, dtype=tf.int32),
        random.stateless_uniform([5], [5, 6], None, None, tf.uint64),
        random.stateless_normal([3], seed, 5.0, 0.5),
        random.stateless_truncated_normal([7], seed, stddev=3.0, dtype=tf.float64),
        random.stateless_multinomial([[0.5, 0.25, 1.0]], 6, seed),
        random.stateless_categorical([[0.5, 0.25, 1.0], [3.0, 0.0, 0.0]], 6, seed, tf.int32),
    ]


def sampled_losses(tf):
    weights = tf.sin(tf.reshape(tf.range(0.0, 24.0), [8, 3]))
    shards = [tf.gather(weights, [0, 2, 4, 6]), tf.gather(weights, [1, 3, 5, 7])]
    biases = tf.cos(tf.range(0.0, 8.0))
    labels = tf.constant([[2, 5], [0, 1], [7, 7]], tf.int64)
    inputs = tf.constant([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [0.0, 1.0, 1.0]])
    sampled = tf.nn.log_uniform_candidate_sampler(labels, 2, 4, True, 8, seed=4)
    results = []
    for remove in (False, True):
        options = {"num_true": 2, "sampled_values": sampled, "remove_accidental_hits": remove}
        nce = tf.nn.nce_loss(weights, biases, labels, inputs, 4, 8, **options)
        softmax = tf.nn.sampled_softmax_loss(shards, biases, labels, inputs, 4, 8, **options)
        results += [nce, softmax, *tf.gradients([nce, softmax], [inputs, biases])]
    default = tf.nn.sampled_softmax_loss(
        weights, biases, tf.cast(labels[:, :1], tf.int32), inputs, 5, 8, seed=9
    )
    return [tf.convert_to_tensor(result) for result in [*results, default]]


def candidate_samplers(tf):
    classes = tf.constant([[2, 5], [0, 1]], tf.int64)
    results = []
    for unique in (True, False):
        shared = {"num_true": 2, "num_sampled": 5, "unique": unique}
        for sampler in (
            tf.nn.uniform_candidate_sampler,
            tf.nn.log_uniform_candidate_sampler,
            tf.nn.learned_unigram_candidate_sampler,
        ):
            results += sampler(classes, range_max=6, seed=3, **shared)
        weights = [2.5, 1.0, 0.5, 4.0]
        results += tf.nn.fixed_unigram_candidate_sampler(
            classes, range_max=6, distortion=0.5, num_reserved_ids=1,
            unigrams=[*weights, 3.0], seed=3, **shared,
        )  # fmt: skip
    sampled = tf.constant([5, 3, 2, 5], tf.int64)
    results += tf.nn.compute_accidental_hits(classes, sampled, num_true=2)
    return results


def ctc_losses(tf):
    logits = tf.sin(tf.reshape(tf.range(0.0, 60.0), [5, 3, 4]) * 1.7) * 2.0
    labels = tf.SparseTensor(
        [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]], tf.constant([0, 2, 1, 1, 2]), [3, 2]
    )
    dense = tf.constant([[1, 3, 0], [2, 2, 1], [3, 0, 0]])
    loss = tf.nn.ctc_loss(labels, logits, [5, 4, 3])
    batch_major = tf.transpose(logits, [1, 0, 2])
    lengths = tf.constant([5, 4, 3])
    last = tf.nn.ctc_loss_v2(labels, logits, None, lengths, blank_index=-1)
    second = tf.nn.ctc_loss_v2(labels, batch_major, None, lengths, False, None, 2)
    first = tf.nn.ctc_loss_v2(dense, logits, [2, 2, 1], lengths)
    by_unique = tf.nn.ctc_unique_labels(dense)
    return [
        loss,
        *tf.gradients(loss, logits),
        tf.nn.ctc_loss(labels, batch_major, [5, 4, 3], time_major=False),
        tf.nn.ctc_loss(labels, sequence_length=[5, 4, 3], logits=logits, ctc_merge_repeated=False),
        last,
        second,
        first,
        *tf.gradients(first, logits),
        tf.nn.ctc_loss_v2(dense, batch_major, [2, 2, 1], lengths, False, by_unique, name="loss"),
    ]


def ctc_decoders(tf):
    logits = tf.sin(tf.reshape(tf.range(0.0, 72.0), [6, 3, 4]) * 1.3) * 2.0
    results = []
    for decoded, score in (
        tf.nn.ctc_greedy_decoder(logits, [6, 5, 2]),
        tf.nn.ctc_greedy_decoder(logits, [6, 5, 2], merge_repeated=False),
        tf.nn.ctc_beam_search_decoder(logits, [6, 5, 2], 8, 3),
        tf.nn.ctc_beam_search_decoder(logits, [6, 5, 2], 8, 2, merge_repeated=False),
        tf.nn.ctc_beam_search_decoder_v2(logits, [6, 5, 2], beam_width=4),
    ):
        for labels in decoded:
            results += [labels.indices, labels.values, labels.dense_shape]
        results.append(score)
    labels = tf.constant([[3, 3, 1, 3, 3], [2, 0, 0, 0, 5]])
    results += tf.nn.ctc_unique_labels(labels)
    results += tf.nn.collapse_repeated(labels, [5, 3])
    results += tf.nn.collapse_repeated(tf.cast(labels, tf.int64), tf.constant([4, 0], tf.int64))
    return results


def edit_distances(tf):
    def words(*rows):
        places = [[row, at] for row, word in enumerate(rows) for at in range(len(word))]
        letters = [letter for word in rows for letter in word]
        return tf.SparseTensor(places, letters, [len(rows), max(map(len, rows))])

    first = words("kitten", "", "saturday", "abc", "flaw")
    second = words("sitting", "empty", "sunday", "", "lawn")
    return [
        tf.edit_distance(first, second),
        tf.edit_distance(second, first, normalize=False),
        tf.edit_distance(hypothesis=words("", "ab"), truth=words("xy", "b", "c"), name="distance"),
    ]


def losses_of_nn(tf):
    counts = tf.constant([0.0, 0.5, 1.0, 2.0, 7.0])
    logs = tf.constant([-1.5, 0.0, 0.25, 1.0, 2.0])
    full = tf.nn.log_poisson_loss(counts, logs, compute_full_loss=True)
    matrix = tf.constant([[1.0, -2.0, 3.0], [0.0, 0.5, 4.0]])
    return [
        tf.nn.log_poisson_loss(counts, logs),
        full,
        *tf.gradients(full, logs),
        tf.nn.zero_fraction(matrix),
        tf.nn.zero_fraction(tf.constant([[0, 3], [0, 0]]), name="zeros"),
        tf.nn.zero_fraction(tf.zeros([0])),
        tf.nn.compute_average_loss(matrix),
        tf.nn.compute_average_loss(matrix, [[1.0], [2.0]], 5),
        tf.nn.compute_average_loss(matrix[:, 0], [[1.0], [2.0]]),
        tf.nn.compute_average_loss(tf.cast(matrix, tf.float64), sample_weight=[1, 3]),
        tf.nn.scale_regularization_loss(matrix),
        tf.nn.scale_regularization_loss([2, 3]),
    ]


PROGRAMS = {
    function.__name__: function
    for function in (
        embedding_values,
        embedding_gradients,
        sparse_embeddings,
        gamma_and_poisson,
        stateless_numbers,
        edit_distances,
        losses_of_nn,
        sampled_losses,
        candidate_samplers,
        ctc_losses,
        ctc_decoders,
    )
}
