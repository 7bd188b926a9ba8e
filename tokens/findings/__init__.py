"""What the doctor knows: one pure function for each cause that a connection can fail of."""
