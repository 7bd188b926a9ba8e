"""Benchmarks: measured side by side in one run, never asserted.

A measure is one function in one module of `tests/bench/measures/`, registered by
`@measure`; `docs/benchmarks.md` shows what it returned. Importing this package
sets Django up, so that measures may import models.
"""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
django.setup()
