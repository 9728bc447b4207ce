"""Programs that talk to an install with Microsoft's SDKs, each in an environment of its own."""
