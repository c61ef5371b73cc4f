"""``python -m bot`` is ``relatch``."""

from bot.cli import main

if __name__ == "__main__":
    main()
