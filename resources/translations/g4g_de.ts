<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>where the nets run</source>
        <translation>worauf die Netze laufen</translation>
    </message>
    <message>
        <source>Processor threads</source>
        <translation>Prozessor-Threads</translation>
    </message>
    <message>
        <source>of one dub; 0: as many as there are cores</source>
        <translation>für eine Synchronfassung; 0: so viele, wie es Kerne gibt</translation>
    </message>
    <message>
        <source>Path map</source>
        <translation>Pfadtabelle</translation>
    </message>
    <message>
        <source>where media lies here that a timeline names by another machine&apos;s path</source>
        <translation>wo hier Medien liegen, die eine Timeline mit dem Pfad eines anderen Rechners nennt</translation>
    </message>
    <message>
        <source>The settings in {path} cannot be read: {err}.</source>
        <translation>Die Einstellungen in {path} können nicht gelesen werden: {err}.</translation>
    </message>
    <message>
        <source>Known settings: {known}.</source>
        <translation>Bekannte Einstellungen: {known}.</translation>
    </message>
    <message>
        <source>{name} is {value} in {path}.</source>
        <translation>{name} ist {value} in {path}.</translation>
    </message>
    <message>
        <source>Allowed: {allowed}.</source>
        <translation>Erlaubt: {allowed}.</translation>
    </message>
    <message>
        <source>These weights do not belong to a G4G network: {err}.</source>
        <translation>Diese Gewichte gehören zu keinem G4G-Netz: {err}.</translation>
    </message>
    <message>
        <source>Choose other weights.</source>
        <translation>Wählen Sie andere Gewichte.</translation>
    </message>
    <message>
        <source>No sync expert is installed.</source>
        <translation>Es ist kein Sync-Experte installiert.</translation>
    </message>
    <message>
        <source>Teach one with `g4g train sync`, and put it into {folder}.</source>
        <translation>Trainieren Sie einen mit `g4g train sync`, und legen Sie ihn in {folder}.</translation>
    </message>
    <message>
        <source>This pack has no speech features.</source>
        <translation>Dieses Paket hat keine Sprachmerkmale.</translation>
    </message>
    <message>
        <source>Run `g4g corpus hear` on it.</source>
        <translation>Führen Sie darauf `g4g corpus hear` aus.</translation>
    </message>
    <message>
        <source>{path} holds no mouth net.</source>
        <translation>{path} enthält kein Mundnetz.</translation>
    </message>
    <message>
        <source>Install the weights again.</source>
        <translation>Installieren Sie die Gewichte noch einmal.</translation>
    </message>
    <message>
        <source>The weights {path} do not fit their config.</source>
        <translation>Die Gewichte {path} passen nicht zu ihrer Beschreibung.</translation>
    </message>
    <message>
        <source>onnxruntime is not installed.</source>
        <translation>onnxruntime ist nicht installiert.</translation>
    </message>
    <message>
        <source>Run the installer again.</source>
        <translation>Starten Sie das Installationsprogramm noch einmal.</translation>
    </message>
    <message>
        <source>The speech encoder {path} was altered.</source>
        <translation>Der Sprach-Encoder {path} wurde verändert.</translation>
    </message>
    <message>
        <source>The speech encoder {path} is damaged.</source>
        <translation>Der Sprach-Encoder {path} ist beschädigt.</translation>
    </message>
    <message>
        <source>There is no speech encoder at {path}.</source>
        <translation>Unter {path} liegt kein Sprach-Encoder.</translation>
    </message>
    <message>
        <source>{path} holds no sync expert.</source>
        <translation>{path} enthält keinen Sync-Experten.</translation>
    </message>
    <message>
        <source>The weights cannot be written to {path}.</source>
        <translation>Die Gewichte können nicht in {path} geschrieben werden.</translation>
    </message>
    <message>
        <source>Choose a folder you may write to.</source>
        <translation>Wählen Sie einen Ordner, in dem Sie schreiben dürfen.</translation>
    </message>
    <message>
        <source>The weights {path} were altered: their digest is not the recorded one.</source>
        <translation>Die Gewichte {path} wurden verändert: Ihre Prüfsumme ist nicht die eingetragene.</translation>
    </message>
    <message>
        <source>The weights {path} are damaged or cut short.</source>
        <translation>Die Gewichte {path} sind beschädigt oder abgeschnitten.</translation>
    </message>
    <message>
        <source>Some values in the weights {path} are not numbers.</source>
        <translation>Die Gewichte {path} enthalten Werte, die keine Zahlen sind.</translation>
    </message>
    <message>
        <source>The digests beside {path} cannot be read.</source>
        <translation>Die Prüfsummen neben {path} können nicht gelesen werden.</translation>
    </message>
    <message>
        <source>The weights {name} do not fit the network their config describes.</source>
        <translation>Die Gewichte {name} passen nicht zu dem Netz, das sie beschreiben.</translation>
    </message>
    <message>
        <source>Install the weights again, or {@choose_weights}.</source>
        <translation>Installieren Sie die Gewichte noch einmal, oder {@choose_weights}.</translation>
    </message>
    <message>
        <source>There are no weights at {path}.</source>
        <translation>Unter {path} liegen keine Gewichte.</translation>
    </message>
    <message>
        <source>{path} is damaged, or is not a G4G weights file.</source>
        <translation>{path} ist beschädigt oder enthält keine Gewichte von uns.</translation>
    </message>
    <message>
        <source>The weights {path} are of another version.</source>
        <translation>Die Gewichte {path} sind von einer anderen Version.</translation>
    </message>
    <message>
        <source>Update G4G Dub and try again.</source>
        <translation>Aktualisieren Sie G4G Dub, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
        <source>The clip is cut at {source:.6g} fps in media of {media:.6g} fps; every media frame it touches is dubbed, and your editing program picks from them as it did before.</source>
        <translation>Der Clip ist mit {source:.6g} fps in einem Medium mit {media:.6g} fps geschnitten; jeder berührte Frame des Mediums wird synchronisiert, und Ihr Schnittprogramm wählt daraus wie bisher.</translation>
    </message>
    <message>
        <source>The clip shows {count} frames more than its media holds; its outermost frame stands for them, as it did before.</source>
        <translation>Der Clip zeigt {count} Frames mehr, als sein Medium enthält; wie zuvor steht das äußerste Bild dafür.</translation>
    </message>
    <message>
        <source>The clip shows frames {first} to {last} of media that holds {begin} to {end}; relink or trim it in your editing program and export again.</source>
        <translation>Der Clip zeigt die Frames {first} bis {last} eines Mediums, das {begin} bis {end} enthält; verknüpfen oder trimmen Sie ihn im Schnittprogramm neu, und exportieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>{path} has no clip {clip}.</source>
        <translation>{path} hat keinen Clip {clip}.</translation>
    </message>
    <message>
        <source>It has {known}; {@list_clips}.</source>
        <translation>Sie hat {known}; {@list_clips}.</translation>
    </message>
    <message>
        <source>Deliver the .dubbed.otio instead.</source>
        <translation>Liefern Sie stattdessen die .dubbed.otio.</translation>
    </message>
    <message>
        <source>{entry} cannot be written.</source>
        <translation>{entry} wird nicht geschrieben.</translation>
    </message>
    <message>
        <source>Formats that can be written: {known}.</source>
        <translation>Es gibt {known}.</translation>
    </message>
    <message>
        <source>Writing {entry} needs the package {package}.</source>
        <translation>Um {entry} zu schreiben, wird das Paket {package} gebraucht.</translation>
    </message>
    <message>
        <source>Install it with `pip install &quot;g4g-plugin[interchange]&quot;`.</source>
        <translation>Installieren Sie es mit `pip install &quot;g4g-plugin[interchange]&quot;`.</translation>
    </message>
    <message>
        <source>The timeline could not be written as {entry}: {reason}.</source>
        <translation>Die Timeline konnte nicht als {entry} geschrieben werden: {reason}.</translation>
    </message>
    <message>
        <source>{target} cannot be written: {err}.</source>
        <translation>{target} kann nicht geschrieben werden: {err}.</translation>
    </message>
    <message>
        <source>Choose a folder you may write to, with room.</source>
        <translation>Wählen Sie einen Ordner, in dem Sie schreiben dürfen und Platz ist.</translation>
    </message>
    <message>
        <source>the other versions of a dub</source>
        <translation>die anderen Versionen einer Synchronfassung</translation>
    </message>
    <message>
        <source>retimes</source>
        <translation>Geschwindigkeitsänderungen</translation>
    </message>
    <message>
        <source>disabled clips and tracks (they are left out)</source>
        <translation>was ausgeschaltet ist (es wird weggelassen)</translation>
    </message>
    <message>
        <source>transitions</source>
        <translation>Übergänge</translation>
    </message>
    <message>
        <source>effects</source>
        <translation>Effekte</translation>
    </message>
    <message>
        <source>nested sequences</source>
        <translation>verschachtelte Sequenzen</translation>
    </message>
    <message>
        <source>the timeline&apos;s start timecode</source>
        <translation>der Start-Timecode der Timeline</translation>
    </message>
    <message>
        <source>the timeline&apos;s markers</source>
        <translation>die Marker der Timeline</translation>
    </message>
    <message>
        <source>track names</source>
        <translation>Spurnamen</translation>
    </message>
    <message>
        <source>the metadata of other programs</source>
        <translation>die Anmerkungen anderer Programme</translation>
    </message>
    <message>
        <source>sound, including the new lines</source>
        <translation>Ton, auch die neuen Sätze</translation>
    </message>
    <message>
        <source>more than one video track (each is a file of its own)</source>
        <translation>mehr als eine Videospur (jede wird eine eigene Datei)</translation>
    </message>
    <message>
        <source>media paths (kept as comments only)</source>
        <translation>Medienpfade, außer als Kommentar</translation>
    </message>
    <message>
        <source>reel names longer than eight characters</source>
        <translation>Reel-Namen mit mehr als acht Zeichen</translation>
    </message>
    <message>
        <source>the frame rate</source>
        <translation>die Bildrate</translation>
    </message>
    <message>
        <source>AAFs written here have crashed Avid</source>
        <translation>hier geschriebene AAFs haben Avid zum Absturz gebracht</translation>
    </message>
    <message>
        <source>clip markers</source>
        <translation>Marker von Clips</translation>
    </message>
    <message>
        <source>a frame size other than 1920 x 1080</source>
        <translation>eine andere Bildgröße als 1920 x 1080</translation>
    </message>
    <message>
        <source>{path} could not be read as {entry}: {reason}.</source>
        <translation>{path} konnte nicht als {entry} gelesen werden: {reason}.</translation>
    </message>
    <message>
        <source>it took longer than {seconds:.0f} seconds</source>
        <translation>es dauerte länger als {seconds:.0f} Sekunden</translation>
    </message>
    <message>
        <source>it ended with status {status}</source>
        <translation>es endete mit dem Status {status}</translation>
    </message>
    <message>
        <source>Export the timeline as OpenTimelineIO (.otio) from your editing program and use that instead.</source>
        <translation>Exportieren Sie die Timeline im Schnittprogramm als OpenTimelineIO (.otio), und nehmen Sie diese Datei.</translation>
    </message>
    <message>
        <source>{path} is {entry}; reading it needs the package {package}.</source>
        <translation>{path} ist {entry}; zum Lesen wird das Paket {package} gebraucht.</translation>
    </message>
    <message>
        <source>Install it with `pip install &quot;g4g-plugin[interchange]&quot;`, or export the timeline as .otio.</source>
        <translation>Installieren Sie es mit `pip install &quot;g4g-plugin[interchange]&quot;`, oder exportieren Sie die Timeline als .otio.</translation>
    </message>
    <message>
        <source>{name} holds no timeline.</source>
        <translation>{name} enthält keine Timeline.</translation>
    </message>
    <message>
        <source>Export the timeline to dub.</source>
        <translation>Exportieren Sie die Timeline, die synchronisiert werden soll.</translation>
    </message>
    <message>
        <source>{name} holds {found} timelines ({names}); one is wanted.</source>
        <translation>{name} enthält {found} Timelines ({names}); gebraucht wird eine.</translation>
    </message>
    <message>
        <source>{@name_sequence}, or export the one timeline to dub.</source>
        <translation>{@name_sequence}, oder exportieren Sie nur die Timeline, die synchronisiert werden soll.</translation>
    </message>
    <message>
        <source>There is no timeline {path}.</source>
        <translation>Die Timeline {path} gibt es nicht.</translation>
    </message>
    <message>
        <source>Check the path; quote it if it holds spaces.</source>
        <translation>Prüfen Sie den Pfad.</translation>
    </message>
    <message>
        <source>{path} is empty.</source>
        <translation>{path} ist leer.</translation>
    </message>
    <message>
        <source>Export the timeline again.</source>
        <translation>Exportieren Sie die Timeline noch einmal.</translation>
    </message>
    <message>
        <source>{path} cannot be read: {err}.</source>
        <translation>{path} kann nicht gelesen werden: {err}.</translation>
    </message>
    <message>
        <source>Check its permissions.</source>
        <translation>Prüfen Sie die Zugriffsrechte.</translation>
    </message>
    <message>
        <source>{path} is not a timeline: it is not JSON.</source>
        <translation>{path} ist keine Timeline: Die Datei enthält kein JSON.</translation>
    </message>
    <message>
        <source>Export the timeline again as .otio.</source>
        <translation>Exportieren Sie die Timeline noch einmal als .otio.</translation>
    </message>
    <message>
        <source>{path} is not a timeline.</source>
        <translation>{path} ist keine Timeline.</translation>
    </message>
    <message>
        <source>Give an .otio, .otioz or .otiod file exported from your editing program.</source>
        <translation>Nehmen Sie eine .otio-, .otioz- oder .otiod-Datei, die Ihr Schnittprogramm exportiert hat.</translation>
    </message>
    <message>
        <source>{path} is not a timeline: it is not text.</source>
        <translation>{path} ist keine Timeline: Die Datei ist kein Text.</translation>
    </message>
    <message>
        <source>{path} is nested too deeply to be read.</source>
        <translation>{path} ist zu tief verschachtelt, um gelesen zu werden.</translation>
    </message>
    <message>
        <source>{path} is damaged or cut short: {err}.</source>
        <translation>{path} ist beschädigt oder abgeschnitten: {err}.</translation>
    </message>
    <message>
        <source>Export the timeline again, or use a backup.</source>
        <translation>Exportieren Sie die Timeline noch einmal, oder nehmen Sie eine Sicherungskopie.</translation>
    </message>
    <message>
        <source>Export the whole timeline as .otio.</source>
        <translation>Exportieren Sie die ganze Timeline als .otio.</translation>
    </message>
    <message>
        <source>{path} holds no OpenTimelineIO object, not a timeline.</source>
        <translation>{path} enthält nichts aus OpenTimelineIO, also keine Timeline.</translation>
    </message>
    <message>
        <source>{path} holds a {schema}, not a timeline.</source>
        <translation>{path} enthält {schema}, keine Timeline.</translation>
    </message>
    <message>
        <source>{path} is a folder, not a timeline.</source>
        <translation>{path} ist ein Ordner, keine Timeline.</translation>
    </message>
    <message>
        <source>Give the timeline file inside it.</source>
        <translation>Nehmen Sie die Timeline-Datei darin.</translation>
    </message>
    <message>
        <source>{path} holds no timeline.</source>
        <translation>{path} enthält keine Timeline.</translation>
    </message>
    <message>
        <source>Export the timeline again as .otioz.</source>
        <translation>Exportieren Sie die Timeline noch einmal als .otioz.</translation>
    </message>
    <message>
        <source>The bundle holds the path {filename!r}.</source>
        <translation>Das Bündel enthält den Pfad {filename!r}.</translation>
    </message>
    <message>
        <source>It was not written by an editor.</source>
        <translation>Es stammt nicht aus einem Schnittprogramm.</translation>
    </message>
    <message>
        <source>Mount its disk, relink it in your editing program, or add its folder to the path map in the settings.</source>
        <translation>Binden Sie das Laufwerk ein, verknüpfen Sie den Clip im Schnittprogramm neu, oder tragen Sie den Ordner in die Pfadzuordnung der Einstellungen ein.</translation>
    </message>
    <message>
        <source>This is {kind}, which cannot carry a dub; replace it with a clip.</source>
        <translation>Dies ist {kind}; daran lässt sich keine Synchronfassung hängen. Ersetzen Sie es durch einen Clip.</translation>
    </message>
    <message>
        <source>The clip changes its speed on the way ({effect}); render it at its new speed and cut that in, then dub it.</source>
        <translation>Der Clip ändert unterwegs seine Geschwindigkeit ({effect}); rendern Sie ihn in der neuen Geschwindigkeit, schneiden Sie das ein, und synchronisieren Sie es dann.</translation>
    </message>
    <message>
        <source>The clip plays at {speed:.4g} times its speed; it is dubbed as it plays, and the delivered clip needs no effect.</source>
        <translation>Der Clip läuft mit {speed:.4g}-facher Geschwindigkeit; er wird synchronisiert, wie er läuft, und der gelieferte Clip braucht keinen Effekt.</translation>
    </message>
    <message>
        <source>The clip is a frozen frame; it is dubbed as it plays, and the delivered clip needs no effect.</source>
        <translation>Der Clip ist ein Standbild; er wird synchronisiert, wie er läuft, und der gelieferte Clip braucht keinen Effekt.</translation>
    </message>
    <message>
        <source>The clip is inside a retimed sequence; render it at its new speed and cut that in, then dub it.</source>
        <translation>Der Clip liegt in einer Sequenz mit geänderter Geschwindigkeit; rendern Sie ihn in der neuen Geschwindigkeit, schneiden Sie das ein, und synchronisieren Sie es dann.</translation>
    </message>
    <message>
        <source>The clip or its track is disabled; it can be dubbed, and stays disabled.</source>
        <translation>Der Clip oder seine Spur ist ausgeschaltet; er kann synchronisiert werden und bleibt ausgeschaltet.</translation>
    </message>
    <message>
        <source>The nested sequence around the clip shows none of it; dub the clips that can be seen.</source>
        <translation>Die umgebende Sequenz zeigt nichts von diesem Clip; synchronisieren Sie die sichtbaren Clips.</translation>
    </message>
    <message>
        <source>The clip is an image sequence; render it to a movie and relink to that.</source>
        <translation>Der Clip ist eine Bildsequenz; rendern Sie sie als Film, und verknüpfen Sie den Clip damit.</translation>
    </message>
    <message>
        <source>The clip is made by a generator and has no media; render it to a movie first.</source>
        <translation>Der Clip kommt aus einem Generator und hat kein Medium; rendern Sie ihn zuerst als Film.</translation>
    </message>
    <message>
        <source>The clip&apos;s media is a {kind}, which is unknown here; relink it to a movie.</source>
        <translation>Das Medium des Clips ist {kind}, das hier unbekannt ist; verknüpfen Sie den Clip mit einem Film.</translation>
    </message>
    <message>
        <source>The timeline names no media for this clip; relink it and export again.</source>
        <translation>Die Timeline nennt kein Medium für diesen Clip; verknüpfen Sie ihn, und exportieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>The media {target} is not a file; download it and relink the clip.</source>
        <translation>Das Medium {target} ist keine Datei; laden Sie es herunter, und verknüpfen Sie den Clip neu.</translation>
    </message>
    <message>
        <source>The clip is a still picture; render it to a movie and relink to that.</source>
        <translation>Der Clip ist ein Standbild; rendern Sie es als Film, und verknüpfen Sie den Clip damit.</translation>
    </message>
    <message>
        <source>The media {media} is not here. {hint}</source>
        <translation>Das Medium {media} ist nicht hier. {hint}</translation>
    </message>
    <message>
        <source>The clip shows no frame at all; delete it or give it a length.</source>
        <translation>Der Clip zeigt keinen einzigen Frame; löschen Sie ihn, oder geben Sie ihm eine Länge.</translation>
    </message>
    <message>
        <source>The clip begins between two frames of its media ({first:.3f}); every frame it touches is dubbed.</source>
        <translation>Der Clip beginnt zwischen zwei Frames seines Mediums ({first:.3f}); jeder Frame, den er berührt, wird synchronisiert.</translation>
    </message>
    <message>
        <source>The clip is {length:.3f} frames of its media long; every frame it touches is dubbed.</source>
        <translation>Der Clip ist {length:.3f} Frames seines Mediums lang; jeder Frame, den er berührt, wird synchronisiert.</translation>
    </message>
    <message>
        <source>An EDL does not say its rate: this one is read at {rate}; if that is wrong, {@give_rate}.</source>
        <translation>Eine EDL nennt ihre Bildrate nicht: Diese wird mit {rate} gelesen; ist das falsch, {@give_rate}.</translation>
    </message>
    <message>
        <source>The media was found by its name: {media}.</source>
        <translation>Das Medium wurde an seinem Namen gefunden: {media}.</translation>
    </message>
    <message>
        <source>Export a timeline with picture clips in it.</source>
        <translation>Exportieren Sie eine Timeline, die Bildclips enthält.</translation>
    </message>
    <message>
        <source>{path} holds only {sounds} clips on audio tracks.</source>
        <translation>{path} enthält nur {sounds} Clips auf Audiospuren.</translation>
    </message>
    <message>
        <source>{path} holds no clips.</source>
        <translation>{path} enthält keine Clips.</translation>
    </message>
    <message>
        <source>The timeline has no tracks.</source>
        <translation>Die Timeline hat keine Spuren.</translation>
    </message>
    <message>
        <source>{clip} ({sound}) {problem}</source>
        <translation>{clip} ({sound}) {problem}</translation>
    </message>
    <message>
        <source>Put a plain audio file there.</source>
        <translation>Legen Sie dort eine einfache Audiodatei an.</translation>
    </message>
    <message>
        <source>The take under {clip}, {media}, is missing.</source>
        <translation>Der Take unter {clip}, {media}, fehlt.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>{name} has no audio track {track} with clips on it.</source>
        <translation>{name} hat keine Audiospur {track} mit Clips.</translation>
    </message>
    <message>
        <source>Nothing lies under {clip} ({name}) on {track}.</source>
        <translation>Unter {clip} ({name}) liegt auf {track} nichts.</translation>
    </message>
    <message>
        <source>Lay a take there, choose another track, or {@give_take}.</source>
        <translation>Legen Sie dort einen Take an, wählen Sie eine andere Spur, oder {@give_take}.</translation>
    </message>
    <message>
        <source>Several takes lie under {clip} on {track}: {pieces}.</source>
        <translation>Unter {clip} liegen auf {track} mehrere Takes: {pieces}.</translation>
    </message>
    <message>
        <source>Bounce them to one file, or leave one under the clip.</source>
        <translation>Fassen Sie sie zu einer Datei zusammen, oder lassen Sie nur einen unter dem Clip.</translation>
    </message>
    <message>
        <source>The file holds a single track or clip, no timeline.</source>
        <translation>Die Datei enthält eine einzelne Spur oder einen Clip, keine Timeline.</translation>
    </message>
    <message>
        <source>Export the whole timeline.</source>
        <translation>Exportieren Sie die ganze Timeline.</translation>
    </message>
    <message>
        <source>{clip} ({slot}) in {path} has no dub.</source>
        <translation>{clip} ({slot}) in {path} hat keine Synchronfassung.</translation>
    </message>
    <message>
        <source>Give the project file, &lt;name&gt;.g4g.otio.</source>
        <translation>Nehmen Sie die Projektdatei, &lt;Name&gt;.g4g.otio.</translation>
    </message>
    <message>
        <source>The timeline cannot be written into {folder}: {reason}.</source>
        <translation>Die Timeline kann nicht in {folder} geschrieben werden: {reason}.</translation>
    </message>
    <message>
        <source>The file is broken there or changed while it was read: copy it again or transcode it.</source>
        <translation>Die Datei ist dort beschädigt oder wurde während des Lesens geändert: Kopieren Sie sie noch einmal, oder wandeln Sie sie um.</translation>
    </message>
    <message>
        <source>Frame {index} of {path} cannot be decoded.</source>
        <translation>Frame {index} von {path} lässt sich nicht dekodieren.</translation>
    </message>
    <message>
        <source>The timeline and the file disagree: relink the clip or read the timeline again.</source>
        <translation>Timeline und Datei stimmen nicht überein: Verknüpfen Sie den Clip neu, oder lesen Sie die Timeline noch einmal.</translation>
    </message>
    <message>
        <source>{path} holds frames 0 to {held}, not frames {first} to {last}.</source>
        <translation>{path} enthält die Frames 0 bis {held}, nicht die Frames {first} bis {last}.</translation>
    </message>
    <message>
        <source>It may be damaged, cut short, still being written, or not a video: try to play it, or copy it again.</source>
        <translation>Die Datei ist vielleicht beschädigt, abgeschnitten, noch nicht fertig geschrieben oder kein Film: Spielen Sie sie ab, oder kopieren Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>{path} cannot be read as video ({reason}).</source>
        <translation>{path} kann nicht als Film gelesen werden ({reason}).</translation>
    </message>
    <message>
        <source>Relink the clip, or give a path map in the settings.</source>
        <translation>Verknüpfen Sie den Clip neu, oder ergänzen Sie die Pfadzuordnung in den Einstellungen.</translation>
    </message>
    <message>
        <source>There is no file {path}.</source>
        <translation>Die Datei {path} gibt es nicht.</translation>
    </message>
    <message>
        <source>Image sequences are not dubbed yet: render them to a movie first.</source>
        <translation>Bildsequenzen werden noch nicht synchronisiert: Rendern Sie sie zuerst als Film.</translation>
    </message>
    <message>
        <source>{path} is a folder.</source>
        <translation>{path} ist ein Ordner.</translation>
    </message>
    <message>
        <source>Copy it again, or wait until it is written.</source>
        <translation>Kopieren Sie sie noch einmal, oder warten Sie, bis sie geschrieben ist.</translation>
    </message>
    <message>
        <source>{path} is a still picture, or not a video.</source>
        <translation>{path} ist ein Standbild oder kein Film.</translation>
    </message>
    <message>
        <source>Give a movie file.</source>
        <translation>Nehmen Sie eine Filmdatei.</translation>
    </message>
    <message>
        <source>Give a file with a video stream.</source>
        <translation>Nehmen Sie eine Datei mit Bild.</translation>
    </message>
    <message>
        <source>{path} holds only a cover picture.</source>
        <translation>{path} enthält nur ein Titelbild.</translation>
    </message>
    <message>
        <source>{path} holds no pictures.</source>
        <translation>{path} enthält keine Bilder.</translation>
    </message>
    <message>
        <source>Transcode it first.</source>
        <translation>Wandeln Sie die Datei zuerst um.</translation>
    </message>
    <message>
        <source>The video codec of {path} is not supported.</source>
        <translation>Der Codec der Bilder von {path} ist hier unbekannt.</translation>
    </message>
    <message>
        <source>It is damaged, cut short or encrypted.</source>
        <translation>Die Datei ist beschädigt, abgeschnitten oder verschlüsselt.</translation>
    </message>
    <message>
        <source>No frame of {path} can be decoded.</source>
        <translation>Kein Bild von {path} lässt sich dekodieren.</translation>
    </message>
    <message>
        <source>{path} is cut short: frames that it lists are missing.</source>
        <translation>{path} ist abgeschnitten: Die Datei nennt Frames, die nicht da sind.</translation>
    </message>
    <message>
        <source>Copy the file again.</source>
        <translation>Kopieren Sie die Datei noch einmal.</translation>
    </message>
    <message>
        <source>It is damaged, cut short or encrypted: copy it again or transcode it.</source>
        <translation>Die Datei ist beschädigt, abgeschnitten oder verschlüsselt: Kopieren Sie sie noch einmal, oder wandeln Sie sie um.</translation>
    </message>
    <message>
        <source>The frames of {path} cannot be decoded ({reason}).</source>
        <translation>Die Bilder von {path} lassen sich nicht dekodieren ({reason}).</translation>
    </message>
    <message>
        <source>{path} uses a pixel format ({format}) that is not supported.</source>
        <translation>{path} hat Pixel einer Art ({format}), die hier nicht erhalten bleibt.</translation>
    </message>
    <message>
        <source>The take is {off:.2f} s ({frames:.1f} frames) longer than the shot.</source>
        <translation>Der Take ist um {off:.2f} s ({frames:.1f} Frames) länger als die Einstellung.</translation>
    </message>
    <message>
        <source>The take is {off:.2f} s ({frames:.1f} frames) shorter than the shot.</source>
        <translation>Der Take ist um {off:.2f} s ({frames:.1f} Frames) kürzer als die Einstellung.</translation>
    </message>
    <message>
        <source>Give an audio or video file.</source>
        <translation>Nehmen Sie eine Audio- oder Videodatei.</translation>
    </message>
    <message>
        <source>Give a line of {seconds:.2f} s, or {@choose_fit}.</source>
        <translation>Nehmen Sie eine Zeile von {seconds:.2f} s, oder {@choose_fit}.</translation>
    </message>
    <message>
        <source>The take starts at {start:.2f} s, but {audio} ends at {end:.2f} s.</source>
        <translation>Der Take beginnt bei {start:.2f} s, aber {audio} endet bei {end:.2f} s.</translation>
    </message>
    <message>
        <source>Choose an earlier start.</source>
        <translation>Wählen Sie einen früheren Anfang.</translation>
    </message>
    <message>
        <source>The take runs to {stop:.2f} s, but {audio} ends at {end:.2f} s.</source>
        <translation>Der Take reicht bis {stop:.2f} s, aber {audio} endet bei {end:.2f} s.</translation>
    </message>
    <message>
        <source>Choose a shorter length or another file.</source>
        <translation>Wählen Sie eine kürzere Länge oder eine andere Datei.</translation>
    </message>
    <message>
        <source>Check the path of the new line.</source>
        <translation>Prüfen Sie den Pfad des neuen Satzes.</translation>
    </message>
    <message>
        <source>{path} cannot be read as sound ({why}).</source>
        <translation>{path} kann nicht als Ton gelesen werden ({why}).</translation>
    </message>
    <message>
        <source>Give a file with an audio stream.</source>
        <translation>Nehmen Sie eine Datei mit Ton.</translation>
    </message>
    <message>
        <source>{path} holds no sound.</source>
        <translation>{path} enthält keinen Ton.</translation>
    </message>
    <message>
        <source>{path} has no channel {channel}.</source>
        <translation>{path} hat keinen Kanal {channel}.</translation>
    </message>
    <message>
        <source>It has {held}, counted from 0.</source>
        <translation>Es sind {held}, gezählt ab 0.</translation>
    </message>
    <message>
        <source>No sound of {path} can be decoded.</source>
        <translation>Der Ton von {path} lässt sich nicht dekodieren.</translation>
    </message>
    <message>
        <source>It is damaged or cut short.</source>
        <translation>Die Datei ist beschädigt oder abgeschnitten.</translation>
    </message>
    <message>
        <source>{path} cannot be decoded ({why}).</source>
        <translation>{path} lässt sich nicht dekodieren ({why}).</translation>
    </message>
    <message>
        <source>{path} is cut short: {end:.2f} s are there.</source>
        <translation>{path} ist abgeschnitten: Nur {end:.2f} s sind vorhanden.</translation>
    </message>
    <message>
        <source>Install mediapipe 0.10.14: run installer/install.py again.</source>
        <translation>Installieren Sie mediapipe 0.10.14: Starten Sie installer/install.py noch einmal.</translation>
    </message>
    <message>
        <source>The face models cannot be loaded.</source>
        <translation>Die Gesichtsmodelle können nicht geladen werden.</translation>
    </message>
    <message>
        <source>The face is chosen in frame {frame}, which lies outside what is dubbed.</source>
        <translation>Das Gesicht ist in Frame {frame} gewählt, der nicht synchronisiert wird.</translation>
    </message>
    <message>
        <source>Choose it in frames {first} to {end}.</source>
        <translation>Wählen Sie es in den Frames {first} bis {end}.</translation>
    </message>
    <message>
        <source>No face lies at {x},{y} in frame {frame} of the shot.</source>
        <translation>Bei {x},{y} liegt in Frame {frame} der Einstellung kein Gesicht.</translation>
    </message>
    <message>
        <source>Faces seen: {places}.</source>
        <translation>Gesehene Gesichter: {places}.</translation>
    </message>
    <message>
        <source>The faces chosen at {one} and at {other} are one person.</source>
        <translation>Die bei {one} und bei {other} gewählten Gesichter sind eine Person.</translation>
    </message>
    <message>
        <source>Choose another face for one of the lines, or give both lines to one face.</source>
        <translation>Wählen Sie für eine der Zeilen ein anderes Gesicht, oder geben Sie beide Zeilen einem Gesicht.</translation>
    </message>
    <message>
        <source>No face was found in frames {first} to {end} of {path}.</source>
        <translation>In den Frames {first} bis {end} von {path} wurde kein Gesicht gefunden.</translation>
    </message>
    <message>
        <source>Faces from about 4 % of the picture&apos;s width are found; choose a shot that shows one.</source>
        <translation>Gefunden werden Gesichter ab etwa 4 % der Bildbreite; wählen Sie eine Einstellung, die eines zeigt.</translation>
    </message>
    <message>
        <source>{@adapt_again}, or {@undo_adaptation}.</source>
        <translation>{@adapt_again}, oder {@undo_adaptation}.</translation>
    </message>
    <message>
        <source>The adaptation {path} was made for another mouth net.</source>
        <translation>Die Anpassung {path} wurde für ein anderes Mundnetz gemacht.</translation>
    </message>
    <message>
        <source>The adaptation {path} was made for another generator.</source>
        <translation>Die Anpassung {path} wurde für einen anderen Generator gemacht.</translation>
    </message>
    <message>
        <source>The adaptation {name} does not fit the network.</source>
        <translation>Die Anpassung {name} passt nicht zum Netz.</translation>
    </message>
    <message>
        <source>{path} holds no adaptation.</source>
        <translation>{path} enthält keine Anpassung.</translation>
    </message>
    <message>
        <source>The engine has been closed.</source>
        <translation>Die Engine wurde geschlossen.</translation>
    </message>
    <message>
        <source>Open it again.</source>
        <translation>Öffnen Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>The adaptation {path} was changed since it was chosen.</source>
        <translation>Die Anpassung {path} wurde geändert, seit sie gewählt wurde.</translation>
    </message>
    <message>
        <source>Dub the shot again.</source>
        <translation>Synchronisieren Sie die Einstellung noch einmal.</translation>
    </message>
    <message>
        <source>There is no device {name!r}.</source>
        <translation>Ein Gerät {name!r} gibt es nicht.</translation>
    </message>
    <message>
        <source>Choose one of {known}.</source>
        <translation>Wählen Sie eines von {known}.</translation>
    </message>
    <message>
        <source>No CUDA device responds.</source>
        <translation>Kein CUDA-Gerät antwortet.</translation>
    </message>
    <message>
        <source>{@choose_device}, or {@check_machine}.</source>
        <translation>{@choose_device}, oder {@check_machine}.</translation>
    </message>
    <message>
        <source>There is no renderer {name!r}.</source>
        <translation>Einen Renderer {name!r} gibt es nicht.</translation>
    </message>
    <message>
        <source>Known renderers: {known}.</source>
        <translation>Bekannte Renderer: {known}.</translation>
    </message>
    <message>
        <source>The renderer {name} is broken: {reason}.</source>
        <translation>Der Renderer {name} ist defekt: {reason}.</translation>
    </message>
    <message>
        <source>Install the plug-in it comes from again, or {@choose_native}.</source>
        <translation>Installieren Sie das Plug-in, aus dem er kommt, noch einmal, oder {@choose_native}.</translation>
    </message>
    <message>
        <source>The network renderer has no weights installed.</source>
        <translation>Für den Renderer „network“ sind keine Gewichte installiert.</translation>
    </message>
    <message>
        <source>{@choose_native}, or {@choose_weights}.</source>
        <translation>{@choose_native}, oder {@choose_weights}.</translation>
    </message>
    <message>
        <source>Close other programs that use the GPU, or {@choose_device_cpu}.</source>
        <translation>Schließen Sie andere Programme, die die GPU benutzen, oder {@choose_device_cpu}.</translation>
    </message>
    <message>
        <source>The GPU does not have enough memory for one frame.</source>
        <translation>Die GPU hat nicht einmal für einen Frame Platz.</translation>
    </message>
    <message>
        <source>{generator} holds no generator that is driven by mouth shapes.</source>
        <translation>{generator} enthält keinen Generator, der Mundformen versteht.</translation>
    </message>
    <message>
        <source>{path} holds no blend net.</source>
        <translation>{path} enthält kein Mischnetz.</translation>
    </message>
    <message>
        <source>{value!r} names no object of a module</source>
        <translation>{value!r} nennt kein Objekt eines Moduls</translation>
    </message>
    <message>
        <source>{value!r} names a module, not an object in it</source>
        <translation>{value!r} nennt ein Modul, kein Objekt darin</translation>
    </message>
    <message>
        <source>its module {module} is not installed</source>
        <translation>ihr Modul {module} ist nicht installiert</translation>
    </message>
    <message>
        <source>it cannot be loaded: {fault}</source>
        <translation>es kann nicht geladen werden: {fault}</translation>
    </message>
    <message>
        <source>{value!r} is no {kind}</source>
        <translation>{value!r} ist kein {kind}</translation>
    </message>
    <message>
        <source>There is no engine called {name!r}.</source>
        <translation>Eine Engine namens {name!r} gibt es nicht.</translation>
    </message>
    <message>
        <source>Known engines: {points}.</source>
        <translation>Bekannte Engines: {points}.</translation>
    </message>
    <message>
        <source>Install the plug-in it comes from again, or {@choose_engine}.</source>
        <translation>Installieren Sie das Plug-in noch einmal, aus dem sie stammt, oder {@choose_engine}.</translation>
    </message>
    <message>
        <source>The engine {name} is broken: {reason}.</source>
        <translation>Die Engine {name} ist defekt: {reason}.</translation>
    </message>
    <message>
        <source>The engine {name} cannot be opened: {said}.</source>
        <translation>Die Engine {name} kann nicht geöffnet werden: {said}.</translation>
    </message>
    <message>
        <source>{@choose_device_cpu}, or {@choose_weights}.</source>
        <translation>{@choose_device_cpu}, oder {@choose_weights}.</translation>
    </message>
    <message>
        <source>The engine returned a patch for frame {frame} out of turn.</source>
        <translation>Die Engine gab ein Bild für Frame {frame}, der nicht an der Reihe ist.</translation>
    </message>
    <message>
        <source>Use another engine, or report this one.</source>
        <translation>Wählen Sie eine andere Engine, oder melden Sie das.</translation>
    </message>
    <message>
        <source>The engine returned a patch for frame {frame}, which shows no face.</source>
        <translation>Die Engine gab ein Bild für Frame {frame}, der kein Gesicht zeigt.</translation>
    </message>
    <message>
        <source>Report this engine to its author.</source>
        <translation>Melden Sie das dem Autor der Engine.</translation>
    </message>
    <message>
        <source>The engine&apos;s patch for frame {frame} holds values that are not numbers.</source>
        <translation>Das Bild der Engine für Frame {frame} enthält Werte, die keine Zahlen sind.</translation>
    </message>
    <message>
        <source>Someone else has created {media} in the meantime.</source>
        <translation>{media} hat inzwischen jemand anderes angelegt.</translation>
    </message>
    <message>
        <source>Deliver again.</source>
        <translation>Liefern Sie noch einmal.</translation>
    </message>
    <message>
        <source>{out} already exists.</source>
        <translation>{out} gibt es schon.</translation>
    </message>
    <message>
        <source>Media is never overwritten: deliver under another name.</source>
        <translation>Medien werden nie überschrieben: Liefern Sie unter einem anderen Namen.</translation>
    </message>
    <message>
        <source>The shot&apos;s segments were not made by the same encoder.</source>
        <translation>Die Abschnitte der Einstellung sind nicht von einem Encoder.</translation>
    </message>
    <message>
        <source>Dub the shot again: what was kept of it comes from another version.</source>
        <translation>Synchronisieren Sie die Einstellung noch einmal: Was von ihr da war, ist von einer anderen Version.</translation>
    </message>
    <message>
        <source>Frame {index} of the comp is {size} {format}, unlike the first one.</source>
        <translation>Frame {index} des fertigen Films ist {size} {format}, anders als der erste.</translation>
    </message>
    <message>
        <source>The plate changes size or kind on the way: transcode it first.</source>
        <translation>Das Original wechselt unterwegs Größe oder Art: Wandeln Sie es zuerst um.</translation>
    </message>
    <message>
        <source>There is no way to deliver {codec!r}.</source>
        <translation>In {codec!r} kann nicht geliefert werden.</translation>
    </message>
    <message>
        <source>Install the plug-in it comes from again, or {@choose_codec}.</source>
        <translation>Installieren Sie das Plug-in, aus dem er kommt, noch einmal, oder {@choose_codec}.</translation>
    </message>
    <message>
        <source>The codec {codec} is broken: {reason}.</source>
        <translation>Der Codec {codec} ist defekt: {reason}.</translation>
    </message>
    <message>
        <source>Install PyAV&apos;s own wheel (pip install --force-reinstall av), or deliver in another codec.</source>
        <translation>Installieren Sie PyAV aus dem eigenen Paket (pip install --force-reinstall av), oder liefern Sie in einem anderen Codec.</translation>
    </message>
    <message>
        <source>The encoder {encoder} is not installed.</source>
        <translation>Der Encoder {encoder} fehlt hier.</translation>
    </message>
    <message>
        <source>{label} holds no picture of {width} x {height}.</source>
        <translation>{label} fasst kein Bild von {width} x {height}.</translation>
    </message>
    <message>
        <source>Deliver ProRes or FFV1.</source>
        <translation>Liefern Sie ProRes oder FFV1.</translation>
    </message>
    <message>
        <source>{label} cannot hold {format} as it is.</source>
        <translation>{label} kann {format} nicht fassen, wie es ist.</translation>
    </message>
    <message>
        <source>Deliver ProRes, or transcode the plate.</source>
        <translation>Liefern Sie ProRes, oder wandeln Sie das Original um.</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>Der Datenträger ist voll</translation>
    </message>
    <message>
        <source>your quota is used up</source>
        <translation>Ihr Kontingent ist aufgebraucht</translation>
    </message>
    <message>
        <source>it is too large</source>
        <translation>Die Datei wird zu groß</translation>
    </message>
    <message>
        <source>Make room, or {@choose_folder}.</source>
        <translation>Schaffen Sie Platz, oder {@choose_folder}.</translation>
    </message>
    <message>
        <source>{out} cannot be written: {full}.</source>
        <translation>{out} kann nicht geschrieben werden: {full}.</translation>
    </message>
    <message>
        <source>{@choose_codec}.</source>
        <translation>{@choose_codec}.</translation>
    </message>
    <message>
        <source>{out} cannot be encoded ({reason}).</source>
        <translation>{out} kann nicht kodiert werden ({reason}).</translation>
    </message>
    <message>
        <source>Check that the folder exists and may be written to, or {@choose_folder}.</source>
        <translation>Prüfen Sie, ob der Ordner da ist und beschrieben werden darf, oder {@choose_folder}.</translation>
    </message>
    <message>
        <source>{out} cannot be written ({reason}).</source>
        <translation>{out} kann nicht geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>The encoder returned other frames than segment {number} has.</source>
        <translation>Der Encoder gab andere Frames aus, als der Abschnitt {number} hat.</translation>
    </message>
    <message>
        <source>Deliver in another codec, and report this one.</source>
        <translation>Liefern Sie in einem anderen Codec, und melden Sie diesen.</translation>
    </message>
    <message>
        <source>This is a bug in the engine or the composite: report it.</source>
        <translation>Das ist ein Fehler in der Engine oder beim Zusammensetzen: Bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>The comp has no pictures.</source>
        <translation>Der fertige Film hat keine Bilder.</translation>
    </message>
    <message>
        <source>The shot has {total} frames, but {came} or more came.</source>
        <translation>Die Einstellung hat {total} Frames, es kamen aber {came} oder mehr.</translation>
    </message>
    <message>
        <source>The shot has {total} frames, but {came} came.</source>
        <translation>Die Einstellung hat {total} Frames, es kamen aber {came}.</translation>
    </message>
    <message>
        <source>{plate} runs at {rate} frames per second, the timeline says {expected}.</source>
        <translation>{plate} läuft mit {rate} Frames pro Sekunde, die Timeline sagt {expected}.</translation>
    </message>
    <message>
        <source>Relink the clip to the file it was cut from.</source>
        <translation>Verknüpfen Sie den Clip mit der Datei, aus der er geschnitten wurde.</translation>
    </message>
    <message>
        <source>{plate} holds {count} frames, the clip needs frame {end}.</source>
        <translation>{plate} enthält {count} Frames, der Clip braucht Frame {end}.</translation>
    </message>
    <message>
        <source>Relink the clip to the whole file, or trim the clip.</source>
        <translation>Verknüpfen Sie den Clip mit der ganzen Datei, oder trimmen Sie ihn.</translation>
    </message>
    <message>
        <source>The face is drawn, not filmed.</source>
        <translation>Das Gesicht ist gezeichnet, nicht gefilmt.</translation>
    </message>
    <message>
        <source>Choose another face: a drawing would get a photograph&apos;s mouth. If it is filmed, {@dub_anyway}.</source>
        <translation>Wählen Sie ein anderes Gesicht: Eine Zeichnung bekäme den Mund eines Fotos. Ist es gefilmt, {@dub_anyway}.</translation>
    </message>
    <message>
        <source>The mouth is covered in every frame of the shot.</source>
        <translation>Der Mund ist in jedem Frame der Einstellung verdeckt.</translation>
    </message>
    <message>
        <source>Choose another shot or another face, or {@dub_anyway}.</source>
        <translation>Wählen Sie eine andere Einstellung oder ein anderes Gesicht, oder {@dub_anyway}.</translation>
    </message>
    <message>
        <source>The face is in the picture for less than a second.</source>
        <translation>Das Gesicht ist weniger als eine Sekunde im Bild.</translation>
    </message>
    <message>
        <source>Less than a second of speech is heard.</source>
        <translation>Es ist weniger als eine Sekunde Sprache zu hören.</translation>
    </message>
    <message>
        <source>The original has no sound that can be read.</source>
        <translation>Das Original hat keinen lesbaren Ton.</translation>
    </message>
    <message>
        <source>It could not be measured; the log says why.</source>
        <translation>Es konnte nicht gemessen werden; das Protokoll sagt, warum.</translation>
    </message>
    <message>
        <source>There is no take yet: drop an audio file on the clip.</source>
        <translation>Noch gibt es keinen Take: Ziehen Sie eine Audiodatei auf den Clip.</translation>
    </message>
    <message>
        <source>No face was found. Choose another shot, or click the face if you see one.</source>
        <translation>Es wurde kein Gesicht gefunden. Wählen Sie eine andere Einstellung, oder klicken Sie das Gesicht an, wenn Sie eines sehen.</translation>
    </message>
    <message>
        <source>No face in {gone} of {looks} frames looked at: these keep the original picture.</source>
        <translation>Kein Gesicht in {gone} von {looks} geprüften Frames: Diese behalten das Originalbild.</translation>
    </message>
    <message>
        <source>Up to {faces} faces: who speaks is told while dubbing, by old lips and old sound, then by size. Choose the face to be sure. The largest was looked at here.</source>
        <translation>Bis zu {faces} Gesichter: Wer spricht, zeigt sich beim Dubben an alten Lippen und altem Ton, sonst an der Größe. Das Gesicht wählen, um sicherzugehen. Angesehen wurde hier das größte.</translation>
    </message>
    <message>
        <source>The take is silent: the mouth will rest.</source>
        <translation>Der Take ist still: Der Mund wird ruhen.</translation>
    </message>
    <message>
        <source>No speech is heard in the take, only steady sound: the mouth will hardly move.</source>
        <translation>Im Take ist keine Sprache zu hören, nur gleichbleibender Ton: Der Mund wird sich kaum bewegen.</translation>
    </message>
    <message>
        <source>One side of the take has its polarity turned: it is turned back.</source>
        <translation>Eine Seite des Takes ist verpolt: Sie wird zurückgedreht.</translation>
    </message>
    <message>
        <source>The face is {height:.0f} px high: too small for a convincing mouth. Use a closer shot.</source>
        <translation>Das Gesicht ist {height:.0f} px hoch: zu klein für einen überzeugenden Mund. Nehmen Sie eine nähere Einstellung.</translation>
    </message>
    <message>
        <source>The face is {height:.0f} px high: the mouth will be soft. Judge it at full size.</source>
        <translation>Das Gesicht ist {height:.0f} px hoch: Der Mund wird weich. Beurteilen Sie ihn in voller Größe.</translation>
    </message>
    <message>
        <source>Something lies before the mouth in {covered} of {looks} frames looked at: where it hides the mouth, the original picture is kept.</source>
        <translation>In {covered} von {looks} angesehenen Frames liegt etwas vor dem Mund: Wo es ihn verdeckt, bleibt das Originalbild.</translation>
    </message>
    <message>
        <source>The face is drawn, not filmed: it is not dubbed. Choose another face or shot.</source>
        <translation>Das Gesicht ist gezeichnet, nicht gefilmt: Es wird nicht synchronisiert. Wählen Sie ein anderes Gesicht oder eine andere Einstellung.</translation>
    </message>
    <message>
        <source>The face is {height:.0f} px high.</source>
        <translation>Das Gesicht ist {height:.0f} px hoch.</translation>
    </message>
    <message>
        <source>The head is turned {yaw:.0f}° to the side: profile views rarely dub well.</source>
        <translation>Der Kopf dreht sich um {yaw:.0f}° zur Seite: Ein Profil lässt sich kaum gut synchronisieren.</translation>
    </message>
    <message>
        <source>The head is turned {yaw:.0f}° to the side: check the far corner of the mouth.</source>
        <translation>Der Kopf dreht sich um {yaw:.0f}° zur Seite: Achten Sie genau auf den abgewandten Mundwinkel.</translation>
    </message>
    <message>
        <source>The head is turned by {yaw:.0f}° at most.</source>
        <translation>Der Kopf dreht sich höchstens um {yaw:.0f}°.</translation>
    </message>
    <message>
        <source>The take is quiet ({level:.0f} dBFS): the mouth may move too little. Raise it.</source>
        <translation>Der Take ist leise ({level:.0f} dBFS): Der Mund bewegt sich womöglich zu wenig. Heben Sie den Pegel an.</translation>
    </message>
    <message>
        <source>The take speaks at {level:.0f} dBFS.</source>
        <translation>Der Take liegt bei {level:.0f} dBFS.</translation>
    </message>
    <message>
        <source>{seconds:.1f} s of the take are silent: the mouth rests there.</source>
        <translation>{seconds:.1f} s des Takes sind still: Dort ruht der Mund.</translation>
    </message>
    <message>
        <source>The take is exactly as long as the shot.</source>
        <translation>Der Take ist genau so lang wie die Einstellung.</translation>
    </message>
    <message>
        <source>The take is longer than the shot, by frames: {off}. Its end is cut.</source>
        <translation>Der Take ist länger als die Einstellung, um Frames: {off}. Sein Ende wird abgeschnitten.</translation>
    </message>
    <message>
        <source>The take is longer than the shot, by frames: {off}. Choose the fit “trim”, or set its out point.</source>
        <translation>Der Take ist länger als die Einstellung, um Frames: {off}. Wählen Sie die Anpassung „kürzen“, oder setzen Sie den Out-Punkt.</translation>
    </message>
    <message>
        <source>The take is shorter than the shot, by frames: {off}. The rest is silent.</source>
        <translation>Der Take ist kürzer als die Einstellung, um Frames: {off}. Der Rest ist still.</translation>
    </message>
    <message>
        <source>The take is shorter than the shot, by frames: {off}. Choose the fit “pad”.</source>
        <translation>Der Take ist kürzer als die Einstellung, um Frames: {off}. Wählen Sie die Anpassung „auffüllen“.</translation>
    </message>
    <message>
        <source>The demo cannot be written to {folder}: {err}.</source>
        <translation>Die Demo kann nicht nach {folder} geschrieben werden: {err}.</translation>
    </message>
    <message>
        <source>{@choose_folder}.</source>
        <translation>{@choose_folder}.</translation>
    </message>
    <message>
        <source>The strip {out} cannot be written.</source>
        <translation>Der Bildstreifen {out} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>Run QT_DEBUG_PLUGINS=1 g4g panel and read which plug-in fails.</source>
        <translation>Rufen Sie QT_DEBUG_PLUGINS=1 g4g panel auf, und lesen Sie, welches Plug-in scheitert.</translation>
    </message>
    <message>
        <source>{system} {machine}, {cpu_count} cores, Python {python_version}</source>
        <translation>{system} {machine}, {cpu_count} Kerne, Python {python_version}</translation>
    </message>
    <message>
        <source>machine</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>engine {name}</source>
        <translation>Engine {name}</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>Run python3 installer/install.py setup again.</source>
        <translation>Führen Sie python3 installer/install.py setup noch einmal aus.</translation>
    </message>
    <message>
        <source>not installed (needed by the panel only)</source>
        <translation>nicht installiert (braucht nur das Panel)</translation>
    </message>
    <message>
        <source>Run: {command}</source>
        <translation>Führen Sie aus: {command}</translation>
    </message>
    <message>
        <source>Qt needs {libraries}</source>
        <translation>Qt fehlen {libraries}</translation>
    </message>
    <message>
        <source>window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>window, off screen</source>
        <translation>Fenster, ohne Bildschirm</translation>
    </message>
    <message>
        <source>window, on the display</source>
        <translation>Fenster, auf dem Bildschirm</translation>
    </message>
    <message>
        <source>opens</source>
        <translation>öffnet sich</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>no NVIDIA driver; the CPU is used</source>
        <translation>kein NVIDIA-Treiber; es rechnet die CPU</translation>
    </message>
    <message>
        <source>the driver does not answer; CPU</source>
        <translation>der Treiber antwortet nicht; CPU</translation>
    </message>
    <message>
        <source>Put {missing} into {folder}, or install again.</source>
        <translation>Legen Sie {missing} in {folder}, oder installieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>deliver {name}</source>
        <translation>Liefern: {name}</translation>
    </message>
    <message>
        <source>Install PyAV from its own wheel: pip install av.</source>
        <translation>Installieren Sie PyAV aus dem eigenen Paket: pip install av.</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>Datenträger</translation>
    </message>
    <message>
        <source>{free:.1f} GB free for the cache in {folder}</source>
        <translation>{free:.1f} GB frei für den Zwischenspeicher in {folder}</translation>
    </message>
    <message>
        <source>Free some space.</source>
        <translation>Schaffen Sie Platz.</translation>
    </message>
    <message>
        <source>The job store {path} was written by a newer G4G.</source>
        <translation>Die Auftragsliste {path} stammt von einem neueren G4G.</translation>
    </message>
    <message>
        <source>Update G4G, or move it away.</source>
        <translation>Aktualisieren Sie G4G, oder verschieben Sie sie.</translation>
    </message>
    <message>
        <source>The job store {path} cannot be opened: {err}.</source>
        <translation>Die Auftragsliste {path} kann nicht geöffnet werden: {err}.</translation>
    </message>
    <message>
        <source>it is not the job it says</source>
        <translation>es ist nicht der Auftrag, für den es sich ausgibt</translation>
    </message>
    <message>
        <source>its state is {state}</source>
        <translation>sein Zustand ist {state}</translation>
    </message>
    <message>
        <source>The job store {path} is damaged and was set aside as {aside}: {reason}.</source>
        <translation>Die Auftragsliste {path} ist beschädigt und wurde als {aside} beiseitegelegt: {reason}.</translation>
    </message>
    <message>
        <source>Move it away, or free disk space.</source>
        <translation>Verschieben Sie sie, oder schaffen Sie Platz auf dem Datenträger.</translation>
    </message>
    <message>
        <source>it is no file</source>
        <translation>es ist keine Datei</translation>
    </message>
    <message>
        <source>Free some disk space; a damaged store can be moved away.</source>
        <translation>Schaffen Sie Platz auf dem Datenträger; eine beschädigte Auftragsliste können Sie verschieben.</translation>
    </message>
    <message>
        <source>The job store {path} cannot be used: {err}.</source>
        <translation>Die Auftragsliste {path} kann nicht benutzt werden: {err}.</translation>
    </message>
    <message>
        <source>The job store {path} is damaged: {err}.</source>
        <translation>Die Auftragsliste {path} ist beschädigt: {err}.</translation>
    </message>
    <message>
        <source>Start again: it is set aside then.</source>
        <translation>Fangen Sie noch einmal an: Sie wird dann beiseite gelegt.</translation>
    </message>
    <message>
        <source>Job {key} in {path} is damaged: {reason}. It is now in damaged_jobs there.</source>
        <translation>Auftrag {key} in {path} ist beschädigt: {reason}. Er liegt dort nun in damaged_jobs.</translation>
    </message>
    <message>
        <source>The take has ended before this part of the shot.</source>
        <translation>Der Take ist vor diesem Teil der Einstellung zu Ende.</translation>
    </message>
    <message>
        <source>Mark an earlier in point.</source>
        <translation>Setzen Sie einen früheren In-Punkt.</translation>
    </message>
    <message>
        <source>The line begins at frame {at}, {clip} has {count} frames.</source>
        <translation>Die Zeile beginnt bei Frame {at}, {clip} hat {count} Frames.</translation>
    </message>
    <message>
        <source>Begin it earlier.</source>
        <translation>Lassen Sie sie früher beginnen.</translation>
    </message>
    <message>
        <source>The line begins at frame {at} and has ended before {clip} begins.</source>
        <translation>Die Zeile beginnt bei Frame {at} und ist zu Ende, bevor {clip} beginnt.</translation>
    </message>
    <message>
        <source>Begin it later.</source>
        <translation>Lassen Sie sie später beginnen.</translation>
    </message>
    <message>
        <source>{clip} ({slot}) names no media.</source>
        <translation>{clip} ({slot}) nennt kein Medium.</translation>
    </message>
    <message>
        <source>Relink it in the editing program.</source>
        <translation>Verknüpfen Sie ihn im Schnittprogramm neu.</translation>
    </message>
    <message>
        <source>{clip} ({slot}) cannot be dubbed.</source>
        <translation>{clip} ({slot}) kann nicht synchronisiert werden.</translation>
    </message>
    <message>
        <source>{clip} ({slot}) uses frames {first} to {end}, its media has {media_first} to {media_end}.</source>
        <translation>{clip} ({slot}) benutzt die Frames {first} bis {end}, das Medium hat {media_first} bis {media_end}.</translation>
    </message>
    <message>
        <source>Relink the clip, or trim it to its media.</source>
        <translation>Verknüpfen Sie den Clip neu, oder trimmen Sie ihn auf sein Medium.</translation>
    </message>
    <message>
        <source>{clip} has no take.</source>
        <translation>{clip} hat keinen Take.</translation>
    </message>
    <message>
        <source>{@give_take}.</source>
        <translation>{@give_take}.</translation>
    </message>
    <message>
        <source>{clip}: {why}</source>
        <translation>{clip}: {why}</translation>
    </message>
    <message>
        <source>{one} {other}</source>
        <translation>{one} {other}</translation>
    </message>
    <message>
        <source>A bug in G4G Dub: {event}</source>
        <translation>Ein Fehler von uns: {event}</translation>
    </message>
    <message>
        <source>No clip was named.</source>
        <translation>Es ist kein Clip genannt.</translation>
    </message>
    <message>
        <source>{clip} is named twice.</source>
        <translation>{clip} wird zweimal verlangt.</translation>
    </message>
    <message>
        <source>Give several lines of one clip different faces.</source>
        <translation>Geben Sie mehreren Zeilen eines Clips verschiedene Gesichter.</translation>
    </message>
    <message>
        <source>{clip} has no version {name}.</source>
        <translation>{clip} hat keine Version {name}.</translation>
    </message>
    <message>
        <source>It has {known}; give the project, &lt;name&gt;.g4g.otio.</source>
        <translation>Es gibt {known}; geben Sie das Projekt an, &lt;name&gt;.g4g.otio.</translation>
    </message>
    <message>
        <source>No clip has a take under it on {track}.</source>
        <translation>Unter keinem Clip liegt auf {track} ein Take.</translation>
    </message>
    <message>
        <source>{@list_clips}.</source>
        <translation>{@list_clips}.</translation>
    </message>
    <message>
        <source>No timeline is open.</source>
        <translation>Es ist keine Timeline geöffnet.</translation>
    </message>
    <message>
        <source>Open one first.</source>
        <translation>Öffnen Sie zuerst eine.</translation>
    </message>
    <message>
        <source>Give it one.</source>
        <translation>Geben Sie ihm einen.</translation>
    </message>
    <message>
        <source>{label}: there is no {value!r} here.</source>
        <translation>{label}: {value!r} gibt es hier nicht.</translation>
    </message>
    <message>
        <source>{path} is the project of another version of {timeline}.</source>
        <translation>{path} ist das Projekt einer anderen Version von {timeline}.</translation>
    </message>
    <message>
        <source>{@choose_folder}, or move that project away.</source>
        <translation>{@choose_folder}, oder verschieben Sie jenes Projekt.</translation>
    </message>
    <message>
        <source>The folder {out} cannot be written: {err}.</source>
        <translation>In den Ordner {out} kann nicht geschrieben werden: {err}.</translation>
    </message>
    <message>
        <source>{path} is damaged and was set aside as {aside}: {reason}.</source>
        <translation>{path} ist beschädigt und wurde als {aside} beiseitegelegt: {reason}.</translation>
    </message>
    <message>
        <source>it is not what G4G writes</source>
        <translation>es ist nicht, was G4G schreibt</translation>
    </message>
    <message>
        <source>{path} was written by a newer G4G.</source>
        <translation>{path} wurde von einem neueren G4G geschrieben.</translation>
    </message>
    <message>
        <source>Update G4G, or move the file away.</source>
        <translation>Aktualisieren Sie G4G, oder verschieben Sie die Datei.</translation>
    </message>
    <message>
        <source>The decisions cannot be saved to {places}: {reason}.</source>
        <translation>Die Entscheidungen können nicht in {places} gespeichert werden: {reason}.</translation>
    </message>
    <message>
        <source>Free some disk space.</source>
        <translation>Schaffen Sie Platz auf dem Datenträger.</translation>
    </message>
    <message>
        <source>same name</source>
        <translation>gleicher Name</translation>
    </message>
    <message>
        <source>name holds “{name}”</source>
        <translation>Name enthält „{name}“</translation>
    </message>
    <message>
        <source>starts {count} frames into the clip</source>
        <translation>beginnt {count} Frames nach dem Clipanfang</translation>
    </message>
    <message>
        <source>starts {count} frames before the clip</source>
        <translation>beginnt {count} Frames vor dem Clip</translation>
    </message>
    <message>
        <source>{file}, row {row}</source>
        <translation>{file}, Zeile {row}</translation>
    </message>
    <message>
        <source>{file} cannot be read: {why}.</source>
        <translation>{file} kann nicht gelesen werden: {why}.</translation>
    </message>
    <message>
        <source>Save it as CSV in UTF-8.</source>
        <translation>Speichern Sie sie als CSV in UTF-8.</translation>
    </message>
    <message>
        <source>Example: V1/2,line.wav</source>
        <translation>Beispiel: V1/2,satz.wav</translation>
    </message>
    <message>
        <source>{file}, row {row}: a clip and a file are needed.</source>
        <translation>{file}, Zeile {row}: Es braucht einen Clip und eine Datei.</translation>
    </message>
    <message>
        <source>Check the path.</source>
        <translation>Prüfen Sie den Pfad.</translation>
    </message>
    <message>
        <source>{file}, row {row}: there is no file {audio}.</source>
        <translation>{file}, Zeile {row}: Die Datei {audio} gibt es nicht.</translation>
    </message>
    <message>
        <source>Unexpected: {error}</source>
        <translation>Unerwartet: {error}</translation>
    </message>
    <message>
        <source>Please send the report.</source>
        <translation>Bitte senden Sie den Bericht.</translation>
    </message>
    <message>
        <source>adapt to the shot again</source>
        <translation>lernen Sie die Person noch einmal an</translation>
    </message>
    <message>
        <source>check this machine (F2)</source>
        <translation>prüfen Sie diesen Rechner (F2)</translation>
    </message>
    <message>
        <source>choose the device auto or cpu in the settings</source>
        <translation>wählen Sie in den Einstellungen das Gerät auto oder cpu</translation>
    </message>
    <message>
        <source>set a range of its frames to be dubbed anyway</source>
        <translation>lassen Sie einen Bereich seiner Frames trotzdem synchronisieren</translation>
    </message>
    <message>
        <source>choose the device cpu in the settings</source>
        <translation>wählen Sie in den Einstellungen das Gerät cpu</translation>
    </message>
    <message>
        <source>choose the fit “{fit}”</source>
        <translation>wählen Sie die Anpassung „{fit}“</translation>
    </message>
    <message>
        <source>choose another folder</source>
        <translation>wählen Sie einen anderen Ordner</translation>
    </message>
    <message>
        <source>choose another codec in the inspector</source>
        <translation>wählen Sie im Inspektor einen anderen Codec</translation>
    </message>
    <message>
        <source>choose another engine in the inspector</source>
        <translation>wählen Sie im Inspektor eine andere Engine</translation>
    </message>
    <message>
        <source>choose the renderer native in the inspector</source>
        <translation>wählen Sie im Inspektor den Renderer native</translation>
    </message>
    <message>
        <source>choose other weights in the inspector</source>
        <translation>wählen Sie im Inspektor andere Gewichte</translation>
    </message>
    <message>
        <source>export OpenTimelineIO instead</source>
        <translation>exportieren Sie stattdessen OpenTimelineIO</translation>
    </message>
    <message>
        <source>drop an audio file on the clip</source>
        <translation>ziehen Sie eine Audiodatei auf den Clip</translation>
    </message>
    <message>
        <source>keep one timeline in the file</source>
        <translation>lassen Sie nur eine Timeline in der Datei</translation>
    </message>
    <message>
        <source>look at the page of clips</source>
        <translation>sehen Sie auf der Seite der Clips nach</translation>
    </message>
    <message>
        <source>dub without the adaptation</source>
        <translation>synchronisieren Sie ohne das Angelernte</translation>
    </message>
    <message>
        <source>wait until it is finished</source>
        <translation>warten Sie, bis dort niemand mehr arbeitet</translation>
    </message>
    <message>
        <source>bad file descriptor</source>
        <translation>die Datei ist nicht mehr offen</translation>
    </message>
    <message>
        <source>no space left on device</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>permission denied</source>
        <translation>die Zugriffsrechte fehlen</translation>
    </message>
    <message>
        <source>read-only file system</source>
        <translation>der Datenträger ist schreibgeschützt</translation>
    </message>
    <message>
        <source>no such file or directory</source>
        <translation>Datei oder Ordner gibt es nicht</translation>
    </message>
    <message>
        <source>not a directory</source>
        <translation>das ist kein Ordner</translation>
    </message>
    <message>
        <source>is a directory</source>
        <translation>das ist ein Ordner</translation>
    </message>
    <message>
        <source>file exists</source>
        <translation>die Datei gibt es schon</translation>
    </message>
    <message>
        <source>file name too long</source>
        <translation>der Dateiname ist zu lang</translation>
    </message>
    <message>
        <source>file too large</source>
        <translation>die Datei ist zu groß</translation>
    </message>
    <message>
        <source>disk quota exceeded</source>
        <translation>Ihr Speicherkontingent ist aufgebraucht</translation>
    </message>
    <message>
        <source>input/output error</source>
        <translation>der Datenträger meldet einen Lese- oder Schreibfehler</translation>
    </message>
    <message>
        <source>operation not permitted</source>
        <translation>das ist nicht erlaubt</translation>
    </message>
    <message>
        <source>too many open files</source>
        <translation>zu viele Dateien sind offen</translation>
    </message>
    <message>
        <source>cannot allocate memory</source>
        <translation>es ist kein Arbeitsspeicher mehr frei</translation>
    </message>
    <message>
        <source>stale file handle</source>
        <translation>die Datei liegt auf einem Netzlaufwerk, das nicht mehr verbunden ist</translation>
    </message>
    <message>
        <source>host is down</source>
        <translation>der Server antwortet nicht</translation>
    </message>
    <message>
        <source>text file busy</source>
        <translation>die Datei wird gerade benutzt</translation>
    </message>
    <message>
        <source>device or resource busy</source>
        <translation>das Gerät ist belegt</translation>
    </message>
    <message>
        <source>invalid data found when processing input</source>
        <translation>ungültige Daten</translation>
    </message>
    <message>
        <source>end of file</source>
        <translation>die Datei endet zu früh</translation>
    </message>
    <message>
        <source>protocol not found</source>
        <translation>das Protokoll ist unbekannt</translation>
    </message>
    <message>
        <source>database is locked</source>
        <translation>ein anderes Programm hält die Datei fest</translation>
    </message>
    <message>
        <source>database or disk is full</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>database disk image is malformed</source>
        <translation>die Datei ist beschädigt</translation>
    </message>
    <message>
        <source>unable to open database file</source>
        <translation>die Datei lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>attempt to write a readonly database</source>
        <translation>die Datei ist schreibgeschützt</translation>
    </message>
    <message>
        <source>file is not a database</source>
        <translation>die Datei ist keine Datenbank</translation>
    </message>
    <message>
        <source>disk I/O error</source>
        <translation>der Datenträger meldet einen Lese- oder Schreibfehler</translation>
    </message>
    <message>
        <source>The folder {out} cannot be made: {err}.</source>
        <translation>Der Ordner {out} kann nicht angelegt werden: {err}.</translation>
    </message>
    <message>
        <source>{media} cannot be deleted: {err}.</source>
        <translation>{media} kann nicht gelöscht werden: {err}.</translation>
    </message>
    <message>
        <source>Close programs that play it.</source>
        <translation>Schließen Sie Programme, die sie abspielen.</translation>
    </message>
    <message>
        <source>Export to another one.</source>
        <translation>Exportieren Sie in einen anderen.</translation>
    </message>
    <message>
        <source>Relink the clip in the editing program.</source>
        <translation>Verknüpfen Sie den Clip im Schnittprogramm neu.</translation>
    </message>
    <message>
        <source>{@choose_weights}.</source>
        <translation>{@choose_weights}.</translation>
    </message>
    <message>
        <source>{names} changed while {clip} was waiting or being dubbed.</source>
        <translation>{names} wurde geändert, während {clip} wartete oder synchronisiert wurde.</translation>
    </message>
    <message>
        <source>Dub it again.</source>
        <translation>Synchronisieren Sie ihn noch einmal.</translation>
    </message>
    <message>
        <source>Somebody is already working in {folder}{who}.</source>
        <translation>In {folder} arbeitet schon jemand{who}.</translation>
    </message>
    <message>
        <source>{@wait}, or {@choose_folder}.</source>
        <translation>{@wait}, oder {@choose_folder}.</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be written: {err}.</source>
        <translation>In den Ordner {folder} kann nicht geschrieben werden: {err}.</translation>
    </message>
    <message>
        <source>Run installer/install.py again.</source>
        <translation>Führen Sie installer/install.py noch einmal aus.</translation>
    </message>
    <message>
        <source>The file by which people are recognised is missing.</source>
        <translation>Die Datei fehlt, mit der Personen wiedererkannt werden.</translation>
    </message>
    <message>
        <source>{take} is silent: the mouth will rest.</source>
        <translation>{take} ist still: Der Mund wird ruhen.</translation>
    </message>
    <message>
        <source>No speech is heard in {take}, only steady sound: the mouth will hardly move.</source>
        <translation>In {take} ist keine Sprache zu hören, nur gleichbleibender Ton: Der Mund wird sich kaum bewegen.</translation>
    </message>
    <message>
        <source>One side of {take} has its polarity turned: it is turned back.</source>
        <translation>Eine Seite von {take} ist verpolt: Sie wird zurückgedreht.</translation>
    </message>
    <message>
        <source>Place it on another frame of the shot.</source>
        <translation>Legen Sie sie auf ein anderes Bild der Einstellung.</translation>
    </message>
    <message>
        <source>The line ends before the shot begins ({frames} frames early).</source>
        <translation>Die Zeile endet, bevor die Einstellung beginnt ({frames} Bilder zu früh).</translation>
    </message>
    <message>
        <source>The line begins after the shot has ended.</source>
        <translation>Die Zeile beginnt erst, wenn die Einstellung zu Ende ist.</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>who moves the mouth</source>
        <translation>wer den Mund bewegt</translation>
    </message>
    <message>
        <source>Renderer</source>
        <translation>Renderer</translation>
    </message>
    <message>
        <source>what draws the mouth</source>
        <translation>was den Mund zeichnet</translation>
    </message>
    <message>
        <source>Strength of the mouth</source>
        <translation>Stärke der Mundbewegung</translation>
    </message>
    <message>
        <source>how far the mouth moves; 1 is as heard</source>
        <translation>wie weit sich der Mund bewegt; 1 ist wie gehört</translation>
    </message>
    <message>
        <source>Lip offset, frames</source>
        <translation>Lippenversatz, Frames</translation>
    </message>
    <message>
        <source>frames the lips move later than the sound; negative: earlier</source>
        <translation>Frames, um die sich die Lippen später bewegen als der Ton; negativ: früher</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Anpassung</translation>
    </message>
    <message>
        <source>what happens to a line that is too long or too short</source>
        <translation>was mit einer zu langen oder zu kurzen Zeile geschieht</translation>
    </message>
    <message>
        <source>Delivery codec</source>
        <translation>Liefercodec</translation>
    </message>
    <message>
        <source>what the dub is delivered in</source>
        <translation>worin das Ergebnis geliefert wird</translation>
    </message>
    <message>
        <source>Handles, frames</source>
        <translation>Handles (Frames)</translation>
    </message>
    <message>
        <source>frames delivered beyond each end</source>
        <translation>Frames, die über jedes Ende hinaus geliefert werden</translation>
    </message>
    <message>
        <source>Keep expression</source>
        <translation>Ausdruck behalten</translation>
    </message>
    <message>
        <source>how much of the plate&apos;s own expression stays</source>
        <translation>wie viel vom Ausdruck des Originals bleibt</translation>
    </message>
    <message>
        <source>Adapt to the person</source>
        <translation>An die Person anpassen</translation>
    </message>
    <message>
        <source>use what was learned of the people seen</source>
        <translation>verwenden, was über die Personen gelernt wurde</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>a file in place of the installed weights</source>
        <translation>eine Datei an Stelle der mitgelieferten Gewichte</translation>
    </message>
    <message>
        <source>no face found</source>
        <translation>kein Gesicht gefunden</translation>
    </message>
    <message>
        <source>mouth covered</source>
        <translation>Mund verdeckt</translation>
    </message>
    <message>
        <source>drawn face</source>
        <translation>gezeichnetes Gesicht</translation>
    </message>
    <message>
        <source>not certain whose face it is</source>
        <translation>nicht sicher, wessen Gesicht es ist</translation>
    </message>
    <message>
        <source>unusable picture from the engine</source>
        <translation>unbrauchbares Bild der Engine</translation>
    </message>
    <message>
        <source>kept as asked</source>
        <translation>behalten wie gewünscht</translation>
    </message>
    <message>
        <source>nothing to change</source>
        <translation>nichts zu ändern</translation>
    </message>
    <message>
        <source>The media is of variable frame rate; the picture your editing program shows at each frame is dubbed, and the delivered shot has {rate:.6g} frames every second.</source>
        <translation>Das Medium hat eine wechselnde Bildrate; synchronisiert wird das Bild, das Ihr Schnittprogramm bei jedem Frame zeigt, und die gelieferte Einstellung hat {rate:.6g} Frames in jeder Sekunde.</translation>
    </message>
    <message>
        <source>The media of {own:.6g} fps is played at {rate:.6g} fps, and is delivered so.</source>
        <translation>Das Medium mit {own:.6g} fps läuft mit {rate:.6g} fps und wird so geliefert.</translation>
    </message>
    <message>
        <source>the installed ones</source>
        <translation>die mitgelieferten</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>eine ganze Zahl</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>wahr oder falsch</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>a table</source>
        <translation>eine Tabelle</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>{key} is {value}, not one of {known}</source>
        <translation>{key} ist {value}, keines von {known}</translation>
    </message>
    <message>
        <source>{key} is too large a number</source>
        <translation>{key} ist eine zu große Zahl</translation>
    </message>
    <message>
        <source>{key} is missing</source>
        <translation>{key} fehlt</translation>
    </message>
    <message>
        <source>{kind} or {other}</source>
        <translation>{kind} oder {other}</translation>
    </message>
    <message>
        <source>{key} is {given}, not {wanted}</source>
        <translation>{key} ist {given}, nicht {wanted}</translation>
    </message>
    <message>
        <source>{key}: {reason}</source>
        <translation>{key}: {reason}</translation>
    </message>
    <message>
        <source>{clip} in {path} cannot be read whole: {reason}. The rest of it is used.</source>
        <translation>{clip} in {path} kann nicht ganz gelesen werden: {reason}. Der Rest wird verwendet.</translation>
    </message>
    <message>
        <source>good</source>
        <translation>gut</translation>
    </message>
    <message>
        <source>look</source>
        <translation>ansehen</translation>
    </message>
    <message>
        <source>bad</source>
        <translation>schlecht</translation>
    </message>
    <message>
        <source>the face that was asked for</source>
        <translation>das gewünschte Gesicht</translation>
    </message>
    <message>
        <source>the only face</source>
        <translation>das einzige Gesicht</translation>
    </message>
    <message>
        <source>of {faces} faces the one whose old lips fit the old sound</source>
        <translation>von {faces} Gesichtern das, dessen alte Lippen zum alten Ton passen</translation>
    </message>
    <message>
        <source>of {faces} faces the only one whose mouth moves</source>
        <translation>von {faces} Gesichtern das einzige, dessen Mund sich bewegt</translation>
    </message>
    <message>
        <source>of {faces} faces the largest; whose lips fit the sound is not clear</source>
        <translation>von {faces} Gesichtern das größte; wessen Lippen zum Ton passen, ist nicht klar</translation>
    </message>
    <message>
        <source>{percent:.0f} % of the speech is dubbed: the other frames keep the old lips.</source>
        <translation>{percent:.0f} % der Sprache sind gedubbt: Die übrigen Bilder behalten die alten Lippen.</translation>
    </message>
    <message>
        <source>No speech is heard in the take: the mouth rests.</source>
        <translation>Im Take ist keine Sprache zu hören: Der Mund ruht.</translation>
    </message>
    <message>
        <source>Lips and sound are apart by {ms:.0f} ms.</source>
        <translation>Lippen und Ton liegen {ms:.0f} ms auseinander.</translation>
    </message>
    <message>
        <source>Whether lips and sound fit could not be judged.</source>
        <translation>Ob Lippen und Ton zusammenpassen, ließ sich nicht beurteilen.</translation>
    </message>
    <message>
        <source>Lips and sound do not fit (confidence {after:.2f}).</source>
        <translation>Lippen und Ton passen nicht zusammen (Sicherheit {after:.2f}).</translation>
    </message>
    <message>
        <source>Lips and sound fit loosely (confidence {after:.2f}).</source>
        <translation>Lippen und Ton passen nur lose zusammen (Sicherheit {after:.2f}).</translation>
    </message>
    <message>
        <source>The engine&apos;s picture was unusable here: the plate is kept.</source>
        <translation>Das Bild der Engine war hier unbrauchbar: Das Original bleibt.</translation>
    </message>
    <message>
        <source>The mouth is lit unlike its face.</source>
        <translation>Der Mund ist anders beleuchtet als das Gesicht.</translation>
    </message>
    <message>
        <source>The mouth has another colour than its face had.</source>
        <translation>Der Mund hat eine andere Farbe als das Gesicht.</translation>
    </message>
    <message>
        <source>The mouth does not meet the skin around it.</source>
        <translation>Der Mund schließt nicht an die Haut ringsum an.</translation>
    </message>
    <message>
        <source>The mouth is softer than the picture around it.</source>
        <translation>Der Mund ist weicher als das Bild ringsum.</translation>
    </message>
    <message>
        <source>The mouth is rougher than the picture around it.</source>
        <translation>Der Mund ist rauer als das Bild ringsum.</translation>
    </message>
    <message>
        <source>The mouth jumps between the new and the old lips.</source>
        <translation>Der Mund springt zwischen neuen und alten Lippen.</translation>
    </message>
    <message>
        <source>The mouth does not sit where the plate&apos;s did.</source>
        <translation>Der Mund sitzt nicht dort, wo er im Original saß.</translation>
    </message>
    <message>
        <source>Something lies before part of the mouth.</source>
        <translation>Etwas liegt vor einem Teil des Mundes.</translation>
    </message>
    <message>
        <source>It is not certain whose face it is.</source>
        <translation>Es ist nicht sicher, wessen Gesicht es ist.</translation>
    </message>
    <message>
        <source>Several people move their lips: the largest was taken. Choose the face if it is another.</source>
        <translation>Mehrere bewegen die Lippen: Das größte Gesicht wurde genommen. Das Gesicht wählen, wenn es ein anderes ist.</translation>
    </message>
    <message>
        <source>research only, LICENSE-weights.txt</source>
        <translation>nur Forschung, LICENSE-weights.txt</translation>
    </message>
    <message>
        <source>mouth net</source>
        <translation>Mundnetz</translation>
    </message>
    <message>
        <source>generator</source>
        <translation>Generator</translation>
    </message>
    <message>
        <source>sync expert</source>
        <translation>Sync-Experte</translation>
    </message>
    <message>
        <source>judging sync expert</source>
        <translation>urteilender Sync-Experte</translation>
    </message>
    <message>
        <source>what covers a mouth</source>
        <translation>was einen Mund verdeckt</translation>
    </message>
    <message>
        <source>who is who in a shot</source>
        <translation>wer in einer Einstellung wer ist</translation>
    </message>
    <message>
        <source>speech encoder</source>
        <translation>Sprach-Encoder</translation>
    </message>
    <message>
        <source>MIT, LICENSE-speech.txt</source>
        <translation>MIT, LICENSE-speech.txt</translation>
    </message>
    <message>
        <source>nested sequence</source>
        <translation>verschachtelte Sequenz</translation>
    </message>
    <message>
        <source>object of an unknown kind ({kind})</source>
        <translation>Objekt unbekannter Art ({kind})</translation>
    </message>
    <message>
        <source>its speed; it plays at its own</source>
        <translation>seine Geschwindigkeit; er läuft mit seiner eigenen</translation>
    </message>
    <message>
        <source>transition</source>
        <translation>Übergang</translation>
    </message>
    <message>
        <source>Deliver in another codec.</source>
        <translation>In einem anderen Codec liefern.</translation>
    </message>
    <message>
        <source>The delivered file is not built as expected.</source>
        <translation>Die gelieferte Datei ist nicht aufgebaut wie erwartet.</translation>
    </message>
    <message>
        <source>The media is a dub of ours, and its plate {plate} is not here; what is dubbed now is the dub.</source>
        <translation>Das Medium ist eine Synchronfassung von uns, und ihr Original {plate} ist nicht hier; synchronisiert wird nun die Fassung.</translation>
    </message>
    <message>
        <source>The media is a dub of ours; it is dubbed anew from its plate, {plate}.</source>
        <translation>Das Medium ist eine Synchronfassung von uns; sie wird aus ihrem Original {plate} neu gemacht.</translation>
    </message>
    <message>
        <source>{clip} has no adaptation in {folders}: the base weights are used.</source>
        <translation>{clip} hat in {folders} keine Anpassung: Die Grundgewichte werden verwendet.</translation>
    </message>
    <message>
        <source>{clip}: {file} found nothing better than the base weights, which are used.</source>
        <translation>{clip}: {file} fand nichts Besseres als die Grundgewichte; diese werden verwendet.</translation>
    </message>
    <message>
        <source>{clip} is adapted by {file}: {parts}.</source>
        <translation>{clip} ist durch {file} angepasst: {parts}.</translation>
    </message>
    <message>
        <source>its mouth moves {times} times as far</source>
        <translation>sein Mund bewegt sich {times}-mal so weit</translation>
    </message>
    <message>
        <source>the network renderer paints with what it learned</source>
        <translation>der Renderer network malt mit dem, was er gelernt hat</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Dubbed</source>
        <translation>Synchronisiert</translation>
    </message>
    <message>
        <source>{name} (frame kept)</source>
        <translation>{name} (Bild unverändert)</translation>
    </message>
    <message>
        <source>Difference × 4</source>
        <translation>Differenz × 4</translation>
    </message>
    <message>
        <source>{name} (not dubbed here)</source>
        <translation>{name} (hier nicht synchronisiert)</translation>
    </message>
