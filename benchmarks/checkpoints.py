"""What becomes of checkpoints as training loops save them: a table of kinds, before and after.

`python -m benchmarks.checkpoints [--before CHECKOUT] [--write docs/encoders.md]`; with another checkout, the table
shows what that code said to the same files. The generator of shared/inputs is run where shared/ is there.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
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
LONGEST = 170


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
        after = verdicts_of(ROOT, folder)
        before = verdicts_of(given.before, folder) if given.before else {}
        ran = (folder / "ran").exists()
    lines = [f"| kind | {'before | ' if before else ''}after |", f"| --- | {'--- | ' if before else ''}--- |"]
    lines += [f"| `{n}` | {f'{before[n]} | ' if before else ''}{after[n]} |" for n in after]
    counts = [f"{sum(v == 'read' for v in said.values())} of {len(said)}" for said in (before, after) if said]
    lines += ["", f"Read: {' before, '.join(counts)} after. A hostile file ran: {'yes' if ran else 'none'}."]
    table = "\n".join(lines)
    print(table)
    if given.write:
        text = given.write.read_text("utf-8")
        head, rest = text.split(START)
        given.write.write_text(f"{head}{START}\n{table}\n{END}{rest.split(END)[1]}", "utf-8")


def make(place: Path) -> Path:
    """Write every kind of file into a folder."""
    from backend.science.encoders.registry import build_encoder
    from benchmarks.checkpoint_files import write_all

    folder = place / "checkpoints"
    if GENERATOR.is_file():
        cases = GENERATORS.parent / "data" / "cases"
        environment = {**os.environ, "RL_CASES": str(cases), "RL_OUT": str(place), "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, str(GENERATOR)], env=environment, cwd=GENERATORS, check=True)
    else:
        print(
            "The generator of shared/inputs is not there; only the kinds of benchmarks/checkpoint_files.py are shown."
        )
        folder.mkdir()
    torch.manual_seed(0)
    write_all(folder, build_encoder(ARCH).state_dict())
    return folder


def verdicts_of(checkout: Path, folder: Path) -> dict[str, str]:
    """What the code of a checkout says to the files, asked in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--json", str(folder)]
    done = subprocess.run(command, env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def verdicts(folder: Path) -> dict[str, str]:
    """File or folder -> `read` where the embedding is the true one, else what was said."""
    checkpoint: Any = importlib.import_module("backend.science.encoders.checkpoint")
    errors: Any = importlib.import_module("backend.errors")
    case = torch.randn(1, 3, 16, 32, 32, generator=torch.Generator().manual_seed(0))

    def embedding(path: Path) -> torch.Tensor:
        if path.is_dir() and path.name.startswith("adapter") and hasattr(checkpoint, "read_encoder"):
            encoder = checkpoint.read_encoder(path, ARCH, base=folder / "plain.pt").encoder
        else:
            encoder = checkpoint.load_encoder(path, ARCH)
        with torch.inference_mode():
            found: torch.Tensor = encoder(case)
        return found

    said = {}
    for path in sorted(folder.iterdir()):
        if path.name in ("ran", "truth") or path.suffix == ".npy":
            continue
        truth = folder / "truth" / "adapter.pt" if path.name == "adapter" else folder / "plain.pt"
        try:
            away = float((embedding(path) - embedding(truth)).abs().max())
            said[path.name] = "read" if away <= CLOSE.get(path.name, 1e-5) else f"WRONG: {away:.2g} from the truth"
        except errors.RadiomicLensError as error:
            sentence = error.sentence.replace("|", "/").replace("`", "")
            said[path.name] = sentence[:LONGEST] + (" ..." if len(sentence) > LONGEST else "")
        except Exception as error:  # an older version may fail in any way
            said[path.name] = f"crash: {type(error).__name__}"
    return said


if __name__ == "__main__":
    main()
