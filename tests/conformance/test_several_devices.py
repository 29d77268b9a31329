"""A model trained on two devices has the weights of one trained on a single device."""

import os
import subprocess
import sys

import keras
import pytest


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras has no distribution on torch")
@pytest.mark.slow
def test_two_devices_fit_what_one_fits():
    command = [sys.executable, "-m", "tests.several_devices"]
    two = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}  # JAX's
    run = subprocess.run(
        command,
        env=os.environ | two,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert 0 < float(run.stdout.split()[-1]) < 1e-4
