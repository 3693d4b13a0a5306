"""What a deployed stack is doing now, read from its containers."""
