"""Second steps whose secrets master keys encrypt, and the return from Google's sign-in."""
