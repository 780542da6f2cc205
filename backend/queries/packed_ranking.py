"""A whole ranking as columns with short numbers: what a browser holds to filter, sort and draw without asking again."""

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
"""Numbers of no fixed scale: three significant digits, up to six decimals. The others have two or three decimals."""
WEIGHT_DECIMALS, DECIMALS = tuple(range(7)), (2, 3)
BOUNDS = (0.001, 0.005, 0.01)
"""Where the text of a number of two or three decimals changes its form."""


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
        numbers={
            name: short(name, column) for name, column in numbers.items() if any(one is not None for one in column)
        },
    )


def short(name: str, column: Sequence[float | None]) -> list[float | None]:
    """The numbers of a column with no more digits than their texts need."""
    shortened = short_weight if name in WEIGHTS else short_share
    return [value if value is None or isinstance(value, int) else shortened(value) for value in column]


def short_share(value: float) -> float:
    """An R² or a share with the same texts of two and three decimals."""
    for digits in (4, 5, 8):
        candidate = float(f"{value:.{digits}g}")
        if _same_texts(candidate, value, DECIMALS) and _same_side(candidate, value):
            return candidate
    return value


def short_weight(value: float) -> float:
    """A weight norm or a difference of two, with the same texts of up to six decimals and three significant digits."""
    for digits in (5, 8):
        candidate = float(f"{value:.{digits}g}")
        if _same_texts(candidate, value, WEIGHT_DECIMALS) and f"{candidate:.14e}"[-3:] == f"{value:.14e}"[-3:]:
            return candidate
    return value


def _same_texts(candidate: float, value: float, decimals: Sequence[int]) -> bool:
    """Whether rounding twice ends in the same digits as rounding once."""
    return all(f"{candidate:.{places}f}" == f"{value:.{places}f}" for places in decimals)


def _same_side(candidate: float, value: float) -> bool:
    return all((abs(candidate) < bound) == (abs(value) < bound) for bound in BOUNDS)
