"""How Django writes dates where no template says it: in Django admin, above all."""
