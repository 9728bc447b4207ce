"""A project of drawn pictures, so that a newcomer can train at once."""
