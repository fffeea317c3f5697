"""Philox streams and what is drawn from them, against TensorFlow's own values.

The values stand as TensorFlow on a CPU gave them in a session: the first and the second run of an
op that makes seven elements. Digests are of runs with 100003 elements.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from graphflow.ops.kernels import philox
from graphflow.ops.kernels.philox import Philox, Stream

MANY = 100_003
SEEDS = (12345, 67890)
SIGNED_SEEDS = (-5, 2**40 + 3)
FLOATS = ["float16", "bfloat16", "float32", "float64"]
DRAW = {
    "RandomUniform": philox.uniform,
    "RandomStandardNormal": philox.standard_normal,
    "TruncatedNormal": philox.truncated_normal,
}

# op, dtype, seeds: the first elements of the first and of the second run
FLOAT_RUNS: dict[tuple[str, str, tuple[int, int]], tuple[list[float], list[float]]] = {
    ("RandomUniform", "float16", SEEDS): (
        [0.796, 0.4316, 0.9336, 0.755, 0.11914],
        [0.4873, 0.619, 0.4062, 0.0918, 0.1074],
    ),
    ("RandomUniform", "bfloat16", SEEDS): (
        [0.3671875, 0.453125, 0.46875, 0.0390625, 0.953125],
        [0.8984375, 0.953125, 0.25, 0.734375, 0.859375],
    ),
    ("RandomUniform", "float32", SEEDS): (
        [0.22287548, 0.5486367, 0.4600749, 0.81137145, 0.61683583],
        [0.83453214, 0.061599016, 0.45329666, 0.027354956, 0.06959319],
    ),
    ("RandomUniform", "float32", SIGNED_SEEDS): (
        [0.90810823, 0.23439872, 0.9030074, 0.47956145, 0.12902784],
        [0.2788726, 0.70613337, 0.80913436, 0.36015272, 0.038385272],
    ),
    ("RandomUniform", "float64", SEEDS): (
        [0.7830039198484955, 0.6805999182376479, 0.9346872131636668, 0.9024372190782057],
        [0.6762575526937824, 0.6263737660410906, 0.5567463788180176, 0.2982614574540221],
    ),
    ("RandomStandardNormal", "float16", SEEDS): (
        [-0.5215, -1.652, -1.154, 0.4688, -0.3955],
        [0.227, 0.557, 0.2151, 1.239, 1.856],
    ),
    ("RandomStandardNormal", "bfloat16", SEEDS): (
        [-0.51953125, -1.65625, -1.15625, 0.46875, -0.39648438],
        [0.2265625, 0.55859375, 0.21484375, 1.2421875, 1.859375],
    ),
    ("RandomStandardNormal", "float32", SEEDS): (
        [-0.5213015, -1.6524311, -1.1545863, 0.46868154, -0.39558643],
        [0.22702374, 0.5569814, 0.21514733, 1.2394066, 1.8568745],
    ),
    ("RandomStandardNormal", "float32", SIGNED_SEEDS): (
        [0.43696326, 0.04297138, 0.057849992, -0.44799826, -0.88700575],
        [-1.5378045, -0.43492284, 0.5010753, -0.41533613, -2.1750913],
    ),
    ("RandomStandardNormal", "float64", SEEDS): (
        [-0.6340024956517959, -0.29542509901939074, -0.2114568306115271, 0.30062049641092203],
        [-0.6308201062625263, -0.6200230272460888, 1.0328840637788252, -0.32317404724185794],
    ),
    ("TruncatedNormal", "float16", SEEDS): (
        [-0.5215, -1.652, -1.154, 0.4688, 1.625],
        [0.227, 0.557, 0.2151, 1.239, -0.836],
    ),
    ("TruncatedNormal", "bfloat16", SEEDS): (
        [-0.51953125, -1.65625, -1.15625, 0.46875, 1.625],
        [0.2265625, 0.55859375, 0.21484375, 1.2421875, -0.8359375],
    ),
    ("TruncatedNormal", "float32", SEEDS): (
        [-0.5213015, -1.6524311, -1.1545863, 0.46868154, 1.6246777],
        [0.22702374, 0.5569814, 0.21514733, 1.2394066, -0.8357677],
    ),
    ("TruncatedNormal", "float32", SIGNED_SEEDS): (
        [0.43696326, 0.04297138, 0.057849992, -0.44799826, -1.4433223],
        [-1.5378045, -0.43492284, 0.5010753, -0.41533613, 1.2136683],
    ),
    ("TruncatedNormal", "float64", SEEDS): (
        [-0.6340024956517959, -0.29542509901939074, 0.8312294535450879, 1.69543673966684],
        [-0.6308201062625263, -0.6200230272460888, 0.869165380207078, -0.6899958087466531],
    ),
}

# op, dtype: digests of two runs; of float64 only what needs no logarithm of the C library
DIGESTS = {
    ("RandomUniform", "float16"): ("b6d866c726431644", "beff6dbce7defc4d"),
    ("RandomUniform", "bfloat16"): ("a9b5448f347f7aae", "d3669a15a57d7f55"),
    ("RandomUniform", "float32"): ("0881bfe1635ca26d", "49848ba6e1b8371e"),
    ("RandomUniform", "float64"): ("9356cf20125bdd10", "3995610a9328e360"),
    ("RandomStandardNormal", "float16"): ("48880b23f283f718", "f2a8ed9ae680e002"),
    ("RandomStandardNormal", "bfloat16"): ("95aef4675a9f3216", "68977aba958355ca"),
    ("RandomStandardNormal", "float32"): ("5ac6a2ae16751200", "da9306898fad1852"),
    ("TruncatedNormal", "float16"): ("2fe8036669554917", "42bbc85ff53f556a"),
    ("TruncatedNormal", "bfloat16"): ("e4f7200a5bada449", "395c1440cc825de7"),
    ("TruncatedNormal", "float32"): ("ee8394ab87b71539", "ce0fcc25b980d099"),
}

# dtype, minval, maxval: two runs
INTEGER_RUNS = {
    ("int32", 0, 10): ([9, 8, 8, 1, 2], [7, 0, 2, 0, 2]),
    ("int32", -7, 1000): ([371, 55, 24, 824, 997], [449, 720, 122, 332, 496]),
    ("int32", -(2**31), 2**31 - 1): (
        [-820213969, -1639564870, -1053105220, 1030216453, -1672547206],
        [-395652621, -259530118, -356907616, -8159138, -225908626],
    ),
    ("int64", 0, 10): ([7, 4, 4, 4, 2], [7, 2, 4, 7, 2]),
    ("int64", -3, 2**40 + 7): (
        [800171346162, 22445085995, 1035464876065, 218580273901, 282244526213],
        [525664092956, 405433934493, 521463147025, 907332117024, 1060968726533],
    ),
    ("int64", -(2**63), 2**63 - 1): (
        [-7041877494993221841, 4424745974530499516, 1461541160434463866, -9049379600735506334],
        [-1114673367385189901, -35043229082974816, 7211117845567563886, 5644912296166999469],
    ),
}

SHUFFLES = {
    ((1, 0), 5): ([2, 1, 4, 0, 3], [2, 3, 4, 0, 1]),
    ((1, 0), 7): ([1, 0, 4, 6, 3, 5, 2], [6, 4, 1, 5, 2, 3, 0]),
    (SEEDS, 5): ([4, 3, 1, 0, 2], [2, 0, 1, 3, 4]),
    (SEEDS, 7): ([1, 5, 0, 4, 2, 6, 3], [5, 4, 6, 0, 3, 2, 1]),
    (SIGNED_SEEDS, 7): ([3, 4, 0, 1, 6, 5, 2], [1, 2, 0, 4, 6, 5, 3]),
}


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


def _digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()[:16]


def _assert_same(values: NDArray[Any], expected: list[float]) -> None:
    """Compare bits; in double precision the C library has a say in the last ones."""
    wanted = np.array(expected).astype(values.dtype)
    if values.dtype == np.float64:
        np.testing.assert_array_max_ulp(values, wanted, maxulp=4)
    else:
        np.testing.assert_array_equal(values, wanted)


class TestGenerator:
    @pytest.mark.parametrize(
        ("key", "counter", "words"),
        [  # the known answers that are published with the paper; first word first
            ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
            (
                (0xFFFFFFFF,) * 2,
                (0xFFFFFFFF,) * 4,
                (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
            ),
            (
                (0xA4093822, 0x299F31D0),
                (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
                (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
            ),
        ],
    )
    def test_known_answers(
        self, key: tuple[int, ...], counter: tuple[int, ...], words: tuple[int, ...]
    ) -> None:
        stream = Stream(_joined(key), _joined(counter))
        assert tuple(stream.words(np.zeros(1, np.int64))[:, 0]) == words

    @pytest.mark.parametrize(
        "counter", [0, 2**32 - 2, 2**64 - 3, 2**96 - 2, (2**64 - 1) << 64, 2**128 - 2]
    )
    def test_places_count_128_bit_counters(self, counter: int) -> None:
        stream = Stream(2**63 + 77, counter)
        expected = [stream.skip(n).words(np.zeros(1, np.int64))[:, 0] for n in range(6)]
        np.testing.assert_array_equal(stream.words(np.arange(6)).T, expected)

    def test_distant_places(self) -> None:
        stream = Stream(3, 2**64 - 5)
        places = np.array([2**63, 7, 0], np.uint64)
        expected = [stream.skip(int(n)).words(np.zeros(1, np.int64))[:, 0] for n in places]
        np.testing.assert_array_equal(stream.words(places).T, expected)

    def test_seeds_are_key_and_upper_half_of_the_counter(self) -> None:
        assert Philox(7, 9).reserve(0) == Stream(7, 9 << 64)
        assert Philox(-1, -2).reserve(0) == Stream(2**64 - 1, (2**64 - 2) << 64)
        assert Philox(0, 1).reserve(0) == Stream(0, 1 << 64)

    def test_seeds_may_be_numpy_integers(self) -> None:
        state = Philox(np.int64(-3), np.uint32(4))  # type: ignore[arg-type]
        assert state.reserve(0) == Philox(-3, 4).reserve(0)

    def test_no_seeds_start_somewhere(self) -> None:
        assert Philox().reserve(0) != Philox().reserve(0)

    def test_reserving_moves_the_counter(self) -> None:
        state = Philox(7, 9)
        start = state.reserve(5)
        assert state.reserve(2**64) == start.skip(5)
        assert state.reserve(0) == start.skip(5 + 2**64)


def _joined(words: tuple[int, ...]) -> int:
    return sum(word << (32 * number) for number, word in enumerate(words))


class TestTensorFlow:
    @pytest.mark.parametrize(("op", "dtype", "seeds"), FLOAT_RUNS)
    def test_floats(self, op: str, dtype: str, seeds: tuple[int, int]) -> None:
        state = Philox(*seeds)
        for expected in FLOAT_RUNS[op, dtype, seeds]:
            values = DRAW[op](state, (7,), _dtype(dtype))
            _assert_same(values[: len(expected)], expected)

    @pytest.mark.parametrize(("op", "dtype"), DIGESTS)
    def test_many_floats(self, op: str, dtype: str) -> None:
        state = Philox(*SEEDS)
        runs = [_digest(DRAW[op](state, (MANY,), _dtype(dtype))) for _ in range(2)]
        assert tuple(runs) == DIGESTS[op, dtype]

    @pytest.mark.parametrize(("dtype", "minval", "maxval"), INTEGER_RUNS)
    def test_integers(self, dtype: str, minval: int, maxval: int) -> None:
        state = Philox(*SEEDS)
        for expected in INTEGER_RUNS[dtype, minval, maxval]:
            values = philox.uniform_int(state, (7,), minval, maxval, dtype)
            assert values.dtype == dtype
            assert values[: len(expected)].tolist() == expected

    @pytest.mark.parametrize(("seeds", "n"), SHUFFLES)
    def test_shuffle(self, seeds: tuple[int, int], n: int) -> None:
        state = Philox(*seeds)
        assert (philox.shuffle(state, n).tolist(), philox.shuffle(state, n).tolist()) == (
            SHUFFLES[seeds, n]
        )

    def test_multinomial(self) -> None:
        logits = np.array(
            [
                [0.009977006714724977, -0.14114243505441082, -0.3795417244922065, -0.42588547],
                [0.39471269299419837, 0.8221501300522462, 0.9278414495459157, -0.67071958],
                [0.12906642047247457, -0.6654937020762941, 0.34035063836341073, 1.47998393],
            ]
        )
        state = Philox(*SEEDS)
        first, second = (philox.multinomial(state, logits, 5) for _ in range(2))
        assert first.tolist() == [[2, 2, 3, 3, 2], [2, 1, 0, 1, 0], [3, 3, 3, 3, 1]]
        assert second.tolist() == [[1, 1, 2, 1, 3], [1, 0, 1, 1, 1], [3, 3, 3, 0, 2]]

    def test_stateless_floats(self) -> None:
        expected = {
            "RandomUniform": [0.91855645, 0.48055613, 0.23809564, 0.8067281, 0.4990133],
            "RandomStandardNormal": [0.050232314, -0.4091217, -1.5876739, 0.5911488, -0.34737438],
            "TruncatedNormal": [0.050232314, -0.4091217, -1.5876739, 0.5911488, 1.2437843],
        }
        for op, values in expected.items():
            _assert_same(DRAW[op](Philox.stateless(SIGNED_SEEDS), (5,), np.float32), values)

    def test_stateless_integers(self) -> None:
        def full(dtype: str) -> list[int]:
            return philox.uniform_full_int(Philox.stateless(SIGNED_SEEDS), (3,), dtype).tolist()

        def ranged(minval: int, maxval: int, dtype: str) -> list[int]:
            state = Philox.stateless(SIGNED_SEEDS)
            return philox.uniform_int(state, (3,), minval, maxval, dtype).tolist()

        assert full("int32") == [-84569278, -675446051, 194935275]
        assert full("uint32") == [4210398018, 3619521245, 194935275]
        assert full("int64") == [-2901018695046950078, -2312806362186352149, 7189459810792759211]
        assert full("uint64") == [15545725378662601538, 16133937711523199467, 7189459810792759211]
        assert ranged(-7, 1000, "int32") == [101, 718, 208]
        assert ranged(-3, 2**40 + 7, "int64") == [953256782891, 953530937684, 666816357058]


class TestCalls:
    @pytest.mark.parametrize("op", DRAW)
    @pytest.mark.parametrize("dtype", FLOATS)
    @given(before=st.integers(0, 5), count=st.integers(1, 40))
    def test_each_element_reserves_256_samples(
        self, op: str, dtype: str, before: int, count: int
    ) -> None:
        draw, kind = DRAW[op], _dtype(dtype)
        state = Philox(3, 4)
        draw(state, (before,), kind)
        # What one call spends on more elements: a truncated normal, 64 samples; another one, half
        # a sample in double precision, else a quarter.
        spared = 4 if op == "TruncatedNormal" else 512 if dtype == "float64" else 1024
        long = draw(Philox(3, 4), (spared * before + count,), kind)
        np.testing.assert_array_equal(draw(state, (count,), kind), long[spared * before :])

    @pytest.mark.parametrize("op", DRAW)
    @given(short=st.integers(0, 70), more=st.integers(0, 70))
    def test_a_short_call_begins_a_long_one(self, op: str, short: int, more: int) -> None:
        long = DRAW[op](Philox(5, 6), (short + more,), np.float32)
        np.testing.assert_array_equal(DRAW[op](Philox(5, 6), (short,), np.float32), long[:short])

    @pytest.mark.parametrize("block", [1, 3, 16])
    @pytest.mark.parametrize("dtype", FLOATS)
    @pytest.mark.parametrize("op", DRAW)
    def test_blocks_do_not_show(
        self, op: str, dtype: str, block: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = DRAW[op](Philox(5, 6), (101,), _dtype(dtype))
        monkeypatch.setattr(philox, "BLOCK", block)
        np.testing.assert_array_equal(DRAW[op](Philox(5, 6), (101,), _dtype(dtype)), expected)

    def test_blocks_do_not_show_in_sequences(self, monkeypatch: pytest.MonkeyPatch) -> None:
        order = philox.shuffle(Philox(5, 6), 50)
        classes = philox.multinomial(Philox(5, 6), np.zeros((3, 4)), 7)
        monkeypatch.setattr(philox, "BLOCK", 2)
        np.testing.assert_array_equal(philox.shuffle(Philox(5, 6), 50), order)
        again = philox.multinomial(Philox(5, 6), np.zeros((3, 4)), 7)
        np.testing.assert_array_equal(again, classes)

    def test_threads_share_a_state(self) -> None:
        state = Philox(5, 6)
        drawn: list[bytes] = []

        def draw() -> None:
            drawn.extend(philox.uniform(state, (9,), np.float32).tobytes() for _ in range(50))

        threads = [threading.Thread(target=draw) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        serial = Philox(5, 6)
        expected = [philox.uniform(serial, (9,), np.float32).tobytes() for _ in range(200)]
        assert sorted(drawn) == sorted(expected)

    @pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3, 5)])
    @pytest.mark.parametrize("op", DRAW)
    def test_shapes(self, op: str, shape: tuple[int, ...]) -> None:
        state = Philox(5, 6)
        values = DRAW[op](state, shape, np.float32)
        assert values.shape == shape
        assert state.reserve(0) == Philox(5, 6).reserve(0).skip(256 * values.size)

    @pytest.mark.parametrize("op", DRAW)
    def test_out(self, op: str) -> None:
        out = np.empty((3, 7), np.float32)
        assert DRAW[op](Philox(5, 6), (3, 7), np.float32, out=out) is out
        np.testing.assert_array_equal(out, DRAW[op](Philox(5, 6), (3, 7), np.float32))

    @pytest.mark.parametrize(
        "out", [np.empty((7, 3), "f4"), np.empty((3, 7)), np.empty((7, 3), "f4").T]
    )
    def test_out_must_fit(self, out: NDArray[Any]) -> None:
        with pytest.raises(ValueError, match="C-contiguous array of shape"):
            philox.uniform(Philox(5, 6), (3, 7), np.float32, out=out)

    def test_shuffle_reserves_a_sample_for_four_exchanges(self) -> None:
        for n, samples in [(0, 0), (1, 0), (2, 1), (5, 1), (6, 2), (1000, 250)]:
            state = Philox(5, 6)
            assert sorted(philox.shuffle(state, n)) == list(range(n))
            assert state.reserve(0) == Philox(5, 6).reserve(0).skip(samples)

    def test_multinomial_reserves_512_samples_for_each_of_4(self) -> None:
        for num_samples, each in [(1, 4), (4, 4), (5, 8)]:
            state = Philox(5, 6)
            philox.multinomial(state, np.zeros((3, 2)), num_samples, np.int32)
            assert state.reserve(0) == Philox(5, 6).reserve(0).skip(512 * 3 * each)

    def test_multinomial_leaves_out_what_is_not_finite(self) -> None:
        logits = np.array([[0.0, -np.inf, 1.0, np.nan, np.inf, 2.0]], np.float32)
        classes = philox.multinomial(Philox(1, 0), logits, 200)
        assert set(classes.ravel().tolist()) == {0, 2, 5}
        few = philox.multinomial(Philox(1, 0), logits, 5, np.int32)  # found in another way
        assert (few.dtype, few.tolist()) == (np.int32, classes[:, :5].tolist())


class TestErrors:
    @pytest.mark.parametrize("op", DRAW)
    def test_float_dtypes(self, op: str) -> None:
        with pytest.raises(TypeError, match="float64, not int32"):
            DRAW[op](Philox(1), (2,), np.int32)

    def test_integer_dtypes(self) -> None:
        with pytest.raises(TypeError, match="uint64, not float32"):
            philox.uniform_int(Philox(1), (2,), 0, 5, np.float32)
        with pytest.raises(TypeError, match="uint64, not int8"):
            philox.uniform_full_int(Philox(1), (2,), np.int8)

    @pytest.mark.parametrize(("minval", "maxval"), [(3, 3), (4, 3), (0, 2**31), (-(2**31) - 1, 0)])
    def test_integer_range(self, minval: int, maxval: int) -> None:
        with pytest.raises(ValueError, match=f"minval {minval} must be less than maxval {maxval}"):
            philox.uniform_int(Philox(1), (2,), minval, maxval, np.int32)

    def test_stateless_seed(self) -> None:
        with pytest.raises(ValueError, match="2 elements, not 3"):
            Philox.stateless((1, 2, 3))

    def test_shuffle_of_too_many(self) -> None:
        with pytest.raises(ValueError, match=r"less than 2\*\*32"):
            philox.shuffle(Philox(1), 2**32)

    def test_an_error_draws_nothing(self) -> None:
        state = Philox(1, 2)
        with pytest.raises(TypeError):
            philox.uniform(state, (2,), np.int32)
        assert state.reserve(0) == Philox(1, 2).reserve(0)


class TestStatistics:
    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_uniform(self, dtype: str) -> None:
        values = philox.uniform(Philox(8, 9), (MANY,), dtype).astype(np.float64)
        assert 0 <= values.min() < values.max() < 1
        _assert_moments(values, mean=0.5, variance=1 / 12)

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_normal(self, dtype: str) -> None:
        values = philox.standard_normal(Philox(8, 9), (MANY,), dtype).astype(np.float64)
        _assert_moments(values, mean=0, variance=1)
        assert abs(np.mean(values**3)) < 0.05
        assert np.mean(values**4) == pytest.approx(3, abs=0.1)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_truncated_normal(self, dtype: str) -> None:
        values = philox.truncated_normal(Philox(8, 9), (MANY,), dtype).astype(np.float64)
        assert np.abs(values).max() < 2
        _assert_moments(values, mean=0, variance=0.7737413)

    @pytest.mark.parametrize("dtype", ["int32", "int64"])
    def test_integers(self, dtype: str) -> None:
        values = philox.uniform_int(Philox(8, 9), (MANY,), -3, 4, dtype)
        frequencies = np.bincount(values + 3, minlength=7) / MANY
        np.testing.assert_allclose(frequencies, 1 / 7, atol=0.006)

    def test_shuffle(self) -> None:
        state = Philox(8, 9)
        where = np.zeros((4, 4))
        for _ in range(4000):
            where[np.arange(4), philox.shuffle(state, 4)] += 1
        np.testing.assert_allclose(where / 4000, 0.25, atol=0.035)

    def test_multinomial(self) -> None:
        probabilities = np.array([[0.1, 0.2, 0.7], [0.5, 0.0, 0.5]])
        logits = np.log(probabilities, where=probabilities > 0, out=np.full((2, 3), -np.inf))
        classes = philox.multinomial(Philox(8, 9), logits + 3, 20_000)
        frequencies = [np.bincount(row, minlength=3) / 20_000 for row in classes]
        np.testing.assert_allclose(frequencies, probabilities, atol=0.015)


def _assert_moments(values: NDArray[np.float64], mean: float, variance: float) -> None:
    """Allow five standard errors, the excess of the fourth moment neglected."""
    size = values.size
    assert values.mean() == pytest.approx(mean, abs=5 * (variance / size) ** 0.5)
    assert values.var() == pytest.approx(variance, rel=5 * (2 / size) ** 0.5)
