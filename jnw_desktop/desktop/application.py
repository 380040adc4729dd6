"""Starts the desktop."""

from __future__ import annotations

import os

from PySide6.QtCore import QLibraryInfo, QSettings, QTranslator
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from jnw_desktop import language
from jnw_desktop.desktop import themes
from jnw_desktop.desktop.window import MainWindow

FONTS = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei")


def make_application(settings: QSettings) -> QApplication:
    """The Qt application with language, font and colours."""
    application = QApplication.instance() or QApplication(["jnw"])
    assert isinstance(application, QApplication)
    wanted = os.environ.get("JNW_LANGUAGE") or str(settings.value("language", language.DEFAULT))
    language.use(wanted if wanted in language.LANGUAGES else language.DEFAULT)
    if language.current() == "zh_CN":
        # Qt's own words (file dialogs, context menus) come from its own catalogue.
        words = QTranslator(application)
        if words.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            application.installTranslator(words)
    families = set(QFontDatabase.families())
    font = next((name for name in FONTS if name in families), None)
    if font:
        application.setFont(QFont(font, 10))
    themes.use(application, bool(settings.value("dark", False, bool)))
    return application


def run(where: str | None) -> int:
    """Open the desktop, on a workspace when one is named; returns the exit status."""
    settings = QSettings("jnw", "jnw-desktop")
    application = make_application(settings)
    window = MainWindow(settings)
    window.show()
    window.start(where)
    return application.exec()
