"""The part of the extension that knows 3D Slicer: scene, panel, child process.

Nothing here computes on voxels beyond moving them in and out of the scene; that is the work of ``lggseg``,
which runs in a child process and never imports Slicer.
"""
