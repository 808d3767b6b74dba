import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QTranslator

ROOT = Path(__file__).parents[3]
GERMAN = ROOT / "assets" / "translations" / "sila_studio_de.ts"
TO_DO = "type `make translations`, translate what is new in the .ts, and type it again"


def messages(file):
    """Of every text its translations, by context and text; of what is unfinished none."""
    found = {}
    for context in ElementTree.parse(file).iter("context"):
        for message in context.iter("message"):
            said = message.find("translation")
            forms = [form.text for form in said.iter("numerusform")] or [said.text]
            done = said.get("type") is None and all(forms)
            found[context.findtext("name"), message.findtext("source")] = forms if done else []
    return found


def places(text):
    """What a text has places for, in which form, and its mnemonic."""
    fields = [field[1:] for field in Formatter().parse(text) if field[1] is not None]
    return sorted(map(repr, fields)) + re.findall(r"%n|&(?=\w)", text)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """What the window says, collected as `make translations` does."""
    options = re.search(r"^COLLECT := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    lupdate = shutil.which("pyside6-lupdate", path=Path(sys.executable).parent)
    file = tmp_path_factory.mktemp("collected") / "texts.ts"
    subprocess.run(
        [lupdate, *options[1].split(), "studio", "-ts", str(file)],
        cwd=ROOT, check=True, capture_output=True,
    )
    return set(messages(file))


def test_that_every_text_of_the_window_is_translated_and_no_other(collected):
    german = messages(GERMAN)
    assert len(collected) > 700
    assert collected == set(german), TO_DO
    assert not [text for text, forms in german.items() if not forms], TO_DO


def test_that_translations_have_the_places_and_mnemonics_of_what_they_translate():
    assert not [
        (text, form) for (_, text), forms in messages(GERMAN).items() for form in forms
        if places(text) != places(form)
    ]


def test_that_the_compiled_translations_are_those_of_the_source():
    translator = QTranslator()
    assert translator.load(str(GERMAN.with_suffix(".qm")))
    for (context, text), forms in messages(GERMAN).items():
        numbers = range(1, len(forms) + 1) if len(forms) > 1 else [-1]
        said = [translator.translate(context, text, None, n) for n in numbers]
        assert said == forms, TO_DO


def test_that_only_texts_that_can_be_collected_are_translated():
    assert not [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "studio").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and not all(map(_is_text, _translated(node)))
    ]


def _translated(call):
    """The arguments of a call that have to be written out: text, and context if it names one."""
    name = ast.unparse(call.func)
    if name in {"_translate", "QCoreApplication.translate"}:
        return call.args[:2]
    return call.args[:1] if name.rpartition(".")[2] in {"tr", "_tr"} else []


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
