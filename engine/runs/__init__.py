"""The run folder: the only thing the worker and the terminal share."""
