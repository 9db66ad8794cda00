"""Draw: figures in the house style, and static SVG of them."""

from pipeline.draw.charts import bars
from pipeline.draw.export import to_svg
from pipeline.draw.maps import region_map

__all__ = ["bars", "region_map", "to_svg"]
