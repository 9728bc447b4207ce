"""The naive baseline of `serving.py`: a DRF view over the ORM, with the same decode and session."""