</context>
<context>
    <name>ChannelBox</name>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} von {count}</translation>
    </message>
    <message>
        <source>all, mixed</source>
        <translation>alle, gemischt</translation>
    </message>
</context>
<context>
    <name>ClipsModel</name>
    <message>
        <source>Clip</source>
        <translation>Clip</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Take</source>
        <translation>Take</translation>
    </message>
    <message>
        <source>Record in</source>
        <translation>Record-In</translation>
    </message>
</context>
<context>
    <name>ClipsPage</name>
    <message>
        <source>Search clips, names or states</source>
        <translation>Clips, Namen oder Status suchen</translation>
    </message>
    <message>
        <source>Search clips</source>
        <translation>Clips suchen</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>Clips</translation>
    </message>
</context>
<context>
    <name>DoctorDialog</name>
    <message>
        <source>Check this machine</source>
        <translation>Diesen Rechner prüfen</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Wird geprüft …</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>Diagnose kopieren</translation>
    </message>
    <message>
        <source>Missing here: {count}. These come first.</source>
        <translation>Hier fehlt: {count}. Das Fehlende steht oben.</translation>
    </message>
    <message>
        <source>Everything is here.</source>
        <translation>Alles ist vorhanden.</translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source>The selected clips have no take.</source>
        <translation>Die ausgewählten Clips haben keinen Take.</translation>
    </message>
    <message>
        <source>Drop an audio file on a clip.</source>
        <translation>Ziehen Sie eine Audiodatei auf einen Clip.</translation>
    </message>
    <message>
        <source>Checking shot and take…</source>
        <translation>Einstellung und Take werden geprüft …</translation>
    </message>
    <message>
        <source>Already in the queue: {count}.</source>
        <translation>Schon in der Warteschlange: {count}.</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>Folder for the dubs and the timeline</source>
        <translation>Ordner für die Synchronfassungen und die Timeline</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>Delivery codec of the next dubs</source>
        <translation>Codec, in dem die nächsten Synchronfassungen geliefert werden</translation>
    </message>
    <message>
        <source>Format written beside OpenTimelineIO</source>
        <translation>Format, das neben OpenTimelineIO geschrieben wird</translation>
    </message>
    <message>
        <source>Leave the original dialogue switched on</source>
        <translation>Originaldialog eingeschaltet lassen</translation>
    </message>
    <message>
        <source>Also a copy that counts from frame 0 (Kdenlive, Shotcut)</source>
        <translation>Kopie ab Frame 0 (Kdenlive, Shotcut)</translation>
    </message>
    <message>
        <source>Export the dubbed timeline</source>
        <translation>Synchronisierte Timeline exportieren</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner anzeigen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Also as</source>
        <translation>Auch als</translation>
    </message>
    <message>
        <source>Codec of new shots</source>
        <translation>Codec neuer Einstellungen</translation>
    </message>
    <message>
        <source>Altered speech must be disclosed: in the EU (AI Act, article 50) and elsewhere viewers must be told. Each dub carries the mark in its metadata and a sidecar file; say it in the credits too, and have the speaker&apos;s consent.</source>
        <translation>Veränderte Sprache muss offengelegt werden: In der EU (KI-Verordnung, Artikel 50) und anderswo muss das Publikum es erfahren. Jede Synchronfassung trägt den Hinweis in ihren Metadaten und in einer Begleitdatei; nennen Sie es auch im Abspann, und holen Sie die Einwilligung der sprechenden Person ein.</translation>
    </message>
    <message>
        <source>Dubbed clips in the new timeline: {count}.</source>
        <translation>Synchronisierte Clips in der neuen Timeline: {count}.</translation>
    </message>
    <message>
        <source>Of these, say an older take: {count}. Dub them again first.</source>
        <translation>Davon noch mit einem älteren Take: {count}. Synchronisieren Sie diese zuerst neu.</translation>
    </message>
    <message>
        <source>OpenTimelineIO alone</source>
        <translation>Nur OpenTimelineIO</translation>
    </message>
    <message>
        <source>OpenTimelineIO carries everything.</source>
        <translation>OpenTimelineIO überträgt alles.</translation>
    </message>
    <message>
        <source>{name} is read, but not written: {lost}. Deliver OpenTimelineIO or an EDL.</source>
        <translation>{name} wird gelesen, aber nicht geschrieben: {lost}. Liefern Sie OpenTimelineIO oder eine EDL.</translation>
    </message>
    <message>
        <source>Writing {name} needs the package {package}, which is not installed.</source>
        <translation>Um {name} zu schreiben, wird das Paket {package} gebraucht; es ist nicht installiert.</translation>
    </message>
    <message>
        <source>A file in {name} is written too. What it cannot carry is not known.</source>
        <translation>Eine Datei in {name} wird auch geschrieben. Was sie nicht tragen kann, ist nicht bekannt.</translation>
    </message>
    <message>
        <source>A file in {name} is written too. It cannot carry: {lost}.</source>
        <translation>Zusätzlich wird eine Datei im Format {name} geschrieben. Nicht übertragen wird: {lost}.</translation>
    </message>
    <message>
        <source>Folder for the dubs</source>
        <translation>Ordner für die Synchronfassungen</translation>
    </message>
    <message>
        <source>Nothing has been dubbed yet.</source>
        <translation>Noch ist nichts synchronisiert.</translation>
    </message>
    <message>
        <source>Dub a clip first.</source>
        <translation>Synchronisieren Sie zuerst einen Clip.</translation>
    </message>
    <message>
        <source>The dub {name} is gone from the disk.</source>
        <translation>Die Fassung {name} ist nicht mehr auf dem Datenträger.</translation>
    </message>
    <message>
        <source>Dub the shot again, or choose another version on the page Shot.</source>
        <translation>Synchronisieren Sie die Einstellung noch einmal, oder wählen Sie auf der Seite Einstellung eine andere Version.</translation>
    </message>
    <message>
        <source>Writing…</source>
        <translation>Wird geschrieben …</translation>
    </message>
    <message>
        <source>For your editing program: {dubbed}
