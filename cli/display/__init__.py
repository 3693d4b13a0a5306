"""How plans and operations of the engines look on a terminal, in a pull request and in JSON."""
