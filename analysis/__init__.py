"""RevMix's library: turns a billing export into priced lines, without a browser.

Data flows one way: ingest -> lines -> pricing -> metrics -> charts. Nothing here imports Streamlit,
and only `analysis.charts` imports Plotly; an import contract checks both.
"""
