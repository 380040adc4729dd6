"""The QR code as it comes out on paper says the guide's number and its mark, module by module."""

import subprocess

import numpy as np
import pytest
from PIL import Image
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from jnw_plugins.guide.heading import MARGIN
from jnw_plugins.guide.marks import ABOVE, SIDE

pytestmark = pytest.mark.engine
DPI = 300


@pytest.mark.parametrize("page", [1, 2])
def test_the_code_on_paper(guide_file, jnw, tmp_path, page):
    mark = jnw("guide", "verify", guide_file)[1]["mark"].replace(" ", "")
    with Image.open(_picture(guide_file, tmp_path, page)) as picture:
        paper = np.asarray(picture.convert("L"))
    unit = DPI / 72
    right, top = paper.shape[1] / unit - MARGIN, MARGIN - ABOVE  # pt, from the upper left
    seen = paper[int(top * unit) : int((top + SIDE) * unit), int((right - SIDE) * unit) : int(right * unit)]
    expected = QRCode(None, QRErrorCorrectLevel.Q)
    whole = _mark_in(guide_file)
    assert whole.upper().startswith(mark)
    expected.addData(f"JNW:JD000001:{whole}".upper())
    expected.make()
    count = expected.getModuleCount()
    middles = ((np.arange(count) + 0.5) * seen.shape[0] / count).astype(int)
    dark = seen[np.ix_(middles, middles)] < 128
    assert (dark == np.array(expected.modules, dtype=bool)).all()
    # And white all around it, four modules wide.
    quiet = int(4 * SIDE / count * unit) - 2
    left, high, size = int((right - SIDE) * unit), int(top * unit), int(SIDE * unit)
    around = paper[high - quiet : high + size + quiet, left - quiet : left + size + quiet].copy()
    around[quiet - 2 : quiet + size + 2, quiet - 2 : quiet + size + 2] = 255
    assert around.min() > 128


def _picture(file, folder, page):
    pages = ["-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run(["pdftoppm", "-r", str(DPI), *pages, "-png", file, folder / "page"], check=True)
    return folder / "page.png"


def _mark_in(file):
    import hashlib
    import json

    import pikepdf

    with pikepdf.open(file) as document:
        record = json.loads(document.attachments["jnw-guide.json"].get_file().read_bytes())
    content = {name: value for name, value in record.items() if name not in ("pages", "certificates", "hash")}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
