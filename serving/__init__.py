"""The layer between the network and the app: who may connect, what a browser may do, when a session ends.

Plain ASGI, wrapped around Streamlit by ``server.py``. Nothing here reads a billing line.
"""
