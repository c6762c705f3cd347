"""``python -m leadstate`` is the command line."""

from leadstate.cli import main

main()
