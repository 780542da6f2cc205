"""What becomes of checkpoints as training loops save them: a table of kinds, before and now, and what is said.

`python -m benchmarks.checkpoints [--before CHECKOUT] [--write docs/encoders.md]`; with another checkout, the table
shows what that code made of the same files. The generator of shared/inputs is run where shared/ is there.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
GENERATORS = ROOT.parent / "shared" / "inputs"
if not GENERATORS.is_dir():
    GENERATORS = ROOT.parents[1] / "shared" / "inputs"  # a checkout beside the main one
GENERATOR = GENERATORS / "checkpoints_people_have.py"
START, END = "<!-- checkpoints -->", "<!-- /checkpoints -->"
ARCH = "convnextv2-atto"
CLOSE = {"half.pt": 0.05, "bf16.pt": 0.05}
"""Largest difference of an embedding where the weights were rounded; equal to 1e-5 elsewhere."""
HEADS = {"segmenter_9.pt": "load_segmenter", "classifier_9.pt": "load_classifier", "regression_9.pt": "load_classifier"}
"""Files with a head of nine outputs, and what reads them whole."""
OUTPUTS = 9
TRUTHS = {"adapter": "adapter.pt", "vit_mae.pth": "vit.pt", "vit_lightning.ckpt": "vit.pt"}
Verdict = dict[str, str]
State = Mapping[str, torch.Tensor]


def main() -> None:
    """Prints, and where asked writes, the table; with `--json` only the verdicts of what lies in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--json", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.json:
        print(json.dumps(verdicts(given.json)))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = make(Path(place))
        now = verdicts_of(ROOT, folder)
        before = verdicts_of(given.before, folder) if given.before else {}
        ran = (folder / "ran").exists()
    table = "\n".join(lines(before, now, ran))
    print(table)
    if given.write:
        text = given.write.read_text("utf-8")
        head, rest = text.split(START)
        given.write.write_text(f"{head}{START}\n{table}\n{END}{rest.split(END)[1]}", "utf-8")


def lines(before: dict[str, Verdict], now: dict[str, Verdict], ran: bool) -> list[str]:
    """The table, and how many kinds are read."""
    titles = ["kind", *(["before"] if before else []), "now", "what is said"]
    rows = [
        [f"`{name}`", *([before[name]["verdict"]] if before else []), each["verdict"], each["said"]]
        for name, each in now.items()
    ]
    counts = [f"{sum(each['verdict'] == 'read' for each in said.values())} of {len(said)}" for said in (before, now)]
    told = f"{counts[0]} before, {counts[1]} now" if before else counts[1]
    return [
        *(f"| {' | '.join(row)} |" for row in (titles, ["---"] * len(titles), *rows)),
        *("", f"Read: {told}. A hostile file ran: {'yes' if ran else 'none'}."),
    ]


def make(place: Path) -> Path:
    """Write every kind of file into a folder."""
    from backend.science.encoders.registry import build_encoder
    from benchmarks import checkpoint_frameworks
    from benchmarks.checkpoint_files import write_all

    folder = place / "checkpoints"
    if GENERATOR.is_file():
        cases = GENERATORS.parent / "data" / "cases"
        environment = {**os.environ, "RL_CASES": str(cases), "RL_OUT": str(place), "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, str(GENERATOR)], env=environment, cwd=GENERATORS, check=True)
    else:
        print("The generator of shared/inputs is not there; only the kinds of the project's own writers are shown.")
        folder.mkdir()
    torch.manual_seed(0)
    state = build_encoder(ARCH).state_dict()
    write_all(folder, state)
    vit = build_encoder(checkpoint_frameworks.VIT).state_dict()
    torch.save({"model": vit}, folder / "truth" / "vit.pt")
    for name, write in checkpoint_frameworks.kinds(state, vit, with_heads(state)).items():
        write(folder / name)
    return folder


def with_heads(state: State) -> dict[str, State]:
    """Whole models of nine outputs around the encoder, by the name of their file."""
    from backend.science.encoders.heads import HeadedEncoder, class_head, number_head
    from backend.science.encoders.registry import build_encoder
    from backend.science.encoders.upernet import Segmenter

    found: dict[str, State] = {}
    for name in HEADS:
        encoder = build_encoder(ARCH)
        encoder.load_state_dict(state)
        if name.startswith("segmenter"):
            model: torch.nn.Module = Segmenter(encoder, width=8, classes=OUTPUTS)
        else:
            head = class_head if name.startswith("classifier") else number_head
            model = HeadedEncoder(encoder, head(encoder.embed_dim, OUTPUTS))
        found[name] = model.state_dict()
    return found


def verdicts_of(checkout: Path, folder: Path) -> dict[str, Verdict]:
    """What the code of a checkout says to the files, asked in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--json", str(folder)]
    done = subprocess.run(command, env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    found: dict[str, Verdict] = json.loads(done.stdout.splitlines()[-1])
    return found


def verdicts(folder: Path) -> dict[str, Verdict]:
    """File or folder -> `read` where the embedding is the true one (and the head has its outputs), and what is said."""
    errors: Any = importlib.import_module("backend.errors")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name in ("ran", "truth") or path.suffix == ".npy":
            continue
        truth = folder / "truth" / TRUTHS[path.name] if path.name in TRUTHS else folder / "plain.pt"
        try:
            embedding, said = embedded(path, folder / "plain.pt")
            away = float((embedding - embedded(truth, truth)[0]).abs().max())
            read = away <= CLOSE.get(path.name, 1e-5)
            found[path.name] = {"verdict": "read" if read else f"WRONG: {away:.2g} away", "said": said}
            if path.name in HEADS:
                check_head(path)
        except errors.RadiomicLensError as error:
            found[path.name] = {"verdict": "refused", "said": plain(error.sentence)}
        except Exception as error:  # an older version may fail in any way
            found[path.name] = {"verdict": "crash", "said": type(error).__name__}
    return found


def embedded(path: Path, base: Path) -> tuple[torch.Tensor, str]:
    """The embedding by the encoder of a file, and the sentences about how it was read."""
    checkpoint: Any = importlib.import_module("backend.science.encoders.checkpoint")
    arch, sides = ("vit3d-tiny", (32, 32, 32)) if path.name.startswith("vit") else (ARCH, (16, 32, 32))
    case = torch.randn(1, 3, *sides, generator=torch.Generator().manual_seed(0))
    said = ""
    if hasattr(checkpoint, "read_encoder"):
        is_adapter = path.is_dir() and path.name.startswith("adapter")
        loaded = checkpoint.read_encoder(path, arch, base=base if is_adapter else None)
        encoder, said = loaded.encoder, plain(" ".join(loaded.sentences))
    else:  # an older version
        encoder = checkpoint.load_encoder(path, arch)
    with torch.inference_mode():
        return encoder(case), said


def check_head(path: Path) -> None:
    """Raise where the model with its head does not answer with nine outputs."""
    checkpoint: Any = importlib.import_module("backend.science.encoders.checkpoint")
    with torch.inference_mode():
        answer = getattr(checkpoint, HEADS[path.name])(path, ARCH)(torch.zeros(1, 3, 16, 32, 32))
    if answer.shape[1] != OUTPUTS:
        raise ValueError("other outputs")


def plain(sentence: str) -> str:
    """A sentence as a cell of a table."""
    return sentence.replace("|", "/").replace("`", "")


if __name__ == "__main__":
    main()
