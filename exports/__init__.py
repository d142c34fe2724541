"""Exports: records in the formats that trainers read."""

from maieutic.exports.formats import FORMATS, Format, dpo, exporter, jsonl, sft

__all__ = ["FORMATS", "Format", "dpo", "exporter", "jsonl", "sft"]
