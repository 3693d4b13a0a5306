"""The embedded engine: Pulumi's program, state and steps, for hosts that cannot have its CLI."""
