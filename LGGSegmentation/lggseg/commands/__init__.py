"""The sub-commands of the command line: each has ``add_arguments(parser)`` and ``run(args) -> exit status``.

The modules import nothing heavy until they run, so that ``--help`` answers at once.
"""
