"""Reads version 1 of report.json: the only place that knows its keys (N, P, K, H, d, b and the others)."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from backend.science.alert import Alert
from backend.science.analysis.report import (
    BestClass,
    CohortSource,
    IccCounts,
    InputTable,
    ModalityRow,
    OwnShare,
    PaperRankings,
    Report,
    Seeds,
    SideCount,
    Split,
)
from backend.science.analysis.report_rows import GroupRow, RankingRow, row_of
from backend.science.analysis.report_trust import (
    DecoderSummary,
    FlaggedRankings,
    PerStage,
    RankStability,
    SwappedGroup,
    TrustReport,
)
from backend.science.lens.projection import SweepPoint
from backend.science.lens.settings import OTHER_DECODERS, LensSettings
from backend.science.tables.join import Dropped

FORMAT = "radiomiclens-report/1"

Json = Mapping[str, Any]
Value = TypeVar("Value")


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
        version=1,
    )


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
    decoders = tuple(name for name in record.get("decoders", ()) if name in OTHER_DECODERS)
    return LensSettings(**chosen | {"decoders": decoders, "trust": record.get("bootstrap", 0) > 0})


def _rows(records: list[Json]) -> tuple[RankingRow, ...]:
    return tuple(row_of(RankingRow, record) for record in records)
