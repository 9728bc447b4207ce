"""The training engine: a job folder in, one ONNX artifact, its scores and figures out. No Django.

`python -m training.engine JOB_DIR`. `config`, `result` and `recipes` import without torch.
"""
