"""`radiomiclens embed`: embeddings of one tensor, without a server."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.errors import BadFile, BadSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class StageChoice(StrEnum):
    """Which embedding is written."""

    ALL = "all"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    POOLED = "pooled"


def read_cases(path: Path) -> "NDArray[np.float32]":
    """The tensor (B, C, D, H, W) of a .npy file, mapped from disk; BadFile where it is anything else."""
    import numpy as np

    try:
        cases: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise BadFile(f"There is no input file {path.name}.") from None
    except (OSError, ValueError, EOFError) as error:
        raise BadFile(f"{path.name} is not a NumPy .npy file of numbers; write it with numpy.save.") from error
    if not isinstance(cases, np.ndarray) or cases.ndim != 5 or cases.dtype != np.float32 or not cases.size:
        found = f"{cases.dtype} of shape {cases.shape}" if isinstance(cases, np.ndarray) else "an archive"
        raise BadFile(f"{path.name} holds {found}; the encoder needs float32 of shape (B, C, D, H, W).")
    return cases


def embed(
    checkpoint: Annotated[Path, typer.Option(help="ProFound file (.pth.tar) or one of our own (.safetensors).")],
    input_path: Annotated[Path, typer.Option("--input", help="Tensor (B, C, D, H, W), float32, as .npy.")],
    out: Annotated[Path, typer.Option(help="Where the embeddings go: .npy, or .npz with --stage all.")],
    arch: Annotated[str, typer.Option(help="convnextv2-atto, femto, pico, nano, tiny, base or large.")] = (
        "convnextv2-tiny"
    ),
    stage: Annotated[
        StageChoice, typer.Option(help="Global average of a stage, the pooled embedding, or all five.")
    ] = StageChoice.POOLED,
) -> None:
    """Embeds one tensor: (B, d) float32, or an .npz with stage1 .. stage4 and pooled."""
    suffix = ".npz" if stage is StageChoice.ALL else ".npy"
    if out.suffix != suffix:
        raise BadSettings(f"--stage {stage.value} writes a {suffix} file; give --out a name that ends in {suffix}.")
    if not out.parent.is_dir():
        raise BadSettings(f"The folder of --out {out.name} does not exist; create it first.")
    cases = read_cases(input_path)

    from backend.science.embedding import embed_stages
    from backend.science.encoders.checkpoint import load_encoder

    found = embed_stages(load_encoder(checkpoint, arch), cases)
    write_embeddings(out, stage, {str(name): values for name, values in found.items()})


def write_embeddings(out: Path, stage: StageChoice, found: "dict[str, NDArray[np.float32]]") -> None:
    """One array as .npy, or all of them as .npz, whole or not at all."""
    import io

    import numpy as np

    from backend.science.encoders.checkpoint import write_atomically

    buffer = io.BytesIO()
    if stage is StageChoice.ALL:
        np.savez(buffer, **found)  # type: ignore[arg-type] # its stub mistakes the arrays for allow_pickle
    else:
        np.save(buffer, found["pooled" if stage is StageChoice.POOLED else f"stage{stage.value}"])
    write_atomically(out, buffer.getvalue())
