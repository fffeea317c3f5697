"""Matrix products by compiled tiles give what BLAS gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graphflow.core.jit import obey_environment
from graphflow.core.parallel import granted
from graphflow.ops.kernels import direct_product
from graphflow.ops.kernels.products import product
from graphflow.runtime.threads import ThreadPool

Array = NDArray[Any]

# rows, terms, columns
SIZES = [(4, 4, 32), (5, 520, 33), (13, 7, 100), (50, 600, 47), (128, 513, 32), (300, 9, 40)]
LAYOUTS = ["plain", "left transposed", "right transposed"]


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_product, "_LEAST_PRODUCTS", 1)
    monkeypatch.setattr(direct_product, "_MANY_TERMS", 1)
    monkeypatch.setattr(direct_product, "_FILLED", 0)
    direct_product._suits.cache_clear()


def factors(rows: int, terms: int, columns: int, layout: str) -> tuple[Array, Array]:
    random = np.random.RandomState(rows)
    a = random.normal(size=(rows, terms)).astype(np.float32)
    b = random.normal(size=(terms, columns)).astype(np.float32)
    if layout == "left transposed":
        a = np.asfortranarray(a)
    if layout == "right transposed":
        b = np.asfortranarray(b)
    for array in (a, b):
        array.setflags(write=False)
    return a, b


def by_tiles(a: Array, b: Array, out: Array) -> None:
    kernel = direct_product.kernel_for(a, b, a.size * b.shape[1])
    assert kernel is not None
    request = kernel.request()
    assert request is not None
    request.result()
    if kernel.function is None:
        pytest.skip("for BLAS on this machine")
    assert direct_product.multiply(kernel, a, b, out)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", SIZES)
def test_the_product(size: tuple[int, int, int], layout: str) -> None:
    if layout == "right transposed" and size[0] > 128:
        pytest.skip("for BLAS")
    a, b = factors(*size, layout)
    rows, _, columns = size
    around = np.full(rows * columns + 64, np.float32(7))  # a canary on both sides
    result = around[32:-32].reshape(rows, columns)
    by_tiles(a, b, result)
    np.testing.assert_allclose(result, a @ b, rtol=1e-5, atol=1e-4)
    assert (around[:32] == 7).all()
    assert (around[-32:] == 7).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_number_of_threads_gives_the_same_bits(
    layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_product, "_CHUNK", 1000)
    a, b = factors(100, 90, 333, layout)
    results = []
    for threads in (1, 2, 4):
        pool = ThreadPool(threads - 1)
        result = np.full((100, 333), np.nan, np.float32)
        with granted(pool):
            for _ in range(5):
                by_tiles(a, b, result)
        pool.close()
        results.append(result)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nan_and_infinity_stay_where_they_belong(layout: str) -> None:
    a, b = (np.array(array) for array in factors(20, 40, 65, "plain"))
    a[3, 5], a[7, 39], b[2, 64] = np.nan, np.inf, -np.inf
    a = np.asfortranarray(a) if layout == "left transposed" else a
    b = np.asfortranarray(b) if layout == "right transposed" else b
    result = np.empty((20, 65), np.float32)
    by_tiles(a, b, result)
    with np.errstate(all="ignore"):
        expected = a @ b
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(result), np.isinf(expected))


def test_blas_serves_until_tiles_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    a, b = factors(6, 30, 40, "plain")
    np.testing.assert_array_equal(product(a, b), np.matmul(a, b))
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    obey_environment()
    by_tiles(a, b, np.empty((6, 40), np.float32))
    out = np.empty((6, 40), np.float32)
    assert product(a, b, out) is out
    np.testing.assert_allclose(out, np.matmul(a, b), rtol=1e-5, atol=1e-5)
    strided = np.empty((6, 80), np.float32)[:, ::2]
    assert product(a, b, strided) is strided
    np.testing.assert_array_equal(strided, np.matmul(a, b))


@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        ((200, 300), (300, 200), np.float32),  # no small batch
        ((20, 300), (300, 200), np.float64),
        ((20, 300), (300, 20), np.float32),
        ((2, 20, 300), (300, 200), np.float32),
    ],
)
def test_other_products_are_for_blas(left: Any, right: Any, dtype: Any) -> None:
    a, b = np.ones(left, dtype), np.ones(right, dtype)
    assert direct_product.kernel_for(a, b, 1 << 30) is None