Project with originals and versions: {project}</source>
        <translation>Für Ihr Schnittprogramm: {dubbed}
Projekt mit Originalen und Versionen: {project}</translation>
    </message>
    <message>
        <source>Also written: {name}</source>
        <translation>Außerdem geschrieben: {name}</translation>
    </message>
    <message>
        <source>{name} has been written.</source>
        <translation>{name} ist geschrieben.</translation>
    </message>
</context>
<context>
    <name>FileCommands</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>Timelines ({patterns});;All files (*)</source>
        <translation>Timelines ({patterns});;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open a timeline</source>
        <translation>Timeline öffnen</translation>
    </message>
    <message>
        <source>No media is missing.</source>
        <translation>Es fehlen keine Medien.</translation>
    </message>
    <message>
        <source>Folder below which the missing media lie</source>
        <translation>Ordner, unter dem die fehlenden Medien liegen</translation>
    </message>
    <message>
        <source>Making the demo timeline…</source>
        <translation>Die Demo-Timeline wird erstellt …</translation>
    </message>
</context>
<context>
    <name>Greeting</name>
    <message>
        <source>Open a timeline, or try the demo: a shot and a new line for it lie ready.</source>
        <translation>Öffnen Sie eine Timeline, oder probieren Sie die Demo: Eine Einstellung und ein neuer Satz dafür liegen bereit.</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>Öffnen …</translation>
    </message>
    <message>
        <source>Demo</source>
        <translation>Demo</translation>
    </message>
    <message>
        <source>Dubs waiting from last time: {count}.</source>
        <translation>Noch wartende Synchronisationen vom letzten Mal: {count}.</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>Missing on this machine: {what}.</source>
        <translation>Auf diesem Rechner fehlt: {what}.</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
