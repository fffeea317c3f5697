"""`tensorflow.python.layers.convolutional`: second names of the classes and functions."""

from __future__ import annotations

from graphflow.layers.convolutional import (
    Conv1D as Convolution1D,
    Conv2D as Convolution2D,
    Conv3D as Convolution3D,
)
from graphflow.layers.convolving import (
    conv1d as convolution1d,
    conv2d as convolution2d,
    conv2d_transpose as convolution2d_transpose,
    conv3d as convolution3d,
    conv3d_transpose as convolution3d_transpose,
    separable_conv2d as separable_convolution2d,
)
from graphflow.layers.separable import (
    SeparableConv1D as SeparableConvolution1D,
    SeparableConv2D as SeparableConvolution2D,
)
from graphflow.layers.transposed import (
    Conv2DTranspose as Convolution2DTranspose,
    Conv3DTranspose as Convolution3DTranspose,
)

Deconvolution2D = Deconv2D = Convolution2DTranspose
Deconvolution3D = Deconv3D = Convolution3DTranspose
deconvolution2d = deconv2d = convolution2d_transpose
deconvolution3d = deconv3d = convolution3d_transpose

__all__ = [
    "Convolution1D",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Deconv2D",
    "Deconv3D",
    "Deconvolution2D",
    "Deconvolution3D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "convolution3d_transpose",
    "deconv2d",
    "deconv3d",
    "deconvolution2d",
    "deconvolution3d",
    "separable_convolution2d",
]
