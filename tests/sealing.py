"""Bundles whose certificate was changed as a careful forger would: hashes and seal fit again."""

import json

from engine.exports.certificate import seal_again, write_sealed
from engine.training.weights import file_sha256


def read_certificate(folder):
    return json.loads((folder / "certificate.json").read_text())


def seal(folder, certificate):
    """Enter the files as they are now, and seal."""
    certificate.pop("seal", None)
    for proof in certificate["formats"].values():
        file = folder / proof["file"]
        proof.update(sha256=file_sha256(file), bytes=file.stat().st_size)
    write_sealed(folder, certificate)


def reseal(folder, change):
    """Change a certificate in place, and seal it: the list of files is the forger's own too."""
    certificate = read_certificate(folder)
    change(certificate)
    certificate.pop("seal")
    seal_again(folder, certificate)
