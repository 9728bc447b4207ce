"""What an iteration got wrong on images that it had not seen, and which labels it doubts."""
