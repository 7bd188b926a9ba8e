"""Every change to provisioning requests, one function each."""
