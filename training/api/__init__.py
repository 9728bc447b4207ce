"""Custom Vision's training operations: domains, train, iterations, performance, publish."""
