"""What happens before Django reads its settings."""

import os
from collections.abc import MutableMapping

from portal.demo import environment, google_seed
from portal.demo.folder import Folder
from portal.demo.stop import stop


def begin(environ: MutableMapping[str, str] = os.environ) -> None:
    """Open the demo's folder and put the demo's settings into `environ`.

    Raises:
        DemoError: when the folder or a port cannot be had.
    """
    stop.listen()
    folder = Folder.at(environ.get("DEMO_DIR"))
    folder.open()
    settings = environment.build(folder, environ, environment.read(folder))
    environment.write(folder, settings)
    google_seed.write(folder.path / "google-seed.json", settings)
    environ.update(settings)
