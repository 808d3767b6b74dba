<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AboutTab</name>
    <message>
        <source>SiLa Studio {0}, Apache License 2.0. It works offline and sends nothing.</source>
        <translation>SiLa Studio {0}, Apache License 2.0. Arbeitet offline und sendet nichts.</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Versionen kopieren</translation>
    </message>
    <message>
        <source>Go to About in the settings first</source>
        <translation>Zuerst in den Einstellungen zu Über gehen</translation>
    </message>
    <message>
        <source>Copy the versions, for a report of what goes wrong</source>
        <translation>Versionen kopieren, für die Meldung eines Fehlers</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>package</source>
        <translation>Paket</translation>
    </message>
    <message>
        <source>version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>It is built on</source>
        <translation>Aufgebaut auf</translation>
    </message>
</context>
<context>
    <name>BandPlot</name>
    <message>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <source>epoch {0:.0f}:</source>
        <translation>Epoche {0:.0f}:</translation>
    </message>
    <message>
        <source>{0} (epoch {1:.0f})</source>
        <translation>{0} (Epoche {1:.0f})</translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
</context>
<context>
    <name>BundleList</name>
    <message>
        <source>Bundles</source>
        <translation>Bundles</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Geschrieben</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>Ausgeliefert</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>there</source>
        <translation>vorhanden</translation>
    </message>
    <message>
        <source>moved or deleted</source>
        <translation>verschoben oder gelöscht</translation>
    </message>
</context>
<context>
    <name>Bundles</name>
    <message>
        <source>The verification was cancelled.</source>
        <translation>Die Prüfung wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Verify the bundle</source>
        <translation>Bundle prüfen</translation>
    </message>
    <message>
        <source>Read the model card</source>
        <translation>Model Card lesen</translation>
    </message>
    <message>
        <source>Copy the certificate as Markdown</source>
        <translation>Zertifikat als Markdown kopieren</translation>
    </message>
    <message>
        <source>Open the bundle&apos;s folder</source>
        <translation>Ordner des Bundles öffnen</translation>
    </message>
    <message>
        <source>Bundles</source>
        <translation>Bundles</translation>
    </message>
    <message>
        <source>Certificate</source>
        <translation>Zertifikat</translation>
    </message>
    <message>
        <source>Cancel the verification</source>
        <translation>Prüfung abbrechen</translation>
    </message>
    <message>
        <source>Choose an exported run on the Export page first</source>
        <translation>Zuerst auf der Seite „Export“ einen exportierten Lauf wählen</translation>
    </message>
    <message>
        <source>{folder} was moved or deleted</source>
        <translation>{folder} wurde verschoben oder gelöscht</translation>
    </message>
    <message>
        <source>A verification is under way</source>
        <translation>Eine Prüfung läuft</translation>
    </message>
    <message>
        <source>Copied the certificate as Markdown.</source>
        <translation>Zertifikat als Markdown kopiert.</translation>
    </message>
    <message>
        <source>The model card {path} cannot be read.</source>
        <translation>Die Model Card {path} lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>No file manager answered. The bundle is in {folder}</source>
        <translation>Kein Dateimanager hat geantwortet. Das Bundle liegt in {folder}</translation>
    </message>
</context>
<context>
    <name>CalibrationView</name>
    <message>
        <source>Calibration error</source>
        <translation>Kalibrierungsfehler</translation>
    </message>
    <message>
        <source>variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>calibration error (ECE, %)</source>
        <translation>Kalibrierungsfehler (ECE, %)</translation>
    </message>
    <message>
        <source>confidence (%)</source>
        <translation>Konfidenz (%)</translation>
    </message>
    <message>
        <source>accuracy (%)</source>
        <translation>Genauigkeit (%)</translation>
    </message>
    <message>
        <source>too sure by</source>
        <translation>zu sicher um</translation>
    </message>
</context>
<context>
    <name>CardDialog</name>
    <message>
        <source>Model card</source>
        <translation>Model Card</translation>
    </message>
</context>
<context>
    <name>CardList</name>
    <message>
        <source>Search {0}</source>
        <translation>Suchen: {0}</translation>
    </message>
    <message>
        <source>Nothing fits the search.</source>
        <translation>Nichts passt zur Suche.</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>Andere</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>{0} cards</source>
        <translation>{0} Karten</translation>
    </message>
    <message>
        <source>{0} picked</source>
        <translation>{0} gewählt</translation>
    </message>
    <message>
        <source>exits</source>
        <translation>Exits</translation>
    </message>
    <message>
        <source>widths</source>
        <translation>Breiten</translation>
    </message>
    <message>
        <source>skips</source>
        <translation>überspringt</translation>
    </message>
    <message>
        <source>dynamic early multi-exit multiexit</source>
        <translation>dynamisch dynamic früh early multi-exit multiexit</translation>
    </message>
    <message>
        <source>dynamic slimmable</source>
        <translation>dynamisch dynamic slimmable</translation>
    </message>
    <message>
        <source>dynamic skipping</source>
        <translation>dynamisch dynamic überspringen skipping</translation>
    </message>
    <message>
        <source>pretrained</source>
        <translation>vortrainiert pretrained</translation>
    </message>
</context>
<context>
    <name>Certificate</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Test top-1</source>
        <translation>Test-Top-1</translation>
    </message>
    <message>
        <source>1 image</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>As trained</source>
        <translation>Wie trainiert</translation>
    </message>
    <message>
        <source>32 images</source>
        <translation>32 Bilder</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>trained network</source>
        <translation>trainiertes Netz</translation>
    </message>
    <message>
        <source>{percent:.4g} %
± {apart:.2g}</source>
        <translation>{percent:.4g} %
± {apart:.2g}</translation>
    </message>
    <message>
        <source>The same class as the trained network for {percent:.4g} % of {images:,} test images; logits are {apart:.2g} apart at most.</source>
        <translation>Dieselbe Klasse wie das trainierte Netz für {percent:.4g} % von {images:,} Testbildern; Logits weichen höchstens {apart:.2g} ab.</translation>
    </message>
    <message>
        <source>{part:.2g} of the largest logit</source>
        <translation>{part:.2g} des größten Logits</translation>
    </message>
    <message>
        <source>{top1:.2f} %
ECE {ece:.2f} %</source>
        <translation>{top1:.2f} %
ECE {ece:.2f} %</translation>
    </message>
    <message>
        <source>{ms:.2f} ms
{ratio:.2f} × plain</source>
        <translation>{ms:.2f} ms
{ratio:.2f} × einfach</translation>
    </message>
    <message>
        <source>{ms:.2f} ms</source>
        <translation>{ms:.2f} ms</translation>
    </message>
    <message>
        <source>Warning: {title}: {text}.</source>
        <translation>Warnung: {title}: {text}.</translation>
    </message>
    <message>
        <source>{title} was not written: {text}.</source>
        <translation>{title} wurde nicht geschrieben: {text}.</translation>
    </message>
    <message>
        <source>{file} names another class for {images:,} of the images; the trained network&apos;s two highest logits are {largest:.2g} apart there at most, {median:.2g} in the median.</source>
        <translation>{file} nennt für {images:,} der Bilder eine andere Klasse; dort liegen die zwei höchsten Logits des trainierten Netzes höchstens {largest:.2g} auseinander, im Median {median:.2g}.</translation>
    </message>
    <message>
        <source>{ours:.2f} ms instead of {theirs:.2f} for a batch of {batch}</source>
        <translation>{ours:.2f} ms statt {theirs:.2f} für einen Stapel von {batch}</translation>
    </message>
    <message>
        <source>{small} is slower than {exact} on the computer that wrote it ({times}): 8-bit integers are quicker only where the processor has instructions for them.</source>
        <translation>{small} ist auf dem Rechner, der es geschrieben hat, langsamer als {exact} ({times}): 8-Bit-Ganzzahlen sind nur schneller, wo der Prozessor Befehle dafür hat.</translation>
    </message>
    <message>
        <source>{file} {nodes:,} and {tensors:,}</source>
        <translation>{file} {nodes:,} und {tensors:,}</translation>
    </message>
    <message>
        <source>As trained: for how many test images a file names the same class as the trained network, and how far its logits are apart at most. No file holds an operator or a tensor beyond those of the plain backbone, written in the same way. Operators and tensors: {files}.</source>
        <translation>Wie trainiert: für wie viele Testbilder eine Datei dieselbe Klasse nennt wie das trainierte Netz, und wie weit ihre Logits höchstens auseinanderliegen. Keine Datei enthält einen Operator oder Tensor über die des ebenso geschriebenen einfachen Backbones hinaus. Operatoren und Tensoren: {files}.</translation>
    </message>
    <message>
        <source>{least:,} to {most:,}</source>
        <translation>{least:,} bis {most:,}</translation>
    </message>
    <message>
        <source>Times are medians of {count} calls, in turns with the plain backbone&apos;s, written in the same way.</source>
        <translation>Zeiten sind Mediane von {count} Aufrufen, im Wechsel mit denen des einfachen Backbones, das ebenso geschrieben wurde.</translation>
    </message>
    <message>
        <source>{ms:.3f} ms, the plain backbone {plain:.3f} ms: medians of {calls:,} calls</source>
        <translation>{ms:.3f} ms, das einfache Backbone {plain:.3f} ms: Mediane von {calls:,} Aufrufen</translation>
    </message>
    <message>
        <source>{said}, {ratio:.3f} times as long (95 % interval {low:.3f} to {high:.3f})</source>
        <translation>{said}, {ratio:.3f}-mal so lang (95-%-Intervall {low:.3f} bis {high:.3f})</translation>
    </message>
    <message>
        <source>Certificate of run {run}: {name}</source>
        <translation>Zertifikat von Lauf {run}: {name}</translation>
    </message>
    <message>
        <source>peer {number} of {total}</source>
        <translation>Peer {number} von {total}</translation>
    </message>
    <message>
        <source>T = {value:.2f}</source>
        <translation>T = {value:.2f}</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>Ausgeliefert</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Stripped</source>
        <translation>Entfernt</translation>
    </message>
    <message>
        <source>{part}
{costs} multiply-adds, exit by exit</source>
        <translation>{part}
{costs} Multiply-Adds, Exit für Exit</translation>
    </message>
    <message>
        <source>Continued</source>
        <translation>Fortgesetzt</translation>
    </message>
    <message>
        <source>from run {run} at epoch {epoch}</source>
        <translation>von Lauf {run} in Epoche {epoch}</translation>
    </message>
    <message>
        <source>{deployed:,} of {training:,}: {count} networks, each computed for every image</source>
        <translation>{deployed:,} von {training:,}: {count} Netze, für jedes Bild alle berechnet</translation>
    </message>
    <message>
        <source>{deployed:,} of {training:,}, exactly as many as this part of the plain backbone has</source>
        <translation>{deployed:,} von {training:,}, genau so viele, wie dieser Teil des einfachen Backbones hat</translation>
    </message>
    <message>
        <source>{deployed:,} of {training:,}, exactly as many as in the plain backbone</source>
        <translation>{deployed:,} von {training:,}, genau so viele wie im einfachen Backbone</translation>
    </message>
    <message>
        <source>nothing: all that was trained ships</source>
        <translation>nichts: Alles Trainierte wird ausgeliefert</translation>
    </message>
    <message>
        <source>nothing: the method has no training-only parts</source>
        <translation>nichts: Die Methode hat keine Teile nur fürs Training</translation>
    </message>
    <message>
        <source>{count:,} parameters</source>
        <translation>{count:,} Parameter</translation>
    </message>
    <message>
        <source>Folded</source>
        <translation>Gefaltet</translation>
    </message>
    <message>
        <source>{count} batch norms, into the convolutions before them: {before:,} parameters became {after:,}</source>
        <translation>{count} Batch-Norms in die Faltungen davor: aus {before:,} Parametern wurden {after:,}</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Weggelassen</translation>
    </message>
    <message>
        <source>{count:,} parameters of what does not ship of the network</source>
        <translation>{count:,} Parameter dessen, was vom Netz nicht ausgeliefert wird</translation>
    </message>
    <message>
        <source>n = {count:,}</source>
        <translation>n = {count:,}</translation>
    </message>
    <message>
        <source>Results on test</source>
        <translation>Testergebnisse</translation>
    </message>
    <message>
        <source>best</source>
        <translation>beste</translation>
    </message>
    <message>
        <source>last</source>
        <translation>letzte</translation>
    </message>
    <message>
        <source>average</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>EMA</source>
        <translation>EMA</translation>
    </message>
    <message>
        <source>peer {number} of {total}, {chosen}</source>
        <translation>Peer {number} von {total}, {chosen}</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>the average of those of steps {steps}, with the statistics of batch norms taken anew</source>
        <translation>das Mittel derer der Schritte {steps}, mit neu bestimmten Statistiken der Batch-Norms</translation>
    </message>
    <message>
        <source>the running average of steps with decay {decay:g}, step {step:,}</source>
        <translation>das gleitende Mittel der Schritte mit Abklingfaktor {decay:g}, Schritt {step:,}</translation>
    </message>
    <message>
        <source>{weights}, step {step:,}</source>
        <translation>{weights}, Schritt {step:,}</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>{values}, fitted on {count:,} validation images: calibration error on test {before:.2f} % before, {after:.2f} % after</source>
        <translation>{values}, angepasst auf {count:,} Validierungsbildern: Kalibrierungsfehler auf Test {before:.2f} % vorher, {after:.2f} % nachher</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Geschrieben</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>Threads</translation>
    </message>
</context>
<context>
    <name>CertificateView</name>
    <message>
        <source>Look at a certificate first</source>
        <translation>Zuerst ein Zertifikat ansehen</translation>
    </message>
    <message>
        <source>Copy the SHA-256 of the exported file</source>
        <translation>SHA-256 der exportierten Datei kopieren</translation>
    </message>
    <message>
        <source>Leaving early</source>
        <translation>Frühes Verlassen</translation>
    </message>
    <message>
        <source>Select a file of the certificate first</source>
        <translation>Zuerst eine Datei des Zertifikats auswählen</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
</context>
<context>
    <name>ChoiceEditor</name>
    <message>
        <source>not set</source>
        <translation>ungesetzt</translation>
    </message>
</context>
<context>
    <name>ClassBars</name>
    <message>
        <source>Images per class: {0}</source>
        <translation>Bilder je Klasse: {0}</translation>
    </message>
</context>
<context>
    <name>ClassView</name>
    <message>
        <source>Accuracy by class</source>
        <translation>Genauigkeit nach Klassen</translation>
    </message>
    <message>
        <source>Images of a class (row) that get an answer (column), variant − baseline, mean over seeds; changes for the better are blue, for the worse red</source>
        <translation>Bilder einer Klasse (Zeile), die eine Antwort (Spalte) bekommen, Variante − Baseline, Mittel über Seeds; Verbesserungen sind blau, Verschlechterungen rot</translation>
    </message>
    <message>
        <source>class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>difference, 95 %</source>
        <translation>Differenz, 95 %</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>Type what you want to do…</source>
        <translation>Eingeben, was zu tun ist …</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
</context>
<context>
    <name>ComparePage</name>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Differences are taken seed by seed against the starred variant.</source>
        <translation>Differenzen werden Seed für Seed gegen die Variante mit dem Stern gebildet.</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Vergleich läuft …</translation>
    </message>
    <message>
        <source>These runs could not be compared.</source>
        <translation>Diese Läufe konnten nicht verglichen werden.</translation>
    </message>
    <message>
        <source>Choose runs on the Runs page, or begin with the latest experiment.</source>
        <translation>Läufe auf der Seite „Läufe“ auswählen oder mit dem neuesten Experiment beginnen.</translation>
    </message>
    <message>
        <source>Compare the latest experiment</source>
        <translation>Neuestes Experiment vergleichen</translation>
    </message>
    <message>
        <source>Nothing has been trained yet. Two methods with three seeds each make a first comparison.</source>
        <translation>Noch wurde nichts trainiert. Zwei Methoden mit je drei Seeds ergeben einen ersten Vergleich.</translation>
    </message>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
</context>
<context>
    <name>ComposePage</name>
    <message>
        <source>Go to the new experiment first</source>
        <translation>Zuerst zum neuen Experiment gehen</translation>
    </message>
    <message>
        <source>Probe</source>
        <translation>Probelauf</translation>
    </message>
    <message>
        <source>Queue the runs of the new experiment</source>
        <translation>Läufe des neuen Experiments einreihen</translation>
    </message>
    <message>
        <source>Save the new experiment as a preset…</source>
        <translation>Neues Experiment als Vorlage speichern …</translation>
    </message>
    <message>
        <source>Edit the new experiment as TOML…</source>
        <translation>Neues Experiment als TOML bearbeiten …</translation>
    </message>
    <message>
        <source>Ask the engine again what can be trained</source>
        <translation>Engine noch einmal fragen, was trainiert werden kann</translation>
    </message>
    <message>
        <source>Go to what stands in the way of the new experiment</source>
        <translation>Zu dem gehen, was dem neuen Experiment im Weg steht</translation>
    </message>
    <message>
        <source>Run what is picked with other options as well</source>
        <translation>Das Gewählte auch mit anderen Optionen laufen lassen</translation>
    </message>
    <message>
        <source>Remove the options that were added</source>
        <translation>Hinzugefügte Optionen entfernen</translation>
    </message>
    <message>
        <source>Discard changes</source>
        <translation>Änderungen verwerfen</translation>
    </message>
    <message>
        <source>Queue as new run</source>
        <translation>Als neuen Lauf einreihen</translation>
    </message>
    <message>
        <source>Starting the engine, which tells what can be trained…</source>
        <translation>Die Engine startet und meldet, was trainiert werden kann …</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>the engine has not started yet</source>
        <translation>die Engine ist noch nicht gestartet</translation>
    </message>
    <message>
        <source>The engine has told already</source>
        <translation>Die Engine hat es schon gesagt</translation>
    </message>
    <message>
        <source>Nothing stands in the way</source>
        <translation>Nichts steht im Weg</translation>
    </message>
    <message>
        <source>queueing…</source>
        <translation>wird eingereiht …</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>Als Vorlage speichern</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>Name der Vorlage</translation>
    </message>
    <message>
        <source>Saved as {0}.</source>
        <translation>Gespeichert als {0}.</translation>
    </message>
