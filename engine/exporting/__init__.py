"""Models that leave the house: the forms they take, what can be said of an export before it starts, and asking for it.

The work itself is done by :mod:`engine.worker.exporting` and :mod:`engine.worker.pushing`, in processes of their own.
"""
