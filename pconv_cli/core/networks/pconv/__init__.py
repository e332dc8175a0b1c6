"""The U-Net of partial convolutions: architecture, engine, ONNX writer, importers of checkpoints."""
