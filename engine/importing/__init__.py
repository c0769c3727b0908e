"""Predictions made elsewhere: read from a file, matched to a data set's dialogues, scored, and kept beside the runs."""
