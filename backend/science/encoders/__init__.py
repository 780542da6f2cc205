"""Encoders: architectures, heads, and their files. Import from the modules; this package loads nothing itself.

base                 the interface of every encoder
registry             encoders by name, built in and of other packages
convnext             3-D ConvNeXt V2, atto to large: `build_encoder`
vit                  3-D vision transformer: `build_vit`
positions            its sin-cos positions
stem                 the channels that weights in a file take
sizes                the sizes of both
depthwise            its 7^3 depthwise convolution, fast on CPU and GPU
encoder_kinds        what a module from elsewhere must give
foreign              reads what such a module says of itself
stage_outputs        records what its stages give
facts_record         what is written down of it, and compared later
plugins              makes an encoder of it
adapters             which encoder weights fine-tuning trains: all, none, or low-rank parts
activations          activation checkpointing
heads                PI-RADS classification and gland volume heads
upernet              the lesion segmenter
masked_autoencoder   pre-training
checkpoint           loads encoders and heads from files, writes this project's files
channel_trial        how many channels weights take that do not fit an input
zoos/                timm, MONAI, torchvision by name; code of the user; TorchScript, ONNX, Hugging Face folders
readers/             checkpoints of any usual layout: containers, prefixes, shards, adapters
"""