</context>
<context>
    <name>HelpCommands</name>
    <message>
        <source>1. Open a timeline (Ctrl+O), exported as OpenTimelineIO from your editing program.
2. Drop the new line, an audio file, on its clip.
3. Press Dub (Ctrl+D); go on working while it renders.
4. Watch it with the wipe (3) or the difference (5).
5. Export (Ctrl+E) and open the new timeline in your editing program.</source>
        <translation>1. Öffnen Sie eine Timeline (Strg+O), die Ihr Schnittprogramm als OpenTimelineIO exportiert hat.
2. Ziehen Sie den neuen Satz, eine Audiodatei, auf seinen Clip.
3. Drücken Sie „Synchr.“ (Strg+D); arbeiten Sie weiter, während gerendert wird.
4. Sehen Sie es sich mit dem Wipe (3) oder der Differenz (5) an.
5. Exportieren Sie (Strg+E), und öffnen Sie die neue Timeline in Ihrem Schnittprogramm.</translation>
    </message>
    <message>
        <source>First dub in five steps</source>
        <translation>Erste Synchronisation in fünf Schritten</translation>
    </message>
    <message>
        <source>About G4G Dub</source>
        <translation>Über G4G Dub</translation>
    </message>
    <message>
        <source>G4G Dub {version}
