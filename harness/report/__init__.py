"""The report of a run: one HTML file that needs nothing else, to be mailed, read on a phone, or printed.

Jinja2 fills the page, and escapes every text that others wrote. Vega-Lite draws the charts, through `altair`, which
writes and checks their descriptions, and `vl-convert-python`, which makes of each a still picture without a browser,
and brings Vega itself (0.9 MB) to be put into the page. Of the well-kept chart libraries it is the one that

- draws both a still SVG, for readers without JavaScript and for paper, and the same chart to hover over and switch;
- runs under a Content-Security-Policy that forbids all network and all evaluated code, with its own interpreter;
- leaves colours to the page's style sheet, so that dark, light and print need no second picture;
- fits. Plotly's package brings over 4 MB of JavaScript, and neither it nor Bokeh makes pictures without a browser;
- may be passed on inside a file: Vega, Vega-Lite, Altair and vl-convert are under the BSD licence (3 clauses).

None of these is imported before a report is made, and the harness works without them.
"""

from harness.report.writing import INSTALL, REPORT_NAME, missing_libraries, write_report, write_run_report

__all__ = ["INSTALL", "REPORT_NAME", "missing_libraries", "write_report", "write_run_report"]
