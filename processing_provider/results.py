"""Results in the project: their names, their styles, and a group of their own above the DEM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from qgis.core import (
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.modelfiles.card import ClassInfo

#: Property of a result layer: its place in the group, 0 on top.
_RANK = "demsegmenter/rank"

#: And the id of the DEM layer that it was made from.
_DEM = "demsegmenter/dem"

#: QGIS keeps no reference to a post-processor, so one that is held only by an algorithm or a function is lost in
#: silence. They are kept here until a later run finds that they have done their work.
_kept: list[ResultPostProcessor] = []

Style = Callable[[QgsMapLayer, Sequence[ClassInfo]], None]


class ResultPostProcessor(QgsProcessingLayerPostProcessorInterface):
    """Styles one result and puts it in the group. One instance an output."""

    def __init__(
        self,
        style: Style,
        classes: Sequence[ClassInfo],
        rank: int,
        dem_name: str,
        dem_id: str,
        style_key: tuple[str, str],
    ) -> None:
        """Note what to do once the layer is there.

        Args:
            style: Gives the layer its look.
            classes: Of the head that made it, with their colours.
            rank: Place in the group, 0 on top.
            dem_name: Name of the DEM layer.
            dem_id: Its id; the group goes above it if it is in the project.
            style_key: Algorithm id and output name, under which the user may have chosen an own style.
        """
        super().__init__()
        self.done = False
        self._style = style
        self._classes = list(classes)
        self._rank = rank
        self._dem_name = dem_name
        self._dem_id = dem_id
        self._style_key = style_key

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Called by QGIS in the main thread once the layer is in the project."""
        del feedback
        if self._classes and not _has_own_style(*self._style_key):
            self._style(layer, self._classes)
            layer.triggerRepaint()
            layer.emitStyleChanged()
        layer.setCustomProperty(_RANK, self._rank)
        layer.setCustomProperty(_DEM, self._dem_id)
        project = layer.project() or context.project()
        if project is not None:
            _move_to_group(project.layerTreeRoot(), layer, group_name(self._dem_name), self._dem_id, self._rank)
        self.done = True


def dem_of(layer: QgsMapLayer | None) -> str:
    """Id of the DEM layer that a result was made from; empty where it is no result."""
    return str(layer.customProperty(_DEM, "")) if layer is not None else ""


def dem_behind(layer: QgsMapLayer) -> QgsMapLayer:
    """The DEM layer that a result was made from, or from whose results it was; another layer itself."""
    for _ in range(3):
        dem = QgsProject.instance().mapLayer(dem_of(layer))
        if dem is None:
            break
        layer = dem
    return layer


def group_name(dem_name: str) -> str:
    """Name of the group that a DEM's results go to."""
    return QCoreApplication.translate("DemSegmenter", "{layer} - DEM Segmenter").format(layer=dem_name)


def prepare_layer(
    context: QgsProcessingContext, destination: str, name: str | None, post_processor: ResultPostProcessor
) -> None:
    """Arrange what happens to a result when QGIS loads it; nothing if it will not be loaded.

    Args:
        context: The run's context.
        destination: The output's layer id or path.
        name: The layer's name, or None to leave the one it has (a model's author has named it).
        post_processor: Styles and places it.
    """
    if not context.willLoadLayerOnCompletion(destination):
        return
    details = context.layerToLoadOnCompletionDetails(destination)
    if name is not None:
        details.name = name
        details.forceName = True
    _kept[:] = [kept for kept in _kept if not kept.done]
    _kept.append(post_processor)
    details.setPostProcessor(post_processor)


def forget_layers(context: QgsProcessingContext, before: Sequence[str]) -> None:
    """Take back, after a failure, what would otherwise be reported as layers that cannot be loaded.

    Args:
        context: The run's context.
        before: Keys of the layers that were to be loaded already before the run; a model shares its context.
    """
    layers = context.layersToLoadOnCompletion()
    context.setLayersToLoadOnCompletion({key: details for key, details in layers.items() if key in before})


def release_all() -> None:
    """Drop every post-processor; for when the plugin is unloaded."""
    _kept.clear()


def _has_own_style(algorithm_id: str, output: str) -> bool:
    """Whether the user has chosen a style file for this output in the Toolbox."""
    try:
        from processing.gui.RenderingStyles import RenderingStyles
    except ImportError:
        return False
    return bool(RenderingStyles.getStyle(algorithm_id, output))


def _group_of(root: QgsLayerTreeGroup, name: str, dem_id: str) -> QgsLayerTreeGroup | None:
    """The group of a DEM's results; not that of another layer of the same name that is in the project, too."""
    groups = [
        (group, str(group.customProperty(_DEM, "") or "")) for group in root.findGroups(True) if group.name() == name
    ]
    own = [group for group, owner in groups if owner == dem_id]
    # That of a layer which was taken out, perhaps to be loaded anew, and one from before groups knew their DEM.
    left_over = [group for group, owner in groups if not owner or root.findLayer(owner) is None]
    return next(iter([*own, *left_over]), None)


@contextmanager
def _same_active_layer() -> Iterator[None]:
    """Keeps the active layer: when its node is taken away, the tree's current one would be a neighbour."""
    from qgis.utils import iface

    active = iface.activeLayer() if iface is not None else None
    yield
    if active is not None and iface.activeLayer() != active:
        iface.setActiveLayer(active)


def _group_of_all_results(root: QgsLayerTreeGroup) -> QgsLayerTreeGroup | None:
    """The group that Settings > Options > Processing sends results to; QGIS has made it by now."""
    try:
        from processing.core.ProcessingConfig import ProcessingConfig
    except ImportError:
        return None
    name = ProcessingConfig.getSetting(ProcessingConfig.RESULTS_GROUP_NAME)
    return root.findGroup(name) if name else None


def _move_to_group(root: QgsLayerTreeGroup, layer: QgsMapLayer, name: str, dem_id: str, rank: int) -> None:
    """Move the layer's node into the group, by rank; make the group if it is not there.

    It goes where the user wants all results (a setting of Processing), else above the DEM. QGIS 3.32 and newer could
    make it (`LayerDetails.groupName`), but only at the top.
    """
    node = root.findLayer(layer.id())
    if node is None:
        return
    group = _group_of(root, name, dem_id)
    if group is None:
        parent = _group_of_all_results(root)
        dem = root.findLayer(dem_id) if parent is None else None
        if dem is not None:
            group = dem.parent().insertGroup(dem.parent().children().index(dem), name)
        else:
            group = (parent or root).insertGroup(0, name)
    group.setCustomProperty(_DEM, dem_id)
    place = 0
    for child in group.findLayers():
        other = child.layer()
        if child.parent() != group or other is None or other.id() == layer.id():
            continue
        if int(other.customProperty(_RANK, 0)) < rank:
            place = group.children().index(child) + 1
    clone = node.clone()
    clone.setExpanded(False)
    old_parent = node.parent()
    with _same_active_layer():
        group.insertChildNode(place, clone)
        old_parent.removeChildNode(node)
