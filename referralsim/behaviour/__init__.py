"""What people tend to do: pure scalar functions, the same text in Python and compiled."""
