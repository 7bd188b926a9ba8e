"""Every change to Google connections, one function each."""
