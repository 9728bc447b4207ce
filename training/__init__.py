import os

# ONNX Runtime would report to its maker what it runs. It reads this while it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
