"""Pictures of reports: SVG and PNG, made without a browser, a font file or a URL.

    save_chart(funnel(view, lifecycle, scope, now), Path("funnel.svg"))

The same report gives the same bytes.  Needs ``leadstate[charts]``.
"""

from leadstate.service.reports.drawing.canvas import png, save_chart, svg

__all__ = ["png", "save_chart", "svg"]
