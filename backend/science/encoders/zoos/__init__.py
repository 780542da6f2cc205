"""Encoders that need no packaging: model zoos by name, and files that bring their own architecture.

names                names such as `timm:convnext_tiny`, without loading anything
model_zoos           timm, MONAI and torchvision by name; weights are never downloaded
code_file            `FILE.py:factory`: the user's own code, on the command line only
torchscript          TorchScript archives
onnx_model           ONNX models
huggingface          a local folder of Hugging Face
local_encoder        what `radiomiclens embed` reads, of any of these
"""
