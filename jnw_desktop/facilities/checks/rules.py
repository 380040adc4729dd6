"""Every rule in one table: what it is called, how much it matters, what it tells people to do, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.checks import attributes, heights, joints, mends, references, shapes, supply
from jnw_desktop.facilities.checks.mends import Mend
from jnw_desktop.facilities.checks.survey import Found, Survey
from jnw_desktop.language import N_, _

Severity = Literal["error", "warning", "notice"]
SEVERITIES: dict[Severity, str] = {"error": N_("Error"), "warning": N_("Warning"), "notice": N_("Notice")}


@dataclass(frozen=True)
class Rule:
    """One rule. ``title`` and ``message`` are English message ids; ``{…}`` in the message are the findings' values.

    ``mend`` makes the changes that put a finding right, where that is safe.
    """

    id: str
    severity: Severity
    title: str
    message: str
    find: Callable[[Survey], list[Found]]
    mend: Mend | None = None

    def look(self, survey: Survey) -> list[Found]:
        """What it finds. What is unknown is NaN, and reckoning with it is no fault."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return self.find(survey)


_TABLE = (
    Rule(
        "no_geometry",
        "error",
        N_("No place"),
        N_("It has no place on the map. Draw it, or remove the record."),
        shapes.no_geometry,
    ),
    Rule(
        "outside_area",
        "error",
        N_("Outside the CRS"),
        N_("It lies far outside the area this CRS is made for. Look whether east and north are swapped."),
        shapes.outside_area,
    ),
    Rule(
        "zero_length",
        "error",
        N_("Zero length"),
        N_("The pipe is {length:.3f} m long. Draw it again, or remove it and join what is at its ends."),
        shapes.zero_length,
    ),
    Rule(
        "duplicate_pipe",
        "error",
        N_("Duplicate pipe"),
        N_("The pipe has the same line as {other}. Remove one of the two."),
        shapes.duplicate_pipe,
        mends.remove_unreferenced,
    ),
    Rule(
        "end_unset",
        "error",
        N_("End not recorded"),
        N_("No {side} node is recorded, and {other} stands there. Record it as the {side} node."),
        references.end_unset,
        mends.set_end,
    ),
    Rule(
        "end_without_node",
        "error",
        N_("End without node"),
        N_("Nothing stands where the {side} of the pipe is. Add a node there."),
        references.end_without_node,
        mends.set_end,
    ),
    Rule(
        "end_unknown",
        "error",
        N_("Node of the end is missing"),
        N_("The {side} node that is recorded is not there. Record what stands at that end."),
        references.end_unknown,
        mends.set_end,
    ),
    Rule(
        "end_apart",
        "error",
        N_("End away from its node"),
        N_("The {side} of the pipe lies {distance:.2f} m from {other}. Move the end, or record the right node."),
        references.end_apart,
        mends.move_end_to_its_node,
    ),
    Rule(
        "ends_reversed",
        "error",
        N_("Ends exchanged"),
        N_("The recorded start node stands at the end of the line, and the end node at its start. Exchange them."),
        references.ends_reversed,
        mends.exchange_ends,
    ),
    Rule(
        "same_ends",
        "error",
        N_("Start is end"),
        N_("Both ends name the same node. Record the right node for one of them."),
        references.same_ends,
    ),
    Rule(
        "link_broken",
        "error",
        N_("Link of two nodes broken"),
        N_("It joins two nodes, and one of them is not recorded, is not there, or is the other one. Record both."),
        references.link_broken,
    ),
    Rule(
        "reference_unknown",
        "error",
        N_("Refers to nothing"),
        N_("What is recorded as its {field} is not there. Choose one that is, or leave the field empty."),
        references.reference_unknown,
    ),
    Rule(
        "near_miss",
        "error",
        N_("Near miss"),
        N_("The end of the pipe misses {other} by {distance:.2f} m. Join them, or cap the end."),
        joints.near_miss,
        mends.join,
    ),
    Rule(
        "end_on_pipe",
        "error",
        N_("End on an uncut pipe"),
        N_("The pipe ends on the middle of {other}, which is not cut there. Split {other} at that node."),
        joints.end_on_pipe,
        mends.split,
    ),
    Rule(
        "crossing",
        "warning",
        N_("Crossing without node"),
        N_("The pipe crosses {other} with no node. Join them there, or record the elevations of both."),
        joints.crossing,
    ),
    Rule(
        "overlap",
        "error",
        N_("Overlap"),
        N_("The pipe lies on {other} for {length:.2f} m. Remove or redraw one of the two."),
        shapes.overlap,
    ),
    Rule(
        "parallel_pipe",
        "notice",
        N_("Two pipes between the same nodes"),
        N_("The pipe joins the same two nodes as {other}. Make sure that there are two."),
        shapes.parallel_pipe,
    ),
    Rule(
        "duplicate_point",
        "error",
        N_("Two points at one place"),
        N_("It stands where {other} stands. Keep one, and let the pipes end at it."),
        joints.duplicate_point,
        mends.remove_idle,
    ),
    Rule(
        "unused_node",
        "warning",
        N_("Unused node"),
        N_("No pipe ends at the node. Record it at a pipe, or remove it."),
        references.unused_node,
        mends.remove,
    ),
    Rule(
        "off_pipe",
        "error",
        N_("Off every pipe"),
        N_("No pipe ends at it. Split the pipe it stands on, or draw the pipe that leads to it."),
        references.off_pipe,
        mends.split,
    ),
    Rule(
        "source_off_pipe",
        "warning",
        N_("Source or pump off every pipe"),
        N_("No pipe ends at it, so it gives water to none. Draw the pipe that leads to it."),
        references.source_off_pipe,
    ),
    Rule(
        "dangling_end",
        "notice",
        N_("Dangling end"),
        N_("The pipe ends here at nothing. Join it, or record a cap or a blank end."),
        joints.dangling_end,
    ),
    Rule(
        "isolated",
        "warning",
        N_("No source"),
        N_("This pipe and what is joined to it ({count} pipes, {length:.0f} m) has no source. Join it to the network."),
        supply.isolated,
    ),
    Rule(
        "no_source",
        "warning",
        N_("No source at all"),
        N_("No waterworks, well or tank is joined to any pipe. Record the sources and the pipes that lead to them."),
        supply.no_source,
    ),
    Rule(
        "repeated_vertex",
        "notice",
        N_("Repeated vertex"),
        N_("The line has the same vertex twice. Drop one."),
        shapes.repeated_vertex,
        mends.drop_repeated,
    ),
    Rule(
        "doubling_back",
        "warning",
        N_("Sharp doubling back"),
        N_("The line turns back on itself at {angle:.0f}°. Move or drop the vertex."),
        shapes.doubling_back,
    ),
    Rule(
        "self_crossing",
        "warning",
        N_("Line crosses itself"),
        N_("The line crosses itself. Draw it again."),
        shapes.self_crossing,
    ),
    Rule(
        "invalid_area",
        "warning",
        N_("Area crosses itself"),
        N_("The outline of the area crosses itself. Draw it again."),
        shapes.invalid_area,
    ),
    Rule(
        "long_pipe",
        "notice",
        N_("Long between points"),
        N_("The pipe is {length:.1f} m long, more than {limit:.0f} m. Survey a point between."),
        shapes.long_pipe,
    ),
    Rule(
        "steep",
        "warning",
        N_("Steep"),
        N_("The pipe slopes at {angle:.0f}°. Correct the elevation of one of its ends."),
        shapes.steep,
    ),
    Rule(
        "length_differs",
        "notice",
        N_("Length disagrees with the line"),
        N_("The recorded length is {said:.2f} m, that of the line {drawn:.2f} m. Correct one of them."),
        shapes.length_differs,
    ),
    Rule(
        "height_disagrees",
        "warning",
        N_("Depth and elevation disagree"),
        N_("At the {side} ground {ground:.2f} m, depth {depth:.2f} m, top {top:.2f} m disagree. Correct one of them."),
        heights.height_disagrees,
    ),
    Rule(
        "height_missing",
        "notice",
        N_("Depth or elevation can be told"),
        N_("At the {side} depth or elevation is not recorded; the other and the ground tell it: {value:.2f} m."),
        heights.height_missing,
        mends.set_height,
    ),
    Rule(
        "depth_doubtful",
        "warning",
        N_("Depth in doubt"),
        N_("The depth to top at the {side} is {depth:.2f} m. Measure it again."),
        heights.depth_doubtful,
    ),
    Rule(
        "fitting_degree",
        "warning",
        N_("Fitting and pipes disagree"),
        N_("{count} pipes meet here, and {wanted} at a {fitting}. Correct the kind of node, or join the missing pipe."),
        joints.fitting_degree,
    ),
    Rule(
        "node_kind_unset",
        "notice",
        N_("Kind of node can be told"),
        N_("{count} pipes meet at the node, and its kind is not recorded. Record: {fitting}."),
        joints.node_kind_unset,
        mends.set_node_kind,
    ),
    Rule(
        "dn_jump",
        "warning",
        N_("Diameter changes without reducer"),
        N_("DN {first:.0f} and DN {last:.0f} meet with no reducer. Record a reducer, or correct one diameter."),
        joints.dn_jump,
    ),
    Rule(
        "reducer_without_change",
        "warning",
        N_("Reducer without change"),
        N_("The reducer stands between two pipes of DN {first:.0f}. Correct a diameter, or the kind of node."),
        joints.reducer_without_change,
    ),
    Rule(
        "material_jump",
        "notice",
        N_("Material changes"),
        N_("{material} and {other_material} meet at this node. Make sure of both materials."),
        joints.material_jump,
    ),
    Rule(
        "tee_impossible",
        "warning",
        N_("Tee that cannot pass its flow"),
        N_("DN {last:.0f} meets nothing wider than DN {first:.0f} here. Correct a diameter, or join the missing pipe."),
        joints.tee_impossible,
    ),
    Rule(
        "mixed_water",
        "error",
        N_("Waters mixed"),
        N_("Pipes of drinking water and of other water meet here. Correct the use of one, or report the connection."),
        joints.mixed_water,
    ),
    Rule(
        "abandoned_joined",
        "warning",
        N_("Abandoned pipe not cut off"),
        N_("The abandoned pipe is still joined to one in service. Record the cap or the closed valve."),
        joints.abandoned_joined,
    ),
    Rule(
        "attribute_missing",
        "notice",
        N_("Diameter or material unknown"),
        N_("Not recorded: {fields}. Look in the as-built drawings, or measure on site."),
        attributes.attribute_missing,
    ),
    Rule(
        "value_unlisted",
        "error",
        N_("Value outside its list"),
        N_("{field}: {value} is not in the list. Choose a value of the list."),
        attributes.value_unlisted,
    ),
    Rule(
        "dn_unlisted",
        "warning",
        N_("Diameter outside its list"),
        N_("DN {value:.0f} is not made; DN {meant:.0f} may be meant. Correct the diameter."),
        attributes.dn_unlisted,
    ),
    Rule(
        "diameter_disagrees",
        "warning",
        N_("Diameters disagree"),
        N_("Outer diameter {outer:.0f} mm, wall {wall:.1f} mm and nominal diameter do not agree. Correct one of them."),
        attributes.diameter_disagrees,
    ),
    Rule(
        "year_doubtful",
        "error",
        N_("Year in doubt"),
        N_("The year {year:.0f} lies ahead or too far back. Correct it."),
        attributes.year_doubtful,
    ),
    Rule(
        "date_doubtful",
        "warning",
        N_("Date in doubt"),
        N_("{field} {value} cannot be: it lies ahead, too far back, or before what it follows. Correct it."),
        attributes.date_doubtful,
    ),
    Rule(
        "outside_dma",
        "notice",
        N_("Outside every DMA"),
        N_("The pipe lies in no DMA. Extend the one it belongs to."),
        supply.outside_dma,
    ),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _TABLE}


def rule_of(name: str) -> Rule:
    """The rule of that id; ``near-miss`` is ``near_miss``. Raises UsageError."""
    rule = RULES.get(name.replace("-", "_"))
    if rule is None:
        raise UsageError(
            _("There is no check {name}.").format(name=name), _("There are: {names}").format(names=", ".join(RULES))
        )
    return rule
