"""Which region of a protocol a segment or contour draws: by names and aliases, else by the meaning of its code."""

import re
from typing import Protocol as Interface

from pydicom import Dataset

from backend.ingest.dicom import seg_words
from backend.ingest.dicom.stated import text
from shared.schemas.protocol import Protocol, squeezed

SIDES = re.compile(r"^(left|right|bilateral|lt|rt|l|r)[\s_-]+|[\s_-]+(left|right|bilateral|lt|rt|l|r)$")
NUMBER = re.compile(r"[\s_#-]*\d{1,3}$")


class RegionNames(Interface):
    """Tells regions by names."""

    def by_words(self, name: str) -> str:
        """The region of a name; nothing for other names."""

    def of_segment(self, item: Dataset) -> tuple[str, str]:
        """The region of a segment, or nothing; and a phrase where its label and its code contradict each other."""

    def shown(self, name: str) -> str:
        """A typed name as far as it may be shown."""


class ProstateNames:
    """The regions of the prostate."""

    by_words = staticmethod(seg_words.region_by_words)
    of_segment = staticmethod(seg_words.region_of_segment)
    shown = staticmethod(seg_words.shown_label)


class ProtocolNames:
    """The regions of another protocol; a code of a label map is `zones/PZ`."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._codes = {
            squeezed(name): f"{region.name}/{name}" for region in protocol.regions for name in region.codes.values()
        }

    def exactly(self, name: str) -> str:
        """The region of a name as it is written."""
        region = self._protocol.region_of(name)
        kinds = {one.name: one.kind for one in self._protocol.regions}
        return self._codes.get(squeezed(name), region if kinds.get(region) == "binary" else "")

    def by_words(self, name: str) -> str:
        """The region of a name; a side or a number tells several of a kind apart (`GTV-2`, `Lung-Left`)."""
        bare = name.strip()
        split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)
        tried = [bare, split, *(_without(SIDES, each) for each in (bare, split)), _without(NUMBER, bare)]
        tried += [_without(SIDES, _without(NUMBER, bare))]
        return next((found for each in tried if each and (found := self.exactly(each))), "")

    def of_segment(self, item: Dataset) -> tuple[str, str]:
        """By its label, else by the meaning of its type's code."""
        label = self.by_words(text(item, "SegmentLabel"))
        meanings = [text(type_, "CodeMeaning") for type_ in item.get("SegmentedPropertyTypeCodeSequence") or ()]
        return label or next((found for each in meanings if (found := self.by_words(each))), ""), ""

    def shown(self, name: str) -> str:
        """Whole where it names a region, else its known words."""
        return " ".join(re.split(r"[\s_]+", name.strip())) if self.by_words(name) else seg_words.shown_label(name)


PROSTATE = ProstateNames()


def names_of(protocol: Protocol | None) -> RegionNames:
    """The names of a protocol's regions; of the prostate where none is given."""
    return PROSTATE if protocol is None else ProtocolNames(protocol)


def _without(pattern: re.Pattern[str], name: str) -> str:
    lowered = name.lower()
    return pattern.sub("", lowered) if pattern.search(lowered) else ""
