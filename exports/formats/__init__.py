"""Formats: the built-in ones, a small file for each trainer. `maieutic.exports.catalogue` loads them by name."""
