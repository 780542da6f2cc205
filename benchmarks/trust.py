"""The acceptance table of the trust block on simulated cohorts, printed into docs/trust.md.

`python -m benchmarks.trust` runs every scenario of the package's own generator at N = 300 and K = 2511 (five seeds,
about 20 s of CPU a cohort), the cases with repeated studies and with more hidden units than studies, and planted_all
of a second generator built differently (`benchmarks.varied_tables`). Finished cohorts are kept under `--cache`, so that
it can be run in pieces (`--most 4`); `--write` puts what is finished into the page. Naive estimators are shown
beside: where they do not fail, the test is too easy.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np

from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.lens.decoder import solve
from backend.science.power.simulation import Outcome, judged, lens_tables, summary
from backend.science.synthetic.tables import SCENARIOS, SyntheticTables, synth_tables
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages
from benchmarks.page import write_block
from benchmarks.varied_tables import KINDS, varied_tables

MEASURES = ("auc", "precision_at_k", "group_auc", "false_positives", "power", "false_share")
SHORT = ("AUC", "precision at k", "group AUC", "false positives", "power", "false share")
NULLS = ("null_identical", "null_scale", "null_rot", "null_offset")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--patients", type=int, default=300)
    options.add_argument("--features", type=int, default=None, help="per modality; all 837 by default")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--cache", type=Path, default=Path(".trust-table"))
    options.add_argument("--only", nargs="+", default=None, help="scenarios, 'repeated', 'wide' or 'varied'")
    options.add_argument("--most", type=int, default=None, help="stop after this many new cohorts")
    options.add_argument("--write", action="store_true", help="print the finished ones into docs/trust.md and stop")
    chosen = options.parse_args()
    chosen.cache.mkdir(exist_ok=True)
    if not chosen.write:
        for number, (name, work) in enumerate(waiting(chosen)):
            if number == chosen.most:
                break
            found = work()
            (chosen.cache / f"{name}.json").write_text(json.dumps(found))
            print(name, json.dumps(found["note"]), flush=True)
    text = page(chosen.cache, chosen)
    print(text)
    if chosen.write:
        write_block("trust.md", "trust", text)


def waiting(chosen: argparse.Namespace) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Name and function of every cohort that is not in the cache, seed by seed."""
    settings = LensSettings(threads=chosen.threads)
    size = (chosen.patients, chosen.features)
    for seed in range(chosen.seeds):
        works: dict[str, Callable[[], dict[str, Any]]] = {
            scenario: partial(planted, *size, seed, scenario, settings) for scenario in SCENARIOS
        }
        works["repeated"] = partial(repeated, *size, seed)
        works["wide"] = partial(wide, chosen.features, seed)
        if seed == 0:
            for kind in KINDS:
                works[f"varied {kind}"] = partial(varied_kind, kind, *size, seed, settings)
        for name, work in works.items():
            known = chosen.cache / f"{name}-{seed}.json"
            if not known.exists() and (chosen.only is None or name.split()[0] in chosen.only):
                yield f"{name}-{seed}", work


def planted(patients: int, features: int | None, seed: int, scenario: str, settings: LensSettings) -> dict[str, Any]:
    """A cohort of the package's own generator."""
    return outcome(synth_tables(patients, features, seed=seed, scenario=scenario), settings)


def varied_kind(kind: str, patients: int, features: int | None, seed: int, settings: LensSettings) -> dict[str, Any]:
    """A cohort of the second generator, everything planted."""
    return outcome(varied_tables(KINDS[kind], patients, features, 768, seed, "planted_all"), settings)


def outcome(planted: SyntheticTables, settings: LensSettings) -> dict[str, Any]:
    """Scores of the estimators, and the largest change under a null."""
    analysis = analyse(*lens_tables(planted), settings)
    moved = analysis.ranking["delta_i"].abs() / analysis.ranking["i_pre"]
    change = analysis.ranking[["delta_r2", "effect"]].abs().max()
    trust = analysis.report.trust
    flags = {} if trust is None else trust.flags
    return {
        "outcomes": [asdict(one) for one in judged(analysis, planted.truth)],
        "note": {
            "b": analysis.report.shared_change,
            "delta_r2": float(change["delta_r2"]),
            "effect": float(change["effect"]),
            "flagged": flags.get("stronger", 0) + flags.get("weaker", 0),
            "delta_i_moved": float(moved.median()),
            "alerts": [alert.code for alert in analysis.report.alerts],
        },
    }


def repeated(patients: int, features: int | None, seed: int) -> dict[str, Any]:
    """Mean R2 before with folds by patient and by study, where four of five patients have two studies."""
    pre, _, radiomics = lens_tables(synth_tables(patients, features, seed=seed, scenario="planted_all", repeated=0.8))
    targets = Ranks.of(radiomics.values).normal_scores(np.ones(len(radiomics.values), dtype=bool))
    mean = []
    for ids in (radiomics.patient_id, radiomics.study_id):
        rows = PatientRows.of(ids)
        mean.append(float(fit_stages([pre.values], targets, covariate_basis((), rows), rows).r2.mean()))
    return {"note": {"by_patient": mean[0], "by_study": mean[1]}}


