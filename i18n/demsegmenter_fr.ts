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
        <source>A raster whose pixels are heights. Best is a surface model (DSM) from lidar, with roofs and trees in it, at 0.5 to 1 m per pixel. It needs a CRS.</source>
        <translation>Un raster dont les pixels sont des altitudes. Le mieux est un modèle de surface (MNS) lidar, avec toits et arbres, à 0,5 à 1 m par pixel. Il lui faut un SCR.</translation>
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
        <source>Pixels at least this probable are in the mask. Lower finds more and is wrong more often; higher finds less and is surer. If it is not set, the head's own value is used.</source>
        <translation>Les pixels au moins aussi probables sont dans le masque. Plus bas trouve davantage et se trompe plus souvent ; plus haut trouve moins et est plus sûr. Sans valeur, celle de la tête est utilisée.</translation>
    </message>
    <message>
        <source>Smallest object (m²)</source>
        <translation>Plus petit objet (m²)</translation>
    </message>
    <message>
        <source>Objects smaller than this, in square metres on the ground, are left out. If it is not set, the head's own value is used.</source>
        <translation>Les objets plus petits, en mètres carrés au sol, sont écartés. Sans valeur, celle de la tête est utilisée.</translation>
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
        <source>Where the network runs. auto: the fastest there is. cpu: the processor. cuda, or cuda:0, cuda:1, ... : an NVIDIA graphics card. mps: Apple's. The log says what was really used.</source>
        <translation>Où s'exécute le réseau. auto : le plus rapide disponible. cpu : le processeur. cuda, ou cuda:0, cuda:1, ... : une carte graphique NVIDIA. mps : celle d'Apple. Le journal dit ce qui a vraiment servi.</translation>
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
        <source>&lt;p&gt;Finds the buildings in an elevation raster and draws them as a mask, as probabilities and as footprint polygons.&lt;/p&gt;&lt;p&gt;Roofs must be in the raster: use a surface model (DSM, first returns), not a bare-earth terrain model. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Trouve les bâtiments dans un raster d'altitudes et les dessine en masque, en probabilités et en polygones d'emprise.&lt;/p&gt;&lt;p&gt;Les toits doivent être dans le raster : prenez un modèle de surface (MNS, premiers retours), pas un modèle de terrain nu (MNT). Environ 0,5 à 1 m par pixel est le mieux. Toute taille convient : le raster est lu morceau par morceau.&lt;/p&gt;&lt;p&gt;Les résultats sont sur la grille de pixels du MNE et arrivent dans le projet au-dessus de lui, dans leur propre groupe.&lt;/p&gt;</translation>
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
        <source>One polygon a building, along its outline in the mask.</source>
        <translation>Un polygone par bâtiment, le long de son contour dans le masque.</translation>
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
        <source>&lt;p&gt;Finds the roads in an elevation raster and draws them as a mask, as probabilities, as centrelines and as polygons.&lt;/p&gt;&lt;p&gt;Works on surface models (DSM, with roofs and trees) and on bare-earth terrain models (DTM), where roads show as benches, banks and ditches. About 0.5 to 1 m per pixel is best. Any size works: the raster is read piece by piece.&lt;/p&gt;&lt;p&gt;Results lie on the DEM's own pixel grid and come into the project above it, in a group of their own.&lt;/p&gt;</source>
        <translation>&lt;p&gt;Trouve les routes dans un raster d'altitudes et les dessine en masque, en probabilités, en axes et en polygones.&lt;/p&gt;&lt;p&gt;Convient aux modèles de surface (MNS, avec toits et arbres) et aux modèles de terrain nu (MNT), où les routes apparaissent comme replats, talus et fossés. Environ 0,5 à 1 m par pixel est le mieux. Toute taille convient : le raster est lu morceau par morceau.&lt;/p&gt;&lt;p&gt;Les résultats sont sur la grille de pixels du MNE et arrivent dans le projet au-dessus de lui, dans leur propre groupe.&lt;/p&gt;</translation>
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
        <source>Lower the batch size or close other programs.</source>
        <translation>Réduisez le nombre de tuiles à la fois ou fermez d'autres programmes.</translation>
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
        <source>set-up</source>
        <translation>l'installation</translation>
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
        <source>Engine Python (blank: the environment made by set-up)</source>
        <translation>Python du moteur (vide : l'environnement créé à l'installation)</translation>
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
</context>
</TS>
