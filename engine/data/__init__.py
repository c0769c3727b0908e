"""Dialogues: where they come from, how columns are read, and what stands around them in a prompt."""
