"""What stands between the network and the app: who may ask, what a browser may do, when a session ends.

Plain ASGI, put around Streamlit by ``server.py``. Nothing here reads a billing line.
"""
