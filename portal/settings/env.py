"""The one reader of the environment.

`NAME_FILE` may point to a file that holds the value of `NAME`, which is how
container platforms hand over secrets.
"""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.FileAwareEnv()

_env_file = Path(os.environ.get("PORTAL_ENV_FILE", BASE_DIR / ".env"))
if _env_file.is_file():
    env.read_env(str(_env_file))
