"""Results in the project: names, styles, group, and use in models."""

import processing
import pytest
from conftest import BUILDING, head_card, write_model
from qgis.core import (
    QgsPalettedRasterRenderer,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
    QgsRectangle,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

from demsegmenter.dem_segmenter.modelfiles.card import ClassInfo
from demsegmenter.processing_provider import results, styles

pytestmark = pytest.mark.usefixtures("provider", "models", "engine")


@pytest.fixture
def layer(dem, project):
    """The DEM in the project, below another layer and in a group."""
    group = project.layerTreeRoot().addGroup("Terrain")
    other = QgsRasterLayer(str(dem), "Other")
    made = QgsRasterLayer(str(dem), "Harlem")
    for each in (other, made):
        project.addMapLayer(each, False)
        group.addLayer(each)
    return made


def new_context(project):
    """A context of its own for each run, as in the Toolbox."""
    made = QgsProcessingContext()
    made.setProject(project)
    return made


def load(algorithm, context, feedback, **parameters):
    return processing.runAndLoadResults(algorithm, parameters, feedback=feedback, context=context)


def tree(node):
    return [
        (c.name(), tree(c)) if hasattr(c, "findGroups") and not hasattr(c, "layer") else c.name()
        for c in node.children()
    ]


def only(project, name):
    found = project.mapLayersByName(name)
    assert len(found) == 1, f"{name}: {[each.name() for each in project.mapLayers().values()]}"
    return found[0]


def colour_at(layer, x, y):
    """Red, green, blue, alpha of the rendered raster at a point."""
    block = layer.renderer().block(1, QgsRectangle(x - 0.5, y - 0.5, x + 0.5, y + 0.5), 1, 1)
    return block.image().pixelColor(0, 0).getRgb()


def test_buildings_come_into_a_group_above_the_dem_named_after_it(project, layer, context, feedback, tmp_path):
    load(
        "demsegmenter:segmentbuildings",
        context,
        feedback,
        INPUT=layer.id(),
        OUTPUT=str(tmp_path / "some file.tif"),
        PROBABILITY="TEMPORARY_OUTPUT",
        FOOTPRINTS="TEMPORARY_OUTPUT",
    )
    assert tree(project.layerTreeRoot()) == [
        (
            "Terrain",
            [
                "Other",
                (
                    "Harlem - DEM Segmenter",
                    ["Footprints - Harlem", "Buildings - Harlem", "Building probability - Harlem"],
                ),
                "Harlem",
            ],
        )
    ]


def test_roads_join_the_same_group(project, layer, context, feedback):
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    load(
        "demsegmenter:segmentroads",
        new_context(project),
        feedback,
        INPUT=layer.id(),
        OUTPUT="TEMPORARY_OUTPUT",
        CENTERLINES="TEMPORARY_OUTPUT",
        POLYGONS="TEMPORARY_OUTPUT",
        PROBABILITY="TEMPORARY_OUTPUT",
    )
    groups = project.layerTreeRoot().findGroups(True)
    assert [g.name() for g in groups] == ["Terrain", "Harlem - DEM Segmenter"]
    names = [n.name() for n in groups[1].children()]
    assert names[0] == "Road centrelines - Harlem"
    assert set(names) == {
        "Road centrelines - Harlem",
        "Road polygons - Harlem",
        "Roads - Harlem",
        "Road probability - Harlem",
        "Buildings - Harlem",
    }
    assert names.index("Road probability - Harlem") == 4


def test_the_group_is_within_the_one_that_the_user_wants_all_results_in(project, layer, context, feedback):
    from processing.core.ProcessingConfig import ProcessingConfig

    ProcessingConfig.setSettingValue(ProcessingConfig.RESULTS_GROUP_NAME, "Results")
    try:
        load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    finally:
        ProcessingConfig.setSettingValue(ProcessingConfig.RESULTS_GROUP_NAME, "")
    results = project.layerTreeRoot().findGroup("Results")
    assert tree(results) == [("Harlem - DEM Segmenter", ["Buildings - Harlem"])]


def test_layers_of_one_name_have_groups_of_their_own(project, layer, context, feedback, dem):
    """Every tile of a county may be called dem.tif."""
    twin = project.addMapLayer(QgsRasterLayer(str(dem), "Harlem"))
    for each in (layer, twin, twin):
        load(
            "demsegmenter:segmentbuildings", new_context(project), feedback, INPUT=each.id(), OUTPUT="TEMPORARY_OUTPUT"
        )
    groups = [g for g in project.layerTreeRoot().findGroups(True) if g.name() == "Harlem - DEM Segmenter"]
    assert sorted(len(g.findLayers()) for g in groups) == [1, 2]
    for group in groups:
        (owner,) = {n.layer().customProperty("demsegmenter/dem") for n in group.findLayers()}
        above = group.parent().children()
        assert above[above.index(group) + 1].layerId() == owner
    # A layer that was loaded anew has another id, and its results go on with those of before.
    project.removeMapLayer(twin.id())
    again = project.addMapLayer(QgsRasterLayer(str(dem), "Harlem"))
    load("demsegmenter:segmentbuildings", new_context(project), feedback, INPUT=again.id(), OUTPUT="TEMPORARY_OUTPUT")
    assert len([g for g in project.layerTreeRoot().findGroups(True) if "DEM Segmenter" in g.name()]) == 2
    # From now on that group is that layer's: a third one of the name has its own again, and so has the first.
    third = project.addMapLayer(QgsRasterLayer(str(dem), "Harlem"))
    for each in (third, layer):
        load(
            "demsegmenter:segmentbuildings", new_context(project), feedback, INPUT=each.id(), OUTPUT="TEMPORARY_OUTPUT"
        )
    groups = [g for g in project.layerTreeRoot().findGroups(True) if "DEM Segmenter" in g.name()]
    assert sorted(len(g.findLayers()) for g in groups) == [1, 2, 3]
    project.removeMapLayer(again.id())
    load("demsegmenter:segmentbuildings", new_context(project), feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    assert sorted(len(g.findLayers()) for g in groups) == [1, 3, 3], "an orphaned group does not win over one's own"


def test_the_active_layer_stays_so(project, layer, context, feedback):
    """The next button pressed is for it; taking a layer out of the tree and putting it elsewhere would move it on."""
    from qgis.utils import iface

    class Window:
        """Takes the tree's current layer for the active one, as QGIS does."""

        def __init__(self):
            self.active, self.asked = layer, []

        def activeLayer(self):
            return self.active

        def setActiveLayer(self, wanted):
            self.asked.append(wanted)
            self.active = wanted

    window = Window()
    root = project.layerTreeRoot()
    root.removedChildren.connect(lambda *_: setattr(window, "active", None))
    before = iface.activeLayer, iface.setActiveLayer
    iface.activeLayer, iface.setActiveLayer = window.activeLayer, window.setActiveLayer
    try:
        load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    finally:
        iface.activeLayer, iface.setActiveLayer = before
    assert window.active in project.mapLayers().values()
    assert window.asked


def test_a_dem_that_is_not_in_the_project_gets_its_group_on_top(project, dem, layer, context, feedback):
    elsewhere = dem.rename(dem.with_name("elsewhere.tif"))
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=str(elsewhere), OUTPUT="TEMPORARY_OUTPUT")
    assert tree(project.layerTreeRoot())[0] == ("elsewhere - DEM Segmenter", ["Buildings - elsewhere"])


def test_a_mask_shows_its_class_and_nothing_else(project, layer, context, feedback):
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    mask = only(project, "Buildings - Harlem")
    renderer = mask.renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer)
    assert [(c.value, c.label, c.color.name()) for c in renderer.classes()] == [(1.0, "Building", BUILDING.color)]
    assert colour_at(mask, 500010, 4499990)[3] > 120  # the stand-in's mask is 1 everywhere


