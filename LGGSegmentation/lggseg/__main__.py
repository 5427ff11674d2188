"""Runs the command line: ``python -m lggseg``."""

from lggseg.cli import main

raise SystemExit(main())
