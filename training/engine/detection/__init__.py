"""Training a detector: a job with regions in, one ONNX artifact with boxes out."""
