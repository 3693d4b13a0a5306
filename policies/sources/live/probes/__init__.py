"""Probes of row-level security with real logins, in transactions that are rolled back."""
