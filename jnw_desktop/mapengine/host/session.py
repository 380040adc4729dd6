"""What is on the map: the layers, the view and its tools, and every request about them."""

from layers import LayerTree
from legends import print_legend
from overlays import Overlays
from printing import print_map, render_image
from projects import write_project
from qgis.core import Qgis, QgsProject
from rasters import sample
from reaching import Reaching
from tools import ToolBox
from view import View


class Session:
    """One map. Without ``view.open`` it only prints and renders images."""

    def __init__(self, server):
        self.server = server
        project = QgsProject.instance()
        project.setFlags(project.flags() | Qgis.ProjectFlag.EvaluateDefaultValuesOnProviderSide)
        self.tree = LayerTree(server.resources, Reaching(self.lost))
        self.view = View(server, self.tree)
        self.overlays = Overlays(self.view)
        self.tools = ToolBox(server, self.view, self.tree)

    def methods(self):
        """Every request the window may make, by its name in the protocol."""
        view = self.view
        return {
            "project.set": self.set_project,
            "layer.change": self.change_layer,
            "layer.refresh": self.refresh_layers,
            "layer.legend": self.tree.legend,
            "selection.set": self.tree.select,
            "view.open": view.open,
            "view.resize": view.resize,
            "view.set": view.set,
            "view.get": view.state,
            "view.full": view.full,
            "view.layer": view.layer,
            "view.zoom": view.zoom,
            "view.history": view.history,
            "view.magnify": view.magnify,
            "frame.done": view.frame_done,
            "overlay.set": self.overlays.set,
            "overlay.clear": self.overlays.clear,
            "tool.set": self.tools.set,
            "draw.vertex": lambda at: self.tools.sketch("vertex", at),
            "draw.back": lambda: self.tools.sketch("back"),
            "draw.finish": lambda: self.tools.sketch("finish"),
            "snap.config": self.tools.configure_snapping,
            "event.mouse": self.tools.player.mouse,
            "event.wheel": self.tools.player.wheel,
            "event.key": self.tools.player.key,
            "event.leave": self.tools.player.leave,
            "project.write": write_project,
            "print.map": lambda **params: print_map(self.tree, **params),
            "print.legend": lambda **params: print_legend(self.tree, **params),
            "raster.sample": sample,
            "render.image": lambda **params: render_image(self.tree, **params),
        }

    def set_project(self, **wanted):
        """Bring the map to the wanted state; what is the same stays as it is."""
        told = self.tree.set(**wanted)
        self.view.take_layers()
        return told

    def lost(self, host):
        """A tile service does not answer: the map is drawn without it."""
        self.server.notify("unreachable", host=host)
        self.view.take_layers()

    def change_layer(self, **wanted):
        """Change how one layer is shown."""
        self.tree.change(**wanted)
        self.view.take_layers()
        return True

    def refresh_layers(self, ids):
        """Read layers again after a commit."""
        self.tree.refresh(ids)
        self.view.refresh()
        return True

    def close(self):
        """Let go of canvas and layers in an order QGIS can bear."""
        self.view.close()
        QgsProject.instance().clear()
