"""The small, healthy stack that every rule's BAD and GOOD examples change."""
