"""What ONNX adds to a product is its bias only where broadcasting makes it a number per output."""

from __future__ import annotations

import pytest

from edgesdk.errors import ModelRefused
from edgesdk_backends.mcu.planner.onnx_graph import read_onnx_graph

from .qdq import Qdq, steps_apart


def _added(model: Qdq, product: str, constant: str) -> str:
    return model.node("Add", product, constant)


@pytest.mark.parametrize("shape", [(1, 4, 1, 1), (4, 1, 1), (1,), ()])
def test_channels_of_a_convolution(shape: tuple[int, ...]) -> None:
    """Where the width is the number of channels too."""
    model = Qdq(1, 3, 5, 4)
    assert steps_apart(model, _added(model, model.conv(4, 3), model.real(*shape))) < 1.01


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 1, 4), (4, 1)])
def test_columns_of_a_convolution_are_no_bias(shape: tuple[int, ...]) -> None:
    model = Qdq(1, 3, 4, 4)
    content = model.content(model.stored(_added(model, model.conv(4, 3), model.real(*shape))))
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(content)
    assert "no QuantizeLinear follows" in caught.value.evidence


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4)])
def test_columns_of_a_convolution_over_rows_are_no_bias(shape: tuple[int, ...]) -> None:
    model = Qdq(1, 3, 4)
    content = model.content(model.stored(_added(model, model.conv(4, 3), model.real(*shape))))
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(content)
    assert "no QuantizeLinear follows" in caught.value.evidence


def test_columns_are_added_where_the_product_is_stored() -> None:
    model = Qdq(1, 3, 4, 4)
    stored = model.stored(model.conv(4, 3))
    assert steps_apart(model, _added(model, stored, model.real(4))) < 2.01


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4), (1, 1, 1)])
def test_columns_of_a_product_of_matrices(shape: tuple[int, ...]) -> None:
    model = Qdq(4, 4, 6)
    product = model.node("MatMul", model.first, model.weights(6, 4))
    assert steps_apart(model, _added(model, product, model.real(*shape))) < 1.01


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1), (1,), ()])
def test_columns_of_gemm(shape: tuple[int, ...]) -> None:
    model = Qdq(4, 6)
    product = model.node("Gemm", model.first, model.weights(6, 4), model.real(*shape))
    assert steps_apart(model, product) < 1.01


@pytest.mark.parametrize("shape", [(4, 1), (4, 4)])
def test_rows_of_gemm_are_no_bias(shape: tuple[int, ...]) -> None:
    model = Qdq(4, 6)
    product = model.node("Gemm", model.first, model.weights(6, 4), model.real(*shape))
    with pytest.raises(ModelRefused) as caught:
        read_onnx_graph(model.content(model.stored(product)))
    assert "not a number for each column" in caught.value.evidence
