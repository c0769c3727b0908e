"""A run's model written in a form that other programs load, and checked by loading it the way they do."""
