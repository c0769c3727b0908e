"""Model FLOPs utilisation: the formula, the datasheets, and what is not guessed."""

from __future__ import annotations

from typing import Any

import pytest

from engine.utilisation import PEAKS, TERA, device_peak, flops_per_token, work

FULL = 247_577_856
LORA_TOTAL, LORA = 251_116_800, 3_538_944


def test_full_fine_tuning_costs_three_operations_a_parameter_and_token() -> None:
    assert flops_per_token(FULL, FULL) == 3 * FULL, "6·N, of which each token meets half"


def test_frozen_weights_cost_no_gradients_of_their_own() -> None:
    assert flops_per_token(LORA_TOTAL, LORA) == 2 * LORA_TOTAL + LORA
    assert flops_per_token(LORA_TOTAL, LORA) / flops_per_token(FULL, FULL) == pytest.approx(0.68, abs=0.01)


@pytest.mark.parametrize(
    ("name", "dtype", "teraflops"),
    [
        ("NVIDIA H100 80GB HBM3", "bfloat16", 989),
        ("NVIDIA H100 80GB HBM3", "float32", 67),
        ("NVIDIA H100 PCIe", "bfloat16", 756),
        ("NVIDIA H100 NVL", "bfloat16", 835),
        ("NVIDIA H200", "bfloat16", 989),
        ("NVIDIA A100-SXM4-80GB", "bfloat16", 312),
        ("NVIDIA A100-PCIE-40GB", "float32", 19.5),
        ("NVIDIA A100 80GB PCIe", "bfloat16", 312),
        ("NVIDIA A10", "bfloat16", 125),
        ("NVIDIA A10G", "bfloat16", 70),
        ("NVIDIA L4", "bfloat16", 121),
        ("NVIDIA L40S", "float32", 91.6),
        ("NVIDIA GeForce RTX 4090", "bfloat16", 165.2),
        ("Tesla T4", "float32", 8.1),
    ],
)
def test_datasheets(name: str, dtype: str, teraflops: float) -> None:
    assert device_peak(name, dtype) == teraflops * TERA


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "bfloat16"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "bfloat16"),
        ("NVIDIA GeForce RTX 4090 D", "bfloat16"),
        ("Tesla T4", "bfloat16"),
        ("NVIDIA H100 80GB HBM3", "float16"),
        ("", "float32"),
        ("A GPU of next year", "bfloat16"),
    ],
)
def test_what_is_not_known_is_not_guessed(name: str, dtype: str) -> None:
    assert device_peak(name, dtype) is None


def test_bfloat16_is_never_slower_than_float32() -> None:
    assert all(bfloat16 == 0 or bfloat16 > float32 for _, bfloat16, float32 in PEAKS)


def manifest(**device: Any) -> dict[str, Any]:
    return {"parameters": {"trainable": LORA, "total": LORA_TOTAL, "percent": 1.4}, "device": device}


def test_the_share_of_a_gpus_peak() -> None:
    found = work(manifest(kind="cuda", name="NVIDIA H100 80GB HBM3", dtype="bfloat16"))
    assert found is not None and found.source == "datasheet"
    assert found.share(100_000) == pytest.approx((2 * LORA_TOTAL + LORA) * 1e5 / 989e12)


def test_a_cpu_has_a_peak_only_where_the_worker_measured_one() -> None:
    found = work(manifest(kind="cpu", name="x86_64", dtype="float32", matmul_flops=100e9))
    assert found is not None and found.source == "measured"
    assert found.share(50) == pytest.approx((2 * LORA_TOTAL + LORA) * 50 / 100e9)
    assert work(manifest(kind="cpu", name="x86_64", dtype="float32")) is None
    assert work(manifest(kind="cpu", matmul_flops=None)) is None
    assert work(manifest(kind="cpu", matmul_flops="fast")) is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"parameters": 3, "device": {"kind": "cuda"}},
        {
            "parameters": {"trainable": 0, "total": 5},
            "device": {"kind": "cuda", "name": "NVIDIA L4", "dtype": "float32"},
        },
        {"parameters": {"trainable": 1, "total": float("nan")}, "device": {"kind": "cpu", "matmul_flops": 1e9}},
        {"parameters": {"trainable": 1, "total": 2}, "device": None},
    ],
)
def test_a_manifest_that_does_not_say_gives_nothing(broken: dict[str, Any]) -> None:
    assert work(broken) is None
