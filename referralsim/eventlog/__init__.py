"""The record: event kinds, their total order, Parquet."""
