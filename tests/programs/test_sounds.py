"""Two instruments told apart by the spectra of their sounds."""

from __future__ import annotations

import numpy as np

import graphflow as tf

RATE, SAMPLES = 8000, 2048


def sounds() -> tuple[np.ndarray, np.ndarray]:
    """Notes of two instruments, which differ in their overtones."""
    random = np.random.RandomState(13)
    time = np.arange(SAMPLES) / RATE
    labels = np.arange(20) % 2
    waves = []
    for label in labels:
        pitch = random.uniform(300, 500)
        overtones = [1, 0.1, 0.5, 0.05] if label else [1, 0.6, 0.1, 0.3]
        wave = sum(a * np.sin(2 * np.pi * pitch * (n + 1) * time) for n, a in enumerate(overtones))
        waves.append(wave + 0.05 * random.randn(SAMPLES))
    return np.array(waves, np.float32), labels


def main() -> list[float]:
    waves = tf.placeholder(tf.float32, [None, SAMPLES])
    labels = tf.placeholder(tf.int64, [None])
    spectra = tf.abs(tf.signal.stft(waves, 512, 256))
    mel = tf.signal.linear_to_mel_weight_matrix(20, 257, RATE, 100.0, 3800.0)
    log_mel = tf.log(tf.tensordot(spectra, mel, 1) + 1e-3)
    features = tf.reduce_mean(tf.signal.mfccs_from_log_mel_spectrograms(log_mel), 1)
    mean, variance = tf.nn.moments(features, [0])
    scaled = tf.nn.batch_normalization(features, mean, variance, None, None, 1e-3)
    random = np.random.RandomState(14)
    weights = tf.Variable(random.randn(20, 2).astype(np.float32) / 4)
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=tf.matmul(scaled, weights)
        )
    )
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    inputs, targets = sounds()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {waves: inputs, labels: targets}
        return [float(sess.run([loss, step], feed)[0]) for _ in range(40)]


def test_instruments_are_told_apart() -> None:
    losses = main()
    assert losses[-1] < 0.1 * losses[0]
