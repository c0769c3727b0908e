"""How the shipped base was made, so that anyone can make it again: text, tasks, tokenizer, model, training.

Not used when fine-tuning. ``python -m engine.worker.pretraining --help`` trains a base;
``python -m engine.worker.pretraining.probe FOLDER`` measures how well one learns the house style.
"""
