"""The worker: the only room that imports torch, transformers, peft, datasets and evaluate.

Run as ``python -m engine.worker RUN_FOLDER``; it reads the folder's spec and writes only to the folder.
"""
