"""Calls for analyses, comparisons, trajectories and maps."""

from collections.abc import Sequence

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class AnalysisCalls(Transport):
    """Calls for analyses, comparisons, trajectories and maps."""

    def analyses(self, cohort_id: str | None = None) -> Listed[s.Analysis]:
        """Analyses, newest first."""
        return self._all(s.Analysis, "/analyses", cohort_id=cohort_id)

    def analysis(self, analysis_id: str) -> s.AnalysisDetail:
        """One analysis with its answer."""
        return self._get(s.AnalysisDetail, f"/analyses/{analysis_id}")

    def ranking(
        self,
        analysis_id: str,
        *,
        modality: str | None = None,
        feature_class: str | None = None,
        image_type: str | None = None,
        flag: str | None = None,
        text: str | None = None,
        sort: str = "trust",
        order: str = "desc",
        limit: int = 500,
        cursor: str | None = None,
    ) -> s.Page[s.RankingRow]:
        """One page of the ranking."""
        return self._get(
            s.Page[s.RankingRow],
            f"/analyses/{analysis_id}/ranking",
            modality=modality,
            feature_class=feature_class,
            image_type=image_type,
            flag=flag,
            text=text,
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
        )

    def packed_ranking(self, analysis_id: str) -> s.PackedRanking:
        """The whole ranking at once, as columns."""
        return self._get(s.PackedRanking, f"/analyses/{analysis_id}/ranking.packed")

    def groups(self, analysis_id: str) -> Listed[s.GroupRow]:
        """Every group of an analysis."""
        return self._all(s.GroupRow, f"/analyses/{analysis_id}/groups")

    def representation(self, analysis_id: str) -> Listed[s.RepresentationRow]:
        """How far the embedding as a whole moved, one measure a row; empty without trust block."""
        return self._all(s.RepresentationRow, f"/analyses/{analysis_id}/representation")

    def feature_cases(self, analysis_id: str, feature: str) -> s.FeatureCases:
        """A feature's decoded-against-true values and the cases that carry its change."""
        return self._get(s.FeatureCases, f"/analyses/{analysis_id}/cases-for-feature/{feature}")

    def evidence(self, analysis_id: str, feature: str) -> s.FeatureEvidence:
        """Evidence for a feature's trust numbers: influence, held-out values, reasons."""
        return self._get(s.FeatureEvidence, f"/analyses/{analysis_id}/evidence/{feature}")

    def power(self, analysis_id: str) -> s.Power | None:
        """The newest self-check of an analysis (power and false alarms at its size); None where none was run."""
        return self._get(s.Power | None, f"/analyses/{analysis_id}/power")

    def ask_for_power(self, analysis_id: str) -> s.Power | None:
        """Asks for the self-check of an older analysis; it is queued once. None until it is measured."""
        return self._post(s.Power | None, f"/analyses/{analysis_id}/power")

    def comparisons(self, cohort_id: str | None = None, analysis_id: str | None = None) -> Listed[s.Comparison]:
        """Comparisons of analyses, newest first."""
        return self._all(s.Comparison, "/comparisons", cohort_id=cohort_id, analysis_id=analysis_id)

    def comparison(self, comparison_id: str) -> s.ComparisonDetail:
        """One comparison with every pair, its groups and correlations."""
        return self._get(s.ComparisonDetail, f"/comparisons/{comparison_id}")

    def comparison_matrix(
        self, analysis_ids: Sequence[str], by: s.MatrixBy = "modality_class", limit: int | None = None
    ) -> s.ComparisonMatrix:
        """Two to eight analyses beside each other: effect, flag and agreement of every group or feature."""
        path = "/comparisons/matrix"
        return self._get(s.ComparisonMatrix, path, analysis=list(analysis_ids), by=by, limit=limit)

    def compared(
        self,
        comparison_id: str,
        *,
        first: int = 0,
        second: int = 1,
        verdict: str | None = None,
        modality: str | None = None,
        feature_class: str | None = None,
        text: str | None = None,
        sort: str = "difference",
        order: str = "desc",
        limit: int = 500,
        cursor: str | None = None,
    ) -> s.Page[s.ComparedRow]:
        """One page of the features of one pair of a comparison."""
        return self._get(
            s.Page[s.ComparedRow],
            f"/comparisons/{comparison_id}/features",
            first=first,
            second=second,
            verdict=verdict,
            modality=modality,
            feature_class=feature_class,
            text=text,
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
        )

    def trajectories(
        self, cohort_id: str | None = None, task: str | None = None, roi: str | None = None, along: str | None = None
    ) -> Listed[s.Trajectory]:
        """Trajectories along checkpoints or stages, newest first."""
        return self._all(s.Trajectory, "/trajectories", cohort_id=cohort_id, task=task, roi=roi, along=along)

    def trajectory(self, trajectory_id: str) -> s.TrajectoryDetail:
        """One trajectory with the lines of all groups."""
        return self._get(s.TrajectoryDetail, f"/trajectories/{trajectory_id}")

    def trajectory_feature(self, trajectory_id: str, feature: str) -> s.TrajectoryLine:
        """One feature's line of a trajectory."""
        return self._get(s.TrajectoryLine, f"/trajectories/{trajectory_id}/features/{feature}")

    def embedding_map(self, analysis_id: str) -> s.EmbeddingMap:
        """Where every study lies before and after fine-tuning, and how many neighbours it keeps."""
        return self._get(s.EmbeddingMap, f"/analyses/{analysis_id}/map")

    def bundle(self, analysis_id: str) -> bytes:
        """Everything of an analysis as a zip: tables, report, arrays, figures, and the command that repeats it."""
        return self._send("GET", f"/analyses/{analysis_id}/bundle.zip").content

    def figures(self, analysis_id: str) -> list[s.FigureFile]:
        """The figures that an analysis has."""
        return self._get(list[s.FigureFile], f"/analyses/{analysis_id}/figures")

    def figure(
        self,
        analysis_id: str,
        name: str,
        form: s.FigureFormat = "png",
        *,
        preset: s.FigurePreset = "one-column",
        dpi: int = 300,
    ) -> bytes:
        """One figure for a paper or a slide; `dpi` is that of a PNG."""
        where = f"/analyses/{analysis_id}/figures/{name}.{form}"
        return self._send("GET", where, params={"preset": preset, "dpi": dpi}).content

    def csv(self, path: str, **params: str | int | list[str]) -> bytes:
        """A list as CSV: `path` is the list's own, such as `/analyses/ab12/ranking`, `params` its filters."""
        return self._send("GET", f"{path}.csv", params=params).content
