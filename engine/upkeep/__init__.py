"""Looking after a workspace: is a run folder whole, and what in it takes up space for nothing?"""
