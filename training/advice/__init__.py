"""What would help an iteration most: rules that are written down (docs/advice.md), each with its figures."""
