"""Which cases the list shows. The address holds the choice, so that it counts while the list is folded away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from frontend.state import query_parameters, session_keys
from frontend.text import labels
from frontend.text.case_facts import CLINICAL, shown_targets, target_value
from shared import schemas as s
from shared.protocol_words import finding_of, spoken
from shared.schemas.protocol_parts import ProtocolTarget

STATUSES = {"accepted": "accepted", "rejected": "refused", "excluded": "excluded", "all": "all"}
ANY = "any"
MOST_CHOICES, MOST_SEGMENTS = 5, 7
"""Targets that are offered, and options that stand side by side; more fold into a box."""
TAKEN = {"text", "status", *(value for name, value in vars(query_parameters).items() if name.isupper())}
"""Names in the address that mean something else."""


@dataclass(frozen=True)
class Choice:
    """One filter by a value: its name in the address, its words, what there is to choose, and a case's value."""

    name: str
    label: str
    options: tuple[str, ...]
    of: Callable[[s.Case], str]

    def parts(self, cases: Sequence[s.Case]) -> bool:
        """Whether a choice would leave out any of the cases."""
        return len({self.of(case) for case in cases}) > 1


@dataclass(frozen=True)
class Filters:
    """A text to look for, a status, and what was chosen of each `Choice`."""

    text: str = ""
    status: str = "accepted"
    chosen: Mapping[str, str] = field(default_factory=dict)

    def passing(self, cases: Sequence[s.Case], offered: Sequence[Choice]) -> list[s.Case]:
        """The cases that pass every filter, in their order."""
        wanted = self.text.strip().lower()
        return [
            case
            for case in cases
            if self.status in ("all", case.status)
            and all(self.value(one.name) in (ANY, one.of(case)) for one in offered)
            and wanted in f"{case.study_id} {case.patient_id} {case.center or ''} {case.split or ''}".lower()
        ]

    def value(self, name: str) -> str:
        """What is chosen of a filter."""
        return {"text": self.text, "status": self.status}.get(name) or self.chosen.get(name, ANY)


NONE = Filters()


def choices(protocol: s.Protocol, everything: Sequence[s.Case]) -> list[Choice]:
    """The filters of a protocol's cases: its classes and grades, and whether its finding is outlined."""
    classed = [one for one in shown_targets(protocol) if one.kind in ("class", "ordinal")]
    of_targets = [_of_target(protocol, one, everything) for one in classed[:MOST_CHOICES]]
    found = [one for one in of_targets if one.parts(everything)]
    finding = finding_of(protocol)
    if any(one.name == finding and one.kind == "binary" and not one.required for one in protocol.regions):
        found.append(_of_region(str(finding)))
    return found


def of_address(offered: Sequence[Choice]) -> Filters:
    """The filters of the address; one that is not on offer counts as not set."""
    parameters = st.query_params
    return Filters(
        text=parameters.get("text", ""),
        status=next((name for name, word in STATUSES.items() if word == parameters.get("status")), NONE.status),
        chosen={one.name: value for one in offered if (value := parameters.get(one.name)) in one.options and value},
    )


def boxes(offered: Sequence[Choice], now: Filters) -> None:
    """The filters; a change goes into the address."""
    for name in ("text", "status", *(one.name for one in offered)):
        value = now.text if name == "text" else now.value(name)
        if st.session_state.get(session_keys.case_filter(name)) != value:  # or a text is set back while it is typed
            st.session_state[session_keys.case_filter(name)] = value
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search",
            key=session_keys.case_filter("text"),
            on_change=_choose,
            args=("text",),
            placeholder="study, patient, centre",
            live=True,
            width=240,
            type="search",
        )
        st.segmented_control(
            "Status",
            list(STATUSES),
            format_func=STATUSES.__getitem__,
            required=True,
            key=session_keys.case_filter("status"),
            on_change=_choose,
            args=("status",),
        )
        for one in offered:
            _box(one)


def _box(one: Choice) -> None:
    key = session_keys.case_filter(one.name)
    if len(one.options) > MOST_SEGMENTS:
        st.selectbox(one.label, one.options, key=key, on_change=_choose, args=(one.name,), width=220)
    else:
        st.segmented_control(one.label, one.options, required=True, key=key, on_change=_choose, args=(one.name,))


def _of_target(protocol: s.Protocol, target: ProtocolTarget, everything: Sequence[s.Case]) -> Choice:
    """The values that any case has: in the order of the classes, or of the scores as they were given."""
    known = {str(value) for case in everything if (value := target_value(case, target)) is not None}
    ordered = sorted(known) if target.column in CLINICAL else [name for name in target.classes if name in known]
    label = labels.task(protocol, target.name)
    return Choice(_free(target.name), label, (ANY, *ordered), lambda case: str(target_value(case, target)))


def _of_region(roi: str) -> Choice:
    name = spoken(roi)
    there, gone = f"with {name}", "without"
    label = f"{name[:1].upper()}{name[1:]} mask"
    return Choice(_free(roi), label, (ANY, there, gone), lambda case: there if case.volumes_ml.get(roi) else gone)


def _free(name: str) -> str:
    return f"only-{name}" if name in TAKEN else name


def _choose(name: str) -> None:
    """Into the address; what is chosen anyway leaves it."""
    value = st.session_state[session_keys.case_filter(name)] or ""
    if value in ("", NONE.status if name == "status" else ANY):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = STATUSES[value] if name == "status" else value
