"""The program that both engines run; started as a folder, see `main` in Pulumi.yaml."""
