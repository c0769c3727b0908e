"""The engine: everything dialtune does, without a terminal. Only :mod:`engine.worker` imports torch."""
