"""`radiomiclens icc TABLE`: how repeatable features are, from patients measured more than once; no server."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from backend.science.trust.icc import Repeatability


def icc(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV, one row a measurement: subject, repeat (perhaps roi), features; or the QIN-PROSTATE tables.",
            metavar="TABLE",
        ),
    ],
    roi: Annotated[str | None, typer.Option(help="Only this region; all of the table unless told.")] = None,
    modality: Annotated[
        str | None, typer.Option(help="Put before feature names without one, as rankings name them, such as T2 or CT.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="CSV to write: feature, icc, its interval; for --icc.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every value as JSON.")] = False,
) -> None:
    """ICC(3,1) of every feature of TABLE, region by region; below 0.75 a feature is not repeatable enough to read."""
    from backend.errors import BadTable
    from backend.science.trust.icc_table import read_repeatability
    from radiomiclens.written import check_out

    if out is not None:
        check_out(out, (table,))

    found = read_repeatability(table, roi, modality)
    good = {region: one for region, one in found.items() if not isinstance(one, BadTable)}
    if not good:
        raise next(one for one in found.values() if isinstance(one, BadTable))
    if out is not None and len(found) > 1:
        raise BadTable(f"{table.name} holds several regions ({', '.join(found)}); choose one with --roi for --out.")
    if out is not None:
        _write(out, _frame(next(iter(good.values()))))
    if as_json:
        sys.stdout.write(
            json.dumps({"table": table.name, "regions": [_region(*item) for item in found.items()]}) + "\n"
        )
        return
    for region, one in found.items():
        typer.echo(one.sentence if isinstance(one, BadTable) else _line(region, one))


def _line(region: str, found: "Repeatability") -> str:
    """One region in words."""
    summary = _summary(found)
    return (
        f"{region}: {summary['features']} features of {found.subjects} subjects measured {found.repeats} times, "
        f"{summary['below_075']} below 0.75, median ICC {summary['median']:.2f}"
        + (f", {summary['unknown']} undefined" if summary["unknown"] else "")
    )


def _summary(found: "Repeatability") -> dict[str, Any]:
    import numpy as np

    from backend.science.trust.thresholds import REPEATABLE

    known = found.icc[np.isfinite(found.icc)]
    return {
        "features": len(found.features),
        "unknown": len(found.features) - len(known),
        "below_075": int((known < REPEATABLE).sum()),
        "median": float(np.median(known)) if len(known) else None,
    }


def _region(region: str, found: Any) -> dict[str, Any]:
    """One region as JSON: its summary and every value; or why there is none."""
    from backend.errors import BadTable

    if isinstance(found, BadTable):
        return {"roi": region, "refusal": found.sentence}
    values = _frame(found).astype(object)
    values = values.where(values.notna(), None)
    counts = {"roi": region, "subjects": found.subjects, "repeats": found.repeats}
    return counts | _summary(found) | {"values": values.to_dict("records")}


def _frame(found: "Repeatability") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({"feature": found.features, "icc": found.icc, "low": found.low, "high": found.high})


def _write(out: Path, frame: "pd.DataFrame") -> None:
    from backend.errors import BadFile

    try:
        frame.to_csv(out, index=False)
    except OSError as error:
        raise BadFile(f"{out.name} cannot be written ({error.strerror}); choose another folder.") from None
