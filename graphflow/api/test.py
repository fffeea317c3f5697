"""Tests of graphs."""

from __future__ import annotations

from unittest import mock as mock

from graphflow.testing.jacobian import (
    compute_gradient as compute_gradient,
    compute_gradient_error as compute_gradient_error,
)
from graphflow.testing.test_case import (
    TestCase as TestCase,
    get_temp_dir as get_temp_dir,
    gpu_device_name as gpu_device_name,
    is_built_with_cuda as is_built_with_cuda,
    is_built_with_gpu_support as is_built_with_gpu_support,
    is_built_with_rocm as is_built_with_rocm,
    is_gpu_available as is_gpu_available,
    main as main,
)
from graphflow.train.server import create_local_cluster as create_local_cluster
