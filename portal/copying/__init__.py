"""Copying a project, from one resource to another: a token, then a job. Needs every app."""
