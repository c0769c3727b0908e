"""A run's health: what its curves, its splits, its weights and its answers to general prompts say went wrong.

Arithmetic and records only, no training stack: the worker finds (:mod:`engine.worker.health`), and the terminal and
the board read what it found (:mod:`engine.runs.health.record`).
"""
