"""The supervisor behind `manage.py demo`: the whole portal on one machine.

`begin` runs before Django reads its settings: it opens the demo's folder, chooses
ports and puts the environment together. `supervise` then runs web, worker, beat
and the local Google as children, and stops them all with itself.
"""
