"""What is said about a firm in fifty situations, and what whoever is on duty would want to hear of it."""
