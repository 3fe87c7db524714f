"""Starts gunicorn from the packages that lie beside this file; the arguments are gunicorn's own.

    python serve.py --bind=0.0.0.0:8000 --header-map dangerous service:app

The platform's images bring a gunicorn of no fixed version, and whether their start script finds
packages that it did not build is its own affair: so the path is set here, before anything is imported.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = (3, 12)
PACKAGES = HERE / "antenv" / "lib" / "python3.12" / "site-packages"


def main() -> None:
    if sys.version_info[:2] != PYTHON:
        sys.exit(
            f"This package was built for Python {PYTHON[0]}.{PYTHON[1]}, and this is "
            f"{sys.version_info[0]}.{sys.version_info[1]}: set the runtime of the web app to PYTHON|3.12."
        )
    if not PACKAGES.is_dir():
        sys.exit(f"{PACKAGES} is missing: the package was not unpacked whole; deploy it again.")
    sys.path[:0] = [str(HERE), str(PACKAGES)]
    from gunicorn.app.wsgiapp import run

    run(prog="serve.py")


if __name__ == "__main__":
    main()
