"""The running stack: catalogs, probes, containers, cache, object store and certificates, read side by side."""
