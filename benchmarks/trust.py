"""The acceptance table of the trust block on simulated cohorts: `python benchmarks/trust.py --seeds 5` prints markdown.

Uses the package's own generator at N = 300 and K = 2511. Naive estimators stand beside: where they do not fail the test
would be too easy. One run (scenario and seed) takes about half a minute of CPU; set OPENBLAS_NUM_THREADS=1.
"""

import argparse

from backend.science.lens import LensSettings, analyse
from backend.science.selfcheck import Outcome, judged, lens_tables, summary
from backend.science.synthetic.tables import SCENARIOS, synth_tables

MEASURES = ("auc", "precision_at_k", "group_auc", "false_positives", "power", "false_share")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--first-seed", type=int, default=0)
    options.add_argument("--patients", type=int, default=300)
    options.add_argument("--features", type=int, default=None, help="per modality; all 837 by default")
    options.add_argument("--bootstrap", type=int, default=200)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=SCENARIOS)
    chosen = options.parse_args()
    settings = LensSettings(bootstrap=chosen.bootstrap, threads=chosen.threads)
    outcomes: list[Outcome] = []
    notes = []
    for scenario in chosen.scenarios:
        for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
            planted = synth_tables(chosen.patients, chosen.features, seed=seed, scenario=scenario)
            analysis = analyse(*lens_tables(planted), settings)
            outcomes += judged(analysis, planted.truth)
            codes = [alert["code"] for alert in analysis.report["alerts"]]
            change = analysis.ranking[["delta_r2", "effect"]].abs().max()
            notes.append(
                f"{scenario} {seed}: b {analysis.report['b']:.3f}, largest ΔR² {change['delta_r2']:.1e}, "
                f"largest effect {change['effect']:.1e}, ΔI moved {analysis.ranking['delta_i'].abs().median():.3f}, "
                f"flags {analysis.report['trust']['flags']}, {', '.join(codes)}"
            )
            print(notes[-1], flush=True)
    print(table(outcomes))


def table(outcomes: list[Outcome]) -> str:
    """Means over seeds as a markdown table."""
    lines = [f"| scenario | seeds | estimator | {' | '.join(MEASURES)} |", "|---" * (3 + len(MEASURES)) + "|"]
    for row in summary(outcomes).to_dict("records"):
        cells = ["–" if row[name] != row[name] else f"{row[name]:.3f}" for name in MEASURES]
        lines.append(f"| {row['scenario']} | {row['seeds']} | {row['estimator']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
