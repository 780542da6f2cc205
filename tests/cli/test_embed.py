import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from backend.cli.embed import embed
from backend.errors import BadCheckpoint, BadFile, BadImage, BadSettings, Refusal
from backend.science.encoders.convnext import build_encoder

app = typer.Typer()
app.command()(embed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder file in ProFound's layout and a tensor (2, 3, 16, 32, 32)."""
    path = tmp_path_factory.mktemp("embed")
    torch.manual_seed(0)
    encoder = build_encoder("convnextv2-atto")
    torch.save(
        {"model": {f"encoder.{key}": value for key, value in encoder.state_dict().items()}}, path / "atto.pth.tar"
    )
    np.save(path / "x.npy", np.random.default_rng(0).standard_normal((2, 3, 16, 32, 32)).astype(np.float32))
    return path


def call(folder: Path, to: str, **changes: str) -> None:
    options = {"checkpoint": str(folder / "atto.pth.tar"), "arch": "convnextv2-atto", "input": str(folder / "x.npy")}
    arguments = [f"--{name}={value}" for name, value in (options | {"out": str(folder / to)} | changes).items()]
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, Refusal):
        raise result.exception
    assert result.exit_code == 0, result.output


def test_pooled_is_the_default_and_every_stage_has_its_width(folder: Path) -> None:
    call(folder, "e.npy")
    pooled = np.load(folder / "e.npy")
    assert (pooled.shape, pooled.dtype) == ((2, 320), np.float32)
    for stage, width in zip("1234", (40, 80, 160, 320), strict=True):
        call(folder, f"s{stage}.npy", stage=stage)
        assert np.load(folder / f"s{stage}.npy").shape == (2, width)
    call(folder, "all.npz", stage="all")
    with np.load(folder / "all.npz", allow_pickle=False) as everything:
        assert list(everything) == ["stage1", "stage2", "stage3", "stage4", "pooled"]
        assert np.array_equal(everything["pooled"], pooled)
        assert np.array_equal(everything["stage3"], np.load(folder / "s3.npy"))


def saved(folder: Path, name: str, values: object) -> str:
    np.save(folder / name, np.asarray(values), allow_pickle=True)
    return str(folder / name)


def test_bad_requests_are_refused_in_one_sentence_and_write_nothing(folder: Path) -> None:
    x = np.load(folder / "x.npy")
    holed = x.copy()
    holed[1, 0, 0, 0, 0] = np.nan
    (folder / "text.npy").write_text("not numbers")
    refused: list[tuple[type[Refusal], str, dict[str, str]]] = [
        (BadFile, "float64 of shape", {"input": saved(folder, "f8.npy", x.astype(float))}),
        (BadFile, r"shape \(3, 16, 32, 32\)", {"input": saved(folder, "d4.npy", x[0])}),
        (BadFile, r"shape \(0, ", {"input": saved(folder, "none.npy", x[:0])}),
        (BadFile, "not a NumPy .npy file", {"input": saved(folder, "pickled.npy", [{"a": 1}])}),
        (BadFile, "not a NumPy .npy file", {"input": str(folder / "text.npy")}),
        (BadFile, "no input file", {"input": str(folder / "absent.npy")}),
        (BadImage, "Case 1 .*not finite", {"input": saved(folder, "holed.npy", holed)}),
        (BadImage, "at least 16", {"input": saved(folder, "flat.npy", x[:, :, :8])}),
        (BadImage, r"\(3, D, H, W\)", {"input": saved(folder, "two.npy", x[:, :2])}),
        (BadCheckpoint, "does not fit", {"arch": "convnextv2-tiny"}),
        (BadCheckpoint, "no checkpoint file", {"checkpoint": str(folder / "absent.pth")}),
        (BadSettings, "convnextv2-large", {"arch": "resnet"}),
        (BadSettings, "ends in .npz", {"stage": "all"}),
        (BadSettings, "does not exist", {"out": str(folder / "nowhere" / "e.npy")}),
    ]
    for error, words, changes in refused:
        with pytest.raises(error, match=words) as caught:
            call(folder, "never.npy", **changes)
        assert str(folder) not in caught.value.sentence
    assert not (folder / "never.npy").exists()


