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
        <source>A raster whose pixels are heights. Best is a surface model (DSM) from lidar, with roofs and trees in it, at 0.5 to 1 m per pixel. It needs a CRS.</source>
        <translation>Ein Raster, dessen Pixel Höhen sind. Am besten ist ein Oberflächenmodell (DOM) aus Lidar mit Dächern und Bäumen, mit 0,5 bis 1 m je Pixel. Es braucht ein KBS.</translation>
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
        <source>Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher finds less and is surer. If it is not set, the head's own value is used.</source>
        <translation>Pixel, die mindestens so wahrscheinlich sind, gehören zur Maske. Niedriger findet mehr und irrt öfter; höher findet weniger und ist sicherer. Ohne Angabe gilt der Wert des Kopfes.</translation>
    </message>
    <message>
        <source>Smallest object (m²)</source>
        <translation>Kleinstes Objekt (m²)</translation>
    </message>
    <message>
        <source>Objects smaller than this, in square metres on the ground, are left out. If it is not set, the head's own value is used.</source>
        <translation>Objekte, die kleiner sind (in Quadratmetern am Boden), werden weggelassen. Ohne Angabe gilt der Wert des Kopfes.</translation>
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
        <source>Where the network runs. auto: the fastest there is. cpu: the processor. cuda, or cuda:0, cuda:1, ... : an NVIDIA graphics card. mps: Apple's. The log says what was really used.</source>
        <translation>Wo das Netz läuft. auto: auf dem schnellsten Gerät. cpu: auf dem Prozessor. cuda oder cuda:0, cuda:1, ...: auf einer NVIDIA-Grafikkarte. mps: auf der von Apple. Das Protokoll sagt, was wirklich benutzt wurde.</translation>
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
        <source>&lt;p&gt;Finds the buildings in an elevation raster and draws them as a mask, as probabilities and as footprint polygons.&lt;/p&gt;&lt;p&gt;Roofs must be in the raster: use a surface model (DSM, first returns), not a bare-earth terrain model. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Findet die Gebäude in einem Höhenraster und zeichnet sie als Maske, als Wahrscheinlichkeiten und als Grundrisspolygone.&lt;/p&gt;&lt;p&gt;Die Dächer müssen im Raster sein: Nehmen Sie ein Oberflächenmodell (DOM, erste Echos), kein Geländemodell (DGM). Am besten sind etwa 0,5 bis 1 m je Pixel. Jede Größe geht: Das Raster wird Stück für Stück gelesen.&lt;/p&gt;&lt;p&gt;Die Ergebnisse liegen im Pixelraster des Höhenmodells und kommen in einer eigenen Gruppe darüber ins Projekt.&lt;/p&gt;</translation>
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
        <source>One polygon a building, along its outline in the mask.</source>
        <translation>Ein Polygon je Gebäude, entlang seines Umrisses in der Maske.</translation>
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
        <source>&lt;p&gt;Finds the roads in an elevation raster and draws them as a mask, as probabilities, as centrelines and as polygons.&lt;/p&gt;&lt;p&gt;Works on surface models (DSM, with roofs and trees) and on bare-earth terrain models (DTM), where roads show as benches, banks and ditches. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Findet die Straßen in einem Höhenraster und zeichnet sie als Maske, als Wahrscheinlichkeiten, als Mittellinien und als Flächen.&lt;/p&gt;&lt;p&gt;Geht auf Oberflächenmodellen (DOM, mit Dächern und Bäumen) und auf Geländemodellen (DGM), wo Straßen als Absätze, Böschungen und Gräben zu sehen sind. Am besten sind etwa 0,5 bis 1 m je Pixel. Jede Größe geht: Das Raster wird Stück für Stück gelesen.&lt;/p&gt;&lt;p&gt;Die Ergebnisse liegen im Pixelraster des Höhenmodells und kommen in einer eigenen Gruppe darüber ins Projekt.&lt;/p&gt;</translation>
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
        <source>Lower the batch size or close other programs.</source>
        <translation>Verringern Sie die Zahl der Kacheln auf einmal oder schließen Sie andere Programme.</translation>
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
        <source>set-up</source>
        <translation>die Einrichtung</translation>
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
        <source>Engine Python (blank: the environment made by set-up)</source>
        <translation>Python der Engine (leer: die bei der Einrichtung angelegte Umgebung)</translation>
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
</context>
</TS>
