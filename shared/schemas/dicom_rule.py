"""How a modality is found among the series of a DICOM study: words, ImageType, and tags of the acquisition."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from shared.schemas.protocol_base import Finite, Part, Range


def _word(word: str) -> str:
    if not any(character.isalnum() for character in word):
        raise ValueError(f"is {word[:40]!r}, which has no letter or digit; write one that has")
    return word


def _kind_of_b_value(given: Any) -> str:
    return "[word]" if isinstance(given, str) else "[number]"


Word = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_word)]
Words = Annotated[tuple[Word, ...], Field(max_length=100)]
BValue = Annotated[
    Annotated[Literal["highest", "lowest"], Tag("[word]")] | Annotated[Finite, Field(ge=0, le=1e5), Tag("[number]")],
    Discriminator(_kind_of_b_value),
]


class DicomRule(Part):
    """Conditions that a series has to meet, all that are given; names and aliases of the modality count as words."""

    words: Words = Field(default=(), description="Any of them in the description, as whole words.")
    not_words: Words = Field(default=(), description="None of them.")
    image_type: Words = Field(default=(), description="All of them are values of ImageType (0008,0008).")
    modality: Literal["MR", "CT", "PT"] | None = Field(default=None, description="Modality (0008,0060).")
    b_value: BValue | None = Field(default=None, description="s/mm2, or the highest or lowest of the study.")
    echo_time_ms: Range | None = None
    inversion_time_ms: Range | None = None
    contrast: bool | None = Field(default=None, description="By words, else by ContrastBolusAgent (0018,0010).")
    plane: Literal["axial", "sagittal", "coronal"] | None = None

    @property
    def given(self) -> frozenset[str]:
        """The conditions that it has."""
        return frozenset(name for name in type(self).model_fields if getattr(self, name) not in (None, ()))

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.given:
            raise ValueError("is empty; give at least one condition, or leave the key out")
        for word in self.words:
            if word.casefold() in {other.casefold() for other in self.not_words}:
                raise ValueError(f"has {word!r} among words and not_words")
        return self
