"""Parts of the bar that compare values: baselines, example files, single settings, IBSI, random draws."""

from collections import Counter

from benchmarks.engine.baselines import check, recorded
from benchmarks.engine.example_files import Row, example_files
from benchmarks.engine.ibsi import rows as consensus
from benchmarks.engine.pairs import Agreement, Pair
from benchmarks.engine.part import Part, ratio, shown
from benchmarks.engine.random_draws import tally
from benchmarks.engine.single_settings import single_settings

EQUAL_HEAD = ["features", "equal to 1e-6", "only within rounding", "beyond"]


def equal_cells(agrees: Agreement) -> list[str]:
    """Cells of EQUAL_HEAD."""
    counts = [agrees.features, agrees.features - len(agrees.noise) - len(agrees.beyond), len(agrees.noise)]
    said = f": {agrees.beyond[0]}" if agrees.beyond else ""
    return [*map(str, counts), f"{len(agrees.beyond)}{said}"]


def baselines(images: dict[str, Pair]) -> Part:
    """PyRadiomics' own recorded values."""
    part, totals, settings = Part(), Counter[str](), set()
    by_image: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for one in recorded():
        if one.image in images:
            found, tallied = check(one, images[one.image]), by_image.setdefault(one.image, Counter())
            tallied.update(runs=1, values=found.values, within=found.within, equal=found.equal)
            settings.add((one.image, repr(one.parameters["setting"])))
            wrong += found.wrong
    for one_image in by_image.values():
        totals.update(one_image)
    said = f"{totals['values']} values, {totals['runs']} runs, {len(settings)} settings on {len(by_image)} images"
    part.goals.append(
        [
            f"PyRadiomics' recorded baselines ({said})",
            f"{totals['within']} within 3 %, {totals['equal']} equal",
            "3250 within 3 %, all equal",
        ]
    )
    keys = ["runs", "values", "within", "equal"]
    rows = [[name, *(str(found[key]) for key in keys)] for name, found in by_image.items()]
    part.table(["image", "runs", "recorded values", "within 3 %", "equal to PyRadiomics at 1e-6"], rows)
    part.listed("Others:", wrong)
    return part


def files(images: dict[str, Pair]) -> Part:
    """The nine example files on brain1, and exampleCT on lung1."""
    part = Part()
    found: list[tuple[str, Row]] = [("brain1", row) for row in _shown(images["brain1"])]
    first = [row for _, row in found if row.agrees]
    equal = sum(row.agrees.equal for row in first if row.agrees)
    if "lung1" in images:
        found += [("lung1", row) for row in _shown(images["lung1"], "exampleCT")]
    part.goals.append(["nine example files, verbatim, on brain1", f"{equal} of {len(first)} fast and equal", "9 of 9"])
    for file, image in (("exampleCT", "lung1"), ("exampleMR_3mm", "brain1")):
        for where, row in found:
            if where == image and row.file.startswith(file) and row.agrees:
                part.goals.append([f"{file} on {image}, one thread", f"{row.agrees.ratio:.0f} x", "≥ 15 x"])
    rows = [
        [row.file, image, *equal_cells(row.agrees), *ratio(row.agrees.seconds)] for image, row in found if row.agrees
    ]
    part.table(["file", "image", *EQUAL_HEAD, "PyRadiomics", "fast", "ratio"], rows)
    part.listed("What PyRadiomics says:", [f"{row.file}: {row.said}" for _, row in found if row.said])
    return part


def _shown(pair: Pair, only: str = "") -> list[Row]:
    found = []
    for row in example_files(pair, only):
        if row.agrees:
            shown(f"{row.file} on {pair.name}", row.agrees.seconds)
        found.append(row)
    return found


def settings(images: dict[str, Pair]) -> Part:
    """A file for each value of each key of the parameter file, on breast1."""
    part, rows = Part(), list(single_settings(images["breast1"]))
    compared = [row for row in rows if row.agrees]
    equal = [row for row in compared if row.agrees and row.agrees.equal]
    others = [f"{row.setting}: {row.said}" for row in rows if row.said]
    beyond = [f"{row.setting}: {row.agrees.fallback or row.agrees.beyond}" for row in compared if row not in equal]  # type: ignore[union-attr]
    part.goals.append(
        [
            f"{len(rows)} single-setting files on breast1, all keys of the parameter file",
            f"{len(equal)} fast and equal, {len(others)} without a comparison: see below",
            "all fast, or one stated reason",
        ]
    )
    features = sum(row.agrees.features for row in compared if row.agrees)
    noise = sum(len(row.agrees.noise) for row in compared if row.agrees)
    part.tables.append(f"{len(rows)} files, {features} features, {noise} of them equal only within rounding.")
    part.listed("Without a comparison:", others)
    part.listed("Beyond 1e-6:", beyond)
    return part


def ibsi(_: dict[str, Pair]) -> Part:
    """IBSI's digital phantom."""
    part, rows = Part(), consensus()
    agree = sum(row.agrees for row in rows)
    said = "IBSI-1 phantom, where PyRadiomics' definition is IBSI's or differs by a named factor"
    part.goals.append([said, f"{agree} of {len(rows)}", "101 of 101"])
    noted = Counter(row.note for row in rows if row.note)
    part.listed("Named differences of definition:", [f"{note} ({count})" for note, count in noted.items()])
    wrong = [f"{row.feature}: {row.ours:g} for {row.consensus:g}" for row in rows if not row.agrees]
    part.listed("Not equal to the consensus:", wrong)
    return part


def draws(seed: int, count: int) -> Part:
    """Random volumes under random legal settings."""
    part, found = Part(), tally(seed, count)
    part.goals.append(
        [
            f"{found.draws} random volumes under random legal settings (seed {seed}), {found.features} features",
            f"{len(found.unexplained)} beyond rounding, {len(found.explained)} for a reason named below",
            "0, of ≥ 2000 draws",
        ]
    )
    rows = [
        ["draws", str(found.draws)],
        ["refused by both engines alike", str(found.refused)],
        ["features compared", str(found.features)],
        ["equal only within rounding", str(found.noise)],
        ["beyond, with a known reason", str(len(found.explained))],
        ["beyond, without", str(len(found.unexplained))],
        ["PyRadiomics crashed (segmentation fault)", ", ".join(map(str, found.crashed)) or "0"],
    ]
    part.table(["seed " + str(seed), ""], rows)
    reasons = Counter(line.rsplit("(", 1)[1].rstrip(")") for line in found.explained)
    part.listed("Reasons:", [f"{why}: {number} features" for why, number in reasons.items()])
    part.listed("Beyond, without a reason:", found.unexplained)
    return part
