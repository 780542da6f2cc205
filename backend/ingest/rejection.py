"""The exception of a study that cannot be used, with the code under which the quality report counts it."""

from backend.errors import BadImage, Refusal


class Rejection(BadImage):
    """A refusal of a study with its code, one of `finding_codes.CODES`."""

    def __init__(self, sentence: str, finding: str) -> None:
        super().__init__(sentence)
        self.finding = finding

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.sentence, self.finding)


def finding_of(refusal: Refusal) -> str:
    """The code of any refusal; one that names none is about a file."""
    return refusal.finding if isinstance(refusal, Rejection) else "bad_file"
