"""A trained artifact as a package for other programs. No Django, no torch."""
