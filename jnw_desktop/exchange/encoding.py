"""Which encoding a file's text is in: UTF-8, GB18030 (with GBK and GB2312 in it) or Big5."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from jnw_desktop.errors import UsageError
from jnw_desktop.exchange.errors import WrongEncoding
from jnw_desktop.language import _

SAMPLE = 1 << 20  # bytes looked at
MANY_ZEROS = 0.3  # share of characters of a table in UTF-16 that are ASCII

# Codec, and the lead bytes of its everyday characters: level 1 of GB 2312 and of Big5 hold the few thousand that make
# up nearly all running text, while text of the other encoding falls on rare characters, kana and symbols.
_CANDIDATES = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6)}
_ALIASES = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "936": "gb18030", "utf8": "utf-8"}
_ALIASES |= {"65001": "utf-8", "big-5": "big5", "950": "big5", "cp950": "big5", "utf-8-sig": "utf-8"}
# dBASE's language driver byte, as ArcGIS and FoxPro write it.
LANGUAGE_DRIVERS = {0x4D: "gb18030", 0x4F: "big5", 0x78: "big5", 0x7A: "gb18030"}


@dataclass(frozen=True)
class Encoding:
    """A Python codec's name, and how it is known: given, stated (by the file), detected."""

    name: str
    known: str


def codec(name: str) -> str:
    """The codec meant by ``name`` as people and .cpg files write it. Raises UsageError."""
    plain = name.strip().lower().replace("_", "-")
    plain = _ALIASES.get(plain, plain)
    try:
        return codecs.lookup(plain).name
    except LookupError as error:
        raise UsageError(
            _("{name} is not an encoding.").format(name=name), _("Known are: UTF-8, GBK, GB18030, Big5.")
        ) from error


def detect(sample: bytes) -> str:
    """The codec that ``sample`` reads best in; plain ASCII reads as UTF-8."""
    if _faults(sample, "utf-8") == 0:
        return "utf-8"
    scores = {name: _score(sample, name) for name in _CANDIDATES}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else "utf-8"


def wide_encoding(sample: bytes) -> str:
    """UTF-16 by its mark, or by the zeros beside every digit and comma; empty for text in single bytes."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first, second = sample[:2000:2], sample[1:2000:2]
    for zeros, others, name in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if zeros.count(0) > len(zeros) * MANY_ZEROS and others.count(0) < zeros.count(0) / 4:
            return name
    return ""


def choose(sample: bytes, given: str | None, stated: str | None = None) -> Encoding:
    """The encoding to read with: what was ``given``, else what the file ``stated`` if it fits, else the detected one.

    Raises WrongEncoding when the text is not in the encoding given.
    """
    found = detect(sample)
    if given is not None:
        name = codec(given)
        if _faults(sample, name):
            raise WrongEncoding(
                _("The text is not in {encoding}.").format(encoding=given),
                _("It looks like {found}: leave --encoding away, or give that.").format(found=found.upper()),
            )
        return Encoding(name, "given")
    if stated is not None:
        try:
            name = codec(stated)
        except UsageError:
            return Encoding(found, "detected")
        if not _faults(sample, name):
            return Encoding(name, "stated")
    return Encoding(found, "detected")


def decode(data: bytes, name: str) -> str:
    """``data`` as text; a character cut off at the end of a fixed-width field is left out. Raises WrongEncoding."""
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:
            return data[: error.start].decode(name)
        raise WrongEncoding(
            _("The text is not in {encoding}.").format(encoding=name),
            _("Give the right one with --encoding: UTF-8, GBK, GB18030 or Big5."),
        ) from error


def _faults(sample: bytes, name: str) -> int:
    """Places where ``sample`` is not text of the codec; a cut at the end of a line is none."""
    faults = 0
    for line in sample.split(b"\n"):
        try:
            line.decode(name)
        except UnicodeDecodeError as error:
            faults += error.start < len(line) - 3 or error.start == 0
    return faults


def _score(sample: bytes, name: str) -> float:
    """Share of everyday characters among those that are not ASCII, less the share that cannot be read."""
    legacy, low, high = _CANDIDATES[name]
    text = sample.decode(name, "replace")
    strange = [character for character in text if ord(character) > 127]
    if not strange:
        return 0.0
    common = 0
    for character in strange:
        lead = character.encode(legacy, "ignore")[:1]
        common += bool(lead) and low <= lead[0] <= high
    return (common - 2 * text.count("\ufffd")) / len(strange)
