"""What views of every subject are made of."""
