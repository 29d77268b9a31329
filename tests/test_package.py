"""The package as users install it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QUIET = """
import sys
before = set(sys.modules)
import keras_gated
unwanted = {"matplotlib", "sklearn", "pandas", "tensorflow_datasets", "recipes", "rich", "torch"}
print(sorted(unwanted & {name.split(".")[0] for name in set(sys.modules) - before}))
"""


def test_import_is_quiet_and_needs_no_extra(tmp_path):
    """Our import prints nothing and imports no optional package."""
    done = subprocess.run(
        [sys.executable, "-c", "import keras\n" + QUIET],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stdout.splitlines()) == 1


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--quiet",
            "-w",
            str(folder),
            str(ROOT),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("keras_gated-*.whl"))


def test_wheel_holds_the_package_alone(wheel):
    files = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[0] for name in files}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"keras_gated"}
    assert "keras_gated/py.typed" in files
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "keras_gated").rglob("*.py")}
    assert sources <= set(files), "a module is missing from the wheel"
    assert "keras_gated/layers/catalogue.pyi" in files


def test_wheel_imports_alone(wheel, tmp_path):
    """From the wheel, in a folder without the checkout, a layer is made and called."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import keras_gated as kg, numpy as np; print(kg.__file__, kg.GRU(3)(np.ones((1, 2, 3))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_no_paths_of_a_machine_and_no_addresses_of_registries():
    """Constraints pin versions only."""
    pins = [path.name for path in ROOT.glob("constraints*.txt")]
    assert len(pins) >= 3
    for name in (*pins, "pyproject.toml"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert " @ " not in text
