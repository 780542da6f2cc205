"""What sentences and reports call the parts of a stored cohort: by its protocol, or by the names its tables gave."""

from collections.abc import Sequence

from backend.models import Cohort
from backend.science.analysis.report import ModalityWords, ProtocolWords
from backend.science.text_format import words_only
from backend.storage.cohort_protocol import BY_NAME, protocol_of
from shared.protocol_words import modality_colours, target_words

NO_UNIT = "a.u."


def task_words(cohort: Cohort, task: str) -> str:
    """A task within a sentence, such as `PI-RADS`; without anything that could be markup."""
    return words_only(target_words(protocol_of(cohort), task))


def report_words(cohort: Cohort, task: str, modalities: Sequence[str]) -> ProtocolWords | None:
    """What a report of these modalities says in the words of the cohort's protocol.

    None for the built-in protocol of the prostate, and for tables: reports know its words, and tables bring their own.
    """
    if cohort.protocol == BY_NAME:
        return None
    protocol = protocol_of(cohort)
    colours, own = modality_colours(protocol), {one.name: one for one in protocol.modalities}
    target = next((one for one in protocol.targets if one.name == task), None)
    return ProtocolWords(
        name=protocol.name,
        target=target_words(protocol, task),
        target_kind="" if target is None else target.kind,
        modalities=tuple(
            ModalityWords(name, own[name].unit.replace(NO_UNIT, ""), colours[name])
            for name in modalities
            if name in own
        ),
    )