The lips follow the new line.</source>
        <translation>G4G Dub {version}
Die Lippen folgen dem neuen Satz.</translation>
    </message>
</context>
<context>
    <name>InspectorPage</name>
    <message>
        <source>Line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Decide as in a version</source>
        <translation>Entscheiden wie in einer Version</translation>
    </message>
    <message>
        <source>Begins at frame</source>
        <translation>Beginnt bei Frame</translation>
    </message>
    <message>
        <source>The frame of the shot with which the line begins; negative: before the cut.</source>
        <translation>Der Frame der Einstellung, mit dem die Zeile beginnt; negativ: vor dem Schnitt.</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <source>Which channel of the file is heard.</source>
        <translation>Welcher Kanal der Datei zu hören ist.</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>Gesicht</translation>
    </message>
    <message>
        <source>Whose mouth moves. Press it and click the face, or S for the next one.</source>
        <translation>Wessen Mund sich bewegt. Drücken und das Gesicht anklicken, oder S für das nächste.</translation>
    </message>
    <message>
        <source>Ranges (in and out marks fill the frames in)</source>
        <translation>Bereiche (In- und Out-Marken füllen die Frames aus)</translation>
    </message>
    <message>
        <source>No clip is selected.</source>
        <translation>Kein Clip ist ausgewählt.</translation>
    </message>
    <message>
        <source>{clip} has no take: drop an audio file on it.</source>
        <translation>{clip} hat keinen Take: Ziehen Sie eine Audiodatei darauf.</translation>
    </message>
    <message>
        <source>  (and {count} more)</source>
        <translation>  (und {count} weitere)</translation>
    </message>
    <message>
        <source>found by itself</source>
        <translation>findet sich selbst</translation>
    </message>
    <message>
        <source>at {x:.0f}, {y:.0f}</source>
        <translation>bei {x:.0f}, {y:.0f}</translation>
    </message>
    <message>
        <source>Decide as in a version…</source>
        <translation>Entscheiden wie in einer Version…</translation>
    </message>
    <message>
        <source>as in v{number:03d}</source>
        <translation>wie in v{number:03d}</translation>
    </message>
    <message>
        <source>change: {name}</source>
        <translation>ändern: {name}</translation>
    </message>
    <message>
        <source>change the line</source>
        <translation>die Zeile ändern</translation>
    </message>
