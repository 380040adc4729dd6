"""Writes ``resources/styles/*.qml``: ``/usr/bin/python3 jnw_desktop/mapengine/host/stylebook.py resources [KIND…]``.

Kinds that look otherwise on paper have a second style in ``resources/styles/paper``. The QML files are what the program
uses and what a user may edit in QGIS; this book is where they came from.
"""

import os
import re
import sys
import uuid
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_HASH_SEED"] = "0"  # the order in which Qt writes attributes is the same at each run

from qgis.core import (
    QgsApplication,
    QgsFillSymbol,
    QgsLinePatternFillSymbolLayer,
    QgsLineSymbol,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsProperty,
    QgsPropertyCollection,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsSvgMarkerSymbolLayer,
    QgsSymbolLayer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsUnitTypes,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtGui import QColor, QFont

RANDOM_ID = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
FONT = "WenQuanYi Micro Hei"
PX = QgsUnitTypes.RenderUnit.RenderPoints

# Pipes in blues by DN class: rule, colour, width in pt at large scale, smallest scale at which the class is drawn.
# Where no DN is known yet, the map of the whole city is not to be empty.
DN_CLASSES = (
    ("DN ≥ 600", '"dn" >= 600', "#08306b", 2.6, 0),
    ("DN 300–599", '"dn" >= 300 AND "dn" < 600', "#1561a9", 1.9, 0),
    ("DN 150–299", '"dn" >= 150 AND "dn" < 300', "#2f8ccb", 1.3, 60000),
    ("DN < 150", '"dn" < 150', "#63b3e4", 1.0, 20000),
    ("DN 不详", '"dn" IS NULL', "#8aa4b8", 1.0, 0),
)
# Colours of CJJ 61-2017 appendix B where it gives one.
OTHER_LINES = (
    ("污水", "sewer", "#4c3926"), ("雨水", "storm", "#8d7560"), ("燃气", "gas", "#ff00ff"), ("热力", "heat", "#ff8000"),
    ("电力", "power", "#ff0000"), ("通信", "telecom", "#00a000"),
)  # fmt: skip


# On paper all water is cyan, as CJJ 61-2017 appendix B has it (0,255,255), dark enough to be read on white; the width
# tells the DN. Symbols do not shrink with the scale: one of 2 mm can be told apart, a smaller one cannot.
WATER = "#0092b3"
PAPER_WIDTHS = (3.0, 2.2, 1.6, 1.1, 1.1)  # pt, in the order of DN_CLASSES
PAPER_SYMBOL = 11.0  # pt
PAPER_TEXT = 7.5  # pt, the least


def paper_line(colour, width, dash=None):
    """A line on paper: as wide as said down to 1:2000, half as wide where a whole city is on a sheet."""
    symbol = line(colour, width, dash)
    shrink = "{} * clamp(0.45, scale_linear(log10(@map_scale), 3.3, 5.0, 1.0, 0.45), 1.0)".format(width)
    stroke = QgsSymbolLayer.Property.PropertyStrokeWidth
    symbol.symbolLayer(0).setDataDefinedProperty(stroke, QgsProperty.fromExpression(shrink))
    return symbol


def paper_marker(resources, name, colour):
    """A symbol on paper, of one size at every scale."""
    symbol = marker(resources, name, colour, PAPER_SYMBOL)
    symbol.symbolLayer(0).setDataDefinedProperties(QgsPropertyCollection())
    return symbol


def line(colour, width, dash=None):
    """A line symbol; width in points, narrower as the map shrinks."""
    symbol = QgsLineSymbol.createSimple(
        {"color": colour, "width": str(width), "width_unit": "Point", "capstyle": "round"}
    )
    layer = symbol.symbolLayer(0)
    grow = "{} * clamp(0.45, scale_linear(log10(@map_scale), 2.7, 4.7, 1.25, 0.45), 1.25)".format(width)
    layer.setDataDefinedProperty(QgsSymbolLayer.Property.PropertyStrokeWidth, QgsProperty.fromExpression(grow))
    if dash:
        layer.setUseCustomDashPattern(True)
        layer.setCustomDashPatternUnit(PX)
        layer.setCustomDashVector(dash)
    return symbol


def fill(colour, outline, width=0.5, style="solid", dash="solid"):
    """A polygon symbol."""
    return QgsFillSymbol.createSimple(
        {"color": colour, "outline_color": outline, "outline_width": str(width), "outline_width_unit": "Point",
         "style": style, "outline_style": dash}
    )  # fmt: skip


def marker(resources, name, colour, size):
    """An SVG symbol; size in points, larger as the map grows."""
    symbol = QgsMarkerSymbol()
    layer = QgsSvgMarkerSymbolLayer(str(resources / "symbols" / (name + ".svg")), size, 0)
    layer.setSizeUnit(PX)
    layer.setFillColor(QColor(colour))
    layer.setStrokeColor(QColor("#ffffff"))
    grow = "{} * clamp(0.6, scale_linear(log10(@map_scale), 2.7, 4.3, 1.35, 0.6), 1.35)".format(size)
    layer.setDataDefinedProperty(QgsSymbolLayer.Property.PropertySize, QgsProperty.fromExpression(grow))
    symbol.changeSymbolLayer(0, layer)
    return symbol


def rules(*parts):
    """A rule renderer of (label, expression, symbol, smallest scale[, largest scale])."""
    root = QgsRuleBasedRenderer.Rule(None)
    for label, expression, symbol, smallest, *largest in parts:
        rule = QgsRuleBasedRenderer.Rule(symbol, 0, 0, expression, label)
        rule.setMinimumScale(smallest)
        rule.setMaximumScale(*largest or (0,))
        root.appendChild(rule)
    return QgsRuleBasedRenderer(root)


def labelling(expression, colour, size, scale, along_line=False, beside=False):
    """Labels from a scale on, with a halo that keeps them readable; ``beside`` a symbol, clear of it."""
    settings = QgsPalLayerSettings()
    settings.fieldName = expression
    settings.isExpression = True
    text = QgsTextFormat()
    text.setFont(QFont(FONT))
    text.setSize(size)
    text.setSizeUnit(PX)
    text.setColor(QColor(colour))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.9)
    halo.setSizeUnit(PX)
    halo.setColor(QColor(255, 255, 255, 215))
    text.setBuffer(halo)
    settings.setFormat(text)
    settings.scaleVisibility = True
    settings.minimumScale = scale
    settings.maximumScale = 1
    if along_line:
        settings.placement = QgsPalLayerSettings.Placement.Line
        settings.mergeLines = True
    if beside:
        settings.placement = QgsPalLayerSettings.Placement.OrderedPositionsAroundPoint
        settings.offsetType = QgsPalLayerSettings.OffsetType.FromSymbolBounds
        settings.dist = 2.0
        settings.distUnits = PX
    return QgsVectorLayerSimpleLabeling(settings)


