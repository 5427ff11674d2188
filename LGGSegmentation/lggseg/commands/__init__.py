"""The commands of ``lggseg``: each module has ``add_arguments(parser)`` and ``run(options) -> int``."""
