"""Networks of other projects, run as the files that those ship, TorchScript and ONNX.

`asked.py`: how a user takes them. `loading.py`: from file to network. `container.py` finds what a file is;
`torchscript.py` and `onnx_file.py` read what goes in and comes out (`signature.py`) and run it; `conventions.py` is the
table of what the files in circulation want, `spec.py` how that is done; `network.py` makes a network of it as any
other here, and `orange.py` tests it.
"""
