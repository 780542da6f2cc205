"""Readers of checkpoints as training loops save them. Import from the modules; this package loads nothing itself.

choice       what a person asked for: container, prefix, EMA
kinds        what a file is, from its first bytes
sources      the files that one checkpoint consists of: shards, adapter folders
torch_files  files of torch.save, read without running code
numpy_stubs  numpy values inside them
contents     the state dicts in a file, and what else lies there
fit          which container and prefix make all names fit; else the sentence that says why not
lora         PEFT adapters added into the weights of their base
"""