def test_the_command_imports_no_web_or_database_code() -> None:
    script = (
        "import sys; import backend.cli.embed; assert 'torch' not in sys.modules\n"
        "import backend.science.embedding.embed, backend.science.encoders.checkpoint\n"
        "unwanted = {'fastapi', 'starlette', 'streamlit', 'sqlalchemy', 'dask', 'uvicorn', 'httpx'}\n"
        "assert not unwanted & set(sys.modules), unwanted & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.fixture(scope="module")
def heads(folder: Path) -> Path:
    """A classifier and a segmenter in ProFound's layout, and nothing else in them than numbers."""
    from backend.science.encoders.heads import HeadedEncoder, class_head
    from backend.science.encoders.upernet import Segmenter

    torch.manual_seed(1)
    classifier = HeadedEncoder(build_encoder("convnextv2-atto"), class_head(320, 4))
    torch.save({"model": classifier.state_dict()}, folder / "classifier.pth.tar")
    torch.save({"model": Segmenter(build_encoder("convnextv2-atto"), 16).state_dict()}, folder / "segmenter.pth.tar")
    return folder


def test_a_files_head_answers_on_request(heads: Path) -> None:
    from backend.science.embedding.head_outputs import head_outputs
    from backend.science.encoders.checkpoint import load_classifier, load_segmenter

    x = torch.from_numpy(np.load(heads / "x.npy"))
    call(heads, "head.npy", stage="logits", checkpoint=str(heads / "classifier.pth.tar"), batch="2")
    found = head_outputs(heads / "segmenter.pth.tar", "convnextv2-atto", "segmentation", list(x.numpy()), 1)
    with torch.no_grad():
        logits = load_classifier(heads / "classifier.pth.tar", "convnextv2-atto").eval()(x).numpy()
        masks = load_segmenter(heads / "segmenter.pth.tar", "convnextv2-atto").eval()(x).numpy()
    np.testing.assert_allclose(np.load(heads / "head.npy"), logits, atol=1e-5)
    np.testing.assert_allclose(found, masks, atol=1e-5)
    with pytest.raises(BadCheckpoint):
        call(heads, "head.npy", stage="segmentation", checkpoint=str(heads / "classifier.pth.tar"))
    with pytest.raises(BadSettings, match="whole tensors"):
        call(heads, "head.npy", stage="logits", checkpoint=str(heads / "classifier.pth.tar"), window="16,16,16")


def test_windows_average_and_bad_ones_are_refused(folder: Path) -> None:
    call(folder, "whole.npy", window="16,32,32")
    call(folder, "plain.npy")
    assert np.array_equal(np.load(folder / "whole.npy"), np.load(folder / "plain.npy"))
    x = np.load(folder / "x.npy")
    parts = []
    for index, start in enumerate((0, 8, 16)):
        np.save(folder / "part.npy", np.ascontiguousarray(x[..., start : start + 16]))
        call(folder, f"p{index}.npy", input=str(folder / "part.npy"))
        parts.append(np.load(folder / f"p{index}.npy"))
    call(folder, "windows.npy", window="16,32,16", batch="3")
    np.testing.assert_allclose(np.load(folder / "windows.npy"), np.mean(parts, axis=0), atol=2e-6)
    for wrong in ("16,32", "a,b,c", "0,16,16"):
        with pytest.raises(BadSettings, match="--window"):
            call(folder, "never.npy", window=wrong)
    with pytest.raises(BadImage, match="at least 16"):
        call(folder, "never.npy", window="8,8,8")


def test_key_prefix_and_ema_choose_among_the_weights_of_a_file(folder: Path) -> None:
    encoder, averaged = build_encoder("convnextv2-atto").state_dict(), build_encoder("convnextv2-atto").state_dict()
    torch.save({"model": encoder, "ema": {"shadow": averaged}}, folder / "both.pt")
    torch.save({f"a.{name}": value for name, value in averaged.items()}, folder / "averaged.pt")
    both = str(folder / "both.pt")
    call(folder, "first.npy", checkpoint=both)
    call(folder, "second.npy", checkpoint=str(folder / "averaged.pt"), prefix="a.")
    call(folder, "key.npy", checkpoint=both, key="ema.shadow")
    first, second = np.load(folder / "first.npy"), np.load(folder / "second.npy")
    assert np.array_equal(np.load(folder / "key.npy"), second)
    assert not np.array_equal(first, second)
    options = [f"--checkpoint={both}", "--arch=convnextv2-atto", f"--input={folder / 'x.npy'}"]
    result = CliRunner().invoke(app, [*options, f"--out={folder / 'ema.npy'}", "--ema"])
    assert result.exit_code == 0
    assert "averaged weights (EMA)" in result.stderr
    assert np.array_equal(np.load(folder / "ema.npy"), second)
    for changes, words in (({"key": "no"}, "no weights under 'no'"), ({"prefix": "no."}, "no names that begin")):
        with pytest.raises(BadCheckpoint, match=words):
            call(folder, "never.npy", checkpoint=both, **changes)


def test_an_adapter_folder_needs_its_base(folder: Path) -> None:
    import json

    import safetensors.torch

    adapter = folder / "adapter"
    adapter.mkdir()
    parts = {"lora_A": torch.ones(1, 40), "lora_B": torch.full((160, 1), 0.5)}
    named = {f"base_model.model.encoder.stages.0.0.pwconv1.{half}.weight": value for half, value in parts.items()}
    safetensors.torch.save_file(named, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 1, "lora_alpha": 2}))
    with pytest.raises(BadCheckpoint, match=r"adapter is a PEFT adapter folder.*embed: --base FILE"):
        call(folder, "never.npy", checkpoint=str(adapter))
    call(folder, "adapted.npy", checkpoint=str(adapter), base=str(folder / "atto.pth.tar"))
    state = torch.load(folder / "atto.pth.tar", weights_only=True)["model"]
    state["encoder.stages.0.0.pwconv1.weight"] += 1.0
    torch.save({"model": state}, folder / "by_hand.pth.tar")
    call(folder, "by_hand.npy", checkpoint=str(folder / "by_hand.pth.tar"))
    np.testing.assert_allclose(np.load(folder / "adapted.npy"), np.load(folder / "by_hand.npy"), atol=1e-5)
    with pytest.raises(BadCheckpoint, match="no adapter folder, so it has no base"):
        call(folder, "never.npy", base=str(folder / "atto.pth.tar"))