</context>
<context>
    <name>Lane</name>
    <message>
        <source>The shot has no line.</source>
        <translation>Die Einstellung hat keine Zeile.</translation>
    </message>
    <message>
        <source>{name} begins at frame {frame}.</source>
        <translation>{name} beginnt bei Frame {frame}.</translation>
    </message>
    <message>
        <source>nudge the lips</source>
        <translation>die Lippen rücken</translation>
    </message>
    <message>
        <source>change a range</source>
        <translation>einen Bereich ändern</translation>
    </message>
    <message>
        <source>set in and out</source>
        <translation>In und Out setzen</translation>
    </message>
    <message>
        <source>Ramp</source>
        <translation>Rampe</translation>
    </message>
    <message>
        <source>{count} frames</source>
        <translation>{count} Frames</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>add a range</source>
        <translation>einen Bereich hinzufügen</translation>
    </message>
    <message>
        <source>remove a range</source>
        <translation>einen Bereich entfernen</translation>
    </message>
    <message>
        <source>kept: {why}</source>
        <translation>behalten: {why}</translation>
    </message>
    <message>
        <source>frames {first} to {last}</source>
        <translation>Frames {first} bis {last}</translation>
    </message>
    <message>
        <source>Draw a range with the mouse.</source>
        <translation>Ziehen Sie mit der Maus einen Bereich auf.</translation>
    </message>
</context>
<context>
    <name>LaneView</name>
    <message>
        <source>Lip lane</source>
        <translation>Lippenspur</translation>
    </message>
    <message>
        <source>The lane of the selected shot.</source>
        <translation>Die Spur der gewählten Einstellung.</translation>
    </message>
    <message>
        <source> · at {frame}</source>
        <translation> · bei {frame}</translation>
    </message>
    <message>
        <source> · lips {count:+d}</source>
        <translation> · Lippen {count:+d}</translation>
    </message>
    <message>
        <source>No take: drop an audio file on the clip, or press T.</source>
        <translation>Kein Take: Legen Sie eine Audiodatei auf den Clip, oder drücken Sie T.</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Line {number}</source>
        <translation>Zeile {number}</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Ranges</source>
        <translation>Bereiche</translation>
    </message>
</context>
<context>
    <name>LipCommands</name>
    <message>
        <source>change the fit</source>
        <translation>Anpassung ändern</translation>
    </message>
    <message>
        <source>No range lies under the playhead.</source>
        <translation>Unter dem Abspielkopf liegt kein Bereich.</translation>
    </message>
</context>
<context>
    <name>MatchDialog</name>
    <message>
        <source>Takes found</source>
        <translation>Gefundene Takes</translation>
    </message>
    <message>
        <source>Clip</source>
        <translation>Clip</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Untick what does not belong together.</source>
        <translation>Entfernen Sie die Häkchen, wo etwas nicht zusammengehört.</translation>
    </message>
</context>
<context>
    <name>OpenProject</name>
    <message>
        <source>Reading {name}…</source>
        <translation>{name} wird gelesen …</translation>
    </message>
    <message>
        <source>{name}: {count} clips</source>
        <translation>{name}: {count} Clips</translation>
    </message>
    <message>
        <source>Looking for {count} files…</source>
        <translation>{count} Dateien werden gesucht…</translation>
    </message>
    <message>
        <source>Relinked: {count}.</source>
        <translation>Neu verknüpft: {count}.</translation>
    </message>
    <message>
        <source>Still missing: {count}, the first is {name}.</source>
        <translation>Noch fehlen: {count}, als erste {name}.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>The settings cannot be saved: {why}.</source>
        <translation>Die Einstellungen können nicht gespeichert werden: {why}.</translation>
    </message>