</context>
<context>
    <name>ConfigTab</name>
    <message>
        <source>Specification</source>
        <translation>Spezifikation</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>Copy as TOML</source>
        <translation>Als TOML kopieren</translation>
    </message>
    <message>
        <source>Settings that differ from the default are bold.</source>
        <translation>Einstellungen, die von der Vorgabe abweichen, sind fett.</translation>
    </message>
    <message>
        <source>Go to the config of a run first</source>
        <translation>Zuerst zur Konfiguration eines Laufs gehen</translation>
    </message>
    <message>
        <source>Copy the run&apos;s config as TOML</source>
        <translation>Konfiguration des Laufs als TOML kopieren</translation>
    </message>
    <message>
        <source>It is still being read</source>
        <translation>Sie wird noch gelesen</translation>
    </message>
    <message>
        <source>Go to the difference before</source>
        <translation>Zum vorigen Unterschied gehen</translation>
    </message>
    <message>
        <source>Go to the next difference</source>
        <translation>Zum nächsten Unterschied gehen</translation>
    </message>
    <message>
        <source>Nothing differs from the default or the baseline</source>
        <translation>Nichts weicht von Standard oder Baseline ab</translation>
    </message>
    <message>
        <source>No baseline to set it against: “{0}” ({1}) stars the variant of a run.</source>
        <translation>Keine Baseline, der er gegenübergestellt werden könnte: „{0}“ ({1}) gibt der Variante eines Laufs den Stern.</translation>
    </message>
    <message>
        <source>This run is of the baseline&apos;s own variant.</source>
        <translation>Dieser Lauf gehört zur Variante der Baseline selbst.</translation>
    </message>
    <message>
        <source>Settings that differ from the baseline, #{0} {1}: {2}</source>
        <translation>Einstellungen, die von der Baseline #{0} {1} abweichen: {2}</translation>
    </message>
    <message>
        <source>Differs from the baseline</source>
        <translation>Weicht von der Baseline ab</translation>
    </message>
</context>
<context>
    <name>ConfusionDifference</name>
    <message>
        <source>Difference of the confusion matrices</source>
        <translation>Differenz der Konfusionsmatrizen</translation>
    </message>
    <message>
        <source>{0} known: {1} images a seed</source>
        <translation>{0} erkannt: {1} Bilder je Seed</translation>
    </message>
    <message>
        <source>{0} taken for {1}: {2} images a seed</source>
        <translation>{0} für {1} gehalten: {2} Bilder je Seed</translation>
    </message>
</context>
<context>
    <name>ConfusionMatrix</name>
    <message>
        <source>Confusion matrix: {0} of {1} right</source>
        <translation>Konfusionsmatrix: {0} von {1} richtig</translation>
    </message>
    <message>
        <source>{0} known: {1:,} of {2:,}</source>
        <translation>{0} erkannt: {1:,} von {2:,}</translation>
    </message>
    <message>
        <source>{0} taken for {1}: {2:,} of {3:,}</source>
        <translation>{0} für {1} gehalten: {2:,} von {3:,}</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>vorhergesagt</translation>
    </message>
    <message>
        <source>true</source>
        <translation>wahr</translation>
    </message>
</context>
<context>
    <name>CostPlot</name>
    <message>
        <source>Accuracy against cost</source>
        <translation>Genauigkeit gegen Kosten</translation>
    </message>
    <message>
        <source>million multiply-adds per image</source>
        <translation>Millionen Multiply-Adds je Bild</translation>
    </message>
    <message>
        <source>test top-1 (%)</source>
        <translation>Test-Top-1 (%)</translation>
    </message>
</context>
<context>
    <name>CostSection</name>
    <message>
        <source>Accuracy against cost, mean and 95 % interval over seeds</source>
        <translation>Genauigkeit gegen Kosten, Mittel und 95-%-Intervall über Seeds</translation>
    </message>
    <message>
        <source>How images leave the network</source>
        <translation>Wie Bilder das Netz verlassen</translation>
    </message>
    <message>
        <source>log cost</source>
        <translation>Kosten logarithmisch</translation>
    </message>
    <message>
        <source>None of the chosen runs has a curve yet: it is measured when a run with several exits or widths is completed.</source>
        <translation>Keiner der gewählten Läufe hat schon eine Kurve: Sie wird gemessen, wenn ein Lauf mit mehreren Exits oder Breiten abgeschlossen ist.</translation>
    </message>
    <message>
        <source>anytime</source>
        <translation>Anytime</translation>
    </message>
    <message>
        <source>Every exit or width on all test images</source>
        <translation>Jeder Exit oder jede Breite auf allen Testbildern</translation>
    </message>
    <message>
        <source>budgeted</source>
        <translation>mit Budget</translation>
    </message>
    <message>
        <source>Images leave at the first exit that is sure enough; thresholds are chosen on held-out images</source>
        <translation>Bilder verlassen das Netz am ersten Exit, der sicher genug ist; die Schwellen werden auf zurückgehaltenen Bildern gewählt</translation>
    </message>
</context>
<context>
    <name>CurveBar</name>
    <message>
        <source>Log y</source>
        <translation>y logarithmisch</translation>
    </message>
    <message>
        <source>Hide outliers</source>
        <translation>Ohne Ausreißer</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>x axis</source>
        <translation>x-Achse</translation>
    </message>
    <message>
        <source>EMA</source>
        <translation>EMA</translation>
    </message>
    <message>
        <source>Exponential moving average: looks back only</source>
        <translation>Exponentiell gleitendes Mittel: blickt nur zurück</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Mean of so many points around each</source>
        <translation>Mittel über so viele Punkte um jeden herum</translation>
    </message>
    <message>
        <source>How curves are smoothed</source>
        <translation>Wie Kurven geglättet werden</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>Glättung</translation>
    </message>
    <message>
        <source>Scale y to the middle 90 % of the points that are in sight</source>
        <translation>y auf die mittleren 90 % der sichtbaren Punkte skalieren</translation>
    </message>
</context>
<context>
    <name>CurvePanel</name>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
    <message>
        <source>(line smoothed: {0})</source>
        <translation>(Linie geglättet: {0})</translation>
    </message>
    <message>
        <source>not stacked: the scale is logarithmic</source>
        <translation>nicht gestapelt: die Skala ist logarithmisch</translation>
    </message>
    <message>
        <source>not stacked: some are negative</source>
        <translation>nicht gestapelt: manche sind negativ</translation>
    </message>
    <message>
        <source>stacked, total {0}</source>
        <translation>gestapelt, Summe {0}</translation>
    </message>
</context>
<context>
    <name>CurvesSection</name>
    <message>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>Lines</source>
        <translation>Linien</translation>
    </message>
    <message>
        <source>mean ± std over seeds</source>
        <translation>Mittel ± Std über Seeds</translation>
    </message>
    <message>
        <source>Of the completed runs alone, as the verdict, once a variant has some</source>
        <translation>Nur der abgeschlossenen Läufe, wie das Urteil, sobald eine Variante welche hat</translation>
    </message>
    <message>
        <source>every run</source>
        <translation>jeder Lauf</translation>
    </message>
</context>
<context>
    <name>CurvesTab</name>
    <message>
        <source>Reading the curves…</source>
        <translation>Kurven werden gelesen …</translation>
    </message>
    <message>
        <source>No curves: the run failed before there were any.</source>
        <translation>Keine Kurven: Der Lauf ist fehlgeschlagen, bevor es welche gab.</translation>
    </message>
    <message>
        <source>No curves: the run was stopped before there were any.</source>
        <translation>Keine Kurven: Der Lauf wurde gestoppt, bevor es welche gab.</translation>
    </message>
    <message>
        <source>No curves: the run ended before there were any.</source>
        <translation>Keine Kurven: Der Lauf endete, bevor es welche gab.</translation>
    </message>
    <message>
        <source>No curves yet: they appear with the first steps.</source>
        <translation>Noch keine Kurven: Sie erscheinen mit den ersten Schritten.</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Loss</translation>
    </message>
    <message>
        <source>Terms of the loss</source>
        <translation>Terme des Loss</translation>
    </message>
    <message>
        <source>Top-1 accuracy (%)</source>
        <translation>Top-1-Genauigkeit (%)</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Calibration error (%)</source>
        <translation>Kalibrierungsfehler (%)</translation>
    </message>
    <message>
        <source>Negative log-likelihood</source>
        <translation>Negative Log-Likelihood</translation>
    </message>
    <message>
        <source>epoch {0:.5g} (step {1})</source>
        <translation>Epoche {0:.5g} (Schritt {1})</translation>
    </message>
    <message>
        <source>step {0}</source>
        <translation>Schritt {0}</translation>
    </message>
</context>
<context>
    <name>DataPage</name>
    <message>
        <source>Add a folder…</source>
        <translation>Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Add a file…</source>
        <translation>Datei hinzufügen …</translation>
    </message>
    <message>
        <source>Inspect the dataset</source>
        <translation>Datensatz untersuchen</translation>
    </message>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Aus der Liste entfernen</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Drop here: a folder of images with one subfolder per class, a .npz file, or CIFAR as a folder or .tar.gz. Your files are only read.</source>
        <translation>Hier ablegen: einen Bilderordner mit einem Unterordner je Klasse, eine .npz-Datei oder CIFAR als Ordner oder .tar.gz. Die Dateien werden nur gelesen.</translation>
    </message>
    <message>
        <source>Datasets</source>
        <translation>Datensätze</translation>
    </message>
    <message>
        <source>The engine tells which datasets can be read, once it has started.</source>
        <translation>Die Engine nennt die lesbaren Datensätze, sobald sie gestartet ist.</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>Untersuchen</translation>
    </message>
    <message>
        <source>Cancel reading the dataset</source>
        <translation>Lesen des Datensatzes abbrechen</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Datasets (*.npz *.tar.gz *.tgz *.tar);;All files (*)</source>
        <translation>Datensätze (*.npz *.tar.gz *.tgz *.tar);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Add a file</source>
        <translation>Datei hinzufügen</translation>
    </message>
    <message>
        <source>{0} is read after the dataset that is being read now.</source>
        <translation>{0} wird nach dem Datensatz gelesen, der gerade gelesen wird.</translation>
    </message>
    <message>
        <source>{0} is in the list now; the files stay where they are, in {1}.</source>
        <translation>{0} ist jetzt in der Liste; die Dateien bleiben, wo sie sind: in {1}.</translation>
    </message>
    <message>
        <source>only what you added yourself can be removed</source>
        <translation>nur selbst Hinzugefügtes kann entfernt werden</translation>
    </message>
    <message>
        <source>{0} is no longer in the list; its files in {1} were left as they are.</source>
        <translation>{0} ist nicht mehr in der Liste; die Dateien in {1} bleiben unverändert.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Another one is being read</source>
        <translation>Ein anderer wird gerade gelesen</translation>
    </message>
    <message>
        <source>{0} was not added, as you cancelled it.</source>
        <translation>{0} wurde nicht hinzugefügt: abgebrochen.</translation>
    </message>
    <message>
        <source>The inspection was cancelled.</source>
        <translation>Die Untersuchung wurde abgebrochen.</translation>
    </message>
</context>
<context>
    <name>DatasetList</name>
    <message>
        <source>Datasets</source>
        <translation>Datensätze</translation>
    </message>
</context>
<context>
    <name>Details</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Folder of the dataset</source>
        <translation>Ordner des Datensatzes</translation>
    </message>
    <message>
        <source>Choose a dataset first.</source>
        <translation>Zuerst einen Datensatz wählen.</translation>
    </message>
    <message>
        <source>Name the folder that holds the images first.</source>
        <translation>Zuerst den Ordner mit den Bildern angeben.</translation>
    </message>
    <message>
        <source>In {0}</source>
        <translation>In {0}</translation>
    </message>
    <message>
        <source>The workspace&apos;s datasets folder is {0}.</source>
        <translation>Der Datensatzordner des Arbeitsbereichs ist {0}.</translation>
    </message>
</context>
<context>
    <name>Draft</name>
    <message>
        <source>&apos;{0}&apos; is picked twice with the same options</source>
        <translation>„{0}“ ist zweimal mit denselben Optionen gewählt</translation>
    </message>
    <message>
        <source>{0:,} runs are more than {1:,}: pick fewer</source>
        <translation>{0:,} Läufe sind mehr als {1:,}: weniger wählen</translation>
    </message>
    <message>
        <source>pick at least one dataset</source>
        <translation>mindestens einen Datensatz wählen</translation>
    </message>
    <message>
        <source>pick at least one backbone</source>
        <translation>mindestens ein Backbone wählen</translation>
    </message>
    <message>
        <source>pick at least one method</source>
        <translation>mindestens eine Methode wählen</translation>
    </message>
</context>
<context>
    <name>DraftEditor</name>
    <message>
        <source>the experiment needs a name</source>
        <translation>das Experiment braucht einen Namen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>The experiment that groups the runs</source>
        <translation>Das Experiment, das die Läufe zusammenfasst</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>Such as 0-2 or 0, 1, 5. Runs of one seed share initial weights, batches and augmentation, so methods are compared seed by seed; one seed names no winner.</source>
        <translation>Zum Beispiel 0-2 oder 0, 1, 5. Läufe mit demselben Seed haben gleiche Anfangsgewichte, Batches und Augmentierung; Methoden werden deshalb Seed für Seed verglichen. Ein einziger Seed kürt keinen Sieger.</translation>
    </message>
    <message>
        <source>Backbone</source>
        <translation>Backbone</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>Datensatz</translation>
    </message>
    <message>
        <source>Regularizers</source>
        <translation>Regularisierer</translation>
    </message>
    <message>
        <source>also without</source>
        <translation>auch ohne</translation>
    </message>
    <message>
        <source>Every run is made without the regularizers, too, so that what they bring can be told</source>
        <translation>Jeder Lauf wird auch ohne die Regularisierer gemacht, damit sich zeigt, was sie bringen</translation>
    </message>
    <message>
        <source>Before you start</source>
        <translation>Vor dem Start</translation>
    </message>
    <message>
        <source>Passport</source>
        <translation>Steckbrief</translation>
    </message>
</context>
<context>
    <name>Drill</name>
    <message>
        <source>The drill ended without a word.</source>
        <translation>Die Übung endete ohne ein Wort.</translation>
    </message>
</context>
<context>
    <name>DrillSection</name>
    <message>
        <source>Resume drill</source>
        <translation>Übung: abbrechen und fortsetzen</translation>
    </message>
    <message>
        <source>not done</source>
        <translation>nicht gemacht</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>Its files are removed.</source>
        <translation>Ihre Dateien sind entfernt.</translation>
    </message>
    <message>
        <source>Go to Engine in the settings first</source>
        <translation>Zuerst in den Einstellungen zu Engine gehen</translation>
    </message>
    <message>
        <source>Drill</source>
        <translation>Üben</translation>
    </message>
    <message>
        <source>Kill a training, resume it and compare bit for bit</source>
        <translation>Ein Training abschießen, fortsetzen und Bit für Bit vergleichen</translation>
    </message>
    <message>
        <source>Cancel the resume drill</source>
        <translation>Übung abbrechen</translation>
    </message>
    <message>
        <source>Trains a small network twice, in a workspace of its own, which takes a minute or two: once left alone, once killed at random moments and resumed. Both must end with the same bits. Your runs are not touched.</source>
        <translation>Trainiert ein kleines Netz zweimal in einem eigenen Arbeitsbereich, was ein, zwei Minuten dauert: einmal ungestört, einmal zu zufälligen Zeitpunkten abgeschossen und fortgesetzt. Beide müssen mit denselben Bits enden. Die eigenen Läufe bleiben unberührt.</translation>
    </message>
    <message>
        <source>It is under way</source>
        <translation>Sie läuft gerade</translation>
    </message>
    <message>
        <source>Making ready…</source>
        <translation>Vorbereitung …</translation>
    </message>
    <message>
        <source>Ending what was started…</source>
        <translation>Begonnenes wird beendet …</translation>
    </message>
    <message>
        <source>bit for bit the same</source>
        <translation>Bit für Bit gleich</translation>
    </message>
    <message>
        <source>not the same</source>
        <translation>nicht gleich</translation>
    </message>
    <message>
        <source>Resume drill: {0}</source>
        <translation>Übung zum Fortsetzen: {0}</translation>
    </message>
</context>
<context>
    <name>Dropped</name>
    <message>
        <source>{0} is neither an experiment (.toml) nor a dataset (a folder, .npz or .tar.gz).</source>
        <translation>{0} ist weder ein Experiment (.toml) noch ein Datensatz (ein Ordner, .npz oder .tar.gz).</translation>
    </message>
