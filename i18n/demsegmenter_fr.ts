<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr">
<context>
    <name>DemSegmenter</name>
    <message>
        <source>Unexpected fault in the plugin: {kind}: {message}. Please report it with the trace in View &gt; Panels &gt; Log Messages, tab DEM Segmenter.</source>
        <translation>Erreur inattendue dans l'extension : {kind} : {message}. Merci de la signaler avec la trace de Vue &gt; Panneaux &gt; Journal des messages, onglet DEM Segmenter.</translation>
    </message>
    <message>
        <source>Engine information</source>
        <translation>Informations sur le moteur</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Moteur</translation>
    </message>
    <message>
        <source>Says whether the engine works and what it has.</source>
        <translation>Dit si le moteur fonctionne et ce qu'il contient.</translation>
    </message>
    <message>
        <source>&lt;p&gt;The neural network runs outside QGIS, in a Python environment of its own: the engine. This says whether the engine works, where it is, which versions, devices (processor, graphics cards) and models it has, and, if it does not work, what to do.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Le réseau de neurones s'exécute hors de QGIS, dans son propre environnement Python : le moteur. Ceci dit si le moteur fonctionne, où il est, quelles versions, quels matériels (processeur, cartes graphiques) et quels modèles il a et, s'il ne fonctionne pas, que faire.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>engine,version,device,gpu,cuda,python,models,problem</source>
        <translation>moteur,version,matériel,gpu,cuda,python,modèles,problème,carte graphique</translation>
    </message>
    <message>
        <source>The engine works</source>
        <translation>Le moteur fonctionne</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Version of the engine</source>
        <translation>Version du moteur</translation>
    </message>
    <message>
        <source>Version of its Python</source>
        <translation>Version de son Python</translation>
    </message>
    <message>
        <source>Where its Python is</source>
        <translation>Emplacement de son Python</translation>
    </message>
    <message>
        <source>Packages</source>
        <translation>Paquets</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Matériels</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modèles</translation>
    </message>
    <message>
        <source>The engine works. Its Python was found through {origin}.</source>
        <translation>Le moteur fonctionne. Son Python a été trouvé par : {origin}.</translation>
    </message>
    <message>
        <source>The engine is not complete.</source>
        <translation>Le moteur n'est pas complet.</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Tête</translation>
    </message>
    <message>
        <source>The trained model that draws the mask: the name of an installed head, or the path of a head file (.safetensors), such as one that a colleague has sent.</source>
        <translation>Le modèle entraîné qui dessine le masque : le nom d'une tête installée ou le chemin d'un fichier de tête (.safetensors), par exemple reçu d'un collègue.</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>Têtes</translation>
    </message>
    <message>
        <source>The trained models to run together: names of installed heads, or paths of head files (.safetensors). They share most of the work, so two heads take little longer than one. They must have been trained on the same encoder.</source>
        <translation>Les modèles entraînés à exécuter ensemble : noms de têtes installées ou chemins de fichiers de tête (.safetensors). Elles partagent l'essentiel du travail : deux têtes prennent à peine plus de temps qu'une. Elles doivent avoir été entraînées sur le même encodeur.</translation>
    </message>
    <message>
        <source>Elevation raster (DEM)</source>
        <translation>Raster d'altitudes (MNE)</translation>
    </message>
    <message>
        <source>Band with the elevation</source>
        <translation>Bande contenant l'altitude</translation>
    </message>
    <message>
        <source>The band that holds the heights, counted from 1.</source>
        <translation>La bande qui contient les altitudes, comptée à partir de 1.</translation>
    </message>
    <message>
        <source>Unit of the elevation</source>
        <translation>Unité de l'altitude</translation>
    </message>
    <message>
        <source>What the heights are measured in. auto: what the file says, otherwise metres. Choose foot if heights in feet are not declared in the file.</source>
        <translation>L'unité des altitudes. auto : ce que dit le fichier, sinon le mètre. Choisissez foot si les altitudes sont en pieds sans que le fichier le dise.</translation>
    </message>
    <message>
        <source>Only within this extent</source>
        <translation>Seulement dans cette emprise</translation>
    </message>
    <message>
        <source>Limits the work to a rectangle, in any CRS. The whole raster if it is left empty.</source>
        <translation>Limite le travail à un rectangle, dans n'importe quel SCR. Vide : tout le raster.</translation>
    </message>
    <message>
        <source>Probability threshold (0 to 1)</source>
        <translation>Seuil de probabilité (0 à 1)</translation>
    </message>
    <message>
        <source>Smallest object (m²)</source>
        <translation>Plus petit objet (m²)</translation>
    </message>
    <message>
        <source>Overlap of tiles (0 to 0.9)</source>
        <translation>Recouvrement des tuiles (0 à 0,9)</translation>
    </message>
    <message>
        <source>The raster is worked through in tiles that overlap by this share and are blended. More is smoother and slower. If it is not set, the head's own value is used.</source>
        <translation>Le raster est traité par tuiles qui se recouvrent de cette part et sont fondues. Plus est plus lisse et plus lent. Sans valeur, celle de la tête est utilisée.</translation>
    </message>
    <message>
        <source>Look several times (test-time augmentation)</source>
        <translation>Regarder plusieurs fois (augmentation au test)</translation>
    </message>
    <message>
        <source>Runs the head on mirrored and turned copies of each tile and takes the mean, which is a little better and much slower. none: once. flips: 4 times. dihedral: 8 times.</source>
        <translation>Applique la tête à des copies retournées et tournées de chaque tuile et prend la moyenne : un peu mieux et bien plus lent. none : une fois. flips : 4 fois. dihedral : 8 fois.</translation>
    </message>
    <message>
        <source>Tiles at once</source>
        <translation>Tuiles à la fois</translation>
    </message>
    <message>
        <source>How many tiles are run together. Lower it if memory runs out. Chosen by itself if not set.</source>
        <translation>Combien de tuiles sont traitées ensemble. Réduisez si la mémoire manque. Choisi automatiquement sans valeur.</translation>
    </message>
    <message>
        <source>A GeoTIFF on the DEM's own pixel grid: 0 where there is nothing, the class's value (1 for a single class) where something was found, 255 where the elevation is unknown.</source>
        <translation>Un GeoTIFF sur la grille de pixels du MNE : 0 là où il n'y a rien, la valeur de la classe (1 s'il n'y en a qu'une) là où quelque chose a été trouvé, 255 là où l'altitude est inconnue.</translation>
    </message>
    <message>
        <source>A GeoTIFF on the DEM's own pixel grid with the probability of each class, 0 to 1, a band each.</source>
        <translation>Un GeoTIFF sur la grille de pixels du MNE avec la probabilité de chaque classe, de 0 à 1, une bande par classe.</translation>
    </message>
    <message>
        <source>{name} cannot be {value}.</source>
        <translation>{name} ne peut pas être {value}.</translation>
    </message>
    <message>
        <source>Choose one of: {choices}.</source>
        <translation>Choisissez parmi : {choices}.</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Matériel</translation>
    </message>
    <message>
        <source>Segment with any heads</source>
        <translation>Segmenter avec des têtes quelconques</translation>
    </message>
    <message>
        <source>Runs one or more heads on an elevation raster.</source>
        <translation>Applique une ou plusieurs têtes à un raster d'altitudes.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Runs one or more trained heads on an elevation raster and draws what they find as one raster of classes. Where several classes claim a pixel, the one that exceeds its threshold by most wins.&lt;/p&gt;&lt;p&gt;A single class has the value 1. Several keep the values of their heads; where two share one, all are numbered 1, 2, ... in the heads' order.&lt;/p&gt;&lt;p&gt;Any size works: the raster is read piece by piece. Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Applique une ou plusieurs têtes entraînées à un raster d'altitudes et dessine ce qu'elles trouvent dans un raster de classes. Si plusieurs classes réclament un pixel, celle qui dépasse le plus son seuil l'emporte.&lt;/p&gt;&lt;p&gt;Une classe seule a la valeur 1. Plusieurs gardent les valeurs de leurs têtes ; si deux en partagent une, toutes sont numérotées 1, 2, ... dans l'ordre des têtes.&lt;/p&gt;&lt;p&gt;Toute taille convient : le raster est lu morceau par morceau. Les résultats sont sur la grille de pixels du MNE et arrivent dans le projet au-dessus de lui, dans leur propre groupe.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>segmentation,classes,heads,buildings,roads,dem,dsm,lidar,elevation,mask,deep learning</source>
        <translation>segmentation,classes,têtes,bâtiments,routes,mnt,mns,dem,dsm,lidar,altitude,masque,apprentissage profond</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Classes</translation>
    </message>
    <message>
        <source>Class probabilities</source>
        <translation>Probabilités des classes</translation>
    </message>
    <message>
        <source>Area of all classes (m²)</source>
        <translation>Surface de toutes les classes (m²)</translation>
    </message>
    <message>
        <source>Class probabilities - {layer}</source>
        <translation>Probabilités des classes - {layer}</translation>
    </message>
    <message>
        <source>Classes - {layer}</source>
        <translation>Classes - {layer}</translation>
    </message>
    <message>
        <source>Segment buildings</source>
        <translation>Segmenter les bâtiments</translation>
    </message>
    <message>
        <source>Finds buildings in an elevation raster.</source>
        <translation>Trouve les bâtiments dans un raster d'altitudes.</translation>
    </message>
    <message>
        <source>buildings,footprints,houses,roofs,dem,dsm,lidar,elevation,mask,deep learning</source>
        <translation>bâtiments,emprises,maisons,toits,mnt,mns,dem,dsm,lidar,altitude,masque,apprentissage profond</translation>
    </message>
    <message>
        <source>Buildings</source>
        <translation>Bâtiments</translation>
    </message>
    <message>
        <source>Building probability</source>
        <translation>Probabilité de bâtiment</translation>
    </message>
    <message>
        <source>Footprints</source>
        <translation>Emprises au sol</translation>
    </message>
    <message>
        <source>Number of buildings (where footprints are drawn)</source>
        <translation>Nombre de bâtiments (si les emprises sont dessinées)</translation>
    </message>
    <message>
        <source>Area of buildings (m²)</source>
        <translation>Surface des bâtiments (m²)</translation>
    </message>
    <message>
        <source>Building probability - {layer}</source>
        <translation>Probabilité de bâtiment - {layer}</translation>
    </message>
    <message>
        <source>Footprints - {layer}</source>
        <translation>Emprises au sol - {layer}</translation>
    </message>
    <message>
        <source>Buildings - {layer}</source>
        <translation>Bâtiments - {layer}</translation>
    </message>
    <message>
        <source>Segment roads</source>
        <translation>Segmenter les routes</translation>
    </message>
    <message>
        <source>Finds roads in an elevation raster.</source>
        <translation>Trouve les routes dans un raster d'altitudes.</translation>
    </message>
    <message>
        <source>roads,streets,tracks,centrelines,centerlines,dem,dsm,dtm,lidar,elevation,mask,deep learning</source>
        <translation>routes,rues,chemins,axes,mnt,mns,dem,dsm,lidar,altitude,masque,apprentissage profond</translation>
    </message>
    <message>
        <source>Roads</source>
        <translation>Routes</translation>
    </message>
    <message>
        <source>Road probability</source>
        <translation>Probabilité de route</translation>
    </message>
    <message>
        <source>Road centrelines</source>
        <translation>Axes des routes</translation>
    </message>
    <message>
        <source>Lines along the middle of the roads.</source>
        <translation>Lignes le long du milieu des routes.</translation>
    </message>
    <message>
        <source>Road polygons</source>
        <translation>Polygones des routes</translation>
    </message>
    <message>
        <source>The roads' areas, along their outlines in the mask.</source>
        <translation>Les surfaces des routes, le long de leurs contours dans le masque.</translation>
    </message>
    <message>
        <source>Area of roads (m²)</source>
        <translation>Surface des routes (m²)</translation>
    </message>
    <message>
        <source>Road probability - {layer}</source>
        <translation>Probabilité de route - {layer}</translation>
    </message>
    <message>
        <source>Road centrelines - {layer}</source>
        <translation>Axes des routes - {layer}</translation>
    </message>
    <message>
        <source>Road polygons - {layer}</source>
        <translation>Polygones des routes - {layer}</translation>
    </message>
    <message>
        <source>Roads - {layer}</source>
        <translation>Routes - {layer}</translation>
    </message>
    <message>
        <source>Segmentation</source>
        <translation>Segmentation</translation>
    </message>
    <message>
        <source>No output file was given for the mask.</source>
        <translation>Aucun fichier de sortie n'a été donné pour le masque.</translation>
    </message>
    <message>
        <source>No elevation raster was given.</source>
        <translation>Aucun raster d'altitudes n'a été donné.</translation>
    </message>
    <message>
        <source>{name} is not a raster that QGIS can open.</source>
        <translation>{name} n'est pas un raster que QGIS sait ouvrir.</translation>
    </message>
    <message>
        <source>Choose an elevation raster (DEM, DSM), such as a GeoTIFF.</source>
        <translation>Choisissez un raster d'altitudes (MNT, MNS), par exemple un GeoTIFF.</translation>
    </message>
    <message>
        <source>{name} would overwrite the input, {path}.</source>
        <translation>{name} écraserait l'entrée {path}.</translation>
    </message>
    <message>
        <source>Choose another file.</source>
        <translation>Choisissez un autre fichier.</translation>
    </message>
    <message>
        <source>{name} and {other} would be written to the same file, {path}.</source>
        <translation>{name} et {other} seraient écrits dans le même fichier, {path}.</translation>
    </message>
    <message>
        <source>Choose another file for one of them.</source>
        <translation>Choisissez un autre fichier pour l'un des deux.</translation>
    </message>
    <message>
        <source>The folder {folder} does not exist.</source>
        <translation>Le dossier {folder} n'existe pas.</translation>
    </message>
    <message>
        <source>Make it, or choose another folder.</source>
        <translation>Créez-le ou choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>{path} cannot be written.</source>
        <translation>{path} ne peut pas être écrit.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>{name} is to be {path}, and only GeoTIFF is written.</source>
        <translation>{name} devrait être {path}, mais seul le format GeoTIFF est écrit.</translation>
    </message>
    <message>
        <source>Let the file's name end in .tif.</source>
        <translation>Terminez le nom du fichier par .tif.</translation>
    </message>
    <message>
        <source>The engine does not start ({reason}).</source>
        <translation>Le moteur ne démarre pas ({reason}).</translation>
    </message>
    <message>
        <source>Engine {version}, running on {device}</source>
        <translation>Moteur {version}, exécuté sur {device}</translation>
    </message>
    <message>
        <source>The engine is incomplete: {package} is not installed.</source>
        <translation>Le moteur est incomplet : {package} n'est pas installé.</translation>
    </message>
    <message>
        <source>The engine failed.</source>
        <translation>Le moteur a échoué.</translation>
    </message>
    <message>
        <source>What it said last is in View &gt; Panels &gt; Log Messages, tab DEM Segmenter.</source>
        <translation>Ses derniers messages sont dans Vue &gt; Panneaux &gt; Journal des messages, onglet DEM Segmenter.</translation>
    </message>
    <message>
        <source>The engine was killed, most likely because memory ran out.</source>
        <translation>Le moteur a été tué, très probablement faute de mémoire.</translation>
    </message>
    <message>
        <source>The engine stopped unexpectedly (exit status {status}).</source>
        <translation>Le moteur s'est arrêté de façon inattendue (code de sortie {status}).</translation>
    </message>
    <message>
        <source>Run this in a terminal to make it: {command}  Or give a Python that has the engine's packages, in the environment variable {variable} or in Settings &gt; Options &gt; Processing &gt; Providers &gt; DEM Segmenter.</source>
        <translation>Pour l'installer, exécutez dans un terminal : {command}  Ou indiquez un Python qui a les paquets du moteur, dans la variable d'environnement {variable} ou dans Préférences &gt; Options &gt; Traitement &gt; Fournisseurs &gt; DEM Segmenter.</translation>
    </message>
    <message>
        <source>the setting in Processing &gt; Providers &gt; DEM Segmenter</source>
        <translation>le réglage dans Traitement &gt; Fournisseurs &gt; DEM Segmenter</translation>
    </message>
    <message>
        <source>The engine's Python was not found: {origin} names {python}.</source>
        <translation>Le Python du moteur est introuvable : {origin} indique {python}.</translation>
    </message>
    <message>
        <source>DEM Segmenter's engine is not set up yet.</source>
        <translation>Le moteur de DEM Segmenter n'est pas encore installé.</translation>
    </message>
    <message>
        <source>The engine's Python does not start ({python}: {reason}).</source>
        <translation>Le Python du moteur ne démarre pas ({python} : {reason}).</translation>
    </message>
    <message>
        <source>The engine's Python does not work ({python}, exit status {status}).</source>
        <translation>Le Python du moteur ne fonctionne pas ({python}, code de sortie {status}).</translation>
    </message>
    <message>
        <source>The engine needs Python 3.11 or newer, and {python} is older.</source>
        <translation>Le moteur demande Python 3.11 ou plus récent, et {python} est plus ancien.</translation>
    </message>
    <message>
        <source>Choose a head file</source>
        <translation>Choisir un fichier de tête</translation>
    </message>
    <message>
        <source>Head files (*.safetensors)</source>
        <translation>Fichiers de tête (*.safetensors)</translation>
    </message>
    <message>
        <source>{path} is an encoder and not a head.</source>
        <translation>{path} est un encodeur et non une tête.</translation>
    </message>
    <message>
        <source>Choose a head: the file that names what it finds.</source>
        <translation>Choisissez une tête : le fichier qui dit ce qu'il trouve.</translation>
    </message>
    <message>
        <source>No head was given.</source>
        <translation>Aucune tête n'a été donnée.</translation>
    </message>
    <message>
        <source>The head file {path} does not exist.</source>
        <translation>Le fichier de tête {path} n'existe pas.</translation>
    </message>
    <message>
        <source>There is no head called {name}.</source>
        <translation>Il n'y a pas de tête nommée {name}.</translation>
    </message>
    <message>
        <source>Give the path of a head file ({suffix}).</source>
        <translation>Donnez le chemin d'un fichier de tête ({suffix}).</translation>
    </message>
    <message>
        <source>Choose an installed one ({names}) or give the path of a head file ({suffix}).</source>
        <translation>Choisissez-en une installée ({names}) ou donnez le chemin d'un fichier de tête ({suffix}).</translation>
    </message>
    <message>
        <source>Segment buildings in the active DEM</source>
        <translation>Segmenter les bâtiments du MNE actif</translation>
    </message>
    <message>
        <source>Segment roads in the active DEM</source>
        <translation>Segmenter les routes du MNE actif</translation>
    </message>
    <message>
        <source>The active layer is not a raster. Select your DEM in the Layers panel first.</source>
        <translation>La couche active n'est pas un raster. Sélectionnez d'abord votre MNE dans le panneau Couches.</translation>
    </message>
    <message>
        <source>Writing the layer to a temporary GeoTIFF</source>
        <translation>Écriture de la couche dans un GeoTIFF temporaire</translation>
    </message>
    <message>
        <source>The layer {name} cannot be read.</source>
        <translation>La couche {name} ne peut pas être lue.</translation>
    </message>
    <message>
        <source>The layer {name} could not be written to a temporary file in {folder}.</source>
        <translation>La couche {name} n'a pas pu être écrite dans un fichier temporaire de {folder}.</translation>
    </message>
    <message>
        <source>Free some space there, or save the layer as a GeoTIFF and use that.</source>
        <translation>Libérez de la place à cet endroit, ou enregistrez la couche en GeoTIFF et utilisez celui-ci.</translation>
    </message>
    <message>
        <source>The layer {name} has no pixel size of its own.</source>
        <translation>La couche {name} n'a pas de taille de pixel propre.</translation>
    </message>
    <message>
        <source>Save it as a GeoTIFF and use that.</source>
        <translation>Enregistrez-la en GeoTIFF et utilisez celui-ci.</translation>
    </message>
    <message>
        <source>The extent cannot be given in the layer's CRS.</source>
        <translation>L'emprise ne peut pas être exprimée dans le SCR de la couche.</translation>
    </message>
    <message>
        <source>The extent does not touch the layer {name}.</source>
        <translation>L'emprise ne touche pas la couche {name}.</translation>
    </message>
    <message>
        <source>Check that its file is still where it was.</source>
        <translation>Vérifiez que son fichier est toujours à sa place.</translation>
    </message>
    <message>
        <source>The layer {name} is a picture from a map service: these are colours, not elevations.</source>
        <translation>La couche {name} est une image d'un service de cartes : ce sont des couleurs, pas des altitudes.</translation>
    </message>
    <message>
        <source>The layer {name} has no band {band}; it has {count}.</source>
        <translation>La couche {name} n'a pas de bande {band} ; elle en a {count}.</translation>
    </message>
    <message>
        <source>{layer} - DEM Segmenter</source>
        <translation>{layer} - DEM Segmenter</translation>
    </message>
    <message>
        <source>Folder of my own heads and encoders</source>
        <translation>Dossier de mes propres têtes et encodeurs</translation>
    </message>
    <message>
        <source>The engine's result {path} cannot be read.</source>
        <translation>Le résultat {path} du moteur ne peut pas être lu.</translation>
    </message>
    <message>
        <source>{name} cannot be written.</source>
        <translation>{name} ne peut pas être écrit.</translation>
    </message>
    <message>
        <source>Choose another file or folder for it.</source>
        <translation>Choisissez un autre fichier ou dossier.</translation>
    </message>
    <message>
        <source>{name} could not be written ({reason}).</source>
        <translation>{name} n'a pas pu être écrit ({reason}).</translation>
    </message>
    <message>
        <source>Free some space or choose another file or folder for it.</source>
        <translation>Libérez de la place ou choisissez un autre fichier ou dossier.</translation>
    </message>
    <message>
        <source>{name} is not a vector layer that QGIS can open.</source>
        <translation>{name} n'est pas une couche vectorielle que QGIS peut ouvrir.</translation>
    </message>
    <message>
        <source>Choose a layer with polygons or lines.</source>
        <translation>Choisissez une couche de polygones ou de lignes.</translation>
    </message>
    <message>
        <source>Evaluate a mask or a head</source>
        <translation>Évaluer un masque ou une tête</translation>
    </message>
    <message>
        <source>Measures how well a mask or a head agrees with labels.</source>
        <translation>Mesure l'accord d'un masque ou d'une tête avec des étiquettes.</translation>
    </message>
    <message>
        <source>evaluate,accuracy,validation,quality,confusion,iou,f1,precision,recall,errors,labels,mask,head</source>
        <translation>évaluer,exactitude,validation,qualité,confusion,iou,f1,précision,rappel,erreurs,étiquettes,masque,tête</translation>
    </message>
    <message>
        <source>IoU (0 to 1)</source>
        <translation>IoU (0 à 1)</translation>
    </message>
    <message>
        <source>F1 (0 to 1)</source>
        <translation>F1 (0 à 1)</translation>
    </message>
    <message>
        <source>Precision (0 to 1)</source>
        <translation>Précision (0 à 1)</translation>
    </message>
    <message>
        <source>Recall (0 to 1)</source>
        <translation>Rappel (0 à 1)</translation>
    </message>
    <message>
        <source>Boundary F1 (0 to 1)</source>
        <translation>F1 des contours (0 à 1)</translation>
    </message>
    <message>
        <source>Objects found</source>
        <translation>Objets trouvés</translation>
    </message>
    <message>
        <source>Objects missed</source>
        <translation>Objets manqués</translation>
    </message>
    <message>
        <source>Objects invented</source>
        <translation>Objets inventés</translation>
    </message>
    <message>
        <source>Length found (m)</source>
        <translation>Longueur trouvée (m)</translation>
    </message>
    <message>
        <source>Length missed (m)</source>
        <translation>Longueur manquée (m)</translation>
    </message>
    <message>
        <source>Length invented (m)</source>
        <translation>Longueur inventée (m)</translation>
    </message>
    <message>
        <source>Mask, or elevation raster for the head</source>
        <translation>Masque, ou raster d'altitudes pour la tête</translation>
    </message>
    <message>
        <source>Without a head, a mask: 0 where nothing was found, another value where something was, no data where it is unknown; or probabilities from 0 to 1. With a head, the elevation raster (DEM) to run it on.</source>
        <translation>Sans tête, un masque : 0 où rien n'a été trouvé, une autre valeur où quelque chose l'a été, pas de données où c'est inconnu ; ou des probabilités de 0 à 1. Avec une tête, le raster d'altitudes (MNE) auquel l'appliquer.</translation>
    </message>
    <message>
        <source>none: the raster is a mask</source>
        <translation>aucune : le raster est un masque</translation>
    </message>
    <message>
        <source>The head to judge: the name of an installed one, or the path of a head file (.safetensors). Leave it empty to judge a mask.</source>
        <translation>La tête à juger : le nom d'une tête installée ou le chemin d'un fichier de tête (.safetensors). Laissez vide pour juger un masque.</translation>
    </message>
    <message>
        <source>Polygons around the ground on which you have labelled everything. Only what is inside them is judged. Without them, all of the raster counts as labelled, and whatever was found where there is no label counts as wrong.</source>
        <translation>Polygones autour du terrain où vous avez tout étiqueté. Seul ce qui s'y trouve est jugé. Sans eux, tout le raster compte comme étiqueté, et tout ce qui a été trouvé sans étiquette compte comme faux.</translation>
    </message>
    <message>
        <source>What is counted</source>
        <translation>Ce qui est compté</translation>
    </message>
    <message>
        <source>objects: one by one, as for buildings. lines: by their length, as for roads. auto: lines where the labels are lines or the class is a road, otherwise objects.</source>
        <translation>objects : un par un, comme pour des bâtiments. lines : en longueur, comme pour des routes. auto : lines si les étiquettes sont des lignes ou si la classe est une route, sinon objects.</translation>
    </message>
    <message>
        <source>Tolerance for lines (metres)</source>
        <translation>Tolérance pour les lignes (mètres)</translation>
    </message>
    <message>
        <source>A piece of road counts as found if there is one in the mask no farther away than this.</source>
        <translation>Un tronçon de route compte comme trouvé s'il y en a un dans le masque à cette distance au plus.</translation>
    </message>
    <message>
        <source>Value of the class in the mask</source>
        <translation>Valeur de la classe dans le masque</translation>
    </message>
    <message>
        <source>Band of the raster</source>
        <translation>Bande du raster</translation>
    </message>
    <message>
        <source>The band that holds the mask or the heights, counted from 1.</source>
        <translation>La bande qui contient le masque ou les altitudes, comptée à partir de 1.</translation>
    </message>
    <message>
        <source>Errors - {layer}</source>
        <translation>Erreurs - {layer}</translation>
    </message>
    <message>
        <source>HTML files (*.html)</source>
        <translation>Fichiers HTML (*.html)</translation>
    </message>
    <message>
        <source>A web page in one file with all figures and with pictures.</source>
        <translation>Une page web en un seul fichier, avec tous les chiffres et des images.</translation>
    </message>
    <message>
        <source>JSON files (*.json)</source>
        <translation>Fichiers JSON (*.json)</translation>
    </message>
    <message>
        <source>All figures in a file for other programs.</source>
        <translation>Tous les chiffres dans un fichier pour d'autres programmes.</translation>
    </message>
    <message>
        <source>Map of errors</source>
        <translation>Carte des erreurs</translation>
    </message>
    <message>
        <source>A GeoTIFF on the raster's own pixel grid: what was found, what was missed and what was invented.</source>
        <translation>Un GeoTIFF sur la grille de pixels du raster : ce qui a été trouvé, manqué et inventé.</translation>
    </message>
    <message>
        <source>Labels (polygons, lines or a raster)</source>
        <translation>Étiquettes (polygones, lignes ou raster)</translation>
    </message>
    <message>
        <source>What is really there, drawn by hand or taken from a survey: polygons around the things, lines along them (with a width, below), or a raster in which their pixels have a value. Any CRS.</source>
        <translation>Ce qui existe vraiment, dessiné à la main ou issu d'un levé : des polygones autour des choses, des lignes le long d'elles (avec une largeur, ci-dessous), ou un raster où leurs pixels ont une valeur. Dans n'importe quel SCR.</translation>
    </message>
    <message>
        <source>Width on each side of lines (metres)</source>
        <translation>Largeur de chaque côté des lignes (mètres)</translation>
    </message>
    <message>
        <source>For labels that are lines: how far the thing reaches to the left and to the right of its line. A road that is 6 metres wide has 3. Polygons and rasters do not need it.</source>
        <translation>Pour des étiquettes qui sont des lignes : jusqu'où la chose s'étend à gauche et à droite de sa ligne. Une route large de 6 mètres a 3. Les polygones et les rasters n'en ont pas besoin.</translation>
    </message>
    <message>
        <source>Field with the full width of lines (metres)</source>
        <translation>Champ avec la largeur totale des lignes (mètres)</translation>
    </message>
    <message>
        <source>For labels that are lines of different widths: the field that holds the width of each from edge to edge. Where it is empty, the width on each side from above is used.</source>
        <translation>Pour des étiquettes qui sont des lignes de largeurs différentes : le champ qui contient la largeur de chacune d'un bord à l'autre. Où il est vide, la largeur de chaque côté donnée plus haut est utilisée.</translation>
    </message>
    <message>
        <source>Area where labelling is complete</source>
        <translation>Zone où l'étiquetage est complet</translation>
    </message>
    <message>
        <source>Only the selected features of the labels</source>
        <translation>Seulement les entités sélectionnées des étiquettes</translation>
    </message>
    <message>
        <source>Takes only what is selected in the label layer. Meaningless for a raster.</source>
        <translation>Ne prend que ce qui est sélectionné dans la couche d'étiquettes. Sans effet pour un raster.</translation>
    </message>
    <message>
        <source>Value of the labels in a raster</source>
        <translation>Valeur des étiquettes dans un raster</translation>
    </message>
    <message>
        <source>For labels that are a raster: the value of the pixels where the thing is, such as a class of a land cover map. If it is not set, every value but 0 counts. Pixels without data, or of 255, are unknown.</source>
        <translation>Pour des étiquettes qui sont un raster : la valeur des pixels où se trouve la chose, par exemple une classe d'une carte d'occupation du sol. Sans valeur, tout sauf 0 compte. Les pixels sans données ou à 255 sont inconnus.</translation>
    </message>
    <message>
        <source>The labels in {name} are lines, and it is not said how wide they are.</source>
        <translation>Les étiquettes de {name} sont des lignes, et leur largeur n'est pas donnée.</translation>
    </message>
    <message>
        <source>Give the width on each side in metres, or the field that holds the width.</source>
        <translation>Donnez la largeur de chaque côté en mètres, ou le champ qui contient la largeur.</translation>
    </message>
    <message>
        <source>No labels were given.</source>
        <translation>Aucune étiquette n'a été donnée.</translation>
    </message>
    <message>
        <source>Choose a layer with polygons or lines, or a raster.</source>
        <translation>Choisissez une couche de polygones ou de lignes, ou un raster.</translation>
    </message>
    <message>
        <source>{name} is not a layer that QGIS can open.</source>
        <translation>{name} n'est pas une couche que QGIS peut ouvrir.</translation>
    </message>
    <message>
        <source>Suggest where to label next</source>
        <translation>Proposer où étiqueter ensuite</translation>
    </message>
    <message>
        <source>Finds the places in an elevation raster whose labels would teach a head most.</source>
        <translation>Trouve les endroits d'un raster d'altitudes dont les étiquettes apprendraient le plus à une tête.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Labelling takes time, and not all ground teaches a head the same. This runs a head on an elevation raster and marks the squares that it would learn most from: where it is unsure, and where the ground looks unlike what is labelled already.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Choose the elevation raster, the head that is to become better, and the polygons of what you have labelled so far.&lt;/li&gt;&lt;li&gt;Run. The squares come into the project with their rank; 1 is to be labelled first.&lt;/li&gt;&lt;li&gt;Label everything in the first few squares, and add the squares to your layer of completely labelled areas.&lt;/li&gt;&lt;li&gt;Run &lt;i&gt;Train a head from labels&lt;/i&gt; again, with the old head to start from if you like, and come back here with the new one.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;To begin with, when there is no head of your own yet, use the one that is nearest to what you want to find.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Étiqueter prend du temps, et tous les terrains n'apprennent pas autant à une tête. Ceci applique une tête à un raster d'altitudes et marque les carrés dont elle apprendrait le plus : où elle n'est pas sûre, et où le terrain ne ressemble pas à ce qui est déjà étiqueté.&lt;/p&gt;&lt;p&gt;Pas à pas :&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Choisissez le raster d'altitudes, la tête à améliorer et les polygones de ce que vous avez étiqueté jusqu'ici.&lt;/li&gt;&lt;li&gt;Exécutez. Les carrés arrivent dans le projet avec leur rang ; 1 est à étiqueter d'abord.&lt;/li&gt;&lt;li&gt;Étiquetez tout dans les premiers carrés, et ajoutez ces carrés à votre couche des zones complètement étiquetées.&lt;/li&gt;&lt;li&gt;Exécutez de nouveau &lt;i&gt;Entraîner une tête avec des étiquettes&lt;/i&gt;, en partant de l'ancienne tête si vous voulez, et revenez ici avec la nouvelle.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Au début, quand vous n'avez pas encore de tête à vous, prenez celle qui est la plus proche de ce que vous cherchez.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>suggest,labels,active learning,sampling,uncertainty,train,head,dem,dsm,elevation</source>
        <translation>proposer,étiquettes,apprentissage actif,échantillonnage,incertitude,entraînement,tête,mnt,mns,dem,dsm,altitude</translation>
    </message>
    <message>
        <source>Already labelled areas</source>
        <translation>Zones déjà étiquetées</translation>
    </message>
    <message>
        <source>Polygons around the ground that is labelled already. It is not suggested again, and ground that looks like it comes last.</source>
        <translation>Polygones autour du terrain déjà étiqueté. Il n'est pas proposé de nouveau, et le terrain qui lui ressemble vient en dernier.</translation>
    </message>
    <message>
        <source>Number of places</source>
        <translation>Nombre d'endroits</translation>
    </message>
    <message>
        <source>How many squares to suggest. There may be fewer.</source>
        <translation>Combien de carrés proposer. Il peut y en avoir moins.</translation>
    </message>
    <message>
        <source>Side of a place (metres)</source>
        <translation>Côté d'un endroit (mètres)</translation>
    </message>
    <message>
        <source>Length of a square's side. If it is not set: as much ground as the head sees at once.</source>
        <translation>Longueur du côté d'un carré. Sans valeur : autant de terrain que la tête en voit à la fois.</translation>
    </message>
    <message>
        <source>Places to label</source>
        <translation>Endroits à étiqueter</translation>
    </message>
    <message>
        <source>Squares with their rank (1: label this first), a score, and what it is made of: how unsure the head is, and how new the ground is to it.</source>
        <translation>Des carrés avec leur rang (1 : à étiqueter d'abord), une note, et ce dont elle est faite : combien la tête hésite, et combien le terrain lui est nouveau.</translation>
    </message>
    <message>
        <source>Number of places suggested</source>
        <translation>Nombre d'endroits proposés</translation>
    </message>
    <message>
        <source>Places to label - {layer}</source>
        <translation>Endroits à étiqueter - {layer}</translation>
    </message>
    <message>
        <source>Train a head from labels</source>
        <translation>Entraîner une tête avec des étiquettes</translation>
    </message>
    <message>
        <source>Learns to find what you have labelled in an elevation raster.</source>
        <translation>Apprend à trouver dans un raster d'altitudes ce que vous avez étiqueté.</translation>
    </message>
    <message>
        <source>train,training,learn,labels,head,model,fine-tune,few-shot,dem,dsm,lidar,elevation,deep learning</source>
        <translation>entraîner,entraînement,apprendre,étiquettes,tête,modèle,ajustement,peu d'exemples,mnt,mns,dem,dsm,lidar,altitude,apprentissage profond</translation>
    </message>
    <message>
        <source>Polygons around the ground on which you have labelled everything. Ground outside them counts as unknown and is not learned from. Without them, the smallest rectangle around the labels counts as completely labelled.</source>
        <translation>Polygones autour du terrain où vous avez tout étiqueté. Le terrain en dehors compte comme inconnu et n'apprend rien. Sans eux, le plus petit rectangle autour des étiquettes compte comme complètement étiqueté.</translation>
    </message>
    <message>
        <source>A web page in one file: how learning went, what is right and wrong in the places kept aside, with pictures, and what to label next.</source>
        <translation>Une page web en un seul fichier : comment l'apprentissage s'est passé, ce qui est juste et faux aux endroits mis de côté, avec des images, et ce qu'il faut étiqueter ensuite.</translation>
    </message>
    <message>
        <source>IoU in the places kept aside (0 to 1, overlap by union)</source>
        <translation>IoU aux endroits mis de côté (0 à 1, intersection sur union)</translation>
    </message>
    <message>
        <source>Number of chips learned from</source>
        <translation>Nombre de vignettes apprises</translation>
    </message>
    <message>
        <source>Number of chips kept aside</source>
        <translation>Nombre de vignettes mises de côté</translation>
    </message>
    <message>
        <source>It is not said what the labels show.</source>
        <translation>Il n'est pas dit ce que montrent les étiquettes.</translation>
    </message>
    <message>
        <source>Give it a name, such as building.</source>
        <translation>Donnez-lui un nom, par exemple building.</translation>
    </message>
    <message>
        <source>No output file was given for the head.</source>
        <translation>Aucun fichier de sortie n'a été donné pour la tête.</translation>
    </message>
    <message>
        <source>Cancelled. The best head so far is in {path}.</source>
        <translation>Annulé. La meilleure tête obtenue est dans {path}.</translation>
    </message>
    <message>
        <source>To go on where it stopped, run it again with the same layers, settings and output file, {path}.</source>
        <translation>Pour reprendre où cela s'est arrêté, relancez avec les mêmes couches, réglages et fichier de sortie, {path}.</translation>
    </message>
    <message>
        <source>The new head is installed: choose {name} wherever a head is asked for.</source>
        <translation>La nouvelle tête est installée : choisissez {name} partout où une tête est demandée.</translation>
    </message>
    <message>
        <source>To use the new head, choose the file {path} wherever a head is asked for. Saved in {folder}, it would be offered by name.</source>
        <translation>Pour utiliser la nouvelle tête, choisissez le fichier {path} partout où une tête est demandée. Enregistrée dans {folder}, elle serait proposée par son nom.</translation>
    </message>
    <message>
        <source>Own heads: train and evaluate</source>
        <translation>Têtes à soi : entraîner et évaluer</translation>
    </message>
    <message>
        <source>Elevation rasters (DEM)</source>
        <translation>Rasters d'altitudes (MNE)</translation>
    </message>
    <message>
        <source>One or more rasters whose pixels are heights and on which there are labels. Use the kind of raster that the head is to work on later: the same sensor, about the same pixel size. Each needs a CRS.</source>
        <translation>Un ou plusieurs rasters dont les pixels sont des altitudes et sur lesquels il y a des étiquettes. Prenez le genre de raster sur lequel la tête travaillera ensuite : même capteur, à peu près même taille de pixel. Chacun a besoin d'un SCR.</translation>
    </message>
    <message>
        <source>What the labels show</source>
        <translation>Ce que montrent les étiquettes</translation>
    </message>
    <message>
        <source>One word, singular, such as building, road or mound. Masks made with the head carry it in their legend. building and road also make the head one that the dialogs for buildings and roads offer.</source>
        <translation>Un mot au singulier, par exemple building (bâtiment), road (route) ou tumulus. Les masques faits avec la tête le portent dans leur légende. Avec building et road, les fenêtres des bâtiments et des routes proposent aussi la tête.</translation>
    </message>
    <message>
        <source>Head to start from</source>
        <translation>Tête de départ</translation>
    </message>
    <message>
        <source>A head that already finds something similar, such as buildings, and is to be fitted to your labels: it then needs fewer of them. If it is not set, learning starts from what comes with the encoder for this, where there is such a thing. none: starts from nothing.</source>
        <translation>Une tête qui trouve déjà quelque chose de semblable, par exemple des bâtiments, et qu'il faut adapter à vos étiquettes : il en faut alors moins. Sans choix, l'apprentissage part de ce que l'encodeur apporte pour cela, s'il existe. none : part de rien.</translation>
    </message>
    <message>
        <source>Title of the head</source>
        <translation>Titre de la tête</translation>
    </message>
    <message>
        <source>A few words for the people who will use it, such as: Houses of Aargau, lidar 2024.</source>
        <translation>Quelques mots pour ceux qui l'utiliseront, par exemple : Maisons d'Argovie, lidar 2024.</translation>
    </message>
    <message>
        <source>Colour on the map</source>
        <translation>Couleur sur la carte</translation>
    </message>
    <message>
        <source>The colour that masks made with the head have. Chosen by itself if not set.</source>
        <translation>La couleur des masques faits avec la tête. Choisie automatiquement sans valeur.</translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation>Encodeur</translation>
    </message>
    <message>
        <source>automatic: the plugin's own</source>
        <translation>automatique : celui du plugin</translation>
    </message>
    <message>
        <source>The large model that reads the terrain and stays as it is; the head only learns to interpret it. The name of an installed encoder or the path of an encoder file (.safetensors). If it is not set: that of the head to start from, otherwise the one that comes with the plugin.</source>
        <translation>Le grand modèle qui lit le terrain et reste tel quel ; la tête apprend seulement à l'interpréter. Le nom d'un encodeur installé ou le chemin d'un fichier d'encodeur (.safetensors). Sans choix : celui de la tête de départ, sinon celui fourni avec le plugin.</translation>
    </message>
    <message>
        <source>How many times the head looks at some chips and is corrected. 3000 is thorough; 500 show quickly whether the labels are of use.</source>
        <translation>Combien de fois la tête regarde quelques vignettes et est corrigée. 3000 est approfondi ; 500 montrent vite si les étiquettes sont utiles.</translation>
    </message>
    <message>
        <source>Share kept aside to check (0 to 0.9)</source>
        <translation>Part mise de côté pour vérifier (0 à 0.9)</translation>
    </message>
    <message>
        <source>This share of the labelled ground is not learned from. It shows how good the head is on ground that it has not seen, and which state of it was the best. 0 learns from everything and checks nothing.</source>
        <translation>De cette part du terrain étiqueté, rien n'est appris. Elle montre ce que vaut la tête sur un terrain qu'elle n'a pas vu, et lequel de ses états était le meilleur. 0 apprend de tout et ne vérifie rien.</translation>
    </message>
    <message>
        <source>Keep the best head if I cancel</source>
        <translation>Garder la meilleure tête si j'annule</translation>
    </message>
    <message>
        <source>After a cancel, the best head so far is written to the output file. It takes a few seconds to stop.</source>
        <translation>Après une annulation, la meilleure tête obtenue est écrite dans le fichier de sortie. L'arrêt prend alors quelques secondes.</translation>
    </message>
    <message>
        <source>Chips a step</source>
        <translation>Vignettes par pas</translation>
    </message>
    <message>
        <source>How many chips (square pieces of the raster) are looked at together in a step. Lower it if memory runs out.</source>
        <translation>Combien de vignettes (morceaux carrés du raster) sont regardées ensemble à chaque pas. À réduire si la mémoire manque.</translation>
    </message>
    <message>
        <source>Check every so many steps</source>
        <translation>Vérifier tous les tant de pas</translation>
    </message>
    <message>
        <source>After so many steps, the head is tried on the ground that was kept aside.</source>
        <translation>Après ce nombre de pas, la tête est essayée sur le terrain mis de côté.</translation>
    </message>
    <message>
        <source>Largest number of chips to learn from</source>
        <translation>Nombre maximal de vignettes à apprendre</translation>
    </message>
    <message>
        <source>Learns from so many chips at most, to see how far few labels lead. 450 if it is not set.</source>
        <translation>Apprend d'au plus ce nombre de vignettes, pour voir jusqu'où mènent peu d'étiquettes. Sans valeur, 450.</translation>
    </message>
    <message>
        <source>Vary the chips</source>
        <translation>Varier les vignettes</translation>
    </message>
    <message>
        <source>Shows each chip in many ways, so that few labels go further. full: turned, mirrored, larger and smaller, rougher and smoother. dihedral: turned and mirrored. none: as it is.</source>
        <translation>Montre chaque vignette de bien des façons, pour que peu d'étiquettes suffisent. full : tournée, retournée, plus grande et plus petite, plus rugueuse et plus lisse. dihedral : tournée et retournée. none : telle quelle.</translation>
    </message>
    <message>
        <source>Weight of what is rare (0 to 1)</source>
        <translation>Poids de ce qui est rare (0 à 1)</translation>
    </message>
    <message>
        <source>Where the thing covers little ground, its pixels count for more. 0: all pixels count the same. 1: the thing counts as much as everything else together. Higher finds more and is wrong more often.</source>
        <translation>Où la chose couvre peu de terrain, ses pixels comptent davantage. 0 : tous les pixels comptent autant. 1 : la chose compte autant que tout le reste ensemble. Plus haut trouve davantage et se trompe plus souvent.</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Taux d'apprentissage</translation>
    </message>
    <message>
        <source>How far each step corrects the head. Lower it (to 0.0003) if the loss jumps up and down.</source>
        <translation>De combien chaque pas corrige la tête. À réduire (à 0.0003) si la perte (loss) saute de haut en bas.</translation>
    </message>
    <message>
        <source>Fall of the learning rate (power)</source>
        <translation>Baisse du taux d'apprentissage (puissance)</translation>
    </message>
    <message>
        <source>The learning rate falls to zero over the steps: 1 evenly, higher faster at first. 0 keeps it.</source>
        <translation>Le taux d'apprentissage tombe à zéro au fil des pas : 1 régulièrement, plus haut plus vite au début. 0 le garde.</translation>
    </message>
    <message>
        <source>Steps to warm up</source>
        <translation>Pas d'échauffement</translation>
    </message>
    <message>
        <source>Over so many first steps, the learning rate rises from nothing. Chosen by itself if not set.</source>
        <translation>Pendant ces premiers pas, le taux d'apprentissage monte à partir de rien. Choisi automatiquement sans valeur.</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Décroissance des poids (weight decay)</translation>
    </message>
    <message>
        <source>Keeps the head simple, so that it does not learn the labels by heart. Higher is stricter.</source>
        <translation>Garde la tête simple, pour qu'elle n'apprenne pas les étiquettes par cœur. Plus haut est plus strict.</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Graine du hasard</translation>
    </message>
    <message>
        <source>Everything that is left to chance follows from this number: the same number gives the same split of the ground and nearly the same head. Try others to see how much chance matters.</source>
        <translation>Tout ce qui est laissé au hasard découle de ce nombre : le même nombre partage le terrain de la même façon et donne presque la même tête. Essayez-en d'autres pour voir ce que pèse le hasard.</translation>
    </message>
    <message>
        <source>The band that holds the heights, counted from 1; the same in all rasters.</source>
        <translation>La bande qui contient les altitudes, comptée à partir de 1 ; la même dans tous les rasters.</translation>
    </message>
    <message>
        <source>The file for what was learned. Give it a name and a place of its own: a temporary file is gone when QGIS is closed.</source>
        <translation>Le fichier de ce qui a été appris. Donnez-lui un nom et une place à lui : un fichier temporaire disparaît quand QGIS se ferme.</translation>
    </message>
    <message>
        <source>{name} cannot be written to {path}.</source>
        <translation>{name} ne peut pas être écrit dans {path}.</translation>
    </message>
    <message>
        <source>Let the file's name end in {suffix}.</source>
        <translation>Terminez le nom du fichier par {suffix}.</translation>
    </message>
    <message>
        <source>{path} is a head and not an encoder.</source>
        <translation>{path} est une tête et non un encodeur.</translation>
    </message>
    <message>
        <source>Choose an encoder, or none to take the plugin's own.</source>
        <translation>Choisissez un encodeur, ou aucun pour prendre celui du plugin.</translation>
    </message>
    <message>
        <source>The encoder file {path} does not exist.</source>
        <translation>Le fichier d'encodeur {path} n'existe pas.</translation>
    </message>
    <message>
        <source>There is no encoder called {name}.</source>
        <translation>Il n'y a pas d'encodeur nommé {name}.</translation>
    </message>
    <message>
        <source>Choose an installed one ({names}) or give the path of an encoder file ({suffix}).</source>
        <translation>Choisissez-en un installé ({names}) ou donnez le chemin d'un fichier d'encodeur ({suffix}).</translation>
    </message>
    <message>
        <source>Choose an encoder file</source>
        <translation>Choisir un fichier d'encodeur</translation>
    </message>
    <message>
        <source>Encoder files (*.safetensors)</source>
        <translation>Fichiers d'encodeur (*.safetensors)</translation>
    </message>
    <message>
        <source>found</source>
        <translation>trouvé</translation>
    </message>
    <message>
        <source>missed</source>
        <translation>manqué</translation>
    </message>
    <message>
        <source>invented</source>
        <translation>inventé</translation>
    </message>
    <message>
        <source>Writing the layer {name} to a temporary file</source>
        <translation>Écriture de la couche {name} dans un fichier temporaire</translation>
    </message>
    <message>
        <source>The layer {name} could not be written to a temporary file in {folder} ({reason}).</source>
        <translation>La couche {name} n'a pas pu être écrite dans un fichier temporaire de {folder} ({reason}).</translation>
    </message>
    <message>
        <source>Free some space there, or save the layer as a GeoPackage and use that.</source>
        <translation>Libérez de la place à cet endroit, ou enregistrez la couche en GeoPackage et utilisez celui-ci.</translation>
    </message>
    <message>
        <source>The layer {name} has no features.</source>
        <translation>La couche {name} n'a pas d'entités.</translation>
    </message>
    <message>
        <source>Nothing is selected in the layer {name}, or nothing that has a geometry.</source>
        <translation>Rien n'est sélectionné dans la couche {name}, ou rien qui ait une géométrie.</translation>
    </message>
    <message>
        <source>Choose another layer, or draw or select something in this one.</source>
        <translation>Choisissez une autre couche, ou dessinez ou sélectionnez quelque chose dans celle-ci.</translation>
    </message>
    <message>
        <source>The layer {name} holds points.</source>
        <translation>La couche {name} contient des points.</translation>
    </message>
    <message>
        <source>The layer {name} is a table without a geometry.</source>
        <translation>La couche {name} est une table sans géométrie.</translation>
    </message>
    <message>
        <source>The layer {layer} has no field {name}.</source>
        <translation>La couche {layer} n'a pas de champ {name}.</translation>
    </message>
    <message>
        <source>Choose one of its fields.</source>
        <translation>Choisissez un de ses champs.</translation>
    </message>
    <message>
        <source>The field {name} of the layer {layer} holds no numbers.</source>
        <translation>Le champ {name} de la couche {layer} ne contient pas de nombres.</translation>
    </message>
    <message>
        <source>Choose a field with numbers in it.</source>
        <translation>Choisissez un champ qui contient des nombres.</translation>
    </message>
    <message>
        <source>Stopping, and saving what there is so far</source>
        <translation>Arrêt en cours ; ce qui existe déjà est enregistré</translation>
    </message>
    <message>
        <source>Figures for programs</source>
        <translation>Chiffres pour les programmes</translation>
    </message>
    <message>
        <source>{path} is a temporary file, which goes with QGIS: copy it to where you want to keep it.</source>
        <translation>{path} est un fichier temporaire, qui disparaît avec QGIS : copiez-le là où vous voulez le garder.</translation>
    </message>
    <message>
        <source>automatic: what comes with the encoder</source>
        <translation>automatique : ce que l'encodeur apporte</translation>
    </message>
    <message>
        <source>Training steps</source>
        <translation>Pas d'entraînement</translation>
    </message>
    <message>
        <source>Head file</source>
        <translation>Fichier de tête</translation>
    </message>
    <message>
        <source>Pre-train an encoder</source>
        <translation>Pré-entraîner un encodeur</translation>
    </message>
    <message>
        <source>Learns what ground looks like from elevation alone, without labels.</source>
        <translation>Apprend à quoi ressemble le terrain à partir des seules altitudes, sans étiquettes.</translation>
    </message>
    <message>
        <source>&lt;p&gt;An &lt;i&gt;encoder&lt;/i&gt; is the large model that reads the terrain; heads for buildings, roads or mounds are small and are trained on it. The plugin brings one. Make your own where your ground or your sensor is unlike others, and you have much elevation but few labels.&lt;/p&gt;&lt;p&gt;Nothing has to be labelled: most of a piece of ground is hidden, and the network learns to draw it from the rest (a masked autoencoder). Give it everything you have: single rasters, virtual mosaics, a folder with thousands of tiles. They are read piece by piece, so their size does not matter for memory.&lt;/p&gt;&lt;p&gt;It takes long. On two processor cores, count hours for the smallest network; a graphics card is many times faster. You may cancel, or QGIS may be closed: run it again with the same layers, settings and output file, and it goes on where it was. To adapt an encoder instead, choose it as the one to start from and take fewer steps.&lt;/p&gt;&lt;p&gt;Then choose the new encoder in &lt;i&gt;Train a head from labels&lt;/i&gt;. Heads work only with the encoder that they were trained on. An encoder saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Un &lt;i&gt;encodeur&lt;/i&gt; est le grand modèle qui lit le terrain ; les têtes pour les bâtiments, les routes ou les tumulus sont petites et s'entraînent sur lui. L'extension en apporte un. Faites le vôtre si votre terrain ou votre capteur ne ressemble pas aux autres et que vous avez beaucoup d'altitudes mais peu d'étiquettes.&lt;/p&gt;&lt;p&gt;Rien n'est à étiqueter : la plus grande partie d'un morceau de terrain est cachée, et le réseau apprend à la dessiner d'après le reste (auto-encodeur masqué). Donnez-lui tout ce que vous avez : des rasters isolés, des mosaïques virtuelles, un dossier de milliers de dalles. Ils sont lus morceau par morceau, leur taille ne compte donc pas pour la mémoire.&lt;/p&gt;&lt;p&gt;C'est long. Sur deux cœurs de processeur, comptez des heures pour le plus petit réseau ; une carte graphique est bien plus rapide. Vous pouvez annuler, et QGIS peut être fermé : relancez avec les mêmes couches, les mêmes réglages et le même fichier de sortie, et cela reprend où c'en était. Pour adapter un encodeur, choisissez-le comme point de départ et prenez moins de pas.&lt;/p&gt;&lt;p&gt;Choisissez ensuite le nouvel encodeur dans &lt;i&gt;Entraîner une tête avec des étiquettes&lt;/i&gt;. Une tête ne fonctionne qu'avec l'encodeur sur lequel elle a été entraînée. Un encodeur enregistré dans &lt;code&gt;{folder}&lt;/code&gt; est proposé par son nom.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>pre-train,pretraining,self-supervised,masked autoencoder,mae,encoder,backbone,foundation model,unlabelled,dem,dsm,dtm,lidar,elevation,deep learning</source>
        <translation>pré-entraîner,pré-entraînement,auto-supervisé,auto-encodeur masqué,mae,encodeur,modèle de fondation,sans étiquettes,mne,mns,mnt,lidar,altitude,apprentissage profond,dem,dsm,dtm</translation>
    </message>
    <message>
        <source>Loss at the end</source>
        <translation>Perte à la fin</translation>
    </message>
    <message>
        <source>Loss in the places kept aside</source>
        <translation>Perte aux endroits mis de côté</translation>
    </message>
    <message>
        <source>Number of steps</source>
        <translation>Nombre de pas</translation>
    </message>
    <message>
        <source>Number of chips seen</source>
        <translation>Nombre de vignettes vues</translation>
    </message>
    <message>
        <source>Number of rasters learned from</source>
        <translation>Nombre de rasters dont on a appris</translation>
    </message>
    <message>
        <source>Number of rasters skipped</source>
        <translation>Nombre de rasters écartés</translation>
    </message>
    <message>
        <source>There is no elevation to learn from.</source>
        <translation>Il n'y a pas d'altitudes dont apprendre.</translation>
    </message>
    <message>
        <source>Choose elevation rasters or a folder of them, or ask for synthetic places.</source>
        <translation>Choisissez des rasters d'altitudes ou un dossier qui en contient, ou demandez des lieux synthétiques.</translation>
    </message>
    <message>
        <source>No output file was given for the encoder.</source>
        <translation>Aucun fichier de sortie n'a été donné pour l'encodeur.</translation>
    </message>
    <message>
        <source>Cancelled. The encoder so far is in {path}.</source>
        <translation>Annulé. L'encodeur obtenu est dans {path}.</translation>
    </message>
    <message>
        <source>Choose a folder with elevation rasters.</source>
        <translation>Choisissez un dossier de rasters d'altitudes.</translation>
    </message>
    <message>
        <source>The new encoder is installed: choose {name} as encoder when you train a head from labels.</source>
        <translation>Le nouvel encodeur est installé : choisissez {name} comme encodeur quand vous entraînez une tête avec des étiquettes.</translation>
    </message>
    <message>
        <source>To use the new encoder, choose the file {path} as encoder when you train a head from labels. Saved in {folder}, it would be offered by name.</source>
        <translation>Pour utiliser le nouvel encodeur, choisissez le fichier {path} comme encodeur quand vous entraînez une tête avec des étiquettes. Enregistré dans {folder}, il serait proposé par son nom.</translation>
    </message>
    <message>
        <source>Rasters whose pixels are heights, in any CRS and resolution. A mosaic (virtual raster, VRT) of many tiles is better than the tiles: what lies across their edges is then seen too.</source>
        <translation>Des rasters dont les pixels sont des altitudes, de tout SCR et de toute résolution. Une mosaïque (raster virtuel, VRT) de nombreuses dalles vaut mieux que les dalles : on y voit aussi ce qui traverse leurs bords.</translation>
    </message>
    <message>
        <source>Folder with elevation rasters</source>
        <translation>Dossier de rasters d'altitudes</translation>
    </message>
    <message>
        <source>All rasters in this folder and in the folders inside it, besides those chosen above. Thousands of tiles will do: they are read piece by piece. Broken ones are named and skipped.</source>
        <translation>Tous les rasters de ce dossier et de ses sous-dossiers, en plus de ceux choisis plus haut. Des milliers de dalles conviennent : elles sont lues morceau par morceau. Celles qui sont abîmées sont nommées et écartées.</translation>
    </message>
    <message>
        <source>Encoder to start from</source>
        <translation>Encodeur de départ</translation>
    </message>
    <message>
        <source>none: from nothing</source>
        <translation>aucun : à partir de rien</translation>
    </message>
    <message>
        <source>An encoder that is to learn on, such as the plugin's own or an imported one: its size and the way it reads elevation are kept, and far fewer steps are needed. If it is not set, learning starts from nothing.</source>
        <translation>Un encodeur qui doit continuer d'apprendre, comme celui de l'extension ou un encodeur importé : sa taille et sa façon de lire les altitudes restent, et il faut bien moins de pas. Si rien n'est indiqué, l'apprentissage part de rien.</translation>
    </message>
    <message>
        <source>Size of the network</source>
        <translation>Taille du réseau</translation>
    </message>
    <message>
        <source>tiny runs well on any computer, small takes four times and base sixteen times as long, in learning and in every later use; large wants a graphics card. Any other name of a plain vision transformer of the timm library can be written here. Not used if there is an encoder to start from.</source>
        <translation>tiny tourne bien sur tout ordinateur, small demande quatre fois et base seize fois plus de temps, pour apprendre et à chaque utilisation ; large veut une carte graphique. Tout autre nom d'un vision transformer simple de la bibliothèque timm peut être écrit ici. Sans effet s'il y a un encodeur de départ.</translation>
    </message>
    <message>
        <source>Share of the ground that is hidden (0.05 to 0.95)</source>
        <translation>Part du terrain qui est cachée (0,05 à 0,95)</translation>
    </message>
    <message>
        <source>The network is shown the rest and has to draw what is hidden. 0.75 is what the method's authors found best; less makes the task easier and each step slower.</source>
        <translation>Le réseau voit le reste et doit dessiner ce qui est caché. 0,75 est ce que les auteurs de la méthode ont trouvé le meilleur ; moins rend la tâche plus facile et chaque pas plus lent.</translation>
    </message>
    <message>
        <source>Synthetic places mixed in</source>
        <translation>Lieux synthétiques ajoutés</translation>
    </message>
    <message>
        <source>So many invented places, towns, farmland and mountains, are made and learned from besides, with 30 % of the chips. Useful if there is little ground or it is all of one kind. 70 are plenty.</source>
        <translation>Autant de lieux inventés, villes, champs et montagnes, sont créés ; 30 % des vignettes en viennent. Utile s'il y a peu de terrain ou s'il est tout d'une sorte. 70 suffisent largement.</translation>
    </message>
    <message>
        <source>Keep the encoder so far if I cancel</source>
        <translation>Garder l'encodeur obtenu si j'annule</translation>
    </message>
    <message>
        <source>After a cancel, what was learned so far is written to the output file. It takes a few seconds to stop. In either case the run can go on later where it was.</source>
        <translation>Après une annulation, ce qui a été appris est écrit dans le fichier de sortie. L'arrêt prend alors quelques secondes. Dans tous les cas, l'entraînement peut reprendre plus tard où il en était.</translation>
    </message>
    <message>
        <source>Draw hidden patches normalised</source>
        <translation>Dessiner les carreaux cachés normalisés</translation>
    </message>
    <message>
        <source>Each hidden patch is to be drawn with its own contrast, so that small forms count as much as large ones. Without this, large heights decide.</source>
        <translation>Chaque carreau caché est à dessiner avec son propre contraste, pour que les petites formes comptent autant que les grandes. Sans cela, les grandes hauteurs décident.</translation>
    </message>
    <message>
        <source>Ground resolution (metres per pixel)</source>
        <translation>Résolution au sol (mètres par pixel)</translation>
    </message>
    <message>
        <source>The pixel size that the encoder and its heads work at; rasters of other sizes are brought to it. If it is not set: 0.75, or that of the encoder to start from.</source>
        <translation>La taille de pixel à laquelle l'encodeur et ses têtes travaillent ; les autres rasters y sont ramenés. Si elle n'est pas indiquée : 0,75, ou celle de l'encodeur de départ.</translation>
    </message>
    <message>
        <source>Side of a chip (pixels)</source>
        <translation>Côté d'une vignette (pixels)</translation>
    </message>
    <message>
        <source>A multiple of the patches that the network cuts chips into (16 for most). If it is not set: 224, or that of the encoder to start from.</source>
        <translation>Un multiple des carreaux dans lesquels le réseau découpe les vignettes (16 le plus souvent). S'il n'est pas indiqué : 224, ou celui de l'encodeur de départ.</translation>
    </message>
    <message>
        <source>Width of the decoder</source>
        <translation>Largeur du décodeur</translation>
    </message>
    <message>
        <source>The decoder draws what is hidden and is thrown away afterwards. A multiple of 32; chosen by the size of the network if not set.</source>
        <translation>Le décodeur dessine ce qui est caché, puis il est jeté. Un multiple de 32 ; choisie selon la taille du réseau si elle n'est pas indiquée.</translation>
    </message>
    <message>
        <source>Blocks of the decoder</source>
        <translation>Blocs du décodeur</translation>
    </message>
    <message>
        <source>More blocks draw better and take longer. The method's authors use 8 for large runs.</source>
        <translation>Plus de blocs dessinent mieux et prennent plus de temps. Les auteurs de la méthode en prennent 8 pour de grands entraînements.</translation>
    </message>
    <message>
        <source>How far each step corrects the network. Lower it (to 0.0002) if the loss jumps up and down or a run stops because of it; it then goes on where it was.</source>
        <translation>À quel point chaque pas corrige le réseau. À baisser (à 0,0002) si la perte saute de haut en bas ou qu'un entraînement s'arrête à cause d'elle ; il reprend alors où il en était.</translation>
    </message>
    <message>
        <source>Keeps the network simple. Higher is stricter.</source>
        <translation>Garde le réseau simple. Plus haut est plus strict.</translation>
    </message>
    <message>
        <source>Everything that is left to chance follows from this number: on one computer, the same number gives the same encoder.</source>
        <translation>Tout ce qui est laissé au hasard découle de ce nombre : sur un même ordinateur, le même nombre donne le même encodeur.</translation>
    </message>
    <message>
        <source>Title of the encoder</source>
        <translation>Titre de l'encodeur</translation>
    </message>
    <message>
        <source>A few words for the people who will use it, such as: Aargau, lidar 2024.</source>
        <translation>Quelques mots pour les gens qui s'en serviront, comme : Argovie, lidar 2024.</translation>
    </message>
    <message>
        <source>Encoder file</source>
        <translation>Fichier d'encodeur</translation>
    </message>
    <message>
        <source>A web page in one file: how learning went, and relief as it is, with most of it hidden, and as the network rebuilt it.</source>
        <translation>Une page web en un seul fichier : comment l'apprentissage s'est passé, et le relief tel qu'il est, en grande partie caché, et tel que le réseau l'a reconstruit.</translation>
    </message>
    <message>
        <source>How many times the network looks at some chips and is corrected. More is better for a very long time: the default shows whether all is well, and a thorough run takes a hundred times as many.</source>
        <translation>Combien de fois le réseau regarde quelques vignettes et est corrigé. Davantage améliore très longtemps : la valeur par défaut montre si tout va bien, et un entraînement approfondi en prend cent fois plus.</translation>
    </message>
    <message>
        <source>Import an encoder</source>
        <translation>Importer un encodeur</translation>
    </message>
    <message>
        <source>Makes an encoder of a large network that others have trained on photographs and published.</source>
        <translation>Fait un encodeur d'un grand réseau que d'autres ont entraîné sur des photographies et publié.</translation>
    </message>
    <message>
        <source>import,download,encoder,backbone,foundation model,weights,checkpoint,timm,hugging face,mae,dinov2,beit,eva,vision transformer,deep learning</source>
        <translation>importer,télécharger,encodeur,backbone,modèle de fondation,poids,checkpoint,timm,hugging face,mae,dinov2,beit,eva,vision transformer,apprentissage profond</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modèle</translation>
    </message>
    <message>
        <source>Licence of the weights</source>
        <translation>Licence des poids</translation>
    </message>
    <message>
        <source>Number of tables of numbers (tensors) used</source>
        <translation>Nombre de tables de nombres (tenseurs) utilisées</translation>
    </message>
    <message>
        <source>Number of tables of numbers (tensors) left out</source>
        <translation>Nombre de tables de nombres (tenseurs) laissées de côté</translation>
    </message>
    <message>
        <source>The file {file} does not exist.</source>
        <translation>Le fichier {file} n'existe pas.</translation>
    </message>
    <message>
        <source>Choose a file of weights, or give a model's name instead.</source>
        <translation>Choisissez un fichier de poids, ou donnez plutôt le nom d'un modèle.</translation>
    </message>
    <message>
        <source>{name} is not the name of a model.</source>
        <translation>{name} n'est pas le nom d'un modèle.</translation>
    </message>
    <message>
        <source>Give one such as vit_base_patch16_224.mae.</source>
        <translation>Donnez-en un tel que vit_base_patch16_224.mae.</translation>
    </message>
    <message>
        <source>There is nothing to import.</source>
        <translation>Il n'y a rien à importer.</translation>
    </message>
    <message>
        <source>Choose a file of weights, or give a model's name.</source>
        <translation>Choisissez un fichier de poids, ou donnez le nom d'un modèle.</translation>
    </message>
    <message>
        <source>File of weights</source>
        <translation>Fichier de poids</translation>
    </message>
    <message>
        <source>The file that you have downloaded: .safetensors as published for the timm library, or .pth of the original masked autoencoder. Leave it empty to download the model named below.</source>
        <translation>Le fichier que vous avez téléchargé : .safetensors tel que publié pour la bibliothèque timm, ou .pth de l'autoencodeur masqué d'origine. Laissez vide pour télécharger le modèle nommé ci-dessous.</translation>
    </message>
    <message>
        <source>Name of the model</source>
        <translation>Nom du modèle</translation>
    </message>
    <message>
        <source>Its name in the timm library, such as vit_base_patch16_224.mae; any plain vision transformer will do. Without a file, it is downloaded. With a file, it says what the file is and so which licence it has; if it is empty, that is found out as far as it can be.</source>
        <translation>Son nom dans la bibliothèque timm, tel que vit_base_patch16_224.mae ; tout vision transformer simple convient. Sans fichier, il est téléchargé. Avec un fichier, il dit ce que c'est et donc quelle en est la licence ; s'il est vide, cela est déterminé autant que possible.</translation>
    </message>
    <message>
        <source>How elevation is made a picture</source>
        <translation>Comment l'altitude devient une image</translation>
    </message>
    <message>
        <source>The model knows pictures of red, green and blue. colours: height above the ground around, fine relief and roughness are the three. minmax: each piece of the raster is stretched from its lowest to its highest point, in grey, as the method's authors did; roads beside towers vanish then.</source>
        <translation>Le modèle connaît des images de rouge, vert et bleu. colours : la hauteur au-dessus du sol environnant, le relief fin et la rugosité sont les trois. minmax : chaque morceau du raster est étiré de son point le plus bas à son point le plus haut, en gris, comme l'ont fait les auteurs de la méthode ; les routes à côté des tours disparaissent alors.</translation>
    </message>
    <message>
        <source>What the publisher says, such as Apache-2.0. Only needed for a file without a full model name; it is kept in the encoder's file.</source>
        <translation>Ce que dit l'éditeur, par exemple Apache-2.0. Nécessaire seulement pour un fichier sans nom complet de modèle ; elle est conservée dans le fichier de l'encodeur.</translation>
    </message>
    <message>
        <source>A few words for the people who will use it. The model's name if it is not set.</source>
        <translation>Quelques mots pour les personnes qui l'utiliseront. Le nom du modèle si rien n'est défini.</translation>
    </message>
    <message>
        <source>The pixel size that heads on this encoder work at; rasters of other sizes are brought to it. 0.75 if it is not set.</source>
        <translation>La taille de pixel à laquelle travaillent les têtes de cet encodeur ; les rasters d'autres tailles y sont ramenés. 0,75 si rien n'est défini.</translation>
    </message>
    <message>
        <source>How large the pieces are that the model looks at: a multiple of its patches, which are 14 or 16 pixels wide. 224 if it is not set.</source>
        <translation>La taille des morceaux que le modèle regarde : un multiple de ses patchs, larges de 14 ou 16 pixels. 224 si rien n'est défini.</translation>
    </message>
    <message>
        <source>The file for the encoder. Give it a name and a place of its own: a temporary file is gone when QGIS is closed.</source>
        <translation>Le fichier pour l'encodeur. Donnez-lui un nom et un emplacement à lui : un fichier temporaire disparaît quand QGIS est fermé.</translation>
    </message>
    <message>
        <source>&lt;p&gt;An &lt;i&gt;encoder&lt;/i&gt; is the large model that reads the terrain; heads for buildings, roads or mounds are small and are trained on it. Large encoders that were trained on millions of photographs are published; the authors of this plugin's method used one of them, &lt;code&gt;vit_base_patch16_224.mae&lt;/code&gt;.&lt;/p&gt;&lt;p&gt;Give the file that you have downloaded, or only the model's name, and it is downloaded (about 350 MB for &lt;i&gt;base&lt;/i&gt;). Files may be &lt;code&gt;.safetensors&lt;/code&gt; as published for the timm library, or &lt;code&gt;.pth&lt;/code&gt; of the original masked autoencoder. Nothing in a file is ever run as a program, and each of its tables of numbers is either used or named in the log.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Mind the licence.&lt;/b&gt; It is shown in the log and kept in the encoder's file; that of the masked autoencoder forbids commercial use.&lt;/p&gt;&lt;p&gt;Then choose the new encoder in &lt;i&gt;Train a head from labels&lt;/i&gt;: heads work only with the encoder that they were trained on. It is larger than the plugin's own and takes far longer. An encoder saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Un &lt;i&gt;encodeur&lt;/i&gt; est le grand modèle qui lit le terrain ; les têtes pour les bâtiments, les routes ou les tumulus sont petites et sont entraînées dessus. De grands encodeurs entraînés sur des millions de photographies sont publiés ; les auteurs de la méthode de cette extension en ont utilisé un, &lt;code&gt;vit_base_patch16_224.mae&lt;/code&gt;.&lt;/p&gt;&lt;p&gt;Donnez le fichier que vous avez téléchargé, ou seulement le nom du modèle, et il sera téléchargé (environ 350 Mo pour &lt;i&gt;base&lt;/i&gt;). Le fichier peut être un &lt;code&gt;.safetensors&lt;/code&gt; tel que publié pour la bibliothèque timm, ou un &lt;code&gt;.pth&lt;/code&gt; de l'autoencodeur masqué d'origine. Rien dans un fichier n'est jamais exécuté comme un programme, et chacune de ses tables de nombres est soit utilisée, soit nommée dans le journal.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Attention à la licence.&lt;/b&gt; Elle est affichée dans le journal et conservée dans le fichier de l'encodeur ; celle de l'autoencodeur masqué interdit l'usage commercial.&lt;/p&gt;&lt;p&gt;Choisissez ensuite le nouvel encodeur dans &lt;i&gt;Entraîner une tête avec des étiquettes&lt;/i&gt; : les têtes ne fonctionnent qu'avec l'encodeur sur lequel elles ont été entraînées. Il est plus grand que celui de l'extension et prend bien plus de temps. Un encodeur enregistré dans &lt;code&gt;{folder}&lt;/code&gt; est proposé par son nom.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>{parameter}: '{value}' is not a number.</source>
        <translation>{parameter} : « {value} » n'est pas un nombre.</translation>
    </message>
    <message>
        <source>Write it in digits, with a point for fractions: 20.5.</source>
        <translation>Écrivez-le en chiffres, avec un point pour les décimales : 20.5.</translation>
    </message>
    <message>
        <source>The head '{head}' finds '{found}', which is not what this algorithm is called after: its result is drawn and named as if it were '{wanted}'.</source>
        <translation>La tête « {head} » trouve « {found} », et cet algorithme n’en porte pas le nom : son résultat est dessiné et nommé comme si c’était « {wanted} ».</translation>
    </message>
    <message>
        <source>Where the network runs. auto: an NVIDIA graphics card if the engine can use one, or the processor. cpu: the processor. cuda, or cuda:0, cuda:1, ... : an NVIDIA graphics card. mps: Apple's, which nobody has tried yet. The log says what was really used.</source>
        <translation>Où s'exécute le réseau. auto : une carte graphique NVIDIA si le moteur peut en utiliser une, sinon le processeur. cpu : le processeur. cuda, ou cuda:0, cuda:1, ... : une carte graphique NVIDIA. mps : celle d'Apple, que personne n'a encore essayée. Le journal dit ce qui a vraiment servi.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Compares what was found with what is really there, and says how good it is.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Label some ground that the head was &lt;i&gt;not&lt;/i&gt; trained on: every building or road in it. Draw a polygon around it in a second layer.&lt;/li&gt;&lt;li&gt;Choose what is to be judged: a mask raster, whoever made it, with no head; or an elevation raster with a head, which is then run.&lt;/li&gt;&lt;li&gt;Choose the labels and the polygon, and run.&lt;/li&gt;&lt;li&gt;Read the report, and look at the map of errors in the project: what was found, what was missed and what was invented.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;The figures: &lt;b&gt;precision&lt;/b&gt; is the share of the found area that is right; &lt;b&gt;recall&lt;/b&gt; is the share of the real area that was found; &lt;b&gt;F1&lt;/b&gt; is their harmonic mean, low where either is low; &lt;b&gt;IoU&lt;/b&gt; is the area in both divided by the area in either. &lt;b&gt;Boundary F1&lt;/b&gt; is the same for the outlines, within a pixel. Buildings are also counted one by one, and roads by their length. All are outputs, so that a model can go on with them.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Compare ce qui a été trouvé avec ce qui existe vraiment, et dit ce que cela vaut.&lt;/p&gt;&lt;p&gt;Pas à pas :&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Sur un terrain où la tête n'a &lt;i&gt;pas&lt;/i&gt; été entraînée, dessinez tous les bâtiments ou toutes les routes : les étiquettes. Dessinez autour un polygone dans une seconde couche.&lt;/li&gt;&lt;li&gt;Choisissez ce qui est à juger : un raster de masque, quelle que soit son origine, sans tête ; ou un raster d'altitudes avec une tête, qui est alors appliquée.&lt;/li&gt;&lt;li&gt;Choisissez les étiquettes et le polygone, et exécutez.&lt;/li&gt;&lt;li&gt;Lisez le rapport et regardez dans le projet la carte des erreurs : ce qui a été trouvé, manqué et inventé.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Les chiffres : la &lt;b&gt;précision&lt;/b&gt; est la part juste de la surface trouvée ; le &lt;b&gt;rappel&lt;/b&gt; est la part trouvée de la surface réelle ; &lt;b&gt;F1&lt;/b&gt; est leur moyenne harmonique, basse si l'une des deux est basse ; &lt;b&gt;IoU&lt;/b&gt; est la surface dans les deux divisée par la surface dans l'un ou l'autre. Le &lt;b&gt;F1 des contours&lt;/b&gt; est la même chose pour les contours, à un pixel près. Les bâtiments sont aussi comptés un par un, et les routes mesurées en longueur. Tout est disponible en sortie, pour qu'un modèle puisse s'en servir.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>A raster whose pixels are heights. Best is a surface model (DSM) from lidar, with roofs and trees in it, at 0.5 to 1 m per pixel. For roads and earthworks in forest and open country, bare earth (DTM) is as good; in a DTM of a town hardly any street is found, and no building anywhere. It needs a CRS.</source>
        <translation>Un raster dont les pixels sont des altitudes. Le mieux est un modèle de surface (MNS) issu du lidar, avec toits et arbres, de 0,5 à 1 m par pixel. Pour les routes et les terrassements en forêt et en rase campagne, le terrain nu (MNT) convient aussi bien ; dans le MNT d'une ville, presque aucune rue n'est trouvée, et aucun bâtiment nulle part. Il lui faut un SCR.</translation>
    </message>
    <message>
        <source>One polygon for each building, or for several that touch, along the outline in the mask.</source>
        <translation>Un polygone par bâtiment, ou pour plusieurs qui se touchent, le long du contour dans le masque.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Finds the roads in an elevation raster and draws them as a mask, as probabilities, as centrelines and as polygons.&lt;/p&gt;&lt;p&gt;Works on surface models (DSM, with roofs and trees) and on bare-earth terrain models (DTM), where roads show as benches, banks and ditches; of the streets of a town, hardly any does. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;The plugin's own head leaves out what is wider than 40 m, such as fields, squares and lakes.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Trouve les routes dans un raster d'altitudes et les dessine en masque, en probabilités, en axes et en polygones.&lt;/p&gt;&lt;p&gt;Convient aux modèles de surface (MNS, avec toits et arbres) et aux modèles de terrain nu (MNT), où les routes apparaissent comme replats, talus et fossés ; des rues d'une ville, presque aucune n'apparaît. Environ 0,5 à 1 m par pixel est le mieux. Toute taille convient : le raster est lu morceau par morceau.&lt;/p&gt;&lt;p&gt;La tête du plugin écarte ce qui est plus large que 40 m, comme les champs, les places et les lacs.&lt;/p&gt;&lt;p&gt;Les résultats sont sur la grille de pixels du MNE et arrivent dans le projet au-dessus de lui, dans leur propre groupe.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Lower the number of tiles or chips at once, or close other programs.</source>
        <translation>Réduisez le nombre de tuiles ou de vignettes à la fois ou fermez d'autres programmes.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Annulé.</translation>
    </message>
    <message>
        <source>{name} is given as the raster and as its labels.</source>
        <translation>{name} est donné comme raster et comme ses étiquettes.</translation>
    </message>
    <message>
        <source>As labels, choose the layer that shows where the things are.</source>
        <translation>Comme étiquettes, choisissez la couche qui montre où sont les choses.</translation>
    </message>
    <message>
        <source>{name} (threshold {value})</source>
        <translation>{name} (seuil {value})</translation>
    </message>
    <message>
        <source>For a head that finds several classes, or a mask that names several: the value of the one that the labels show. For any other mask: if it is not set, every value but 0 counts.</source>
        <translation>Pour une tête qui trouve plusieurs classes, ou un masque qui en nomme plusieurs : la valeur de celle que montrent les étiquettes. Pour tout autre masque, sans valeur, tout sauf 0 compte.</translation>
    </message>
    <message>
        <source>Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher finds less and is surer. If it is not set, the head's own value is used (0.5 for the heads that come with the plugin); buildings get another one if clearly more of their outlines are walls then. The log says which. Set it to have the same on several rasters. Some heads also ask that an object is more probable than that somewhere; this moves along.</source>
        <translation>Les pixels au moins aussi probables sont dans le masque. Plus bas trouve davantage et se trompe plus souvent ; plus haut trouve moins et est plus sûr. Sans valeur, celle de la tête est utilisée (0,5 pour les têtes du plugin) ; les bâtiments en reçoivent une autre si leurs contours sont alors nettement plus souvent des murs. Le journal l'indique. Donnez-la pour avoir la même sur plusieurs rasters. Certaines têtes demandent aussi qu'un objet soit plus probable que cela en un endroit ; cette valeur suit.</translation>
    </message>
    <message>
        <source>Objects smaller than this, in square metres on the ground, are left out. If it is not set, the head's own value is used. With 0 nothing is left out, however small, wide, unsure or without walls it is.</source>
        <translation>Les objets plus petits, en mètres carrés au sol, sont écartés. Sans valeur, celle de la tête est utilisée. Avec 0, rien n'est écarté, si petit, large, incertain ou dépourvu de murs que ce soit.</translation>
    </message>
    <message>
        <source>&lt;p&gt;Finds the buildings in an elevation raster and draws them as a mask, as probabilities and as footprint polygons.&lt;/p&gt;&lt;p&gt;Roofs must be in the raster: use a surface model (DSM, first returns), not a bare-earth terrain model. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;The plugin's own head leaves out objects of 150 m² and more that do not end in walls, such as embankments, terraces and woods. On surfaces computed from drone or satellite photographs, tree crowns are as smooth as roofs: it then goes by shape alone, and some trees come out as buildings.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Trouve les bâtiments dans un raster d'altitudes et les dessine en masque, en probabilités et en polygones d'emprise.&lt;/p&gt;&lt;p&gt;Les toits doivent être dans le raster : prenez un modèle de surface (MNS, premiers retours), pas un modèle de terrain nu (MNT). Environ 0,5 à 1 m par pixel est le mieux. Toute taille convient : le raster est lu morceau par morceau.&lt;/p&gt;&lt;p&gt;La tête du plugin écarte les objets de 150 m² et plus qui ne finissent pas par des murs, comme les remblais, les terrasses et les bois. Sur les surfaces calculées à partir de photographies de drone ou de satellite, les houppiers sont aussi lisses que les toits : elle se fie alors à la seule forme, et certains arbres apparaissent comme bâtiments.&lt;/p&gt;&lt;p&gt;Les résultats sont sur la grille de pixels du MNE et arrivent dans le projet au-dessus de lui, dans leur propre groupe.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>&lt;p&gt;Learns from examples that you draw to find the same things elsewhere: buildings as they look in your county, roads, terraces, ditches, burial mounds. What it has learned is one small file, a &lt;i&gt;head&lt;/i&gt;, that the segmentation algorithms use and that you can send to a colleague.&lt;/p&gt;&lt;p&gt;Step by step:&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Open an elevation raster. Draw everything of one kind in a few places as polygons, or as lines along roads. Ten places of about 170 x 170 metres are a first try for a new kind of thing; to better the plugin's own heads for buildings or roads, plan on fifty or more. Choose places that differ.&lt;/li&gt;&lt;li&gt;Draw a polygon around each place in a second layer: here labelling is complete. Include ground without the thing, for that is learned from too.&lt;/li&gt;&lt;li&gt;Choose the three layers here, name the thing, and run. 3000 steps take about 20 minutes on two processor cores and a few on a graphics card.&lt;/li&gt;&lt;li&gt;Read the report: it shows what was found and missed in places that were kept aside, and where to label more.&lt;/li&gt;&lt;li&gt;Run &lt;i&gt;Segment buildings&lt;/i&gt; or &lt;i&gt;Segment roads&lt;/i&gt; with the new head if it finds these, and get footprints or centrelines; &lt;i&gt;Segment with any heads&lt;/i&gt; otherwise, and &lt;i&gt;Polygonize&lt;/i&gt; on its result if you need polygons.&lt;/li&gt;&lt;li&gt;If it is not good enough, let &lt;i&gt;Suggest where to label next&lt;/i&gt; choose places, label them, and train again.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;A head saved in &lt;code&gt;{folder}&lt;/code&gt; is offered by name in all dialogs at once; others are chosen as files.&lt;/p&gt;&lt;p&gt;If you cancel, the best head so far is kept, and training cannot go on from there: to train longer, choose that head as the one to start from. If the run is cut off by something else, run it again with the same layers, settings and output file, and it goes on where it was.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Apprend d'exemples que vous dessinez à trouver la même chose ailleurs : des bâtiments tels qu'ils sont dans votre région, des routes, des terrasses, des fossés, des tumulus. Ce qui a été appris est un petit fichier, une &lt;i&gt;tête&lt;/i&gt;, que les segmentations utilisent et que vous pouvez envoyer à un collègue.&lt;/p&gt;&lt;p&gt;Pas à pas :&lt;/p&gt;&lt;ol&gt;&lt;li&gt;Ouvrez un raster d'altitudes. En quelques endroits, dessinez tout ce qui est d'une sorte en polygones, ou en lignes le long des routes : les étiquettes. Dix endroits d'environ 170 x 170 mètres sont un premier essai pour une chose nouvelle ; pour améliorer les têtes du plugin pour les bâtiments ou les routes, comptez-en cinquante ou plus. Choisissez-les différents.&lt;/li&gt;&lt;li&gt;Dessinez un polygone autour de chaque endroit dans une seconde couche : ici, l'étiquetage est complet. Prenez aussi du terrain sans la chose, car il apprend lui aussi.&lt;/li&gt;&lt;li&gt;Choisissez ici les trois couches, nommez la chose et exécutez. 3000 pas prennent environ 20 minutes sur deux cœurs de processeur et quelques-unes sur une carte graphique.&lt;/li&gt;&lt;li&gt;Lisez le rapport : il montre ce qui a été trouvé et manqué aux endroits mis de côté, et où étiqueter davantage.&lt;/li&gt;&lt;li&gt;Avec la nouvelle tête, exécutez &lt;i&gt;Segmenter les bâtiments&lt;/i&gt; ou &lt;i&gt;Segmenter les routes&lt;/i&gt; si elle les trouve, et vous obtenez des emprises ou des axes ; sinon &lt;i&gt;Segmenter avec des têtes quelconques&lt;/i&gt;, puis &lt;i&gt;Polygoniser&lt;/i&gt; sur son résultat s'il vous faut des polygones.&lt;/li&gt;&lt;li&gt;Si elle n'est pas assez bonne, laissez &lt;i&gt;Proposer où étiqueter ensuite&lt;/i&gt; choisir des endroits, étiquetez-les, et entraînez de nouveau.&lt;/li&gt;&lt;/ol&gt;&lt;p&gt;Une tête enregistrée dans &lt;code&gt;{folder}&lt;/code&gt; est aussitôt proposée par son nom dans toutes les fenêtres ; les autres se choisissent comme fichiers.&lt;/p&gt;&lt;p&gt;Si vous annulez, la meilleure tête obtenue est gardée, et l'entraînement ne peut pas continuer de là : pour entraîner plus longtemps, choisissez cette tête comme point de départ. Si l'exécution est interrompue par autre chose, relancez-la avec les mêmes couches, réglages et fichier de sortie, et elle reprend où elle en était.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>its usual folder</source>
        <translation>son dossier habituel</translation>
    </message>
    <message>
        <source>Engine Python (blank: the one made with the commands of Engine information)</source>
        <translation>Python du moteur (vide : celui créé avec les commandes des informations sur le moteur)</translation>
    </message>
    <message>
        <source>Evaluation report</source>
        <translation>Rapport d’évaluation</translation>
    </message>
    <message>
        <source>Pre-training report</source>
        <translation>Rapport de pré-entraînement</translation>
    </message>
    <message>
        <source>Training report</source>
        <translation>Rapport d’entraînement</translation>
    </message>
</context>
</TS>
