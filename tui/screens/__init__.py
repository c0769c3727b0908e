"""One module a screen; a screen's layout stands in the .tcss file beside it."""