</context>
<context>
    <name>EditedRun</name>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
    <message>
        <source>Every combination is trained once per seed. From three seeds on, a difference can be told from luck.</source>
        <translation>Jede Kombination wird einmal je Seed trainiert. Ab drei Seeds lässt sich ein Unterschied vom Zufall trennen.</translation>
    </message>
    <message>
        <source>Queued run {0}</source>
        <translation>Wartender Lauf {0}</translation>
    </message>
    <message>
        <source>It keeps its number, its tags and its place in the queue.</source>
        <translation>Er behält Nummer, Tags und Platz in der Warteschlange.</translation>
    </message>
    <message>
        <source>No queued run is being edited</source>
        <translation>Es wird kein wartender Lauf bearbeitet</translation>
    </message>
    <message>
        <source>run {0} does not wait any more and stays as it is: queue the changed one as new</source>
        <translation>Lauf {0} wartet nicht mehr und bleibt, wie er ist: den geänderten als neuen einreihen</translation>
    </message>
    <message>
        <source>run {0} is one run, and this makes {1}: pick one of each</source>
        <translation>Lauf {0} ist ein einzelner Lauf, das hier ergibt {1}: je eines wählen</translation>
    </message>
    <message>
        <source>Run {0} is changed, and keeps its place in the queue.</source>
        <translation>Lauf {0} ist geändert und behält seinen Platz in der Warteschlange.</translation>
    </message>
</context>
<context>
    <name>EngineCommands</name>
    <message>
        <source>The engine is running</source>
        <translation>Die Engine läuft</translation>
    </message>
    <message>
        <source>The engine is not running</source>
        <translation>Die Engine läuft nicht</translation>
    </message>
    <message>
        <source>Start the engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>Stop the engine (trainings go on)</source>
        <translation>Engine stoppen (Trainings laufen weiter)</translation>
    </message>
    <message>
        <source>Show the engine&apos;s log</source>
        <translation>Protokoll der Engine zeigen</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>starting…</source>
        <translation>startet …</translation>
    </message>
    <message>
        <source>stopping…</source>
        <translation>stoppt …</translation>
    </message>
    <message>
        <source>The engine has written no log yet: {0}</source>
        <translation>Die Engine hat noch kein Protokoll geschrieben: {0}</translation>
    </message>
</context>
<context>
    <name>EngineTab</name>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>The engine says which devices it sees as soon as it runs.</source>
        <translation>Die Engine meldet ihre Geräte, sobald sie läuft.</translation>
    </message>
    <message>
        <source>device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>Auslastung</translation>
    </message>
    <message>
        <source>memory used</source>
        <translation>Speicher belegt</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>How it works</source>
        <translation>Arbeitsweise</translation>
    </message>
    <message>
        <source>Runs side by side</source>
        <translation>Läufe nebeneinander</translation>
    </message>
    <message>
        <source>They share the cores and the GPU&apos;s memory</source>
        <translation>Sie teilen sich Kerne und GPU-Speicher</translation>
    </message>
    <message>
        <source>It goes on with the queue</source>
        <translation>Die Warteschlange läuft weiter</translation>
    </message>
    <message>
        <source>It ends after what trains; the rest waits</source>
        <translation>Endet nach dem Training, Rest wartet</translation>
    </message>
    <message>
        <source>When the window closes</source>
        <translation>Wenn das Fenster schließt</translation>
    </message>
    <message>
        <source>Ends after 5 minutes</source>
        <translation>Endet nach 5 Minuten</translation>
    </message>
    <message>
        <source>Ends after 15 minutes</source>
        <translation>Endet nach 15 Minuten</translation>
    </message>
    <message>
        <source>Ends after an hour</source>
        <translation>Endet nach einer Stunde</translation>
    </message>
    <message>
        <source>Stays, so that Start is instant</source>
        <translation>Bleibt, damit Starten sofort geht</translation>
    </message>
    <message>
        <source>Without work</source>
        <translation>Ohne Arbeit</translation>
    </message>
    <message>
        <source>Holds for engines that are started from now on</source>
        <translation>Gilt für Engines, die ab jetzt gestartet werden</translation>
    </message>
    <message>
        <source>Pre-warmed workers</source>
        <translation>Vorgewärmte Worker</translation>
    </message>
    <message>
        <source>Without work it</source>
        <translation>Ohne Arbeit</translation>
    </message>
    <message>
        <source>Ready: runs begin at once</source>
        <translation>Bereit: Läufe beginnen sofort</translation>
    </message>
    <message>
        <source>None: runs begin after seconds</source>
        <translation>Keine: Läufe beginnen nach Sekunden</translation>
    </message>
    <message>
        <source>Ready keeps PyTorch imported in a process of about 500 MB: a run begins after 0.1 s instead of 3 s, and so does an export (two cores, measured).</source>
        <translation>„Bereit“ hält PyTorch in einem Prozess von etwa 500 MB geladen: Ein Lauf beginnt nach 0.1 s statt nach 3 s, ein Export ebenso (auf zwei Kernen gemessen).</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>gestoppt</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>It starts by itself when something is queued. Queued runs wait until then.</source>
        <translation>Sie startet von selbst, sobald etwas eingereiht wird. Bis dahin warten die Läufe.</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Since {0} on {1}, process {2}. Stopping it lets a running training finish.</source>
        <translation>Seit {0} auf {1}, Prozess {2}. Stoppen lässt ein laufendes Training zu Ende gehen.</translation>
    </message>
</context>
<context>
    <name>ExportMenu</name>
    <message>
        <source>accuracy against cost</source>
        <translation>Genauigkeit gegen Kosten</translation>
    </message>
    <message>
        <source>comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>settings that differ</source>
        <translation>Abweichende Einstellungen</translation>
    </message>
    <message>
        <source>accuracy against price</source>
        <translation>Genauigkeit gegen Preis</translation>
    </message>
    <message>
        <source>flips</source>
        <translation>Wechsel</translation>
    </message>
    <message>
        <source>accuracy by class</source>
        <translation>Genauigkeit nach Klassen</translation>
    </message>
    <message>
        <source>confusion difference</source>
        <translation>Differenz der Konfusion</translation>
    </message>
    <message>
        <source>calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>peers</source>
        <translation>Peers</translation>
    </message>
    <message>
        <source>Copy {0} as {1}</source>
        <translation>{0} als {1} kopieren</translation>
    </message>
    <message>
        <source>Save {0} as {1}…</source>
        <translation>{0} als {1} speichern …</translation>
    </message>
    <message>
        <source>Save figure: {0}…</source>
        <translation>Abbildung speichern: {0} …</translation>
    </message>
    <message>
        <source>Choose runs to compare first</source>
        <translation>Zuerst Läufe zum Vergleichen auswählen</translation>
    </message>
    <message>
        <source>This comparison has nothing of it</source>
        <translation>Dieser Vergleich hat nichts davon</translation>
    </message>
    <message>
        <source>Copied the table as {0}.</source>
        <translation>Tabelle als {0} kopiert.</translation>
    </message>
    <message>
        <source>Figures ({0})</source>
        <translation>Abbildungen ({0})</translation>
    </message>
    <message>
        <source>Saved {0}.</source>
        <translation>{0} gespeichert.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
</context>
<context>
    <name>ExportOptions</name>
    <message>
        <source>Formats</source>
        <translation>Formate</translation>
    </message>
    <message>
        <source>Which of the networks ships</source>
        <translation>Welches der Netze ausgeliefert wird</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Scale the temperature</source>
        <translation>Temperatur skalieren</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>Konfidenz</translation>
    </message>
    <message>
        <source>a new folder in the workspace</source>
        <translation>ein neuer Ordner im Arbeitsbereich</translation>
    </message>
    <message>
        <source>Proof</source>
        <translation>Nachweis</translation>
    </message>
    <message>
        <source>Fold batch norms</source>
        <translation>Batch-Norms falten</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>Arithmetik</translation>
    </message>
    <message>
        <source>Into the convolutions before them, where one follows alone: the same answers but for rounding, with fewer parameters.</source>
        <translation>In die Faltungen davor, wo eine allein folgt: dieselben Antworten bis auf Rundung, mit weniger Parametern.</translation>
    </message>
    <message>
        <source>Test images</source>
        <translation>Testbilder</translation>
    </message>
    <message>
        <source>So many, at most, that every file is asked about and compared on with the trained network.</source>
        <translation>Höchstens so viele, zu denen jede Datei gefragt und mit dem trainierten Netz verglichen wird.</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>not stated, or such as CC-BY-4.0</source>
        <translation>keine Angabe, oder etwa CC-BY-4.0</translation>
    </message>
    <message>
        <source>Under which the files may be passed on: the model card says it in these words.</source>
        <translation>Unter der die Dateien weitergegeben werden dürfen: die Modellkarte sagt es mit diesen Worten.</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>It needs all exits: choose them under “Ships”.</source>
        <translation>Braucht alle Ausgänge: unter „Ausgeliefert“ wählen.</translation>
    </message>
    <message>
        <source>The best by validation</source>
        <translation>Die besten nach Validierung</translation>
    </message>
    <message>
        <source>The last</source>
        <translation>Die letzten</translation>
    </message>
    <message>
        <source>The average of checkpoints</source>
        <translation>Das Mittel von Checkpoints</translation>
    </message>
    <message>
        <source>The running average of steps (EMA)</source>
        <translation>Das gleitende Mittel der Schritte (EMA)</translation>
    </message>
    <message>
        <source>This run averaged no weights: train with “Averaged weights (EMA)”.</source>
        <translation>Dieser Lauf hat keine Gewichte gemittelt: mit „Averaged weights (EMA)“ trainieren.</translation>
    </message>
    <message>
        <source>Divides the logits by one number, with which confidences are truest on validation images; the classes stay the same.</source>
        <translation>Teilt die Logits durch eine Zahl, mit der die Konfidenzen auf Validierungsbildern am wahrsten sind; die Klassen bleiben dieselben.</translation>
    </message>
    <message>
        <source>There is nothing to fit it on: this run held out no validation images.</source>
        <translation>Nichts zum Anpassen: Dieser Lauf hat keine Validierungsbilder zurückgehalten.</translation>
    </message>
    <message>
        <source>Looking for checkpoints…</source>
        <translation>Checkpoints werden gesucht …</translation>
    </message>
    <message>
        <source>An average needs two checkpoints of the training&apos;s second half, and this run has kept {count}: train with “Keep checkpoints every”.</source>
        <translation>Ein Mittel braucht zwei Checkpoints der zweiten Trainingshälfte, und dieser Lauf hat davon aufgehoben: {count}. Mit „Keep checkpoints every“ trainieren.</translation>
    </message>
    <message>
        <source>Tick at least one format.</source>
        <translation>Mindestens ein Format ankreuzen.</translation>
    </message>
    <message>
        <source>This run held out no validation images to choose by.</source>
        <translation>Dieser Lauf hat keine Validierungsbilder zurückgehalten, nach denen sich wählen ließe.</translation>
    </message>
    <message>
        <source>An ensemble ships whole: choose the whole network first.</source>
        <translation>Ein Ensemble wird ganz ausgeliefert: zuerst das ganze Netz wählen.</translation>
    </message>
    <message>
        <source>Peer {number} of {total}, {backbone}</source>
        <translation>Peer {number} von {total}, {backbone}</translation>
    </message>
    <message>
        <source>{peer}: the one that the method ships</source>
        <translation>{peer}: das, das die Methode ausliefert</translation>
    </message>
    <message>
        <source>The best peer by validation</source>
        <translation>Der beste Peer nach Validierung</translation>
    </message>
    <message>
        <source>All {total} as one: the mean of their probabilities</source>
        <translation>Alle {total} als eines: das Mittel ihrer Wahrscheinlichkeiten</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>A run can be exported once it is completed.</source>
        <translation>Ein Lauf lässt sich exportieren, sobald er abgeschlossen ist.</translation>
    </message>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>What ships is the backbone alone; everything that only helped in training is stripped, and that is proved.</source>
        <translation>Ausgeliefert wird nur das Backbone; was nur im Training half, wird entfernt, und das wird nachgewiesen.</translation>
    </message>
    <message>
        <source>Completed runs</source>
        <translation>Abgeschlossene Läufe</translation>
    </message>
    <message>
        <source>Try the exported file</source>
        <translation>Exportierte Datei ausprobieren</translation>
    </message>
    <message>
        <source>This run has not been exported yet.</source>
        <translation>Dieser Lauf wurde noch nicht exportiert.</translation>
    </message>
    <message>
        <source>Only a completed run can be exported: choose one from the list.</source>
        <translation>Nur ein abgeschlossener Lauf lässt sich exportieren: einen aus der Liste wählen.</translation>
    </message>
</context>
<context>
    <name>ExportSection</name>
    <message>
        <source>Export the run as a bundle</source>
        <translation>Lauf als Bundle exportieren</translation>
    </message>
    <message>
        <source>Options of the export</source>
        <translation>Optionen des Exports</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Cancel the export</source>
        <translation>Export abbrechen</translation>
    </message>
    <message>
        <source>No completed run chosen</source>
        <translation>Kein abgeschlossener Lauf gewählt</translation>
    </message>
    <message>
        <source>Run {number}</source>
        <translation>Lauf {number}</translation>
    </message>
    <message>
        <source>An ensemble ships whole.</source>
        <translation>Ein Ensemble wird ganz ausgeliefert.</translation>
    </message>
    <message>
        <source>An export is under way.</source>
        <translation>Ein Export läuft.</translation>
    </message>
    <message>
        <source>Only a completed run can be exported.</source>
        <translation>Nur ein abgeschlossener Lauf lässt sich exportieren.</translation>
    </message>
    <message>
        <source>Run {run}: {doing}</source>
        <translation>Lauf {run}: {doing}</translation>
    </message>
    <message>
        <source>The bundle was written without {format}: {reason}</source>
        <translation>Das Bündel wurde ohne {format} geschrieben: {reason}</translation>
    </message>
    <message>
        <source>The export was cancelled; no bundle was written.</source>
        <translation>Der Export wurde abgebrochen; es wurde kein Bundle geschrieben.</translation>
    </message>
</context>
<context>
    <name>FacetButton</name>
    <message>
        <source>Show all</source>
        <translation>Alle zeigen</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
</context>
<context>
    <name>FilesTab</name>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Geschrieben</translation>
    </message>
    <message>
        <source>Reveal in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Pfad kopieren</translation>
    </message>
    <message>
        <source>Go to the files of a run first</source>
        <translation>Zuerst zu den Dateien eines Laufs gehen</translation>
    </message>
    <message>
        <source>Open the folder of the run&apos;s files</source>
        <translation>Ordner mit den Dateien des Laufs öffnen</translation>
    </message>
    <message>
        <source>Copy the path of the selected file</source>
        <translation>Pfad der ausgewählten Datei kopieren</translation>
    </message>
    <message>
        <source>1 file, {0}</source>
        <translation>1 Datei, {0}</translation>
    </message>
    <message>
        <source>{1} files, {0}</source>
        <translation>{1} Dateien, {0}</translation>
    </message>
    <message>
        <source>No files yet: the first checkpoint is written after the first epoch.</source>
        <translation>Noch keine Dateien: Der erste Checkpoint wird nach der ersten Epoche geschrieben.</translation>
    </message>
    <message>
        <source>Select a file first</source>
        <translation>Zuerst eine Datei auswählen</translation>
    </message>
    <message>
        <source>The files are in {0}</source>
        <translation>Die Dateien liegen in {0}</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Group by state</source>
        <translation>Nach Zustand gruppieren</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Group by method</source>
        <translation>Nach Methode gruppieren</translation>
    </message>
    <message>
        <source>Backbone</source>
        <translation>Backbone</translation>
    </message>
    <message>
        <source>Group by backbone</source>
        <translation>Nach Backbone gruppieren</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>Datensatz</translation>
    </message>
    <message>
        <source>Group by dataset</source>
        <translation>Nach Datensatz gruppieren</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Group by tag</source>
        <translation>Nach Tag gruppieren</translation>
    </message>
    <message>
        <source>Experiment</source>
        <translation>Experiment</translation>
    </message>
    <message>
        <source>Group by experiment</source>
        <translation>Nach Experiment gruppieren</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Group by seed</source>
        <translation>Nach Seed gruppieren</translation>
    </message>
    <message>
        <source>Variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>Group by variant: mean ± std over seeds</source>
        <translation>Nach Variante gruppieren: Mittel ± Std über Seeds</translation>
    </message>
    <message>
        <source>Search name, tag, note…</source>
        <translation>Name, Tag, Notiz suchen …</translation>
    </message>
    <message>
        <source>Search the runs</source>
        <translation>Läufe durchsuchen</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>Do not group</source>
        <translation>Nicht gruppieren</translation>
    </message>
    <message>
        <source>Open all groups</source>
        <translation>Alle Gruppen aufklappen</translation>
    </message>
    <message>
        <source>Fold all groups</source>
        <translation>Alle Gruppen zuklappen</translation>
    </message>
    <message>
        <source>Choose columns…</source>
        <translation>Spalten wählen …</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Group: {0}</source>
        <translation>Gruppe: {0}</translation>
    </message>
    <message>
        <source>The runs are not grouped</source>
        <translation>Die Läufe sind nicht gruppiert</translation>
    </message>
    <message>
        <source>No filter is on</source>
        <translation>Kein Filter ist gesetzt</translation>
    </message>
</context>
<context>
    <name>Findings</name>
    <message>
        <source>as fed to the network, with augmentation</source>
        <translation>wie im Training, mit Augmentierung</translation>
    </message>
    <message>
        <source>Contents</source>
        <translation>Inhalt</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Beispiele</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>Probleme</translation>
    </message>
    <message>
        <source>Images per class, training + test</source>
        <translation>Bilder je Klasse, Training + Test</translation>
    </message>
    <message>
        <source>{0:,} training and {1:,} test images of {2} × {3} pixels, {4}, in {5} classes.</source>
        <translation>{0:,} Trainings- und {1:,} Testbilder mit {2} × {3} Pixeln, {4}, in {5} Klassen.</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>Graustufen</translation>
    </message>
    <message>
        <source>colour</source>
        <translation>Farbe</translation>
    </message>
    <message>
        <source>Of the training images {0:,} are trained on, and {1:,} held out for validation unless you say otherwise.</source>
        <translation>Von den Trainingsbildern dienen {0:,} dem Training und {1:,} der Validierung, sofern nichts anderes eingestellt ist.</translation>
    </message>
    <message>
        <source>{0} on disk, in {1}</source>
        <translation>{0} auf der Festplatte, in {1}</translation>
    </message>
    <message>
        <source>Normalised with mean {0} and standard deviation {1}.</source>
        <translation>Normalisiert mit Mittelwert {0} und Standardabweichung {1}.</translation>
    </message>
    <message>
        <source>… and {0:,} more.</source>
        <translation>… und {0:,} weitere.</translation>
    </message>
    <message>
        <source>None found: every file could be read, no test image is a training image too, and no class is very small.</source>
        <translation>Keine gefunden: Jede Datei ließ sich lesen, kein Testbild ist auch ein Trainingsbild, und keine Klasse ist sehr klein.</translation>
    </message>
