"""Text cells of a CSV file, made safe for spreadsheets."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: str) -> str:
    """Text that a spreadsheet shows instead of computing: a leading = + - @ gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
