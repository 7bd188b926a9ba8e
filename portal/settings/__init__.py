"""All settings, read from the environment once, one topic a module.

Every variable is listed, typed and explained in `.env.example`. A missing or
malformed value stops the start with the name of the variable.
"""

from portal.settings.core import *
from portal.settings.database import *
from portal.settings.google import *
from portal.settings.logging import *
from portal.settings.people import *
from portal.settings.secrets import *
from portal.settings.security import *
from portal.settings.work import *
