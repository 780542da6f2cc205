"""The table of checkpoints: every kind of the own writers is read as it is meant, or refused in a sentence."""

from pathlib import Path

import pytest

from benchmarks import checkpoints

REFUSED = {
    *("adapter_dora", "archive.tar", "bomb.pt", "complex.pt", "cut.pt", "cut.safetensors", "deeper.pt", "empty.pt"),
    *("deepspeed_folder", "exported.pt2", "flax.msgpack", "float8.pt", "fsdp_folder", "hostile.pt"),
    *("huge.safetensors", "huge_shape.pt", "int8.pt", "keras.weights.h5", "lfs.pth", "meta.pt", "moco.pth.tar"),
    *("model.onnx", "nan.pt", "one_tensor.pt", "optimizer_only.pt", "page.pth", "parameter_list.pt", "plain.pkl"),
    *("repeated.pt", "settings.yaml", "student_teacher.pt", "torchscript.pt", "two_nets.pt", "unknown_class.pt"),
    *("hostile_legacy.pt", "weights.npz", "zipped.zip"),
}


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_every_kind_is_read_or_refused_in_a_sentence_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "GENERATOR", tmp_path / "none.py")
    folder = checkpoints.make(tmp_path)
    found = checkpoints.verdicts(folder)
    assert {name for name, each in found.items() if each["verdict"] == "refused"} == REFUSED
    assert {each["verdict"] for name, each in found.items() if name not in REFUSED} == {"read"}
    assert not (folder / "ran").exists()
    for name in REFUSED:
        assert found[name]["said"].endswith(".")
        assert name in found[name]["said"]
    said = {name: each["said"] for name, each in found.items()}
    assert "are averaged weights (EMA)" in said["only_ema.pt"]
    assert said["int8.pt"].count("save them as float32 where it was made") == 1
    assert said["meta.pt"].count("not on the meta device") == 1
    assert "1 tensor beside the encoder was not read: n_averaged." in said["swa.pt"]
    assert said["clip.pt"].endswith("were not read: module.logit_scale, module.text.")
