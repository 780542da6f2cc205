"""Version 1 of report.json: the only place that knows its keys (N, P, K, H, d, b and the others)."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from backend.science.alert import Alert
from backend.science.analysis.json_ready import json_ready
from backend.science.analysis.report import (
    BestClass,
    CohortSource,
    DecoderSummary,
    FlaggedRankings,
    IccCounts,
    InputTable,
    ModalityRow,
    OwnShare,
    PaperRankings,
    PerStage,
    RankStability,
    Report,
    Seeds,
    SideCount,
    Split,
    SwappedGroup,
    TrustReport,
)
from backend.science.analysis.report_rows import GroupRow, RankingRow, row_of, row_record
from backend.science.lens.projection import SweepPoint
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Dropped

FORMAT = "radiomiclens-report/1"

Json = Mapping[str, Any]
Value = TypeVar("Value")


def write(report: Report) -> dict[str, Any]:
    """A report as JSON values, in the order of the file."""
    ranking = _RankingWriter(report)
    record = {
        "format": FORMAT,
        "blocks": {"paper": True, "trust": report.trust is not None},
        "task": report.task,
        "roi": report.roi,
        "N": report.n_studies,
        "P": report.n_patients,
        "K": report.n_features,
        "H": report.hidden,
        "d": report.width,
        "n_theta": report.n_theta,
        "modalities": report.modalities,
        "split": asdict(report.split),
        **_write_trust(report.trust, ranking),
        "icc": None if report.icc is None else asdict(report.icc),
        "live_units": asdict(report.live_units),
        "rank": asdict(report.rank),
        "condition_number": asdict(report.condition_number),
        "alerts": [alert.as_dict() for alert in report.alerts],
        "wording": report.wording,
        "dropped": [asdict(dropped) for dropped in report.dropped],
        "caption": report.caption,
        "table1": [_group(row, report) for row in report.table1],
        "fig2": _write_fig2(report),
        "rankings": {
            "gaining": ranking.rows(report.rankings.gaining),
            "losing": ranking.rows(report.rankings.losing),
            "stable": ranking.rows(report.rankings.stable),
        },
        "shares": [asdict(share) for share in report.shares],
        "sweep": [asdict(point) for point in report.sweep],
        "settings": asdict(report.settings),
        "seeds": asdict(report.seeds),
        "versions": report.versions,
        "inputs": {name: asdict(table) for name, table in report.inputs.items()},
        "timings": report.timings,
        **({} if report.cohort is None else asdict(report.cohort)),
    }
    return {name: json_ready(value) for name, value in record.items()}


def read(record: Json) -> Report:
    """The report of JSON values; early reports lack the keys of the trust block. Raises KeyError, TypeError."""
    return Report(
        task=record["task"],
        roi=record["roi"],
        n_studies=record["N"],
        n_patients=record["P"],
        n_features=record["K"],
        hidden=record["H"],
        width=record["d"],
        n_theta=record["n_theta"],
        modalities=tuple(record["modalities"]),
        split=_read_split(record["split"]),
        trust=_read_trust(record),
        icc=IccCounts(**record["icc"]) if record.get("icc") else None,
        live_units=PerStage(**record["live_units"]),
        rank=PerStage(**record["rank"]),
        condition_number=PerStage(**record["condition_number"]),
        alerts=tuple(Alert(**alert) for alert in record["alerts"]),
        wording=tuple(record["wording"]),
        dropped=tuple(Dropped(**dropped) for dropped in record["dropped"]),
        caption=record["caption"],
        table1=tuple(row_of(GroupRow, row) for row in record["table1"]),
        fig2=_read_fig2(record["fig2"]),
        rankings=PaperRankings(**{name: _rows(record["rankings"][name]) for name in ("gaining", "losing", "stable")}),
        shares=tuple(_read_share(share) for share in record["shares"]),
        sweep=tuple(SweepPoint(**point) for point in record["sweep"]),
        settings=_read_settings(record["settings"]),
        seeds=Seeds(**{"trust": None} | record["seeds"]),
        versions=record["versions"],
        inputs={name: _read_input(table) for name, table in record["inputs"].items()},
        timings=record["timings"],
        cohort=CohortSource(record["left_out"], record.get("n_groups"), record.get("extraction"))
        if "left_out" in record
        else None,
    )


class _RankingWriter:
    """Writes rows of the ranking with the columns that the report has."""

    def __init__(self, report: Report) -> None:
        self._trust, self._icc = report.trust is not None, report.icc is not None

    def rows(self, rows: tuple[RankingRow, ...]) -> list[dict[str, Any]]:
        records = [row_record(row, self._trust) for row in rows]
        return [record | {"icc": row.icc} if self._icc else record for record, row in zip(records, rows, strict=True)]


def _group(row: GroupRow, report: Report) -> dict[str, Any]:
    return row_record(row, report.trust is not None)


def _write_fig2(report: Report) -> dict[str, Any]:
    rows = [_group(row.scores, report) | {"modality": row.modality} for row in report.fig2.by_modality]
    return {"feature_class": report.fig2.feature_class, "by_modality": rows}


def _write_trust(trust: TrustReport | None, ranking: _RankingWriter) -> dict[str, Any]:
    """The six keys of the trust block, all null without it."""
    if trust is None:
        return dict.fromkeys(("b", "control_floor", "representation", "trust", "stability", "swap"))
    return {
        "b": trust.shared_change,
        "control_floor": trust.permutation_floor,
        "representation": trust.representation,
        "trust": {
            "flags": trust.flags,
            "b_se": trust.shared_change_se,
            "replicates": trust.replicates,
            "median_se": trust.median_se,
            "decoders": {name: _write_decoder(one) for name, one in trust.decoders.items()},
            "rankings": {
                "stronger": ranking.rows(trust.rankings.stronger),
                "weaker": ranking.rows(trust.rankings.weaker),
            },
        },
        "stability": asdict(trust.stability),
        "swap": [asdict(group) for group in trust.swap],
    }


def _read_trust(record: Json) -> TrustReport | None:
    block = record.get("trust")
    if block is None:
        return None
    return TrustReport(
        shared_change=record["b"],
        shared_change_se=block["b_se"],
        permutation_floor=record["control_floor"],
        flags=block["flags"],
        replicates=block["replicates"],
        median_se=block["median_se"],
        rankings=FlaggedRankings(_rows(block["rankings"]["stronger"]), _rows(block["rankings"]["weaker"])),
        decoders={name: _read_decoder(one) for name, one in block["decoders"].items()},
        representation=record["representation"],
        stability=RankStability(**record["stability"]),
        swap=tuple(SwappedGroup(**group) for group in record["swap"]),
    )


def _write_decoder(decoder: DecoderSummary) -> dict[str, Any]:
    return {"b" if name == "shared_change" else name: value for name, value in asdict(decoder).items()}


def _read_decoder(record: Json) -> DecoderSummary:
    return DecoderSummary(**{"shared_change" if name == "b" else name: value for name, value in record.items()})


def _read_split(record: Json) -> Split:
    train, val, test = (SideCount(**record[side]) for side in ("train", "val", "test"))
    return Split(record["source"], train, val, test)


def _read_fig2(record: Json) -> BestClass:
    rows = [dict(row) for row in record["by_modality"]]
    by_modality = tuple(ModalityRow(row.pop("modality"), row_of(GroupRow, row)) for row in rows)
    return BestClass(record["feature_class"], by_modality)


def _read_share(record: Json) -> OwnShare:
    return OwnShare(record["grouping"], record["group"], PerStage(**record["live_units"]))


def _read_input(record: Json) -> InputTable:
    return InputTable(**{**record, "ignored_columns": tuple(record["ignored_columns"])})


def _read_settings(record: Json) -> LensSettings:
    """The settings; those that an early version did not know have their defaults."""
    known = {one.name for one in fields(LensSettings)}
    chosen = {name: value for name, value in record.items() if name in known}
    return LensSettings(**chosen | {"decoders": tuple(record.get("decoders", ()))})


def _rows(records: list[Json]) -> tuple[RankingRow, ...]:
    return tuple(row_of(RankingRow, record) for record in records)
