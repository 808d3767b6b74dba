"""What became of exports: the bundles of a run, the certificate of one, and its verification."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.bridge.jobs import as_line
from studio.bridge.task_watch import TaskWatch
from studio.pages.export.bundle_list import Bundle, BundleList, find_bundles
from studio.pages.export.certificate import CertificateView
from studio.pages.export.certificate_files import as_markdown
from studio.pages.export.model_card import CardDialog
from studio.pages.export.notice import Verdict
from studio.state.commands import Command, add_cancel
from studio.state.context import Context
from studio.widgets.buttons import ActionButton, icon_of
from studio.widgets.labels import label
from studio.widgets.layout import column
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar

CARD = "README.md"


class Bundles(QWidget):
    """The list, and below it the certificate of what is looked at.

    Signals:
        chosen: the bundle that is looked at; None where there is none, or it is gone.

    Attributes:
        certificate: the part below the list.
    """

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._run: int | None = None
        self._titles: Mapping[str, str] = {}
        self._verifying: Bundle | None = None
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(
            lambda task: self._task.show_progress(task.done, task.total, task.doing)
        )
        self._watch.succeeded.connect(self._on_verified)
        self._watch.failed.connect(lambda line: self._end(line, "bad"))
        self._watch.cancelled.connect(
            lambda: self._end(self.tr("The verification was cancelled."), "info")
        )
        self._list = BundleList()
        self._list.chosen.connect(self._on_chosen)
        self._add_commands()
        self._build()
        self._show([])

    # ---- building

    def _add_commands(self) -> None:
        for name, text, shortcut, act, reason in (
            ("verify", self.tr("Verify the bundle"), "Ctrl+Shift+V", self._verify,
             self._why_no_verification),
            ("card", self.tr("Read the model card"), "", self._read_card, self._why_no_folder),
            ("copy", self.tr("Copy the certificate as Markdown"), "", self._copy,
             self._why_no_bundle),
            ("reveal", self.tr("Open the bundle's folder"), "", self._reveal,
             self._why_no_folder),
        ):
            self._context.commands.add(
                Command(f"export.{name}", text, shortcut, act, reason)
            )

    def _build(self) -> None:
        action = self._context.commands.action
        self._none = label("", "muted", wrap=True)
        self._none.setObjectName("export_none")
        bundles = Section(self.tr("Bundles"))
        bundles.body.addWidget(self._none)
        bundles.body.addWidget(self._list)
        self.certificate = Section(self.tr("Certificate"))
        self.certificate.add_control(ActionButton(action("export.verify"), "shield"))
        for name, mark in (("card", "file"), ("copy", "copy"), ("reveal", "folder")):
            self.certificate.add_control(icon_of(action(f"export.{name}"), mark))
        self._task = TaskBar()
        self._task.setObjectName("export_verifying")
        add_cancel(
            self._context.commands, self._task, "export.cancel_verification",
            self.tr("Cancel the verification"), self._watch.cancel,
        )
        self._verdict = Verdict()
        self._certificate = CertificateView(self._context)
        for widget in (self._task, self._verdict, self._certificate):
            self.certificate.body.addWidget(widget)
        whole = column(self, spacing=12)
        whole.addWidget(bundles)
        whole.addWidget(self.certificate)

    # ---- what is shown

    def add_control(self, widget: QWidget) -> None:
        """Put a control beside the certificate's heading."""
        self.certificate.add_control(widget)

    def say_none(self, text: str) -> None:
        """Change what is said while there is no bundle."""
        self._none.setText(text)

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Say what people call each format, by name."""
        self._titles = titles

    def show_run(self, run: int | None) -> None:
        """Show the bundles of a run, newest first, or none."""
        self._run = run
        self._show([])
        if run is None:
            return
        client, root = self._context.client, self._context.client.workspace.root
        self._context.jobs.run(
            lambda: find_bundles(client.artifacts(run, "bundle"), root),
            lambda found: self._show(found) if run == self._run else None,
            lambda error: self._context.messages.say(as_line(error), "bad"),
            owner=self,
        )

    def _show(self, bundles: Sequence[Bundle]) -> None:
        self._list.show_bundles(bundles, self._titles)
        self._none.setVisible(not bundles)
        self._list.setVisible(bool(bundles))
        self.certificate.setVisible(bool(bundles))

    def _on_chosen(self) -> None:
        bundle = self._list.current()
        self._verdict.clear()
        if self._watch.running:  # its result would stand under another bundle
            self._watch.cancel()
        if bundle is not None:
            self._certificate.show_certificate(bundle.certificate, self._titles)
        self._context.commands.refresh()
        self.chosen.emit(bundle if bundle is not None and bundle.is_there else None)

    # ---- why not

    def _why_no_bundle(self) -> str | None:
        if self._list.current() is None:
            return self.tr("Choose an exported run on the Export page first")
        return None

    def _why_no_folder(self) -> str | None:
        bundle = self._list.current()
        if bundle is None or bundle.is_there:
            return self._why_no_bundle()
        return self.tr("{folder} was moved or deleted").format(folder=bundle.folder)

    def _why_no_verification(self) -> str | None:
        if self._verifying is not None:
            return self.tr("A verification is under way")
        return self._why_no_folder()

    # ---- acting

    def _verify(self) -> None:
        self._verifying = self._list.current()
        if self._verifying is None:
            return
        self._context.selection.show_page("export")  # it may have been asked for elsewhere
        self._verdict.clear()
        self._task.begin()
        self._context.commands.refresh()
        self._watch.start("verify", bundle=str(self._verifying.folder), run=self._run)

    def _on_verified(self, result: dict[str, Any]) -> None:
        if self._end() is self._list.current():
            self._verdict.show_result(result)

    def _end(self, line: str = "", tone: str = "") -> Bundle | None:
        ended, self._verifying = self._verifying, None
        self._task.hide()
        self._context.commands.refresh()
        if line and ended is self._list.current():
            self._verdict.say(line, tone)
        return ended

    def _copy(self) -> None:
        bundle = self._list.current()
        if bundle is not None:
            QGuiApplication.clipboard().setText(as_markdown(bundle.certificate, self._titles))
            self._context.messages.say(self.tr("Copied the certificate as Markdown."))

    def _read_card(self) -> None:
        bundle = self._list.current()
        if bundle is None:
            return
        path = bundle.folder / CARD
        self._context.jobs.run(
            lambda: path.read_text(encoding="utf-8"), self._show_card,
            lambda _: self._context.messages.say(
                self.tr("The model card {path} cannot be read.").format(path=path), "bad"
            ),
            owner=self,
        )

    def _show_card(self, text: str) -> None:
        CardDialog(text, self.window()).open()

    def _reveal(self) -> None:
        bundle = self._list.current()
        if bundle is None:
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(bundle.folder))):
            self._context.messages.say(
                self.tr("No file manager answered. The bundle is in {folder}").format(
                    folder=bundle.folder
                ), "info",
            )