def pipe():
    """Pipes: abandoned grey dashed, planned dashed, the rest by DN class."""
    live = "coalesce(\"state\", 'in_service') = 'in_service' AND "
    parts = [(label, live + rule, line(colour, width), scale) for label, rule, colour, width, scale in DN_CLASSES]
    parts.append(("规划", "\"state\" = 'planned'", line("#2f8ccb", 1.3, [4, 3]), 60000))
    parts.append(("废弃", "\"state\" IN ('abandoned', 'removed')", line("#9a9a9a", 1.1, [2, 3]), 20000))
    text = "'DN' || \"dn\" || ' ' || coalesce(\"material\", '')"
    return rules(*parts), labelling(text, "#0b4a86", 7.5, 2500, along_line=True)


def valve(resources):
    """Valves by state: open, closed, not operable."""
    stuck = "\"operability\" IN ('stuck', 'lost', 'buried')"
    parts = (
        ("失灵", stuck, marker(resources, "valve", "#e67700", 9), 10000),
        (
            "关闭",
            "NOT coalesce({}, false) AND \"present_state\" = 'closed'".format(stuck),
            marker(resources, "valve", "#c92a2a", 9),
            10000,
        ),
        (
            "开启",
            "NOT coalesce({}, false) AND coalesce(\"present_state\", 'open') <> 'closed'".format(stuck),
            marker(resources, "valve", "#2b8a3e", 8),
            8000,
        ),
    )
    return rules(*parts), labelling('"code"', "#2b5f36", 7, 1200, beside=True)


def single(symbol, labels=None):
    """One symbol for all."""
    return QgsSingleSymbolRenderer(symbol), labels


def simple(**properties):
    """A marker of QGIS's own, its size in points."""
    return QgsMarkerSymbol.createSimple({"size_unit": "Point", **properties})


def hatched(symbol, colour, width, distance):
    """A fill with slanting lines over it: a pattern of lines stays lines on paper, a brush becomes a grey raster."""
    hatch = QgsLinePatternFillSymbolLayer()
    hatch.setLineAngle(45)
    hatch.setDistance(distance)
    hatch.setDistanceUnit(PX)
    hatch.setSubSymbol(QgsLineSymbol.createSimple({"color": colour, "width": width, "width_unit": "Point"}))
    symbol.appendSymbolLayer(hatch)
    return symbol


def other_lines(title, symbol):
    """Other owners' lines by their kind; ``symbol`` makes one of a colour."""
    return rules(
        *[
            (title.format(label), "\"line_type\" = '{}'".format(kind), symbol(colour), 5000)
            for label, kind, colour in OTHER_LINES
        ]
    )


