"""The language of the window: English, in which its texts are written, or German.

Numbers are written alike in both, with a decimal point, as tables, papers and exports have them.
Cards, refusals and whatever else the engine says stay as the command line says them.
"""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from engine.spec.bundled import bundled
from studio.state.settings import SYSTEM

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""What can be chosen, each by its own name."""
_WRITTEN = "en"


def wanted(setting: str) -> str:
    """The language that a new window is in: the one that was chosen, else the desktop's."""
    if setting != SYSTEM:
        return setting
    first = next(iter(QLocale.system().uiLanguages()), "")
    language = first.partition("-")[0]
    return language if language in LANGUAGES else _WRITTEN


def shown() -> str:
    """The language that is spoken now, by its two letters: a translation says its own."""
    return QCoreApplication.translate("language", "en")


def speak(app: QCoreApplication, setting: str) -> list[QTranslator]:
    """Let windows that are made from now on speak a language; `hush` ends it.

    Args:
        app: the application.
        setting: `system`, or one of `LANGUAGES`.
    """
    language = wanted(setting)
    if language == _WRITTEN:
        return []
    folders = {
        "qtbase": QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath),  # Cancel, Save, …
        "sila_studio": str(bundled("assets") / "translations"),
    }
    translators = [QTranslator(app) for _ in folders]
    for translator, (name, folder) in zip(translators, folders.items(), strict=True):
        if translator.load(f"{name}_{language}", folder):
            app.installTranslator(translator)
    return translators


def hush(app: QCoreApplication, translators: list[QTranslator]) -> None:
    """Speak as before `speak` again."""
    for translator in translators:
        app.removeTranslator(translator)
        translator.deleteLater()
