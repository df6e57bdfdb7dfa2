<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>DemSegmenter</name>
    <message>
        <source>Unexpected fault in the plugin: {kind}: {message}. Please report it with the trace in View &gt; Panels &gt; Log Messages, tab DEM Segmenter.</source>
        <translation>Unerwarteter Fehler in der Erweiterung: {kind}: {message}. Bitte melden Sie ihn mit der Spur unter Ansicht &gt; Bedienfelder &gt; Protokoll, Reiter DEM Segmenter.</translation>
    </message>
    <message>
        <source>Engine information</source>
        <translation>Auskunft über die Engine</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>Says whether the engine works and what it has.</source>
        <translation>Sagt, ob die Engine funktioniert und was sie hat.</translation>
    </message>
    <message>
        <source>&lt;p&gt;The neural network runs outside QGIS, in a Python environment of its own: the engine. This says whether the engine works, where it is, which versions, devices (processor, graphics cards) and models it has, and, if it does not work, what to do.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Das neuronale Netz läuft außerhalb von QGIS in einer eigenen Python-Umgebung: der Engine. Hier steht, ob die Engine funktioniert, wo sie ist, welche Versionen, Geräte (Prozessor, Grafikkarten) und Modelle sie hat und was zu tun ist, wenn sie nicht funktioniert.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>engine,version,device,gpu,cuda,python,models,problem</source>
        <translation>engine,version,gerät,gpu,cuda,python,modelle,problem,grafikkarte</translation>
    </message>
    <message>
        <source>The engine works</source>
        <translation>Die Engine funktioniert</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Version of the engine</source>
        <translation>Version der Engine</translation>
    </message>
    <message>
        <source>Version of its Python</source>
        <translation>Version ihres Pythons</translation>
    </message>
    <message>
        <source>Where its Python is</source>
        <translation>Ort ihres Pythons</translation>
    </message>
    <message>
        <source>Packages</source>
        <translation>Pakete</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>The engine works. Its Python was found through {origin}.</source>
        <translation>Die Engine funktioniert. Ihr Python wurde gefunden durch: {origin}.</translation>
    </message>
    <message>
        <source>The engine is not complete.</source>
        <translation>Die Engine ist nicht vollständig.</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>The trained model that draws the mask: the name of an installed head, or the path of a head file (.safetensors), such as one that a colleague has sent.</source>
        <translation>Das trainierte Modell, das die Maske zeichnet: der Name eines installierten Kopfes oder der Pfad einer Kopfdatei (.safetensors), etwa einer, die eine Kollegin geschickt hat.</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>Köpfe</translation>
    </message>
    <message>
        <source>The trained models to run together: names of installed heads, or paths of head files (.safetensors). They share most of the work, so two heads take little longer than one. They must have been trained on the same encoder.</source>
        <translation>Die trainierten Modelle, die zusammen laufen sollen: Namen installierter Köpfe oder Pfade von Kopfdateien (.safetensors). Sie teilen sich den größten Teil der Arbeit; zwei Köpfe brauchen daher kaum länger als einer. Sie müssen auf demselben Encoder trainiert sein.</translation>
    </message>
    <message>
        <source>Elevation raster (DEM)</source>
        <translation>Höhenraster (DGM, DOM)</translation>
    </message>
    <message>
        <source>Band with the elevation</source>
        <translation>Kanal mit den Höhen</translation>
    </message>
    <message>
        <source>The band that holds the heights, counted from 1.</source>
        <translation>Der Kanal, der die Höhen enthält, von 1 an gezählt.</translation>
    </message>
    <message>
        <source>Unit of the elevation</source>
        <translation>Einheit der Höhen</translation>
    </message>
    <message>
        <source>What the heights are measured in. auto: what the file says, otherwise metres. Choose foot if heights in feet are not declared in the file.</source>
        <translation>Worin die Höhen gemessen sind. auto: was die Datei sagt, sonst Meter. Wählen Sie foot, wenn Höhen in Fuß in der Datei nicht ausgewiesen sind.</translation>
    </message>
    <message>
        <source>Only within this extent</source>
        <translation>Nur innerhalb dieser Ausdehnung</translation>
    </message>
    <message>
        <source>Limits the work to a rectangle, in any CRS. The whole raster if it is left empty.</source>
        <translation>Beschränkt die Arbeit auf ein Rechteck, in einem beliebigen KBS. Leer: das ganze Raster.</translation>
    </message>
    <message>
        <source>Probability threshold (0 to 1)</source>
        <translation>Schwelle der Wahrscheinlichkeit (0 bis 1)</translation>
    </message>
    <message>
        <source>Smallest object (m²)</source>
        <translation>Kleinstes Objekt (m²)</translation>
    </message>
    <message>
        <source>Overlap of tiles (0 to 0.9)</source>
        <translation>Überlappung der Kacheln (0 bis 0,9)</translation>
    </message>
    <message>
        <source>The raster is worked through in tiles that overlap by this share and are blended. More is smoother and slower. If it is not set, the head's own value is used.</source>
        <translation>Das Raster wird in Kacheln bearbeitet, die sich um diesen Anteil überlappen und ineinander übergehen. Mehr ist glatter und langsamer. Ohne Angabe gilt der Wert des Kopfes.</translation>
    </message>
    <message>
        <source>Look several times (test-time augmentation)</source>
        <translation>Mehrmals hinsehen (Test-Time Augmentation)</translation>
    </message>
    <message>
        <source>Runs the head on mirrored and turned copies of each tile and takes the mean, which is a little better and much slower. none: once. flips: 4 times. dihedral: 8 times.</source>
        <translation>Wendet den Kopf auf gespiegelte und gedrehte Kopien jeder Kachel an und nimmt das Mittel; etwas besser und viel langsamer. none: einmal. flips: 4-mal. dihedral: 8-mal.</translation>
    </message>
    <message>
        <source>Tiles at once</source>
        <translation>Kacheln auf einmal</translation>
    </message>
    <message>
        <source>How many tiles are run together. Lower it if memory runs out. Chosen by itself if not set.</source>
        <translation>Wie viele Kacheln zusammen laufen. Verringern Sie die Zahl, wenn der Arbeitsspeicher nicht reicht. Ohne Angabe wird sie von selbst gewählt.</translation>
    </message>
    <message>
        <source>A GeoTIFF on the DEM's own pixel grid: 0 where there is nothing, the class's value (1 for a single class) where something was found, 255 where the elevation is unknown.</source>
        <translation>Ein GeoTIFF im Pixelraster des Höhenmodells: 0, wo nichts ist, der Wert der Klasse (1 bei einer einzigen), wo etwas gefunden wurde, 255, wo die Höhe unbekannt ist.</translation>
    </message>
    <message>
        <source>A GeoTIFF on the DEM's own pixel grid with the probability of each class, 0 to 1, a band each.</source>
        <translation>Ein GeoTIFF im Pixelraster des Höhenmodells mit der Wahrscheinlichkeit jeder Klasse, 0 bis 1, je ein Kanal.</translation>
    </message>
    <message>
        <source>{name} cannot be {value}.</source>
        <translation>{name} kann nicht {value} sein.</translation>
    </message>
    <message>
        <source>Choose one of: {choices}.</source>
        <translation>Wählen Sie eines von: {choices}.</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Segment with any heads</source>
        <translation>Mit beliebigen Köpfen segmentieren</translation>
    </message>
    <message>
        <source>Runs one or more heads on an elevation raster.</source>
        <translation>Wendet einen oder mehrere Köpfe auf ein Höhenraster an.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Runs one or more trained heads on an elevation raster and draws what they find as one raster of classes. Where several classes claim a pixel, the one that exceeds its threshold by most wins.&lt;/p&gt;&lt;p&gt;A single class has the value 1. Several keep the values of their heads; where two share one, all are numbered 1, 2, ... in the heads' order.&lt;/p&gt;&lt;p&gt;Any size works: the raster is read piece by piece. Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Wendet einen oder mehrere trainierte Köpfe auf ein Höhenraster an und zeichnet, was sie finden, als ein Raster von Klassen. Beanspruchen mehrere Klassen ein Pixel, gewinnt die, die ihre Schwelle am weitesten übertrifft.&lt;/p&gt;&lt;p&gt;Eine einzige Klasse hat den Wert 1. Mehrere behalten die Werte ihrer Köpfe; haben zwei denselben, werden alle in der Reihenfolge der Köpfe mit 1, 2, ... nummeriert.&lt;/p&gt;&lt;p&gt;Jede Größe geht: Das Raster wird Stück für Stück gelesen. Die Ergebnisse liegen im Pixelraster des Höhenmodells und kommen in einer eigenen Gruppe darüber ins Projekt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>segmentation,classes,heads,buildings,roads,dem,dsm,lidar,elevation,mask,deep learning</source>
        <translation>segmentierung,klassen,köpfe,gebäude,straßen,dgm,dom,dem,dsm,lidar,höhe,maske,deep learning</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Class probabilities</source>
        <translation>Klassenwahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>Area of all classes (m²)</source>
        <translation>Fläche aller Klassen (m²)</translation>
    </message>
    <message>
        <source>Class probabilities - {layer}</source>
        <translation>Klassenwahrscheinlichkeiten - {layer}</translation>
    </message>
    <message>
        <source>Classes - {layer}</source>
        <translation>Klassen - {layer}</translation>
    </message>
    <message>
        <source>Segment buildings</source>
        <translation>Gebäude segmentieren</translation>
    </message>
    <message>
        <source>Finds buildings in an elevation raster.</source>
        <translation>Findet Gebäude in einem Höhenraster.</translation>
    </message>
    <message>
        <source>buildings,footprints,houses,roofs,dem,dsm,lidar,elevation,mask,deep learning</source>
        <translation>gebäude,grundrisse,häuser,dächer,dgm,dom,dem,dsm,lidar,höhe,maske,deep learning</translation>
    </message>
    <message>
        <source>Buildings</source>
        <translation>Gebäude</translation>
    </message>
    <message>
        <source>Building probability</source>
        <translation>Gebäudewahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Footprints</source>
        <translation>Grundrisse</translation>
    </message>
    <message>
        <source>Number of buildings (where footprints are drawn)</source>
        <translation>Zahl der Gebäude (wenn Grundrisse gezeichnet werden)</translation>
    </message>
    <message>
        <source>Area of buildings (m²)</source>
        <translation>Fläche der Gebäude (m²)</translation>
    </message>
    <message>
        <source>Building probability - {layer}</source>
        <translation>Gebäudewahrscheinlichkeit - {layer}</translation>
    </message>
    <message>
        <source>Footprints - {layer}</source>
        <translation>Grundrisse - {layer}</translation>
    </message>
    <message>
        <source>Buildings - {layer}</source>
        <translation>Gebäude - {layer}</translation>
    </message>
    <message>
        <source>Segment roads</source>
        <translation>Straßen segmentieren</translation>
    </message>
    <message>
        <source>Finds roads in an elevation raster.</source>
        <translation>Findet Straßen in einem Höhenraster.</translation>
    </message>
    <message>
        <source>roads,streets,tracks,centrelines,centerlines,dem,dsm,dtm,lidar,elevation,mask,deep learning</source>
        <translation>straßen,wege,mittellinien,achsen,dgm,dom,dem,dsm,lidar,höhe,maske,deep learning</translation>
    </message>
    <message>
        <source>Roads</source>
        <translation>Straßen</translation>
    </message>
    <message>
        <source>Road probability</source>
        <translation>Straßenwahrscheinlichkeit</translation>
    </message>
    <message>
        <source>Road centrelines</source>
        <translation>Straßenmittellinien</translation>
    </message>
    <message>
        <source>Lines along the middle of the roads.</source>
        <translation>Linien entlang der Mitte der Straßen.</translation>
    </message>
    <message>
        <source>Road polygons</source>
        <translation>Straßenflächen</translation>
    </message>
    <message>
        <source>The roads' areas, along their outlines in the mask.</source>
        <translation>Die Flächen der Straßen, entlang ihrer Umrisse in der Maske.</translation>
    </message>
    <message>
        <source>Area of roads (m²)</source>
        <translation>Fläche der Straßen (m²)</translation>
    </message>
    <message>
        <source>Road probability - {layer}</source>
        <translation>Straßenwahrscheinlichkeit - {layer}</translation>
    </message>
    <message>
        <source>Road centrelines - {layer}</source>
        <translation>Straßenmittellinien - {layer}</translation>
    </message>
    <message>
        <source>Road polygons - {layer}</source>
        <translation>Straßenflächen - {layer}</translation>
    </message>
    <message>
        <source>Roads - {layer}</source>
        <translation>Straßen - {layer}</translation>
    </message>
    <message>
        <source>Segmentation</source>
        <translation>Segmentierung</translation>
    </message>
    <message>
        <source>No output file was given for the mask.</source>
        <translation>Für die Maske wurde keine Ausgabedatei angegeben.</translation>
    </message>
    <message>
        <source>No elevation raster was given.</source>
        <translation>Es wurde kein Höhenraster angegeben.</translation>
    </message>
    <message>
        <source>{name} is not a raster that QGIS can open.</source>
        <translation>{name} ist kein Raster, das QGIS öffnen kann.</translation>
    </message>
    <message>
        <source>Choose an elevation raster (DEM, DSM), such as a GeoTIFF.</source>
        <translation>Wählen Sie ein Höhenraster (DGM, DOM), etwa ein GeoTIFF.</translation>
    </message>
    <message>
        <source>{name} would overwrite the input, {path}.</source>
        <translation>{name} würde die Eingabe {path} überschreiben.</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>{name} and {other} would be written to the same file, {path}.</source>
        <translation>{name} und {other} würden in dieselbe Datei geschrieben, {path}.</translation>
    </message>
    <message>
        <source>Choose another file for one of them.</source>
        <translation>Wählen Sie für eine davon eine andere Datei.</translation>
    </message>
    <message>
        <source>The folder {folder} does not exist.</source>
        <translation>Den Ordner {folder} gibt es nicht.</translation>
    </message>
    <message>
        <source>Make it, or choose another folder.</source>
        <translation>Legen Sie ihn an oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{path} cannot be written.</source>
        <translation>{path} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{name} is to be {path}, and only GeoTIFF is written.</source>
        <translation>{name} soll {path} werden; geschrieben wird aber nur GeoTIFF.</translation>
    </message>
    <message>
        <source>Let the file's name end in .tif.</source>
        <translation>Lassen Sie den Dateinamen auf .tif enden.</translation>
    </message>
    <message>
        <source>The engine does not start ({reason}).</source>
        <translation>Die Engine startet nicht ({reason}).</translation>
    </message>
    <message>
        <source>Engine {version}, running on {device}</source>
        <translation>Engine {version}, läuft auf {device}</translation>
    </message>
    <message>
        <source>The engine is incomplete: {package} is not installed.</source>
        <translation>Die Engine ist unvollständig: {package} ist nicht installiert.</translation>
    </message>
    <message>
        <source>The engine failed.</source>
        <translation>Die Engine ist gescheitert.</translation>
    </message>
    <message>
        <source>What it said last is in View &gt; Panels &gt; Log Messages, tab DEM Segmenter.</source>
        <translation>Was sie zuletzt gemeldet hat, steht unter Ansicht &gt; Bedienfelder &gt; Protokoll, Reiter DEM Segmenter.</translation>
    </message>
    <message>
        <source>The engine was killed, most likely because memory ran out.</source>
        <translation>Die Engine wurde beendet, höchstwahrscheinlich weil der Arbeitsspeicher nicht reichte.</translation>
    </message>
    <message>
        <source>The engine stopped unexpectedly (exit status {status}).</source>
        <translation>Die Engine hat unerwartet angehalten (Rückgabewert {status}).</translation>
    </message>
    <message>
        <source>Run this in a terminal to make it: {command}  Or give a Python that has the engine's packages, in the environment variable {variable} or in Settings &gt; Options &gt; Processing &gt; Providers &gt; DEM Segmenter.</source>
        <translation>Zum Einrichten diesen Befehl in einem Terminal ausführen: {command}  Oder nennen Sie ein Python, das die Pakete der Engine hat, in der Umgebungsvariablen {variable} oder unter Einstellungen &gt; Optionen &gt; Verarbeitung &gt; Datenanbieter &gt; DEM Segmenter.</translation>
    </message>
    <message>
        <source>the setting in Processing &gt; Providers &gt; DEM Segmenter</source>
        <translation>die Einstellung unter Verarbeitung &gt; Datenanbieter &gt; DEM Segmenter</translation>
    </message>
    <message>
        <source>The engine's Python was not found: {origin} names {python}.</source>
        <translation>Das Python der Engine wurde nicht gefunden: {origin} nennt {python}.</translation>
    </message>
    <message>
        <source>DEM Segmenter's engine is not set up yet.</source>
        <translation>Die Engine von DEM Segmenter ist noch nicht eingerichtet.</translation>
    </message>
    <message>
        <source>The engine's Python does not start ({python}: {reason}).</source>
        <translation>Das Python der Engine startet nicht ({python}: {reason}).</translation>
    </message>
    <message>
        <source>The engine's Python does not work ({python}, exit status {status}).</source>
        <translation>Das Python der Engine funktioniert nicht ({python}, Rückgabewert {status}).</translation>
    </message>
    <message>
        <source>The engine needs Python 3.11 or newer, and {python} is older.</source>
        <translation>Die Engine braucht Python 3.11 oder neuer, und {python} ist älter.</translation>
    </message>
    <message>
        <source>Choose a head file</source>
        <translation>Kopfdatei wählen</translation>
    </message>
    <message>
        <source>Head files (*.safetensors)</source>
        <translation>Kopfdateien (*.safetensors)</translation>
    </message>
    <message>
        <source>{path} is an encoder and not a head.</source>
        <translation>{path} ist ein Encoder und kein Kopf.</translation>
    </message>
    <message>
        <source>Choose a head: the file that names what it finds.</source>
        <translation>Wählen Sie einen Kopf: die Datei, die sagt, was sie findet.</translation>
    </message>
    <message>
        <source>No head was given.</source>
        <translation>Es wurde kein Kopf angegeben.</translation>
    </message>
    <message>
        <source>The head file {path} does not exist.</source>
        <translation>Die Kopfdatei {path} gibt es nicht.</translation>
    </message>
    <message>
        <source>There is no head called {name}.</source>
        <translation>Es gibt keinen Kopf namens {name}.</translation>
    </message>
    <message>
        <source>Give the path of a head file ({suffix}).</source>
        <translation>Geben Sie den Pfad einer Kopfdatei an ({suffix}).</translation>
    </message>
    <message>
        <source>Choose an installed one ({names}) or give the path of a head file ({suffix}).</source>
        <translation>Wählen Sie einen installierten ({names}) oder geben Sie den Pfad einer Kopfdatei an ({suffix}).</translation>
    </message>
    <message>
        <source>Segment buildings in the active DEM</source>
        <translation>Gebäude im aktiven Höhenmodell segmentieren</translation>
    </message>
    <message>
        <source>Segment roads in the active DEM</source>
        <translation>Straßen im aktiven Höhenmodell segmentieren</translation>
    </message>
    <message>
        <source>The active layer is not a raster. Select your DEM in the Layers panel first.</source>
        <translation>Der aktive Layer ist kein Raster. Wählen Sie zuerst Ihr Höhenmodell im Bedienfeld Layer aus.</translation>
    </message>
    <message>
        <source>Writing the layer to a temporary GeoTIFF</source>
        <translation>Layer wird in ein temporäres GeoTIFF geschrieben</translation>
    </message>
    <message>
        <source>The layer {name} cannot be read.</source>
        <translation>Der Layer {name} kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>The layer {name} could not be written to a temporary file in {folder}.</source>
        <translation>Der Layer {name} konnte nicht in eine temporäre Datei in {folder} geschrieben werden.</translation>
    </message>
    <message>
        <source>Free some space there, or save the layer as a GeoTIFF and use that.</source>
        <translation>Schaffen Sie dort Platz oder speichern Sie den Layer als GeoTIFF und verwenden Sie dieses.</translation>
    </message>
    <message>
        <source>The layer {name} has no pixel size of its own.</source>
        <translation>Der Layer {name} hat keine eigene Pixelgröße.</translation>
    </message>
    <message>
        <source>Save it as a GeoTIFF and use that.</source>
        <translation>Speichern Sie ihn als GeoTIFF und verwenden Sie dieses.</translation>
    </message>
    <message>
        <source>The extent cannot be given in the layer's CRS.</source>
        <translation>Die Ausdehnung lässt sich nicht im KBS des Layers angeben.</translation>
    </message>
    <message>
        <source>The extent does not touch the layer {name}.</source>
        <translation>Die Ausdehnung berührt den Layer {name} nicht.</translation>
    </message>
    <message>
        <source>Check that its file is still where it was.</source>
        <translation>Prüfen Sie, ob seine Datei noch am alten Ort ist.</translation>
    </message>
    <message>
        <source>The layer {name} is a picture from a map service: these are colours, not elevations.</source>
        <translation>Der Layer {name} ist ein Bild aus einem Kartendienst: Das sind Farben, keine Höhen.</translation>
    </message>
    <message>
        <source>The layer {name} has no band {band}; it has {count}.</source>
        <translation>Der Layer {name} hat keinen Kanal {band}; er hat {count}.</translation>
    </message>
    <message>
        <source>{layer} - DEM Segmenter</source>
        <translation>{layer} - DEM Segmenter</translation>
    </message>
    <message>
        <source>Folder of my own heads and encoders</source>
        <translation>Ordner mit eigenen Köpfen und Encodern</translation>
    </message>
    <message>
        <source>The engine's result {path} cannot be read.</source>
        <translation>Das Ergebnis {path} der Engine kann nicht gelesen werden.</translation>
    </message>
    <message>
        <source>{name} cannot be written.</source>
        <translation>{name} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>Choose another file or folder for it.</source>
        <translation>Wählen Sie dafür eine andere Datei oder einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{name} could not be written ({reason}).</source>
        <translation>{name} konnte nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>Free some space or choose another file or folder for it.</source>
        <translation>Schaffen Sie Platz oder wählen Sie dafür eine andere Datei oder einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{name} is not a vector layer that QGIS can open.</source>
        <translation>{name} ist kein Vektorlayer, den QGIS öffnen kann.</translation>
    </message>
    <message>
        <source>Choose a layer with polygons or lines.</source>
        <translation>Wählen Sie einen Layer mit Polygonen oder Linien.</translation>
    </message>
    <message>
        <source>Evaluate a mask or a head</source>
        <translation>Eine Maske oder einen Kopf bewerten</translation>
    </message>
    <message>
        <source>Measures how well a mask or a head agrees with labels.</source>
        <translation>Misst, wie gut eine Maske oder ein Kopf mit Labels übereinstimmt.</translation>
    </message>
    <message>
        <source>evaluate,accuracy,validation,quality,confusion,iou,f1,precision,recall,errors,labels,mask,head</source>
        <translation>bewerten,genauigkeit,validierung,qualität,konfusion,iou,f1,precision,recall,fehler,labels,maske,kopf</translation>
    </message>
    <message>
        <source>IoU (0 to 1)</source>
        <translation>IoU (0 bis 1)</translation>
    </message>
    <message>
        <source>F1 (0 to 1)</source>
        <translation>F1 (0 bis 1)</translation>
    </message>
    <message>
        <source>Precision (0 to 1)</source>
        <translation>Genauigkeit (precision, 0 bis 1)</translation>
    </message>
    <message>
        <source>Recall (0 to 1)</source>
        <translation>Vollständigkeit (recall, 0 bis 1)</translation>
    </message>
    <message>
        <source>Boundary F1 (0 to 1)</source>
        <translation>Rand-F1 (0 bis 1)</translation>
    </message>
    <message>
        <source>Objects found</source>
        <translation>Gefundene Objekte</translation>
    </message>
    <message>
        <source>Objects missed</source>
        <translation>Übersehene Objekte</translation>
    </message>
    <message>
        <source>Objects invented</source>
        <translation>Erfundene Objekte</translation>
    </message>
    <message>
        <source>Length found (m)</source>
        <translation>Gefundene Länge (m)</translation>
    </message>
    <message>
        <source>Length missed (m)</source>
        <translation>Übersehene Länge (m)</translation>
    </message>
    <message>
        <source>Length invented (m)</source>
        <translation>Erfundene Länge (m)</translation>
    </message>
    <message>
        <source>Mask, or elevation raster for the head</source>
        <translation>Maske, oder Höhenraster für den Kopf</translation>
    </message>
    <message>
        <source>Without a head, a mask: 0 where nothing was found, another value where something was, no data where it is unknown; or probabilities from 0 to 1. With a head, the elevation raster (DEM) to run it on.</source>
        <translation>Ohne Kopf eine Maske: 0, wo nichts gefunden wurde, ein anderer Wert, wo etwas gefunden wurde, keine Daten, wo es unbekannt ist; oder Wahrscheinlichkeiten von 0 bis 1. Mit Kopf das Höhenraster (DGM, DOM), auf das er angewandt wird.</translation>
    </message>
    <message>
        <source>none: the raster is a mask</source>
        <translation>keiner: das Raster ist eine Maske</translation>
    </message>
    <message>
        <source>The head to judge: the name of an installed one, or the path of a head file (.safetensors). Leave it empty to judge a mask.</source>
        <translation>Der Kopf, der beurteilt werden soll: der Name eines installierten oder der Pfad einer Kopfdatei (.safetensors). Leer lassen, um eine Maske zu beurteilen.</translation>
    </message>
    <message>
        <source>Polygons around the ground on which you have labelled everything. Only what is inside them is judged. Without them, all of the raster counts as labelled, and whatever was found where there is no label counts as wrong.</source>
        <translation>Polygone um das Gelände, auf dem Sie alles gelabelt haben. Nur was darin liegt, wird beurteilt. Ohne sie gilt das ganze Raster als gelabelt, und alles, was ohne Label gefunden wurde, gilt als falsch.</translation>
    </message>
    <message>
        <source>What is counted</source>
        <translation>Was gezählt wird</translation>
    </message>
    <message>
        <source>objects: one by one, as for buildings. lines: by their length, as for roads. auto: lines where the labels are lines or the class is a road, otherwise objects.</source>
        <translation>objects: einzeln, wie bei Gebäuden. lines: nach der Länge, wie bei Straßen. auto: lines, wenn die Labels Linien sind oder die Klasse eine Straße ist, sonst objects.</translation>
    </message>
    <message>
        <source>Tolerance for lines (metres)</source>
        <translation>Toleranz für Linien (Meter)</translation>
    </message>
    <message>
        <source>A piece of road counts as found if there is one in the mask no farther away than this.</source>
        <translation>Ein Stück Straße gilt als gefunden, wenn in der Maske eines nicht weiter entfernt liegt als dies.</translation>
    </message>
    <message>
        <source>Value of the class in the mask</source>
        <translation>Wert der Klasse in der Maske</translation>
    </message>
    <message>
        <source>Band of the raster</source>
        <translation>Kanal des Rasters</translation>
    </message>
    <message>
        <source>The band that holds the mask or the heights, counted from 1.</source>
        <translation>Der Kanal mit der Maske oder den Höhen, von 1 an gezählt.</translation>
    </message>
    <message>
        <source>Errors - {layer}</source>
        <translation>Fehler - {layer}</translation>
    </message>
    <message>
        <source>HTML files (*.html)</source>
        <translation>HTML-Dateien (*.html)</translation>
    </message>
    <message>
        <source>A web page in one file with all figures and with pictures.</source>
        <translation>Eine Webseite in einer Datei, mit allen Zahlen und mit Bildern.</translation>
    </message>
    <message>
        <source>JSON files (*.json)</source>
        <translation>JSON-Dateien (*.json)</translation>
    </message>
    <message>
        <source>All figures in a file for other programs.</source>
        <translation>Alle Zahlen in einer Datei für andere Programme.</translation>
    </message>
    <message>
        <source>Map of errors</source>
        <translation>Fehlerkarte</translation>
    </message>
    <message>
        <source>A GeoTIFF on the raster's own pixel grid: what was found, what was missed and what was invented.</source>
        <translation>Ein GeoTIFF auf dem Pixelgitter des Rasters: was gefunden, was übersehen und was erfunden wurde.</translation>
    </message>
    <message>
        <source>Labels (polygons, lines or a raster)</source>
        <translation>Labels (Polygone, Linien oder ein Raster)</translation>
    </message>
    <message>
        <source>What is really there, drawn by hand or taken from a survey: polygons around the things, lines along them (with a width, below), or a raster in which their pixels have a value. Any CRS.</source>
        <translation>Was wirklich da ist, von Hand gezeichnet oder aus einer Vermessung: Polygone um die Dinge, Linien entlang der Dinge (mit einer Breite, siehe unten) oder ein Raster, in dem ihre Pixel einen Wert haben. In jedem KBS.</translation>
    </message>
    <message>
        <source>Width on each side of lines (metres)</source>
        <translation>Breite zu jeder Seite von Linien (Meter)</translation>
    </message>
    <message>
        <source>For labels that are lines: how far the thing reaches to the left and to the right of its line. A road that is 6 metres wide has 3. Polygons and rasters do not need it.</source>
        <translation>Für Labels, die Linien sind: wie weit das Ding links und rechts seiner Linie reicht. Eine 6 Meter breite Straße hat 3. Polygone und Raster brauchen es nicht.</translation>
    </message>
    <message>
        <source>Field with the full width of lines (metres)</source>
        <translation>Feld mit der ganzen Breite von Linien (Meter)</translation>
    </message>
    <message>
        <source>For labels that are lines of different widths: the field that holds the width of each from edge to edge. Where it is empty, the width on each side from above is used.</source>
        <translation>Für Labels, die verschieden breite Linien sind: das Feld mit der Breite einer jeden von Rand zu Rand. Wo es leer ist, gilt die Breite zu jeder Seite von oben.</translation>
    </message>
    <message>
        <source>Area where labelling is complete</source>
        <translation>Gebiet, in dem vollständig gelabelt ist</translation>
    </message>
    <message>
        <source>Only the selected features of the labels</source>
        <translation>Nur die ausgewählten Objekte der Labels</translation>
    </message>
    <message>
        <source>Takes only what is selected in the label layer. Meaningless for a raster.</source>
        <translation>Nimmt nur, was im Label-Layer ausgewählt ist. Für ein Raster ohne Bedeutung.</translation>
    </message>
    <message>
        <source>Value of the labels in a raster</source>
        <translation>Wert der Labels in einem Raster</translation>
    </message>
    <message>
        <source>For labels that are a raster: the value of the pixels where the thing is, such as a class of a land cover map. If it is not set, every value but 0 counts. Pixels without data, or of 255, are unknown.</source>
        <translation>Für Labels, die ein Raster sind: der Wert der Pixel, wo das Ding ist, etwa eine Klasse einer Landbedeckungskarte. Ohne Angabe zählt jeder Wert außer 0. Pixel ohne Daten oder mit 255 sind unbekannt.</translation>
    </message>
    <message>
        <source>The labels in {name} are lines, and it is not said how wide they are.</source>
        <translation>Die Labels in {name} sind Linien, und es ist nicht gesagt, wie breit sie sind.</translation>
    </message>
    <message>
        <source>Give the width on each side in metres, or the field that holds the width.</source>
        <translation>Geben Sie die Breite zu jeder Seite in Metern an oder das Feld mit der Breite.</translation>
    </message>
    <message>
        <source>No labels were given.</source>
        <translation>Es wurden keine Labels angegeben.</translation>
    </message>
    <message>
        <source>Choose a layer with polygons or lines, or a raster.</source>
        <translation>Wählen Sie einen Layer mit Polygonen oder Linien oder ein Raster.</translation>
    </message>
    <message>
        <source>{name} is not a layer that QGIS can open.</source>
        <translation>{name} ist kein Layer, den QGIS öffnen kann.</translation>
    </message>
    <message>
        <source>Suggest where to label next</source>
        <translation>Vorschlagen, wo als Nächstes zu labeln ist</translation>
    </message>
    <message>
        <source>Finds the places in an elevation raster whose labels would teach a head most.</source>
        <translation>Findet die Stellen in einem Höhenraster, deren Labels einen Kopf am meisten lehren würden.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Labelling takes time, and not all ground teaches a head the same. This runs a head on an elevation raster and marks the squares that it would learn most from: where it is unsure, and where the ground looks unlike what is labelled already.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Choose the elevation raster, the head that is to become better, and the polygons of what you have labelled so far.&lt;/li&gt;&lt;li&gt;Run. The squares come into the project with their rank; 1 is to be labelled first.&lt;/li&gt;&lt;li&gt;Label everything in the first few squares, and add the squares to your layer of completely labelled areas.&lt;/li&gt;&lt;li&gt;Run &lt;i&gt;Train a head from labels&lt;/i&gt; again, with the old head to start from if you like, and come back here with the new one.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;To begin with, when there is no head of your own yet, use the one that is nearest to what you want to find.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Labeln kostet Zeit, und nicht jedes Gelände lehrt einen Kopf gleich viel. Dies wendet einen Kopf auf ein Höhenraster an und markiert die Quadrate, aus denen er am meisten lernen würde: wo er unsicher ist, und wo das Gelände anders aussieht als das, was schon gelabelt ist.&lt;/p&gt;&lt;p&gt;Schritt für Schritt:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Wählen Sie das Höhenraster, den Kopf, der besser werden soll, und die Polygone um das, was Sie bisher gelabelt haben.&lt;/li&gt;&lt;li&gt;Starten Sie. Die Quadrate kommen mit ihrem Rang ins Projekt; 1 ist zuerst zu labeln.&lt;/li&gt;&lt;li&gt;Labeln Sie alles in den ersten Quadraten und fügen Sie diese Quadrate dem Layer der vollständig gelabelten Gebiete hinzu.&lt;/li&gt;&lt;li&gt;Starten Sie wieder &lt;i&gt;Einen Kopf mit Labels trainieren&lt;/i&gt;, wenn Sie wollen mit dem alten Kopf als Ausgangspunkt, und kommen Sie mit dem neuen hierher zurück.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Am Anfang, wenn es noch keinen eigenen Kopf gibt, nehmen Sie den, der dem Gesuchten am nächsten kommt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>suggest,labels,active learning,sampling,uncertainty,train,head,dem,dsm,elevation</source>
        <translation>vorschlagen,labels,aktives lernen,stichprobe,unsicherheit,training,kopf,dgm,dom,dem,dsm,höhe</translation>
    </message>
    <message>
        <source>Already labelled areas</source>
        <translation>Schon gelabelte Gebiete</translation>
    </message>
    <message>
        <source>Polygons around the ground that is labelled already. It is not suggested again, and ground that looks like it comes last.</source>
        <translation>Polygone um das Gelände, das schon gelabelt ist. Es wird nicht wieder vorgeschlagen, und Gelände, das ihm gleicht, kommt zuletzt.</translation>
    </message>
    <message>
        <source>Number of places</source>
        <translation>Anzahl der Stellen</translation>
    </message>
    <message>
        <source>How many squares to suggest. There may be fewer.</source>
        <translation>Wie viele Quadrate vorgeschlagen werden sollen. Es können weniger sein.</translation>
    </message>
    <message>
        <source>Side of a place (metres)</source>
        <translation>Seite einer Stelle (Meter)</translation>
    </message>
    <message>
        <source>Length of a square's side. If it is not set: as much ground as the head sees at once.</source>
        <translation>Seitenlänge eines Quadrats. Ohne Angabe: so viel Gelände, wie der Kopf auf einmal sieht.</translation>
    </message>
    <message>
        <source>Places to label</source>
        <translation>Zu labelnde Stellen</translation>
    </message>
    <message>
        <source>Squares with their rank (1: label this first), a score, and what it is made of: how unsure the head is, and how new the ground is to it.</source>
        <translation>Quadrate mit ihrem Rang (1: dies zuerst labeln), einer Bewertung und dem, woraus sie besteht: wie unsicher der Kopf ist und wie neu ihm das Gelände ist.</translation>
    </message>
    <message>
        <source>Number of places suggested</source>
        <translation>Anzahl der vorgeschlagenen Stellen</translation>
    </message>
    <message>
        <source>Places to label - {layer}</source>
        <translation>Zu labelnde Stellen - {layer}</translation>
    </message>
    <message>
        <source>Train a head from labels</source>
        <translation>Einen Kopf mit Labels trainieren</translation>
    </message>
    <message>
        <source>Learns to find what you have labelled in an elevation raster.</source>
        <translation>Lernt, in einem Höhenraster zu finden, was Sie gelabelt haben.</translation>
    </message>
    <message>
        <source>train,training,learn,labels,head,model,fine-tune,few-shot,dem,dsm,lidar,elevation,deep learning</source>
        <translation>trainieren,training,lernen,labels,kopf,modell,feinabstimmung,wenige beispiele,dgm,dom,dem,dsm,lidar,höhe,deep learning</translation>
    </message>
    <message>
        <source>Polygons around the ground on which you have labelled everything. Ground outside them counts as unknown and is not learned from. Without them, the smallest rectangle around the labels counts as completely labelled.</source>
        <translation>Polygone um das Gelände, auf dem Sie alles gelabelt haben. Gelände außerhalb gilt als unbekannt, und es wird nicht daraus gelernt. Ohne sie gilt das kleinste Rechteck um die Labels als vollständig gelabelt.</translation>
    </message>
    <message>
        <source>A web page in one file: how learning went, what is right and wrong in the places kept aside, with pictures, and what to label next.</source>
        <translation>Eine Webseite in einer Datei: wie das Lernen verlief, was an den zurückgehaltenen Stellen richtig und falsch ist, mit Bildern, und was als Nächstes zu labeln ist.</translation>
    </message>
    <message>
        <source>IoU in the places kept aside (0 to 1, overlap by union)</source>
        <translation>IoU an den zurückgehaltenen Stellen (0 bis 1, Schnitt durch Vereinigung)</translation>
    </message>
    <message>
        <source>Number of chips learned from</source>
        <translation>Anzahl der Ausschnitte, aus denen gelernt wurde</translation>
    </message>
    <message>
        <source>Number of chips kept aside</source>
        <translation>Anzahl der zurückgehaltenen Ausschnitte</translation>
    </message>
    <message>
        <source>It is not said what the labels show.</source>
        <translation>Es ist nicht gesagt, was die Labels zeigen.</translation>
    </message>
    <message>
        <source>Give it a name, such as building.</source>
        <translation>Geben Sie ihm einen Namen, etwa building.</translation>
    </message>
    <message>
        <source>No output file was given for the head.</source>
        <translation>Für den Kopf wurde keine Ausgabedatei angegeben.</translation>
    </message>
    <message>
        <source>Cancelled. The best head so far is in {path}.</source>
        <translation>Abgebrochen. Der bisher beste Kopf ist in {path}.</translation>
    </message>
    <message>
        <source>To go on where it stopped, run it again with the same layers, settings and output file, {path}.</source>
        <translation>Um weiterzumachen, wo es aufgehört hat, starten Sie es mit denselben Layern, Einstellungen und derselben Ausgabedatei {path} noch einmal.</translation>
    </message>
    <message>
        <source>The new head is installed: choose {name} wherever a head is asked for.</source>
        <translation>Der neue Kopf ist installiert: wählen Sie {name}, wo immer nach einem Kopf gefragt wird.</translation>
    </message>
    <message>
        <source>To use the new head, choose the file {path} wherever a head is asked for. Saved in {folder}, it would be offered by name.</source>
        <translation>Um den neuen Kopf zu benutzen, wählen Sie die Datei {path}, wo immer nach einem Kopf gefragt wird. In {folder} gespeichert, würde er mit Namen angeboten.</translation>
    </message>
    <message>
        <source>Own heads: train and evaluate</source>
        <translation>Eigene Köpfe: trainieren und bewerten</translation>
    </message>
    <message>
        <source>Elevation rasters (DEM)</source>
        <translation>Höhenraster (DGM, DOM)</translation>
    </message>
    <message>
        <source>One or more rasters whose pixels are heights and on which there are labels. Use the kind of raster that the head is to work on later: the same sensor, about the same pixel size. Each needs a CRS.</source>
        <translation>Ein oder mehrere Raster, deren Pixel Höhen sind und auf denen Labels liegen. Nehmen Sie die Art von Raster, auf die der Kopf später angewandt werden soll: derselbe Sensor, etwa dieselbe Pixelgröße. Jedes braucht ein KBS.</translation>
    </message>
    <message>
        <source>What the labels show</source>
        <translation>Was die Labels zeigen</translation>
    </message>
    <message>
        <source>One word, singular, such as building, road or mound. Masks made with the head carry it in their legend. building and road also make the head one that the dialogs for buildings and roads offer.</source>
        <translation>Ein Wort in der Einzahl, etwa building (Gebäude), road (Straße) oder Grabhügel. Masken, die mit dem Kopf entstehen, tragen es in ihrer Legende. Mit building und road bieten ihn auch die Dialoge für Gebäude und Straßen an.</translation>
    </message>
    <message>
        <source>Head to start from</source>
        <translation>Kopf als Ausgangspunkt</translation>
    </message>
    <message>
        <source>A head that already finds something similar, such as buildings, and is to be fitted to your labels: it then needs fewer of them. If it is not set, learning starts from what comes with the encoder for this, where there is such a thing. none: starts from nothing.</source>
        <translation>Ein Kopf, der schon etwas Ähnliches findet, etwa Gebäude, und an Ihre Labels angepasst werden soll: er braucht dann weniger davon. Ohne Angabe beginnt das Lernen mit dem, was der Encoder dafür mitbringt, wenn es so etwas gibt. none: beginnt mit nichts.</translation>
    </message>
    <message>
        <source>Title of the head</source>
        <translation>Titel des Kopfes</translation>
    </message>
    <message>
        <source>A few words for the people who will use it, such as: Houses of Aargau, lidar 2024.</source>
        <translation>Einige Worte für die Leute, die ihn benutzen werden, etwa: Häuser im Aargau, Lidar 2024.</translation>
    </message>
    <message>
        <source>Colour on the map</source>
        <translation>Farbe auf der Karte</translation>
    </message>
    <message>
        <source>The colour that masks made with the head have. Chosen by itself if not set.</source>
        <translation>Die Farbe von Masken, die mit dem Kopf entstehen. Ohne Angabe wird sie von selbst gewählt.</translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation>Encoder</translation>
    </message>
    <message>
        <source>automatic: the plugin's own</source>
        <translation>automatisch: der mitgelieferte</translation>
    </message>
    <message>
        <source>The large model that reads the terrain and stays as it is; the head only learns to interpret it. The name of an installed encoder or the path of an encoder file (.safetensors). If it is not set: that of the head to start from, otherwise the one that comes with the plugin.</source>
        <translation>Das große Modell, das das Gelände liest und bleibt, wie es ist; der Kopf lernt nur, es zu deuten. Der Name eines installierten Encoders oder der Pfad einer Encoderdatei (.safetensors). Ohne Angabe: der des Kopfes, der als Ausgangspunkt dient, sonst der mitgelieferte.</translation>
    </message>
    <message>
        <source>How many times the head looks at some chips and is corrected. 3000 is thorough; 500 show quickly whether the labels are of use.</source>
        <translation>Wie oft der Kopf einige Ausschnitte ansieht und berichtigt wird. 3000 sind gründlich; 500 zeigen schnell, ob die Labels taugen.</translation>
    </message>
    <message>
        <source>Share kept aside to check (0 to 0.9)</source>
        <translation>Zum Prüfen zurückgehaltener Anteil (0 bis 0.9)</translation>
    </message>
    <message>
        <source>This share of the labelled ground is not learned from. It shows how good the head is on ground that it has not seen, and which state of it was the best. 0 learns from everything and checks nothing.</source>
        <translation>Aus diesem Anteil des gelabelten Geländes wird nicht gelernt. Er zeigt, wie gut der Kopf auf Gelände ist, das er nicht gesehen hat, und welcher seiner Zustände der beste war. 0 lernt aus allem und prüft nichts.</translation>
    </message>
    <message>
        <source>Keep the best head if I cancel</source>
        <translation>Bei Abbruch den besten Kopf behalten</translation>
    </message>
    <message>
        <source>After a cancel, the best head so far is written to the output file. It takes a few seconds to stop.</source>
        <translation>Nach einem Abbruch wird der bisher beste Kopf in die Ausgabedatei geschrieben. Das Anhalten dauert dann einige Sekunden.</translation>
    </message>
    <message>
        <source>Chips a step</source>
        <translation>Ausschnitte je Schritt</translation>
    </message>
    <message>
        <source>How many chips (square pieces of the raster) are looked at together in a step. Lower it if memory runs out.</source>
        <translation>Wie viele Ausschnitte (quadratische Stücke des Rasters) in einem Schritt zusammen angesehen werden. Bei Speichermangel verringern.</translation>
    </message>
    <message>
        <source>Check every so many steps</source>
        <translation>Nach so vielen Schritten prüfen</translation>
    </message>
    <message>
        <source>After so many steps, the head is tried on the ground that was kept aside.</source>
        <translation>Nach jeweils so vielen Schritten wird der Kopf auf dem zurückgehaltenen Gelände erprobt.</translation>
    </message>
    <message>
        <source>Largest number of chips to learn from</source>
        <translation>Höchstzahl der Ausschnitte, aus denen gelernt wird</translation>
    </message>
    <message>
        <source>Learns from so many chips at most, to see how far few labels lead. 450 if it is not set.</source>
        <translation>Lernt aus höchstens so vielen Ausschnitten, um zu sehen, wie weit wenige Labels führen. Ohne Angabe 450.</translation>
    </message>
    <message>
        <source>Vary the chips</source>
        <translation>Ausschnitte abwandeln</translation>
    </message>
    <message>
        <source>Shows each chip in many ways, so that few labels go further. full: turned, mirrored, larger and smaller, rougher and smoother. dihedral: turned and mirrored. none: as it is.</source>
        <translation>Zeigt jeden Ausschnitt auf viele Arten, damit wenige Labels weiter reichen. full: gedreht, gespiegelt, größer und kleiner, rauer und glatter. dihedral: gedreht und gespiegelt. none: wie er ist.</translation>
    </message>
    <message>
        <source>Weight of what is rare (0 to 1)</source>
        <translation>Gewicht des Seltenen (0 bis 1)</translation>
    </message>
    <message>
        <source>Where the thing covers little ground, its pixels count for more. 0: all pixels count the same. 1: the thing counts as much as everything else together. Higher finds more and is wrong more often.</source>
        <translation>Wo das Gesuchte wenig Fläche bedeckt, zählen seine Pixel mehr. 0: alle Pixel zählen gleich. 1: das Gesuchte zählt so viel wie alles andere zusammen. Höher findet mehr und irrt öfter.</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>How far each step corrects the head. Lower it (to 0.0003) if the loss jumps up and down.</source>
        <translation>Wie weit jeder Schritt den Kopf berichtigt. Verringern (auf 0.0003), wenn der Verlust (loss) hin und her springt.</translation>
    </message>
    <message>
        <source>Fall of the learning rate (power)</source>
        <translation>Abnahme der Lernrate (Potenz)</translation>
    </message>
    <message>
        <source>The learning rate falls to zero over the steps: 1 evenly, higher faster at first. 0 keeps it.</source>
        <translation>Die Lernrate fällt über die Schritte auf null: 1 gleichmäßig, höher am Anfang schneller. 0 behält sie bei.</translation>
    </message>
    <message>
        <source>Steps to warm up</source>
        <translation>Schritte zum Aufwärmen</translation>
    </message>
    <message>
        <source>Over so many first steps, the learning rate rises from nothing. Chosen by itself if not set.</source>
        <translation>Über so viele erste Schritte steigt die Lernrate von null an. Ohne Angabe von selbst gewählt.</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Gewichtsabnahme (weight decay)</translation>
    </message>
    <message>
        <source>Keeps the head simple, so that it does not learn the labels by heart. Higher is stricter.</source>
        <translation>Hält den Kopf einfach, damit er die Labels nicht auswendig lernt. Höher ist strenger.</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startzahl des Zufalls</translation>
    </message>
    <message>
        <source>Everything that is left to chance follows from this number: the same number gives the same split of the ground and nearly the same head. Try others to see how much chance matters.</source>
        <translation>Alles, was dem Zufall überlassen ist, folgt aus dieser Zahl: dieselbe Zahl teilt das Gelände gleich auf und gibt fast denselben Kopf. Versuchen Sie andere, um zu sehen, wie viel der Zufall ausmacht.</translation>
    </message>
    <message>
        <source>The band that holds the heights, counted from 1; the same in all rasters.</source>
        <translation>Der Kanal mit den Höhen, von 1 an gezählt; in allen Rastern derselbe.</translation>
    </message>
    <message>
        <source>The file for what was learned. Give it a name and a place of its own: a temporary file is gone when QGIS is closed.</source>
        <translation>Die Datei für das Gelernte. Geben Sie ihr einen Namen und einen eigenen Platz: eine temporäre Datei ist weg, wenn QGIS geschlossen wird.</translation>
    </message>
    <message>
        <source>{name} cannot be written to {path}.</source>
        <translation>{name} kann nicht nach {path} geschrieben werden.</translation>
    </message>
    <message>
        <source>Let the file's name end in {suffix}.</source>
        <translation>Der Dateiname muss auf {suffix} enden.</translation>
    </message>
    <message>
        <source>{path} is a head and not an encoder.</source>
        <translation>{path} ist ein Kopf und kein Encoder.</translation>
    </message>
    <message>
        <source>Choose an encoder, or none to take the plugin's own.</source>
        <translation>Wählen Sie einen Encoder, oder keinen, um den mitgelieferten zu nehmen.</translation>
    </message>
    <message>
        <source>The encoder file {path} does not exist.</source>
        <translation>Die Encoderdatei {path} gibt es nicht.</translation>
    </message>
    <message>
        <source>There is no encoder called {name}.</source>
        <translation>Es gibt keinen Encoder namens {name}.</translation>
    </message>
    <message>
        <source>Choose an installed one ({names}) or give the path of an encoder file ({suffix}).</source>
        <translation>Wählen Sie einen installierten ({names}) oder geben Sie den Pfad einer Encoderdatei an ({suffix}).</translation>
    </message>
    <message>
        <source>Choose an encoder file</source>
        <translation>Encoderdatei wählen</translation>
    </message>
    <message>
        <source>Encoder files (*.safetensors)</source>
        <translation>Encoderdateien (*.safetensors)</translation>
    </message>
    <message>
        <source>found</source>
        <translation>gefunden</translation>
    </message>
    <message>
        <source>missed</source>
        <translation>übersehen</translation>
    </message>
    <message>
        <source>invented</source>
        <translation>erfunden</translation>
    </message>
    <message>
        <source>Writing the layer {name} to a temporary file</source>
        <translation>Schreibe den Layer {name} in eine temporäre Datei</translation>
    </message>
    <message>
        <source>The layer {name} could not be written to a temporary file in {folder} ({reason}).</source>
        <translation>Der Layer {name} konnte nicht in eine temporäre Datei in {folder} geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>Free some space there, or save the layer as a GeoPackage and use that.</source>
        <translation>Schaffen Sie dort Platz, oder speichern Sie den Layer als GeoPackage und nehmen Sie dieses.</translation>
    </message>
    <message>
        <source>The layer {name} has no features.</source>
        <translation>Der Layer {name} hat keine Objekte.</translation>
    </message>
    <message>
        <source>Nothing is selected in the layer {name}, or nothing that has a geometry.</source>
        <translation>Im Layer {name} ist nichts ausgewählt, oder nichts mit einer Geometrie.</translation>
    </message>
    <message>
        <source>Choose another layer, or draw or select something in this one.</source>
        <translation>Wählen Sie einen anderen Layer, oder zeichnen oder wählen Sie etwas in diesem.</translation>
    </message>
    <message>
        <source>The layer {name} holds points.</source>
        <translation>Der Layer {name} enthält Punkte.</translation>
    </message>
    <message>
        <source>The layer {name} is a table without a geometry.</source>
        <translation>Der Layer {name} ist eine Tabelle ohne Geometrie.</translation>
    </message>
    <message>
        <source>The layer {layer} has no field {name}.</source>
        <translation>Der Layer {layer} hat kein Feld {name}.</translation>
    </message>
    <message>
        <source>Choose one of its fields.</source>
        <translation>Wählen Sie eines seiner Felder.</translation>
    </message>
    <message>
        <source>The field {name} of the layer {layer} holds no numbers.</source>
        <translation>Das Feld {name} des Layers {layer} enthält keine Zahlen.</translation>
    </message>
    <message>
        <source>Choose a field with numbers in it.</source>
        <translation>Wählen Sie ein Feld mit Zahlen.</translation>
    </message>
    <message>
        <source>Stopping, and saving what there is so far</source>
        <translation>Wird angehalten; was es schon gibt, wird gespeichert</translation>
    </message>
    <message>
        <source>Figures for programs</source>
        <translation>Zahlen für Programme</translation>
    </message>
    <message>
        <source>{path} is a temporary file, which goes with QGIS: copy it to where you want to keep it.</source>
        <translation>{path} ist eine temporäre Datei, die mit QGIS verschwindet: kopieren Sie sie dorthin, wo Sie sie behalten wollen.</translation>
    </message>
    <message>
        <source>automatic: what comes with the encoder</source>
        <translation>automatisch: was der Encoder mitbringt</translation>
    </message>
    <message>
        <source>Training steps</source>
        <translation>Trainingsschritte</translation>
    </message>
    <message>
        <source>Head file</source>
        <translation>Kopfdatei</translation>
    </message>
    <message>
        <source>Pre-train an encoder</source>
        <translation>Einen Encoder vortrainieren</translation>
    </message>
    <message>
        <source>Learns what ground looks like from elevation alone, without labels.</source>
        <translation>Lernt allein aus Höhen, ohne Labels, wie Gelände aussieht.</translation>
    </message>
    <message>
        <source>&lt;p&gt;An &lt;i&gt;encoder&lt;/i&gt; is the large model that reads the terrain; heads for buildings, roads or mounds are small and are trained on it. The plugin brings one. Make your own where your ground or your sensor is unlike others, and you have much elevation but few labels.&lt;/p&gt;&lt;p&gt;Nothing has to be labelled: most of a piece of ground is hidden, and the network learns to draw it from the rest (a masked autoencoder). Give it everything you have: single rasters, virtual mosaics, a folder with thousands of tiles. They are read piece by piece, so their size does not matter for memory.&lt;/p&gt;&lt;p&gt;It takes long. On two processor cores, count hours for the smallest network; a graphics card is many times faster. You may cancel, or QGIS may be closed: run it again with the same layers, settings and output file, and it goes on where it was. To adapt an encoder instead, choose it as the one to start from and take fewer steps.&lt;/p&gt;&lt;p&gt;Then choose the new encoder in &lt;i&gt;Train a head from labels&lt;/i&gt;. Heads work only with the encoder that they were trained on. An encoder saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Ein &lt;i&gt;Encoder&lt;/i&gt; ist das große Modell, das das Gelände liest; Köpfe für Gebäude, Straßen oder Grabhügel sind klein und werden auf ihm trainiert. Das Plugin bringt einen mit. Machen Sie einen eigenen, wenn Ihr Gelände oder Ihr Sensor anders ist als andere und Sie viele Höhendaten, aber wenige Labels haben.&lt;/p&gt;&lt;p&gt;Nichts muss gelabelt werden: Der größte Teil eines Geländestücks wird verdeckt, und das Netz lernt, ihn aus dem Rest zu zeichnen (maskierter Autoencoder). Geben Sie ihm alles, was Sie haben: einzelne Raster, virtuelle Mosaike, einen Ordner mit Tausenden von Kacheln. Sie werden Stück für Stück gelesen, ihre Größe spielt für den Speicher also keine Rolle.&lt;/p&gt;&lt;p&gt;Es dauert lange. Rechnen Sie auf zwei Prozessorkernen für das kleinste Netz mit Stunden; eine Grafikkarte ist um ein Vielfaches schneller. Sie können abbrechen, und QGIS darf geschlossen werden: Starten Sie den Lauf mit denselben Layern, Einstellungen und derselben Ausgabedatei noch einmal, und er geht dort weiter, wo er war. Um stattdessen einen Encoder anzupassen, wählen Sie ihn als Ausgangspunkt und nehmen Sie weniger Schritte.&lt;/p&gt;&lt;p&gt;Wählen Sie dann den neuen Encoder in &lt;i&gt;Einen Kopf mit Labels trainieren&lt;/i&gt;. Köpfe arbeiten nur mit dem Encoder, auf dem sie trainiert wurden. Ein in &lt;code&gt;{folder}&lt;/code&gt; gespeicherter Encoder wird mit Namen angeboten.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>pre-train,pretraining,self-supervised,masked autoencoder,mae,encoder,backbone,foundation model,unlabelled,dem,dsm,dtm,lidar,elevation,deep learning</source>
        <translation>vortrainieren,Vortraining,selbstüberwacht,maskierter Autoencoder,MAE,Encoder,Rückgrat,Grundlagenmodell,ohne Labels,DGM,DOM,Lidar,Höhe,Deep Learning,dem,dsm,dtm</translation>
    </message>
    <message>
        <source>Loss at the end</source>
        <translation>Verlust am Ende</translation>
    </message>
    <message>
        <source>Loss in the places kept aside</source>
        <translation>Verlust an den zurückgehaltenen Stellen</translation>
    </message>
    <message>
        <source>Number of steps</source>
        <translation>Anzahl der Schritte</translation>
    </message>
    <message>
        <source>Number of chips seen</source>
        <translation>Anzahl der gesehenen Ausschnitte</translation>
    </message>
    <message>
        <source>Number of rasters learned from</source>
        <translation>Anzahl der Raster, aus denen gelernt wurde</translation>
    </message>
    <message>
        <source>Number of rasters skipped</source>
        <translation>Anzahl der übergangenen Raster</translation>
    </message>
    <message>
        <source>There is no elevation to learn from.</source>
        <translation>Es gibt keine Höhen, aus denen gelernt werden kann.</translation>
    </message>
    <message>
        <source>Choose elevation rasters or a folder of them, or ask for synthetic places.</source>
        <translation>Wählen Sie Höhenraster oder einen Ordner mit solchen, oder verlangen Sie künstliche Orte.</translation>
    </message>
    <message>
        <source>No output file was given for the encoder.</source>
        <translation>Für den Encoder wurde keine Ausgabedatei angegeben.</translation>
    </message>
    <message>
        <source>Cancelled. The encoder so far is in {path}.</source>
        <translation>Abgebrochen. Der bisherige Encoder ist in {path}.</translation>
    </message>
    <message>
        <source>Choose a folder with elevation rasters.</source>
        <translation>Wählen Sie einen Ordner mit Höhenrastern.</translation>
    </message>
    <message>
        <source>The new encoder is installed: choose {name} as encoder when you train a head from labels.</source>
        <translation>Der neue Encoder ist installiert: Wählen Sie {name} als Encoder, wenn Sie einen Kopf mit Labels trainieren.</translation>
    </message>
    <message>
        <source>To use the new encoder, choose the file {path} as encoder when you train a head from labels. Saved in {folder}, it would be offered by name.</source>
        <translation>Um den neuen Encoder zu benutzen, wählen Sie die Datei {path} als Encoder, wenn Sie einen Kopf mit Labels trainieren. In {folder} gespeichert, würde er mit Namen angeboten.</translation>
    </message>
    <message>
        <source>Rasters whose pixels are heights, in any CRS and resolution. A mosaic (virtual raster, VRT) of many tiles is better than the tiles: what lies across their edges is then seen too.</source>
        <translation>Raster, deren Pixel Höhen sind, in beliebigem KBS und beliebiger Auflösung. Ein Mosaik (virtuelles Raster, VRT) aus vielen Kacheln ist besser als die Kacheln: Dann ist auch zu sehen, was über ihre Ränder reicht.</translation>
    </message>
    <message>
        <source>Folder with elevation rasters</source>
        <translation>Ordner mit Höhenrastern</translation>
    </message>
    <message>
        <source>All rasters in this folder and in the folders inside it, besides those chosen above. Thousands of tiles will do: they are read piece by piece. Broken ones are named and skipped.</source>
        <translation>Alle Raster in diesem Ordner und in den Ordnern darin, zusätzlich zu den oben gewählten. Es dürfen Tausende von Kacheln sein: Sie werden Stück für Stück gelesen. Defekte werden genannt und übergangen.</translation>
    </message>
    <message>
        <source>Encoder to start from</source>
        <translation>Encoder als Ausgangspunkt</translation>
    </message>
    <message>
        <source>none: from nothing</source>
        <translation>keiner: von null an</translation>
    </message>
    <message>
        <source>An encoder that is to learn on, such as the plugin's own or an imported one: its size and the way it reads elevation are kept, and far fewer steps are needed. If it is not set, learning starts from nothing.</source>
        <translation>Ein Encoder, der weiterlernen soll, etwa der des Plugins oder ein importierter: Seine Größe und die Art, wie er Höhen liest, bleiben, und es braucht viel weniger Schritte. Ist keiner gesetzt, beginnt das Lernen von null an.</translation>
    </message>
    <message>
        <source>Size of the network</source>
        <translation>Größe des Netzes</translation>
    </message>
    <message>
        <source>tiny runs well on any computer, small takes four times and base sixteen times as long, in learning and in every later use; large wants a graphics card. Any other name of a plain vision transformer of the timm library can be written here. Not used if there is an encoder to start from.</source>
        <translation>tiny läuft auf jedem Rechner gut, small braucht viermal und base sechzehnmal so lange, beim Lernen und bei jeder späteren Benutzung; large verlangt eine Grafikkarte. Jeder andere Name eines einfachen Vision Transformers der Bibliothek timm kann hier eingetragen werden. Unbenutzt, wenn es einen Encoder als Ausgangspunkt gibt.</translation>
    </message>
    <message>
        <source>Share of the ground that is hidden (0.05 to 0.95)</source>
        <translation>Anteil des Geländes, der verdeckt wird (0,05 bis 0,95)</translation>
    </message>
    <message>
        <source>The network is shown the rest and has to draw what is hidden. 0.75 is what the method's authors found best; less makes the task easier and each step slower.</source>
        <translation>Dem Netz wird der Rest gezeigt, und es muss zeichnen, was verdeckt ist. 0,75 fanden die Autoren des Verfahrens am besten; weniger macht die Aufgabe leichter und jeden Schritt langsamer.</translation>
    </message>
    <message>
        <source>Synthetic places mixed in</source>
        <translation>Beigemischte künstliche Orte</translation>
    </message>
    <message>
        <source>So many invented places, towns, farmland and mountains, are made and learned from besides, with 30 % of the chips. Useful if there is little ground or it is all of one kind. 70 are plenty.</source>
        <translation>So viele erfundene Orte, Städte, Felder und Berge, werden erzeugt; aus ihnen kommen 30 % der Ausschnitte. Nützlich, wenn es wenig Gelände gibt oder alles von einer Art ist. 70 sind reichlich.</translation>
    </message>
    <message>
        <source>Keep the encoder so far if I cancel</source>
        <translation>Bei Abbruch den bisherigen Encoder behalten</translation>
    </message>
    <message>
        <source>After a cancel, what was learned so far is written to the output file. It takes a few seconds to stop. In either case the run can go on later where it was.</source>
        <translation>Nach einem Abbruch wird das bisher Gelernte in die Ausgabedatei geschrieben. Das Anhalten dauert dann einige Sekunden. In jedem Fall kann der Lauf später dort weitergehen, wo er war.</translation>
    </message>
    <message>
        <source>Draw hidden patches normalised</source>
        <translation>Verdeckte Felder normalisiert zeichnen</translation>
    </message>
    <message>
        <source>Each hidden patch is to be drawn with its own contrast, so that small forms count as much as large ones. Without this, large heights decide.</source>
        <translation>Jedes verdeckte Feld ist mit seinem eigenen Kontrast zu zeichnen, damit kleine Formen so viel zählen wie große. Ohne dies entscheiden große Höhen.</translation>
    </message>
    <message>
        <source>Ground resolution (metres per pixel)</source>
        <translation>Bodenauflösung (Meter je Pixel)</translation>
    </message>
    <message>
        <source>The pixel size that the encoder and its heads work at; rasters of other sizes are brought to it. If it is not set: 0.75, or that of the encoder to start from.</source>
        <translation>Die Pixelgröße, mit der der Encoder und seine Köpfe arbeiten; andere Raster werden auf sie gebracht. Ist sie nicht gesetzt: 0,75 oder die des Encoders als Ausgangspunkt.</translation>
    </message>
    <message>
        <source>Side of a chip (pixels)</source>
        <translation>Seite eines Ausschnitts (Pixel)</translation>
    </message>
    <message>
        <source>A multiple of the patches that the network cuts chips into (16 for most). If it is not set: 224, or that of the encoder to start from.</source>
        <translation>Ein Vielfaches der Felder, in die das Netz Ausschnitte teilt (meist 16). Ist sie nicht gesetzt: 224 oder die des Encoders als Ausgangspunkt.</translation>
    </message>
    <message>
        <source>Width of the decoder</source>
        <translation>Breite des Decoders</translation>
    </message>
    <message>
        <source>The decoder draws what is hidden and is thrown away afterwards. A multiple of 32; chosen by the size of the network if not set.</source>
        <translation>Der Decoder zeichnet, was verdeckt ist, und wird danach verworfen. Ein Vielfaches von 32; nach der Größe des Netzes gewählt, wenn nicht gesetzt.</translation>
    </message>
    <message>
        <source>Blocks of the decoder</source>
        <translation>Blöcke des Decoders</translation>
    </message>
    <message>
        <source>More blocks draw better and take longer. The method's authors use 8 for large runs.</source>
        <translation>Mehr Blöcke zeichnen besser und brauchen länger. Die Autoren des Verfahrens nehmen für große Läufe 8.</translation>
    </message>
    <message>
        <source>How far each step corrects the network. Lower it (to 0.0002) if the loss jumps up and down or a run stops because of it; it then goes on where it was.</source>
        <translation>Wie weit jeder Schritt das Netz berichtigt. Verringern (auf 0,0002), wenn der Verlust auf und ab springt oder ein Lauf deswegen anhält; er geht dann weiter, wo er war.</translation>
    </message>
    <message>
        <source>Keeps the network simple. Higher is stricter.</source>
        <translation>Hält das Netz einfach. Höher ist strenger.</translation>
    </message>
    <message>
        <source>Everything that is left to chance follows from this number: on one computer, the same number gives the same encoder.</source>
        <translation>Alles, was dem Zufall überlassen ist, folgt aus dieser Zahl: Auf einem Rechner gibt dieselbe Zahl denselben Encoder.</translation>
    </message>
    <message>
        <source>Title of the encoder</source>
        <translation>Titel des Encoders</translation>
    </message>
    <message>
        <source>A few words for the people who will use it, such as: Aargau, lidar 2024.</source>
        <translation>Ein paar Worte für die Leute, die ihn benutzen werden, etwa: Aargau, Lidar 2024.</translation>
    </message>
    <message>
        <source>Encoder file</source>
        <translation>Encoder-Datei</translation>
    </message>
    <message>
        <source>A web page in one file: how learning went, and relief as it is, with most of it hidden, and as the network rebuilt it.</source>
        <translation>Eine Webseite in einer Datei: wie das Lernen verlief, und Relief, wie es ist, größtenteils verdeckt, und wie das Netz es wieder aufgebaut hat.</translation>
    </message>
    <message>
        <source>How many times the network looks at some chips and is corrected. More is better for a very long time: the default shows whether all is well, and a thorough run takes a hundred times as many.</source>
        <translation>Wie oft das Netz einige Ausschnitte ansieht und berichtigt wird. Mehr ist sehr lange besser: Die Vorgabe zeigt, ob alles in Ordnung ist, ein gründlicher Lauf hat hundertmal so viele.</translation>
    </message>
    <message>
        <source>Import an encoder</source>
        <translation>Einen Encoder importieren</translation>
    </message>
    <message>
        <source>Makes an encoder of a large network that others have trained on photographs and published.</source>
        <translation>Macht einen Encoder aus einem großen Netz, das andere mit Fotografien trainiert und veröffentlicht haben.</translation>
    </message>
    <message>
        <source>import,download,encoder,backbone,foundation model,weights,checkpoint,timm,hugging face,mae,dinov2,beit,eva,vision transformer,deep learning</source>
        <translation>importieren,herunterladen,Encoder,Backbone,Grundlagenmodell,Gewichte,Checkpoint,timm,hugging face,mae,dinov2,beit,eva,Vision Transformer,Deep Learning</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Licence of the weights</source>
        <translation>Lizenz der Gewichte</translation>
    </message>
    <message>
        <source>Number of tables of numbers (tensors) used</source>
        <translation>Anzahl der verwendeten Zahlentabellen (Tensoren)</translation>
    </message>
    <message>
        <source>Number of tables of numbers (tensors) left out</source>
        <translation>Anzahl der weggelassenen Zahlentabellen (Tensoren)</translation>
    </message>
    <message>
        <source>The file {file} does not exist.</source>
        <translation>Die Datei {file} gibt es nicht.</translation>
    </message>
    <message>
        <source>Choose a file of weights, or give a model's name instead.</source>
        <translation>Wählen Sie eine Datei mit Gewichten, oder geben Sie stattdessen den Namen eines Modells an.</translation>
    </message>
    <message>
        <source>{name} is not the name of a model.</source>
        <translation>{name} ist nicht der Name eines Modells.</translation>
    </message>
    <message>
        <source>Give one such as vit_base_patch16_224.mae.</source>
        <translation>Geben Sie einen an wie vit_base_patch16_224.mae.</translation>
    </message>
    <message>
        <source>There is nothing to import.</source>
        <translation>Es gibt nichts zu importieren.</translation>
    </message>
    <message>
        <source>Choose a file of weights, or give a model's name.</source>
        <translation>Wählen Sie eine Datei mit Gewichten, oder geben Sie den Namen eines Modells an.</translation>
    </message>
    <message>
        <source>File of weights</source>
        <translation>Datei mit Gewichten</translation>
    </message>
    <message>
        <source>The file that you have downloaded: .safetensors as published for the timm library, or .pth of the original masked autoencoder. Leave it empty to download the model named below.</source>
        <translation>Die Datei, die Sie heruntergeladen haben: .safetensors, wie sie für die Bibliothek timm veröffentlicht wird, oder .pth des ursprünglichen maskierten Autoencoders. Lassen Sie es leer, um das unten genannte Modell herunterzuladen.</translation>
    </message>
    <message>
        <source>Name of the model</source>
        <translation>Name des Modells</translation>
    </message>
    <message>
        <source>Its name in the timm library, such as vit_base_patch16_224.mae; any plain vision transformer will do. Without a file, it is downloaded. With a file, it says what the file is and so which licence it has; if it is empty, that is found out as far as it can be.</source>
        <translation>Sein Name in der Bibliothek timm, etwa vit_base_patch16_224.mae; jeder einfache Vision Transformer ist recht. Ohne Datei wird es heruntergeladen. Mit einer Datei sagt der Name, was sie enthält und damit, welche Lizenz sie hat; ist er leer, wird das herausgefunden, soweit es geht.</translation>
    </message>
    <message>
        <source>How elevation is made a picture</source>
        <translation>Wie aus Höhen ein Bild wird</translation>
    </message>
    <message>
        <source>The model knows pictures of red, green and blue. colours: height above the ground around, fine relief and roughness are the three. minmax: each piece of the raster is stretched from its lowest to its highest point, in grey, as the method's authors did; roads beside towers vanish then.</source>
        <translation>Das Modell kennt Bilder aus Rot, Grün und Blau. colours: Höhe über dem umgebenden Boden, feines Relief und Rauigkeit sind die drei. minmax: Jedes Stück des Rasters wird vom tiefsten zum höchsten Punkt gestreckt, in Grau, wie es die Autoren der Methode taten; Straßen neben Türmen verschwinden dann.</translation>
    </message>
    <message>
        <source>What the publisher says, such as Apache-2.0. Only needed for a file without a full model name; it is kept in the encoder's file.</source>
        <translation>Was der Herausgeber sagt, etwa Apache-2.0. Nur nötig für eine Datei ohne vollen Modellnamen; sie wird in der Datei des Encoders aufbewahrt.</translation>
    </message>
    <message>
        <source>A few words for the people who will use it. The model's name if it is not set.</source>
        <translation>Einige Worte für die Menschen, die ihn verwenden werden. Der Name des Modells, wenn nichts gesetzt ist.</translation>
    </message>
    <message>
        <source>The pixel size that heads on this encoder work at; rasters of other sizes are brought to it. 0.75 if it is not set.</source>
        <translation>Die Pixelgröße, mit der Köpfe auf diesem Encoder arbeiten; Raster anderer Pixelgrößen werden auf sie gebracht. 0,75, wenn nichts gesetzt ist.</translation>
    </message>
    <message>
        <source>How large the pieces are that the model looks at: a multiple of its patches, which are 14 or 16 pixels wide. 224 if it is not set.</source>
        <translation>Wie groß die Stücke sind, die das Modell ansieht: ein Vielfaches seiner Patches, die 14 oder 16 Pixel breit sind. 224, wenn nichts gesetzt ist.</translation>
    </message>
    <message>
        <source>The file for the encoder. Give it a name and a place of its own: a temporary file is gone when QGIS is closed.</source>
        <translation>Die Datei für den Encoder. Geben Sie ihr einen Namen und einen eigenen Ort: Eine temporäre Datei ist fort, wenn QGIS geschlossen wird.</translation>
    </message>
    <message>
        <source>&lt;p&gt;An &lt;i&gt;encoder&lt;/i&gt; is the large model that reads the terrain; heads for buildings, roads or mounds are small and are trained on it. Large encoders that were trained on millions of photographs are published; the authors of this plugin's method used one of them, &lt;code&gt;vit_base_patch16_224.mae&lt;/code&gt;.&lt;/p&gt;&lt;p&gt;Give the file that you have downloaded, or only the model's name, and it is downloaded (about 350 MB for &lt;i&gt;base&lt;/i&gt;). Files may be &lt;code&gt;.safetensors&lt;/code&gt; as published for the timm library, or &lt;code&gt;.pth&lt;/code&gt; of the original masked autoencoder. Nothing in a file is ever run as a program, and each of its tables of numbers is either used or named in the log.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Mind the licence.&lt;/b&gt; It is shown in the log and kept in the encoder's file; that of the masked autoencoder forbids commercial use.&lt;/p&gt;&lt;p&gt;Then choose the new encoder in &lt;i&gt;Train a head from labels&lt;/i&gt;: heads work only with the encoder that they were trained on. It is larger than the plugin's own and takes far longer. An encoder saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Ein &lt;i&gt;Encoder&lt;/i&gt; ist das große Modell, das das Gelände liest; Köpfe für Gebäude, Straßen oder Grabhügel sind klein und werden auf ihm trainiert. Große Encoder, die mit Millionen von Fotografien trainiert wurden, sind veröffentlicht; die Autoren der Methode dieses Plugins verwendeten einen davon, &lt;code&gt;vit_base_patch16_224.mae&lt;/code&gt;.&lt;/p&gt;&lt;p&gt;Geben Sie die Datei an, die Sie heruntergeladen haben, oder nur den Namen des Modells, dann wird es heruntergeladen (etwa 350 MB für &lt;i&gt;base&lt;/i&gt;). Die Datei kann eine &lt;code&gt;.safetensors&lt;/code&gt; sein, wie sie für die Bibliothek timm veröffentlicht wird, oder eine &lt;code&gt;.pth&lt;/code&gt; des ursprünglichen maskierten Autoencoders. Nichts in einer Datei wird je als Programm ausgeführt, und jede ihrer Zahlentabellen wird entweder verwendet oder im Protokoll genannt.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Achten Sie auf die Lizenz.&lt;/b&gt; Sie wird im Protokoll gezeigt und in der Datei des Encoders aufbewahrt; die des maskierten Autoencoders verbietet die kommerzielle Nutzung.&lt;/p&gt;&lt;p&gt;Wählen Sie den neuen Encoder dann unter &lt;i&gt;Einen Kopf mit Labels trainieren&lt;/i&gt;: Köpfe arbeiten nur mit dem Encoder, auf dem sie trainiert wurden. Er ist größer als der des Plugins und braucht viel länger. Ein Encoder, der in &lt;code&gt;{folder}&lt;/code&gt; gespeichert ist, wird mit Namen angeboten.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>{parameter}: '{value}' is not a number.</source>
        <translation>{parameter}: „{value}“ ist keine Zahl.</translation>
    </message>
    <message>
        <source>Write it in digits, with a point for fractions: 20.5.</source>
        <translation>Schreiben Sie sie in Ziffern, Bruchteile mit einem Punkt: 20.5.</translation>
    </message>
    <message>
        <source>The head '{head}' finds '{found}', which is not what this algorithm is called after: its result is drawn and named as if it were '{wanted}'.</source>
        <translation>Der Kopf „{head}“ findet „{found}“, und danach ist dieses Werkzeug nicht benannt: Sein Ergebnis wird gezeichnet und benannt, als wäre es „{wanted}“.</translation>
    </message>
    <message>
        <source>Where the network runs. auto: an NVIDIA graphics card if the engine can use one, or the processor. cpu: the processor. cuda, or cuda:0, cuda:1, ... : an NVIDIA graphics card. mps: Apple's, which nobody has tried yet. The log says what was really used.</source>
        <translation>Wo das Netz läuft. auto: auf einer NVIDIA-Grafikkarte, falls die Engine eine nutzen kann, sonst auf dem Prozessor. cpu: auf dem Prozessor. cuda oder cuda:0, cuda:1, ...: auf einer NVIDIA-Grafikkarte. mps: auf der von Apple, was noch niemand erprobt hat. Das Protokoll sagt, was wirklich benutzt wurde.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Compares what was found with what is really there, and says how good it is.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Label some ground that the head was &lt;i&gt;not&lt;/i&gt; trained on: every building or road in it. Draw a polygon around it in a second layer.&lt;/li&gt;&lt;li&gt;Choose what is to be judged: a mask raster, whoever made it, with no head; or an elevation raster with a head, which is then run.&lt;/li&gt;&lt;li&gt;Choose the labels and the polygon, and run.&lt;/li&gt;&lt;li&gt;Read the report, and look at the map of errors in the project: what was found, what was missed and what was invented.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;The figures: &lt;b&gt;precision&lt;/b&gt; is the share of the found area that is right; &lt;b&gt;recall&lt;/b&gt; is the share of the real area that was found; &lt;b&gt;F1&lt;/b&gt; is their harmonic mean, low where either is low; &lt;b&gt;IoU&lt;/b&gt; is the area in both divided by the area in either. &lt;b&gt;Boundary F1&lt;/b&gt; is the same for the outlines, within a pixel. Buildings are also counted one by one, and roads by their length. All are outputs, so that a model can go on with them.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Vergleicht das Gefundene mit dem, was wirklich da ist, und sagt, wie gut es ist.&lt;/p&gt;&lt;p&gt;Schritt für Schritt:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Zeichnen Sie auf Gelände, auf dem der Kopf &lt;i&gt;nicht&lt;/i&gt; trainiert wurde, alle Gebäude oder alle Straßen ein: die Labels. Zeichnen Sie in einem zweiten Layer ein Polygon um dieses Gelände.&lt;/li&gt;&lt;li&gt;Wählen Sie, was beurteilt werden soll: ein Maskenraster, von wem auch immer, ohne Kopf; oder ein Höhenraster mit einem Kopf, der dann angewandt wird.&lt;/li&gt;&lt;li&gt;Wählen Sie die Labels und das Polygon und starten Sie.&lt;/li&gt;&lt;li&gt;Lesen Sie den Bericht und sehen Sie sich im Projekt die Fehlerkarte an: was gefunden, was übersehen und was erfunden wurde.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Die Zahlen: &lt;b&gt;Genauigkeit&lt;/b&gt; (precision) ist der Anteil der gefundenen Fläche, der stimmt; &lt;b&gt;Vollständigkeit&lt;/b&gt; (recall) ist der Anteil der wirklichen Fläche, der gefunden wurde; &lt;b&gt;F1&lt;/b&gt; ist ihr harmonisches Mittel, niedrig, wo eines von beiden niedrig ist; &lt;b&gt;IoU&lt;/b&gt; ist die Fläche in beiden geteilt durch die Fläche in einem von beiden. &lt;b&gt;Rand-F1&lt;/b&gt; ist dasselbe für die Umrisse, auf ein Pixel genau. Gebäude werden auch einzeln gezählt, Straßen nach ihrer Länge gemessen. Alles sind Ausgaben, mit denen ein Modell weiterarbeiten kann.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>A raster whose pixels are heights. Best is a surface model (DSM) from lidar, with roofs and trees in it, at 0.5 to 1 m per pixel. For roads and earthworks in forest and open country, bare earth (DTM) is as good; in a DTM of a town hardly any street is found, and no building anywhere. It needs a CRS.</source>
        <translation>Ein Raster, dessen Pixel Höhen sind. Am besten ist ein Oberflächenmodell (DOM) aus Lidar, mit Dächern und Bäumen darin, mit 0,5 bis 1 m je Pixel. Für Straßen und Erdwerke in Wald und offenem Land ist ein Geländemodell (DGM) ebenso gut; im DGM einer Stadt wird kaum eine Straße gefunden und nirgends ein Gebäude. Es braucht ein KBS.</translation>
    </message>
    <message>
        <source>One polygon for each building, or for several that touch, along the outline in the mask.</source>
        <translation>Ein Polygon je Gebäude, oder für mehrere, die sich berühren, entlang des Umrisses in der Maske.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Finds the roads in an elevation raster and draws them as a mask, as probabilities, as centrelines and as polygons.&lt;/p&gt;&lt;p&gt;Works on surface models (DSM, with roofs and trees) and on bare-earth terrain models (DTM), where roads show as benches, banks and ditches; of the streets of a town, hardly any does. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;The plugin's own head leaves out what is wider than 40 m, such as fields, squares and lakes.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Findet die Straßen in einem Höhenraster und zeichnet sie als Maske, als Wahrscheinlichkeiten, als Mittellinien und als Flächen.&lt;/p&gt;&lt;p&gt;Geht auf Oberflächenmodellen (DOM, mit Dächern und Bäumen) und auf Geländemodellen (DGM), wo Straßen als Absätze, Böschungen und Gräben zu sehen sind; von den Straßen einer Stadt ist es kaum eine. Am besten sind etwa 0,5 bis 1 m je Pixel. Jede Größe geht: Das Raster wird Stück für Stück gelesen.&lt;/p&gt;&lt;p&gt;Der mitgelieferte Kopf lässt weg, was breiter als 40 m ist, etwa Felder, Plätze und Seen.&lt;/p&gt;&lt;p&gt;Die Ergebnisse liegen im Pixelraster des Höhenmodells und kommen in einer eigenen Gruppe darüber ins Projekt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Lower the number of tiles or chips at once, or close other programs.</source>
        <translation>Verringern Sie die Zahl der Kacheln oder Ausschnitte auf einmal oder schließen Sie andere Programme.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>{name} is given as the raster and as its labels.</source>
        <translation>{name} ist als Raster und zugleich als dessen Labels angegeben.</translation>
    </message>
    <message>
        <source>As labels, choose the layer that shows where the things are.</source>
        <translation>Wählen Sie als Labels den Layer, der zeigt, wo die Dinge sind.</translation>
    </message>
    <message>
        <source>{name} (threshold {value})</source>
        <translation>{name} (Schwelle {value})</translation>
    </message>
    <message>
        <source>For a head that finds several classes, or a mask that names several: the value of the one that the labels show. For any other mask: if it is not set, every value but 0 counts.</source>
        <translation>Für einen Kopf, der mehrere Klassen findet, oder eine Maske, die mehrere nennt: der Wert derjenigen, die die Labels zeigen. Für jede andere Maske zählt ohne Angabe jeder Wert außer 0.</translation>
    </message>
    <message>
        <source>Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher finds less and is surer. If it is not set, the head's own value is used (0.5 for the heads that come with the plugin); buildings get another one if clearly more of their outlines are walls then. The log says which. Set it to have the same on several rasters. Some heads also ask that an object is more probable than that somewhere; this moves along.</source>
        <translation>Pixel, die mindestens so wahrscheinlich sind, gehören zur Maske. Niedriger findet mehr und irrt öfter; höher findet weniger und ist sicherer. Ohne Angabe gilt der Wert des Kopfes (0,5 bei den Köpfen des Plugins); Gebäude bekommen einen anderen, wenn ihre Umrisse damit deutlich öfter Wände sind. Das Protokoll nennt ihn. Geben Sie ihn an, damit er auf mehreren Rastern derselbe ist. Manche Köpfe verlangen außerdem, dass ein Objekt irgendwo wahrscheinlicher als das ist; dieser Wert geht mit.</translation>
    </message>
    <message>
        <source>Objects smaller than this, in square metres on the ground, are left out. If it is not set, the head's own value is used. With 0 nothing is left out, however small, wide, unsure or without walls it is.</source>
        <translation>Objekte, die kleiner sind (in Quadratmetern am Boden), werden weggelassen. Ohne Angabe gilt der Wert des Kopfes. Bei 0 wird nichts weggelassen, wie klein, breit, unsicher oder ohne Wände es auch ist.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Finds the buildings in an elevation raster and draws them as a mask, as probabilities and as footprint polygons.&lt;/p&gt;&lt;p&gt;Roofs must be in the raster: use a surface model (DSM, first returns), not a bare-earth terrain model. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;The plugin's own head leaves out objects of 150 m² and more that do not end in walls, such as embankments, terraces and woods. On surfaces computed from drone or satellite photographs, tree crowns are as smooth as roofs: it then goes by shape alone, and some trees come out as buildings.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Findet die Gebäude in einem Höhenraster und zeichnet sie als Maske, als Wahrscheinlichkeiten und als Grundrisspolygone.&lt;/p&gt;&lt;p&gt;Die Dächer müssen im Raster sein: Nehmen Sie ein Oberflächenmodell (DOM, erste Echos), kein Geländemodell (DGM). Am besten sind etwa 0,5 bis 1 m je Pixel. Jede Größe geht: Das Raster wird Stück für Stück gelesen.&lt;/p&gt;&lt;p&gt;Der Kopf des Plugins lässt Objekte ab 150 m² weg, die nicht mit Wänden enden, etwa Dämme, Terrassen und Wald. Auf Oberflächen, die aus Drohnen- oder Satellitenbildern berechnet sind, sind Baumkronen so glatt wie Dächer: Dann geht er nur nach der Form, und manche Bäume erscheinen als Gebäude.&lt;/p&gt;&lt;p&gt;Die Ergebnisse liegen im Pixelraster des Höhenmodells und kommen in einer eigenen Gruppe darüber ins Projekt.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>&lt;p&gt;Learns from examples that you draw to find the same things elsewhere: buildings as they look in your county, roads, terraces, ditches, burial mounds. What it has learned is one small file, a &lt;i&gt;head&lt;/i&gt;, that the segmentation algorithms use and that you can send to a colleague.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Open an elevation raster. Draw everything of one kind in a few places as polygons, or as lines along roads. Ten places of about 170 x 170 metres are a first try for a new kind of thing; to better the plugin's own heads for buildings or roads, plan on fifty or more. Choose places that differ.&lt;/li&gt;&lt;li&gt;Draw a polygon around each place in a second layer: here labelling is complete. Include ground without the thing, for that is learned from too.&lt;/li&gt;&lt;li&gt;Choose the three layers here, name the thing, and run. 3000 steps take about 20 minutes on two processor cores and a few on a graphics card.&lt;/li&gt;&lt;li&gt;Read the report: it shows what was found and missed in places that were kept aside, and where to label more.&lt;/li&gt;&lt;li&gt;Run &lt;i&gt;Segment buildings&lt;/i&gt; or &lt;i&gt;Segment roads&lt;/i&gt; with the new head if it finds these, and get footprints or centrelines; &lt;i&gt;Segment with any heads&lt;/i&gt; otherwise, and &lt;i&gt;Polygonize&lt;/i&gt; on its result if you need polygons.&lt;/li&gt;&lt;li&gt;If it is not good enough, let &lt;i&gt;Suggest where to label next&lt;/i&gt; choose places, label them, and train again.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;A head saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name in all dialogs at once; others are chosen as files.&lt;/p&gt;&lt;p&gt;If you cancel, the best head so far is kept, and training cannot go on from there: to train longer, choose that head as the one to start from. If the run is cut off by something else, run it again with the same layers, settings and output file, and it goes on where it was.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Lernt aus Beispielen, die Sie zeichnen, dasselbe anderswo zu finden: Gebäude, wie sie in Ihrer Gegend aussehen, Straßen, Terrassen, Gräben, Grabhügel. Was es gelernt hat, ist eine kleine Datei, ein &lt;i&gt;Kopf&lt;/i&gt;, den die Segmentierungen benutzen und den Sie einer Kollegin schicken können.&lt;/p&gt;&lt;p&gt;Schritt für Schritt:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Öffnen Sie ein Höhenraster. Zeichnen Sie an einigen Stellen alles von einer Art als Polygone, oder als Linien entlang der Straßen: die Labels. Zehn Stellen von etwa 170 x 170 Metern sind ein erster Versuch für etwas Neues; um die Köpfe des Plugins für Gebäude oder Straßen zu verbessern, rechnen Sie mit fünfzig oder mehr. Wählen Sie Stellen, die sich unterscheiden.&lt;/li&gt;&lt;li&gt;Zeichnen Sie in einem zweiten Layer ein Polygon um jede Stelle: hier ist vollständig gelabelt. Nehmen Sie auch Gelände ohne das Gesuchte auf, denn auch daraus wird gelernt.&lt;/li&gt;&lt;li&gt;Wählen Sie hier die drei Layer, sagen Sie, was die Labels zeigen, und starten Sie. 3000 Schritte dauern etwa 20 Minuten auf zwei Prozessorkernen und einige wenige auf einer Grafikkarte.&lt;/li&gt;&lt;li&gt;Lesen Sie den Bericht: er zeigt, was an zurückgehaltenen Stellen gefunden und übersehen wurde und wo mehr zu labeln ist.&lt;/li&gt;&lt;li&gt;Starten Sie mit dem neuen Kopf &lt;i&gt;Gebäude segmentieren&lt;/i&gt; oder &lt;i&gt;Straßen segmentieren&lt;/i&gt;, wenn er diese findet, und Sie bekommen Grundrisse oder Mittellinien; sonst &lt;i&gt;Mit beliebigen Köpfen segmentieren&lt;/i&gt;, und &lt;i&gt;Vektorisieren&lt;/i&gt; auf dessen Ergebnis, wenn Sie Polygone brauchen.&lt;/li&gt;&lt;li&gt;Ist er nicht gut genug, lassen Sie &lt;i&gt;Vorschlagen, wo als Nächstes zu labeln ist&lt;/i&gt; Stellen auswählen, labeln Sie diese und trainieren Sie noch einmal.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Ein Kopf, der in &lt;code&gt;{folder}&lt;/code&gt; gespeichert ist, wird in allen Dialogen sofort mit Namen angeboten; andere werden als Datei gewählt.&lt;/p&gt;&lt;p&gt;Wenn Sie abbrechen, bleibt der bisher beste Kopf erhalten, und das Training kann von dort nicht weitergehen: Um länger zu trainieren, wählen Sie diesen Kopf als den, mit dem begonnen wird. Wird der Lauf durch etwas anderes unterbrochen, starten Sie ihn mit denselben Layern, Einstellungen und derselben Ausgabedatei noch einmal; er geht weiter, wo er war.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>its usual folder</source>
        <translation>den üblichen Ordner</translation>
    </message>
    <message>
        <source>Engine Python (blank: the one made with the commands of Engine information)</source>
        <translation>Python der Engine (leer: das mit den Befehlen aus „Auskunft über die Engine“ angelegte)</translation>
    </message>
    <message>
        <source>Evaluation report</source>
        <translation>Bericht der Bewertung</translation>
    </message>
    <message>
        <source>Pre-training report</source>
        <translation>Bericht des Vortrainings</translation>
    </message>
    <message>
        <source>Training report</source>
        <translation>Trainingsbericht</translation>
    </message>
</context>
</TS>
