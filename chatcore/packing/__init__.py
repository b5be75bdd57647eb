"""The terminal client in one file, `chat.pyz`, for people who have Python and nothing else (PEP 441).

It contains the modules of chatcore that the client imports, and the libraries that it needs, which are pure Python.
The same sources make the same bytes. A wheel has the file in this folder (setup.py); otherwise the tracker makes it
when it is first asked for.

    reached     finds the modules of chatcore that a program imports
    libraries   the files of installed libraries to pack, with their licences
    one_file    the archive; `python -m chatcore.packing.one_file FILE` writes it
"""
