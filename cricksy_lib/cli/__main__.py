"""``python -m cricksy_lib.cli``: the same as ``cricksy``."""

from cricksy_lib.cli import main

main()