def test_heads_have_as_many_outputs_as_their_weights(folder: Path) -> None:
    from backend.science.encoders.heads import HeadedEncoder, class_head
    from backend.science.encoders.upernet import Segmenter

    classifier = HeadedEncoder(build_encoder("convnextv2-atto"), class_head(320, 7))
    wrapped = {f"module.{name}": value for name, value in classifier.state_dict().items()}
    torch.save({"state_dict": wrapped}, folder / "seven.pth")
    anatomy = Segmenter(build_encoder("convnextv2-atto"), 8, 9)
    torch.save({"model": anatomy.state_dict()}, folder / "anatomy.pth")
    call(folder, "seven.npy", stage="logits", checkpoint=str(folder / "seven.pth"))
    call(folder, "nine.npy", stage="segmentation", checkpoint=str(folder / "anatomy.pth"))
    x = torch.from_numpy(np.load(folder / "x.npy"))
    with torch.no_grad():
        np.testing.assert_allclose(np.load(folder / "seven.npy"), classifier.eval()(x).numpy(), atol=1e-5)
        np.testing.assert_allclose(np.load(folder / "nine.npy"), anatomy.eval()(x).numpy(), atol=1e-5)
    assert np.load(folder / "seven.npy").shape[1] == 7
    assert np.load(folder / "nine.npy").shape[1] == 9
