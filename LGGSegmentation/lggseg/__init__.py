"""Outline the FLAIR abnormality of lower-grade glioma and measure its shape. Research use only.

Importing this package loads neither ONNX Runtime nor PyTorch.
"""

__version__ = "0.1.0"
