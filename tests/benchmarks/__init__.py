"""Speed, as ratios against a baseline timed in the same run. Scripts, never part of the test run."""
