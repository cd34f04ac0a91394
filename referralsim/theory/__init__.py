"""What mathematics says; never sees an engine."""
