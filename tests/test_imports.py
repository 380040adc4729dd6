"""What the window imports: none of the libraries that only the worker needs, or a click would wait for them."""

import subprocess
import sys

WORKERS = ("scipy", "wntr", "pandas", "networkx", "fiona", "openpyxl", "ezdxf", "reportlab", "pikepdf")
EVERY_MODULE = """
import importlib, pkgutil, sys
import jnw_desktop.desktop, jnw_plugins
names = [module.name for module in pkgutil.walk_packages(jnw_desktop.desktop.__path__, "jnw_desktop.desktop.")]
names += [f"jnw_plugins.{module.name}.panel" for module in pkgutil.iter_modules(jnw_plugins.__path__)]
for name in names:
    importlib.import_module(name)
print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_no_panel_brings_in_what_only_the_worker_needs():
    told = subprocess.run(
        [sys.executable, "-c", EVERY_MODULE, *WORKERS], capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout.strip() == ""
