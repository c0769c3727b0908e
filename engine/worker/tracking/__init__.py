"""Experiment trackers, in a process of their own beside the worker.

The worker starts it (:mod:`.supervise`) and never waits for it but at the very end, for a bounded time. It reads the
run's ``events.jsonl`` like everybody else (:mod:`.relay`) and hands what is there to transformers' own integrations
(:mod:`.trackers`). So a tracker that raises, hangs, crashes or leaks can harm nothing but itself, and what it shows is
by construction what the events say.
"""
