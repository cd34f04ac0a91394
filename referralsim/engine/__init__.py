"""What happens, and when: two engines that play the same model."""