def test_background_of_a_mask_is_transparent(tmp_path):
    from conftest import write_raster
    from osgeo import gdal

    path = write_raster(tmp_path / "zero.tif", 4, 4, kind=gdal.GDT_Byte, value=0, nodata=255)
    mask = QgsRasterLayer(str(path), "Mask")
    styles.style_mask(mask, [BUILDING])
    assert colour_at(mask, 500002, 4499998)[3] == 0


@pytest.mark.parametrize(("value", "alpha"), [(0.0, (0, 0)), (0.5, (80, 130)), (1.0, (160, 200))])
def test_a_probability_fades_to_nothing(tmp_path, value, alpha):
    from conftest import write_raster

    layer = QgsRasterLayer(str(write_raster(tmp_path / "p.tif", 4, 4, value=value)), "P")
    styles.style_probability(layer, [BUILDING])
    assert isinstance(layer.renderer(), QgsSingleBandPseudoColorRenderer)
    assert alpha[0] <= colour_at(layer, 500002, 4499998)[3] <= alpha[1]


def test_footprints_have_an_outline_and_a_light_fill(project, layer, context, feedback):
    load(
        "demsegmenter:segmentbuildings",
        context,
        feedback,
        INPUT=layer.id(),
        OUTPUT="TEMPORARY_OUTPUT",
        FOOTPRINTS="TEMPORARY_OUTPUT",
    )
    symbol = only(project, "Footprints - Harlem").renderer().symbol().symbolLayer(0)
    assert symbol.fillColor().name() == BUILDING.color
    assert 0 < symbol.fillColor().alpha() < 128
    assert symbol.strokeColor().alpha() == 255
    assert symbol.strokeWidth() > 0.2


