"""The real program in a pseudo-terminal: keys go in, bytes come out."""
