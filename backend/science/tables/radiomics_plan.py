"""What the columns of a radiomics table are read as: features, ids, the modality of a row, what tells lesions apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.science.tables.feature_columns import Found, feature_of, not_a_feature
from backend.science.tables.formats.columns import Kind, Unused
from backend.science.tables.id_columns import id_names
from backend.science.tables.lesions import volume_column
from backend.science.tables.long_table import LongNames, long_names
from backend.science.tables.modality_pattern import ModalityPattern, named_column
from backend.science.tables.options import TableOptions
from backend.science.tables.upright import lying

ROW_MODALITY = "modality"
LESION_WORDS = ("mask", "label", "roi", "region", "lesion", "segment", "structure", "tumor", "tumour", "nodule")


@dataclass(slots=True)
class RadiomicsPlan:
    """The plan of one table, and what it remembers of the header for the reading that follows."""

    options: TableOptions
    features: dict[str, Found] = field(default_factory=dict)
    long: LongNames | None = None
    lying: str | None = None
    """The column of feature names, where the other columns are studies."""
    modality_column: str | None = None
    modality_pattern: ModalityPattern | None = None
    lesion_columns: list[str] = field(default_factory=list)
    size_column: str | None = None
    unused: list[Unused] = field(default_factory=list)

    def __call__(self, names: Sequence[str]) -> Mapping[str, Kind]:
        self.unused = []
        self.lying = lying(names)
        if self.lying:
            return dict.fromkeys(names, "text")
        ids = [name for name in id_names(names, self.options) if name is not None]
        rest = [name for name in names if name not in ids]
        self.modality_column = self._modality_column(rest)
        rest = [name for name in rest if name != self.modality_column]
        self.long = long_names(rest)
        text = [*ids, *([self.modality_column] if self.modality_column else [])]
        if self.long:
            text.append(self.long.feature)
            rest = [name for name in rest if name not in (self.long.feature, self.long.value)]
            self.lesion_columns = [name for name in rest if _tells_lesions(name)]
            others = [name for name in rest if name not in self.lesion_columns]
            self.unused += [Unused(name, not_a_feature(name) or "is neither feature nor value") for name in others]
            wanted: dict[str, Kind] = dict.fromkeys([*text, *self.lesion_columns], "text")
            return wanted | {self.long.value: "number"}
        self.features = {name: found for name in rest if not not_a_feature(name) and (found := feature_of(name))}
        left = [name for name in dict.fromkeys(rest) if name not in self.features]
        self.lesion_columns = [name for name in left if _tells_lesions(name)]
        self.size_column = volume_column(rest) if self.options.lesions == "largest" else None
        sized = self.size_column if self.size_column not in self.features else None
        self.unused += [
            Unused(name, not_a_feature(name) or "is not named as a feature is")
            for name in left
            if name not in self.lesion_columns and name != sized
        ]
        wanted = dict.fromkeys([*text, *self.lesion_columns], "text")
        return wanted | dict.fromkeys([*self.features, *([sized] if sized else [])], "number")

    def _modality_column(self, names: Sequence[str]) -> str | None:
        """The column that states the modality of a row: the one that was named, else one called `modality`."""
        if self.options.modality_from is not None:
            column, self.modality_pattern = named_column(self.options.modality_from, names)
            return column
        return next((name for name in names if name.lower() == ROW_MODALITY), None)


def _tells_lesions(name: str) -> bool:
    bare = name.lower()
    general = "diagnostics_" in bare or bare.startswith("general_info_")
    return not general and any(word in bare for word in LESION_WORDS)
