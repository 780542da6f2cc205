"""One thing a reader must know before believing the numbers."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to know, with the reason; `code` is stable and meant for scripts."""

    code: str
    sentence: str
    why: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
