"""Who belongs to an organisation, as what, and how one gets in."""
