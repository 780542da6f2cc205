"""What is known of a series when a volume is chosen: tags, geometry, and the words of its name."""

from dataclasses import dataclass
from functools import cached_property

from backend.ingest.dicom.series_words import Words, image_type_words, shown_words, words_of

SECONDARY = {"SECONDARY", "DERIVED"}
PHASES = {"P", "PHASE", "PHASE MAP", "REAL", "IMAGINARY"}


@dataclass(frozen=True)
class SeriesFacts:
    """The properties by which series are chosen: `image_type` upper case, `description` lower case, `b_value` s/mm2.

    `key` names it for people; `plane` is in-plane spacing (mm), rows and columns, `ends` the first and last position
    (mm), `problem` why it can be no volume here, `directional` one gradient direction instead of the mean of several,
    `uid` the SeriesInstanceUID, by which a person may name it,
    `echo` spin, gradient or planar where a tag says so, `capture` a secondary capture that has a place nevertheless,
    `kind` MR, CT or PT, `agent` whether a contrast agent is stated, `kernel` that of a CT's reconstruction.
    """

    number: int
    image_type: tuple[str, ...]
    description: str
    b_value: float | None
    axial: bool
    key: str = ""
    slices: int = 0
    plane: tuple[float, float, int, int] = (0.0, 0.0, 0, 0)
    ends: tuple[float, ...] = ()
    spin_echo_ms: float | None = None
    problem: str = ""
    mixed_b: bool = False
    directional: bool = False
    protocol: str = ""
    isotropic: bool = False
    echo: str = ""
    capture: bool = False
    orientation: str = ""
    uid: str = ""
    kind: str = ""
    echo_ms: float | None = None
    inversion_ms: float | None = None
    agent: bool = False
    kernel: str = ""

    @cached_property
    def type_words(self) -> frozenset[str]:
        """The words of ImageType."""
        return image_type_words(self.image_type)

    @cached_property
    def named(self) -> Words:
        """The words of the description."""
        return words_of(self.description)

    @cached_property
    def protocol_named(self) -> Words:
        """The words of the protocol's name, which only counts where nothing else tells."""
        return words_of(self.protocol)

    @property
    def phases(self) -> frozenset[str]:
        """What ImageType says of phase, real or imaginary values."""
        return frozenset(PHASES & set(self.image_type))

    @property
    def is_original(self) -> bool:
        """Whether it holds what a scanner acquired: maps and computed images are never that."""
        return "ORIGINAL" in self.image_type

    @property
    def is_processed(self) -> bool:
        """Whether it was computed from another series after the acquisition."""
        return set(self.image_type) >= SECONDARY

    @property
    def high_b(self) -> float | None:
        """The b-value of the tags, else the only one that the description names, or else the protocol."""
        if self.b_value is not None and not (self.b_value == 0 and self.is_computed):
            return self.b_value
        named = (self.named if self.named.meanings else self.protocol_named).b_values
        return named[0] if len(named) == 1 else None

    @property
    def is_computed(self) -> bool:
        """Whether its b-value was never acquired, but computed from others."""
        return "computed" in self.type_words or "computed" in self.named.meanings

    @property
    def words(self) -> str:
        """The description with every word that is not a known one left out: it could be a name."""
        return shown_words(self.description)

    @property
    def shown_type(self) -> str:
        """ImageType with every word that is not a known one left out."""
        return " ".join(filter(None, (shown_words(word.lower()).upper() for word in self.image_type)))

    @property
    def geometry(self) -> str:
        """`axial, 0.5 x 0.5 mm, 384 x 384, 19 slices over 54 mm`."""
        row, column, rows, columns = self.plane
        over = f" over {abs(self.ends[1] - self.ends[0]):.0f} mm" if len(self.ends) == 2 else ""
        plane = self.orientation or ("axial" if self.axial else "not axial")
        counted = f"{self.slices} slice{'' if self.slices == 1 else 's'}"
        size = f"{column:.3g} x {row:.3g} mm, {columns} x {rows}, " if rows and row else ""
        return f"{plane}, {size}{counted}{over}"

    @property
    def step_mm(self) -> float:
        """The distance of slices; 0 where there is one."""
        return abs(self.ends[1] - self.ends[0]) / (self.slices - 1) if len(self.ends) == 2 and self.slices > 1 else 0.0

    def same_grid(self, other: "SeriesFacts") -> bool:
        """Whether two series have the same slices: an ADC map is computed from its diffusion images."""
        near = all(abs(a - b) < 1.0 for a, b in zip(self.ends, other.ends, strict=True))
        return self.slices == other.slices and self.plane == other.plane and near
