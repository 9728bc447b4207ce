"""Pages that need every app: projects, a project's settings, the first run."""
