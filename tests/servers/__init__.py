"""Real servers for tests: the project's images, hardened as in a stack, with names and ports of their own."""
