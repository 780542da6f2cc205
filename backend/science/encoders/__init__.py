"""Encoders: the architecture, its heads, and their files. Import from the modules; this package loads nothing itself.

convnext             3-D ConvNeXt V2, atto to large: `build_encoder`, `SIZES`
depthwise            its 7^3 convolution, trainable on a CPU
heads                PI-RADS classification and gland volume heads
upernet              the lesion segmenter
masked_autoencoder   pre-training
checkpoint           reading ProFound's files and our own, writing ours
"""

__all__ = ["checkpoint", "convnext", "depthwise", "heads", "masked_autoencoder", "upernet"]
