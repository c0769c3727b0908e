"""``python -m tui`` is ``dialtune``."""

from tui.cli import main

if __name__ == "__main__":
    main()
