"""One verification of a bundle: what was checked and found right, and what was not checked."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.backbones.backbone import count_parameters
from engine.backbones.flops import multiply_adds
from engine.build import Reporting, split
from engine.chores.inspecting import Inspecting
from engine.chores.plain_content import made_up, on_cpu, plain_of
from engine.chores.rebuild import blank_of, check_training, part_of, spec_of, unknown_here
from engine.datasets.dataset import ImageData
from engine.exports.asking import Asking, beside
from engine.exports.consistent import check_numbers, unchecked_results
from engine.exports.content import Content, in_a_line
from engine.exports.format import Format, Opened
from engine.exports.latency import OTHER_PACE
from engine.exports.part import Part
from engine.exports.plain_file import PlainFile
from engine.exports.reference import check_reference, read_reference
from engine.exports.stored_results import stored_fault, untold_results
from engine.exports.verify_files import (
    COMPILED,
    foreign_compiled,
    formats_here,
    formats_known,
    verify_files,
)
from engine.exports.verify_told import (
    check_graph,
    check_names,
    check_part,
    check_preprocessing,
    is_of_this_program,
    other_texts,
    read_told,
)
from engine.spec.errors import DataError, ExportError

Load = Callable[[Mapping[str, Any], Reporting], ImageData]
"""Reads the data that a certificate tells of."""
BY_NATURE = (
    "who wrote it: the seal finds changes, but it is no signature, and whoever makes a whole "
    "bundle anew can seal it",
    "the training: which steps, epochs and images made the weights",
    "what is only told: the run's name and number, the licence, the machine and how quick it was, "
    "the date, how little rounding moved logits there, with how many calibration images integers "
    "were made, and why a format was not written",
)
"""What no verification can know from a bundle."""


class Verification:
    """Checks a bundle step by step, until something is not as its certificate says.

    Args:
        folder: the bundle's.
        progress: told how far it is.

    Attributes:
        checks: what was found right, a line each.
        not_checked: what was not looked at, and why, a line each.
        formats: what each file said of the images.
        not_opened: the formats that are not installed here.
        is_complete: every file was opened and set against the plain backbone's, every network was
            built, and every text and line of code is what this program writes.
    """

    def __init__(self, folder: Path, progress: Reporting) -> None:
        self._folder, self._progress = folder, progress
        self.checks: list[str] = []
        self.not_checked: list[str] = []
        self.formats: dict[str, dict[str, Any]] = {}
        self.not_opened: list[str] = []
        self.is_complete = self._is_inspected = self._is_of_all = False
        self._is_whole = True

    def verify(self, load: Load | None) -> None:
        """Check all that can be checked here.

        Args:
            load: reads the images; None: none are looked at.

        Raises:
            ExportError: something is not as it was exported.
            DataError: the images cannot be read, or are others.
        """
        self._progress(0, 0, "reading the files")
        certificate = verify_files(self._folder)
        self.checks.append(
            f"{len(certificate['files'])} files and the certificate are as they were written, and "
            "no other lies beside them"
        )
        if foreign := foreign_compiled(self._folder):
            self._leave_open(
                f"{', '.join(foreign)}: Python may run it in place of the bundle's code, and this "
                f"one does not make the same of that; delete {COMPILED}, which it makes anew"
            )
        forms = formats_here(certificate)
        spec_of(certificate)
        check_numbers(certificate, formats_known(certificate))
        check_reference(self._folder)
        self.checks.append("no number of the certificate contradicts another")
        self._note_what_is_not_here(certificate, forms)
        unknown = unknown_here(certificate)
        if unknown:
            self._leave_open(
                f"networks, files and texts, since this installation has no {', '.join(unknown)}"
            )
        else:
            self._verify_networks(certificate, forms, load)
        self.is_complete = self._is_whole and not self.not_opened and self._is_inspected
        self._note_what_cannot_be_known(certificate, asked=bool(self.formats))

    def _verify_networks(
        self, certificate: Mapping[str, Any], forms: Mapping[str, Format], load: Load | None
    ) -> None:
        self._progress(0, 0, "building the networks again")
        part = part_of(certificate)
        check_part(certificate, part)
        labels, how = read_told(self._folder, certificate, part.outputs)
        self._verify_texts(certificate, labels, how)
        check_training(certificate)
        self.checks.append(
            f"the training system, built again from the spec, has "
            f"{certificate['params_training']:,} parameters, of which "
            f"{certificate['params_removed']:,} in {len(certificate['removed_modules'])} modules "
            "do not ship"
        )
        opened = self._open(certificate, forms, part)
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            inspecting = Inspecting(self._folder, certificate, Path(folder), self._progress)
            if load is None:
                plain = made_up(certificate, part, labels, how)
                check_preprocessing(self._folder, how, plain)
                self._inspect(inspecting, forms, opened, plain)
                return
            data = self._load(certificate, load, labels, how)
            plain = plain_of(certificate, part, data, labels)
            check_preprocessing(self._folder, how, plain)
            inspected = self._inspect(inspecting, forms, opened, plain)
            self._ask(certificate, forms, inspected, plain, data)

    def _load(
        self, certificate: Mapping[str, Any], load: Load, labels: list[str],
        how: Mapping[str, Any],
    ) -> ImageData:
        """Read the data, and hold what is told of them against them."""
        data = load(certificate, self._progress)
        if data.digest() != certificate["data"]["digest"]:
            where = data.root or data.name
            raise DataError(f"{where} holds other data than the export was proved on")
        if not data.root:
            self.checks.append(
                f"the images of {data.name} come with the program: --data was not needed"
            )
        self._check_data(certificate, data, labels, how)
        return data

    def _verify_texts(
        self, certificate: Mapping[str, Any], labels: list[str], how: Mapping[str, Any]
    ) -> None:
        """Hold the texts against the certificate; another version may have put things otherwise."""
        check_names(certificate)
        known = formats_known(certificate)
        if known.keys() != certificate["formats"].keys():
            self._leave_open(
                "README.md and read_image.py against the certificate, since a format is unknown"
            )
        elif not (others := other_texts(self._folder, certificate, labels, how, known)):
            self.checks.append("README.md says what follows from the certificate, and nothing else")
        elif is_of_this_program(certificate):
            raise ExportError(f"{others[0]} does not say what follows from the certificate")
        else:
            self._leave_open(
                f"{' and '.join(others)}, which another version wrote: read what is there before "
                "you believe or run it"
            )

    def _leave_open(self, what: str) -> None:
        """Say what could not be looked at, for want of which the bundle is not fully verified."""
        self.not_checked.append(what)
        self._is_whole = False

    def _open(
        self, certificate: Mapping[str, Any], forms: Mapping[str, Format], part: Part
    ) -> dict[str, Opened]:
        """Open every file, and look at what it holds."""
        blank = partial(blank_of, certificate)
        plain, size = blank(), certificate["input"]
        own, told = count_parameters(plain), certificate["params_deployed"]
        if own != told:
            name = certificate["backbone"]
            raise ExportError(f"the plain {name} has {own:,} parameters, not {told:,}")
        cost = part.facts.get("multiply_adds") or multiply_adds(
            plain, size["channels"], (size["height"], size["width"])
        )
        if cost != (said := certificate["part"]["multiply_adds"]):
            raise ExportError(f"what ships costs {cost} multiply-adds, not {said}")
        opened: dict[str, Opened] = {}
        for name, form in forms.items():
            self._progress(len(opened), len(forms), f"opening {form.file_name}")
            opened[name] = form.open(self._folder / form.file_name, blank)
            check_graph(certificate["formats"][name], opened[name].graph())
        self.checks.append(f"{told:,} parameters ship, as many as the plain backbone has")
        if opened:
            files = ", ".join(form.file_name for form in forms.values())
            self.checks.append(
                f"opened {files}: operators and tensors are those that the certificate tells of"
            )
        return opened

    def _check_data(
        self, certificate: Mapping[str, Any], data: ImageData, labels: list[str],
        how: Mapping[str, Any],
    ) -> None:
        """Hold what is told of the data against them."""
        if labels != list(map(in_a_line, data.classes)):
            raise ExportError("labels.txt has other labels than the data")
        if (how["mean"], how["std"]) != (list(data.mean), list(data.std)):
            raise ExportError("preprocess.json has other means or deviations than the data")
        told, spec = certificate["data"]["images"], spec_of(certificate).dataset
        kept, held = split(spec, data)
        found = {"training": len(kept), "validation": len(held), "test": len(data.test.labels_N)}
        if found != {key: told[key] for key in found}:
            raise ExportError("the data have another number of images than the certificate says")
        self.checks.append("labels, preprocessing and numbers of images are those of the data")

    def _inspect(
        self, inspecting: Inspecting, forms: Mapping[str, Format], opened: Mapping[str, Opened],
        plain: Content,
    ) -> dict[str, tuple[Opened, PlainFile | None]]:
        """Set every file that was opened against the plain backbone's, written here."""
        inspected = {
            name: inspecting.inspect(form, opened[name], plain) for name, form in forms.items()
        }
        self.checks += inspecting.checks
        self.not_checked += inspecting.not_checked
        self._is_inspected = inspecting.is_complete
        return inspected

    def _ask(
        self, certificate: Mapping[str, Any], forms: Mapping[str, Format],
        inspected: Mapping[str, tuple[Opened, PlainFile | None]], plain: Content, data: ImageData,
    ) -> None:
        """Ask every file that was opened."""
        test = on_cpu(data.test)
        asking = Asking(self._folder, certificate, plain, read_reference(self._folder, test))
        for done, (name, form) in enumerate(forms.items()):
            self._progress(done, len(forms), f"asking {form.file_name}")
            proof = certificate["formats"][name]
            self.formats[name] = found = asking.ask(form, proof, *inspected[name])
            budgets = len(proof.get("leave_early") or [])
            self.checks.append(
                f"{form.file_name}: test top-1 {found['test_top1']:.2f} % on "
                f"{certificate['reference']['num_images']:,} images, top-1 agreement "
                f"{found['top1_agreement']:.2%}, largest logit difference "
                f"{found['max_abs_logit_diff']:.2g} on {found['num_images']:,}"
                + (f"; images leave early as told, by {budgets} budgets" if budgets else "")
            )
            if "latency" in found:
                self.checks.append(
                    f"{form.file_name}: {beside(found['latency'])}, measured in turns "
                    f"(certificate: {beside(proof['latency'])}; judged from {OTHER_PACE:g} × on)"
                )
        self._check_results(certificate, asking)

    def _check_results(self, certificate: Mapping[str, Any], asking: Asking) -> None:
        """Hold the stored results against what a file says of all test images."""
        if (found := asking.of_all()) is None:
            return
        file, asked = found
        if fault := stored_fault(certificate, asked):
            raise ExportError(f"{file} contradicts the stored results: {fault}")
        self._is_of_all = True
        self.checks.append(
            f"{file} reaches the stored results on all {len(asked.labels_N):,} test images"
        )

    def _note_what_is_not_here(
        self, certificate: Mapping[str, Any], forms: Mapping[str, Format]
    ) -> None:
        """Say which files cannot be opened here."""
        self.not_opened = sorted(certificate["formats"].keys() - forms.keys())
        for name in self.not_opened:
            file = certificate["formats"][name]["file"]
            self.not_checked.append(
                f"{file}: its format, {name}, is not installed here, so it was not opened"
            )

    def _note_what_cannot_be_known(self, certificate: Mapping[str, Any], *, asked: bool) -> None:
        """Say what else was not looked at."""
        if not asked:
            self.not_checked.append(
                "what the files answer, and how fast: their accuracy, agreement, calibration error "
                "and latency, and what leaves early"
            )
        unchecked = untold_results if self._is_of_all else unchecked_results
        if results := unchecked(certificate):
            self.not_checked.append(f"the stored results {', '.join(results)}")
        if certificate["digest"] != spec_of(certificate).digest():
            self.not_checked.append(
                f"the variant, {certificate['digest']}, against the spec: it is a fork's, or "
                "depends on a folder, which is not told"
            )
        if "leave_early" in certificate["part"] and not self._is_of_all:
            self.not_checked.append("the expected cost and accuracy of each budget")
        if "temperature" in certificate and not self._is_of_all:
            self.not_checked.append("the calibration error before the temperature")
        if "peer" in certificate:
            self.not_checked.append("by which numbers the peer was chosen")
        self.not_checked += BY_NATURE
