"""The resource types of pulumi-docker that the program uses, on the Docker Engine's own API."""
