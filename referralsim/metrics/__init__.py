"""Numbers from a log: every measure of the glossary, computed from a run's record and nothing else."""
