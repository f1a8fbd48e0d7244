"""`python -m tools.openapi`: write the document and the page into the api function."""

from tools.openapi.files import files

if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