def roads():
    """Main roads with a casing where one is wider than a pixel; past 1:200,000 minor streets would be a white sheet."""
    casing = line("#d9d5cb", 5.0)
    inside = line("#ffffff", 3.8)  # a symbol of its own: its layer dies with it
    casing.appendSymbolLayer(inside.symbolLayer(0).clone())
    return rules(
        ("干路", "\"road_class\" IN ('arterial', 'secondary')", casing, 60000),
        ("干路", "\"road_class\" = 'secondary'", line("#ffffff", 2.6), 200000, 60000),
        ("干路", "\"road_class\" = 'arterial'", line("#ffffff", 2.6), 0, 60000),
        ("支路", "coalesce(\"road_class\", '') NOT IN ('arterial', 'secondary')", line("#e4e0d6", 1.6), 40000),
    )


def book(resources):
    """Renderer and labels of each kind, with the type of its geometry."""

    def name(colour, size, scale):
        return labelling('"name"', colour, size, scale)

    def named(symbol, colour, size, text, text_size, scale):
        return point(symbol, colour, size, labelling('"name"', text, text_size, scale, beside=True))

    def point(symbol, colour, size, labels=None):
        return ("Point", *single(marker(resources, symbol, colour, size), labels))

    dot = simple(color="#ffffff", outline_color="#1561a9", size="3", outline_width="0.7", outline_width_unit="Point")
    box = simple(name="square", color="#00ffffff", outline_color="#495057", size="10")
    customer = simple(color="#7048e8", size="4", outline_color="#ffffff")
    site = hatched(fill("#1ee8590c", "#e8590c", 1.6), "#e8590c", "0.6", 5)
    others = other_lines("{}", lambda colour: line(colour, 1.0))
    return {
        "pipe": ("LineString", *pipe()),
        "valve": ("Point", *valve(resources)),
        "node": ("Point", *single(dot)),
        "chamber": ("Point", *single(box)),
        "hydrant": point("hydrant", "#e03131", 9, labelling('"code"', "#a61e1e", 7, 1200, beside=True)),
        "meter": point("meter", "#1971c2", 8),
        "sensor": point("sensor", "#7048e8", 11, labelling('"tag"', "#5f3dc4", 7, 5000, beside=True)),
        "customer": ("Point", *single(customer)),
        "pump_station": point("pump_station", "#0b7285", 17, name("#0b5563", 9, 100000)),
        "waterworks": point("waterworks", "#0b4a86", 22, name("#0b4a86", 10, 500000)),
        "tank": point("tank", "#0b7285", 17, name("#0b5563", 9, 100000)),
        "pump_room": named("pump_room", "#1098ad", 10, "#0b5563", 7.5, 3000),
        "well": point("well", "#5c7cfa", 12, name("#364fc7", 8, 10000)),
        "spring": point("spring", "#15aabf", 14, name("#0b7285", 9, 30000)),
        "spring_station": point("spring", "#15aabf", 12, name("#0b7285", 8, 10000)),
        "break": point("break", "#c2255c", 9),
        "other_line": ("LineString", others, None),
        "construction_site": ("Polygon", *single(site, name("#a33b00", 9.5, 30000))),
        "road": ("MultiLineString", roads(), labelling('"name"', "#6b6558", 8, 12000, along_line=True)),
        "building": ("MultiPolygon", *single(fill("#e3ded4", "#cfc8ba"), name("#8a8272", 6.5, 1500))),
        "neighbourhood": ("MultiPolygon", *single(fill("#efece2", "#ddd6c6", 0.4), name("#7d745f", 8, 8000))),
        "dma": ("MultiPolygon", *single(fill("#00ffffff", "#7048e8", 1.4, "no", "dash"), name("#7048e8", 11, 120000))),
        "pressure_zone": (
            "MultiPolygon", *single(fill("#00ffffff", "#2b8a3e", 1.6, "no", "dash"), name("#2b8a3e", 11, 300000))),
    }  # fmt: skip


