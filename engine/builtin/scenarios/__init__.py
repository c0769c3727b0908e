"""The built-in scenarios: every module here registers some; :mod:`engine.builtin.generate` imports them all."""