</context>
<context>
    <name>FlipAtlas</name>
    <message>
        <source>Cancel reading the images that flip</source>
        <translation>Lesen der Bilder, die kippen, abbrechen</translation>
    </message>
    <message>
        <source>Images that one of the two has right and the other wrong, in the same seed. What flips in one seed alone may be chance. Below each image: the baseline&apos;s answer → the variant&apos;s.</source>
        <translation>Bilder, bei denen eine der beiden richtig und die andere falsch liegt, im selben Seed. Was nur in einem Seed kippt, kann Zufall sein. Unter jedem Bild: die Antwort der Baseline → die der Variante.</translation>
    </message>
    <message>
        <source>Fixed images: {0:,}</source>
        <translation>Behobene Bilder: {0:,}</translation>
    </message>
    <message>
        <source>Broken images: {0:,}</source>
        <translation>Verlorene Bilder: {0:,}</translation>
    </message>
</context>
<context>
    <name>FlipSide</name>
    <message>
        <source>Baseline: {0}
Variant: {1}
True class: {2}</source>
        <translation>Baseline: {0}
Variante: {1}
Wahre Klasse: {2}</translation>
    </message>
    <message>
        <source>in {0} of {1} seeds: {2:,}</source>
        <translation>in {0} von {1} Seeds: {2:,}</translation>
    </message>
    <message>
        <source>{0}, {1} shown</source>
        <translation>{0}, {1} gezeigt</translation>
    </message>
</context>
<context>
    <name>FolderEditor</name>
    <message>
        <source>in the usual places</source>
        <translation>an den üblichen Orten</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
</context>
<context>
    <name>ForkDialog</name>
    <message>
        <source>Fork at an epoch</source>
        <translation>Ab einer Epoche abzweigen</translation>
    </message>
    <message>
        <source>A fork goes on with the weights, the optimiser&apos;s state and the batches that its parent had at that epoch. Change one thing, and see what it did.</source>
        <translation>Eine Abzweigung setzt mit den Gewichten, dem Optimiererzustand und den Batches fort, die ihr Ursprung in dieser Epoche hatte. Eine Sache ändern und sehen, was sie bewirkt.</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>{0}  ·  val top-1 {1} %</source>
        <translation>{0}  ·  Val-Top-1 {1} %</translation>
    </message>
    <message>
        <source>After epoch</source>
        <translation>Nach Epoche</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Checkpoints that were kept: {0}. They are those of every {1} epochs, as “{2}” in the recipe asks for, and the newest.</source>
        <translation>Behaltene Checkpoints: {0}. Es sind die von je {1} Epochen, wie es „{2}“ im Rezept verlangt, und die neuesten.</translation>
    </message>
    <message>
        <source>Only the checkpoint of epoch {0} was kept: of a completed run the last one is, until then the newest two are. “{1}” in the recipe keeps more of the next run, or of this fork.</source>
        <translation>Nur der Checkpoint der Epoche {0} wurde behalten: von einem abgeschlossenen Lauf der letzte, bis dahin die neuesten zwei. „{1}“ im Rezept behält mehr vom nächsten Lauf oder von dieser Abzweigung.</translation>
    </message>
    <message>
        <source>Only the checkpoints of epochs {0} were kept: until a run is completed, the newest two are. “{1}” in the recipe keeps more of the next run, or of this fork.</source>
        <translation>Nur die Checkpoints der Epochen {0} wurden behalten: bis ein Lauf abgeschlossen ist, die neuesten zwei. „{1}“ im Rezept behält mehr vom nächsten Lauf oder von dieser Abzweigung.</translation>
    </message>
    <message>
        <source>Queue the fork</source>
        <translation>Abzweigung einreihen</translation>
    </message>
    <message numerus="yes">
        <source>Queue %n forks</source>
        <translation>
            <numerusform>%n Abzweigung einreihen</numerusform>
            <numerusform>%n Abzweigungen einreihen</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is changed: the fork will end with the weights of its parent, bit for bit.</source>
        <translation>Nichts ist geändert: Die Abzweigung wird Bit für Bit mit den Gewichten ihres Ursprungs enden.</translation>
    </message>
    <message>
        <source>1 more epoch</source>
        <translation>1 weitere Epoche</translation>
    </message>
    <message>
        <source>{0} more epochs</source>
        <translation>{0} weitere Epochen</translation>
    </message>
    <message>
        <source>This fork goes on from epoch {0}, its parent&apos;s last, and trains {1}: {2} instead of {0}.</source>
        <translation>Diese Abzweigung setzt nach Epoche {0} fort, der letzten ihres Ursprungs, und trainiert {1}: {2} statt {0}.</translation>
    </message>
    <message>
        <source>This fork goes on from epoch {0} and trains {1}: {2} in all, its parent {3}.</source>
        <translation>Diese Abzweigung setzt nach Epoche {0} fort und trainiert {1}: {2} insgesamt, ihr Ursprung {3}.</translation>
    </message>
    <message>
        <source>This fork goes on from epoch {0} and trains {1}, as its parent did.</source>
        <translation>Diese Abzweigung setzt nach Epoche {0} fort und trainiert {1}, wie ihr Ursprung.</translation>
    </message>
    <message>
        <source>Its recipe is not its parent&apos;s: Compare shows it beside its parent, but does not set it against it seed by seed.</source>
        <translation>Ihr Rezept ist nicht das ihres Ursprungs: Der Vergleich zeigt sie neben ihm, stellt sie ihm aber nicht Seed für Seed gegenüber.</translation>
    </message>
    <message>
        <source>Its recipe stays its parent&apos;s: Compare can set it against its parent seed by seed.</source>
        <translation>Ihr Rezept bleibt das ihres Ursprungs: Der Vergleich kann sie ihm Seed für Seed gegenüberstellen.</translation>
    </message>
    <message>
        <source>After epoch {0} of {1} there is nothing left to train: set more epochs, or fork at an earlier one.</source>
        <translation>Nach Epoche {0} von {1} bleibt nichts zu trainieren: mehr Epochen einstellen oder an einer früheren abzweigen.</translation>
    </message>
    <message>
        <source>After epoch {0} of {1} there is nothing left to train: set more epochs.</source>
        <translation>Nach Epoche {0} von {1} bleibt nichts zu trainieren: mehr Epochen einstellen.</translation>
    </message>
    <message>
        <source>There is no checkpoint of the end of an epoch to fork at. A run has those of its newest two epochs, a completed one that of its last, and of every few if its recipe keeps them.</source>
        <translation>Es gibt keinen Checkpoint vom Ende einer Epoche, an dem sich abzweigen ließe. Ein Lauf hat die seiner neuesten zwei Epochen, ein abgeschlossener den seiner letzten, und weitere, wenn sein Rezept sie aufhebt.</translation>
    </message>
    <message>
        <source>Queued run {0}.</source>
        <translation>Eingereiht: Lauf {0}.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>FormatList</name>
    <message>
        <source>Not installed: {line}</source>
        <translation>Nicht installiert: {line}</translation>
    </message>
</context>
<context>
    <name>FormatTable</name>
    <message>
        <source>Files of the bundle</source>
        <translation>Dateien des Bundles</translation>
    </message>
    <message>
        <source>Copy the SHA-256 of {file}</source>
        <translation>SHA-256 von {file} kopieren</translation>
    </message>
</context>
<context>
    <name>GeneralTab</name>
    <message>
        <source>Workspace</source>
        <translation>Arbeitsbereich</translation>
    </message>
    <message>
        <source>Open another…</source>
        <translation>Anderen öffnen …</translation>
    </message>
    <message>
        <source>Open the workspace&apos;s folder</source>
        <translation>Ordner des Arbeitsbereichs öffnen</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Datenbank</translation>
    </message>
    <message>
        <source>Go to the general settings first</source>
        <translation>Zuerst zu den allgemeinen Einstellungen gehen</translation>
    </message>
    <message>
        <source>Copy the path of the workspace&apos;s folder</source>
        <translation>Pfad des Ordners des Arbeitsbereichs kopieren</translation>
    </message>
    <message>
        <source>Copy the path of the database</source>
        <translation>Pfad der Datenbank kopieren</translation>
    </message>
    <message>
        <source>No file manager answered. The folder is {0}</source>
        <translation>Kein Dateimanager hat geantwortet. Der Ordner ist {0}</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Darstellung</translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Farbschema</translation>
    </message>
    <message>
        <source>Comfortable</source>
        <translation>Bequem</translation>
    </message>
    <message>
        <source>Compact</source>
        <translation>Kompakt</translation>
    </message>
    <message>
        <source>Rows of tables and lists</source>
        <translation>Zeilenhöhe in Listen</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Windows that are opened from now on speak it.</source>
        <translation>Gilt für Fenster, die ab jetzt geöffnet werden.</translation>
    </message>
    <message>
        <source>When training has ended</source>
        <translation>Wenn das Training beendet ist</translation>
    </message>
    <message>
        <source>Tell the desktop while I look at another window</source>
        <translation>Auf dem Desktop melden, während ein anderes Fenster vorne ist</translation>
    </message>
    <message>
        <source>Of what took more than a minute: of a failure at once, of a variant when the last of its seeds has ended, and of all when the queue is empty.</source>
        <translation>Von allem, was länger als eine Minute gedauert hat: von einem Fehlschlag sofort, von einer Variante mit dem Ende ihres letzten Seeds und von allem, wenn die Warteschlange leer ist.</translation>
    </message>
</context>
<context>
    <name>GradientsTab</name>
    <message>
        <source>Nothing yet: methods with auxiliary terms tell how their gradients stand to that of the task, every 200 steps or as the recipe says.</source>
        <translation>Noch nichts: Methoden mit Hilfstermen zeigen, wie deren Gradienten zu dem der Aufgabe stehen, alle 200 Schritte oder wie im Rezept angegeben.</translation>
    </message>
    <message>
        <source>Above 0 the auxiliary terms pull the way the task does, below 0 against it; where their gradient is short beside the task&apos;s, they do little.</source>
        <translation>Über 0 ziehen die Hilfsterme in Richtung der Aufgabe, unter 0 dagegen; wo ihr Gradient neben dem der Aufgabe kurz ist, bewirken sie wenig.</translation>
    </message>
    <message>
        <source>Cosine, auxiliary to task</source>
        <translation>Kosinus, Hilfsterme zu Aufgabe</translation>
    </message>
    <message>
        <source>Length, auxiliary / task</source>
        <translation>Länge, Hilfsterme / Aufgabe</translation>
    </message>
</context>
<context>
    <name>HeldOutImages</name>
    <message>
        <source>The images were not read.</source>
        <translation>Die Bilder wurden nicht gelesen.</translation>
    </message>
</context>
<context>
    <name>ImageGrid</name>
    <message>
        <source>{0} images</source>
        <translation>{0} Bilder</translation>
    </message>
</context>
<context>
    <name>ImagesSection</name>
    <message>
        <source>Test images</source>
        <translation>Testbilder</translation>
    </message>
    <message>
        <source>Variant that is set against its baseline</source>
        <translation>Variante, die ihrer Baseline gegenübersteht</translation>
    </message>
    <message>
        <source>Flips</source>
        <translation>Wechsel</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>Kalibrierung</translation>
    </message>
    <message>
        <source>Peers</source>
        <translation>Peers</translation>
    </message>
    <message>
        <source>{0} against {1}</source>
        <translation>{0} gegen {1}</translation>
    </message>
    <message>
        <source>Reading what the networks say…</source>
        <translation>Antworten der Netze werden gelesen …</translation>
    </message>
    <message>
        <source>None of these runs has kept what its network says of each test image: runs trained with an earlier version keep none.</source>
        <translation>Keiner dieser Läufe hat aufgehoben, was sein Netz zu jedem Testbild sagt: Läufe früherer Versionen heben das nicht auf.</translation>
    </message>
    <message>
        <source>None of these runs has kept what peers say: only methods that train several networks side by side have peers, and runs trained with an earlier version keep none.</source>
        <translation>Keiner dieser Läufe hat aufgehoben, was Peers sagen: Nur Methoden, die mehrere Netze nebeneinander trainieren, haben Peers, und Läufe früherer Versionen heben das nicht auf.</translation>
    </message>
    <message>
        <source>The eyes of all variants that stand against a baseline are closed.</source>
        <translation>Die Augen aller Varianten, die einer Baseline gegenüberstehen, sind geschlossen.</translation>
    </message>
    <message>
        <source>There is no baseline yet that a variant could be set against.</source>
        <translation>Es gibt noch keine Baseline, der eine Variante gegenübergestellt werden könnte.</translation>
    </message>
    <message>
        <source>The variant and its baseline have no seed in common of which both have kept what they say of each test image: runs trained with an earlier version keep none.</source>
        <translation>Variante und Baseline haben keinen gemeinsamen Seed, für den beide aufgehoben haben, was sie zu jedem Testbild sagen: Läufe früherer Versionen heben das nicht auf.</translation>
    </message>
</context>
<context>
    <name>Interruptions</name>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>1 run was interrupted: its worker had ended. What it had reached at its last checkpoint is kept.</source>
        <translation>1 Lauf wurde unterbrochen: sein Worker war beendet. Was bis zu seinem letzten Checkpoint erreicht war, ist erhalten.</translation>
    </message>
    <message>
        <source>{0} runs were interrupted: their workers had ended. What they had reached at their last checkpoints is kept.</source>
        <translation>{0} Läufe wurden unterbrochen: ihre Worker waren beendet. Was bis zu ihren letzten Checkpoints erreicht war, ist erhalten.</translation>
    </message>
</context>
<context>
    <name>Jobs</name>
    <message>
        <source>Something unforeseen went wrong ({0}: {1}).</source>
        <translation>Etwas Unvorhergesehenes ist schiefgegangen ({0}: {1}).</translation>
    </message>
</context>
<context>
    <name>LeaveEarly</name>
    <message>
        <source>multiply-adds</source>
        <translation>Multiply-Adds</translation>
    </message>
    <message>
        <source>an image takes</source>
        <translation>ein Bild dauert</translation>
    </message>
    <message>
        <source>test top-1</source>
        <translation>Test-Top-1</translation>
    </message>
    <message>
        <source>leave at exit</source>
        <translation>verlassen am Exit</translation>
    </message>
    <message>
        <source>{ms:.2f} ms</source>
        <translation>{ms:.2f} ms</translation>
    </message>
    <message>
        <source>{top1:.2f} %</source>
        <translation>{top1:.2f} %</translation>
    </message>
    <message>
        <source>Measured with the file that leaves early on {images:,} test images, the time on {timed:,} of them, one by one; certificate.json has the thresholds.</source>
        <translation>Mit der Datei gemessen, die früh aussteigt, auf {images:,} Testbildern, die Zeit auf {timed:,} davon, eins nach dem anderen; die Schwellen stehen in certificate.json.</translation>
    </message>
    <message>
        <source>{shown} of {total} budgets, counted; the file and certificate.json have all. What images take is measured where the format “ONNX early exit” is ticked.</source>
        <translation>{shown} von {total} Budgets, gezählt; die Datei und certificate.json haben alle. Was Bilder dauern, wird gemessen, wo das Format „ONNX early exit“ angekreuzt ist.</translation>
    </message>
</context>
<context>
    <name>LineEditor</name>
    <message>
        <source>not set</source>
        <translation>ungesetzt</translation>
    </message>
    <message>
        <source>a whole number is needed</source>
        <translation>eine ganze Zahl ist nötig</translation>
    </message>
    <message>
        <source>a number is needed</source>
        <translation>eine Zahl ist nötig</translation>
    </message>
