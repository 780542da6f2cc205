"""The report of an analysis: what went in, what was chosen, what came out, and what to be careful about.

These classes are the one typed form of report.json. `report_json` reads and writes the file; nothing else knows its
keys. Numbers that are undefined are None. Lengths: N studies, P patients, K features.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.science.alert import Alert
from backend.science.analysis.report_rows import GroupRow, RankingRow
from backend.science.analysis.report_trust import PerStage, TrustReport
from backend.science.lens.projection import SweepPoint
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Dropped
from backend.science.text_format import words_only
from backend.science.training.task_names import task_words

REPORT_VERSION = 2


@dataclass(frozen=True, slots=True)
class SideCount:
    """Studies and patients on one side of the split."""

    studies: int
    patients: int


@dataclass(frozen=True, slots=True)
class Split:
    """How large each side of the split is; `source` is `given`, or how the split was drawn."""

    source: str
    train: SideCount
    val: SideCount
    test: SideCount


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds of the random steps; None where a step drew nothing."""

    split: int | None
    projection: int
    trust: int | None


@dataclass(frozen=True, slots=True)
class InputTable:
    """One of the three input tables; `sha256` is None where it came from no file."""

    name: str
    sha256: str | None
    content_sha256: str
    studies: int
    columns: int
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IccCounts:
    """How many features have a known ICC, and how many of these lie below 0.75."""

    known: int
    below_075: int


@dataclass(frozen=True, slots=True)
class OwnShare:
    """Live units of a shared projection that was fitted for a single group."""

    grouping: str
    group: str
    live_units: PerStage[int]


@dataclass(frozen=True, slots=True)
class ModalityRow:
    """One modality of the paper's Fig. 2: the scores of the class that is decoded best."""

    modality: str
    scores: GroupRow


@dataclass(frozen=True, slots=True)
class BestClass:
    """The paper's Fig. 2: the feature class with the highest held-out R2 after fine-tuning, by modality."""

    feature_class: str
    by_modality: tuple[ModalityRow, ...]


@dataclass(frozen=True, slots=True)
class PaperRankings:
    """The paper's Fig. 3: largest gain and loss of importance, and important features that changed least."""

    gaining: tuple[RankingRow, ...]
    losing: tuple[RankingRow, ...]
    stable: tuple[RankingRow, ...]


@dataclass(frozen=True, slots=True)
class ModalityWords:
    """A modality as its protocol shows it; `unit` is empty where values have none."""

    name: str
    unit: str
    colour: str


@dataclass(frozen=True, slots=True)
class ProtocolWords:
    """What the protocol of a cohort calls its parts; `target` is the task in words, of no kind where tables named it.

    Modalities are those that were analysed, in the order in which they are shown.
    """

    name: str
    target: str
    target_kind: str
    modalities: tuple[ModalityWords, ...]


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Which part of a cohort was analysed: conditions as text and in words, the columns they ask, the whole's size."""

    where: str
    words: str
    columns: tuple[str, ...]
    n_studies_all: int
    n_patients_all: int


@dataclass(frozen=True, slots=True)
class CohortSource:
    """Where the tables came from, for an analysis of a stored cohort.

    `left_out` gives the reason by study id; `extraction` is the radiomics extraction that was read, None for imported
    tables. `n_groups` is None in reports of early versions. `protocol` is None where it is that of the prostate, and
    for tables, whose names are their own. `subgroup` is None where all of the cohort was analysed.
    """

    left_out: Mapping[str, str]
    n_groups: int | None
    extraction: str | None
    protocol: ProtocolWords | None = None
    subgroup: Subgroup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The content of report.json.

    `width` is the number of embedding dimensions, `hidden` that of hidden units; theta was solved on `n_theta` studies.
    `trust` is None where the block was left out, `icc` where no repeatability was given, `cohort` for files.
    """

    task: str | None
    roi: str | None
    n_studies: int
    n_patients: int
    n_features: int
    hidden: int
    width: int
    n_theta: int
    modalities: tuple[str, ...]
    split: Split
    trust: TrustReport | None
    icc: IccCounts | None
    live_units: PerStage[int]
    rank: PerStage[int]
    condition_number: PerStage[float | None]
    alerts: tuple[Alert, ...]
    wording: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    caption: str
    table1: tuple[GroupRow, ...]
    fig2: BestClass
    rankings: PaperRankings
    shares: tuple[OwnShare, ...]
    sweep: tuple[SweepPoint, ...]
    settings: LensSettings
    seeds: Seeds
    versions: Mapping[str, str]
    inputs: Mapping[str, InputTable]
    timings: Mapping[str, float]
    cohort: CohortSource | None = None
    version: int = REPORT_VERSION  # of the format it was written in; the trust block of version 1 rests on a bootstrap

    @property
    def protocol(self) -> ProtocolWords | None:
        """Words of the cohort's protocol, where there is another than the prostate's."""
        return None if self.cohort is None else self.cohort.protocol

    @property
    def subgroup(self) -> Subgroup | None:
        """The part of the cohort that was analysed; None where it was all of it."""
        return None if self.cohort is None else self.cohort.subgroup

    @property
    def task_words(self) -> str:
        """What the encoder was fine-tuned for, within a sentence; empty where that is not known."""
        if self.task is None:
            return ""
        return task_words(self.task) if self.protocol is None else words_only(self.protocol.target)

    @property
    def shared_change(self) -> float | None:
        """The relative change of R2 that all features share; None without a trust block or where it is undefined."""
        return None if self.trust is None else self.trust.shared_change
