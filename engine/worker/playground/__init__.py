"""The playground server: ``python -m engine.worker.playground``; its protocol is :mod:`engine.playground.protocol`."""