</context>
<context>
    <name>PictureCommands</name>
    <message>
        <source>Wipe line at {share:.0%}</source>
        <translation>Wipe-Linie bei {share:.0%}</translation>
    </message>
    <message>
        <source>Looking for faces…</source>
        <translation>Gesichter werden gesucht …</translation>
    </message>
    <message>
        <source>No face was found in this frame.</source>
        <translation>In diesem Frame wurde kein Gesicht gefunden.</translation>
    </message>
    <message>
        <source>Zoomed to the mouth</source>
        <translation>Zum Mund gezoomt</translation>
    </message>
    <message>
        <source>There is one face here: it speaks.</source>
        <translation>Hier ist ein Gesicht: Es spricht.</translation>
    </message>
    <message>
        <source>Face {number} of {count}, from the left, speaks.</source>
        <translation>Gesicht {number} von {count}, von links, spricht.</translation>
    </message>
</context>
<context>
    <name>PositionBar</name>
    <message>
        <source>Position in the shot</source>
        <translation>Position in der Einstellung</translation>
    </message>
    <message>
        <source>This dub is of an older version and does not say which of its frames were dubbed.</source>
        <translation>Diese Synchronfassung stammt aus einer älteren Version und sagt nicht, welche ihrer Bilder synchronisiert wurden.</translation>
    </message>
    <message>
        <source>{count} frames dubbed, {kept} kept</source>
        <translation>{count} Frames synchronisiert, {kept} unverändert</translation>
    </message>
</context>
<context>
    <name>QueueModel</name>
    <message>
        <source>See the report.</source>
        <translation>Siehe den Bericht.</translation>
    </message>
    <message>
        <source>{name} is dubbed.</source>
        <translation>{name} ist synchronisiert.</translation>
    </message>
</context>
<context>
    <name>QueuePage</name>
    <message>
        <source>Progress of the running dub</source>
        <translation>Fortschritt der laufenden Synchronisation</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Shot</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>Fertige entfernen</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>nothing is running</source>
        <translation>nichts läuft</translation>
    </message>
    <message>
        <source>starting…</source>
        <translation>startet …</translation>
    </message>
    <message>
        <source>finding the face</source>
        <translation>Gesicht suchen</translation>
    </message>
    <message>
        <source>choosing references</source>
        <translation>Referenzen wählen</translation>
    </message>
    <message>
        <source>dubbing</source>
        <translation>synchronisieren</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>{count} to do</source>
        <translation>{count} zu erledigen</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>noch etwa {time}</translation>
    </message>
    <message>
        <source>The queue is empty.</source>
        <translation>Die Warteschlange ist leer.</translation>
    </message>
    <message>
        <source>{count} failed; select one and press Retry.</source>
        <translation>{count} fehlgeschlagen; wählen Sie einen Eintrag und drücken Sie „Wiederholen“.</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>All done.</source>
        <translation>Alles fertig.</translation>
    </message>
</context>
<context>
    <name>RangeEditor</name>
    <message>
        <source>Ranges</source>
        <translation>Bereiche</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>Erster Frame</translation>
    </message>
    <message>
        <source>Last frame</source>
        <translation>Letzter Frame</translation>
    </message>
    <message>
        <source>Ramp, frames</source>
        <translation>Rampe, Frames</translation>
    </message>
    <message>
        <source>What the mouth does</source>
        <translation>Was der Mund tut</translation>
    </message>
    <message>
        <source>Strength in the range</source>
        <translation>Stärke im Bereich</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>Mouth</source>
        <translation>Mund</translation>
    </message>
    <message>
        <source>Ramp</source>
        <translation>Rampe</translation>
    </message>
    <message>
        <source>add a range</source>
        <translation>einen Bereich hinzufügen</translation>
    </message>
    <message>
        <source>change a range</source>
        <translation>einen Bereich ändern</translation>
    </message>
    <message>
        <source>remove a range</source>
        <translation>einen Bereich entfernen</translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Something unexpected happened</source>
        <translation>Etwas Unerwartetes ist geschehen</translation>
    </message>
    <message>
        <source>This is a bug in G4G Dub, not your mistake. The queue goes on and your files are untouched.</source>
        <translation>Das ist ein Fehler von uns, nicht von Ihnen. Die Warteschlange läuft weiter, und Ihre Dateien sind, wie sie waren.</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Copy the report</source>
        <translation>Bericht kopieren</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Reset: {name}</source>
        <translation>Zurücksetzen: {name}</translation>
    </message>
    <message>
        <source>Back to what a new shot gets</source>
        <translation>Zurück zu dem, was eine neue Einstellung bekommt</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Keep as…</source>
        <translation>Speichern als …</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Language, from the next start</source>
        <translation>Sprache (ab dem nächsten Start)</translation>
    </message>
    <message>
        <source>the system&apos;s</source>
        <translation>die des Systems</translation>
    </message>
    <message>
        <source>(none)</source>
        <translation>(keine)</translation>
    </message>
    <message>
        <source>Keep a preset</source>
        <translation>Vorgabe speichern</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>{keys} belongs to “{action}”.</source>
        <translation>{keys} gehört schon zu „{action}“.</translation>
    </message>
</context>
<context>
    <name>ShotDecisions</name>
    <message>
        <source>assign {count} takes</source>
        <translation>{count} Takes zuweisen</translation>
    </message>
    <message>
        <source>place the line</source>
        <translation>die Zeile setzen</translation>
    </message>
    <message>
        <source>nudge the line by {count:+d}</source>
        <translation>die Zeile um {count:+d} rücken</translation>
    </message>
    <message>
        <source>nudge the lips by {count:+d}</source>
        <translation>die Lippen um {count:+d} rücken</translation>
    </message>
    <message>
        <source>decide as in v{number:03d}</source>
        <translation>entscheiden wie in v{number:03d}</translation>
    </message>
    <message>
        <source>Choose a take first, then click the face.</source>
        <translation>Wählen Sie zuerst einen Take, dann klicken Sie das Gesicht an.</translation>
    </message>
    <message>
        <source>choose the face</source>
        <translation>Gesicht auswählen</translation>
    </message>
    <message>
        <source>use the original</source>
        <translation>das Original nehmen</translation>
    </message>
    <message>
        <source>use another version</source>
        <translation>eine andere Version nehmen</translation>
    </message>
</context>
<context>
    <name>ShotPage</name>
    <message>
        <source>Will this shot work?</source>
        <translation>Wird diese Einstellung gelingen?</translation>
    </message>
    <message>
        <source>Look at the shot</source>
        <translation>Einstellung prüfen</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>Confidence: how sure the sync expert is that lips and sound belong together, -1 to 1.</source>
        <translation>Konfidenz: wie sicher der Sync-Experte ist, dass Lippen und Ton zusammengehören, -1 bis 1.</translation>
    </message>
    <message>
        <source>Compare before with after; it differs from shot to shot.</source>
        <translation>Vergleichen Sie vorher und nachher; der Wert ist von Einstellung zu Einstellung verschieden.</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Löschen …</translation>
    </message>
    <message>
        <source>Compare it with the one in use</source>
        <translation>Mit der verwendeten Version vergleichen</translation>
    </message>
    <message>
        <source>No clip is selected.</source>
        <translation>Kein Clip ist ausgewählt.</translation>
    </message>
    <message>
        <source>  (and {count} more)</source>
        <translation>  (und {count} weitere)</translation>
    </message>
    <message>
        <source>{count} frames at {rate:.6g} fps from {tc}</source>
        <translation>{count} Frames mit {rate:.6g} fps ab {tc}</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Wird geprüft …</translation>
    </message>
    <message>
        <source>Not looked at yet: face, take, level, silence.</source>
        <translation>Noch nicht geprüft: Gesicht, Take, Pegel, Stille.</translation>
    </message>
    <message>
        <source>{name} (the file is gone)</source>
        <translation>{name} (die Datei fehlt)</translation>
    </message>
    <message>
        <source>Verdict: {rating}, {percent:.0f} % of the speech dubbed</source>
        <translation>Urteil: {rating}, {percent:.0f} % der Sprache gedubbt</translation>
    </message>
    <message>
        <source>Dubbed: {face}</source>
        <translation>Gedubbt: {face}</translation>
    </message>
    <message>
        <source>{dubbed} frames dubbed, {kept} kept as they were</source>
        <translation>{dubbed} Frames synchronisiert, {kept} unverändert gelassen</translation>
    </message>
    <message>
        <source>Renderer {renderer}, strength {strength:g}, lips {offset:+d} frames</source>
        <translation>Renderer {renderer}, Stärke {strength:g}, Lippen {offset:+d} Frames</translation>
    </message>
    <message>
        <source>Delete {name} from the disk? That cannot be undone.</source>
        <translation>{name} vom Datenträger löschen? Das lässt sich nicht zurücknehmen.</translation>
    </message>
    <message>
        <source>Engine {engine}, fit {fit}, take {take}</source>
        <translation>Engine {engine}, Anpassung {fit}, Take {take}</translation>
    </message>
    <message>
        <source>Weights {digest}…</source>
        <translation>Gewichte {digest} …</translation>
    </message>
    <message>
        <source>Sync: not measured for this dub.</source>
        <translation>Sync: für diese Fassung nicht gemessen.</translation>
    </message>
    <message>
        <source>Sync before</source>
        <translation>Sync vorher</translation>
    </message>
    <message>
        <source>Sync after</source>
        <translation>Sync nachher</translation>
    </message>
    <message>
        <source>no figure.</source>
        <translation>kein Wert.</translation>
    </message>
    <message>
        <source>sound in time</source>
        <translation>Ton synchron</translation>
    </message>
    <message>
        <source>sound {ms:.0f} ms late</source>
        <translation>Ton {ms:.0f} ms zu spät</translation>
    </message>
    <message>
        <source>sound {ms:.0f} ms early</source>
        <translation>Ton {ms:.0f} ms zu früh</translation>
    </message>
    <message>
        <source>{late} (a guess)</source>
        <translation>{late} (geschätzt)</translation>
    </message>
    <message>
        <source>confidence {value:.2f}, {late}</source>
        <translation>Konfidenz {value:.2f}, {late}</translation>
    </message>
    <message>
        <source>Delete a version</source>
        <translation>Version löschen</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>Clips on their tracks. The page Clips lists the same as a table.</source>
        <translation>Clips auf ihren Spuren. Die Seite „Clips“ zeigt dasselbe als Tabelle.</translation>
    </message>
    <message>
        <source>Take: {name}</source>
        <translation>Take: {name}</translation>
    </message>
    <message>
        <source>  (and {count} more)</source>
        <translation>  (und {count} weitere)</translation>
    </message>
    <message>
        <source>Marker {name} at {tc}</source>
        <translation>Marker {name} bei {tc}</translation>
    </message>
    <message>
        <source>Drop the audio file on a clip.</source>
        <translation>Ziehen Sie die Audiodatei auf einen Clip.</translation>
    </message>
</context>
<context>
    <name>StripView</name>
    <message>
        <source>Timeline</source>
        <translation>Timeline</translation>
    </message>
    <message>
        <source>Drop a timeline here, or open one with Ctrl+O.</source>
        <translation>Ziehen Sie eine Timeline hierher, oder öffnen Sie eine mit Strg+O.</translation>
    </message>
</context>
<context>
    <name>TakeBin</name>
    <message>
        <source>Audio files</source>
        <translation>Audiodateien</translation>
    </message>
    <message>
        <source>{name} · {seconds:.2f} s</source>
        <translation>{name} · {seconds:.2f} s</translation>
    </message>
</context>
<context>
    <name>TakeCommands</name>
    <message>
        <source>Audio ({patterns});;All files (*)</source>
        <translation>Audio ({patterns});;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Select a clip first.</source>
        <translation>Wählen Sie zuerst einen Clip aus.</translation>
    </message>
    <message>
        <source>Choose a take</source>
        <translation>Take auswählen</translation>
    </message>
    <message>
        <source>remove the take</source>
        <translation>Take entfernen</translation>
    </message>
    <message>
        <source>{clip} cannot be dubbed.</source>
        <translation>{clip} kann nicht synchronisiert werden.</translation>
    </message>
    <message>
        <source>This timeline has no audio tracks.</source>
        <translation>Diese Timeline hat keine Audiospuren.</translation>
    </message>
    <message>
        <source>Each selected clip takes what lies under it on</source>
        <translation>Jeder ausgewählte Clip nimmt, was unter ihm liegt, von Spur</translation>
    </message>
    <message>
        <source>Take from a track</source>
        <translation>Take aus einer Spur</translation>
    </message>
    <message>
        <source>{count} clips were left as they are.</source>
        <translation>Unverändert gebliebene Clips: {count}.</translation>
    </message>
    <message>
        <source>take from {track}</source>
        <translation>Take aus {track}</translation>
    </message>
    <message>
        <source>Import a CSV</source>
        <translation>CSV importieren</translation>
    </message>
    <message>
        <source>Choose the takes</source>
        <translation>Takes auswählen</translation>
    </message>
    <message>
        <source>Files that fit no clip that can be dubbed: {count}.</source>
        <translation>Dateien, die zu keinem synchronisierbaren Clip passen: {count}.</translation>
    </message>
    <message>
        <source>Drag them onto their clips instead.</source>
        <translation>Ziehen Sie sie stattdessen auf ihre Clips.</translation>
    </message>
    <message>
        <source>No file fits a clip.</source>
        <translation>Keine Datei passt zu einem Clip.</translation>
    </message>
    <message>
        <source>Drag the files onto their clips instead.</source>
        <translation>Ziehen Sie die Dateien stattdessen auf ihre Clips.</translation>
    </message>
</context>
<context>
    <name>TakeWave</name>
    <message>
        <source>Waveform of the take</source>
        <translation>Wellenform des Takes</translation>
    </message>
</context>
<context>
    <name>TakesPage</name>
    <message>
        <source>In</source>
        <translation>In</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Out</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>Kanal</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Anpassung</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>genau</translation>
    </message>
    <message>
        <source>trim a longer take</source>
        <translation>längeren kürzen</translation>
    </message>
    <message>
        <source>pad a shorter take</source>
        <translation>kürzeren auffüllen</translation>
    </message>
    <message>
        <source>Files (drag one onto a clip, or double-click or Enter; the space bar plays it):</source>
        <translation>Dateien (auf einen Clip ziehen, oder Doppelklick oder Eingabetaste; die Leertaste spielt sie ab):</translation>
    </message>
    <message>
        <source>{clip} has no take: drop an audio file on it.</source>
        <translation>{clip} hat keinen Take: Ziehen Sie eine Audiodatei darauf.</translation>
    </message>
    <message>
        <source>No clip is selected.</source>
        <translation>Kein Clip ist ausgewählt.</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Wird gemessen …</translation>
    </message>
    <message>
        <source>Cut {count} frames off its end</source>
        <translation>{count} Frames am Ende abschneiden</translation>
    </message>
    <message>
        <source>Fill {count} frames with silence</source>
        <translation>{count} Frames mit Stille füllen</translation>
    </message>
    <message>
        <source>Begins at frame {at} and ends {count} frames before the clip does.</source>
        <translation>Beginnt bei Frame {at} und endet {count} Frames vor dem Clip.</translation>
    </message>
    <message>
        <source>Begins at frame {at} and ends with the clip.</source>
        <translation>Beginnt bei Frame {at} und endet mit dem Clip.</translation>
    </message>
    <message>
        <source>The take is exactly as long as the clip.</source>
        <translation>Der Take ist genau so lang wie der Clip.</translation>
    </message>
    <message>
        <source>Longer than the clip by {count} frames: its end is cut.</source>
        <translation>Um {count} Frames länger als der Clip: Das Ende wird abgeschnitten.</translation>
    </message>
    <message>
        <source>Longer than the clip by {count} frames: choose “trim”, or set its out point.</source>
        <translation>Um {count} Frames länger als der Clip: Wählen Sie „kürzen“, oder setzen Sie den Out-Punkt.</translation>
    </message>
    <message>
        <source>Shorter than the clip by {count} frames: the rest is silent.</source>
        <translation>Um {count} Frames kürzer als der Clip: Der Rest ist still.</translation>
    </message>
    <message>
        <source>Shorter than the clip by {count} frames: choose “pad”.</source>
        <translation>Um {count} Frames kürzer als der Clip: Wählen Sie „auffüllen“.</translation>
    </message>
    <message>
        <source>set in and out</source>
        <translation>In und Out setzen</translation>
    </message>
    <message>
        <source>choose the channel</source>
        <translation>Kanal wählen</translation>
    </message>
    <message>
        <source>change the fit</source>
        <translation>Anpassung ändern</translation>
    </message>
    <message>
        <source>The clip has no take to listen to.</source>
        <translation>Der Clip hat keinen Take zum Anhören.</translation>
    </message>
