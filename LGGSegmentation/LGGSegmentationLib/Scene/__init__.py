"""What belongs to the scene, not to a window: results, measurements, time points, undo.

Everything here takes the scene, or nodes that know theirs, and uses MRML classes and VTK alone. So a second front end
can use it, with as many scenes at once as it likes, on the ``slicer-core`` wheel without Slicer's application.
"""
