"""Who may enter by name: the city's spreadsheets read into keyed hashes, and what a new policy would change."""
