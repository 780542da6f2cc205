"""What becomes of inputs that people report trouble with: runs the generators of shared/inputs and prints a table.

`python -m benchmarks.inputs [GENERATOR ...] [--table files] [--before CHECKOUT] [--write docs/inputs.md]`; with another
checkout, the table shows what that code did with the same files. Generators need shared/, which no release carries.
"""

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATORS = ROOT.parent / "shared" / "inputs"
if not GENERATORS.is_dir():
    GENERATORS = ROOT.parents[1] / "shared" / "inputs"  # a checkout beside the main one
CASES = GENERATORS.parent / "data" / "cases"
TABLES = {"inputs": ("dcm_*", "adc_units"), "files": ("nii_*", "nrrd_*", "mha_*", "layout_*")}
"""Marks of a table in the page -> its generators."""
TRUTH = {"11373": (44.28, 217.69, 19.15, 1454.40), "10795": (32.25, 211.89, 22.52, 1290.00)}
TRUTH["dicom"] = TRUTH["11373"]  # without a mask file a study is named after its folder
"""Patient -> mL of the gland, and its mean on T2, DWI and ADC, each on the image's own grid."""
OF_ZONES = (26.78, 212.03, 23.77, 1311.95)
"""The same of case 0001 where zones alone are drawn, which are smaller than its gland mask (SimpleITK alone)."""
MOVED = {"dcm_j2k_signed": -1000.0}  # this generator takes as much off every ADC value
WITHIN = 0.002  # relative; some generators round stored values

Verdicts = dict[str, str]


def main() -> None:
    """Prints, and where asked writes, the table; with `--json` only the verdicts of what lies in a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("generators", nargs="*")
    parser.add_argument("--table", choices=list(TABLES), default="inputs")
    parser.add_argument("--before", type=Path)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--json", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.json:
        print(json.dumps({str(path): verdict for path in _variants(given.json) for path, verdict in _verdicts(path)}))
        return
    if not GENERATORS.is_dir() or not CASES.is_dir():
        print("skipped: shared/inputs or shared/data/cases is not there.")
        return
    table = _table(_rows(given.generators or TABLES[given.table], given.before), given.before is not None)
    print(table)
    if given.write:
        text = given.write.read_text("utf-8")
        start, end = f"<!-- {given.table} -->", f"<!-- /{given.table} -->"
        head, rest = text.split(start)
        given.write.write_text(f"{head}{start}\n{table}\n{end}{rest.split(end)[1]}", "utf-8")


def _rows(wanted: Sequence[str], before: Path | None) -> Iterator[tuple[str, str, str, str]]:
    """Generator, variant, verdict of the older code, verdict of this one."""
    for script in sorted(GENERATORS.glob("*.py")):
        if not any(fnmatch.fnmatch(script.stem, pattern) for pattern in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "RL_CASES": str(CASES), "RL_OUT": folder, "PYTHONDONTWRITEBYTECODE": "1"}
            made = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True)
            if made.returncode:
                yield script.stem, "", "", f"skipped: {made.stderr.strip().splitlines()[-1]}"
                continue
            now, then = _judged(Path(folder), ROOT), _judged(Path(folder), before) if before else {}
            for path, verdict in now.items():
                yield script.stem, _shown(path, folder), _older(then, path, folder), verdict


def _older(then: Verdicts, path: str, folder: str) -> str:
    """The older verdict of a study, or of its whole variant where that was refused or named otherwise."""
    variant = Path(folder, Path(path).relative_to(folder).parts[0])
    return then.get(path) or next((then[each] for each in then if Path(each).is_relative_to(variant)), "")


def _shown(path: str, folder: str) -> str:
    """The variant, and its study where it holds several that are not named as the two cases are."""
    variant, _, study = Path(path).relative_to(folder).as_posix().partition("/")
    return variant if study.partition("_")[0] in TRUTH or not study else f"{variant}/{study}"


def _judged(folder: Path, checkout: Path) -> Verdicts:
    """Path of a variant -> what the code of `checkout` makes of it."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, str(Path(__file__)), "--json", str(folder)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=checkout)
    found: Verdicts = json.loads(run.stdout.splitlines()[-1])
    return found


def _variants(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir())


def _verdicts(variant: Path) -> Iterator[tuple[Path, str]]:
    """Every study of a variant and its verdict."""
    from backend.errors import Refusal
    from backend.ingest.cohort import ingest
    from backend.ingest.study import Rejected

    try:
        for result in ingest(variant):
            if isinstance(result, Rejected):
                yield variant / result.study_id, f"refused: {result.reason.removeprefix(f'case {result.study_id}: ')}"
            else:
                yield variant / result.study_id, _numbers(result, variant.name)
    except Refusal as refusal:
        yield variant, f"refused: {refusal.sentence}"


def _numbers(study: object, variant: str) -> str:
    """What an accepted study's gland measures, whether that is true, and what was found about the values."""
    import SimpleITK as sitk

    from backend.ingest.study import Accepted
    from backend.science.imaging.grid import Grid
    from backend.science.imaging.prepare import binary, resample_mask

    assert isinstance(study, Accepted)
    if "gland" not in study.acquired.masks:
        return "WRONG: accepted without the gland mask that is there"
    means, gland = [], binary(study.acquired.masks["gland"])
    for modality in ("T2", "DWI", "ADC"):
        image = study.acquired.images[modality]
        inside = resample_mask(gland, Grid.of(image)) > 0
        means.append(float(sitk.GetArrayViewFromImage(image)[inside].astype("float64").mean()))
    measured = (study.volumes_ml["gland"], *means)
    from_zones = any(each.code == "gland_from_zones" for each in study.findings)
    *true, adc = OF_ZONES if from_zones else TRUTH.get(study.patient_id, TRUTH["10795"])
    true = [*true, adc + MOVED.get(variant, 0)]
    right = all(abs(a - b) <= WITHIN * b for a, b in zip(measured, true, strict=True))
    volume, *rest = (f"{number:.4g}" if number < 1 else f"{number:.2f}" for number in measured)
    codes = sorted({each.code for each in study.findings} - USUAL_FINDINGS)
    found = f" ({', '.join(codes)})" if codes else ""
    return f"{'right' if right else 'WRONG'}: {volume} mL, means {', '.join(rest)}{found}"


USUAL_FINDINGS = {
    *("series_chosen", "unverifiable", "lesion_absent", "lesion_empty", "no_clinical_row"),
    *("zeros_in_adc", "zeros_in_dwi"),
}
"""Codes that the unchanged cases have, too."""


def _table(rows: Iterator[tuple[str, str, str, str]], compared: bool) -> str:
    head = ("generator", "variant", "before", "now") if compared else ("generator", "variant", "now")
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for generator, variant, then, now in rows:
        cells = (generator, variant, then, now) if compared else (generator, variant, now)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
