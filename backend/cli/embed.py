"""`radiomiclens embed`: embeddings of one tensor, or what a file's head answers to it, without a server."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.encoder_input_options import ModalityPoolOption, SlicePoolOption
from backend.errors import BadFile, BadSettings
from backend.science.encoders.readers.choice import Choice
from radiomiclens.written import check_out

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ALL, POOLED = "all", "pooled"
HEADS = ("logits", "segmentation")


KeyOption = Annotated[str, typer.Option(help="Container of the weights in the file, such as model or ema.shadow.")]
PrefixOption = Annotated[str, typer.Option(help="What stands before the encoder's names, such as module.backbone.")]
EmaOption = Annotated[bool, typer.Option("--ema", help="Take the averaged weights (EMA) of the file.")]


class PrecisionOption(StrEnum):
    """In which numbers the encoder computes."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BF16 = "bf16"


def read_cases(path: Path) -> "NDArray[np.float32]":
    """The tensor (B, C, D, H, W) of a .npy file, mapped from disk; BadFile where it is anything else."""
    import numpy as np

    try:
        cases: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadFile(f"There is no input file {path.name}; check the path.") from None
    except (OSError, ValueError, EOFError) as error:
        raise BadFile(f"{path.name} is not a NumPy .npy file of numbers; write it with numpy.save.") from error
    if not isinstance(cases, np.ndarray) or cases.ndim != 5 or cases.dtype != np.float32 or not cases.size:
        found = f"{cases.dtype} of shape {cases.shape}" if isinstance(cases, np.ndarray) else "an archive"
        raise BadFile(f"{path.name} holds {found}; the encoder needs float32 of shape (B, C, D, H, W).")
    return cases


def embed(
    input_path: Annotated[Path, typer.Option("--input", help="Tensor (B, C, D, H, W), float32, as .npy.")],
    out: Annotated[Path, typer.Option(help="Where the embeddings go: .npy, or .npz with --stage all.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights: a file, an index of shards, or a PEFT adapter folder.")
    ] = None,
    arch: Annotated[
        str,
        typer.Option(
            help="convnextv2-atto, femto, pico, nano, tiny, base or large; a registered name; timm:NAME, monai:NAME, "
            "torchvision:NAME; FILE.py:factory, which runs that code; torchscript, onnx or huggingface, which the "
            "checkpoint is."
        ),
    ] = "convnextv2-tiny",
    stage: Annotated[
        str,
        typer.Option(
            help="1, 2, ...: average of a stage; pooled: the embedding; all: every one of these; logits (B, classes) "
            "of a classifier file, segmentation logits (B, outputs, D, H, W) of a segmenter file."
        ),
    ] = POOLED,
    window: Annotated[
        str, typer.Option(help="Z,Y,X voxels: cover a larger tensor with half-overlapping windows and average them.")
    ] = "",
    batch: Annotated[int, typer.Option(min=1, help="Tensors or windows embedded at once.")] = 1,
    precision: Annotated[
        PrecisionOption, typer.Option(help="auto: bf16 on CUDA, checked against float32; else float32.")
    ] = PrecisionOption.FLOAT32,
    key: KeyOption = "",
    prefix: PrefixOption = "",
    ema: EmaOption = False,
    base: Annotated[Path | None, typer.Option(help="Weights that a PEFT adapter folder changes.")] = None,
    slice_pool: SlicePoolOption = "mean",
    modality_pool: ModalityPoolOption = "concatenate",
) -> None:
    """Embeds one tensor: (B, d) float32, or an .npz with stage1, stage2, ... and pooled."""
    check_stage(stage)
    suffix = ".npz" if stage == ALL else ".npy"
    if out.suffix != suffix:
        raise BadSettings(f"--stage {stage} writes a {suffix} file; give --out a name that ends in {suffix}.")
    if not out.parent.is_dir():
        raise BadSettings(f"The folder of --out {out.name} does not exist; create it first.")
    check_out(out, (input_path, checkpoint, base, arch.rpartition(":")[0]))
    sides = window_sides(window)
    cases = read_cases(input_path)
    choice = Choice(key, prefix, ema)

    if stage in HEADS:
        from backend.science.embedding.head_outputs import head_outputs

        if sides is not None or precision is not PrecisionOption.FLOAT32:
            raise BadSettings(f"--stage {stage} takes whole tensors in float32; leave --window and --precision out.")
        if base is not None:
            raise BadSettings(f"--stage {stage} needs a file with a head, not an adapter; leave --base out.")
        if checkpoint is None:
            raise BadSettings(f"--stage {stage} is what a head in a file answers; name the file with --checkpoint.")
        answers = head_outputs(checkpoint, arch, stage, list(cases), batch, choice)
        write_embeddings(out, stage, {stage: answers})
        return

    from backend.science.embedding.embed import embed_stages
    from backend.science.embedding.settings import EmbedSettings
    from backend.science.encoders.encoder_kinds import Pooling
    from backend.science.encoders.facts_record import check_pooling
    from backend.science.encoders.zoos.local_encoder import check_size, local_encoder

    settings = EmbedSettings(batch=batch, precision=precision.value, window=sides)
    pooling = Pooling(slice_pool, modality_pool)
    loaded = local_encoder(arch, checkpoint, cases.shape[1], choice, base, pooling)
    check_pooling(arch, pooling, loaded.encoder)
    check_size(arch, loaded.encoder, sides or cases.shape[2:])
    found = embed_stages(loaded.encoder, cases, settings)
    for sentence in (*loaded.sentences, *found.record.sentences):
        typer.echo(sentence, err=True)
    write_embeddings(out, stage, found.layers)


def check_stage(stage: str) -> None:
    """Raise BadSettings unless it is a word that `--stage` knows, or the number of a stage."""
    if stage not in (ALL, POOLED, *HEADS) and not (stage.isascii() and stage.isdecimal() and int(stage)):
        raise BadSettings(
            f"--stage {stage[:40]!r} is not the number of a stage, nor {POOLED}, {ALL}, {' or '.join(HEADS)}."
        )


def window_sides(words: str) -> tuple[int, int, int] | None:
    """`64,224,224` as three sides; None for nothing."""
    if not words:
        return None
    try:
        depth, height, width = (int(word) for word in words.split(","))
    except ValueError:
        raise BadSettings(f"--window {words[:40]!r} is not three whole numbers Z,Y,X such as 64,224,224.") from None
    if min(depth, height, width) < 1:
        raise BadSettings("The sides of --window must be positive.")
    return depth, height, width


def write_embeddings(out: Path, stage: str, found: "dict[str, NDArray[np.float32]]") -> None:
    """One array as .npy, or all of them as .npz, whole or not at all."""
    import io

    import numpy as np

    from backend.science.encoders.checkpoint import write_atomically

    name = f"stage{int(stage)}" if stage.isdecimal() else stage
    if stage != ALL and name not in found:
        stages = len(found) - 1
        raise BadSettings(f"This encoder has {stages or 'no'} stages; --stage {stage} is not there.")
    buffer = io.BytesIO()
    if stage == ALL:
        np.savez(buffer, **found)  # type: ignore[arg-type] # its stub mistakes the arrays for allow_pickle
    else:
        np.save(buffer, found[name])
    write_atomically(out, buffer.getvalue())