</context>
<context>
    <name>TimelineCommands</name>
    <message>
        <source>There are no more markers.</source>
        <translation>Weiter ist kein Marker.</translation>
    </message>
</context>
<context>
    <name>Viewer</name>
    <message>
        <source>Source timecode</source>
        <translation>Quell-Timecode</translation>
    </message>
    <message>
        <source>Record timecode</source>
        <translation>Record-Timecode</translation>
    </message>
    <message>
        <source>Orig</source>
        <translation>Orig</translation>
    </message>
    <message>
        <source>Dub</source>
        <translation>Synchr.</translation>
    </message>
    <message>
        <source>Wipe</source>
        <translation>Wipe</translation>
    </message>
    <message>
        <source>2-up</source>
        <translation>2er</translation>
    </message>
    <message>
        <source>Diff</source>
        <translation>Diff</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Sprecher</translation>
    </message>
    <message>
        <source>Click the face whose mouth is to move</source>
        <translation>Klicken Sie das Gesicht an, dessen Mund sich bewegen soll</translation>
    </message>
    <message>
        <source>Choose the speaker by clicking a face</source>
        <translation>Sprecher durch Klick auf ein Gesicht wählen</translation>
    </message>
    <message>
        <source>Open a timeline and click a clip.</source>
        <translation>Öffnen Sie eine Timeline, und klicken Sie einen Clip an.</translation>
    </message>
    <message>
        <source>This clip has no media to show.</source>
        <translation>Dieser Clip hat kein Medium, das gezeigt werden kann.</translation>
    </message>
    <message>
        <source>Opening {name}…</source>
        <translation>{name} wird geöffnet …</translation>
    </message>
    <message>
        <source>SRC {tc}</source>
        <translation>SRC {tc}</translation>
    </message>
    <message>
        <source>REC {tc}</source>
        <translation>REC {tc}</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>There is no face: click inside a box.</source>
        <translation>Hier ist kein Gesicht: Klicken Sie in einen Rahmen.</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Shot</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>Takes</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>Clips</translation>
    </message>
    <message>
        <source>Lip lane</source>
        <translation>Lippenspur</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>Timeline</translation>
    </message>
    <message>
        <source>Playing {speed}×</source>
        <translation>Wiedergabe {speed}×</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird beendet …</translation>
    </message>
    <message>
        <source>A dub is being rendered. Stop it and close? It goes on at the next start.</source>
        <translation>Eine Synchronisation wird gerade gerendert. Anhalten und schließen? Beim nächsten Start geht sie weiter.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Open timeline…</source>
        <translation>Timeline ö&amp;ffnen …</translation>
    </message>
    <message>
        <source>Open the &amp;demo timeline</source>
        <translation>&amp;Demo-Timeline öffnen</translation>
    </message>
    <message>
        <source>&amp;Relink missing media…</source>
        <translation>Fehlende Medien neu &amp;verknüpfen…</translation>
    </message>
    <message>
        <source>&amp;Export dubbed timeline…</source>
        <translation>Synchronisierte Timeline &amp;exportieren …</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederherstellen</translation>
    </message>
    <message>
        <source>Select &amp;all clips</source>
        <translation>&amp;Alle Clips auswählen</translation>
    </message>
    <message>
        <source>Also select the &amp;previous shot</source>
        <translation>&amp;Vorige Einstellung dazu auswählen</translation>
    </message>
    <message>
        <source>Also select the &amp;next shot</source>
        <translation>&amp;Nächste Einstellung dazu auswählen</translation>
    </message>
    <message>
        <source>&amp;Settings…</source>
        <translation>&amp;Einstellungen …</translation>
    </message>
    <message>
        <source>Keyboard short&amp;cuts…</source>
        <translation>&amp;Tastenkürzel …</translation>
    </message>
    <message>
        <source>&amp;Take</source>
        <translation>&amp;Take</translation>
    </message>
    <message>
        <source>&amp;Assign a take…</source>
        <translation>Take &amp;zuweisen …</translation>
    </message>
    <message>
        <source>&amp;Remove the take</source>
        <translation>Take &amp;entfernen</translation>
    </message>
    <message>
        <source>The next &amp;face speaks</source>
        <translation>Das nächste &amp;Gesicht spricht</translation>
    </message>
    <message>
        <source>Take from an audio &amp;track…</source>
        <translation>Take aus einer Audio&amp;spur …</translation>
    </message>
    <message>
        <source>Import a &amp;CSV of clips and files…</source>
        <translation>&amp;CSV mit Clips und Dateien importieren …</translation>
    </message>
    <message>
        <source>Match files by &amp;name…</source>
        <translation>Nach &amp;Namen zuordnen …</translation>
    </message>
    <message>
        <source>Match files by t&amp;imecode…</source>
        <translation>Nach &amp;Timecode zuordnen …</translation>
    </message>
    <message>
        <source>&amp;Listen to the take</source>
        <translation>Take an&amp;hören</translation>
    </message>
    <message>
        <source>&amp;Lips</source>
        <translation>&amp;Lippen</translation>
    </message>
    <message>
        <source>The line a frame &amp;earlier</source>
        <translation>Die Zeile einen Frame &amp;früher</translation>
    </message>
    <message>
        <source>The line a frame &amp;later</source>
        <translation>Die Zeile einen Frame &amp;später</translation>
    </message>
    <message>
        <source>The line ten frames earlier</source>
        <translation>Die Zeile zehn Frames früher</translation>
    </message>
    <message>
        <source>The line ten frames later</source>
        <translation>Die Zeile zehn Frames später</translation>
    </message>
    <message>
        <source>Only the lips a frame earlier</source>
        <translation>Nur die Lippen einen Frame früher</translation>
    </message>
    <message>
        <source>Only the lips a frame later</source>
        <translation>Nur die Lippen einen Frame später</translation>
    </message>
    <message>
        <source>&amp;Begin the line at the frame shown</source>
        <translation>Die Zeile mit dem gezeigten Frame &amp;beginnen</translation>
    </message>
    <message>
        <source>&amp;Cut the line to the shot</source>
        <translation>Die Zeile auf die Einstellung &amp;kürzen</translation>
    </message>
    <message>
        <source>&amp;Fill a short line with silence</source>
        <translation>Eine kurze Zeile mit Stille auff&amp;üllen</translation>
    </message>
    <message>
        <source>&amp;Keep the plate from in to out</source>
        <translation>Das &amp;Original von In bis Out behalten</translation>
    </message>
    <message>
        <source>Mouth &amp;shut from in to out</source>
        <translation>&amp;Mund zu von In bis Out</translation>
    </message>
    <message>
        <source>&amp;Half the strength from in to out</source>
        <translation>&amp;Halbe Stärke von In bis Out</translation>
    </message>
    <message>
        <source>&amp;Remove the range at the playhead</source>
        <translation>Bereich am Abspielkopf &amp;entfernen</translation>
    </message>
    <message>
        <source>Fit the l&amp;ane to the shot</source>
        <translation>Sp&amp;ur an die Einstellung anpassen</translation>
    </message>
    <message>
        <source>&amp;Dub</source>
        <translation>S&amp;ynchronisieren</translation>
    </message>
    <message>
        <source>&amp;Dub the selected clips</source>
        <translation>Ausgewählte Clips &amp;synchronisieren</translation>
    </message>
    <message>
        <source>&amp;Preview (in to out, or the first seconds)</source>
        <translation>&amp;Vorschau (In bis Out oder die ersten Sekunden)</translation>
    </message>
    <message>
        <source>P&amp;ause the queue</source>
        <translation>&amp;Pause</translation>
    </message>
    <message>
        <source>&amp;Cancel the running dub</source>
        <translation>&amp;Laufende Synchronisation abbrechen</translation>
    </message>
    <message>
        <source>Cancel a&amp;ll</source>
        <translation>&amp;Alle abbrechen</translation>
    </message>
    <message>
        <source>&amp;Retry what failed</source>
        <translation>Fehlgeschlagenes &amp;wiederholen</translation>
    </message>
    <message>
        <source>Re&amp;vert to the original picture</source>
        <translation>Zum &amp;Originalbild zurück</translation>
    </message>
    <message>
        <source>&amp;Play</source>
        <translation>&amp;Wiedergabe</translation>
    </message>
    <message>
        <source>Play &amp;backwards</source>
        <translation>&amp;Rückwärts abspielen</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Stopp</translation>
    </message>
    <message>
        <source>Play &amp;forwards</source>
        <translation>&amp;Vorwärts abspielen</translation>
    </message>
    <message>
        <source>&amp;Play or stop</source>
        <translation>&amp;Abspielen oder anhalten</translation>
    </message>
    <message>
        <source>Previous frame</source>
        <translation>Vorheriger Frame</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>Nächster Frame</translation>
    </message>
    <message>
        <source>First frame of the shot</source>
        <translation>Erster Frame der Einstellung</translation>
    </message>
    <message>
        <source>Last frame of the shot</source>
        <translation>Letzter Frame der Einstellung</translation>
    </message>
    <message>
        <source>Mark &amp;in</source>
        <translation>&amp;In setzen</translation>
    </message>
    <message>
        <source>Mark &amp;out</source>
        <translation>&amp;Out setzen</translation>
    </message>
    <message>
        <source>&amp;Clear in and out</source>
        <translation>In und Out &amp;löschen</translation>
    </message>
    <message>
        <source>&amp;Loop</source>
        <translation>S&amp;chleife</translation>
    </message>
    <message>
        <source>Previous shot</source>
        <translation>Vorherige Einstellung</translation>
    </message>
    <message>
        <source>Next shot</source>
        <translation>Nächste Einstellung</translation>
    </message>
    <message>
        <source>Previous marker</source>
        <translation>Voriger Marker</translation>
    </message>
    <message>
        <source>Next &amp;marker</source>
        <translation>Nächster &amp;Marker</translation>
    </message>
    <message>
        <source>P&amp;icture</source>
        <translation>B&amp;ild</translation>
    </message>
    <message>
        <source>Wipe line to the left</source>
        <translation>Wipe-Linie nach links</translation>
    </message>
    <message>
        <source>Wipe line to the right</source>
        <translation>Wipe-Linie nach rechts</translation>
    </message>
    <message>
        <source>&amp;Zoom to the mouth, or back</source>
        <translation>Zum Mund &amp;zoomen oder zurück</translation>
    </message>
    <message>
        <source>Zoom the picture in</source>
        <translation>Bild vergrößern</translation>
    </message>
    <message>
        <source>Zoom the picture out</source>
        <translation>Bild verkleinern</translation>
    </message>
    <message>
        <source>Look further left</source>
        <translation>Weiter links nachsehen</translation>
    </message>
    <message>
        <source>Look further right</source>
        <translation>Weiter rechts nachsehen</translation>
    </message>
    <message>
        <source>Look further up</source>
        <translation>Weiter oben nachsehen</translation>
    </message>
    <message>
        <source>Look further down</source>
        <translation>Weiter unten nachsehen</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>Ti&amp;meline</source>
        <translation>T&amp;imeline</translation>
    </message>
    <message>
        <source>&amp;Inspector</source>
        <translation>Inspe&amp;ktor</translation>
    </message>
    <message>
        <source>&amp;Lip lane</source>
        <translation>&amp;Lippenspur</translation>
    </message>
    <message>
        <source>&amp;Original</source>
        <translation>&amp;Original</translation>
    </message>
    <message>
        <source>&amp;Dubbed</source>
        <translation>&amp;Synchronisiert</translation>
    </message>
    <message>
        <source>&amp;Wipe</source>
        <translation>&amp;Wipe</translation>
    </message>
    <message>
        <source>Side &amp;by side</source>
        <translation>&amp;Nebeneinander</translation>
    </message>
    <message>
        <source>Di&amp;fference</source>
        <translation>&amp;Differenz</translation>
    </message>
    <message>
        <source>Show face bo&amp;x</source>
        <translation>&amp;Gesichtsrahmen zeigen</translation>
    </message>
    <message>
        <source>Show land&amp;marks</source>
        <translation>Gesichts&amp;punkte zeigen</translation>
    </message>
    <message>
        <source>Show the ma&amp;tte</source>
        <translation>&amp;Matte zeigen</translation>
    </message>
    <message>
        <source>Show dubbed &amp;ranges</source>
        <translation>Synchronisierte &amp;Bereiche zeigen</translation>
    </message>
    <message>
        <source>F&amp;ull screen viewer</source>
        <translation>&amp;Vollbild</translation>
    </message>
    <message>
        <source>Zoom the timeline in</source>
        <translation>Timeline vergrößern</translation>
    </message>
    <message>
        <source>Zoom the timeline out</source>
        <translation>Timeline verkleinern</translation>
    </message>
    <message>
        <source>Fit the t&amp;imeline</source>
        <translation>&amp;Timeline einpassen</translation>
    </message>
    <message>
        <source>Show wa&amp;veforms</source>
        <translation>W&amp;ellenformen zeigen</translation>
    </message>
    <message>
        <source>Place b&amp;eside the editing program</source>
        <translation>Neben dem Schnittprogr&amp;amm stehen</translation>
    </message>
    <message>
        <source>Sta&amp;y on top</source>
        <translation>&amp;Immer im Vordergrund</translation>
    </message>
    <message>
        <source>&amp;Light theme</source>
        <translation>&amp;Helles Design</translation>
    </message>
    <message>
        <source>Pa&amp;ges</source>
        <translation>&amp;Seiten</translation>
    </message>
    <message>
        <source>&amp;Shot</source>
        <translation>&amp;Einstellung</translation>
    </message>
    <message>
        <source>&amp;Takes</source>
        <translation>&amp;Takes</translation>
    </message>
    <message>
        <source>&amp;Queue</source>
        <translation>&amp;Warteschlange</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>E&amp;xport</translation>
    </message>
    <message>
        <source>&amp;Clips</source>
        <translation>&amp;Clips</translation>
    </message>
    <message>
        <source>&amp;Next area of the window</source>
        <translation>&amp;Nächster Bereich des Fensters</translation>
    </message>
    <message>
        <source>&amp;Pull the page out, or put it back</source>
        <translation>Seite &amp;herausziehen oder zurücklegen</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Check this machine…</source>
        <translation>Diesen &amp;Rechner prüfen …</translation>
    </message>
    <message>
        <source>&amp;First dub in five steps</source>
        <translation>&amp;Erste Synchronisation in fünf Schritten</translation>
    </message>
    <message>
        <source>&amp;About G4G Dub</source>
        <translation>&amp;Über G4G Dub</translation>
    </message>
</context>
<context>
    <name>app</name>
    <message>
        <source>The panel is already open; two would render the same queue.</source>
        <translation>Das Panel ist schon geöffnet; zwei würden dieselbe Warteschlange rendern.</translation>
    </message>
</context>
<context>
    <name>ranges</name>
    <message>
        <source>keep the plate</source>
        <translation>Original behalten</translation>
    </message>
    <message>
        <source>mouth shut</source>
        <translation>Mund zu</translation>
    </message>
    <message>
        <source>dub anyway</source>
        <translation>trotzdem synchronisieren</translation>
    </message>
    <message>
        <source>strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>strength {strength:g}</source>
        <translation>Stärke {strength:g}</translation>
    </message>
    <message>
        <source>{first} to {last}: {what}</source>
        <translation>{first} bis {last}: {what}</translation>
    </message>
    <message>
        <source>{text}, ramp {count}</source>
        <translation>{text}, Rampe {count}</translation>
    </message>
</context>
<context>
    <name>states</name>
    <message>
        <source>cannot be dubbed</source>
        <translation>kann nicht synchronisiert werden</translation>
    </message>
    <message>
        <source>no take</source>
        <translation>kein Take</translation>
    </message>
    <message>
        <source>has a take</source>
        <translation>hat einen Take</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>in der Warteschlange</translation>
    </message>
    <message>
        <source>rendering</source>
        <translation>wird gerendert</translation>
    </message>
    <message>
        <source>dubbed</source>
        <translation>synchronisiert</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>dubbed, but the take has changed</source>
        <translation>synchronisiert, aber der Take hat sich geändert</translation>
    </message>
</context>
<context>
    <name>tools</name>
    <message>
        <source>Open…</source>
        <translation>Öffnen …</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederherstellen</translation>
    </message>
    <message>
        <source>Take…</source>
        <translation>Take …</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Dub</source>
        <translation>Synchr.</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Export …</translation>
    </message>
    <message>
        <source>Import a CSV</source>
        <translation>CSV importieren</translation>
    </message>
    <message>
        <source>From an audio track</source>
        <translation>Aus einer Audiospur</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
</context>
</TS>
