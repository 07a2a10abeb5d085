"""`python -m analysis.cli`, as `make run` starts it."""

import sys

from analysis.cli import main

sys.exit(main())
