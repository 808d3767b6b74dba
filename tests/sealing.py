"""Bundles whose certificate was changed as a careful forger would: everything fits again."""

import json

from engine.chores.verify import verify_bundle
from engine.exports.certificate import seal_again, write_sealed
from engine.exports.model_card import model_card
from engine.exports.verify_files import formats_known
from engine.training.weights import file_sha256


def read_certificate(folder):
    return json.loads((folder / "certificate.json").read_text())


def seal(folder, certificate):
    """Enter the files as they are now, write the model card anew, and seal."""
    certificate.pop("seal", None)
    forms = formats_known(certificate)
    for name, proof in certificate["formats"].items():
        beside = forms[name].beside if name in forms else ()
        files = [folder / each for each in (proof["file"], *beside)]
        proof.update(
            sha256=file_sha256(files[0]), bytes=sum(file.stat().st_size for file in files)
        )
    if forms.keys() == certificate["formats"].keys():
        labels = (folder / "labels.txt").read_text().splitlines()
        how = json.loads((folder / "preprocess.json").read_text())
        (folder / "README.md").write_text(model_card(certificate, labels, how, forms))
    write_sealed(folder, certificate)


def reseal(folder, change):
    """Change a certificate in place, and seal it: the list of files is the forger's own too."""
    certificate = read_certificate(folder)
    change(certificate)
    certificate.pop("seal")
    seal_again(folder, certificate)


def forge(folder, change):
    """Change a certificate in place, and make all else fit it."""
    certificate = read_certificate(folder)
    change(certificate)
    seal(folder, certificate)


def fault(bundle, data=None):
    """What a verification finds amiss, a line; or nothing."""
    result = verify_bundle(bundle, data, lambda *_: None)
    assert result["verified"] == (result["fault"] == "")
    assert "\n" not in result["fault"]
    return result["fault"]