def paper_book(resources):
    """As :func:`book`, the kinds that look otherwise on paper; a legend's line there says all by itself."""

    def point(symbol, colour, labels=None):
        return ("Point", *single(paper_marker(resources, symbol, colour), labels))

    def code(colour):
        return labelling('"code"', colour, PAPER_TEXT, 1200, beside=True)

    pipe_text = "'DN' || \"dn\" || ' ' || coalesce(\"material\", '')"
    ground = labelling('"name"', "#7d745f", 8, 8000)
    others = other_lines("{}管线", lambda colour: paper_line(colour, 0.6))
    site = hatched(fill("#10e8590c", "#e8590c", 1.4), "#f3b48f", "0.35", 9)
    return {
        "pipe": ("LineString", paper_pipes(), labelling(pipe_text, "#00596d", 8, 2500, along_line=True)),
        "valve": ("Point", paper_valves(resources), code("#2b5f36")),
        "hydrant": point("hydrant", "#e03131", code("#a61e1e")),
        "meter": point("meter", "#1971c2"),
        "sensor": point("sensor", "#7048e8", labelling('"tag"', "#5f3dc4", PAPER_TEXT, 5000, beside=True)),
        "pump_room": point("pump_room", "#1098ad", labelling('"name"', "#0b5563", PAPER_TEXT, 3000, beside=True)),
        "other_line": ("LineString", others, None),
        "construction_site": ("Polygon", *single(site, labelling('"name"', "#a33b00", 9.5, 30000))),
        "building": (
            "MultiPolygon", *single(fill("#efece6", "#d6d0c4"), labelling('"name"', "#8a8272", PAPER_TEXT, 1500))),
        "neighbourhood": ("MultiPolygon", *single(fill("#f8f6f0", "#e2dccf", 0.4), ground)),
    }  # fmt: skip


def paper_pipes():
    """Pipes in service by their class of DN, those planned, those abandoned."""
    live = "coalesce(\"state\", 'in_service') = 'in_service' AND "
    pipes = [
        ("给水管 " + label, live + rule, paper_line(WATER, width), scale)
        for (label, rule, _colour, _width, scale), width in zip(DN_CLASSES, PAPER_WIDTHS)  # noqa: B905 - Python 3.9
    ]
    pipes[-1] = (*pipes[-1][:2], paper_line(WATER, PAPER_WIDTHS[-1], [8, 2, 2, 2]), pipes[-1][3])
    pipes.append(("规划给水管", "\"state\" = 'planned'", paper_line(WATER, 1.3, [4, 3]), 60000))
    pipes.append(("废弃给水管", "\"state\" IN ('abandoned', 'removed')", paper_line("#8a8a8a", 1.1, [2, 3]), 20000))
    return rules(*pipes)


def paper_valves(resources):
    """Valves by what can be done with them."""
    stuck = "coalesce(\"operability\" IN ('stuck', 'lost', 'buried'), false)"
    closed = "coalesce(\"present_state\", 'open') = 'closed'"
    return rules(
        ("阀门 失灵", stuck, paper_marker(resources, "valve", "#d9480f"), 10000),
        ("阀门 关闭", f"NOT {stuck} AND {closed}", paper_marker(resources, "valve", "#c92a2a"), 10000),
        ("阀门 开启", f"NOT {stuck} AND NOT {closed}", paper_marker(resources, "valve", "#2b8a3e"), 8000),
    )


def main(resources, kinds):
    """Write the styles of ``kinds``, or all."""
    application = QgsApplication([], True)
    application.initQgis()
    screen, paper = book(resources), paper_book(resources)  # held to the end: QGIS owns what is in them
    write(screen, resources / "styles", resources, kinds)
    write(paper, resources / "styles" / "paper", resources, kinds)
    os._exit(0)


def write(styles, folder, resources, kinds):
    """Write those of ``styles`` that are wanted into ``folder``."""
    folder.mkdir(exist_ok=True)
    symbols = str(resources / "symbols") + "/"
    for kind, (geometry, renderer, labels) in styles.items():
        if kinds and kind not in kinds:
            continue
        fields = "dn:int,material:string,state:string,code:string,name:string,operability:string,present_state:string"
        fields += ",line_type:string,road_class:string,tag:string"
        uri = geometry + "?crs=EPSG:4548&" + "&".join("field=" + field for field in fields.split(","))
        layer = QgsVectorLayer(uri, kind, "memory")
        layer.setRenderer(renderer)
        if labels is not None:
            layer.setLabeling(labels)
            layer.setLabelsEnabled(True)
        path = folder / (kind + ".qml")
        told, ok = layer.saveNamedStyle(
            str(path), QgsVectorLayer.StyleCategory.Symbology | QgsVectorLayer.StyleCategory.Labeling
        )
        if not ok:
            raise SystemExit(told)
        # Symbols are found through the engine's own search path, so a style holds a name and no machine's folder.
        text = path.read_text("utf-8")
        for machine in (symbols, "../../symbols/", "../symbols/"):
            text = text.replace(machine, "")
        path.write_text(named_alike(text, folder.name + "/" + kind), "utf-8")


def named_alike(text, style):
    """``text`` with ids of its own in place of the random ones that QGIS gives: the same style is the same file."""
    known = {}

    def own(found):
        return known.setdefault(
            found.group(), "{{{}}}".format(uuid.uuid5(uuid.NAMESPACE_URL, "jnw/{}/{}".format(style, len(known))))
        )

    return RANDOM_ID.sub(own, text)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
