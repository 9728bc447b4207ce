"""Iterations side by side: figures, answers, data, recipes."""
