"""The one function of hi-ml-azure that InnerEye-Inference uses, written anew: the original brings
more than a hundred packages, and no version of it fits both Python 3.12 and a current azureml-core.
"""

import tempfile
from pathlib import Path
from typing import Any

# Where Azure Machine Learning keeps what a run printed: now, and before its common runtime.
_LOGS = ("user_logs/std_log.txt", "azureml-logs/70_driver_log.txt")


def get_driver_log_file_text(run: Any) -> str:
    """The log of a run; empty where it has none."""
    for log in _LOGS:
        with tempfile.TemporaryDirectory() as folder:
            run.download_files(prefix=log, output_directory=folder, append_prefix=False)
            file = Path(folder) / Path(log).name
            if file.is_file():
                return file.read_text(encoding="utf-8", errors="replace")
    return ""
