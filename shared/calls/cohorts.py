"""Calls for cohorts, their cases, encoders and radiomics."""

from collections.abc import Iterator, Sequence
from typing import Literal

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport
from shared.packed_cases import HeldCases, held_cases

NOT_MODIFIED = 304


class CohortCalls(Transport):
    """Calls for cohorts, their cases, encoders and radiomics."""

    def cohorts(self) -> Listed[s.Cohort]:
        """Every cohort, newest first."""
        return self._all(s.Cohort, "/cohorts")

    def cohort(self, cohort_id: str) -> s.Cohort:
        """One cohort."""
        return self._get(s.Cohort, f"/cohorts/{cohort_id}")

    def cases(
        self,
        cohort_id: str,
        *,
        status: str | None = None,
        text: str | None = None,
        search: str | None = None,
        pirads: int | None = None,
        clinical: Sequence[str] = (),
    ) -> Listed[s.Case]:
        """The cases of a cohort, by study id; `clinical` holds `column:value` or `column:low..high`.

        `text` is one phrase of study, patient or centre; `search` words, each of which must stand in one of more texts.
        """
        path, columns = f"/cohorts/{cohort_id}/cases", list(clinical) or None
        return self._all(s.Case, path, status=status, text=text, search=search, pirads=pirads, clinical=columns)

    def held_cases(self, cohort_id: str, held: HeldCases | None = None) -> HeldCases:
        """Every case of a cohort in one answer; `held`, from an earlier call, is given back while nothing changed."""
        headers = {} if held is None else {"If-None-Match": f'W/"{held.version}"'}
        answer = self._send("GET", f"/cohorts/{cohort_id}/cases.packed", headers=headers)
        if held is not None and answer.status_code == NOT_MODIFIED:
            return held
        version = answer.headers["ETag"].removeprefix("W/").strip('"')
        return held_cases(version, s.PackedCases.model_validate_json(answer.content))

    def columns(self, cohort_id: str) -> list[s.CohortColumn]:
        """The clinical columns of a cohort's cases, by which they can be filtered."""
        return self._get(list[s.CohortColumn], f"/cohorts/{cohort_id}/clinical")

    def subgroup(self, cohort_id: str, where: str | None = None) -> s.Subgroup:
        """The cases that hold conditions such as `psa>10,center=A|B`, and what conditions can ask; None for all."""
        return self._get(s.Subgroup, f"/cohorts/{cohort_id}/subgroup", where=where)

    def case(self, case_id: str) -> s.CaseDetail:
        """One case with geometry, volumes and masks."""
        return self._get(s.CaseDetail, f"/cases/{case_id}")

    def quality(self, cohort_id: str) -> s.QualityReport:
        """The quality report of a cohort's images."""
        return self._get(s.QualityReport, f"/cohorts/{cohort_id}/quality")

    def quality_cases(
        self,
        cohort_id: str,
        *,
        status: str | None = None,
        code: str | None = None,
        review: str | None = None,
        search: str | None = None,
    ) -> Listed[s.QualityRow]:
        """The studies of a cohort as the report lists them, those that need a look first."""
        path = f"/cohorts/{cohort_id}/quality/cases"
        return self._all(s.QualityRow, path, status=status, code=code, review=review, search=search)

    def decisions(self, cohort_id: str) -> Listed[s.Decision]:
        """Who decided what about which study, newest first."""
        return self._all(s.Decision, f"/cohorts/{cohort_id}/decisions")

    def decide(self, case_id: str, decision: s.DecisionCreate) -> s.Case:
        """Approves, excludes or reopens a study."""
        return self._post(s.Case, f"/cases/{case_id}/decisions", decision)

    def preview_import(self, params: s.ImportCasesParams) -> s.ImportPreview:
        """What an import would do, before it is started."""
        return self._post(s.ImportPreview, "/imports/preview", params)

    def check_tables(self, params: s.TablesCheckParams) -> s.TablesCheck:
        """What tables are, what they share, and what is missing to analyse them."""
        return self._post(s.TablesCheck, "/imports/tables/check", params)

    def case_radiomics(self, case_id: str, roi: str, *, text: str | None = None) -> s.CaseRadiomics:
        """A case's features as percentiles of its cohort."""
        return self._get(s.CaseRadiomics, f"/cases/{case_id}/radiomics", roi=roi, text=text)

    def slice_png(self, case_id: str, modality: str, k: int, *, wl: str | None = None, rois: str = "") -> bytes:
        """A slice as PNG with outlines of `rois` (comma list); `wl` is `width,level` of the window."""
        params = {"modality": modality, "k": str(k), "rois": rois} | ({"wl": wl} if wl else {})
        return self._send("GET", f"/cases/{case_id}/slice.png", params=params).content

    def mask_seg(self, case_id: str, roi: str) -> bytes:
        """A mask of a case as a DICOM segmentation, with new UIDs."""
        return self._send("GET", f"/cases/{case_id}/masks/{roi}.dcm").content

    def encoders(self, cohort_id: str | None = None, run_id: str | None = None) -> Listed[s.Encoder]:
        """Encoders, newest first; with `run_id` the checkpoints of that encoder's training."""
        return self._all(s.Encoder, "/encoders", cohort_id=cohort_id, run_id=run_id)

    def embeddings(
        self,
        cohort_id: str,
        encoder_id: str,
        *,
        stage: str = "pooled",
        task: str | None = None,
        form: Literal["csv", "parquet", "npz"] = "parquet",
    ) -> Iterator[bytes]:
        """The file of a cohort's embeddings under one encoder, in pieces: `file.writelines(client.embeddings(...))`."""
        path = f"/cohorts/{cohort_id}/embeddings.{form}"
        return self._pieces(path, encoder_id=encoder_id, stage=stage, task=task)

    def cohort_file(self, cohort_id: str, form: Literal["croissant", "bids"], *, licence: str | None = None) -> bytes:
        """A whole cohort as a zip: its tables described in Croissant, or masks and features as a derivative of BIDS."""
        params = {} if licence is None else {"licence": licence}
        return self._send("GET", f"/cohorts/{cohort_id}/{form}.zip", params=params).content

    def model_card(self, encoder_id: str, *, licence: str | None = None) -> str:
        """The model card of a fine-tuned encoder, as Markdown."""
        params = {} if licence is None else {"licence": licence}
        return self._send("GET", f"/encoders/{encoder_id}/card.md", params=params).text

    def architectures(self) -> list[str]:
        """Names of the encoders that can be built on the server."""
        return self._get(list[str], "/architectures")

    def radiomics(self, cohort_id: str | None = None) -> Listed[s.RadiomicsSet]:
        """The radiomics extractions of a cohort."""
        return self._all(s.RadiomicsSet, "/radiomics", cohort_id=cohort_id)

    def regions(self, cohort_id: str, *, roi: str | None = None, remarked: bool = False) -> Listed[s.RegionRow]:
        """Quality of the regions of a cohort that were measured."""
        return self._all(s.RegionRow, f"/cohorts/{cohort_id}/regions", roi=roi, remarked=remarked or None)
