"""Dialogues of one's own, summarised: read from anywhere, answered in order, and kept so that an interruption costs
nothing."""
