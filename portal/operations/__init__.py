"""What keeps the processes running: broker, cache, health, logs, clock."""
