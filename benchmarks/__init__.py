"""Speed beside what it is measured against, in the same run: `python -m benchmarks [NAME ...]`."""
