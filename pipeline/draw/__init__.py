"""Draw: figures in the house style, and static SVG of them."""

from pipeline.draw.charts import bars, bars_by_year, dots
from pipeline.draw.export import to_svg
from pipeline.draw.maps import region_map
from pipeline.draw.marks import Figure
from pipeline.draw.matrix import region_matrix

__all__ = ["Figure", "bars", "bars_by_year", "dots", "region_map", "region_matrix", "to_svg"]
