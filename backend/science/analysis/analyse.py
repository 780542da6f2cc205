"""The paper's experiment on three tables: shared projection, closed-form decoders, importance, shift, R2 and MSE.

Source: "What Fine-Tuning Changes: A Radiomic Lens on Prostate Foundation Model Representations" (MIDL 2026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.alert import Alert
from backend.science.analysis.beside import Beside, check_different
from backend.science.analysis.build_report import Findings, build_report
from backend.science.analysis.report import OwnShare
from backend.science.analysis.report_trust import PerStage
from backend.science.analysis.result import Analysis, Decoders, HeldOut, Studies
from backend.science.compute.threads import torch_threads
from backend.science.lens import alerts
from backend.science.lens.decoder import importance, live_units, solve
from backend.science.lens.fit import Fit, Problem, fit, prepared, swept
from backend.science.lens.projection import FIT_THREADS, best_point
from backend.science.lens.scores import STAGES, group_row, grouped, ranking_frame, selected
from backend.science.lens.settings import LensSettings
from backend.science.lens.timing import Stopwatch
from backend.science.tables.glossary import group_words
from backend.science.tables.join import Cohort
from backend.science.tables.split import TEST, TRAIN
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.trust.alerts import trust_alerts
from backend.science.trust.block import Trust, trust_block
from backend.science.trust.columns import groups_with, ranking_with
from backend.science.types import FloatArray, Progress

__all__ = ["Analysis", "Beside", "Decoders", "HeldOut", "LensSettings", "Studies", "analyse"]

OWN_SHARE = ("class", "image_type")


def analyse(
    pre: Embeddings,
    ft: Embeddings | Sequence[Embeddings],
    radiomics: Radiomics,
    settings: LensSettings,
    split: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    icc: Mapping[str, float] | None = None,
    beside: Beside | None = None,
) -> Analysis:
    """Runs the paper block and, unless `settings.trust` is off, the trust block.

    The same tables and settings give bit-identical numbers whatever the order of rows.

    `ft` is the embedding of one run, or of several runs of one recipe; the paper block reads the first. `split` gives
    train, val or test by study id; without it 7:1:2 by patient from the seed. f_share and all scaling use training
    studies only; held-out scores always come from training decoders. With `theta_on="all"` the exported theta and the
    importances are solved on all studies instead. The trust block leaves out one patient at a time. `icc` is
    repeatability by feature, a column beside the others; `beside` what else is known of the studies.
    Raises BadTable for tables that cannot be analysed, BadSettings for impossible settings.
    """
    watch = Stopwatch()
    beside = beside or Beside()
    first, *further = [ft] if isinstance(ft, Embeddings) else ft
    with watch("join tables"):
        others = [*further, *beside.controls]
        problem = prepared(pre, first, radiomics, settings, split, others, beside.required_columns)
        settings = settings.with_hidden(problem.n_train_patients)
        check_different(problem.cohort, pre.name, [table.name for table in (first, *others)])
    with torch_threads(FIT_THREADS):
        with watch("sweep penalties"):
            points = swept(problem, settings, progress) if settings.sweep else ()
        if points:
            settings = replace(settings, l1=best_point(points).l1, l2=best_point(points).l2)
        with watch("fit f_share"):
            joint = fit(problem, np.arange(len(problem.cohort.features)), settings, progress)
        with watch("score groups"):
            groups, shares = _groups(problem, joint, settings, progress)
    with watch("solve decoders"):
        decoders = _decoders(problem, joint, settings)
        i_pre, i_ft = importance(decoders.theta_pre), importance(decoders.theta_ft)
    groups = _with_importance(groups, problem.cohort, i_pre, i_ft)
    ranking = ranking_frame(problem.cohort.features, i_pre, i_ft, joint.scores)
    trust = None
    if settings.trust:
        context = beside.turned(problem.turn).context(problem.cohort, len(further))
        trust = trust_block(problem.cohort, problem.r, joint.z["pre"], joint.z["ft"], settings, progress, context)
        watch.seconds |= trust.seconds
        ranking = ranking_with(ranking, problem.cohort.features, trust)
        groups = groups_with(groups, trust)
    if icc is not None:
        ranking["icc"] = [icc.get(feature, np.nan) for feature in ranking["feature"]]
    found = Findings(
        decoders=decoders,
        ranking=ranking,
        groups=groups,
        alerts=[*_alerts(problem, joint, decoders, settings, trust), *(beside.alerts if trust else ())],
        shares=shares,
        sweep=points,
        trust=trust,
        names=beside.names([first.name, *(table.name for table in further)]),
        seconds=watch.seconds,
    )
    inputs = input_tables(pre, (first, *further), radiomics, beside.controls)
    report = build_report(settings, inputs, problem, split is not None, found)
    cohort = problem.cohort
    embeddings = (cohort.x_pre, cohort.x_ft, *cohort.x_others[: len(further)])
    heldout, studies = _heldout(problem, joint), _studies(problem, joint)
    return Analysis(ranking, groups, report, decoders, heldout, studies, embeddings, trust)


def input_tables(
    pre: Embeddings, runs: Sequence[Embeddings], radiomics: Radiomics, controls: Sequence[Embeddings]
) -> dict[str, Embeddings | Radiomics]:
    """The tables of an analysis by name: pre, ft (ft_2 .. of further runs), control_1 .., radiomics."""
    tables: dict[str, Embeddings | Radiomics] = {"pre": pre}
    tables |= {f"ft_{number}" if number > 1 else "ft": table for number, table in enumerate(runs, start=1)}
    tables |= {f"control_{number}": table for number, table in enumerate(controls, start=1)}
    return tables | {"radiomics": radiomics}


def _groups(
    problem: Problem, joint: Fit, settings: LensSettings, progress: Progress | None
) -> tuple[pd.DataFrame, list[OwnShare]]:
    """groups.csv without importances, and the live units of every f_share fitted for a single group."""
    rows: list[dict[str, object]] = []
    shares: list[OwnShare] = []
    for grouping, group, positions in grouped(problem.cohort.features):
        if settings.per_group_share and grouping in OWN_SHARE:
            step = f"fitting the paper's projection of {group_words(group).strip()}"
            own = fit(problem, positions, settings, _named(progress, step))
            pre, ft = (live_units(own.z[stage][problem.rows(TRAIN)]) for stage in STAGES)
            shares.append(OwnShare(grouping, group, PerStage(pre, ft)))
            scores = own.scores
        else:
            scores = {stage: selected(joint.scores[stage], positions) for stage in joint.scores}
        rows.append(group_row(grouping, group, scores))
    return pd.DataFrame(rows), shares


def _named(progress: Progress | None, step: str) -> Progress | None:
    """The same progress under another step's name."""
    return None if progress is None else lambda _, done, total: progress(step, done, total)


