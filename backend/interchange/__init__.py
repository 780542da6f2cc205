"""What is stored, as files that other tools read: model cards, Croissant, datasheets, BIDS."""
