"""ProFound's reference files, built once from the rule in ../shared/profound, and what they must answer."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

PROFOUND = Path(__file__).parents[4] / "shared" / "profound"


@pytest.fixture(scope="session")
def rule() -> ModuleType:
    """`make_weights.py` as a module."""
    if not PROFOUND.is_dir():
        pytest.skip("../shared/profound is not here: no reference weights to compare with")
    spec = importlib.util.spec_from_file_location("make_weights", PROFOUND / "make_weights.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reference(rule: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The classifier, segmenter and pretrain files."""
    folder = tmp_path_factory.mktemp("profound")
    shapes = json.loads((PROFOUND / "checkpoint_shapes.json").read_text())
    for what, name in rule.NAMES.items():
        state = {key: torch.from_numpy(rule.array(key, tuple(shape), 7)) for key, shape in shapes[name].items()}
        torch.save({"model": state}, folder / what)
    return {what: folder / what for what in rule.NAMES}


@pytest.fixture(scope="session")
def reference_input(rule: ModuleType) -> torch.Tensor:
    """(2, 3, 32, 64, 64)."""
    values: np.ndarray = rule.input_tensor(7)
    return torch.from_numpy(values)


@pytest.fixture(scope="session")
def answers() -> dict[str, Any]:
    """What the published architecture gives on the reference files and input."""
    content: dict[str, Any] = json.loads((PROFOUND / "reference_seed7.json").read_text())
    return content
