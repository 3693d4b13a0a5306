"""What rules judge: each scope names a kind of object and finds every one of them in the facts."""
