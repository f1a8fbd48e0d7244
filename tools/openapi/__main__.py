"""`python -m tools.openapi`: write the document from the code, and the page from the document."""

from tools.openapi import page
from tools.openapi.document import build, text
from tools.openapi.files import DOCUMENT

if __name__ == "__main__":
    DOCUMENT.write_text(text(build()), encoding="utf-8")
    page.write()
