"""The outline in a web page, on Slicer's own scene: ``lggseg app``. Research use only.

A gateway (``gateway``) lets people in and gives each browser a session of its own: a child process (``session``) with
a MRML scene, its views and one warm model. The core, ``lggseg``, never imports this package.
"""