def test_centrelines_are_lines(project, layer, context, feedback):
    load(
        "demsegmenter:segmentroads",
        context,
        feedback,
        INPUT=layer.id(),
        OUTPUT="TEMPORARY_OUTPUT",
        CENTERLINES="TEMPORARY_OUTPUT",
    )
    lines = only(project, "Road centrelines - Harlem")
    assert lines.featureCount() == 1
    assert lines.renderer().symbol().symbolLayer(0).width() > 0.4


def test_classes_of_several_heads_have_their_colours(project, layer, context, feedback, models):
    write_model(models / "sheds.safetensors", head_card("sheds", ClassInfo("shed", 1, "#00ff00")))
    for heads, expected in (
        (["buildings", "roads"], [(1, "#d73027"), (2, "#404040")]),
        (["roads"], [(1, "#404040")]),
        (["roads", "buildings", "sheds"], [(1, "#404040"), (2, "#d73027"), (3, "#00ff00")]),
    ):
        load(
            "demsegmenter:segment",
            new_context(project),
            feedback,
            INPUT=layer.id(),
            HEADS=heads,
            OUTPUT="TEMPORARY_OUTPUT",
        )
        mask = only(project, "Classes - Harlem")
        assert [(c.value, c.color.name()) for c in mask.renderer().classes()] == expected
        project.removeMapLayer(mask.id())


def test_a_style_that_the_user_chose_for_the_output_is_kept(project, layer, context, feedback, monkeypatch):
    from processing.gui.RenderingStyles import RenderingStyles

    monkeypatch.setitem(RenderingStyles.styles, "demsegmenter:segmentbuildings", {"OUTPUT": "/nowhere.qml"})
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    assert not isinstance(only(project, "Buildings - Harlem").renderer(), QgsPalettedRasterRenderer)


def test_post_processors_do_not_pile_up(project, layer, context, feedback):
    for _ in range(3):
        load(
            "demsegmenter:segmentbuildings", new_context(project), feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT"
        )
    assert len(results._kept) <= 1
    results.release_all()


def test_renders_on_a_map(project, layer, context, feedback):
    from qgis.core import QgsMapRendererParallelJob, QgsMapSettings

    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT")
    settings = QgsMapSettings()
    settings.setLayers([only(project, "Buildings - Harlem")])
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(50, 50))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    red, green, blue, _ = job.renderedImage().pixelColor(25, 25).getRgb()
    assert red > 180
    assert max(green, blue) < 150


def make_model(follow_algorithm, follow_parameters, follow_output):
    """DEM -> segmentbuildings -> a native step; the mask and the step's output are final."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("Houses", "Mine")
    model.addModelParameter(QgsProcessingParameterRasterLayer("dem"), QgsProcessingModelParameter("dem"))
    first = QgsProcessingModelChildAlgorithm("demsegmenter:segmentbuildings")
    first.setChildId("buildings")
    first.addParameterSources("INPUT", [source.fromModelParameter("dem")])
    first.addParameterSources("HEAD", [source.fromStaticValue("buildings")])
    final = QgsProcessingModelOutput("Mask", "My own name")
    final.setChildId("buildings")
    final.setChildOutputName("OUTPUT")
    first.setModelOutputs({"My own name": final})
    model.addChildAlgorithm(first)
    second = QgsProcessingModelChildAlgorithm(follow_algorithm)
    second.setChildId("follow")
    for name, value in follow_parameters.items():
        second.addParameterSources(
            name, [source.fromChildOutput(*value) if isinstance(value, tuple) else source.fromStaticValue(value)]
        )
    final = QgsProcessingModelOutput("Result", "Result")
    final.setChildId("follow")
    final.setChildOutputName(follow_output)
    second.setModelOutputs({"Result": final})
    model.addChildAlgorithm(second)
    return model


def final_result(results):
    """A model's output "Result", whose key is another one in QGIS 3.38 and newer."""
    return results["follow:Result"] if "follow:Result" in results else results["result"]


