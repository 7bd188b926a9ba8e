"""A faithful local Google: OAuth, Analytics Admin API and terms page on one port.

It imports no product app. Start it with ``python -m tests.emulator``, or inside a test
with :class:`tests.emulator.thread.EmulatorThread`. See README.md beside this file.
"""
