"""Programs of the user on the command line alone; names of zoos without loading anything."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from backend.errors import BadCheckpoint, BadFile, BadSettings
from backend.science.encoders.encoder_kinds import Pooling
from backend.science.encoders.readers.choice import AS_FOUND
from backend.science.encoders.registry import check_architecture
from backend.science.encoders.zoos.local_encoder import check_size, local_encoder
from backend.science.encoders.zoos.names import ZooName, is_zoo_name, zoo_name

CODE = """
import torch
from torch import nn

open("ran", "w").close()


def factory(channels=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(channels, 4, 2, stride=2), nn.ReLU(), nn.Conv3d(4, 6, 2, stride=2))
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(CODE)
    return str(tmp_path / "mine.py")


def read(arch: str, checkpoint: Path | None = None, channels: int = 3, pooling: Pooling | None = None):
    return local_encoder(arch, checkpoint, channels, AS_FOUND, None, pooling or Pooling())


@pytest.mark.parametrize("channels", [1, 3])
def test_code_builds_an_encoder_with_its_own_weights_or_a_files(code: str, tmp_path: Path, channels: int) -> None:
    x = torch.randn(2, channels, 32, 32, 32)
    loaded = read(f"{code}:factory", None, channels)
    scope: dict[str, object] = {}
    exec(CODE, scope)
    plain = scope["factory"](channels)  # type: ignore[operator] # the function above
    with torch.no_grad():
        torch.testing.assert_close(loaded.encoder(x), plain(x).mean(dim=(2, 3, 4)))
        other = {f"net.{name}": value + 1 for name, value in plain.state_dict().items()}
        torch.save({"state_dict": other}, tmp_path / "w.ckpt")
        plain.load_state_dict({name: value + 1 for name, value in plain.state_dict().items()})
        torch.testing.assert_close(
            read(f"{code}:factory", tmp_path / "w.ckpt", channels).encoder(x), plain(x).mean((2, 3, 4))
        )
    assert str(tmp_path) not in sys.path


def test_weights_that_are_drawn_anew_each_time_are_said(code: str) -> None:
    assert read(f"{code}:factory").sentences == ("The weights are those that mine.py:factory set.",)
    Path(code).write_text(CODE.replace("torch.manual_seed(0)", "torch.seed()"))
    (said,) = read(f"{code}:factory").sentences
    assert said.startswith("mine.py:factory sets other weights each time: they are random")


@pytest.mark.parametrize(
    ("text", "name", "error", "words"),
    [
        ("1 / 0", "factory", BadFile, r"mine.py failed \(ZeroDivisionError"),
        ("import no_such_net", "factory", BadFile, "mine.py needs the package no_such_net, .* install it"),
        ("factory = 3", "factory", BadSettings, "mine.py has no function factory"),
        ("def factory(): return 3", "factory", BadSettings, "mine.py:factory gave a int"),
    ],
)
def test_code_that_does_not_fit_is_one_sentence(code: str, text: str, name: str, error: type, words: str) -> None:
    Path(code).write_text(text)
    with pytest.raises(error, match=words):
        read(f"{code}:{name}")
    with pytest.raises(BadFile, match=r"There is no file none\.py"):
        read("none.py:factory")


def test_names_of_zoos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.science.encoders.zoos.names.find_spec", lambda _name: object())
    assert is_zoo_name("timm:convnext_tiny")
    assert not is_zoo_name("convnextv2-tiny")
    assert zoo_name("timm:convnext_tiny.fb_in1k") == ZooName("timm", "convnext_tiny.fb_in1k")
    named = zoo_name("monai:SwinUNETR:feature_size=48,drop_rate=0.1,use_v2=true")
    assert named.options == {"feature_size": 48, "drop_rate": 0.1, "use_v2": True}
    check_architecture("torchvision:r3d_18")
    for wrong in ("timm:hf-hub:somebody/model", "timm:../x", "monai:ViT:img_size=/etc", "timm:"):
        with pytest.raises(BadSettings, match="is no model of a zoo"):
            zoo_name(wrong)
    with pytest.raises(BadSettings, match="pretrained would fetch weights"):
        zoo_name("timm:resnet18:pretrained=true")
    monkeypatch.setattr("backend.science.encoders.zoos.names.find_spec", lambda _name: None)
    with pytest.raises(BadSettings, match=r"needs the package timm, .*: pip install .radiomiclens\[zoos\]"):
        check_architecture("timm:convnext_tiny")
    with pytest.raises(BadSettings, match="timm:NAME or monai:NAME or torchvision:NAME"):
        check_architecture("nothing")


