"""Which cases the list shows. The address holds the choice, so that it counts while the list is folded away."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from frontend.state import session_keys
from shared import schemas as s

STATUSES = {"accepted": "accepted", "rejected": "refused", "excluded": "excluded", "all": "all"}
LESIONS = ("any", "with lesion", "without")


@dataclass(frozen=True)
class Filters:
    """A text to look for, and one choice each of status, PI-RADS and lesion mask."""

    text: str = ""
    status: str = "accepted"
    pirads: str = "any"
    lesion: str = "any"

    def passing(self, cases: Sequence[s.Case]) -> list[s.Case]:
        """The cases that pass every filter, in their order."""
        wanted = self.text.strip().lower()
        return [
            case
            for case in cases
            if self.status in ("all", case.status)
            and self.pirads in ("any", str(case.pirads))
            and (self.lesion == "any" or bool(case.lesion_ml) == (self.lesion == "with lesion"))
            and wanted in f"{case.study_id} {case.patient_id} {case.center or ''} {case.split or ''}".lower()
        ]


NONE = Filters()


def scores(everything: Sequence[s.Case]) -> list[str]:
    """The PI-RADS scores there are to choose from."""
    return ["any", *sorted({str(case.pirads) for case in everything if case.pirads is not None})]


def of_address(everything: Sequence[s.Case]) -> Filters:
    """The filters of the address; one that is not on offer counts as not set."""
    parameters = st.query_params
    pirads, lesion = parameters.get("pirads", ""), parameters.get("lesion", "")
    return Filters(
        text=parameters.get("text", ""),
        status=next((name for name, word in STATUSES.items() if word == parameters.get("status")), NONE.status),
        pirads=pirads if pirads in scores(everything) else NONE.pirads,
        lesion=lesion if lesion in LESIONS else NONE.lesion,
    )


def boxes(everything: Sequence[s.Case], now: Filters) -> None:
    """The four filters; a change goes into the address."""
    for name in ("text", "status", "pirads", "lesion"):
        if st.session_state.get(session_keys.case_filter(name)) != getattr(
            now, name
        ):  # or a text is set back while it is typed
            st.session_state[session_keys.case_filter(name)] = getattr(now, name)
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
        st.segmented_control(
            "PI-RADS",
            scores(everything),
            required=True,
            key=session_keys.case_filter("pirads"),
            on_change=_choose,
            args=("pirads",),
        )
        st.segmented_control(
            "Lesion mask",
            LESIONS,
            required=True,
            key=session_keys.case_filter("lesion"),
            on_change=_choose,
            args=("lesion",),
        )


def _choose(name: str) -> None:
    """Into the address; what is chosen anyway leaves it."""
    value = st.session_state[session_keys.case_filter(name)] or ""
    if value in ("", getattr(NONE, name)):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = STATUSES[value] if name == "status" else value
