"""What the user wrote, and what it means: reading, checking and resolving scenario files."""
