"""Networks, one file each. They need PyTorch; nothing here is imported where ONNX Runtime does the work."""
