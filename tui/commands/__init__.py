"""The commands of ``dialtune``: one room for each group of them. Their heavy imports stand inside the functions."""
