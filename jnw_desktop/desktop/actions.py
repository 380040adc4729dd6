"""Every action of the window in one table: menus, toolbar and command palette are made from it."""

from __future__ import annotations

from dataclasses import dataclass

from jnw_desktop.language import N_


@dataclass(frozen=True)
class Action:
    """One command. ``needs``: an open workspace.

    ``call``: a method of the window or of a part of it (``opening.choose``), ``tool:NAME`` a tool of the map, or
    ``module:NAME:METHOD`` a method of a module's panel.
    """

    id: str
    title: str
    menu: str
    call: str
    icon: str = ""
    key: str = ""
    toolbar: bool = False
    needs: bool = True
    editing: bool = False  # in the toolbar of editing, not the one of tools
    writes: bool = False  # off where the workspace can only be read
    section: bool = False  # a line parts it from what is above it in the menu


def _edit(id: str, title: str, icon: str, key: str = "", toolbar: bool = True, writes: bool = True) -> Action:
    """An action of :class:`jnw_desktop.desktop.editing.edits.Editing`: its method of the same name."""
    name = f"edit-{id.replace('_', '-')}"
    return Action(name, title, EDIT, f"editing.{id}", icon, key, toolbar, editing=True, writes=writes)


FILE, EDIT, MAP, TOOLS, VIEW, HELP = N_("&File"), N_("&Edit"), N_("&Map"), N_("&Tools"), N_("&View"), N_("&Help")
MENUS = (FILE, EDIT, MAP, TOOLS, VIEW, HELP)

ACCENT, DISABLED = "#43809f", "#5b88929b"  # of icons, on light ground and dark; the latter with its alpha first

