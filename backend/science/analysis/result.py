"""What an analysis consists of: tables of numbers, the report, and the arrays behind them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.analysis.report import Report
from backend.science.lens.decoder import Decoder, live_units
from backend.science.lens.projection import Projection
from backend.science.trust.block import Trust
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class Decoders:
    """What theta was solved from and what came out: enough to recompute the paper block elsewhere."""

    study_id: tuple[str, ...]
    feature: tuple[str, ...]
    z_pre: FloatArray  # (n, H)
    z_ft: FloatArray  # (n, H)
    r_minmax: FloatArray  # (n, K)
    pre: Decoder
    ft: Decoder
    projection: Projection

    @property
    def theta_pre(self) -> FloatArray:
        return self.pre.theta  # (K, H)

    @property
    def theta_ft(self) -> FloatArray:
        return self.ft.theta  # (K, H)

    @property
    def live_units(self) -> dict[str, int]:
        return {"pre": live_units(self.z_pre), "ft": live_units(self.z_ft)}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """True and decoded values of the test studies by training decoders, float32 (n_test, K), min-max units."""

    study_id: tuple[str, ...]
    true: NDArray[np.float32]
    decoded_pre: NDArray[np.float32]
    decoded_ft: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Studies:
    """Every study of the analysis, sorted by id: its side of the split, projections and scaled radiomics."""

    study_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    split: tuple[str, ...]
    z_pre: FloatArray  # (N, H)
    z_ft: FloatArray  # (N, H)
    r_minmax: FloatArray  # (N, K)


@dataclass(frozen=True, slots=True)
class Analysis:
    """ranking.csv, groups.csv and report.json as objects, and the arrays behind them; `trust` is None if left out."""

    ranking: pd.DataFrame
    groups: pd.DataFrame
    report: Report
    decoders: Decoders
    heldout: HeldOut
    studies: Studies
    embeddings: tuple[FloatArray, ...]  # (N, d) each: pre, then every run
    trust: Trust | None = None
