"""E-mail: types, rendering, queue, limits."""
