"""Pages and page parts that join apps."""