@pytest.mark.parametrize(("arch", "extra"), [("onnx", "onnx"), ("huggingface", "zoos")])
def test_what_needs_an_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arch: str, extra: str) -> None:
    module = {"onnx": "onnx_model", "huggingface": "huggingface"}[arch]
    monkeypatch.setattr(f"backend.science.encoders.zoos.{module}.find_spec", lambda _name: None)
    with pytest.raises(BadSettings, match=rf"pip install .radiomiclens\[{extra}\]"):
        read(arch, tmp_path)


def test_a_package_for_another_build_of_torch_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    torch.save({"w": torch.ones(1)}, tmp_path / "w.pt")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    with pytest.raises(BadSettings, match=r"torchvision cannot be imported here \(RuntimeError: operator"):
        read("torchvision:r3d_18", tmp_path / "w.pt")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("slices", [False, True])
def test_a_torchscript_archive_gives_what_the_module_gives(tmp_path: Path, slices: bool) -> None:
    torch.manual_seed(0)
    kind, size = (nn.Conv2d, (1, 3, 32, 32)) if slices else (nn.Conv3d, (1, 3, 32, 32, 32))
    net = nn.Sequential(kind(3, 5, 3, stride=2), nn.ReLU()).eval()
    torch.jit.save(torch.jit.trace(net, torch.zeros(size)), str(tmp_path / "net.ts"))
    loaded = read("torchscript", tmp_path / "net.ts")
    x = torch.randn(2, 3, 32, 40, 40)
    with torch.no_grad():
        wanted = (
            torch.stack([net(case.transpose(0, 1)).mean((2, 3)).mean(0) for case in x])
            if slices
            else net(x).mean((2, 3, 4))
        )
        torch.testing.assert_close(loaded.encoder(x), wanted)
    assert loaded.sentences == (f"net.ts: read as torchscript{', slice by slice' if slices else ''}.",)
    torch.save(net.state_dict(), tmp_path / "plain.pt")
    with pytest.raises(BadCheckpoint, match=r"plain.pt is no TorchScript archive"):
        read("torchscript", tmp_path / "plain.pt")
    with pytest.raises(BadSettings, match="Name the weights with --checkpoint"):
        read("torchscript")


def test_an_onnx_model_of_one_size_is_run_case_by_case_and_refuses_others(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    given = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 2, 32, 32, 32])
    found = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("other", "pooled")]
    nodes = [onnx.helper.make_node("Relu", ["x"], ["other"])]
    nodes += [onnx.helper.make_node("GlobalAveragePool", ["other"], ["pooled"])]
    graph = onnx.helper.make_graph(nodes, "net", [given], found)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(tmp_path / "net.onnx"))
    encoder = read("onnx", tmp_path / "net.onnx", 2).encoder
    x = torch.randn(3, 2, 32, 32, 32)
    np.testing.assert_allclose(encoder(x).numpy(), x.relu().mean((2, 3, 4)).numpy(), atol=1e-6)
    with pytest.raises(BadSettings, match="takes 32 x 32 x 32 voxels only, and the input has 32 x 64 x 64"):
        check_size("onnx", encoder, (32, 64, 64))
    (tmp_path / "bad.onnx").write_bytes(b"no")
    with pytest.raises(BadCheckpoint, match=r"bad.onnx is no ONNX model"):
        read("onnx", tmp_path / "bad.onnx", 2)
