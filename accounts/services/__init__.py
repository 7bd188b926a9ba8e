"""Every change to people and tenants, one function each."""