</context>
<context>
    <name>LogTab</name>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Go to the log of a run first</source>
        <translation>Zuerst zum Protokoll eines Laufs gehen</translation>
    </message>
    <message>
        <source>Copy the log of the run</source>
        <translation>Protokoll des Laufs kopieren</translation>
    </message>
    <message>
        <source>What happened to this run.</source>
        <translation>Was mit diesem Lauf geschah.</translation>
    </message>
    <message>
        <source>It is empty</source>
        <translation>Es ist leer</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>&amp;Gehe zu</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>&amp;Lauf</translation>
    </message>
    <message>
        <source>&amp;Engine</source>
        <translation>&amp;Engine</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Go to {0}</source>
        <translation>Gehe zu: {0}</translation>
    </message>
    <message>
        <source>Go</source>
        <translation>Gehe zu</translation>
    </message>
    <message>
        <source>Find a command…</source>
        <translation>Befehl suchen …</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>About SiLa Studio</source>
        <translation>Über SiLa Studio</translation>
    </message>
    <message>
        <source>Theme of the desktop</source>
        <translation>Farbschema des Systems</translation>
    </message>
    <message>
        <source>Light theme</source>
        <translation>Helles Farbschema</translation>
    </message>
    <message>
        <source>Dark theme</source>
        <translation>Dunkles Farbschema</translation>
    </message>
    <message>
        <source>Comfortable rows</source>
        <translation>Bequeme Zeilen</translation>
    </message>
    <message>
        <source>Compact rows</source>
        <translation>Kompakte Zeilen</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Close the window (trainings go on)</source>
        <translation>Fenster schließen (Trainings laufen weiter)</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Go to the run at work</source>
        <translation>Zum Lauf gehen, der gerade trainiert</translation>
    </message>
    <message>
        <source>There is no message</source>
        <translation>Es gibt keine Meldung</translation>
    </message>
    <message>
        <source>The message has none</source>
        <translation>Die Meldung hat keine</translation>
    </message>
    <message>
        <source>Do what the message offers</source>
        <translation>Tun, was die Meldung anbietet</translation>
    </message>
    <message>
        <source>Show or hide the details of the message</source>
        <translation>Einzelheiten der Meldung zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Copy the message</source>
        <translation>Meldung kopieren</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Nothing is being trained</source>
        <translation>Es wird nichts trainiert</translation>
    </message>
    <message>
        <source>SiLa Studio trains small image classifiers to be more accurate at no cost at inference. What helps only in training is never shipped.</source>
        <translation>SiLa Studio trainiert kleine Bildklassifikatoren auf höhere Genauigkeit, ohne Kosten bei der Inferenz. Was nur im Training hilft, wird nie ausgeliefert.</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Copy the message</source>
        <translation>Meldung kopieren</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
</context>
<context>
    <name>MissedEngine</name>
    <message>
        <source>Start the engine</source>
        <translation>Engine starten</translation>
    </message>
    <message>
        <source>1 training broke off</source>
        <translation>1 Training brach ab</translation>
    </message>
    <message>
        <source>{0} trainings broke off</source>
        <translation>{0} Trainings brachen ab</translation>
    </message>
    <message>
        <source>1 task broke off</source>
        <translation>1 Aufgabe brach ab</translation>
    </message>
    <message>
        <source>{0} tasks broke off</source>
        <translation>{0} Aufgaben brachen ab</translation>
    </message>
    <message>
        <source>The engine has ended; {0}.</source>
        <translation>Die Engine ist beendet; {0}.</translation>
    </message>
    <message>
        <source>Start it again to recover the training.</source>
        <translation>Wird sie neu gestartet, lässt sich das Training fortsetzen.</translation>
    </message>
    <message>
        <source>Start it again to recover the trainings.</source>
        <translation>Wird sie neu gestartet, lassen sich die Trainings fortsetzen.</translation>
    </message>
    <message>
        <source>1 run waits</source>
        <translation>1 Lauf wartet</translation>
    </message>
    <message>
        <source>{0} runs wait</source>
        <translation>{0} Läufe warten</translation>
    </message>
    <message>
        <source>1 task waits</source>
        <translation>1 Aufgabe wartet</translation>
    </message>
    <message>
        <source>{0} tasks wait</source>
        <translation>{0} Aufgaben warten</translation>
    </message>
    <message>
        <source>1 training goes on</source>
        <translation>1 Training läuft weiter</translation>
    </message>
    <message>
        <source>{0} trainings go on</source>
        <translation>{0} Trainings laufen weiter</translation>
    </message>
</context>
<context>
    <name>ModelFile</name>
    <message>
        <source>Model file</source>
        <translation>Modelldatei</translation>
    </message>
    <message>
        <source>Confidence from which images leave early</source>
        <translation>Konfidenz, ab der Bilder früh aussteigen</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>leaves early from</source>
        <translation>steigt früh aus ab</translation>
    </message>
</context>
<context>
    <name>NamesEditor</name>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Choose from the list</source>
        <translation>Aus der Liste wählen</translation>
    </message>
</context>
<context>
    <name>Notifications</name>
    <message>
        <source>{0} of training</source>
        <translation>{0} Training</translation>
    </message>
    <message>
        <source>{0} % on validation</source>
        <translation>{0} % auf Validierung</translation>
    </message>
    <message>
        <source>{0} runs, {1}: {2}</source>
        <translation>{0} Läufe, {1}: {2}</translation>
    </message>
    <message>
        <source>Training has ended</source>
        <translation>Das Training ist beendet</translation>
    </message>
</context>
<context>
    <name>OptionsPanel</name>
    <message>
        <source>Recipe, the same for every method</source>
        <translation>Rezept, für jede Methode dasselbe</translation>
    </message>
    <message>
        <source>Recipe: {0}</source>
        <translation>Rezept: {0}</translation>
    </message>
    <message>
        <source>Go to the options of a backbone, method or dataset first</source>
        <translation>Zuerst zu den Optionen von Backbone, Methode oder Datensatz gehen</translation>
    </message>
    <message>
        <source>Go to options that were added first</source>
        <translation>Zuerst zu hinzugefügten Optionen gehen</translation>
    </message>
</context>
<context>
    <name>PAGES</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
</context>
<context>
    <name>PartChoice</name>
    <message>
        <source>What ships</source>
        <translation>Was ausgeliefert wird</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>Ausgeliefert</translation>
    </message>
</context>
<context>
    <name>PartSection</name>
    <message>
        <source>Remove these options</source>
        <translation>Diese Optionen entfernen</translation>
    </message>
    <message>
        <source>Run {0} with other options as well</source>
        <translation>{0} zusätzlich mit anderen Optionen laufen lassen</translation>
    </message>
</context>
<context>
    <name>PartsDiagram</name>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Shipped: backbone and head. Training only: {0}.</source>
        <translation>Ausgeliefert: Backbone und Kopf. Nur im Training: {0}.</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>Ausgeliefert</translation>
    </message>
    <message>
        <source>backbone</source>
        <translation>Backbone</translation>
    </message>
    <message>
        <source>head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Only while training</source>
        <translation>Nur im Training</translation>
    </message>
</context>
<context>
    <name>Passport</name>
    <message>
        <source>Equation</source>
        <translation>Gleichung</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Evidence: {0}</source>
        <translation>Belege: {0}</translation>
    </message>
    <message>
        <source>Copy the equation as LaTeX</source>
        <translation>Gleichung als LaTeX kopieren</translation>
    </message>
    <message>
        <source>Copy the citation</source>
        <translation>Literaturangabe kopieren</translation>
    </message>
    <message>
        <source>what the passport describes has no equation in LaTeX</source>
        <translation>was der Steckbrief beschreibt, hat keine Gleichung in LaTeX</translation>
    </message>
    <message>
        <source>what the passport describes has no source</source>
        <translation>was der Steckbrief beschreibt, hat keine Quelle</translation>
    </message>
</context>
<context>
    <name>PeersView</name>
    <message>
        <source>Peers</source>
        <translation>Peers</translation>
    </message>
    <message>
        <source>Test top-1 (%) of every network that was trained; the first one ships, the others are stripped. Together: the mean of their probabilities, the ceiling of what they can learn from each other, which would cost as much as all of them. Disagreement: images of which two peers say something else.</source>
        <translation>Test-Top-1 (%) jedes trainierten Netzes; das erste wird ausgeliefert, die anderen werden entfernt. Zusammen: das Mittel ihrer Wahrscheinlichkeiten, die Obergrenze dessen, was sie voneinander lernen können; es würde so viel kosten wie alle. Uneinigkeit: Bilder, zu denen zwei Peers Verschiedenes sagen.</translation>
    </message>
    <message>
        <source>variant</source>
        <translation>Variante</translation>
    </message>
    <message>
        <source>seeds</source>
        <translation>Seeds</translation>
    </message>
    <message>
        <source>peer 1 (ships)</source>
        <translation>Peer 1 (ausgeliefert)</translation>
    </message>
    <message>
        <source>peer {0}</source>
        <translation>Peer {0}</translation>
    </message>
    <message>
        <source>together</source>
        <translation>zusammen</translation>
    </message>
    <message>
        <source>together − ships</source>
        <translation>zusammen − ausgeliefert</translation>
    </message>
    <message>
        <source>disagreement (%)</source>
        <translation>Uneinigkeit (%)</translation>
    </message>
</context>
<context>
    <name>PredictionRow</name>
    <message>
        <source>{rival} says: {label}, {probability:.0%}</source>
        <translation>{rival} sagt: {label}, {probability:.0%}</translation>
    </message>
    <message>
        <source>{0:.1f} ms</source>
        <translation>{0:.1f} ms</translation>
    </message>
    <message>
        <source>{spent}, left at exit {exit} of {total}</source>
        <translation>{spent}, ausgestiegen an Exit {exit} von {total}</translation>
    </message>
</context>
<context>
    <name>PredictionsTab</name>
    <message>
        <source>Cancel reading the images</source>
        <translation>Lesen der Bilder abbrechen</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <source>Nothing yet: what the network says of each held-out image is kept after an epoch.</source>
        <translation>Noch nichts: Was das Netz zu jedem zurückgehaltenen Bild sagt, wird nach einer Epoche aufgehoben.</translation>
    </message>
    <message>
        <source>All mistakes</source>
        <translation>Alle Fehler</translation>
    </message>
    <message>
        <source>All mistakes are shown</source>
        <translation>Alle Fehler werden gezeigt</translation>
    </message>
    <message>
        <source>Show all mistakes, not one cell&apos;s images</source>
        <translation>Alle Fehler zeigen, nicht die Bilder einer Zelle</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>Validierung</translation>
    </message>
    <message>
        <source>test</source>
        <translation>Test</translation>
    </message>
    <message>
        <source>{0:,} of {1:,} right, {2:.2f} %</source>
        <translation>{0:,} von {1:,} richtig, {2:.2f} %</translation>
    </message>
    <message>
        <source>Mistakes, the most confident first</source>
        <translation>Fehler, die sichersten zuerst</translation>
    </message>
    <message>
        <source>{0} → {1}  {2:.0f} %</source>
        <translation>{0} → {1}  {2:.0f} %</translation>
    </message>
</context>
<context>
    <name>Preflight</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Epochs in all</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Ships</source>
        <translation>Ausgeliefert</translation>
    </message>
    <message>
        <source>{0} datasets</source>
        <translation>{0} Datensätze</translation>
    </message>
    <message>
        <source>{0} backbones</source>
        <translation>{0} Backbones</translation>
    </message>
    <message>
        <source>{0} methods</source>
        <translation>{0} Methoden</translation>
    </message>
    <message>
        <source>with and without regularizers</source>
        <translation>mit und ohne Regularisierer</translation>
    </message>
    <message>
        <source>1 seed</source>
        <translation>1 Seed</translation>
    </message>
    <message>
        <source>{0} seeds</source>
        <translation>{0} Seeds</translation>
    </message>
    <message>
        <source>about {0}</source>
        <translation>etwa {0}</translation>
    </message>
    <message>
        <source>{0}: {1} parameters</source>
        <translation>{0}: {1} Parameter</translation>
    </message>
    <message>
        <source>… and {0} more</source>
        <translation>… und {0} weitere</translation>
    </message>
    <message>
        <source>the same under every method</source>
        <translation>bei jeder Methode gleich</translation>
    </message>
</context>
<context>
    <name>Probe</name>
    <message>
        <source>The probe was cancelled.</source>
        <translation>Der Probelauf wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>Dauert</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Festplatte</translation>
    </message>
    <message>
        <source>Cancel the probe</source>
        <translation>Probe abbrechen</translation>
    </message>
    <message>
        <source>it is being probed</source>
        <translation>der Probelauf läuft</translation>
    </message>
    <message>
        <source>more than {0} variants cannot be probed</source>
        <translation>für mehr als {0} Varianten gibt es keinen Probelauf</translation>
    </message>
    <message>
        <source>Reckoned from another number of epochs.</source>
        <translation>Umgerechnet von einer anderen Zahl von Epochen.</translation>
    </message>
    <message>
        <source>A few real steps of every variant tell.</source>
        <translation>Ein paar echte Schritte jeder Variante geben Auskunft.</translation>
    </message>
    <message>
        <source>From {0} earlier runs on {1} that were equal in all that takes time but their epochs. A few real steps tell more, and of memory and disk.</source>
        <translation>Aus {0} früheren Läufen auf {1}, die bis auf ihre Epochen in allem gleich waren, was Zeit kostet. Wenige echte Schritte sagen mehr, auch über Speicher und Platte.</translation>
    </message>
    <message>
        <source>about {0}</source>
        <translation>etwa {0}</translation>
    </message>
    <message>
        <source>about {0} a run, {1} one after another</source>
        <translation>etwa {0} je Lauf, {1} nacheinander</translation>
    </message>
    <message>
        <source>{0} in all, {1} a run</source>
        <translation>{0} gesamt, {1} je Lauf</translation>
    </message>
    <message>
        <source>From {0} steps on {1}.</source>
        <translation>Aus {0} Schritten auf {1}.</translation>
    </message>
    <message>
        <source>From {0} earlier runs and {1} steps on {2}.</source>
        <translation>Aus früheren Läufen ({0}) und {1} Schritten auf {2}.</translation>
    </message>
    <message>
        <source>Another run was training: alone it goes quicker.</source>
        <translation>Ein anderer Lauf trainierte nebenher: Allein geht es schneller.</translation>
    </message>
</context>
<context>
    <name>QuestionBar</name>
    <message>
        <source>Metric</source>
        <translation>Metrik</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>last weights</source>
        <translation>letzte Gewichte</translation>
    </message>
    <message>
        <source>best by validation</source>
        <translation>beste nach Validierung</translation>
    </message>
</context>
<context>
    <name>ReliabilityPlot</name>
    <message>
        <source>Reliability diagram</source>
        <translation>Reliabilitätsdiagramm</translation>
    </message>
    <message>
        <source>confidence (%)</source>
        <translation>Konfidenz (%)</translation>
    </message>
    <message>
        <source>test top-1 (%)</source>
        <translation>Test-Top-1 (%)</translation>
    </message>
    <message>
        <source>{0} right in {1:.1f} % of {2:,.0f} images @ {3:.1f} %</source>
        <translation>{0} richtig bei {1:.1f} % von {2:,.0f} Bildern @ {3:.1f} %</translation>
    </message>
</context>
<context>
    <name>RunCommands</name>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausieren</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>Duplizieren</translation>
    </message>
    <message>
        <source>Fork at an epoch…</source>
        <translation>Ab einer Epoche abzweigen …</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Tag…</source>
        <translation>Tags …</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation>Notiz …</translation>
    </message>
    <message>
        <source>Pin to the top, or let go</source>
        <translation>Oben anheften oder lösen</translation>
    </message>
    <message>
        <source>Edit the queued run…</source>
        <translation>Wartenden Lauf bearbeiten …</translation>
    </message>
    <message>
        <source>Move to the top of the queue</source>
        <translation>An den Anfang der Warteschlange</translation>
    </message>
    <message>
        <source>Move up in the queue</source>
        <translation>In der Warteschlange nach oben</translation>
    </message>
    <message>
        <source>Move down in the queue</source>
        <translation>In der Warteschlange nach unten</translation>
    </message>
    <message>
        <source>Retry with the same settings</source>
        <translation>Mit denselben Einstellungen wiederholen</translation>
    </message>
    <message>
        <source>Compare others with this variant</source>
        <translation>Andere mit dieser Variante vergleichen</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Undo the deletion</source>
        <translation>Löschen rückgängig machen</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Select a run first</source>
        <translation>Zuerst einen Lauf auswählen</translation>
    </message>
    <message>
        <source>Select one run</source>
        <translation>Einen einzelnen Lauf auswählen</translation>
    </message>
    <message>
        <source>Only queued and running runs can be</source>
        <translation>Geht nur bei wartenden und laufenden Läufen</translation>
    </message>
    <message>
        <source>There is nothing to resume</source>
        <translation>Es gibt nichts fortzusetzen</translation>
    </message>
    <message>
        <source>Start the engine first</source>
        <translation>Zuerst die Engine starten</translation>
    </message>
    <message>
        <source>Only queued runs can be moved</source>
        <translation>Nur wartende Läufe lassen sich verschieben</translation>
    </message>
    <message>
        <source>Only queued runs can be edited: duplicate it</source>
        <translation>Nur wartende Läufe lassen sich bearbeiten: den Lauf duplizieren</translation>
    </message>
    <message>
        <source>It has begun already and waits to go on: duplicate it</source>
        <translation>Er hat schon begonnen und wartet auf die Fortsetzung: den Lauf duplizieren</translation>
    </message>
    <message>
        <source>A fork cannot be edited: fork its parent anew</source>
        <translation>Eine Abzweigung lässt sich nicht bearbeiten: vom Ursprung neu abzweigen</translation>
    </message>
    <message>
        <source>A fork is not tried again from the start: fork its parent anew</source>
        <translation>Eine Abzweigung wird nicht von vorn wiederholt: vom Ursprung neu abzweigen</translation>
    </message>
    <message>
        <source>Only runs that have ended can be tried again</source>
        <translation>Nur beendete Läufe lassen sich wiederholen</translation>
    </message>
    <message>
        <source>Select runs of one variant</source>
        <translation>Läufe einer einzigen Variante auswählen</translation>
    </message>
    <message>
        <source>There is no epoch behind it yet</source>
        <translation>Noch ist keine Epoche abgeschlossen</translation>
    </message>
    <message>
        <source>Only a completed run can be exported</source>
        <translation>Nur ein abgeschlossener Lauf lässt sich exportieren</translation>
    </message>
    <message>
        <source>Stop what is running first</source>
        <translation>Zuerst stoppen, was läuft</translation>
    </message>
    <message>
        <source>Only some have: {0}</source>
        <translation>Nur manche haben: {0}</translation>
    </message>
    <message>
        <source>Tags, separated by commas</source>
        <translation>Tags, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Several notes, which stay unless you write one</source>
        <translation>Verschiedene Notizen, die bleiben, solange keine geschrieben wird</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Changed the tags of {0} runs.</source>
        <translation>Tags von {0} Läufen geändert.</translation>
    </message>
    <message>
        <source>Changed the notes of {0} runs.</source>
        <translation>Notizen von {0} Läufen geändert.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Changed the note of {0}.</source>
        <translation>Notiz von {0} geändert.</translation>
    </message>
    <message>
        <source>Took all tags from {0}.</source>
        <translation>Alle Tags von {0} entfernt.</translation>
    </message>
    <message>
        <source>Tagged {0}: {1}.</source>
        <translation>Tags von {0}: {1}.</translation>
    </message>