def wide(features: int | None, seed: int) -> dict[str, Any]:
    """H = 512 at N = 100: largest difference of theta from the pseudo-inverse, and the alerts."""
    tables = lens_tables(synth_tables(100, features, seed=seed, scenario="planted_all"))
    analysis = analyse(*tables, LensSettings(hidden=512, trust=False))
    decoders = analysis.decoders
    gaps = []
    for z, theta in ((decoders.z_pre, decoders.theta_pre), (decoders.z_ft, decoders.theta_ft)):
        exact = (np.linalg.pinv(z, rcond=max(z.shape) * np.finfo(float).eps) @ decoders.r_minmax).T
        gaps.append(float(np.abs(theta - exact).max() / np.abs(exact).max()))
        assert solve(z, decoders.r_minmax).theta.shape == theta.shape
    codes = [alert.code for alert in analysis.report.alerts]
    return {"note": {"theta_gap": max(gaps), "few_studies": "few_studies" in codes}}


def page(cache: Path, chosen: argparse.Namespace) -> str:
    """Everything in the cache as markdown."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(cache.glob("*.json"))}
    k = 3 * (chosen.features or 837)
    lines = [f"N = {chosen.patients}, K = {k}, d = 768, {chosen.bootstrap} replicates; means over seeds.", ""]
    lines += table(
        [
            Outcome(**one)
            for name, each in found.items()
            if name.rpartition("-")[0] in SCENARIOS
            for one in each.get("outcomes", [])
        ]
    )
    lines += ["", *nulls(found), "", *others(found), "", *varied(found)]
    return "\n".join(lines).rstrip()


def table(outcomes: list[Outcome]) -> list[str]:
    """Means over seeds."""
    lines = [f"| scenario | seeds | estimator | {' | '.join(SHORT)} |", "|---" * (3 + len(MEASURES)) + "|"]
    if not outcomes:
        return lines
    rows = summary(sorted(outcomes, key=lambda one: SCENARIOS.index(one.scenario))).to_dict("records")
    for row in rows:
        cells = ["–" if row[name] != row[name] else f"{row[name]:.3f}" for name in MEASURES]
        if set(cells) == {"–"}:
            continue  # a scenario without planted groups says nothing about an estimator without flags
        lines.append(f"| {row['scenario']} | {row['seeds']} | {row['estimator']} | {' | '.join(cells)} |")
    return lines


def nulls(found: dict[str, Any]) -> Iterator[str]:
    """Scenarios with unchanged information: scale, rotation, offset."""
    yield "| nothing changed | seeds | largest ΔR² | largest effect | features flagged | ΔI moved (median) | alert |"
    yield "|---|---|---|---|---|---|---|"
    for scenario in NULLS:
        notes = [each["note"] for name, each in found.items() if name.rpartition("-")[0] == scenario]
        if notes:
            said = sum("information_unchanged" in note["alerts"] for note in notes)
            yield (
                f"| {scenario} | {len(notes)} | {max(note['delta_r2'] for note in notes):.1e} | "
                f"{max(note['effect'] for note in notes):.1e} | {max(note['flagged'] for note in notes)} | "
                f"{np.mean([note['delta_i_moved'] for note in notes]):.0%} | in {said} of {len(notes)} |"
            )


def others(found: dict[str, Any]) -> Iterator[str]:
    """Repeated studies, and more hidden units than studies."""
    again = [each["note"] for name, each in found.items() if name.startswith("repeated-")]
    if again:
        by_patient, by_study = (np.mean([note[name] for note in again]) for name in ("by_patient", "by_study"))
        yield (
            f"Four of five patients with two studies ({len(again)} seeds): mean R² {by_patient:.3f} with folds by "
            f"patient, {by_study:.3f} by study."
        )
    hidden = [each["note"] for name, each in found.items() if name.startswith("wide-")]
    if hidden:
        yield (
            f"H = 512, N = 100 ({len(hidden)} seeds): theta differs from the pseudo-inverse by at most "
            f"{max(note['theta_gap'] for note in hidden):.1e} (relative); the alert on few studies stands in "
            f"{sum(note['few_studies'] for note in hidden)} of {len(hidden)}."
        )


def varied(found: dict[str, Any]) -> Iterator[str]:
    """planted_all of the second generator, one seed a kind: the trust effect beside delta I."""
    if not any(name.startswith("varied ") for name in found):
        return
    yield f"| second generator, planted_all | estimator | {' | '.join(SHORT)} |"
    yield "|---" * (2 + len(MEASURES)) + "|"
    for name, each in found.items():
        if name.startswith("varied "):
            for one in each["outcomes"][:2]:
                cells = ["–" if one[measure] is None else f"{one[measure]:.3f}" for measure in MEASURES]
                kind = name.removeprefix("varied ").rpartition("-")[0]
                yield f"| {kind} | {one['estimator']} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
