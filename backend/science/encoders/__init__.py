"""Encoders: architectures, heads, and their files. Import from the modules; this package loads nothing itself.

base                 the interface of every encoder
registry             encoders by name, built in and of other packages
convnext             3-D ConvNeXt V2, atto to large: `build_encoder`
sizes                its seven sizes
depthwise            its 7^3 convolution, trainable on a CPU
plugins              encoders of other packages
adapters             what fine-tuning may change: all, nothing, or low-rank parts
activations          training with less memory
heads                PI-RADS classification and gland volume heads
upernet              the lesion segmenter
masked_autoencoder   pre-training
checkpoint           reading ProFound's files and our own, writing ours
"""
