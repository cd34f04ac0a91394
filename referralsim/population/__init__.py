"""Who there is: the social graph, the strength of ties, and what each person is like."""
