"""A whole ranking as columns with short numbers: what a browser holds to filter, sort and draw without asking again."""

import math
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import Damaged
from backend.models import Analysis, AnalysisFeature
from backend.queries import analysis_detail
from backend.queries.stored_report import report_of
from backend.science.tables import glossary
from shared import schemas as s

NUMBERS = (
    *("effect", "ci_low", "ci_high", "effect_shrunk", "q", "delta_r2", "r2_pre", "r2_ft"),
    *("effect_given_label", "given_label_low", "given_label_high", "label_borne", "used"),
    *("n_runs", "n_runs_agree", "icc"),
    *("rank_paper", "i_pre", "i_ft", "delta_i", "paper_r2_pre", "paper_r2_ft"),
)
"""The numbers that lists, charts and the table of a ranking show."""
WEIGHTS = ("i_pre", "i_ft", "delta_i")
"""Numbers of no fixed scale, shown with three significant digits. The others have two or three decimals."""
DECIMALS, MOST_DECIMALS = 3, 6
CLOSE = 1e-6
"""So many steps nearer to where a text changes count as on it: then a number keeps all of its digits."""


def packed_ranking(session: Session, analysis: Analysis) -> s.PackedRanking:
    """The ranking of an analysis as columns; raises `Damaged` where a line is missing."""
    row = AnalysisFeature
    statement = select(row).where(row.analysis_id == analysis.id)
    by_trust = statement.order_by(analysis_detail.trust_effect().desc().nulls_last(), row.rank_paper, row.k)
    rows = session.scalars(by_trust).all()
    if len(rows) != report_of(analysis).n_features:
        raise Damaged("An analysis lacks lines of its ranking; restore the database from a backup.")
    numbers = {name: short(name, [getattr(one, name) for one in rows]) for name in NUMBERS}
    return s.PackedRanking(
        analysis_id=analysis.id,
        feature=[one.feature for one in rows],
        label=[analysis_detail.label(one) for one in rows],
        words=[glossary.words(one.feature_class, one.feature_name).label for one in rows],
        modality=[one.modality for one in rows],
        image_type=[one.image_type for one in rows],
        feature_class=[one.feature_class for one in rows],
        feature_name=[one.feature_name for one in rows],
        flag=[one.flag for one in rows],
        use=[one.use for one in rows],
        numbers={name: column for name, column in numbers.items() if any(one is not None for one in column)},
    )


def short(name: str, column: Sequence[float | None]) -> list[float | None]:
    """The numbers of a column with no more digits than their texts need."""
    if name in WEIGHTS:
        return [value and shortened(value, (5, 8), _decimals(value)) for value in column]
    return [value if value is None or isinstance(value, int) else shortened(value, (4, 8)) for value in column]


def shortened(value: float, digits: Sequence[int], decimals: int = DECIMALS) -> float:
    """The shortest of some forms with the same texts of up to `decimals` places as the number itself.

    Rounding twice can end in another digit than rounding once: only where a form lies on the other side of a number in
    the middle between two texts. These are multiples of half a last place, as are the bounds at which a text changes
    its form.
    """
    steps = value * 2 * 10**decimals
    away = abs(steps - round(steps))
    for kept in digits:
        candidate = float(f"{value:.{kept}g}")
        if abs(candidate * 2 * 10**decimals - steps) < away - CLOSE:
            return candidate
    return value


def _decimals(value: float) -> int:
    """Places of three significant digits."""
    return min(MOST_DECIMALS, max(0, 2 - math.floor(math.log10(abs(value)))))