</context>
<context>
    <name>RunHeader</name>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>More to do with this run</source>
        <translation>Mehr zu diesem Lauf</translation>
    </message>
    <message>
        <source>epoch {0} of {1}</source>
        <translation>Epoche {0} von {1}</translation>
    </message>
    <message>
        <source>forked from #{0} at epoch {1}</source>
        <translation>abgezweigt von #{0} in Epoche {1}</translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation>noch {0}</translation>
    </message>
    <message>
        <source>{0} trained</source>
        <translation>{0} trainiert</translation>
    </message>
    <message>
        <source>{0} images/s</source>
        <translation>{0} Bilder/s</translation>
    </message>
    <message>
        <source>{0} parameters shipped</source>
        <translation>{0} Parameter ausgeliefert</translation>
    </message>
</context>
<context>
    <name>RunList</name>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>Search the completed runs</source>
        <translation>Abgeschlossene Läufe durchsuchen</translation>
    </message>
    <message>
        <source>Completed runs</source>
        <translation>Abgeschlossene Läufe</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>No run to look at yet. Start one, or open one from the runs table.</source>
        <translation>Noch kein Lauf zum Ansehen. Einen starten oder aus der Tabelle der Läufe öffnen.</translation>
    </message>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>Kurven</translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation>Gradienten</translation>
    </message>
    <message>
        <source>Predictions</source>
        <translation>Vorhersagen</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Config</source>
        <translation>Konfiguration</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Zoom in on the curves</source>
        <translation>In die Kurven hineinzoomen</translation>
    </message>
    <message>
        <source>Zoom out of the curves</source>
        <translation>Aus den Kurven herauszoomen</translation>
    </message>
    <message>
        <source>Show what is to the left of the zoomed curves</source>
        <translation>Zeigen, was links der vergrößerten Kurven liegt</translation>
    </message>
    <message>
        <source>Show what is to the right of the zoomed curves</source>
        <translation>Zeigen, was rechts der vergrößerten Kurven liegt</translation>
    </message>
    <message>
        <source>Show the whole curves</source>
        <translation>Die ganzen Kurven zeigen</translation>
    </message>
    <message>
        <source>Go to the curves of a run first</source>
        <translation>Zuerst zu den Kurven eines Laufs gehen</translation>
    </message>
</context>
<context>
    <name>RunsModel</name>
    <message>
        <source>Drag the row to another place in the queue</source>
        <translation>Zeile an einen anderen Platz der Warteschlange ziehen</translation>
    </message>
    <message>
        <source>{0}
forked from #{1} at epoch {2}</source>
        <translation>{0}
abgezweigt von #{1} in Epoche {2}</translation>
    </message>
    <message>
        <source>{0}, folded group</source>
        <translation>{0}, zugeklappte Gruppe</translation>
    </message>
    <message>
        <source>{0}, open group</source>
        <translation>{0}, aufgeklappte Gruppe</translation>
    </message>
</context>
<context>
    <name>RunsPage</name>
    <message>
        <source>Order the runs as they wait in the queue</source>
        <translation>Läufe wie in der Warteschlange ordnen</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Copy the selected rows</source>
        <translation>Ausgewählte Zeilen kopieren</translation>
    </message>
    <message>
        <source>Sort the runs by…</source>
        <translation>Läufe sortieren nach …</translation>
    </message>
    <message>
        <source>Reverse the order of the runs</source>
        <translation>Reihenfolge der Läufe umkehren</translation>
    </message>
    <message>
        <source>Move the column of the current cell to the left</source>
        <translation>Spalte der aktuellen Zelle nach links schieben</translation>
    </message>
    <message>
        <source>Move the column of the current cell to the right</source>
        <translation>Spalte der aktuellen Zelle nach rechts schieben</translation>
    </message>
    <message>
        <source>Show in Compare, or hide</source>
        <translation>Im Vergleich zeigen oder ausblenden</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>New experiment</source>
        <translation>Neues Experiment</translation>
    </message>
    <message>
        <source>Everything you train is listed here. See it work first: a minute of plain training against SiLa on small handwritten digits, then the comparison and a stripped, proved export. Or pick a backbone, a training method and a dataset of your own.</source>
        <translation>Hier steht alles, was trainiert wird. Zuerst sehen, wie es geht: eine Minute einfaches Training gegen SiLa auf kleinen handgeschriebenen Ziffern, dann der Vergleich und ein bereinigter, geprüfter Export. Oder selbst Backbone, Trainingsmethode und Datensatz wählen.</translation>
    </message>
    <message>
        <source>Train the demo</source>
        <translation>Demo trainieren</translation>
    </message>
    <message>
        <source>No run fits the search and the filters.</source>
        <translation>Kein Lauf passt zur Suche und zu den Filtern.</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>More to do with the selected runs</source>
        <translation>Mehr zu den ausgewählten Läufen</translation>
    </message>
    <message>
        <source>Go to the runs first</source>
        <translation>Zuerst zu den Läufen gehen</translation>
    </message>
    <message>
        <source>Select a run first</source>
        <translation>Zuerst einen Lauf auswählen</translation>
    </message>
    <message>
        <source>{0} runs</source>
        <translation>{0} Läufe</translation>
    </message>
    <message>
        <source>1 run</source>
        <translation>1 Lauf</translation>
    </message>
    <message>
        <source>{0} of {1} runs</source>
        <translation>{0} von {1} Läufen</translation>
    </message>
    <message>
        <source>Runs are dragged where they stand as in the queue; here they stand by {0}.</source>
        <translation>Läufe lassen sich ziehen, wo sie wie in der Warteschlange stehen; hier stehen sie nach „{0}“.</translation>
    </message>
    <message>
        <source>group</source>
        <translation>Gruppe</translation>
    </message>
    <message>
        <source>Order by the queue</source>
        <translation>Nach Warteschlange ordnen</translation>
    </message>
    <message>
        <source>{0} selected</source>
        <translation>{0} ausgewählt</translation>
    </message>
    <message>
        <source>A run cannot be without a name: it keeps the one it has.</source>
        <translation>Ein Lauf kann nicht ohne Namen sein: Er behält den, den er hat.</translation>
    </message>
</context>
<context>
    <name>RunsTable</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
</context>
<context>
    <name>Sample</name>
    <message>
        <source>No image of the test set was read.</source>
        <translation>Kein Bild des Testsatzes wurde gelesen.</translation>
    </message>
    <message>
        <source>test image {0}, class {1}</source>
        <translation>Testbild {0}, Klasse {1}</translation>
    </message>
</context>
<context>
    <name>SchemaForm</name>
    <message>
        <source>Changed; click to go back to the default</source>
        <translation>Geändert; Klick stellt die Vorgabe wieder her</translation>
    </message>
    <message>
        <source>Reset {0}</source>
        <translation>{0} zurücksetzen</translation>
    </message>
    <message>
        <source>needs {0}</source>
        <translation>braucht {0}</translation>
    </message>
    <message>
        <source>Default: {0}</source>
        <translation>Vorgabe: {0}</translation>
    </message>
    <message>
        <source>not set</source>
        <translation>ungesetzt</translation>
    </message>
</context>
<context>
    <name>Scope</name>
    <message>
        <source>Nothing is under way here</source>
        <translation>Hier läuft nichts</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>General</source>
        <translation>Allgemein</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>Speicherplatz</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
</context>
<context>
    <name>SettingsSection</name>
    <message>
        <source>Settings that differ</source>
        <translation>Abweichende Einstellungen</translation>
    </message>
    <message>
        <source>No setting differs among what is shown.</source>
        <translation>Im Gezeigten weicht keine Einstellung ab.</translation>
    </message>
    <message>
        <source>setting</source>
        <translation>Einstellung</translation>
    </message>
</context>
<context>
    <name>SharesBar</name>
    <message>
        <source>exit {exit}: {share:.0%} of the images, from confidence {least:.3f}</source>
        <translation>Ausgang {exit}: {share:.0%} der Bilder, ab Konfidenz {least:.3f}</translation>
    </message>
</context>
<context>
    <name>Shortcuts</name>
    <message>
        <source>{0} is the shortcut of “{1}” already: change that one first.</source>
        <translation>{0} ist schon das Kürzel von „{1}“: zuerst dieses ändern.</translation>
    </message>
    <message>
        <source>{0} is needed for editing and searching.</source>
        <translation>{0} wird zum Bearbeiten und Suchen gebraucht.</translation>
    </message>
    <message>
        <source>{0} is needed for the menus: Alt and a letter open them.</source>
        <translation>{0} wird für die Menüs gebraucht: Alt und ein Buchstabe öffnen sie.</translation>
    </message>
    <message>
        <source>{0} is needed for typing and moving about: add Ctrl or Alt.</source>
        <translation>{0} wird zum Schreiben und Bewegen gebraucht: Strg oder Alt hinzunehmen.</translation>
    </message>
</context>
<context>
    <name>ShortcutsTab</name>
    <message>
        <source>Go to the shortcuts in the settings first</source>
        <translation>Zuerst in den Einstellungen zu den Tastenkürzeln gehen</translation>
    </message>
    <message>
        <source>Search commands and keys…</source>
        <translation>Befehle und Tasten suchen …</translation>
    </message>
    <message>
        <source>Search the commands</source>
        <translation>Befehle durchsuchen</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>Alle zurücksetzen</translation>
    </message>
    <message>
        <source>Give all commands the shortcuts they come with</source>
        <translation>Allen Befehlen ihre mitgebrachten Tastenkürzel geben</translation>
    </message>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>shortcut</source>
        <translation>Kürzel</translation>
    </message>
    <message>
        <source>default</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>Shortcut</source>
        <translation>Kürzel</translation>
    </message>
    <message>
        <source>Keys: press them together</source>
        <translation>Tasten: gleichzeitig drücken</translation>
    </message>
    <message>
        <source>No shortcut</source>
        <translation>Kein Kürzel</translation>
    </message>
    <message>
        <source>Take the selected command&apos;s shortcut away</source>
        <translation>Dem ausgewählten Befehl sein Tastenkürzel nehmen</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Give the selected command its own shortcut again</source>
        <translation>Dem ausgewählten Befehl sein eigenes Tastenkürzel zurückgeben</translation>
    </message>
    <message>
        <source>Shortcut of “{0}”</source>
        <translation>Kürzel von „{0}“</translation>
    </message>
    <message>
        <source>Select a command to change its shortcut</source>
        <translation>Befehl auswählen, um sein Kürzel zu ändern</translation>
    </message>
    <message>
        <source>No shortcut was changed</source>
        <translation>Kein Tastenkürzel wurde geändert</translation>
    </message>
    <message>
        <source>Select a command first</source>
        <translation>Zuerst einen Befehl auswählen</translation>
    </message>
    <message>
        <source>It has none</source>
        <translation>Er hat keines</translation>
    </message>
    <message>
        <source>It was not changed</source>
        <translation>Es wurde nicht geändert</translation>
    </message>
</context>
<context>
    <name>StartBar</name>
    <message>
        <source>Presets</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Save as preset…</source>
        <translation>Als Vorlage speichern …</translation>
    </message>
    <message>
        <source>Edit as TOML…</source>
        <translation>Als TOML bearbeiten …</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Einreihen</translation>
    </message>
    <message>
        <source>Save changes to run {0}</source>
        <translation>Änderungen an Lauf {0} speichern</translation>
    </message>
    <message>
        <source>Queue 1 run</source>
        <translation>1 Lauf einreihen</translation>
    </message>
    <message>
        <source>Queue {0} runs</source>
        <translation>{0} Läufe einreihen</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Progress of the run</source>
        <translation>Fortschritt des Laufs</translation>
    </message>
    <message>
        <source>opening the workspace…</source>
        <translation>Arbeitsbereich wird geöffnet …</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>gestoppt</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>engine: {0}</source>
        <translation>Engine: {0}</translation>
    </message>
    <message>
        <source>Start or stop the engine, or read its log</source>
        <translation>Engine starten oder stoppen, oder ihr Protokoll lesen</translation>
    </message>
    <message>
        <source>queue {0}</source>
        <translation>Warteschlange {0}</translation>
    </message>
    <message>
        <source>run {0}</source>
        <translation>Lauf {0}</translation>
    </message>
    <message>
        <source>epoch {0}/{1}</source>
        <translation>Epoche {0}/{1}</translation>
    </message>
    <message>
        <source>{0} left</source>
        <translation>noch {0}</translation>
    </message>
    <message>
        <source>and {0} more</source>
        <translation>und {0} weitere</translation>
    </message>
</context>
<context>
    <name>StorageTab</name>
    <message>
        <source>Storage by run</source>
        <translation>Speicherplatz nach Läufen</translation>
    </message>
    <message>
        <source>run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>state</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>spare checkpoints</source>
        <translation>entbehrliche Checkpoints</translation>
    </message>
    <message>
        <source>on disk</source>
        <translation>auf Festplatte</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Wird gemessen …</translation>
    </message>
    <message>
        <source>{0} in {1} runs.</source>
        <translation>{0} in {1} Läufen.</translation>
    </message>
    <message>
        <source>No run has files yet.</source>
        <translation>Noch kein Lauf hat Dateien.</translation>
    </message>
    <message>
        <source>Go to Storage in the settings first</source>
        <translation>Zuerst in den Einstellungen zu Speicher gehen</translation>
    </message>
    <message>
        <source>Remove the checkpoints that no run needs any more…</source>
        <translation>Checkpoints entfernen, die kein Lauf mehr braucht …</translation>
    </message>
    <message>
        <source>database</source>
        <translation>Datenbank</translation>
    </message>
    <message>
        <source>packed images</source>
        <translation>gepackte Bilder</translation>
    </message>
    <message>
        <source>datasets</source>
        <translation>Datensätze</translation>
    </message>
    <message>
        <source>logs</source>
        <translation>Protokolle</translation>
    </message>
    <message>
        <source>Besides: {0}.</source>
        <translation>Daneben: {0}.</translation>
    </message>
    <message>
        <source>{0} in 1 run.</source>
        <translation>{0} in 1 Lauf.</translation>
    </message>
    <message>
        <source>Remove their spare checkpoints</source>
        <translation>Ihre entbehrlichen Checkpoints löschen</translation>
    </message>
    <message>
        <source>Remove spare checkpoints</source>
        <translation>Entbehrliche Checkpoints löschen</translation>
    </message>
    <message>
        <source>They are being removed</source>
        <translation>Sie werden gerade entfernt</translation>
    </message>
    <message>
        <source>Only completed runs whose weights are kept can do without checkpoints</source>
        <translation>Nur abgeschlossene Läufe, deren Gewichte aufgehoben sind, kommen ohne Checkpoints aus</translation>
    </message>
    <message>
        <source>Remove checkpoints</source>
        <translation>Checkpoints löschen</translation>
    </message>
    <message>
        <source>Remove the checkpoints of a completed run ({0})?</source>
        <translation>Checkpoints eines abgeschlossenen Laufs löschen ({0})?</translation>
    </message>
    <message>
        <source>Remove the checkpoints of {0} completed runs ({1})?</source>
        <translation>Checkpoints von {0} abgeschlossenen Läufen löschen ({1})?</translation>
    </message>
    <message>
        <source>The best and the last weights, curves, predictions and bundles stay. Those of epochs in between, kept on request, go too. This cannot be undone.</source>
        <translation>Die besten und die letzten Gewichte, Kurven, Vorhersagen und Bundles bleiben. Auch eigens aufgehobene Gewichte von Epochen dazwischen gehen verloren. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Freed {0}.</source>
        <translation>{0} freigegeben.</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>Open another workspace…</source>
        <translation>Anderen Arbeitsbereich öffnen …</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Open another workspace</source>
        <translation>Anderen Arbeitsbereich öffnen</translation>
    </message>
    <message>
        <source>The window of {0} could not be started: try sila-studio --workspace there.</source>
        <translation>Das Fenster von {0} ließ sich nicht starten: dort sila-studio --workspace versuchen.</translation>
    </message>
    <message>
        <source>Something unforeseen went wrong. Trainings and stored numbers are safe.</source>
        <translation>Etwas Unvorhergesehenes ist schiefgegangen. Trainings und gespeicherte Zahlen sind sicher.</translation>
    </message>
</context>
<context>
    <name>SystemTab</name>
    <message>
        <source>CPU (% of one core)</source>
        <translation>CPU (% eines Kerns)</translation>
    </message>
    <message>
        <source>Memory (MiB)</source>
        <translation>Speicher (MiB)</translation>
    </message>
    <message>
        <source>GPU (% of the time)</source>
        <translation>GPU (% der Zeit)</translation>
    </message>
    <message>
        <source>GPU memory (MiB)</source>
        <translation>GPU-Speicher (MiB)</translation>
    </message>
    <message>
        <source>Waiting for data (% of the time)</source>
        <translation>Warten auf Daten (% der Zeit)</translation>
    </message>
    <message>
        <source>Images per second</source>
        <translation>Bilder pro Sekunde</translation>
    </message>
</context>
<context>
    <name>TaskBar</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Waiting for the engine…</source>
        <translation>Warten auf die Engine …</translation>
    </message>