def test_a_step_of_a_model_feeds_a_native_step(project, layer, context, feedback, tmp_path):
    model = make_model(
        "native:reclassifybytable",
        {
            "INPUT_RASTER": ("buildings", "OUTPUT"),
            "RASTER_BAND": 1,
            "TABLE": [0.5, 1.5, 42],
            "NO_DATA": -1,
            "RANGE_BOUNDARIES": 2,
            "DATA_TYPE": 5,
        },
        "OUTPUT",
    )
    outputs = {o.name(): str(tmp_path / f"{n}.tif") for n, o in enumerate(model.destinationParameterDefinitions())}
    result = processing.run(model, {"dem": layer.id(), **outputs}, context=context, feedback=feedback)
    reclassified = QgsRasterLayer(final_result(result), "R")
    assert reclassified.dataProvider().sample(reclassified.extent().center(), 1) == (42.0, True)


def test_a_model_with_zonal_statistics_over_the_footprints(project, layer, context, feedback, tmp_path):
    model = make_model(
        "native:zonalstatisticsfb",
        {
            "INPUT": ("buildings", "FOOTPRINTS"),
            "INPUT_RASTER": ("buildings", "OUTPUT"),
            "RASTER_BAND": 1,
            "STATISTICS": [1],
        },
        "OUTPUT",
    )
    # An optional sink of a step is only written where the model asks for it.
    child = model.childAlgorithm("buildings")
    extra = QgsProcessingModelOutput("Houses", "Houses")
    extra.setChildId("buildings")
    extra.setChildOutputName("FOOTPRINTS")
    child.setModelOutputs({**child.modelOutputs(), "Houses": extra})
    model.setChildAlgorithm(child)
    targets = {}
    for number, output in enumerate(model.destinationParameterDefinitions()):
        ending = "tif" if output.type() == "rasterDestination" else "gpkg"
        targets[output.name()] = str(tmp_path / f"{number}.{ending}")
    result = processing.run(model, {"dem": layer.id(), **targets}, context=context, feedback=feedback)
    zones = QgsVectorLayer(final_result(result), "Z")
    assert [f["_sum"] for f in zones.getFeatures()] == [100.0, 25.0]


def test_a_models_own_output_name_is_kept_and_styled(project, layer, context, feedback):
    model = make_model("native:rasterlayerproperties", {"INPUT": ("buildings", "OUTPUT"), "BAND": 1}, "NODATA_VALUE")
    (target,) = [o.name() for o in model.destinationParameterDefinitions()]
    definition = QgsProcessingOutputLayerDefinition("TEMPORARY_OUTPUT", project)
    definition.destinationName = "My own name"
    load(model, context, feedback, dem=layer.id(), **{target: definition})
    mask = only(project, "My own name")
    assert isinstance(mask.renderer(), QgsPalettedRasterRenderer)


def test_a_failing_step_of_a_model_says_why(project, layer, context, feedback, engine):
    engine.mode("error")
    model = make_model("native:rasterlayerproperties", {"INPUT": ("buildings", "OUTPUT"), "BAND": 1}, "NODATA_VALUE")
    (target,) = [o.name() for o in model.destinationParameterDefinitions()]
    with pytest.raises(QgsProcessingException) as caught:
        model.create().run({"dem": layer.id(), target: "TEMPORARY_OUTPUT"}, context, feedback, catchExceptions=False)
    # QGIS 3.38 and newer say it in the exception, older ones only in the log.
    said = [*feedback.errors, str(caught.value)]
    assert any("'dem.tif' has no CRS. Assign one." in line for line in said)


def test_results_of_two_thresholds_are_told_apart_by_name(project, layer, context, feedback):
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT", THRESHOLD=0.3)
    load(
        "demsegmenter:segmentbuildings",
        new_context(project),
        feedback,
        INPUT=layer.id(),
        OUTPUT="TEMPORARY_OUTPUT",
        FOOTPRINTS="TEMPORARY_OUTPUT",
    )
    names = {n.name() for n in project.layerTreeRoot().findLayers()} - {"Harlem"}
    assert names >= {"Buildings - Harlem (threshold 0.3)", "Buildings - Harlem", "Footprints - Harlem"}


@pytest.mark.parametrize(("given", "shown"), [({}, 0.73), ({"THRESHOLD": 0.6}, 0.6)])
def test_a_threshold_that_the_walls_chose_is_shown(project, layer, context, feedback, engine, given, shown):
    engine.mode("walls")
    load("demsegmenter:segmentbuildings", context, feedback, INPUT=layer.id(), OUTPUT="TEMPORARY_OUTPUT", **given)
    only(project, f"Buildings - Harlem (threshold {shown})")
