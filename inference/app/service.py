"""The app as gunicorn loads it: InnerEye-Inference as it is, signed in by managed identity."""

import managed_identity

managed_identity.install()

# The import signs in and reads the workspace, so it comes last.
from app import app  # noqa: E402

__all__ = ["app"]
