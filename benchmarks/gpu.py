"""GPU benchmarks: `python -m benchmarks.gpu [--arch convnextv2-tiny] [--only passes ...]`.

Forward and training step, the depthwise convolutions alone, agreement with the CPU, embedding, a batch that does not
fit, pre-training and fine-tuning, a resume. Without a GPU it says why nothing is measured. `--save FILE` keeps the
figures as JSON after every table; `--write` puts them into docs/performance.md, `--from FILE --write` those of another
machine.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import gpu_embedding, gpu_encoder, gpu_training
from benchmarks.cuda import Figures, Table, measured_on, without_gpu
from benchmarks.page import write_block

PARTS: dict[str, Callable[[str], Iterator[Table]]] = {
    "agreement": gpu_encoder.agreement,
    "passes": gpu_encoder.passes,
    "depthwise": gpu_encoder.depthwise,
    "rounding": gpu_embedding.rounding,
    "throughput": gpu_embedding.throughput,
    "halved": gpu_embedding.halved,
    "resumed": gpu_training.resumed,
    "trainings": gpu_training.trainings,
}


def measured(arch: str, parts: list[str], save: Path | None) -> Figures:
    """Run the parts; a failure is recorded in its table and the others continue."""
    figures = Figures(measured_on(f"python -m benchmarks.gpu --arch {arch}"), [])
    print(figures.said, flush=True)
    for name in parts:
        start = time.perf_counter()
        try:
            for part in PARTS[name](arch):
                added(figures.tables, part)
                print(part, flush=True)
                if save is not None:
                    figures.save(save)
        except Exception as error:
            figures.tables.append(Table([name, "failed"], [[type(error).__name__, str(error).splitlines()[0][:200]]]))
            print(figures.tables[-1], flush=True)
        print(f"({name}: {time.perf_counter() - start:.0f} s)", flush=True)
        if save is not None:
            figures.save(save)
    return figures


def added(tables: list[Table], part: Table) -> None:
    """Append lines to the previous table where the heads are equal."""
    if tables and tables[-1].head == part.head:
        tables[-1].rows.extend(part.rows)
    else:
        tables.append(part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="convnextv2-tiny")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--save", type=Path, help="keep the figures in this file")
    parser.add_argument("--from", type=Path, nargs="+", dest="saved", help="take saved figures instead of measuring")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    given = parser.parse_args()
    if given.saved is not None:
        read = [Figures.load(path) for path in given.saved]
        figures = Figures(read[0].said, [part for one in read for part in one.tables])
    elif (reason := without_gpu()) is not None:
        print(f"GPU: nothing is measured, {reason}.")
        return
    else:
        figures = measured(given.arch, given.only, given.save)
    if given.write:
        write_block("performance.md", "gpu", str(figures))


if __name__ == "__main__":
    main()
