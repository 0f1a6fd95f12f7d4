"""What analysts look at."""
