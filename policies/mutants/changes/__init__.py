"""Who makes the changes of each place: one class a file, all in the form of `changes.py`."""
