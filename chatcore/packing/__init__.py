"""The terminal client in one file, `chat.pyz`, for people who have Python and nothing else (PEP 441).

It has all that the client imports, and nothing more: of chatcore, and of the libraries, which are pure Python. The same
sources make the same bytes. A wheel has it in this folder (setup.py); elsewhere the tracker makes it, once it is asked
for.

    reached     which modules of chatcore a program imports
    libraries   what is packed of installed libraries, with their licences
    one_file    the archive; `python -m chatcore.packing.one_file FILE` writes it
"""