ACTIONS = (
    Action("open", N_("Open workspace…"), FILE, "opening.choose", "fa5s.folder-open", "Ctrl+O", True, False),
    Action("connect", N_("Open a team workspace…"), FILE, "opening.connect", "fa5s.database", needs=False),
    Action("backup", N_("Back up workspace…"), FILE, "opening.back_up"),
    Action(
        "import",
        N_("Import…"),
        FILE,
        "exchanging.bring_in",
        "fa5s.file-import",
        "Ctrl+I",
        True,
        writes=True,
        section=True,
    ),
    Action("export", N_("Export…"), FILE, "exchanging.take_out", "fa5s.file-export", "Ctrl+E", True),
    Action("print", N_("Print the map…"), FILE, "print_map", "fa5s.print", "Ctrl+P", True, section=True),
    Action("tie-cards", N_("Tie cards of what is selected"), FILE, "releasing.print_tie_cards", "fa5s.id-card"),
    Action("copy-view", N_("Copy the view"), FILE, "releasing.copy_view", key="Ctrl+Shift+C"),
    Action("for-qgis", N_("Styles for QGIS Desktop"), FILE, "opening.give_styles", writes=True, section=True),
    Action("field-pack", N_("Pack for QField…"), FILE, "field.choose_pack", "fa5s.mobile-alt"),
    Action("field-return", N_("Take field work back…"), FILE, "field.choose_return", writes=True),
    Action("releases", N_("Register of releases…"), FILE, "releasing.show", "fa5s.file-signature"),
    Action("calendar", N_("Working-day calendar…"), FILE, "show_calendar", "fa5s.calendar-alt"),
    Action("quit", N_("Quit"), FILE, "close", key="Ctrl+Q", needs=False, section=True),
    Action("undo", N_("Undo"), EDIT, "undoing.undo", "fa5s.undo", "Ctrl+Z", True),
    Action("redo", N_("Redo"), EDIT, "undoing.redo", "fa5s.redo", "Ctrl+Y", True),
    _edit("draw_pipe", N_("Draw a pipe"), "fa5s.pencil-alt", "Ctrl+D"),
    _edit("insert_valve", N_("Insert a valve"), "fa5s.compress-arrows-alt"),
    _edit("insert_hydrant", N_("Insert a hydrant"), "fa5s.fire-extinguisher", toolbar=False),
    _edit("move", N_("Move a point"), "fa5s.arrows-alt"),
    _edit("split", N_("Split"), "fa5s.cut"),
    _edit("join", N_("Join"), "fa5s.link"),
    _edit("out_of_pipe", N_("Take out of its pipe"), "fa5s.unlink", toolbar=False),
    _edit("reverse", N_("Reverse"), "fa5s.exchange-alt"),
    _edit("reshape", N_("Reshape"), "fa5s.bezier-curve", toolbar=False),
    _edit("extend", N_("Extend"), "fa5s.long-arrow-alt-right"),
    _edit("offset_copy", N_("Copy beside"), "fa5s.clone"),
    _edit("replace", N_("Replace"), "fa5s.sync-alt"),
    _edit("abandon", N_("Abandon"), "fa5s.ban"),
    _edit("take_out", N_("Remove from the ground"), "fa5s.eraser", toolbar=False),
    _edit("brush", N_("Attribute brush"), "fa5s.paint-roller"),
    _edit("bulk", N_("Change many"), "fa5s.th-list"),
    _edit("delete", N_("Delete a mistake"), "fa5s.trash", "Del", toolbar=False),
    _edit("toggle_snapping", N_("Snapping on or off"), "fa5s.magnet", "F3", toolbar=False, writes=False),
    _edit("map_as_of", N_("Map as of a date…"), "fa5s.history", toolbar=False, writes=False),
    Action("find", N_("Find…"), EDIT, "find_facility", key="Ctrl+F", section=True),
    Action("full", N_("Whole city"), MAP, "map.show_all", "fa5s.expand-arrows-alt", "Ctrl+0", True),
    Action(
        "previous", N_("Previous view"), MAP, "map.previous_view", "fa5s.arrow-left", "Alt+Left", True, section=True
    ),
    Action("next", N_("Next view"), MAP, "map.next_view", "fa5s.arrow-right", "Alt+Right", True),
    Action("north", N_("North up"), MAP, "map.north_up", "fa5s.compass", section=True),
    Action("restart-map", N_("Start the map again"), MAP, "restart_map", needs=False),
    Action("pan", N_("Pan"), TOOLS, "tool:pan", "fa5s.hand-paper", "", True, section=True),
    Action("zoom-in", N_("Zoom in by rectangle"), TOOLS, "tool:zoom-in", "fa5s.search-plus", "", True),
    Action("zoom-out", N_("Zoom out"), TOOLS, "tool:zoom-out", "fa5s.search-minus", "", True),
    Action("identify", N_("Identify"), TOOLS, "tool:identify", "fa5s.info-circle", "", True),
    Action(
        "select-click", N_("Select by click"), TOOLS, "tool:select-click", "fa5s.mouse-pointer", "", True, section=True
    ),
    Action(
        "select-rectangle", N_("Select by rectangle"), TOOLS, "tool:select-rectangle", "fa5s.vector-square", "", True
    ),
    Action("select-polygon", N_("Select by polygon"), TOOLS, "tool:select-polygon", "fa5s.draw-polygon"),
    Action("select-radius", N_("Select by radius"), TOOLS, "tool:select-radius", "fa5s.dot-circle"),
    Action("measure-length", N_("Measure length"), TOOLS, "tool:measure-length", "fa5s.ruler", "", True, section=True),
    Action("measure-area", N_("Measure area"), TOOLS, "tool:measure-area", "fa5s.ruler-combined", "", True),
    Action("measure-angle", N_("Measure angle"), TOOLS, "tool:measure-angle", "fa5s.drafting-compass"),
    Action("rotate", N_("Rotate the map"), TOOLS, "tool:rotate", "fa5s.sync", section=True),
    Action("statistics", N_("Statistics"), VIEW, "show_statistics", "fa5s.chart-bar", toolbar=True),
    Action("close-tab", N_("Close the tab"), VIEW, "tabs.close_shown", key="Ctrl+W", needs=False),
    Action("palette", N_("Commands…"), VIEW, "show_palette", key="Ctrl+K", needs=False),
    Action("dark", N_("Dark colours"), VIEW, "toggle_dark", needs=False),
    Action(
        "preferences", N_("Preferences…"), VIEW, "show_preferences", "fa5s.cog", "Ctrl+,", needs=False, section=True
    ),
    Action("plugins", N_("Plugins…"), HELP, "show_plugins", needs=False),
    Action("about", N_("About"), HELP, "about", needs=False, section=True),
)
