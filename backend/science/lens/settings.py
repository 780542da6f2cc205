"""Settings of an analysis, checked on construction."""

from dataclasses import dataclass

from backend.errors import BadSettings
from backend.science.lens.projection import ProjectionSettings

OTHER_DECODERS = ("kernel", "elastic_net")


@dataclass(frozen=True, slots=True)
class LensSettings:
    """Settings of an analysis; all of them are written into its report.

    `bootstrap` replicates, `folds` and `repeats` shape the trust block; with `bootstrap` 0 there is none.
    `decoders` names other decoders (`kernel`, `elastic_net`) whose R2 is shown beside the ridge's.
    """

    hidden: int = 128
    epochs: int = 200
    learning_rate: float = 1e-3
    batch_size: int = 64
    l1: float = 1e-6
    l2: float = 1e-5
    standardise_x: str = "pre"
    sweep: bool = False
    bias: bool = False
    per_group_share: bool = False
    theta_on: str = "train"
    intersect: bool = False
    seed: int = 0
    threads: int = 1
    bootstrap: int = 200
    folds: int = 5
    repeats: int = 3
    decoders: tuple[str, ...] = ()
    task: str | None = None
    roi: str | None = None

    def __post_init__(self) -> None:
        for name, least in {"seed": 0, "threads": 1, "bootstrap": 0, "folds": 2, "repeats": 1}.items():
            if getattr(self, name) < least:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be {least} or more.")
        if self.bootstrap == 1:
            raise BadSettings("bootstrap is 1; a standard error needs 2 replicates, better 200, and 0 leaves it out.")
        if self.decoders and not self.bootstrap:
            raise BadSettings("Other decoders belong to the trust block; use a bootstrap of 2 or more with them.")
        if self.theta_on not in ("train", "all"):
            raise BadSettings(f"theta_on is {self.theta_on!r}; use train or all.")
        if not set(self.decoders) <= set(OTHER_DECODERS):
            raise BadSettings(f"decoders are {', '.join(OTHER_DECODERS)} beside the ridge; there is no other.")
        _ = self.projection

    @property
    def projection(self) -> ProjectionSettings:
        """The settings of f_share, checked."""
        return ProjectionSettings(
            self.hidden, self.epochs, self.learning_rate, self.batch_size, self.l1, self.l2, self.standardise_x
        )
