"""Charts: pure functions from the wire contract to Plotly figures with their caption and alternative text."""