def _with_importance(groups: pd.DataFrame, cohort: Cohort, i_pre: FloatArray, i_ft: FloatArray) -> pd.DataFrame:
    """Adds the mean importance of each group, and its shift."""
    positions = [positions for _, _, positions in grouped(cohort.features)]
    means = {name: [float(i[at].mean()) for at in positions] for name, i in (("i_pre", i_pre), ("i_ft", i_ft))}
    frame = groups.assign(**means)
    return frame.assign(delta_i=frame["i_ft"] - frame["i_pre"])


def _decoders(problem: Problem, joint: Fit, settings: LensSettings) -> Decoders:
    rows = problem.rows(TRAIN) if settings.theta_on == "train" else np.ones(len(problem.sides), dtype=bool)
    r = problem.r[rows]
    decoder = joint.decoder
    if settings.theta_on == "all":
        decoder = {stage: solve(z, r, settings.bias) for stage, z in joint.z.items()}
    return Decoders(
        study_id=_ids(problem, rows),
        feature=tuple(feature.column for feature in problem.cohort.features),
        z_pre=joint.z["pre"][rows],
        z_ft=joint.z["ft"][rows],
        r_minmax=r,
        pre=decoder["pre"],
        ft=decoder["ft"],
        projection=joint.projection,
    )


def _heldout(problem: Problem, joint: Fit) -> HeldOut:
    test = problem.rows(TEST)
    decoded = {stage: joint.decoder[stage].predict(z[test]).astype(np.float32) for stage, z in joint.z.items()}
    return HeldOut(_ids(problem, test), problem.r[test].astype(np.float32), decoded["pre"], decoded["ft"])


def _studies(problem: Problem, joint: Fit) -> Studies:
    cohort = problem.cohort
    return Studies(
        cohort.study_id, cohort.patient_id, tuple(problem.sides.tolist()), joint.z["pre"], joint.z["ft"], problem.r
    )


def _ids(problem: Problem, rows: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(problem.cohort.study_id[row] for row in np.flatnonzero(rows))


def _alerts(
    problem: Problem, joint: Fit, decoders: Decoders, settings: LensSettings, trust: Trust | None
) -> Sequence[Alert]:
    cohort, n_rows = problem.cohort, len(decoders.study_id)
    later = problem.r[~problem.rows(TRAIN)]
    n_outside = int(((later < 0) | (later > 1)).sum())
    live, scores = decoders.live_units, joint.scores
    i_pre, i_ft = importance(decoders.theta_pre), importance(decoders.theta_ft)
    first = (
        [alerts.paper_alone(), alerts.rows_mismatched(scores["pre"].r2, scores["ft"].r2)]
        if trust is None
        else trust_alerts(trust, cohort.features, i_pre, i_ft, cohort.n_patients)
    )
    found = [
        *first,
        alerts.few_studies(n_rows, max(live.values())),
        *(
            alert
            for stage, decoder in (("pre", decoders.pre), ("ft", decoders.ft))
            for alert in (
                alerts.ill_conditioned(decoder.condition_number, stage),
                alerts.dead_units(live[stage], settings.hidden, stage, settings.standardise_x),
                alerts.optimistic(scores[stage], stage),
            )
        ),
        alerts.common_shift(i_pre, i_ft),
        alerts.small_cohort(len(cohort.study_id)),
        alerts.few_test_patients(len({cohort.patient_id[row] for row in np.flatnonzero(problem.rows(TEST))})),
        alerts.repeated_studies(len(cohort.study_id), cohort.n_patients),
        alerts.outside_training_range(n_outside, later.size),
        alerts.lesion_roi(settings.roi),
        *cohort.alerts,
    ]
    return [alert for alert in found if alert is not None]
