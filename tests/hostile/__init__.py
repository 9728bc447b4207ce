"""What comes from people who mean no good, and from programs that write oddly."""