</context>
<context>
    <name>TeacherEditor</name>
    <message>
        <source>run:12 or a bundle&apos;s folder</source>
        <translation>run:12 oder Ordner eines Bundles</translation>
    </message>
    <message>
        <source>name a teacher, such as run:12, a completed run</source>
        <translation>ein Lehrernetz angeben, etwa run:12, einen abgeschlossenen Lauf</translation>
    </message>
</context>
<context>
    <name>TomlDialog</name>
    <message>
        <source>Edit as TOML</source>
        <translation>Als TOML bearbeiten</translation>
    </message>
    <message>
        <source>The experiment as TOML</source>
        <translation>Das Experiment als TOML</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>The same file works with the command line: sila run FILE</source>
        <translation>Dieselbe Datei läuft auch auf der Kommandozeile: sila run DATEI</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>Train plain against SiLa on the demo data</source>
        <translation>Einfaches Training gegen SiLa auf den Demodaten</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Try a test image</source>
        <translation>Ein Testbild ausprobieren</translation>
    </message>
    <message>
        <source>it is under way</source>
        <translation>es ist unterwegs</translation>
    </message>
    <message>
        <source>Starting the engine, which tells what can be trained…</source>
        <translation>Die Engine startet und meldet, was trainiert werden kann …</translation>
    </message>
    <message>
        <source>{0} short trainings, about a minute: plain and SiLa with three seeds each.</source>
        <translation>{0} kurze Trainings, etwa eine Minute: einfach und SiLa mit je drei Seeds.</translation>
    </message>
    <message>
        <source>Watch</source>
        <translation>Zusehen</translation>
    </message>
    <message>
        <source>All of them are trained. Did SiLa help? Compare pairs them by seed.</source>
        <translation>Alle sind trainiert. Hat SiLa geholfen? Der Vergleich paart sie nach Seeds.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Next, ship SiLa&apos;s best run: what only helped in training is stripped, and that is proved.</source>
        <translation>Als Nächstes den besten SiLa-Lauf ausliefern: Was nur im Training half, wird entfernt, und das wird nachgewiesen.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Press Export: what only helped in training is stripped, and a certificate proves what is left.</source>
        <translation>Auf „Export“ drücken: was nur beim Training half, wird entfernt, und ein Zertifikat beweist, was bleibt.</translation>
    </message>
    <message>
        <source>Read the certificate. Below it the exported file itself can be tried: on an image of the test set, or on yours.</source>
        <translation>Das Zertifikat lesen. Darunter lässt sich die exportierte Datei selbst ausprobieren: an einem Bild des Testsatzes oder an eigenen.</translation>
    </message>
</context>
<context>
    <name>TradeoffPlot</name>
    <message>
        <source>Accuracy against price</source>
        <translation>Genauigkeit gegen Preis</translation>
    </message>
    <message>
        <source>{0} – 95 % intervals hang beside their dots</source>
        <translation>{0} – 95-%-Intervalle hängen neben ihren Punkten</translation>
    </message>
</context>
<context>
    <name>TradeoffSection</name>
    <message>
        <source>Accuracy against price</source>
        <translation>Genauigkeit gegen Preis</translation>
    </message>
    <message>
        <source>Price</source>
        <translation>Preis</translation>
    </message>
    <message>
        <source>log price</source>
        <translation>Preis logarithmisch</translation>
    </message>
    <message>
        <source>parameters that ship</source>
        <translation>ausgelieferte Parameter</translation>
    </message>
    <message>
        <source>multiply-adds per image</source>
        <translation>Multiply-Adds je Bild</translation>
    </message>
    <message>
        <source>latency (ms, batch 1)</source>
        <translation>Latenz (ms, Batch 1)</translation>
    </message>
    <message>
        <source>training time (s)</source>
        <translation>Trainingszeit (s)</translation>
    </message>
    <message>
        <source>multiply-adds per image of {0} × {0} pixels</source>
        <translation>Multiply-Adds je Bild mit {0} × {0} Pixeln</translation>
    </message>
    <message>
        <source>{0}: {1}</source>
        <translation>{0}: {1}</translation>
    </message>
    <message>
        <source>Pareto front (none beats these in both): {0}</source>
        <translation>Pareto-Front (keine ist in beidem besser): {0}</translation>
    </message>
    <message>
        <source>{0} on the front</source>
        <translation>{0} auf der Front</translation>
    </message>
    <message>
        <source>{0} off it</source>
        <translation>{0} nicht darauf</translation>
    </message>
    <message>
        <source>By mean only, which names no winner (fewer than {0} seeds, no spread between them, or no difference shown): {1}</source>
        <translation>Nur dem Mittel nach, was keinen Sieger nennt (weniger als {0} Seeds, keine Streuung zwischen ihnen, oder kein Unterschied gezeigt): {1}</translation>
    </message>
    <message>
        <source>the parameters of {0} were not counted.</source>
        <translation>die Parameter von {0} wurden nicht gezählt.</translation>
    </message>
    <message>
        <source>the multiply-adds of {0} are not known: they are counted in the background, of networks without options of their own.</source>
        <translation>die Multiply-Adds von {0} sind nicht bekannt: Sie werden im Hintergrund gezählt, bei Netzen ohne eigene Optionen.</translation>
    </message>
    <message>
        <source>the latency of {0} is not known: export a run of each variant as ONNX, which measures it.</source>
        <translation>die Latenz von {0} ist nicht bekannt: je einen Lauf der Variante als ONNX exportieren, dabei wird sie gemessen.</translation>
    </message>
    <message>
        <source>the training time of {0} is not known.</source>
        <translation>die Trainingszeit von {0} ist nicht bekannt.</translation>
    </message>
    <message>
        <source>Not drawn: {0}</source>
        <translation>Nicht gezeichnet: {0}</translation>
    </message>
</context>
<context>
    <name>Trash</name>
    <message>
        <source>{0} runs</source>
        <translation>{0} Läufe</translation>
    </message>
    <message>
        <source>Nothing was deleted a moment ago</source>
        <translation>Eben wurde nichts gelöscht</translation>
    </message>
    <message>
        <source>Deleted {0} ({1}).</source>
        <translation>Gelöscht: {0} ({1}).</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
</context>
<context>
    <name>Trial</name>
    <message>
        <source>The images were not tried.</source>
        <translation>Die Bilder wurden nicht ausprobiert.</translation>
    </message>
</context>
<context>
    <name>TryIt</name>
    <message>
        <source>Try it</source>
        <translation>Ausprobieren</translation>
    </message>
    <message>
        <source>Drop images or a folder anywhere on this page, paste, choose, or take one of the test set. The exported file itself looks at them.</source>
        <translation>Bilder oder einen Ordner irgendwo auf dieser Seite ablegen, einfügen, auswählen oder eines des Testsatzes nehmen. Die exportierte Datei selbst sieht sie an.</translation>
    </message>
    <message>
        <source>Export the run first.</source>
        <translation>Zuerst den Lauf exportieren.</translation>
    </message>
    <message>
        <source>Try the export on images…</source>
        <translation>Export an Bildern ausprobieren …</translation>
    </message>
    <message>
        <source>Try the export on a test image</source>
        <translation>Den Export an einem Testbild ausprobieren</translation>
    </message>
    <message>
        <source>Try the export on a folder of images…</source>
        <translation>Export an einem Ordner mit Bildern ausprobieren …</translation>
    </message>
    <message>
        <source>Try the export on the image that was copied</source>
        <translation>Export an dem kopierten Bild ausprobieren</translation>
    </message>
    <message>
        <source>Clear the images that the export was tried on</source>
        <translation>Bilder leeren, an denen der Export ausprobiert wurde</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Test image</source>
        <translation>Testbild</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner …</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Einfügen</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Cancel trying the export</source>
        <translation>Ausprobieren des Exports abbrechen</translation>
    </message>
    <message>
        <source>Only where it disagrees</source>
        <translation>Nur wo er anderer Meinung ist</translation>
    </message>
    <message>
        <source>{file} answered.</source>
        <translation>{file} hat geantwortet.</translation>
    </message>
    <message>
        <source>Run {run} was not asked: {error}.</source>
        <translation>Lauf {run} wurde nicht gefragt: {error}.</translation>
    </message>
    <message>
        <source>best weights</source>
        <translation>beste Gewichte</translation>
    </message>
    <message>
        <source>Run {run}, {name} ({model}), disagrees on {apart:,} of {asked:,}.</source>
        <translation>Lauf {run}, {name} ({model}), ist bei {apart:,} von {asked:,} anderer Meinung.</translation>
    </message>
    <message>
        <source>Set against run {run}, {name}.</source>
        <translation>Lauf {run}, {name}, gegenübergestellt.</translation>
    </message>
    <message>
        <source>The bundle does not say how many images it was tested with.</source>
        <translation>Das Bundle sagt nicht, an wie vielen Bildern es getestet wurde.</translation>
    </message>
    <message>
        <source>No images were tried.</source>
        <translation>Es wurden keine Bilder ausprobiert.</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Folder of images</source>
        <translation>Ordner mit Bildern</translation>
    </message>
    <message>
        <source>There is no image to paste: copy one first.</source>
        <translation>Kein Bild zum Einfügen: zuerst eines kopieren.</translation>
    </message>
    <message>
        <source>The first {count:,} of {total:,} images are tried.</source>
        <translation>Die ersten {count:,} von {total:,} Bildern werden ausprobiert.</translation>
    </message>
    <message>
        <source>There is no image in {folder} or in a folder of it.</source>
        <translation>In {folder} oder einem Ordner darin ist kein Bild.</translation>
    </message>
    <message>
        <source>The run of this bundle was deleted.</source>
        <translation>Der Lauf dieses Bündels wurde gelöscht.</translation>
    </message>
    <message>
        <source>This run is plain itself.</source>
        <translation>Dieser Lauf ist selbst einfaches Training.</translation>
    </message>
    <message>
        <source>Train plain with the same backbone and dataset to see where it disagrees.</source>
        <translation>„plain“ mit demselben Backbone und Datensatz trainieren, um zu sehen, wo es anderer Meinung ist.</translation>
    </message>
    <message>
        <source>Plain</source>
        <translation>Plain</translation>
    </message>
    <message>
        <source>Run {number}</source>
        <translation>Lauf {number}</translation>
    </message>
</context>
<context>
    <name>VariantActions</name>
    <message>
        <source>Go to the comparison first</source>
        <translation>Zuerst zum Vergleich gehen</translation>
    </message>
    <message>
        <source>Go to the next variant</source>
        <translation>Zur nächsten Variante gehen</translation>
    </message>
    <message>
        <source>Go to the variant before</source>
        <translation>Zur vorigen Variante gehen</translation>
    </message>
    <message>
        <source>Show or hide the current variant</source>
        <translation>Aktuelle Variante zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Compare the others with the current variant</source>
        <translation>Die anderen mit der aktuellen Variante vergleichen</translation>
    </message>
    <message>
        <source>Queue or resume the runs that the current variant lacks</source>
        <translation>Läufe einreihen oder fortsetzen, die der aktuellen Variante fehlen</translation>
    </message>
    <message>
        <source>Add the existing runs of the current variant</source>
        <translation>Vorhandene Läufe der aktuellen Variante hinzunehmen</translation>
    </message>
    <message>
        <source>Compare the latest experiment</source>
        <translation>Neuestes Experiment vergleichen</translation>
    </message>
    <message>
        <source>Choose runs to compare first</source>
        <translation>Zuerst Läufe zum Vergleichen auswählen</translation>
    </message>
    <message>
        <source>It is the baseline already</source>
        <translation>Sie ist schon die Baseline</translation>
    </message>
    <message>
        <source>They are being queued</source>
        <translation>Sie werden gerade eingereiht</translation>
    </message>
    <message>
        <source>Add the runs that exist first</source>
        <translation>Zuerst die vorhandenen Läufe hinzunehmen</translation>
    </message>
    <message>
        <source>It lacks none</source>
        <translation>Ihr fehlen keine</translation>
    </message>
    <message>
        <source>There are none to add</source>
        <translation>Es gibt keine hinzuzunehmen</translation>
    </message>
    <message>
        <source>Nothing has been trained yet</source>
        <translation>Es wurde noch nichts trainiert</translation>
    </message>
</context>
<context>
    <name>VariantList</name>
    <message>
        <source>Compare the others with {0}</source>
        <translation>Die anderen mit {0} vergleichen</translation>
    </message>
    <message>
        <source>Show {0}</source>
        <translation>{0} zeigen</translation>
    </message>
    <message>
        <source>{0}, {1} of {2} runs done</source>
        <translation>{0}, {1} von {2} Läufen fertig</translation>
    </message>
</context>
<context>
    <name>VariantsSection</name>
    <message>
        <source>Variants</source>
        <translation>Varianten</translation>
    </message>
    <message>
        <source>Run {0} does not count: {1}.</source>
        <translation>Lauf {0} zählt nicht: {1}.</translation>
    </message>
    <message>
        <source>… and {0} more.</source>
        <translation>… und {0} weitere.</translation>
    </message>
</context>
<context>
    <name>Verdict</name>
    <message>
        <source>Not what was exported: {fault}</source>
        <translation>Nicht, was exportiert wurde: {fault}</translation>
    </message>
    <message>
        <source>Not checked here: {what}.</source>
        <translation>Hier nicht geprüft: {what}.</translation>
    </message>
    <message>
        <source>Not fully verified: no fault was found, but not every file could be opened and inspected here.</source>
        <translation>Nicht vollständig geprüft: kein Fehler gefunden, aber nicht jede Datei konnte hier geöffnet und untersucht werden.</translation>
    </message>
    <message>
        <source>the images were not named</source>
        <translation>die Bilder wurden nicht genannt</translation>
    </message>
    <message>
        <source>Every byte, operator and tensor is as it was written; no file was asked about images ({reason}).</source>
        <translation>Jedes Byte, jeder Operator und jeder Tensor ist wie geschrieben; keine Datei wurde zu Bildern gefragt ({reason}).</translation>
    </message>
    <message>
        <source>Verified: every byte, operator and tensor is as it was written, and the files still answer as the certificate says.</source>
        <translation>Geprüft: Jedes Byte, jeder Operator und jeder Tensor ist wie geschrieben, und die Dateien antworten, wie das Zertifikat sagt.</translation>
    </message>
</context>
<context>
    <name>Verdicts</name>
    <message>
        <source>Nothing can be said yet: no chosen run is completed with {0}.</source>
        <translation>Noch lässt sich nichts sagen: Kein gewählter Lauf ist mit {0} abgeschlossen.</translation>
    </message>
    <message>
        <source>{0} of {1} done</source>
        <translation>{0} von {1} fertig</translation>
    </message>
    <message>
        <source>{0}, mean ± std</source>
        <translation>{0}, Mittel ± Std</translation>
    </message>
    <message>
        <source>difference, 95 % interval</source>
        <translation>Differenz, 95-%-Intervall</translation>
    </message>
    <message>
        <source>time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>bars reach ±{0}</source>
        <translation>Balken reichen bis ±{0}</translation>
    </message>
    <message>
        <source>cannot be compared</source>
        <translation>nicht vergleichbar</translation>
    </message>
    <message>
        <source>{0} at equal time:
{1}</source>
        <translation>{0} bei gleicher Zeit:
{1}</translation>
    </message>
    <message>
        <source>(in each seed)</source>
        <translation>(bei jedem Seed)</translation>
    </message>
    <message>
        <source>McNemar&apos;s test is missing where it could not be taken: {0}</source>
        <translation>McNemars Test fehlt, wo er nicht gemacht werden konnte: {0}</translation>
    </message>
    <message>
        <source>seed {0}: p = {1:.2g} ({2:,} : {3:,})</source>
        <translation>Seed {0}: p = {1:.2g} ({2:,} : {3:,})</translation>
    </message>
    <message>
        <source>McNemar&apos;s exact test of each pair of networks, on {0:,} test images (right alone, variant : baseline): {1}</source>
        <translation>Exakter McNemar-Test jedes Netzpaars auf {0:,} Testbildern (allein richtig, Variante : Baseline): {1}</translation>
    </message>
    <message>
        <source>Add existing runs: {0}</source>
        <translation>Vorhandene Läufe hinzunehmen: {0}</translation>
    </message>
    <message>
        <source>Queue 1 run ({0})</source>
        <translation>1 Lauf einreihen ({0})</translation>
    </message>
    <message>
        <source>Queue {1} runs ({0})</source>
        <translation>{1} Läufe einreihen ({0})</translation>
    </message>
    <message>
        <source>Resume 1 run ({0})</source>
        <translation>1 Lauf fortsetzen ({0})</translation>
    </message>
    <message>
        <source>Resume {1} runs ({0})</source>
        <translation>{1} Läufe fortsetzen ({0})</translation>
    </message>
    <message>
        <source>seed {0}: {1}</source>
        <translation>Seed {0}: {1}</translation>
    </message>
</context>
<context>
    <name>badges</name>
    <message>
        <source>{0} params</source>
        <translation>{0} Param.</translation>
    </message>
    <message>
        <source>{0} MAdds</source>
        <translation>{0} MAdds</translation>
    </message>
    <message>
        <source>{0} peers</source>
        <translation>{0} Peers</translation>
    </message>
    <message>
        <source>{0} classes</source>
        <translation>{0} Klassen</translation>
    </message>
    <message>
        <source>{0} images</source>
        <translation>{0} Bilder</translation>
    </message>
    <message>
        <source>your folder</source>
        <translation>eigener Ordner</translation>
    </message>
    <message>
        <source>skips blocks</source>
        <translation>überspringt Blöcke</translation>
    </message>
    <message>
        <source>{0} widths</source>
        <translation>{0} Breiten</translation>
    </message>
    <message>
        <source>{0} exits</source>
        <translation>{0} Exits</translation>
    </message>
    <message>
        <source>{0:,} parameters for 10 classes</source>
        <translation>{0:,} Parameter bei 10 Klassen</translation>
    </message>
    <message>
        <source>widths {0}</source>
        <translation>Breiten {0}</translation>
    </message>
    <message>
        <source>{0} multiply-adds at {1} × {1} pixels</source>
        <translation>{0} Multiply-Adds bei {1} × {1} Pixeln</translation>
    </message>
    <message>
        <source>{0:+.0f} % time</source>
        <translation>{0:+.0f} % Zeit</translation>
    </message>
