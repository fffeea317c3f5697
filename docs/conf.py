"""How Sphinx builds the site; docs/README.md tells how to."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "site")]

from graphflow.version import __version__  # noqa: E402

project = "graphflow"
author = "The graphflow authors"
project_copyright = "The graphflow authors"
version = release = __version__
html_title = f"graphflow {__version__}"

extensions = [
    "myst_parser",
    "api_reference",
    "executed_pages",
    "source_pages",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["README.md", "site", "_build"]
root_doc = "index"

default_role = "py:obj"  # a link where there is such an entry, code in any case
add_module_names = False
toc_object_entries = False
maximum_signature_line_length = 90
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_static_path = ["site/static"]
html_css_files = ["graphflow.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # it is fetched from pages, which files on a disk do not allow
html_theme_options = {"navigation_with_keys": True}
pygments_style = "default"
pygments_dark_style = "monokai"
