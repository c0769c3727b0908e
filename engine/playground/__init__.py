"""The playground: a process that keeps models loaded and answers prompts, spoken to by a terminal.

:mod:`~engine.playground.protocol` is what both sides say; :mod:`~engine.playground.client` starts the process and
talks to it; the process itself is :mod:`engine.worker.playground`.
"""
