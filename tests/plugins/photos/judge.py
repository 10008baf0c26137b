"""Debian's exiftool as the judge of what a file still says: it knows far more formats than we do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

ALLOWED = {
    "ExifTool": {"ExifToolVersion"},
    "System": {
        "FileName",
        "Directory",
        "FileSize",
        "FileModifyDate",
        "FileAccessDate",
        "FileInodeChangeDate",
        "FilePermissions",
    },
    "File": {
        "FileType",
        "FileTypeExtension",
        "MIMEType",
        "ImageWidth",
        "ImageHeight",
        "EncodingProcess",
        "BitsPerSample",
        "ColorComponents",
        "YCbCrSubSampling",
    },
    "JFIF": {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"},
    "RIFF": {"VP8Version", "ImageWidth", "HorizontalScale", "ImageHeight", "VerticalScale"},
    "Composite": {"ImageSize", "Megapixels"},
}
"""Group → what a variant may say: only what is needed to show its pixels."""


def tags(exiftool: Path, files: Iterable[Path]) -> dict[str, dict[str, object]]:
    """File → `Group:Tag` → value, duplicates and unknown ones included; `ExifTool:Error` where it can't read."""
    names = "".join(f"{file}\n" for file in files)
    command = [str(exiftool), "-a", "-G1", "-j", "-u", "-@", "-"]
    done = subprocess.run(command, input=names, check=False, capture_output=True, text=True)
    return {found.pop("SourceFile"): found for found in json.loads(done.stdout)}


def not_allowed(found: dict[str, object]) -> list[str]:
    """The tags of a variant that should not be there."""
    return sorted(
        name
        for name in found
        if name.partition(":")[2].partition(" ")[0] not in ALLOWED.get(name.partition(":")[0], set())
    )
