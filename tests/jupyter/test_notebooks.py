"""Every notebook in notebooks/ runs in Jupyter's own clients, and shows again what is committed in it."""
import os, unittest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))


def forms(cell):
    """What each output of a cell is: its MIME types, or the name of its error. Progress comes and goes."""
    out = []
    for o in cell.outputs:
        if o.output_type == "error":
            out.append(o.ename)
        elif o.output_type == "stream":
            out.append(o.name)
        elif any(o.data.values()):
            out.append(sorted({"a picture" if k.startswith("image/") else k for k in o.data}))  # in one form or in two
    return out


class Notebooks(unittest.TestCase):
    def test_there_are_eight(self):
        self.assertGreaterEqual(len(BOOKS), 8)

    def test_each_runs_and_shows_what_is_committed(self):
        for path in BOOKS:
            with self.subTest(path.stem):
                book = nbformat.read(path, as_version=4)
                committed = [(c.source, forms(c)) for c in book.cells if c.cell_type == "code"]
                NotebookClient(book, timeout=120, kernel_name="nabla",
                               resources={"metadata": {"path": str(FOLDER)}}).execute()
                for (source, want), cell in zip(committed, (c for c in book.cells if c.cell_type == "code")):
                    self.assertEqual(forms(cell), want, source)
                self.becomes_a_page(book)

    def becomes_a_page(self, book):
        """nbconvert strips the lines out of an SVG: docs/jupyter.md says to prefer the PNG, which is there as well."""
        exporter = HTMLExporter(template_name="classic")
        exporter.config.NbConvertBase.display_data_priority = ["image/png", "text/html", "text/latex", "image/svg+xml", "text/plain"]
        page, _ = HTMLExporter(config=exporter.config, template_name="classic").from_notebook_node(book)
        self.assertIn("\\displaystyle", page)
        plots = sum("image/png" in o.get("data", {}) for c in book.cells for o in c.get("outputs", []))
        self.assertEqual(page.count('src="data:image/png;base64'), plots)


if __name__ == "__main__":
    unittest.main()
