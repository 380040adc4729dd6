"""A map's legend on paper: the symbols that are on it, as large as they are on it."""

from layers import png
from qgis.core import (
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QImage, QPainter

PIXELS = 4  # a point: 288 dpi
MM_POINT = 25.4 / 72.0


def print_legend(tree, id, extent, scale, width_pt, height_pt):
    """Rows {label, png} of those symbols of a layer that something within ``extent`` bears at ``scale``."""
    layer = tree.layers[id]
    if not isinstance(layer, QgsVectorLayer) or layer.renderer() is None or not layer.isInScaleRange(scale):
        return []
    expressions = QgsExpressionContext()
    expressions.appendScope(QgsExpressionContextUtils.globalScope())  # which takes the scope over; a list would not
    expressions.lastScope().setVariable("map_scale", scale)
    size = QSize(int(width_pt * PIXELS), int(height_pt * PIXELS))
    rows = []
    for item in layer.renderer().legendSymbolItems():
        if item.symbol() is not None and is_seen(layer, item.ruleKey(), QgsRectangle(*extent), scale):
            rows.append({"label": item.label(), "png": png(picture(item.symbol(), size, scale, expressions))})
    return rows


def picture(symbol, size, scale, expressions):
    """A symbol as large as it is on paper, in the middle of ``size`` pixels."""
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    context = QgsRenderContext.fromQPainter(painter)
    context.setScaleFactor(PIXELS / MM_POINT)
    context.setRendererScale(scale)
    context.setExpressionContext(expressions)
    symbol.drawPreviewIcon(painter, size, context)
    painter.end()
    return image


def is_seen(layer, key, extent, scale):
    """Whether a feature within ``extent`` is drawn by the rule ``key`` at ``scale``; asked until the first is found."""
    request = QgsFeatureRequest(extent).setLimit(1)
    request.setFlags(QgsFeatureRequest.Flag.ExactIntersect)
    root = getattr(layer.renderer(), "rootRule", None)
    rule = root().findRuleByKey(key) if root is not None else None
    if rule is not None:
        if not rule.isScaleOK(scale):
            return False
        request.setFilterExpression(rule.filterExpression())
    return next(layer.getFeatures(request), None) is not None
