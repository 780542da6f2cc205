"""What the paper's numbers answer on a simulated cohort: delta I, the difference of R2 of one split, a paired t-test.

They stand beside the trust effect because people use them. The t-test is of squared errors over held-out patients. It
is not valid: patients share the decoder, so it finds changes where there are none.
"""

import numpy as np
from scipy.stats import false_discovery_control, ttest_rel

from backend.science.analysis.analyse import Analysis, analyse
from backend.science.lens.settings import LensSettings
from backend.science.power.scores import Outcome, Truth, outcome
from backend.science.synthetic.worlds.draw import SimulatedCohort
from backend.science.synthetic.worlds.world import World
from backend.science.tables.feature_names import parse
from backend.science.tables.types import Embeddings, Radiomics
from backend.science.trust.thresholds import FALSE_DISCOVERY
from backend.science.types import FloatArray

IMPORTANCE, ONE_SPLIT, T_TEST = "ΔI", "ΔR² of one split", "paired t-test"


def paper_outcomes(world: World, cohort: SimulatedCohort, truth: Truth, hidden: int) -> list[Outcome]:
    """Score the paper's numbers on one cohort, with the first of its runs; none where its embeddings are equal."""
    if np.array_equal(cohort.pre, cohort.runs[0]):
        return []
    analysis = analyse(*lens_tables(world, cohort), LensSettings(hidden=hidden, trust=False))
    ranking = analysis.ranking.set_index("feature").loc[list(world.columns)]
    statistic, p = _paired_t_test(analysis)
    order = [analysis.decoders.feature.index(column) for column in world.columns]
    statistic, p = statistic[order], p[order]
    flagged = np.where(false_discovery_control(p) <= FALSE_DISCOVERY, np.sign(statistic), 0).astype(np.intp)
    return [
        outcome(truth, IMPORTANCE, ranking["delta_i"].to_numpy(float)),
        outcome(truth, ONE_SPLIT, (ranking["paper_r2_ft"] - ranking["paper_r2_pre"]).to_numpy(float)),
        outcome(truth, T_TEST, statistic, flagged),
    ]


def lens_tables(world: World, cohort: SimulatedCohort) -> tuple[Embeddings, Embeddings, Radiomics]:
    """Convert a simulated cohort to the types of the lens."""
    studies = tuple(f"S{number:05d}" for number in range(len(cohort.patient_id)))
    pre, ft = (
        Embeddings(
            study_id=studies,
            patient_id=cohort.patient_id,
            values=values,
            name=name,
            dimensions=tuple(range(values.shape[1])),
        )
        for name, values in (("pre", cohort.pre), ("ft", cohort.runs[0]))
    )
    features = tuple(parse(column) for column in world.columns)
    radiomics = Radiomics(
        study_id=studies, patient_id=cohort.patient_id, values=cohort.radiomics, name="radiomics", features=features
    )
    return pre, ft, radiomics


def _paired_t_test(analysis: Analysis) -> tuple[FloatArray, FloatArray]:
    """Paired t statistic and p of squared errors over held-out studies; positive where decoded better after."""
    heldout = analysis.heldout
    before, after = (np.square(decoded - heldout.true) for decoded in (heldout.decoded_pre, heldout.decoded_ft))
    if np.array_equal(before, after):
        return np.zeros(before.shape[1]), np.ones(before.shape[1])
    found = ttest_rel(before.astype(float), after.astype(float))
    return np.asarray(found.statistic), np.nan_to_num(found.pvalue, nan=1.0)  # NaN where the errors are equal
