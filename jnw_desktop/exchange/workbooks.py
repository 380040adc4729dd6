"""Workbooks (.xlsx) of facilities, a sheet for each kind, written as they stream: Office Open XML, ECMA-376 part 1.

openpyxl makes an object of every cell, which takes ten times as long.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import shapely
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from jnw_desktop.exchange.errors import CannotWrite
from jnw_desktop.exchange.outgoing import Row
from jnw_desktop.exchange.rejects import CRS, WKT
from jnw_desktop.facilities.kinds import Kind
from jnw_desktop.language import _

LONGEST_CELL = 32_767  # characters Excel takes
MOST_ROWS = 1_048_575  # of a sheet, below its headings
_AT_ONCE = 1000  # rows put together before they are packed
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TEXT = 1  # the cell style that keeps text text when someone edits it
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(path: Path, layers: Iterable[tuple[Kind, Iterable[Row]]], crs: int, stamp: str = "") -> None:
    """Write a sheet for each kind; text is text, whatever a spreadsheet might take it for.

    ``stamp`` stands above the headings and at the foot of every printed page. Raises CannotWrite.
    """
    names: list[str] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for kind, rows in layers:
            names.append(kind.id)
            _write_sheet(archive, len(names), _table(kind, rows, crs, stamp), stamp)
        if not names:
            names.append("jnw")
            _write_sheet(archive, 1, iter(()), stamp)
        for name, text in _frame(names).items():
            archive.writestr(name, _HEAD + text)


def _table(kind: Kind, rows: Iterable[Row], crs: int, stamp: str) -> Iterator[list[Any]]:
    """Headings, under the stamp where there is one, then a row for each facility."""
    names = ["code", "uid", *(one.name for one in kind.fields)]
    if stamp:
        yield [stamp]
    yield [*names, CRS, WKT]
    for number, (values, shape) in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise CannotWrite(
                _("A sheet holds no more than {count} rows.").format(count=MOST_ROWS),
                _("Take fewer with --where, or another format."),
            )
        yield [*(values[name] for name in names), f"EPSG:{crs}", _wkt(values, shape)]


def _wkt(values: dict[str, Any], shape: Any) -> str | None:
    if shape is None:
        return None
    text = shapely.to_wkt(shape, rounding_precision=-1)
    if len(text) > LONGEST_CELL:
        raise CannotWrite(
            _("The geometry of {code} is too long for a cell.").format(code=values["code"]),
            _("Take another format: GPKG or GeoJSON."),
        )
    return str(text)


def _write_sheet(archive: zipfile.ZipFile, number: int, table: Iterator[list[Any]], stamp: str) -> None:
    letters = [get_column_letter(column) for column in range(1, 200)]
    with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as file:
        file.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        waiting: list[str] = []
        for at, row in enumerate(table, start=1):
            cells = "".join(
                _cell(f"{letter}{at}", value) for letter, value in zip(letters, row, strict=False) if value is not None
            )
            waiting.append(f'<row r="{at}">{cells}</row>')
            if len(waiting) == _AT_ONCE:
                file.write("".join(waiting).encode())
                waiting.clear()
        foot = f"<headerFooter><oddFooter>&amp;C{escape(stamp.replace('&', '&&'))}</oddFooter></headerFooter>"
        file.write(f"{''.join(waiting)}</sheetData>{foot if stamp else ''}</worksheet>".encode())


def _cell(where: str, value: Any) -> str:
    if isinstance(value, str):
        text = escape(ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL].replace("\r", "\n"))
        return f'<c r="{where}" s="{_TEXT}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{where}" t="b"><v>{int(value)}</v></c>'
    return f'<c r="{where}"><v>{value}</v></c>'


def _frame(names: list[str]) -> dict[str, str]:
    """The parts of a workbook beside its sheets, by their names in the archive."""
    numbered = list(enumerate(names, start=1))
    sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
    links = "".join(_link(n, "worksheet", f"worksheets/sheet{n}.xml") for n, _name in numbered)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n, _name in numbered
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{_link(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f"{_link(len(names) + 1, 'styles', 'styles.xml')}</Relationships>",
        "xl/styles.xml": _STYLES,
    }


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
