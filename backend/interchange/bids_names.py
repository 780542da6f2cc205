"""Labels and names of files as BIDS has them: letters and digits alone, entities in a fixed order.

Source: the BIDS specification, common principles and its schema of derivatives.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


def unique_labels(ids: Iterable[str]) -> dict[str, str]:
    """Id -> its letters and digits; ids that would look alike get a number behind them, in order of the ids.

    Upper and lower case look alike on some disks.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for one in sorted(set(ids)):
        plain = label(one)
        wanted, number = plain, 2
        while wanted.lower() in taken:
            wanted, number = f"{plain}n{number}", number + 1
        taken.add(wanted.lower())
        found[one] = wanted
    return found


def label(name: str) -> str:
    """The letters and digits of a name; `x` where it has none."""
    return re.sub(r"[^A-Za-z0-9]", "", name) or "x"


@dataclass(frozen=True, slots=True)
class Session:
    """One study: the labels of its subject and session."""

    subject: str
    session: str

    @property
    def folder(self) -> str:
        """Where its masks lie."""
        return f"sub-{self.subject}/ses-{self.session}/anat"

    def mask(self, region: str) -> str:
        """A binary mask, without its end."""
        return f"{self._start}_space-orig_label-{label(region)}_desc-stored_mask"

    def segmentation(self, region: str) -> str:
        """A mask whose values are codes of several regions, without its end."""
        return f"{self._start}_space-orig_seg-{label(region)}_desc-stored_dseg"

    @property
    def _start(self) -> str:
        return f"{self.folder}/sub-{self.subject}_ses-{self.session}"
