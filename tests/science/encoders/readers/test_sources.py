"""Checkpoints of several files: shards with an index, folders of other tools, and one file alone in a folder."""

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.readers.sources import identity, source_of
from tests.science.encoders.readers.small_model import read, same, state, under


@pytest.fixture(params=["safetensors", "bin"])
def index(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two shards and their index, as Hugging Face writes them."""
    suffix, stem = request.param, "model" if request.param == "safetensors" else "pytorch_model"
    weights, where = under("backbone."), {}
    for number, names in enumerate((list(weights)[:2], list(weights)[2:]), 1):
        part = f"{stem}-{number:05d}-of-00002.{suffix}"
        chosen = {name: weights[name] for name in names}
        if suffix == "bin":
            torch.save(chosen, tmp_path / part)
        else:
            safetensors.torch.save_file(chosen, tmp_path / part)
        where |= dict.fromkeys(names, part)
    path = tmp_path / f"{stem}.{suffix}.index.json"
    path.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": where}))
    return path


def test_shards_are_read_by_their_index_or_folder(index: Path) -> None:
    assert same(read(index))
    assert same(read(index.parent))
    assert len(source_of(index).files) == 3
    part = source_of(index).files[2]
    with pytest.raises(BadCheckpoint, match=r"is part 2 of 2; give the file \*\.index\.json"):
        read(part)
    part.unlink()
    with pytest.raises(BadCheckpoint, match=rf"names 2 files, and 1 of them is not there \({part.name}\)"):
        read(index)


def test_an_index_that_names_other_places_or_absent_tensors_is_refused(index: Path) -> None:
    content = json.loads(index.read_text())
    first = next(iter(content["weight_map"]))
    for elsewhere in ("../secret.bin", "/etc/passwd", "a/b.bin"):
        content["weight_map"][first] = elsewhere
        index.write_text(json.dumps(content))
        with pytest.raises(BadCheckpoint, match="which is not beside it"):
            read(index)
    content["weight_map"][first] = content["weight_map"]["backbone.norm.weight"]
    index.write_text(json.dumps(content))
    with pytest.raises(BadCheckpoint, match=r"names 1 tensors that its shards do not hold \(backbone\.stem\.weight\)"):
        read(index)
    for broken in ("[1]", "{", '{"weight_map": {}}', "[" * 100_000):
        index.write_text(broken)
        with pytest.raises(BadCheckpoint, match=r"index\.json"):
            read(index)


def test_a_folder_is_one_file_or_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match="holds no weights"):
        read(tmp_path)
    torch.save(state(), tmp_path / "a.pt")
    assert same(read(tmp_path))
    torch.save(state(1), tmp_path / "b.pt")
    with pytest.raises(BadCheckpoint, match=r"holds 2 files of weights \(a\.pt, b\.pt\)"):
        read(tmp_path)
    (tmp_path / "zero_to_fp32.py").write_text("")
    with pytest.raises(BadCheckpoint, match=r"DeepSpeed folder; join its parts first: python zero_to_fp32\.py"):
        read(tmp_path)
    (tmp_path / ".metadata").write_bytes(b"")
    (tmp_path / "__0_0.distcp").write_bytes(b"")
    with pytest.raises(BadCheckpoint, match=r"distributed checkpoint .*dcp_to_torch"):
        read(tmp_path)
    with pytest.raises(BadCheckpoint, match="no checkpoint file absent"):
        read(tmp_path / "absent")


def test_the_identity_of_one_file_is_its_hash_and_of_several_all_of_them() -> None:
    one, two = {"a": b"x"}, {"a": b"x", "b": b"y"}
    assert identity(one) == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert identity(two) == identity(dict(reversed(two.items()))) != identity({"a": b"y", "b": b"x"})
