"""The table of docs/inputs.md: generators give right numbers or a sentence, and say why they are skipped."""

import pytest

from benchmarks import inputs


@pytest.mark.skipif(not inputs.GENERATORS.is_dir(), reason="shared/inputs is not there")
def test_generators_of_reading_are_right_or_refused(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["inputs", "dcm_rwvm", "dcm_missing_geometry"])
    inputs.main()
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    verdicts = {row[1].split("/")[0]: row[2] for row in rows}
    assert verdicts["dcm_rwvm"].startswith("right: 44.28 mL, means 217.69, 19.15, 1454.")
    assert verdicts["dcm_no_spacing_adc"].startswith("refused: series 7 lacks PixelSpacing (0028,0030)")
    assert verdicts["dcm_empty_spacing_t2"].startswith("refused: series 4 has an empty PixelSpacing (0028,0030)")


def test_without_the_generators_it_says_so(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["inputs"])
    monkeypatch.setattr(inputs, "GENERATORS", tmp_path / "none")
    inputs.main()
    assert capsys.readouterr().out == "skipped: shared/inputs or shared/data/cases is not there.\n"
