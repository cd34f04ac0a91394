"""Many runs: designs times replications, and what differs between them."""