</context>
<context>
    <name>columns</name>
    <message>
        <source>several</source>
        <translation>mehrere</translation>
    </message>
    <message>
        <source>Shown in Compare</source>
        <translation>Im Vergleich gezeigt</translation>
    </message>
    <message>
        <source>Kept at the top</source>
        <translation>Oben gehalten</translation>
    </message>
    <message>
        <source>Number of the run, as in run:12</source>
        <translation>Nummer des Laufs, wie in run:12</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Backbone</source>
        <translation>Backbone</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>Datensatz</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Seed</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Epochs that are trained, if the run goes to its end</source>
        <translation>Epochen, die trainiert werden, wenn der Lauf zu Ende kommt</translation>
    </message>
    <message>
        <source>Val best</source>
        <translation>Val beste</translation>
    </message>
    <message>
        <source>Best top-1 accuracy on validation, in %</source>
        <translation>Beste Top-1-Genauigkeit auf Validierung, in %</translation>
    </message>
    <message>
        <source>Val last</source>
        <translation>Val letzte</translation>
    </message>
    <message>
        <source>Last top-1 accuracy on validation, in %</source>
        <translation>Letzte Top-1-Genauigkeit auf Validierung, in %</translation>
    </message>
    <message>
        <source>Test last</source>
        <translation>Test letzte</translation>
    </message>
    <message>
        <source>Test top-1 of the last weights, in %</source>
        <translation>Test-Top-1 der letzten Gewichte, in %</translation>
    </message>
    <message>
        <source>Test best</source>
        <translation>Test beste</translation>
    </message>
    <message>
        <source>Test top-1 of the weights that were best on validation, in %</source>
        <translation>Test-Top-1 der Gewichte, die auf Validierung die besten waren, in %</translation>
    </message>
    <message>
        <source>Shipped</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Parameters of the network that is shipped</source>
        <translation>Parameter des Netzes, das ausgeliefert wird</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Time spent on training</source>
        <translation>Zeit für das Training</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>Experiment</source>
        <translation>Experiment</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
</context>
<context>
    <name>conflicts</name>
    <message>
        <source>{0} (and {1} more)</source>
        <translation>{0} (und {1} weitere)</translation>
    </message>
</context>
<context>
    <name>language</name>
    <message>
        <source>en</source>
        <translation>de</translation>
    </message>
</context>
<context>
    <name>parts</name>
    <message>
        <source>{0} multiply-adds</source>
        <translation>{0} Multiply-Adds</translation>
    </message>
    <message>
        <source>width {0:g} ×</source>
        <translation>Breite {0:g} ×</translation>
    </message>
    <message>
        <source>width {0} of {1}</source>
        <translation>Breite {0} von {1}</translation>
    </message>
    <message>
        <source>exit {0} of {1}</source>
        <translation>Exit {0} von {1}</translation>
    </message>
    <message>
        <source>The whole network</source>
        <translation>Das ganze Netz</translation>
    </message>
    <message>
        <source>Answers at its full width.</source>
        <translation>Antwortet mit voller Breite.</translation>
    </message>
    <message>
        <source>All widths in one file</source>
        <translation>Alle Breiten in einer Datei</translation>
    </message>
    <message>
        <source>A plain network of this width, equal to the one inside.</source>
        <translation>Ein einfaches Netz dieser Breite, gleich dem enthaltenen.</translation>
    </message>
    <message>
        <source>Its last exit answers; the others ship with it.</source>
        <translation>Der letzte Exit antwortet; die anderen werden mit ausgeliefert.</translation>
    </message>
    <message>
        <source>All exits in one file</source>
        <translation>Alle Exits in einer Datei</translation>
    </message>
    <message>
        <source>A plain network that ends here, without the other exits: it may cost a little less than this exit inside.</source>
        <translation>Ein einfaches Netz, das hier endet, ohne die anderen Exits: Es kann etwas weniger kosten als dieser Exit im ganzen Netz.</translation>
    </message>
    <message>
        <source>An output for each, in ascending order of cost, with the thresholds for leaving early, if the run chose them.</source>
        <translation>Eine Ausgabe für jeden, nach aufsteigenden Kosten, mit den Schwellen für frühes Verlassen, falls der Lauf sie gewählt hat.</translation>
    </message>
    <message>
        <source>An output for each, in ascending order of cost.</source>
        <translation>Eine Ausgabe für jede, nach aufsteigenden Kosten.</translation>
    </message>
    <message>
        <source>{0} on average</source>
        <translation>{0} im Mittel</translation>
    </message>
    <message>
        <source>In PyTorch every image takes its own path, and skips the other blocks; the ONNX graph computes every block.</source>
        <translation>In PyTorch nimmt jedes Bild seinen eigenen Weg und überspringt die anderen Blöcke; der ONNX-Graph berechnet jeden Block.</translation>
    </message>
    <message>
        <source>The most common path</source>
        <translation>Der häufigste Weg</translation>
    </message>
    <message>
        <source>A plain network of the blocks that most held-out images take; images that take others get another answer than in training.</source>
        <translation>Ein einfaches Netz aus den Blöcken, die die meisten zurückgehaltenen Bilder nehmen; Bilder mit anderem Weg bekommen eine andere Antwort als im Training.</translation>
    </message>
    <message>
        <source>As trained, with its branches</source>
        <translation>Wie trainiert, mit Zweigen</translation>
    </message>
    <message>
        <source>The network inside the training, to the last bit.</source>
        <translation>Das Netz aus dem Training, bis aufs letzte Bit.</translation>
    </message>
    <message>
        <source>Fold the branches (re-parameterise)</source>
        <translation>Zweige zusammenfalten (reparametrisieren)</translation>
    </message>
    <message>
        <source>One convolution in place of each block&apos;s branches: the same answers but for rounding, faster.</source>
        <translation>Eine Faltung statt der Zweige jedes Blocks: dieselben Antworten bis auf Rundung, schneller.</translation>
    </message>
    <message>
        <source>{0:.2f} % test top-1</source>
        <translation>{0:.2f} % Test-Top-1</translation>
    </message>
</context>
<context>
    <name>presets</name>
    <message>
        <source>a preset needs a name with at least one letter or digit</source>
        <translation>eine Vorlage braucht einen Namen mit mindestens einem Buchstaben oder einer Ziffer</translation>
    </message>
    <message>
        <source>the preset {0} cannot be written: {1}</source>
        <translation>die Vorlage {0} lässt sich nicht schreiben: {1}</translation>
    </message>
</context>
<context>
    <name>report</name>
    <message>
        <source>{0}: a figure is saved as {1}</source>
        <translation>{0}: eine Abbildung wird gespeichert als {1}</translation>
    </message>
    <message>
        <source>{0} cannot be written: {1}</source>
        <translation>{0} lässt sich nicht schreiben: {1}</translation>
    </message>
</context>
<context>
    <name>run_entries</name>
    <message>
        <source>No tag</source>
        <translation>Ohne Tag</translation>
    </message>
    <message>
        <source>Seed {0}</source>
        <translation>Seed {0}</translation>
    </message>
</context>
<context>
    <name>seeds</name>
    <message>
        <source>seeds: &apos;{0}&apos; is neither a whole number nor a range such as 0-4</source>
        <translation>Seeds: „{0}“ ist weder eine ganze Zahl noch ein Bereich wie 0-4</translation>
    </message>
    <message>
        <source>seeds: {0} has more digits than the highest seed, {1}</source>
        <translation>Seeds: {0} hat mehr Stellen als der höchste Seed, {1}</translation>
    </message>
    <message>
        <source>seeds: the range {0} runs backwards</source>
        <translation>Seeds: der Bereich {0} läuft rückwärts</translation>
    </message>
    <message>
        <source>seeds: {0} names too many seeds or one above {1}</source>
        <translation>Seeds: {0} nennt zu viele Seeds oder einen über {1}</translation>
    </message>
    <message>
        <source>seeds: at least one seed is needed, for example 0-2</source>
        <translation>Seeds: mindestens ein Seed ist nötig, zum Beispiel 0-2</translation>
    </message>
    <message>
        <source>seeds: a seed is named twice</source>
        <translation>Seeds: ein Seed ist zweimal genannt</translation>
    </message>
</context>
<context>
    <name>verdict</name>
    <message>
        <source>baseline</source>
        <translation>Baseline</translation>
    </message>
    <message>
        <source>better</source>
        <translation>besser</translation>
    </message>
    <message>
        <source>worse</source>
        <translation>schlechter</translation>
    </message>
    <message>
        <source>no difference shown</source>
        <translation>kein Unterschied gezeigt</translation>
    </message>
    <message>
        <source>not enough seeds</source>
        <translation>zu wenige Seeds</translation>
    </message>
    <message>
        <source>no baseline</source>
        <translation>keine Baseline</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} bis {high}</translation>
    </message>
    <message>
        <source>{label} is the baseline</source>
        <translation>{label} ist die Baseline</translation>
    </message>
    <message>
        <source>{label} is the baseline; {need} seeds needed, {there} there</source>
        <translation>{label} ist die Baseline; {need} Seeds nötig, {there} vorhanden</translation>
    </message>
    <message>
        <source>no seed in common with {rival}</source>
        <translation>kein Seed gemeinsam mit {rival}</translation>
    </message>
    <message>
        <source>no comparison at equal training time: {why}</source>
        <translation>kein Vergleich bei gleicher Trainingszeit: {why}</translation>
    </message>
    <message>
        <source>at equal training time ({time}, {metric}): {sentence}</source>
        <translation>bei gleicher Trainingszeit ({time}, {metric}): {sentence}</translation>
    </message>
    <message>
        <source>at equal training time ({time}, {metric}): {sentence}; {num} seed(s) left out: {why}</source>
        <translation>bei gleicher Trainingszeit ({time}, {metric}): {sentence}; {num} Seed(s) ausgelassen: {why}</translation>
    </message>
    <message>
        <source>{label} has no completed run with {metric} yet</source>
        <translation>{label} hat noch keinen abgeschlossenen Lauf mit {metric}</translation>
    </message>
    <message>
        <source>it is {state}, not completed</source>
        <translation>er ist {state}, nicht abgeschlossen</translation>
    </message>
    <message>
        <source>it has no {metric} ({which})</source>
        <translation>er hat kein {metric} ({which})</translation>
    </message>
    <message>
        <source>its {metric} ({which}) is {value}</source>
        <translation>sein {metric} ({which}) ist {value}</translation>
    </message>
    <message>
        <source>run {counted} repeats its seed {seed}</source>
        <translation>Lauf {counted} wiederholt seinen Seed {seed}</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>in der Warteschlange</translation>
    </message>
    <message>
        <source>running</source>
        <translation>am Laufen</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>gestoppt</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>last</source>
        <translation>letzte</translation>
    </message>
    <message>
        <source>best</source>
        <translation>beste</translation>
    </message>
    <message>
        <source>seed {seed}: of {images:,} images {label} alone has {ours:,} right, {rival} alone {rivals:,} (McNemar&apos;s exact p = {p:.2g})</source>
        <translation>Seed {seed}: von {images:,} Bildern hat nur {label} {ours:,} richtig, nur {rival} {rivals:,} (exakter McNemar-Test: p = {p:.2g})</translation>
    </message>
    <message>
        <source>{label} has no completed {rival} run of equal settings to stand against</source>
        <translation>{label} hat keinen abgeschlossenen Lauf von {rival} mit gleichen Einstellungen als Gegenstück</translation>
    </message>
    <message>
        <source>{label}: {need} seeds in common with {rival} needed, {there} there</source>
        <translation>{label}: {need} Seeds gemeinsam mit {rival} nötig, {there} vorhanden</translation>
    </message>
    <message>
        <source>{label} shows no difference from {rival}: {amount} (95 % interval {range}, {seeds} seeds){cost}</source>
        <translation>{label} zeigt keinen Unterschied zu {rival}: {amount} (95-%-Intervall {range}, {seeds} Seeds){cost}</translation>
    </message>
    <message>
        <source>{label} is {amount} (95 % interval {range}, {seeds} seeds) above {rival}{cost}</source>
        <translation>{label} liegt um {amount} (95-%-Intervall {range}, {seeds} Seeds) über {rival}{cost}</translation>
    </message>
    <message>
        <source>{label} is {amount} (95 % interval {range}, {seeds} seeds) below {rival}{cost}</source>
        <translation>{label} liegt um {amount} (95-%-Intervall {range}, {seeds} Seeds) unter {rival}{cost}</translation>
    </message>
    <message>
        <source>{label} shows no difference from {rival}: both have the same value in each of {seeds} seeds{cost}</source>
        <translation>{label} zeigt keinen Unterschied zu {rival}: beide haben bei jedem von {seeds} Seeds denselben Wert{cost}</translation>
    </message>
    <message>
        <source>{label}: the difference from {rival} is {amount} in each of {seeds} seeds: without spread there is no interval; more seeds tell</source>
        <translation>{label}: der Unterschied zu {rival} ist {amount} bei jedem von {seeds} Seeds: ohne Streuung gibt es kein Intervall; mehr Seeds sagen mehr</translation>
    </message>
    <message>
        <source>{low:.2f}–{high:.2f}</source>
        <translation>{low:.2f}–{high:.2f}</translation>
    </message>
    <message>
        <source>1 seed</source>
        <translation>1 Seed</translation>
    </message>
    <message>
        <source>; training times cannot be compared: {why}</source>
        <translation>; Trainingszeiten können nicht verglichen werden: {why}</translation>
    </message>
    <message>
        <source>; {num} seed(s) left out: {why}</source>
        <translation>; {num} Seed(s) ausgelassen: {why}</translation>
    </message>
    <message>
        <source>, at {ratio:.2f} × its training time ({low:.2f} to {high:.2f}, {seeds} seeds{left_out})</source>
        <translation>, bei {ratio:.2f} × dessen Trainingszeit ({low:.2f} bis {high:.2f}, {seeds} Seeds{left_out})</translation>
    </message>
    <message>
        <source>, at {ratio:.2f} × its training time (1 seed{left_out})</source>
        <translation>, bei {ratio:.2f} × dessen Trainingszeit (1 Seed{left_out})</translation>
    </message>
    <message>
        <source>{amount} points</source>
        <translation>{amount} Punkte</translation>
    </message>
    <message>
        <source>{label} is not set seed by seed against {parent}, from which it was forked: its recipe is another</source>
        <translation>{label} wird {parent}, wovon es abzweigt, nicht Seed für Seed gegenübergestellt: Sein Rezept ist ein anderes</translation>
    </message>
    <message>
        <source>{label} is not set seed by seed against {parent}, from which it was forked: its recipe is another ({changed})</source>
        <translation>{label} wird {parent}, wovon es abzweigt, nicht Seed für Seed gegenübergestellt: Sein Rezept ist ein anderes ({changed})</translation>
    </message>
</context>
<context>
    <name>wording</name>
    <message>
        <source>Queued</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>{0} queued</source>
        <translation>{0} wartend</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>{0} running</source>
        <translation>{0} laufend</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Pausiert</translation>
    </message>
    <message>
        <source>{0} paused</source>
        <translation>{0} pausiert</translation>
    </message>
    <message>
        <source>Completed</source>
        <translation>Abgeschlossen</translation>
    </message>
    <message>
        <source>{0} completed</source>
        <translation>{0} abgeschlossen</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>{0} failed</source>
        <translation>{0} fehlgeschlagen</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>{0} stopped</source>
        <translation>{0} gestoppt</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Unterbrochen</translation>
    </message>
    <message>
        <source>{0} interrupted</source>
        <translation>{0} unterbrochen</translation>
    </message>
    <message>
        <source>{0}st</source>
        <translation>{0}.</translation>
    </message>
    <message>
        <source>{0}nd</source>
        <translation>{0}.</translation>
    </message>
    <message>
        <source>{0}rd</source>
        <translation>{0}.</translation>
    </message>
    <message>
        <source>{0}th</source>
        <translation>{0}.</translation>
    </message>
    <message>
        <source>best weights: {0}</source>
        <translation>beste Gewichte: {0}</translation>
    </message>
    <message>
        <source>last weights: {0}</source>
        <translation>letzte Gewichte: {0}</translation>
    </message>
    <message>
        <source>val {0} %</source>
        <translation>Val {0} %</translation>
    </message>
    <message>
        <source>test {0} %</source>
        <translation>Test {0} %</translation>
    </message>
    <message>
        <source>best weights: test {0} %</source>
        <translation>beste Gewichte: Test {0} %</translation>
    </message>
    <message>
        <source>last weights: test {0} %</source>
        <translation>letzte Gewichte: Test {0} %</translation>
    </message>
    <message>
        <source>{0}, {1} left</source>
        <translation>{0}, noch {1}</translation>
    </message>
    <message>
        <source>Its worker has ended: start the engine, then resume the run.</source>
        <translation>Sein Worker ist beendet: die Engine starten, dann den Lauf fortsetzen.</translation>
    </message>
</context>
<context>
    <name>zoom</name>
    <message>
        <source>Drag or Ctrl+wheel to zoom, double-click to see all</source>
        <translation>Ziehen oder Strg+Mausrad zoomt, Doppelklick zeigt alles</translation>
    </message>
</context>
</TS>
