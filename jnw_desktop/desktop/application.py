"""Starts the desktop."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QSettings, QTranslator
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication

from jnw_desktop import language
from jnw_desktop.desktop import forms, preferences, themes
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.mapview.engine import EngineBridge

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

FIRST_SIZE = (1000, 700)  # of the map, until the window knows its own
FONTS = ("Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei")


def make_application(settings: QSettings) -> QApplication:
    """The Qt application with language, font and colours."""
    application = QApplication.instance() or QApplication(["jnw"])
    assert isinstance(application, QApplication)
    wanted = os.environ.get("JNW_LANGUAGE") or preferences.LANGUAGE.value(settings)
    language.use(wanted if wanted in language.LANGUAGES else language.DEFAULT)
    if language.current() == "zh_CN":
        # Qt's own words (file dialogs, context menus) come from its own catalogue.
        words = QTranslator(application)
        if words.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            application.installTranslator(words)
    forms.speak()
    families = set(QFontDatabase.families())
    font = next((name for name in FONTS if name in families), None)
    if font:
        application.setFont(QFont(font, 10))
    themes.use(application, preferences.DARK.value(settings))
    return application


def make_window(settings: QSettings) -> MainWindow:
    """The main window; map engine and worker start while the rest of the program is imported."""
    screen = QGuiApplication.primaryScreen()
    engine = EngineBridge(screen.devicePixelRatio() if screen else 1.0, preferences.qgis_python(settings))
    engine.start(*FIRST_SIZE)
    jobs = Jobs()
    jobs.start()
    from jnw_desktop.desktop.window import MainWindow

    window = MainWindow(settings, engine, jobs)
    # What was imported and built stays for good: the collector, which would stop the window for 50 ms, passes it by.
    gc.freeze()
    return window


def run(where: str | None) -> int:
    """Open the desktop, on a workspace when one is named; returns the exit status."""
    settings = QSettings("jnw", "jnw-desktop")
    application = make_application(settings)
    window = make_window(settings)
    window.show()
    window.start(where)
    return application.exec()
