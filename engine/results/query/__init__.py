"""What is asked of the table of dialogues in one line: words, comparisons, and how to sort."""
